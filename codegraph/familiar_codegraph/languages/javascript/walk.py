"""The walk itself: one table of handlers by the node's type, and what all of them need to know about where they are."""

import re
from collections.abc import Callable

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import MAX_DEPTH, Builder

Handler = Callable[[Builder, Node], int]
HANDLERS: dict[str, Handler] = {}
"""Filled by `statements` from the tables of the other files, once."""

SPACE = re.compile(r"\s+")
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*\Z")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_LONGEST_COMMENT = 8000
TEXT, NUMBER, FLAG, NOTHING, PATTERN, OTHER = range(6)
"""`Expr.b` of a LITERAL; NOTHING is null or undefined."""


def walk(b: Builder, node: Node) -> int:
    """Note `node` and everything in it; return its shape, -1 when its value is not followed."""
    kind = node.type
    if kind == "identifier":  # the most frequent by far
        return b.expr(f.NAME, b.use(node, f.LOAD))
    handler = HANDLERS.get(kind)
    if handler is None and not node.named_child_count:
        return -1
    if b.depth > MAX_DEPTH:
        b.problems.append(f.Problem(b.start(node), b.end(node), f"nested deeper than {MAX_DEPTH} levels"))
        return -1
    b.depth += 1
    try:
        return handler(b, node) if handler else each(b, node)
    finally:
        b.depth -= 1


def each(b: Builder, node: Node) -> int:
    """Note everything in `node`, whose own value is not followed."""
    for child in node.named_children:
        walk(b, child)
    return -1


def first(b: Builder, node: Node) -> int:
    """Note everything in `node`; its value is that of what stands first in it."""
    found = -1
    for number, child in enumerate(c for c in node.named_children if c.type != "comment"):
        inner = walk(b, child)
        found = inner if number == 0 else found
    return found


def literal(kind: int) -> Handler:
    return lambda b, node: b.expr(f.LITERAL, -1, kind)


def field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def nodes(node: Node) -> list[Node]:
    """Return the named children without comments."""
    return [c for c in node.named_children if c.type != "comment"]


# ---------------------------------------------------------------- strings and comments


def content(node: Node) -> Node | None:
    """Return the text inside the quotes of a string that is one piece, None when it has escapes or is empty."""
    inner = node.named_children
    return inner[0] if len(inner) == 1 and inner[0].type == "string_fragment" else None


def string(b: Builder, node: Node) -> int:
    """Note a string, and the code that it may name."""
    inside = content(node)
    if inside is not None and inside.end_byte - inside.start_byte <= 200:
        text = b.text(inside)
        if _DOTTED.match(text):
            start = b.start(inside)
            b.strings.append(f.StringName(text, f.PLAIN, -1, b.scope, start))
            for number, match in enumerate(_WORD.finditer(text)):
                b.use_at(start + match.start(), start + match.end(), match[0], f.STRING, len(b.strings) - 1, number)
    return b.expr(f.LITERAL, -1, TEXT)


def doc(b: Builder, node: Node) -> str:
    """Return the first line of the JSDoc comment that ends right before `node`."""
    data, end = b.data, b.start(node)
    while end > 0 and data[end - 1] in b" \t\r\n":
        end -= 1
    if data[end - 2 : end] != b"*/":
        return ""
    start = data.rfind(b"/*", max(0, end - _LONGEST_COMMENT), end)
    if start < 0 or data[start : start + 3] != b"/**":
        return ""
    for line in data[start + 3 : end - 2].decode("utf-8", "replace").splitlines():
        text = line.strip().lstrip("*").strip()
        if text:
            return "" if text.startswith("@") else text
    return ""


def dotted(b: Builder, node: Node | None) -> str:
    """Return `a.b.c` when `node` is only names and properties, else an empty string."""
    parts: list[str] = []
    while node is not None and node.type == "member_expression":
        name = field(node, "property")
        if name is None:
            return ""
        parts.append(b.text(name))
        node = field(node, "object")
    if node is None or node.type != "identifier":
        return ""
    parts.append(b.text(node))
    return ".".join(reversed(parts))


# ---------------------------------------------------------------- where the walk stands


def variable_scope(b: Builder) -> int:
    """Return the scope that `var` binds in."""
    scope = b.scope
    while b.scopes[scope][0] == f.BLOCK_SCOPE:
        scope = int(b.scopes[scope][1])
    return scope


def this(b: Builder) -> tuple[int, bool]:
    """Return the class (or object literal) whose `this` is meant here, -1 when not known, and whether it is the class
    itself rather than an instance."""
    scope = b.scope
    while scope >= 0:
        known = b.self_names.get(scope)
        if known is not None:
            return (known[0], known[1] == "static") if known[1] != "declared" else (-1, False)
        kind = b.scopes[scope][0]
        if kind == f.CLASS_SCOPE:
            return scope, False
        if kind in (f.FUNCTION_SCOPE, f.MODULE_SCOPE):
            return -1, False
        scope = int(b.scopes[scope][1])
    return -1, False


def this_shape(b: Builder) -> int:
    scope, static = this(b)
    if scope < 0:
        return _declared_this(b)
    if b.scopes[scope][0] == f.OBJECT_SCOPE:
        return b.expr(f.OBJECT, -1, scope)
    return b.expr(f.CLASS if static else f.SELF, -1, scope)


def _declared_this(b: Builder) -> int:
    """Return the type that a function's parameter `this` declares."""
    scope = b.scope
    while scope >= 0 and b.scopes[scope][0] not in (f.FUNCTION_SCOPE, f.CLASS_SCOPE):
        scope = int(b.scopes[scope][1])
    known = b.self_names.get(scope)
    return known[0] if known is not None and known[1] == "declared" else -1


def name_of(b: Builder, use: int) -> str:
    """Return the identifier of an occurrence."""
    row = b.uses[use]
    return b.data[row[0] : row[1]].decode("utf-8", "replace")
