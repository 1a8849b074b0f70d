"""What code at a place can name: the names in scope, the members of what stands before a dot, how functions are called.

For completion: candidates are made of it and checked against it. It is worked out for one place, and holds for places
near by; a holder says whether it is `closed`, that is whether anything else would be an AttributeError.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from familiar_codegraph import attributes, classes, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.outside import BUILTINS
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Types, Value

MOST_MEMBERS = 400
_NAMES = 300
_DOTTED = re.compile(rb"\b([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*){0,2})\.")
_NEAR = 6_000
"""Bytes before and after the place in which receivers are looked for."""
_HELD = 12
_HOOKS = ("__getattr__", "__getattribute__")
_ABSENT = "\0"


class Parameter(msgspec.Struct, frozen=True, array_like=True):
    """One parameter of a callable as a caller sees it; `kind` as in `facts` (POSITIONAL_ONLY ... VAR_KEYWORD)."""

    name: str
    kind: int
    required: bool


Signature = tuple[Parameter, ...] | None
"""What a callable takes (`self` is bound already); None: no callable of the repository, or not known."""


class Holder(msgspec.Struct, frozen=True):
    """Members of a receiver; `closed`: there are no others."""

    members: dict[str, Signature]
    closed: bool


class Surroundings(msgspec.Struct, frozen=True):
    """For `path` from byte `start` to `end`: names in scope, and receivers by their text (`self`, `self.pool`).

    `open_names`: there may be names that are not listed (a star import from elsewhere, `globals()`).
    """

    path: str
    start: int
    end: int
    names: dict[str, Signature]
    local: tuple[str, ...]
    holders: dict[str, Holder]
    open_names: bool


def surroundings(graph: CodeGraph, path: str, offset: int) -> Surroundings | None:
    """Return what can be named at `offset` of a Python file of the snapshot, None for other files."""
    index = graph.index(path)
    if index is None or index.is_ecma:
        return None
    r, data = graph.resolver, graph.data(path)
    scope = scope_at(index, data, offset)
    row = index.facts.scopes[scope]
    bound = dict(_visible(index, scope))
    types = {name: _types(r, index, where, name) for name, where in bound.items()}
    holders: dict[str, Holder] = {}
    for dotted in _receivers(data, offset, bound):
        found = _follow(r, types, dotted)
        holder = _holder(r, found) if found is not None else None
        if holder is not None:
            holders[dotted] = holder
    stars = any(row.name == "*" for row in index.facts.imports)
    return Surroundings(
        path,
        row.start,
        row.end,
        {name: _signature(r, found) for name, found in types.items()},
        tuple(name for name, where in bound.items() if index.facts.scopes[where].kind == f.FUNCTION_SCOPE),
        holders,
        stars or bool(index.facts.dynamic),
    )


def scope_at(index: FileIndex, data: bytes, offset: int) -> int:
    """Return the scope that a statement at `offset` belongs to; behind the last line of a block its column says so."""
    start = data.rfind(b"\n", 0, offset) + 1
    line = data[start:offset]
    column = len(line) - len(line.lstrip())
    before = len(data[:start].rstrip())
    scope = max(index.scope_at(offset), index.scope_at(before), key=lambda n: index.facts.scopes[n].start)
    while scope > 0:
        row = index.facts.scopes[scope]
        if row.kind in (f.FUNCTION_SCOPE, f.CLASS_SCOPE) and (row.end >= offset or _column(data, row.start) < column):
            break
        scope = row.parent
    return scope


def _column(data: bytes, offset: int) -> int:
    line = data[data.rfind(b"\n", 0, offset) + 1 : offset + 1]
    return len(line) - len(line.lstrip())


def held(r: Resolver, index: FileIndex, data: bytes, scope: int, offset: int, reach: int) -> dict[str, Types]:
    """Return what the receivers within `reach` bytes of a place hold, by their text, the nearest first."""
    bound = dict(_visible(index, scope))
    found: dict[str, int] = {}
    start = max(offset - reach, 0)
    for match in _DOTTED.finditer(data[start : offset + reach]):
        dotted = (match[1] + match[2]).decode()
        if match[1].decode() in bound:
            away = abs(start + match.start() - offset)
            found[dotted] = min(found.get(dotted, away), away)
    out = {}
    for dotted in sorted(found, key=lambda name: (found[name], name))[:_HELD]:
        root = dotted.partition(".")[0]
        types = _follow(r, {root: _types(r, index, bound[root], root)}, dotted)
        if types is not None and types.values:
            out[dotted] = types
    return out


def _visible(index: FileIndex, scope: int) -> Iterator[tuple[str, int]]:
    """Yield (name, scope that binds it), from the inside out; a class's names are not seen from its methods."""
    seen: set[str] = set()
    at = scope
    while at >= 0 and len(seen) < _NAMES:
        if at == scope or index.facts.scopes[at].kind != f.CLASS_SCOPE:
            for name in index.members.get(at, ()):
                if name not in seen and _is_name(index, at, name):
                    seen.add(name)
                    yield name, at
        at = index.facts.scopes[at].parent


