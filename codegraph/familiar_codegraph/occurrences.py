"""What one occurrence of an identifier means: the step from facts to targets, tier and verdict.

`yes` is said only when every value that the place can hold leads to the same symbol. Everything else is `unsure`, and
`open` marks occurrences that may mean members which inference did not find.
"""

import builtins
from typing import NamedTuple

from familiar_codegraph import attributes, calls, classes, evaluate, fixtures, generics, keywords
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.flow import is_unbound
from familiar_codegraph.globals import FUNCTION_MEMBERS
from familiar_codegraph.modules import Found
from familiar_codegraph.names import (
    Target,
    bound,
    imported,
    member,
    segment,
    symbol_id,
    unbound,
)
from familiar_codegraph.outside import BUILTINS
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Types, Value
from familiar_codegraph.values import Verdict, Via


class Meaning(NamedTuple):
    """`targets` are ids; none with verdict `yes` means outside the repository. See `Binding` for `alias`.

    `open`: it may mean any member of this name. `mixed` are classes of the repository that lack the name and have a
    base elsewhere: it comes from there, or from a class that some subclass mixes in.
    """

    targets: tuple[str, ...]
    via: Via
    verdict: Verdict
    alias: str | None = None
    open: bool = False
    mixed: tuple[Value, ...] = ()


_NOT_CALLABLE = frozenset({"dict", "list", "tuple", "set", "str", "bytes", "int", "float", "bool", "None"})
_UNKNOWN = Meaning((), "ambiguous", "unsure")
_OPEN = Meaning((), "ambiguous", "unsure", None, True)
_OUTSIDE = Meaning((), "import", "yes")


def meaning(r: Resolver, index: FileIndex, number: int) -> Meaning:
    """Return what use `number` of the file means."""
    return r.once(index.path, ("use", number), lambda: _meaning(r, index, number), _OPEN)


def _meaning(r: Resolver, index: FileIndex, number: int) -> Meaning:
    use = index.facts.uses[number]
    name = index.facts.names[use.name]
    if use.role in (f.LOAD, f.STORE, f.DECLARE):
        return _name(r, index, use, name)
    if use.role == f.IMPORTED:
        row = index.facts.imports[use.ref]
        if row.alias or row.bind < 0:
            return _targets(imported(r, index, row), "import")
        return _name(r, index, use, name, row)
    if use.role == f.MODULE:
        row = index.facts.imports[use.ref]
        local = symbol_id(index.path, index.facts.scopes[row.scope].qualname, name)
        found = _targets(segment(r, index, row, use.extra), "import")
        outside = not found.targets and row.name == "" and not row.alias and use.extra == 0
        return found._replace(alias=local) if outside else found
    if use.role in (f.ATTRIBUTE, f.ATTRIBUTE_STORE):
        return _attribute(r, index, use, name, use.ref)
    if use.role == f.KEYWORD:
        return _keyword(r, index, use, name)
    return _string(r, index, use, name)


# ---------------------------------------------------------------- names


def _name(r: Resolver, index: FileIndex, use: f.Use, name: str, row: f.Import | None = None) -> Meaning:
    scope = row.scope if row is not None else use.ref
    if row is not None and (scope, name) not in index.binds:
        scope = 0
    if scope < 0 or (use.role == f.LOAD and name in BUILTINS and is_unbound(index, use)):
        return _targets(unbound(r, index, name), "import")
    targets = bound(r, index, scope, name)
    binds = [index.facts.binds[b] for b in index.binds.get((scope, name), ())]
    local = symbol_id(index.path, index.facts.scopes[scope].qualname, name)
    is_import = any(b.kind == f.IMPORT for b in binds)
    if not is_import:
        fixture = _fixture(r, index, scope, name)
        if fixture is not None and fixture.id:
            return Meaning((fixture.id,), "scope", "yes", local)
        return Meaning((local,), "scope", "yes")
    found = _targets(targets, "import" if is_import else "scope")
    renamed = any(i.alias and i.alias != _own_name(i, found) for i in _imports(index, binds))
    return found._replace(alias=local) if renamed or not found.targets else found


def _own_name(row: f.Import, found: Meaning) -> str:
    """Return the name of what is imported; a default export has the name that it is declared with."""
    if row.name in ("default", "export=") and found.targets:
        return found.targets[0].rpartition("::")[2].rpartition(".")[2]
    return row.name or row.module


