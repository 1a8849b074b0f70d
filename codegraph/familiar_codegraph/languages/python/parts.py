"""Cuts a module into its pieces: the statements at the top, and the heads and members of the classes among them."""

from collections.abc import Iterator

from tree_sitter import Node, Tree

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.pieces import Memo, Part, extract
from familiar_codegraph.languages.python.definitions import class_head, docstring
from familiar_codegraph.languages.python.statements import block, statement

_DECLARING = frozenset({"global_statement", "nonlocal_statement"})
_COMPOUND = frozenset({
    "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement", "with_statement", "try_statement",
    "except_clause", "except_group_clause", "finally_clause", "match_statement", "case_clause", "block", "ERROR",
})  # fmt: skip


def facts_of(data: bytes, tree: Tree, memo: Memo | None = None) -> f.FileFacts:
    """Return the facts of `data`, whose syntax tree is `tree`. Never raises on broken code: see `problems`."""
    root = tree.root_node
    doc = docstring(Builder(data), root.named_children)
    whole = [Part(root, block, 0, len(data), root.end_byte)]
    return extract(data, root, whole if memo is None else _parts(root, root.end_byte, 0), doc=doc, memo=memo)


def _parts(around: Node, block_end: int, depth: int) -> Iterator[Part]:
    for node in around.named_children:
        if node.type == "ERROR":  # what is left of broken code
            yield from _parts(node, block_end, depth + 1)
        elif node.type == "block":
            yield from _parts(node, node.end_byte, depth + (around.type != "ERROR"))
        elif node.type != "comment":
            yield from _statement(node, block_end, depth)


def _statement(node: Node, block_end: int, depth: int) -> Iterator[Part]:
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    body = inner.child_by_field_name("body") if inner is not None and inner.type == "class_definition" else None
    if body is None or _declares(body):
        yield Part(node, statement, node.start_byte, node.end_byte, block_end, depth=depth)
        return
    members = [member for member in body.named_children if member.type != "comment"]
    has_doc = members and members[0].type == "expression_statement" and members[0].named_children[0].type == "string"
    end = members[0].end_byte if has_doc else body.start_byte
    yield Part(node, _head, node.start_byte, end, block_end, node.end_byte, depth=depth + 1)
    for member in members:
        yield Part(member, statement, member.start_byte, member.end_byte, body.end_byte, inside=True, depth=depth + 1)


def _declares(body: Node) -> bool:
    """Return whether `global` or `nonlocal` stands directly in a class: it speaks about all members at once."""
    return any(
        child.type in _DECLARING or (child.type in _COMPOUND and _declares(child)) for child in body.named_children
    )


def _head(b: Builder, node: Node) -> None:
    inner = node.child_by_field_name("definition")
    class_head(b, node, None) if inner is None else class_head(b, inner, node)