def _is_name(index: FileIndex, scope: int, name: str) -> bool:
    return any(index.facts.binds[b].kind != f.MEMBER for b in index.binds[scope, name])


def _types(r: Resolver, index: FileIndex, scope: int, name: str) -> Types:
    return evaluate.bound_types(r, index, index.binds[scope, name])


def _receivers(data: bytes, offset: int, bound: Iterable[str]) -> list[str]:
    """Return what stands before a dot near the place and begins with a name in scope; all names with it."""
    known = set(bound)
    near = data[max(offset - _NEAR, 0) : offset + _NEAR]
    found: dict[str, None] = {name: None for name in ("self", "cls") if name in known}
    for match in _DOTTED.finditer(near):
        root, rest = match[1].decode(), match[2].decode()
        if root in known:
            parts = (root + rest).split(".")
            found.update(dict.fromkeys(".".join(parts[:size]) for size in range(1, len(parts) + 1)))
    found.update(dict.fromkeys(sorted(known)[:_NAMES]))
    return list(found)


def _follow(r: Resolver, types: dict[str, Types], dotted: str) -> Types | None:
    root, *rest = dotted.split(".")
    found = types[root]
    for name in rest:
        if not found.values:
            return None
        found = attributes.attribute(r, found, name)
    return found


def _holder(r: Resolver, types: Types) -> Holder | None:
    """Return the members of values of the repository; None where there are none."""
    members: dict[str, Signature] = {}
    closed = types.complete == 1 and bool(types.values)
    for value in types.values:
        names, whole = _members(r, value)
        closed = closed and whole
        for name in names[:MOST_MEMBERS]:
            if name not in members:
                members[name] = _signature(r, attributes.attribute(r, Types((value,)), name))
    return Holder(members, closed) if members else None


def _members(r: Resolver, value: Value) -> tuple[list[str], bool]:
    if value.kind == "module":
        index = r.file(value.path)
        if index is None or index.is_ecma:
            return [], False
        whole = not index.facts.dynamic and not index.stars and (0, "__getattr__") not in index.binds
        return list(index.members.get(0, ())), whole and not value.path.endswith("__init__.py")
    if value.kind not in ("class", "instance"):
        return [], False
    cls, found = Value("class", value.path, value.name), dict[str, None]()
    for entry in classes.mro(r, cls):
        index = r.file(entry.path) if entry.kind == "class" else None
        scope = index.scope_of.get(entry.name, -1) if index else -1
        if index is not None and scope >= 0:
            found.update(dict.fromkeys(index.members.get(scope, ())))
    whole = classes.member(r, cls, _ABSENT).state == "missing" and not value.args
    whole = whole and all(classes.member(r, cls, hook).state != "found" for hook in _HOOKS)
    return list(found), whole and (value.kind == "instance" or classes.of_metaclass(r, cls, _ABSENT) is None)


def _signature(r: Resolver, types: Types) -> Signature:
    """Return what a call of the one value of `types` takes."""
    if types.complete != 1 or len(types.values) != 1:
        return None
    value = types.values[0]
    if value.kind == "class":
        return _constructor(r, value)
    found = classes.definition(r, value) if value.kind == "function" else None
    return _parameters(found[0], found[2], bound=_is_bound(value, found[2])) if found else None


def _is_bound(value: Value, row: f.Def) -> bool:
    if value.bound is None or "staticmethod" in row.decorator_names or value.bound.kind not in ("instance", "class"):
        return False
    return value.bound.kind == "instance" or "classmethod" in row.decorator_names


def _constructor(r: Resolver, cls: Value) -> Signature:
    """Return what `__init__` takes, where it and nothing else makes instances."""
    if classes.has_field_constructor(r, cls) or classes.of_metaclass(r, cls, "__call__") is not None:
        return None
    new, init = classes.member(r, cls, "__new__"), classes.member(r, cls, "__init__")
    if new.state != "missing" or init.state != "found" or not init.certain or init.owner is None:
        return None
    inner = Value("function", init.owner.path, f"{init.owner.name}.__init__")
    found = classes.definition(r, inner)
    return _parameters(found[0], found[2], bound=True) if found and not found[2].decorators else None


def _parameters(index: FileIndex, row: f.Def, *, bound: bool) -> Signature:
    made = []
    for number in row.parameters:
        bind = index.facts.binds[number]
        kind = bind.extra
        required = bind.value < 0 and kind not in (f.VAR_POSITIONAL, f.VAR_KEYWORD)
        made.append(Parameter(index.facts.names[bind.name], kind, required))
    return tuple(made[1:] if bound and made and made[0].kind in (f.POSITIONAL_ONLY, f.POSITIONAL) else made)


def is_builtin(name: str) -> bool:
    """Return whether Python itself has `name`."""
    return name in BUILTINS