def _imports(index: FileIndex, binds: list[f.Bind]) -> list[f.Import]:
    return [index.facts.imports[b.value] for b in binds if b.kind == f.IMPORT]


def _fixture(r: Resolver, index: FileIndex, scope: int, name: str) -> Target | None:
    numbers = index.binds.get((scope, name), [])
    if len(numbers) != 1 or index.facts.binds[numbers[0]].kind != f.PARAMETER:
        return None
    return fixtures.of_parameter(r, index, numbers[0])


def _targets(targets: list[Target], via: Via) -> Meaning:
    ids = tuple(dict.fromkeys(i for t in targets if (i := t.id) is not None))
    if len(ids) == 1 and all(t.id for t in targets):
        return Meaning(ids, via, "yes")
    if ids:
        return Meaning(ids, "ambiguous" if len(ids) > 1 else via, "unsure")
    outside = bool(targets) and all(t.kind in ("outside", "package") for t in targets)
    return _OUTSIDE._replace(via=via) if outside else _UNKNOWN


# ---------------------------------------------------------------- attributes


def _attribute(r: Resolver, index: FileIndex, use: f.Use, name: str, base: int) -> Meaning:
    types = evaluate.expression(r, index, base)
    if name.startswith("__") and not name.endswith("__"):
        return _private(index, use, name)
    return attribute_of(r, types, name, on_self=_is_self(index, base))


def _is_self(index: FileIndex, base: int) -> bool:
    row = index.facts.exprs[base] if base >= 0 else None
    if row is None or row.op != f.NAME:
        return row is not None and row.op in (f.SELF, f.CLASS)
    use = index.facts.uses[row.a]
    binds = index.binds.get((use.ref, index.facts.names[use.name]), ())
    return any(evaluate.own_class(index, b) is not None for b in binds if index.facts.binds[b].kind == f.PARAMETER)


def _private(index: FileIndex, use: f.Use, name: str) -> Meaning:
    """`__name` inside a class means that class's own; a subclass has another."""
    scope = index.enclosing_class(use.scope)
    if scope >= 0 and (scope, name) in index.binds:
        return Meaning((symbol_id(index.path, index.facts.scopes[scope].qualname, name),), "self", "yes")
    return _UNKNOWN


def attribute_of(r: Resolver, types: Types, name: str, *, on_self: bool = False) -> Meaning:
    """Return what `.name` of these values means."""
    types = generics.bounded(types)
    found: dict[str, Via] = {}
    certain, outside, is_open = types.complete == 1, False, not types.complete
    mixed: list[Value] = []
    for value in types.values:
        if value.kind in ("module", "package"):
            targets = member(r, Found(value.path, value.kind == "package"), name)
            found.update({i: "import" for t in targets if (i := t.id)})
            outside = outside or any(t.kind in ("outside", "package") for t in targets)
            is_open = is_open or not targets or any(t.kind == "unknown" for t in targets)
            certain = certain and len(targets) == 1
        elif value.kind in ("class", "instance", "super"):
            state = attributes.lookup(r, value, name)
            found.update({i: _via(value, state, types, on_self) for t in state.targets if (i := t.id)})
            certain = certain and state.certain and len(state.targets) <= 1
            implicit = name.startswith("__") and name.endswith("__")
            if state.state in ("outside", "missing") and not implicit:
                mixed.append(Value("class", value.path, value.name))
            if state.state != "found":
                certain = False
                outside = outside or state.state == "outside" or implicit
                is_open = is_open or (state.state == "unknown" and not implicit) or _answers_anything(r, value, state)
        elif value.kind == "function" and reads(value.path) and name not in FUNCTION_MEMBERS:
            is_open = True  # JavaScript sets properties of functions
        elif value.kind == "method" and not calls.is_safe(value.name):
            is_open = True  # what an object of another package holds may be one of ours: `namespace.cart.owner`
        elif value.kind == "made" and _known_without(r, value, name):
            is_open = True  # of a subclass that has it
        else:
            outside = outside or not _lacks(value, name)
    if not found and not outside and (types.complete != 1 or not mixed):
        is_open = True  # nothing that it can hold has the name: more is passed in than we know of
    means = _judged(found, certain, outside, is_open, bool(types.values))._replace(mixed=tuple(mixed))
    return means if types.complete == 1 else means._replace(verdict="unsure")


