"""Evidence for occurrences that the graph leaves open: subscripts that spell a name, members of subclasses, protocols.

Each function returns the ids of the symbols that the place means, or None when there is no such evidence. An empty set
is evidence too: the place means nothing of this repository.
"""

from collections.abc import Iterator

from familiar_codegraph import classes, containers, evaluate, flow, hierarchy
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.types import Value

_FACTORIES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "TypeAliasType", "namedtuple", "NamedTuple"})
_ATTRIBUTE_CALLS = frozenset({"__setattr__", "__delattr__", "__getattribute__"})
_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})


def of_string(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """`T = TypeVar("T")`, `Colour["RED"]`, `point["width"]` of a TypedDict, `globals()["load"]`: a string's meaning."""
    found = _of_own_name(index, use) or _of_subscript(graph, index, use) or _of_display(graph, index, use)
    return found or _of_attribute_call(graph, index, use)


def _of_own_name(index: FileIndex, use: f.Use) -> set[str] | None:
    """What a factory is told that the name is to which its result is bound."""
    name = index.facts.names[use.name]
    for number in index.binds.get((use.scope, name), ()):
        bind = index.facts.binds[number]
        call = index.facts.exprs[bind.value] if bind.kind == f.ASSIGN and bind.value >= 0 else None
        if call is None or call.op != f.CALL or not call.items or call.items[0] < 0:
            continue
        first = index.facts.exprs[call.items[0]]
        callee = flow.dotted(index, call.a).rpartition(".")[2]
        if first.op == f.CONST and first.a == use.ref and callee in _FACTORIES:
            scope = index.facts.scopes[use.scope].qualname
            return {f"{index.path}::{scope}.{name}" if scope else f"{index.path}::{name}"}
    return None


def _of_subscript(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    name = index.facts.names[use.name]
    for row in _holding(index, use):
        if row.op != f.SUBSCRIPT or len(row.items) != 1 or row.items[0] < 0:
            continue
        item = index.facts.exprs[row.items[0]]
        if item.op != f.CONST or item.a != use.ref:
            continue
        if _is_globals(index, row.a):
            return {f"{index.path}::{name}"} if (0, name) in index.binds else None
        types = evaluate.expression(graph.resolver, index, row.a)
        if types.complete != 1 or not types.values:
            return None
        found: set[str] = set()
        for value in types.values:
            is_enum = value.kind == "class" and classes.is_enum(graph.resolver, value)
            if is_enum or (value.kind == "instance" and _is_typed_dict(graph, value)):
                found |= _of_class(graph, value, name)
            elif value.kind not in ("made", "outside", "instance"):
                return None
        return found
    return None


def _holding(index: FileIndex, use: f.Use) -> Iterator[f.Expr]:
    """Yield the subscripts and calls in which the string of `use` stands."""
    return (index.facts.exprs[number] for number in index.holding.get(use.ref, ()))


def _of_attribute_call(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """The name in `object.__setattr__(self, "size", 1)`: what is the member of everything that it may be set on."""
    for call in _holding(index, use):
        callee = index.facts.exprs[call.a] if call.op == f.CALL and call.a >= 0 and len(call.items) > 1 else None
        if callee is None or callee.op != f.ATTR or min(call.items[:2]) < 0:
            continue
        name = index.facts.exprs[call.items[1]]
        if name.op != f.CONST or name.a != use.ref:
            continue
        if index.facts.names[index.facts.uses[callee.b].name] not in _ATTRIBUTE_CALLS:
            continue
        types = evaluate.expression(graph.resolver, index, call.items[0])
        if types.complete != 1 or any(value.kind not in ("instance", "class") for value in types.values):
            return None
        found = [_of_class(graph, value, index.facts.names[use.name]) for value in types.values]
        return set().union(*found) if found and all(found) else None
    return None


def _of_display(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """A key of a dictionary that is written out where a TypedDict is annotated: `point: Point = {"width": 1}`."""
    data, name = graph.data(index.path), index.facts.names[use.name]
    for bind in index.facts.binds:
        if bind.annotation < 0 or bind.value < 0 or index.facts.exprs[bind.value].op != f.DISPLAY:
            continue
        between = data[index.facts.uses[bind.use].end : use.start]
        if index.facts.uses[bind.use].end > use.start or between.count(b"{") - between.count(b"}") != 1:
            continue
        held = containers.annotated(graph.resolver, index, bind.annotation)
        if b"\n\n" not in between and held.values and all(_is_typed_dict(graph, v) for v in held.values):
            return set().union(*(_of_class(graph, v, name) for v in held.values))
    return None


def _is_globals(index: FileIndex, number: int) -> bool:
    call = index.facts.exprs[number] if number >= 0 else None
    callee = index.facts.exprs[call.a] if call is not None and call.op == f.CALL and call.a >= 0 else None
    return (
        callee is not None and callee.op == f.NAME and index.facts.names[index.facts.uses[callee.a].name] == "globals"
    )


def _is_typed_dict(graph: CodeGraph, value: Value) -> bool:
    if value.kind not in ("instance", "class"):
        return False
    order = classes.mro(graph.resolver, Value("class", value.path, value.name))
    return any(entry.name.endswith("TypedDict") for entry in order if entry.kind == "outside")


def is_spelled(graph: CodeGraph, cls: Value) -> bool:
    """Return whether the names of a class's members are values too: an enum, a TypedDict."""
    return classes.is_enum(graph.resolver, cls) or _is_typed_dict(graph, cls)


def _of_class(graph: CodeGraph, value: Value, name: str) -> set[str]:
    found = classes.member(graph.resolver, Value("class", value.path, value.name), name)
    return {id for target in found.targets if (id := target.id)}


def of_receiver(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """An attribute of instances whose classes lack it, while subclasses have it (a mixin, an unwritten abstract)."""
    types = evaluate.expression(graph.resolver, index, use.ref)
    if types.complete != 1 or not types.values:
        return None
    name, found = index.facts.names[use.name], set[str]()
    for value in types.values:
        if value.kind not in ("instance", "class"):
            return None
        own = classes.member(graph.resolver, Value("class", value.path, value.name), name)
        if own.state not in ("missing", "found"):
            return None
        found |= {id for target in own.targets if (id := target.id)}
        if own.state == "missing":
            below = _below(graph, value, name)
            if below is None:
                return None
            found |= below
    return found


def _below(graph: CodeGraph, value: Value, name: str) -> set[str] | None:
    """Return the members `name` that instances of subclasses have; None when a subclass is not certain."""
    found: set[str] = set()
    for id, sure in hierarchy.descendants(graph, f"{value.path}::{value.name}").items():
        for cls in hierarchy.class_values(graph, id):
            own = classes.member(graph.resolver, cls, name)
            if not sure or own.state in ("unknown", "outside"):
                return None
            found |= {target_id for target in own.targets if (target_id := target.id)}
    return found


def of_decorated_call(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """A keyword of a call whose callee is spelled as one function of the repository, whatever decorates it."""
    call = index.facts.exprs[use.ref] if use.ref >= 0 else None
    callee = index.facts.exprs[call.a] if call is not None and call.a >= 0 else None
    if callee is None or callee.op not in (f.NAME, f.ATTR):
        return None
    number = callee.a if callee.op == f.NAME else callee.b
    symbol = graph.symbol_at(index.path, index.facts.uses[number].start)
    if symbol is None or symbol.kind not in ("function", "method"):
        return None
    parameter = f"{symbol.id}.{index.facts.names[use.name]}"
    return {parameter} if graph.symbol(parameter) is not None else None


# ---------------------------------------------------------------- protocols


def protocols_of(graph: CodeGraph, members: frozenset[str], name: str) -> Iterator[tuple[str, str]]:
    """Yield (member of a protocol, member of a class that fits it), where one is in `members` and the other is not."""
    others = [id for id in graph.members(name) if id not in members]
    for mine in sorted(members):
        for other in others:
            a, b = _class(mine), _class(other)
            if is_protocol(graph, a) and fits(graph, b, a):
                yield mine, other
            elif is_protocol(graph, b) and fits(graph, a, b):
                yield other, mine


def _class(member: str) -> Value:
    path, _, qualname = member.partition("::")
    return Value("class", path, qualname.rpartition(".")[0])


def is_protocol(graph: CodeGraph, cls: Value) -> bool:
    return any(base.name in _PROTOCOLS for base in classes.bases(graph.resolver, cls))


def fits(graph: CodeGraph, cls: Value, protocol: Value) -> bool:
    """Return whether a class has every member that a protocol names."""
    index = graph.index(protocol.path)
    scope = index.scope_of.get(protocol.name, -1) if index else -1
    names = [n for n in (index.members.get(scope, ()) if index else ()) if not n.startswith("__")]
    return bool(names) and all(classes.member(graph.resolver, cls, n).state == "found" for n in names)


def outside_value(graph: CodeGraph, protocol: Value) -> tuple[str, int] | None:
    """Return a place (path, offset) where something from outside, or unknown, is held as this protocol."""
    name = protocol.name.rpartition(".")[2]
    for path in graph.mentions(name):
        index = graph.index(path)
        for bind in index.facts.binds if index else ():
            if (
                index is None
                or bind.annotation < 0
                or bind.value < 0
                or bind.kind not in (f.ASSIGN, f.PARAMETER, f.MEMBER)
            ):
                continue
            held = containers.annotated(graph.resolver, index, bind.annotation)
            if not any((v.path, v.name) == (protocol.path, protocol.name) for v in held.values):
                continue
            given = evaluate.expression(graph.resolver, index, bind.value)
            if given.complete != 1 or any(v.kind not in ("instance", "class") for v in given.values):
                return path, index.facts.uses[bind.use].start
    return None
