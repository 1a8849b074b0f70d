"""What must keep one name: a member with its hierarchy, what is read as one of them, what stands in the same token.

TypeScript compares types by their members, so a member of the same name elsewhere may be this one too: where the other
members allow it, that is a question, and a taken question makes both one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from familiar_codegraph import classes, hierarchy
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import SUFFIXES
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.types import Value
from familiar_codegraph.values import Symbol

from familiar_edits.javascript import evidence, shapes
from familiar_edits.javascript.evidence import where
from familiar_edits.javascript.parts import is_member_scope
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place

_MOST = 200
"""So many members of one name are renamed together at most."""


class Renamed(NamedTuple):
    """What is renamed: ids of all symbols that must keep one name, that name, and what they are together."""

    members: frozenset[str]
    name: str
    is_member: bool
    """Reached through a receiver."""
    is_global: bool
    """Bound in a module, so that other files may see it."""
    is_alias: bool
    """A file's own name for something that is called so elsewhere."""


class Doubt(NamedTuple):
    """A place that decides: `merges` are the members that belong to the family if the answer is yes."""

    place: Place
    why: str
    merges: frozenset[str] = frozenset()


class Together(NamedTuple):
    renamed: Renamed
    doubts: tuple[Doubt, ...]


def together(
    graph: CodeGraph, symbol: Symbol, files: Sequence[tuple[str, bytes]], agreed: Callable[[Place], bool]
) -> Together:
    """Return what must be renamed with `symbol`; doubts about places that were `agreed` to are taken for a yes.

    Raises:
        Refusal: the name is defined outside the repository too, or too much has it.
    """
    index = graph.index(symbol.path)
    scope = index.scope_of.get(symbol.qualname.rpartition(".")[0], -1) if index else -1
    kind = index.facts.scopes[scope].kind if index and scope >= 0 else f.MODULE_SCOPE
    is_member = kind in f.MEMBER_SCOPES
    is_global = kind == f.MODULE_SCOPE
    members, doubts = _gather(graph, {symbol.id}, files)
    while True:
        found = list(shapes.twins(graph, members, symbol.name)) if is_member else []
        merged = {id for id, place in found if agreed(place)}
        if not merged:
            break
        members, more = _gather(graph, members | merged, files)
        doubts = list(dict.fromkeys([*doubts, *more]))
    for id, place in found:
        owner = id.rpartition("::")[2].rpartition(".")[0] or "an object"
        why = f"{symbol.name} of {owner} may be the same member: what has the one fits where the other is expected"
        doubts.append(Doubt(place, why, frozenset({id})))
    alias = symbol.kind == "alias"
    return Together(Renamed(frozenset(members), symbol.name, is_member, is_global, alias), tuple(doubts))


def _gather(graph: CodeGraph, start: set[str], files: Sequence[tuple[str, bytes]]) -> tuple[set[str], list[Doubt]]:
    members, doubts = set[str](), dict[Doubt, None]()
    waiting = sorted(start)
    while waiting:
        id = waiting.pop()
        symbol = graph.symbol(id)
        if id in members or symbol is None:
            continue
        members.add(id)
        if len(members) > _MOST:
            raise Refusal(f"More than {_MOST} members called {symbol.name} would have to be renamed together.")
        for found in (_hierarchy(graph, symbol, doubts), _described(graph, symbol), _same_token(graph, symbol),
                      _exported(graph, symbol)):  # fmt: skip
            waiting += sorted(set(found) - members)
        if not waiting:
            waiting = sorted(_read_together(graph, members, files, symbol.name) - members)
    return members, list(doubts)


def _hierarchy(graph: CodeGraph, symbol: Symbol, doubts: dict[Doubt, None]) -> Iterable[str]:
    """Return the members of the classes and interfaces above and below."""
    index = graph.index(symbol.path)
    scope = index.scope_of.get(symbol.qualname.rpartition(".")[0], -1) if index else -1
    if index is None or not is_member_scope(index, scope):
        return ()
    family = graph.family(symbol.id)
    here = Place(symbol.path, symbol.start, symbol.end)
    for why in family.outside:
        known = shapes.known_outside(why, symbol.name)
        if known or why.endswith(f"which defines {symbol.name}"):
            raise Refusal(f"{symbol.name} is not this repository's to rename: {why.replace('may define', 'defines')}.")
        if known is None:
            doubts[Doubt(here, why)] = None
    for id in family.unsure:
        doubts[Doubt(here, f"{id} may belong to the same family", frozenset({id}))] = None
    return family.members


def _described(graph: CodeGraph, symbol: Symbol) -> Iterator[str]:
    """Yield the same symbol of the file's declarations (`cart.js` and `cart.d.ts`)."""
    suffix = next(s for s in sorted(SUFFIXES, key=len, reverse=True) if symbol.path.endswith(s))
    stem = symbol.path.removesuffix(suffix)
    for other in SUFFIXES:
        declares = ".d." in suffix or ".d." in other
        if declares and other != suffix and graph.symbol(twin := f"{stem}{other}::{symbol.qualname}"):
            yield twin