def _answers_anything(r: Resolver, value: Value, state: "classes.Member") -> bool:
    """Return whether a class without the name computes attributes, or its metaclass is not known."""
    if state.state != "missing":
        return False
    cls = Value("class", value.path, value.name)
    return any(classes.member(r, cls, n).state == "found" for n in ("__getattr__", "__getattribute__"))


def _known_without(r: Resolver, value: Value, name: str) -> bool:
    known = r.library.attribute(value.name, name) if r.library is not None and "." in value.name else None
    return known is not None and not known.values and known.complete == 1


def _judged(found: dict[str, Via], certain: bool, outside: bool, is_open: bool, known: bool) -> Meaning:
    if found and certain and not outside and not is_open and len({_overloaded(t) for t in found}) == 1:
        return Meaning(tuple(found), next(iter(found.values())), "yes")
    if found:
        is_open = is_open or (outside and len(found) > 1)
        return Meaning(tuple(found), "ambiguous" if len(found) > 1 else "inferred", "unsure", None, is_open)
    if known and not is_open:
        return _OUTSIDE if outside else _UNKNOWN
    return _OPEN


def _overloaded(target: str) -> str:
    """Return a parameter's id without the number of its function's definition: overloads are one function."""
    path, _, qualname = target.partition("::")
    scope, _, name = qualname.rpartition(".")
    return f"{path}::{scope.partition('#')[0] if '.' not in scope.partition('#')[2] else scope}.{name}"


def _via(value: Value, state: "classes.Member", types: Types, on_self: bool) -> Via:
    if value.kind == "super":
        return "base"
    inherited = state.owner is not None and (state.owner.path, state.owner.name) != (value.path, value.name)
    if on_self:
        return "base" if inherited else "self"
    return types.via if value.kind == "instance" else "scope"


def _lacks(value: Value, name: str) -> bool:
    """Return whether a builtin scalar has no such attribute, so that the place cannot mean it."""
    if value.kind != "made" or not value.name.startswith("builtins."):
        return False
    builtin = getattr(builtins, value.name.partition(".")[2], None)
    return builtin is not None and not hasattr(builtin, name)


# ---------------------------------------------------------------- keywords


def _keyword(r: Resolver, index: FileIndex, use: f.Use, name: str) -> Meaning:
    if use.ref < 0:
        return _OPEN if name != "metaclass" else _OUTSIDE
    call = index.facts.exprs[use.ref]
    callee = evaluate.expression(r, index, call.a)
    callee = _wrapped(r, index, call, callee)
    found: dict[str, Via] = {}
    certain, outside, is_open = callee.complete == 1, False, not callee.complete
    states = []
    for value in callee.values:
        state, targets, via = _keyword_of(r, value, name)
        found.update(dict.fromkeys(targets, via))
        certain = certain and state != "handed"
        states.append(state)
        outside = outside or state == "outside"
        is_open = is_open or state == "unknown"
    is_open = is_open or (not found and not outside and "no" in states)
    means = _judged(found, certain, outside, is_open, bool(callee.values))
    return means if callee.complete == 1 else means._replace(verdict="unsure")


def _wrapped(r: Resolver, index: FileIndex, call: f.Expr, callee: Types) -> Types:
    """`partial(f, name=...)` and `replace(x, name=...)` take the keywords of something else."""
    names = {v.name for v in callee.values}
    first = evaluate.expression(r, index, call.items[0]) if call.items else None
    if first is not None and names & {"functools.partial", "functools.partialmethod"}:
        return first
    if first is not None and names & {"dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve"}:
        return Types(tuple(v._replace(kind="fields") for v in first.values), first.complete)
    shape = index.facts.exprs[call.a] if call.a >= 0 else None
    if shape is not None and shape.op == f.ATTR:
        name = index.facts.names[index.facts.uses[shape.b].name]
        if name in ("_replace", "model_copy"):
            base = evaluate.expression(r, index, shape.a)
            return Types(tuple(v._replace(kind="fields") for v in base.values), base.complete)
    return callee


