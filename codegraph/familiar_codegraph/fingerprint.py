"""What stands for a function's code and for the rest of its file, so that a change of either is recognised."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.parsing import TooSlow
from familiar_codegraph.text import LineIndex


class Fingerprint(NamedTuple):
    """Of one file: `functions` by qualified name, each with all its text; `rest` is everything outside their bodies.

    `spans` are (first line, last line, qualified name) of the functions, decorators included, counted from 1.
    """

    functions: dict[str, bytes]
    rest: bytes
    spans: tuple[tuple[int, int, str], ...]

    def at(self, line: int) -> str | None:
        """Return the innermost function that holds a line, None for the module's own."""
        held = [span for span in self.spans if span[0] <= line <= span[1]]
        return max(held, key=lambda span: (span[0], -span[1]))[2] if held else None


def fingerprint(path: str, data: bytes) -> Fingerprint | None:
    """Return the fingerprint of a Python file; None for any other, and for one that takes too long to read."""
    language = language_of(path)
    if language is None or language.name != "python":
        return None
    try:
        tree = language.parser().parse(data)
    except TooSlow:
        return None
    facts, lines = language.extract(data, tree), LineIndex(data)
    bodies = dict(_bodies(tree.root_node))
    functions, spans, cuts = {}, [], []
    for row in facts.defs:
        if row.kind != "function" or row.inner < 0:
            continue
        name = facts.scopes[row.inner].qualname
        functions[name] = _hash(data[row.start : row.end])
        spans.append((lines.line_of(row.start) + 1, lines.line_of(max(row.start, row.end - 1)) + 1, name))
        cuts.append((bodies.get(facts.uses[row.use].start, row.start), row.end))
    kept, at = [], 0
    for start, end in sorted(cuts):
        if start >= at:
            kept.append(data[at:start])
            at = end
    return Fingerprint(functions, _hash(b"\0".join([*kept, data[at:]])), tuple(spans))


def _bodies(root: Node) -> Iterator[tuple[int, int]]:
    """Yield (start of the name, start of the body) of every function."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if node.type == "function_definition" and name and body:
            yield name.start_byte, body.start_byte
        waiting += node.children


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).digest()
