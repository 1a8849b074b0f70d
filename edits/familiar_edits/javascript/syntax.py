"""The tokens of a TypeScript or JavaScript file, and where in the syntax a name stands."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.parsing import TooSlow
from tree_sitter import Node, Tree

IDENTIFIERS = frozenset({
    "identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier",
    "shorthand_property_identifier_pattern", "type_identifier", "statement_identifier",
})  # fmt: skip
_WHOLE = frozenset({"comment", "html_comment", "regex", "jsx_text", "hash_bang_line"})
"""Nodes that are one token, whatever the grammar finds in them."""


class Name(NamedTuple):
    """An identifier, or the whole inside of a string, that is spelled as asked; `node` is its place in the tree."""

    start: int
    end: int
    node: Node

    @property
    def is_string(self) -> bool:
        return self.node.type == "string_fragment"

    @property
    def is_shorthand(self) -> bool:
        """`{ name }`, in an object or in a pattern: a property and a variable in one token."""
        return self.node.type.startswith("shorthand_property_identifier")

    @property
    def around(self) -> str:
        """The type of the node around an identifier or a string."""
        outer = self.node.parent
        if outer is not None and self.is_string:
            outer = outer.parent
        return outer.type if outer is not None else ""


@lru_cache(maxsize=64)
def tree(path: str, data: bytes) -> Tree | None:
    """Return the syntax tree of a file, None when it takes too long to read."""
    language = language_of(path)
    try:
        return language.parser().parse(data) if language is not None else None
    except TooSlow:
        return None


def problem(path: str, data: bytes, *concerned: str) -> int | None:
    """Return the line (from 1) of the first thing that is no syntax of the language, None when there is none.

    The grammar lacks some of what the compilers accept. So a statement that it does not read counts only when it holds
    one of the names that are `concerned`, or when what it may end is not certain (broken at the outermost level).
    """
    found = tree(path, data)
    if found is None:
        return 1
    if not found.root_node.has_error:
        return None
    words = [name.encode() for name in concerned]
    for statement in found.root_node.children:
        if statement.is_error or statement.is_missing:
            return statement.start_point[0] + 1
        text = data[statement.start_byte : statement.end_byte]
        if statement.has_error and (not words or any(word in text for word in words)):
            return _first_error(statement)
    return None


def _first_error(node: Node) -> int:
    while inner := next((c for c in node.children if c.has_error or c.is_error or c.is_missing), None):
        node = inner
    return node.start_point[0] + 1


def leaves(node: Node) -> Iterator[Node]:
    """Yield the tokens below `node`, in order."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.child_count and current.type not in _WHOLE:
            waiting.extend(reversed(current.children))
        elif current.end_byte > current.start_byte:
            yield current


def names(path: str, data: bytes, name: str) -> Iterator[Name]:
    """Yield every identifier called `name`, and every string that is only this name, in order."""
    found = tree(path, data)
    wanted = name.encode()
    at = data.find(wanted)
    while found is not None and at >= 0:
        end = at + len(wanted)
        node = found.root_node.descendant_for_byte_range(at, end)
        fits = node is not None and (node.start_byte, node.end_byte) == (at, end)
        if node is not None and fits and (node.type in IDENTIFIERS or _is_whole(node)):
            yield Name(at, end, node)
        at = data.find(wanted, at + 1)


def _is_whole(node: Node) -> bool:
    if node.type != "string_fragment":
        return False
    return node.parent is not None and node.parent.type == "string" and node.parent.named_child_count == 1


def strings(path: str, data: bytes) -> Iterator[Node]:
    """Yield the pieces of text between quotes or backquotes."""
    found = tree(path, data)
    for node in leaves(found.root_node) if found is not None else ():
        if node.type == "string_fragment":
            yield node


def walk(path: str, data: bytes, kinds: frozenset[str]) -> Iterator[Node]:
    """Yield the nodes of these types."""
    found = tree(path, data)
    waiting = [found.root_node] if found is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in kinds:
            yield node
        waiting.extend(reversed(node.named_children))