def _keyword_of(r: Resolver, value: Value, name: str) -> tuple[str, tuple[str, ...], Via]:
    """Return what takes the keyword: itself (`yes`), what it hands `**kwargs` on to (`handed`), or why nothing."""
    if value.kind == "made" and value.name.removeprefix("builtins.") in _NOT_CALLABLE:
        return "no", (), "import"
    if value.kind in ("outside", "made", "method", "module"):
        return "outside", (), "import"
    if value.kind == "instance":
        functions = attributes.attribute(r, Types((value,)), "__call__").values
    elif value.kind == "class":
        functions = keywords.constructor(r, value)
        if not functions:
            return _field(r, value, name)
    elif value.kind == "fields":
        return _field(r, value._replace(kind="class"), name)
    else:
        functions = (value,)
    states = []
    for function in functions:
        found = keywords.parameter(r, function, name) if function.kind == "function" else None
        if found and found[0] == "yes":
            return "yes", (symbol_id(function.path, function.name, name),), "scope"
        fields = keywords.unpacked(r, found[1], found[2]) if found and found[0] == "rest" else None
        if fields is not None:
            return _field(r, fields._replace(kind="class"), name)
        reached = keywords.taken(r, function, name) if found and found[0] == "rest" else None
        if reached:
            return "handed", tuple(symbol_id(v.path, v.name, name) for v in reached), "inferred"
        states.append("no" if reached is not None else found[0] if found else "unknown")
    return "no" if states and set(states) == {"no"} else "unknown", (), "inferred"


def _field(r: Resolver, cls: Value, name: str) -> tuple[str, tuple[str, ...], Via]:
    state = classes.member(r, Value("class", cls.path, cls.name), name)
    if state.state == "found" and classes.has_field_constructor(r, cls) and state.targets[0].id:
        return "yes", (state.targets[0].id,), "constructor"
    return ("unknown" if state.state in ("found", "unknown", "missing") else "outside"), (), "inferred"


# ---------------------------------------------------------------- strings


def _string(r: Resolver, index: FileIndex, use: f.Use, name: str) -> Meaning:
    row = index.facts.strings[use.ref]
    if row.kind == f.EXPORT:
        return _targets(member(r, Found(index.path), name), "string")
    if row.kind == f.GETATTR:
        if row.receiver < 0 or use.extra:
            return _OPEN._replace(via="string")
        return attribute_of(r, evaluate.expression(r, index, row.receiver), name)._replace(via="string")
    if row.kind == f.SLOT:
        if (row.scope, name) in index.binds:
            return _targets(bound(r, index, row.scope, name), "string")
        return _UNKNOWN._replace(via="string")
    if row.kind in (f.FIXTURE, f.ARGUMENT):
        return _fixture_string(r, index, row, name)
    parts = row.text.split(".")[: use.extra + 1]
    if row.kind == f.PLAIN and "." not in row.text:
        return _UNKNOWN._replace(via="string")
    found = path_of(r, index, parts)
    if row.kind == f.PATH:
        return found._replace(via="string")
    return found._replace(via="string", verdict="unsure")


def path_of(r: Resolver, index: FileIndex, parts: list[str]) -> Meaning:
    """Return what a dotted path from an import root means (`package.module.Class.method`)."""
    for length in range(len(parts), 0, -1):
        module = r.modules.absolute(".".join(parts[:length]), index.path)
        if module is None:
            continue
        kind = "package" if module.package else "module"
        if length == len(parts):
            return _targets([Target(kind, module.path)], "string")
        types = Types((Value(kind, module.path),))
        for name in parts[length:-1]:
            types = attributes.attribute(r, types, name)
        return attribute_of(r, types, parts[-1])
    return _OUTSIDE


def _fixture_string(r: Resolver, index: FileIndex, row: f.StringName, name: str) -> Meaning:
    around = [d for d in index.facts.defs if d.start <= row.start < index.facts.uses[d.use].start]
    if row.kind == f.ARGUMENT and around and (around[-1].inner, name) in index.binds:
        qualname = index.facts.scopes[around[-1].inner].qualname
        return Meaning((symbol_id(index.path, qualname, name),), "string", "yes")
    found = fixtures.find(r, index, row.scope, name)
    if found is not None and found.id:
        return Meaning((found.id,), "string", "yes")
    return _UNKNOWN._replace(via="string")
