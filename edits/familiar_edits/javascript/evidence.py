"""What the code around tells of a name: what a receiver can hold, and who reads names by their spelling."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from familiar_codegraph import attributes, evaluate, generics
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex
from familiar_codegraph.types import Value
from tree_sitter import Node

from familiar_edits.javascript import syntax

Files = Iterable[tuple[str, bytes]]


class Seen(NamedTuple):
    """Something that may read the name: where, and in words."""

    path: str
    start: int
    end: int
    why: str


def of_receiver(graph: CodeGraph, index: FileIndex, use: f.Use) -> set[str] | None:
    """Return the members that `.name` can mean, None when not all that the receiver can hold is known.

    A value that lacks the name leaves the others: the code reads it where it has made sure of them.
    """
    types = generics.bounded(evaluate.expression(graph.resolver, index, use.ref))
    if types.complete != 1 or not types.values:
        return None
    name, found = index.facts.names[use.name], set[str]()
    for value in types.values:
        if value.kind not in ("class", "instance", "super"):
            return None
        state = attributes.lookup(graph.resolver, value, name)
        if state.state not in ("found", "missing"):
            return None
        if state.state == "missing" and is_spread(literal(graph, f"{value.path}::{value.name}")):
            return None
        found |= {id for target in state.targets if (id := target.id)}
    return found or None


def literal(graph: CodeGraph, owner: str) -> Node | None:
    """Return the object that is written out whose members this scope has, None where it is a declared type."""
    path, _, qualname = owner.partition("::")
    index = graph.index(path)
    scope = index.scope_of.get(qualname, -1) if index else -1
    if index is None or scope < 0 or index.facts.scopes[scope].kind != f.OBJECT_SCOPE:
        return None
    row = index.facts.scopes[scope]
    found = syntax.tree(path, graph.data(path))
    node = found.root_node.descendant_for_byte_range(row.start, row.end) if found is not None else None
    return node if node is not None and node.type == "object" else None


def is_spread(node: Node | None) -> bool:
    """Return whether an object takes over the members of others: `{ ...user, name }`."""
    return node is not None and any(child.type == "spread_element" for child in node.named_children)


# ---------------------------------------------------------------- who reads names

_ENUMERATE = re.compile(
    rb"\b(?:Object\.(?:keys|entries|getOwnPropertyNames|getOwnPropertyDescriptors)|JSON\.stringify|Reflect\.ownKeys)\("
)


def enumerated(graph: CodeGraph, files: Files, owners: set[str]) -> Iterator[Seen]:
    """Yield the places that list the names of what is known to be one of the renamed members' owners."""
    for path, data in files:
        index = graph.index(path)
        if index is None or not (_ENUMERATE.search(data) or b" in " in data):
            continue
        for node in syntax.walk(path, data, frozenset({"call_expression", "for_in_statement"})):
            given = _listed(node, data)
            if given is not None and owners & _held(graph, index, given):
                what = "a loop goes through" if node.type == "for_in_statement" else "this call reads"
                yield Seen(path, given.start_byte, given.end_byte, f"{what} the names of its properties")


def _listed(node: Node, data: bytes) -> Node | None:
    if node.type == "for_in_statement":
        operator = node.child_by_field_name("operator")
        return node.child_by_field_name("right") if operator is not None and operator.type == "in" else None
    arguments = node.child_by_field_name("arguments")
    if arguments is None or not _ENUMERATE.match(data, node.start_byte) or not arguments.named_children:
        return None
    return arguments.named_children[0]


def _held(graph: CodeGraph, index: FileIndex, node: Node) -> set[str]:
    """Return the ids of the classes and objects that an expression holds; of a name or property only."""
    last = node.child_by_field_name("property") if node.type == "member_expression" else node
    if last is None:
        return set()
    for row in index.facts.exprs:
        if row.op not in (f.NAME, f.ATTR):
            continue
        use = index.facts.uses[row.a if row.op == f.NAME else row.b]
        if (use.start, use.end) == (last.start_byte, last.end_byte):
            types = evaluate.expression(graph.resolver, index, index.facts.exprs.index(row))
            return {f"{v.path}::{v.name}" for v in _inside(types.values)}
    return {_this(index, node)} if node.type == "this" else set()


