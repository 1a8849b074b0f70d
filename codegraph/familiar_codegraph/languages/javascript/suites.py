"""Tests as jest, vitest, mocha and node's runner write them: `describe("title", () => ...)`, `it("title", ...)`."""

import re

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript import functions
from familiar_codegraph.languages.javascript.walk import content, field, nodes, walk

_SUITES = frozenset({"describe", "suite", "context"})
_TESTS = frozenset({"it", "test", "specify"})
_RESERVED = re.compile(r"[.#:\s]+")


def _word(b: Builder, node: Node) -> str:
    """Return `it` of `it`, `it.only`, `test.each(table)`."""
    while node.type in ("member_expression", "call_expression"):
        inner = field(node, "object") or field(node, "function")
        if inner is None:
            return ""
        node = inner
    return b.text(node) if node.type == "identifier" else ""


def is_suite(b: Builder, callee: Node, arguments: Node) -> bool:
    """Return whether a call declares a test or a group of tests: a title, then a function."""
    if callee.type not in ("identifier", "member_expression", "call_expression") or arguments.type != "arguments":
        return False
    if callee.start_byte + 8 < callee.end_byte and callee.type == "identifier":
        return False
    if _word(b, callee) not in _SUITES | _TESTS:
        return False
    given = nodes(arguments)
    titled = len(given) >= 2 and given[0].type in ("string", "template_string")
    return titled and any(g.type in functions.LITERALS for g in given[1:])


def suite(b: Builder, callee: Node, arguments: Node) -> int:
    """Note a test or group of tests as a definition with its title as its name."""
    walk(b, callee)
    title, *rest = nodes(arguments)
    inside = content(title) or title
    label = _RESERVED.sub(" ", b.text(inside).strip("`'\"")).strip() or "untitled"
    kind = "suite" if _word(b, callee) in _SUITES else "test"
    use = b.use_at(b.start(inside), b.end(inside), label, f.STORE, b.scope)
    if title.type == "template_string":
        walk(b, title)
    for child in rest:
        if child.type in functions.LITERALS:
            index = len(b.defs)
            b.titles.add(len(b.binds))
            functions.named(b, use, child, around=arguments.parent, label=label)
            b.defs[index]["kind"] = kind
        else:
            walk(b, child)
    return -1
