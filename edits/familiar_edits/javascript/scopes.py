"""Names that are taken where a place is renamed: in the same scope, between a `var` and its function, in an object."""

from collections.abc import Iterable

from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits.javascript import syntax
from familiar_edits.javascript.evidence import where
from familiar_edits.javascript.parts import Spot, is_member_scope, part_of
from familiar_edits.refusal import Refusal

_TAGS = frozenset({"jsx_opening_element", "jsx_self_closing_element", "jsx_closing_element"})


def not_taken(graph: CodeGraph, spots: Iterable[Spot], old: str, new: str) -> None:
    """Refuse a name that a scope of one of the places has.

    Raises:
        Refusal: the name is taken, or the place would mean something else by the case of its first letter.
    """
    for spot in spots:
        path, start, end = spot.place
        index = graph.index(path)
        if index is None:
            continue
        for number in index.uses_of.get(old, ()):
            use = index.facts.uses[number]
            if (use.start, use.end) == (start, end):
                scope = _scope(index, use)
                taken = scope if _has(index, scope, new) else _between(index, use, scope, new)
                if taken >= 0:
                    _refuse(graph, index, taken, new)
        _not_a_tag(graph, spot, old, new)


def _scope(index: FileIndex, use: f.Use) -> int:
    """Return the scope whose name a use is, -1 when it is read from a receiver."""
    if use.role == f.IMPORTED:
        row = index.facts.imports[use.ref]
        return row.scope if row.bind >= 0 and not row.alias else -1
    if use.role == f.ATTRIBUTE_STORE and is_member_scope(index, use.scope):
        return use.scope if index.facts.scopes[use.scope].kind == f.OBJECT_SCOPE else -1
    return use.ref if use.role in (f.LOAD, f.STORE, f.DECLARE) else -1


def _has(index: FileIndex, scope: int, new: str) -> bool:
    if scope < 0:
        return False
    only_members = not is_member_scope(index, scope)
    binds = (index.facts.binds[n] for n in index.binds.get((scope, new), ()))
    return any(not (only_members and b.kind == f.MEMBER) and not _is_title(index, b) for b in binds)


def _is_title(index: FileIndex, bind: f.Bind) -> bool:
    return bind.kind == f.DEFINE and index.facts.defs[bind.value].kind in f.TITLED


def _between(index: FileIndex, use: f.Use, scope: int, new: str) -> int:
    """Return the block between a declaration and its scope that has the name (`var` leaves blocks), -1 for none."""
    if use.role != f.STORE or scope < 0 or part_of(index, use) == "key":
        return -1
    current = use.scope
    while current >= 0 and current != scope:
        if index.facts.scopes[current].kind == f.BLOCK_SCOPE and _has(index, current, new):
            return current
        current = index.facts.scopes[current].parent
    around = index.facts.scopes[scope].parent
    is_catch = around >= 0 and index.facts.scopes[around].qualname.rpartition(".")[2].startswith("<catch>")
    return around if is_catch and _has(index, around, new) else -1


def _refuse(graph: CodeGraph, index: FileIndex, scope: int, new: str) -> None:
    bind = index.facts.binds[index.binds[scope, new][0]]
    at = where(graph, index.path, index.facts.uses[bind.use].start)
    raise Refusal(f"{new} already is a name there: {at}.")


def _not_a_tag(graph: CodeGraph, spot: Spot, old: str, new: str) -> None:
    """A tag of JSX that begins with a small letter is an element of the document, any other a component."""
    if old[:1].islower() == new[:1].islower():
        return
    found = syntax.tree(spot.place.path, graph.data(spot.place.path))
    node = found.root_node.descendant_for_byte_range(spot.place.start, spot.place.end) if found is not None else None
    if node is not None and node.parent is not None and node.parent.type in _TAGS:
        at = where(graph, spot.place.path, spot.place.start)
        raise Refusal(f"{new} would be read as an element of the document at {at}: components begin with a capital.")