def _same_token(graph: CodeGraph, symbol: Symbol) -> Iterator[str]:
    """Yield what has its name from the same token: `constructor(private cart)` declares a parameter and a field."""
    index = graph.index(symbol.path)
    if index is None:
        return
    scope, name, binds = graph.symbols.binds(index, symbol.qualname)
    data, starts = graph.data(symbol.path), set[int]()
    for bind in binds:
        if bind.use >= 0:
            starts.add(index.facts.uses[bind.use].start)
    for number, bind in enumerate(index.facts.binds):
        if bind.use < 0 or index.facts.names[bind.name] != name or bind.scope == scope:
            continue
        if (start := index.facts.uses[bind.use].start) in starts and _is_parameter_field(index, number, start, data):
            qualname = index.facts.scopes[bind.scope].qualname
            yield f"{symbol.path}::{qualname}.{name}" if qualname else f"{symbol.path}::{name}"


def _is_parameter_field(index: FileIndex, number: int, start: int, data: bytes) -> bool:
    """Return whether two binds of one token are a parameter and the field that it declares."""
    kinds = {b.kind for b in index.facts.binds if b.use >= 0 and index.facts.uses[b.use].start == start}
    return f.PARAMETER in kinds and len(kinds) > 1


def _exported(graph: CodeGraph, symbol: Symbol) -> Iterator[str]:
    """Yield the property of `module.exports = { cart }` that stands for the name, or the name that it stands for."""
    index = graph.index(symbol.path)
    for number in index.binds.get((0, "export="), ()) if index else ():
        assert index
        value = index.facts.binds[number].value
        if value < 0 or index.facts.exprs[value].op != f.OBJECT:
            continue
        scope = index.facts.exprs[value].b
        for bind in (index.facts.binds[n] for n in index.binds.get((scope, symbol.name), ())):
            shape = index.facts.exprs[bind.value] if bind.value >= 0 else None
            if shape is None or shape.op != f.NAME:
                continue
            use = index.facts.uses[shape.a]
            if index.facts.names[use.name] != symbol.name or use.ref != 0:
                continue
            key = f"{index.path}::{index.facts.scopes[scope].qualname}.{symbol.name}"
            if symbol.id in (key, f"{index.path}::{symbol.name}"):
                yield from (key, f"{index.path}::{symbol.name}")


def _read_together(graph: CodeGraph, members: set[str], files: Iterable[tuple[str, bytes]], name: str) -> set[str]:
    """Return the members that one place reads as well as one of these: a union of types has them both."""
    found: set[str] = set()
    for path, _ in files:
        index = graph.index(path)
        for number in index.uses_of.get(name, ()) if index else ():
            assert index
            use = index.facts.uses[number]
            if use.role in (f.ATTRIBUTE, f.ATTRIBUTE_STORE) and use.ref >= 0:
                known = evidence.of_receiver(graph, index, use)
                if known and known & members:
                    found |= known
    return found


# ---------------------------------------------------------------- names that are taken


def not_taken(graph: CodeGraph, renamed: Renamed, new: str) -> None:
    """Refuse a name that a class with the same instances has, or an export of a module that hands this one on.

    Raises:
        Refusal: the name is taken.
    """
    for id in sorted(renamed.members):
        path, _, qualname = id.partition("::")
        owner = qualname.rpartition(".")[0]
        index = graph.index(path)
        scope = index.scope_of.get(owner, -1) if index else -1
        if index is None or scope < 0:
            continue
        if is_member_scope(index, scope):
            for cls in _relatives(graph, path, owner):
                _refuse_if_bound(graph, cls.path, cls.name, new)
                if cls.kind == "outside" and shapes.outside_has(cls.name, new):
                    raise Refusal(
                        f"{owner} ({path}) inherits from {cls.name.removeprefix('js.')}, which defines {new}."
                    )
        elif scope == 0 and not renamed.is_alias:
            _not_exported(graph, path, renamed.name, new)


def _relatives(graph: CodeGraph, path: str, owner: str) -> Iterator[Value]:
    yield Value("class", path, owner)
    for id in (f"{path}::{owner}", *hierarchy.descendants(graph, f"{path}::{owner}")):
        for cls in hierarchy.class_values(graph, id):
            yield from classes.mro(graph.resolver, cls)


def _refuse_if_bound(graph: CodeGraph, path: str, owner: str, new: str) -> None:
    index = graph.index(path) if path else None
    scope = index.scope_of.get(owner, -1) if index else -1
    numbers = index.binds.get((scope, new), ()) if index and scope >= 0 else ()
    if index is not None and numbers:
        at = where(graph, path, index.facts.uses[index.facts.binds[numbers[0]].use].start)
        raise Refusal(f"{new} already is a name of {owner}: {at}.")


def _not_exported(graph: CodeGraph, path: str, old: str, new: str) -> None:
    """Refuse a name that a file which exports all of this one's names exports already."""
    waiting, seen = [path], {path}
    while waiting:
        current = waiting.pop()
        index = graph.index(current)
        if index is not None and _exports(index, new) and (current != path or _exports(index, old)):
            raise Refusal(f"{current} already exports {new}.")
        for importer in graph.importers_of(current, transitive=False):
            other = graph.index(importer)
            for row in other.stars if other else ():
                target = graph.target_file(importer, row)
                if target is not None and target.path == current and importer not in seen:
                    seen.add(importer)
                    waiting.append(importer)


def _exports(index: FileIndex, name: str) -> bool:
    return name in index.exported_names or name in index.export_rows
