"""Which members of one name may be the same: in TypeScript types fit each other by members, not by names."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from familiar_codegraph import classes
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.types import Value

from familiar_edits.javascript import evidence
from familiar_edits.textedits import Place

_ERROR = frozenset({"name", "message", "stack", "cause"})
_EMITTER = frozenset({
    "on", "once", "off", "emit", "addListener", "removeListener", "removeAllListeners", "listeners", "listenerCount",
    "eventNames", "prependListener", "prependOnceListener", "rawListeners", "setMaxListeners", "getMaxListeners",
})  # fmt: skip
_COMPONENT = frozenset({
    "props", "state", "context", "refs", "setState", "forceUpdate", "render", "componentDidMount", "componentDidUpdate",
    "componentWillUnmount", "shouldComponentUpdate", "getSnapshotBeforeUpdate", "componentDidCatch",
    "UNSAFE_componentWillMount", "UNSAFE_componentWillReceiveProps", "UNSAFE_componentWillUpdate", "isReactComponent",
    "componentWillMount", "componentWillReceiveProps", "componentWillUpdate", "updater",
})  # fmt: skip
_OUTSIDE = {
    **dict.fromkeys(("js.Error", "js.TypeError", "js.RangeError", "js.SyntaxError", "js.EvalError"), _ERROR),
    **dict.fromkeys(("events.EventEmitter", "events", "node:events.EventEmitter", "node:events"), _EMITTER),
    **dict.fromkeys(
        ("react.Component", "react.PureComponent", "react.default.Component", "react.Component"), _COMPONENT
    ),
}
"""Members of classes outside the repository that are much inherited from."""

_WORDS = re.compile(rb"[;{},(\n]")


def outside_has(cls: str, name: str) -> bool | None:
    """Return whether a class outside the repository has a member, None when it is not known."""
    known = _OUTSIDE.get(cls)
    return None if known is None else name in known


def known_outside(why: str, name: str) -> bool | None:
    """Return the same for a sentence of `Family.outside`."""
    cls = why.partition(" inherits from ")[2].partition(", which")[0]
    return outside_has(cls, name)


class _Shape(NamedTuple):
    names: frozenset[str]
    required: frozenset[str]
    is_closed: bool
    """Private members: nothing else fits."""
    is_literal: bool
    is_spread: bool
    """It takes over the members of other objects."""


def twins(graph: CodeGraph, members: set[str], name: str) -> Iterator[tuple[str, Place]]:
    """Yield the members of the name, and where they are, whose owners may hold or be what the members' owners are."""
    own = [shape for id in sorted(members) if (shape := _shape(graph, id)) is not None]
    first = sorted(members)[0]
    for id in graph.members(name, like=first.partition("::")[0]):
        place = _judged_by_itself(graph, id)
        other = _shape(graph, id) if id not in members and place is not None else None
        if other is not None and place is not None and any(_fits(a, b, id, members) for a in own for b in (other,)):
            yield id, place


def _fits(one: _Shape, other: _Shape, id: str, members: set[str]) -> bool:
    if one.is_literal and other.is_literal:
        return one.names == other.names and any(m.partition("::")[0] == id.partition("::")[0] for m in members)
    return _goes(one, other) or _goes(other, one)


def _goes(value: _Shape, declared: _Shape) -> bool:
    """Return whether a value of one shape may be given where the other is declared."""
    if declared.is_literal or declared.is_closed:
        return False
    if value.is_literal and (value.is_spread or value.names <= declared.names):
        return True  # a part of one: spread into another, or given to change it
    return declared.required <= value.names and (bool(declared.required) or not value.is_literal)


def _judged_by_itself(graph: CodeGraph, id: str) -> Place | None:
    """Return where a member is defined, None when its name is that of the type that is expected there."""
    places = graph.symbols.places(id)
    index = graph.index(places[0][0]) if places else None
    if index is None:
        return None
    _, start, end = places[0]
    for number in index.uses_at(start):
        use = index.facts.uses[number]
        if use.start == start and use.role == f.ATTRIBUTE_STORE:
            return None
    return Place(places[0][0], start, end)


def _shape(graph: CodeGraph, id: str) -> _Shape | None:
    """Return the members of what a member belongs to; None for enums and modules, which nothing else fits."""
    path, _, qualname = id.partition("::")
    owner = qualname.rpartition(".")[0]
    index = graph.index(path)
    scope = index.scope_of.get(owner, -1) if index else -1
    if index is None or scope < 0 or index.facts.scopes[scope].kind not in f.MEMBER_SCOPES:
        return None
    found = classes.definition(graph.resolver, Value("class", path, owner))
    if found is not None and found[2].kind == "enum":
        return None
    names, required, closed = set[str](), set[str](), False
    for cls in classes.mro(graph.resolver, Value("class", path, owner)):
        where = graph.index(cls.path) if cls.kind == "class" else None
        inner = where.scope_of.get(cls.name, -1) if where else -1
        if where is not None and inner >= 0:
            closed = _collect(where, inner, graph.data(cls.path), names, required) or closed
    node = evidence.literal(graph, f"{path}::{owner}")
    return _Shape(frozenset(names), frozenset(required), closed, node is not None, evidence.is_spread(node))


def _collect(index: FileIndex, scope: int, data: bytes, names: set[str], required: set[str]) -> bool:
    closed = False
    for name in index.members.get(scope, ()):
        if name == "constructor":
            continue
        bind = index.facts.binds[index.binds[scope, name][0]]
        use = index.facts.uses[bind.use]
        before = _WORDS.split(data[max(0, use.start - 80) : use.start])[-1].split()
        if b"static" in before:
            continue
        names.add(name)
        if data[use.end : use.end + 1] != b"?":
            required.add(name)
        closed = closed or name.startswith("#") or b"private" in before or b"protected" in before
    return closed
