"""Classes: what they inherit, in which order, and where a member comes from."""

from typing import NamedTuple

from familiar_codegraph import ecma, evaluate
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.names import Target, bound
from familiar_codegraph.outside import DATACLASSES, ENUMS, FIELD_BASES, NEUTRAL
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Types, Value

UNKNOWN_BASE = Value("unknown")


class Member(NamedTuple):
    """`state`: found, missing (the whole hierarchy is known and lacks it), outside or unknown (a base is elsewhere)."""

    state: str
    targets: tuple[Target, ...] = ()
    owner: Value | None = None
    certain: bool = True


def definition(r: Resolver, value: Value) -> tuple[FileIndex, int, f.Def] | None:
    """Return the file, scope and row of a class or function value."""
    index = r.file(value.path)
    scope = index.scope_of.get(value.name, -1) if index else -1
    if index is None or scope < 0:
        return None
    number = index.facts.scopes[scope].definition
    return (index, scope, index.facts.defs[number]) if number >= 0 else None


def bases(r: Resolver, cls: Value) -> tuple[Value, ...]:
    """Return the direct bases; `UNKNOWN_BASE` for what could not be resolved."""
    found = definition(r, cls)
    if found is None:
        return (UNKNOWN_BASE,)
    index, _, row = found
    out: list[Value] = []
    for expr in row.bases:
        types = evaluate.expression(r, index, expr)
        if index.is_ecma:
            types = _as_classes(types)
        classes = [v._replace(args=(), bound=None) for v in types.values if v.kind in ("class", "outside")]
        if not classes or types.complete != 1 or len(classes) < len(types.values):
            classes = [UNKNOWN_BASE]
        out += classes  # of a name with several meanings (`if TYPE_CHECKING: ... else: ...`), each may be the base
    return (*out, *(ecma.siblings(index, row) if index.is_ecma else ()))


def _as_classes(types: Types) -> Types:
    """`implements A`, `interface B extends A` name types: what they declare are instances."""
    kinds = {"instance": "class", "made": "outside"}
    return types._replace(values=tuple(v._replace(kind=kinds.get(v.kind, v.kind)) for v in types.values))


def mro(r: Resolver, cls: Value) -> tuple[Value, ...]:
    """Return the method resolution order (C3; depth first where the hierarchy has none), `cls` first."""
    cls = Value("class", cls.path, cls.name)
    return r.once(cls.path, ("mro", cls.name), lambda: _mro(r, cls), (cls, UNKNOWN_BASE))


def _mro(r: Resolver, cls: Value) -> tuple[Value, ...]:
    parents = bases(r, cls)
    lines = [list(mro(r, b)) if b.kind == "class" else [b] for b in parents] + [list(parents)]
    out = [cls]
    while lines := [line for line in lines if line]:
        for line in lines:
            head = line[0]
            if not any(head in other[1:] for other in lines):
                break
        else:
            head = lines[0][0]
        if head not in out or head == UNKNOWN_BASE:
            out.append(head)
        lines = [[v for v in line if v != head] for line in lines]
    return tuple(out)


def member(r: Resolver, cls: Value, name: str, *, after: Value | None = None) -> Member:
    """Return where `name` of an instance of `cls` comes from; `after` skips the order up to that class (`super()`)."""
    order = mro(r, cls)
    if after is not None:
        order = order[order.index(after) + 1 :] if after in order else order[1:]
    elsewhere = unknown = False
    assigned: Value | None = None
    for entry in order:
        if entry.kind == "class":
            index = r.file(entry.path)
            scope = index.scope_of.get(entry.name, -1) if index else -1
            if index is not None and (scope, name) in index.binds:
                if index.is_ecma and assigned is None and _only_assigned(index, scope, name):
                    assigned = entry
                    continue
                targets = tuple(bound(r, index, scope, name))
                return Member("found", targets, entry, not (elsewhere or unknown))
        elif entry == UNKNOWN_BASE:
            unknown = True
        elif entry.name not in NEUTRAL and not _lacks(r, entry, name):
            elsewhere = True
    if assigned is not None and (elsewhere or unknown) and assigned.path.endswith((".ts", ".tsx", ".mts", ".cts")):
        assigned = None  # an assignment of TypeScript declares nothing: a base elsewhere does
    if assigned is not None and (index := r.file(assigned.path)) is not None:
        return Member("found", tuple(bound(r, index, index.scope_of[assigned.name], name)), assigned)
    return Member("unknown" if unknown else "outside" if elsewhere else "missing")


def _lacks(r: Resolver, base: Value, name: str) -> bool:
    """Return whether a class of another package is known not to have `name`."""
    return r.library is not None and r.library.defines(base.name, name) is False


def of_metaclass(r: Resolver, cls: Value, name: str) -> Member | None:
    """Return where `name` of the class itself comes from when a metaclass has it; None when none of them does."""
    for entry in mro(r, cls):
        found = definition(r, entry) if entry.kind == "class" else None
        if found is None or found[2].metaclass < 0:
            continue
        types = evaluate.expression(r, found[0], found[2].metaclass)
        if not types.complete or len(types.values) != 1:
            return Member("unknown")
        if types.values[0].kind == "class":
            inner = member(r, types.values[0], name)
            return inner if inner.state in ("found", "unknown") else None
    return None


def _only_assigned(index: FileIndex, scope: int, name: str) -> bool:
    """`this.x = ...` in JavaScript declares a member only where no base does."""
    return all(index.facts.binds[b].kind == f.MEMBER for b in index.binds[scope, name])


def is_enum(r: Resolver, cls: Value) -> bool:
    found = definition(r, cls)
    if found is not None and found[2].kind == "enum":
        return True
    return any(v.kind == "outside" and v.name.rpartition(".")[2] in ENUMS for v in mro(r, cls)[1:])


def has_field_constructor(r: Resolver, cls: Value) -> bool:
    """Return whether the constructor takes the class's annotated attributes as keywords."""
    for entry in mro(r, cls):
        if entry.kind == "outside" and entry.name.rpartition(".")[2] in FIELD_BASES:
            return True
        found = definition(r, entry) if entry.kind == "class" else None
        if found and any(n.rpartition(".")[2] in DATACLASSES or n == "attr.s" for n in found[2].decorator_names):
            return True
    return False