def _inside(values: Iterable[Value], depth: int = 0) -> Iterator[Value]:
    for value in values:
        if value.kind in ("instance", "class"):
            yield value
        for types in value.args if depth < 3 else ():
            yield from _inside(types.values, depth + 1)


def _this(index: FileIndex, node: Node) -> str:
    scope = index.enclosing_class(index.scope_at(node.start_byte))
    return f"{index.path}::{index.facts.scopes[scope].qualname}" if scope >= 0 else ""


def casts(graph: CodeGraph, files: Files, owners: set[str]) -> Iterator[Seen]:
    """Yield the places where something unknown is declared to be of an owner's type: `JSON.parse(text) as User`."""
    wanted = {owner.rpartition("::")[2].rpartition(".")[2].encode(): owner for owner in owners}
    for path, data in files:
        index = graph.index(path)
        if index is None or b" as " not in data or not any(name in data for name in wanted):
            continue
        for node in syntax.walk(path, data, frozenset({"as_expression"})):
            children = node.named_children
            if len(children) < 2 or children[0].type in ("object", "array", "this"):
                continue
            for name in _types(children[1]):
                symbol = graph.symbol_at(path, name.start_byte)
                if symbol is not None and symbol.id in owners and not _is_known(graph, index, children[0]):
                    yield Seen(
                        path, node.start_byte, node.end_byte, f"a value from elsewhere is taken for {symbol.name}"
                    )


def _types(node: Node) -> Iterator[Node]:
    for leaf in syntax.leaves(node):
        if leaf.type == "type_identifier":
            yield leaf


def _is_known(graph: CodeGraph, index: FileIndex, node: Node) -> bool:
    """Return whether the graph knows all that an expression (a name or a property) can hold."""
    last = node.child_by_field_name("property") if node.type == "member_expression" else node
    for number, row in enumerate(index.facts.exprs):
        if row.op in (f.NAME, f.ATTR) and last is not None:
            use = index.facts.uses[row.a if row.op == f.NAME else row.b]
            if (use.start, use.end) == (last.start_byte, last.end_byte):
                types = evaluate.expression(graph.resolver, index, number)
                return types.complete == 1 and all(v.kind in ("instance", "class") for v in types.values)
    return node.type == "new_expression"


_COMPOSING = frozenset({"subscript_expression", "computed_property_name"})


def composed(files: Files, name: str) -> Iterator[Seen]:
    """Yield the computed keys with a written piece that the name begins or ends with: ``handlers[`on${event}`]``."""
    for path, data in files:
        for node in syntax.walk(path, data, _COMPOSING):
            key = node.child_by_field_name("index") if node.type == "subscript_expression" else node
            if key is None or key.type == "string":
                continue
            for piece in syntax.leaves(key):
                text = data[piece.start_byte : piece.end_byte].decode("utf-8", "replace")
                if piece.type == "string_fragment" and _fits(text, name):
                    why = "names of members are put together here, and this one may be one of them"
                    yield Seen(path, node.start_byte, node.end_byte, why)
                    break


def _fits(piece: str, name: str) -> bool:
    return 1 < len(piece) < len(name) and (name.startswith(piece) or name.endswith(piece))


_EVALUATES = re.compile(rb"\beval\s*\(|\bnew\s+Function\s*\(|\bwith\s*\(")


def evaluated(data: bytes, span: tuple[int, int]) -> tuple[int, int] | None:
    """Return where the text of `span` runs a string as code."""
    match = _EVALUATES.search(data, *span)
    return match.span() if match else None


def name_readers(graph: CodeGraph, files: Files, members: frozenset[str]) -> Iterator[Seen]:
    """Yield the places that read the spelling of a renamed function or class: `Cart.name`, `this.constructor.name`."""
    for path, _ in files:
        index = graph.index(path)
        for number in index.uses_of.get("name", ()) if index else ():
            assert index
            use = index.facts.uses[number]
            if use.role != f.ATTRIBUTE or use.ref < 0:
                continue
            types = evaluate.expression(graph.resolver, index, use.ref)
            if any(v.kind in ("class", "function") and f"{v.path}::{v.name}" in members for v in types.values):
                yield Seen(path, use.start, use.end, "its spelling is read here")


def where(graph: CodeGraph, path: str, offset: int) -> str:
    """Return `path:line` of a place."""
    return f"{path}:{LineIndex(graph.data(path)).line_of(offset) + 1}"
