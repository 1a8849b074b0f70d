"""Who else may read a name: decorators, frameworks, code that lists names or makes them up. Each is a question."""

from collections.abc import Iterator, Sequence

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Symbol
from tree_sitter import Node

from familiar_edits.javascript import evidence, naming, syntax
from familiar_edits.javascript.families import Doubt, Renamed
from familiar_edits.javascript.syntax import IDENTIFIERS
from familiar_edits.textedits import Place

Files = Sequence[tuple[str, bytes]]


def about(graph: CodeGraph, symbol: Symbol, renamed: Renamed, files: Files) -> Iterator[Doubt]:
    """Yield the questions that decide about the rename as a whole; `files` are all of these languages."""
    here = Place(symbol.path, symbol.start, symbol.end)
    if renamed.is_alias:
        return
    if renamed.is_member:
        yield from _of_members(graph, symbol, renamed, files)
    elif renamed.is_global:
        index = graph.index(symbol.path)
        exported = index is not None and (symbol.name in index.exported_names or symbol.name in index.export_rows)
        if exported and naming.is_looked_for(symbol.path, symbol.name):
            yield Doubt(here, f"frameworks look for an export called {symbol.name}")
    if symbol.kind in ("function", "class", "method"):
        for seen in evidence.name_readers(graph, files, renamed.members):
            yield Doubt(Place(*seen[:3]), seen.why)
    if symbol.kind == "class":
        yield from _decorated(graph, {symbol.id})
    if not renamed.is_member:
        yield from _evaluated(graph, symbol)


def _of_members(graph: CodeGraph, symbol: Symbol, renamed: Renamed, files: Files) -> Iterator[Doubt]:
    if symbol.name in naming.PROTOCOL and symbol.kind != "enum":
        yield Doubt(Place(symbol.path, symbol.start, symbol.end), naming.PROTOCOL[symbol.name])
    owners = {id.rpartition(".")[0] for id in renamed.members}
    seen = [*evidence.composed(files, symbol.name)]
    if symbol.kind != "method":
        seen += [*evidence.enumerated(graph, files, owners), *evidence.casts(graph, files, owners)]
    for found in seen:
        yield Doubt(Place(*found[:3]), found.why)
    yield from _decorated(graph, renamed.members)
    for owner in sorted(owners):
        yield from _templated(graph, symbol, owner)
    yield from _handed_on(graph, owners)


def _decorated(graph: CodeGraph, members: frozenset[str] | set[str]) -> Iterator[Doubt]:
    """A decorator may read the name of what it stands before: a column of a table, a field of a form."""
    for id in sorted(members):
        for path, start, end in graph.symbols.places(id):
            found = syntax.tree(path, graph.data(path))
            node = found.root_node.descendant_for_byte_range(start, end) if found is not None else None
            declaration = node.parent if node is not None else None
            if declaration is not None and (decorator := _decorator(declaration)) is not None:
                what = (decorator.text or b"").decode("utf-8", "replace").partition("(")[0]
                yield Doubt(Place(path, start, end), f"the decorator {what} may read its name")


def _templated(graph: CodeGraph, symbol: Symbol, owner: str) -> Iterator[Doubt]:
    """Templates and tables that belong to a class by its decorator reach its members by their names."""
    for path, start, end in graph.symbols.places(owner):
        found = syntax.tree(path, graph.data(path))
        node = found.root_node.descendant_for_byte_range(start, end) if found is not None else None
        decorator = _decorator(node.parent) if node is not None and node.parent is not None else None
        what = (decorator.text or b"").decode("utf-8", "replace").partition("(")[0] if decorator is not None else ""
        if what in naming.READ_MEMBERS:
            why = f"what belongs to the class by its decorator {what} may read its members by name"
            yield Doubt(Place(symbol.path, symbol.start, symbol.end), why)


def _decorator(node: Node) -> Node | None:
    around = node.parent if node.parent is not None and node.parent.type == "export_statement" else None
    for holder in (node, around):
        if holder is not None and (own := next((c for c in holder.children if c.type == "decorator"), None)):
            return own
    before = node.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    return before if before is not None and before.type == "decorator" else None


def _evaluated(graph: CodeGraph, symbol: Symbol) -> Iterator[Doubt]:
    """Code in a string may mean a name that it sees."""
    span = graph.symbols.span(symbol.scope) or (0, len(graph.data(symbol.path)))
    found = evidence.evaluated(graph.data(symbol.path), span)
    if found is not None:
        yield Doubt(Place(symbol.path, *found), "a string is run as code here, which may mean this name")


# ---------------------------------------------------------------- objects that are handed on


def _handed_on(graph: CodeGraph, owners: set[str]) -> Iterator[Doubt]:
    """An object that is written out and then given to code outside the repository is read there by its names."""
    for owner in sorted(owners):
        path, _, qualname = owner.partition("::")
        if evidence.literal(graph, owner) is None:
            continue
        name = qualname.rpartition(".")[2].partition("#")[0]
        for reference in graph.references_of(owner) if graph.symbol(owner) else ():
            if reference.path != path and not name:
                continue
            node = _node(graph, reference.path, reference.start, reference.end)
            call = node.parent.parent if node is not None and node.parent and node.parent.type == "arguments" else None
            if call is None or node is None or node.type not in IDENTIFIERS:
                continue
            if not _is_ours(graph, reference.path, call):
                place = Place(reference.path, reference.start, reference.end)
                yield Doubt(place, "the object is handed to code that is not of this repository, or not known")


def _node(graph: CodeGraph, path: str, start: int, end: int) -> Node | None:
    found = syntax.tree(path, graph.data(path))
    return found.root_node.descendant_for_byte_range(start, end) if found is not None else None


def _is_ours(graph: CodeGraph, path: str, call: Node) -> bool:
    callee = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    if callee is None:
        return True
    last = callee.child_by_field_name("property") or callee
    symbol = graph.symbol_at(path, last.start_byte)
    return symbol is not None and symbol.kind != "alias"
