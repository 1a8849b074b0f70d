"""How text is laid out: quotes, commas, wrapping, blank lines."""

from itertools import pairwise

from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Handler, Walk

_SHADES = {(True, True): "inner", (True, False): "inner", (False, True): "lines", (False, False): "line"}
"""What is behind a docstring and how long that is."""
_CLOSERS = frozenset({")", "]", "}"})


def _string(w: Walk, node: Node) -> None:
    start, first = node.start_byte, w.data[node.start_byte : node.start_byte + 1]
    if first not in (b'"', b"'"):
        return  # a prefix
    body = w.data[start : node.end_byte]
    if (body[:3] in (b'"""', b"'''") and len(body) >= 6) or len(body) < 2:
        return
    inner = body[1:-1]
    if b'"' in inner or b"'" in inner or b"\n" in inner:
        return
    if not is_docstring(node):
        w.add("layout.quotes", "double" if first == b'"' else "single", node)


def is_docstring(node: Node) -> bool:
    """Return whether a string is the first statement of a module, class or function."""
    statement = node.parent
    if statement is not None and statement.type == "concatenated_string":
        statement = statement.parent
    if statement is None or statement.type != "expression_statement":
        return False
    block = statement.parent
    if block is None:
        return False
    if block.type == "block":
        owner = block.parent
        if owner is None or owner.type not in ("function_definition", "class_definition"):
            return False
    elif block.type != "module":
        return False
    first = next((c for c in block.named_children if c.type != "comment"), None)
    return first is not None and first.id == statement.id


def _bracketed(w: Walk, node: Node) -> None:
    """Judge a multi-line call, display or parameter list; `node` begins with its opener."""
    if node.start_point[0] == node.end_point[0] or node.child_count < 3:
        return
    opener, closer = node.children[0], node.children[-1]
    if closer.type not in _CLOSERS:
        return
    elements = [c for c in node.named_children if c.type != "comment"]
    if not elements:
        return
    if node.type in ("argument_list", "parameters"):
        _wrap(w, node, opener, elements)
    if not any(c.type in ("for_in_clause",) for c in elements):
        _comma(w, node, opener, closer, elements)


def _generator(w: Walk, node: Node) -> None:
    """A call's only argument may be a generator without brackets of its own."""
    if node.parent is not None and node.parent.type == "call" and node.start_point[0] != node.end_point[0]:
        first = node.named_children[0] if node.named_children else None
        if first is not None and first.start_point[0] != node.start_point[0]:
            w.add("layout.wrap", "hanging", node)


def _wrap(w: Walk, node: Node, opener: Node, elements: list[Node]) -> None:
    if node.parent is not None and node.parent.type == "class_definition":
        return
    row = opener.start_point[0]
    if elements[0].start_point[0] != row:
        w.add("layout.wrap", "hanging", node)
        return
    column = opener.start_point[1] + 1
    if any(e.start_point[0] > row and e.start_point[1] == column for e in elements):
        w.add("layout.wrap", "aligned", node)


def _comma(w: Walk, node: Node, opener: Node, closer: Node, elements: list[Node]) -> None:
    if len(elements) < 2 or elements[0].start_point[0] == opener.start_point[0]:
        return
    rows = [e.start_point[0] for e in elements]
    if len(set(rows)) != len(rows) or any(a.end_point[0] >= b.start_point[0] for a, b in pairwise(elements)):
        return
    if closer.start_point[0] == elements[-1].end_point[0]:
        return
    last = next(c for c in reversed(node.children[:-1]) if c.type != "comment")
    w.add("layout.trailing-comma", "yes" if last.type == "," else "no", elements[-1])


def _import(w: Walk, node: Node) -> None:
    opener = next((c for c in node.children if c.type == "("), None)
    closer = node.children[-1]
    if opener is None or closer.type != ")":
        return
    _comma(w, node, opener, closer, node.children_by_field_name("name"))


def docstring_blank(w: Walk, node: Node) -> None:
    """See a function from inside: is there a blank line behind its docstring?"""
    if node.type != "function_definition":
        return
    body = node.child_by_field_name("body")
    statements = [c for c in body.named_children if c.type != "comment"] if body is not None else []
    if len(statements) < 2 or not docstring_of(statements[0]):
        return
    end = statements[0].end_byte
    line_end = w.data.find(b"\n", end)
    after = w.data[line_end + 1 : w.data.find(b"\n", line_end + 1)]
    blank = line_end >= 0 and not after.strip()
    first = w.data[line_end + 1 :].lstrip()[:1]
    inner = statements[1].type in ("function_definition", "class_definition", "decorated_definition") or first == b"#"
    several = statements[0].start_point[0] != statements[0].end_point[0]
    w.add("layout.docstring-blank", "yes" if blank else "no", statements[0], _SHADES[inner, several])


def docstring_of(statement: Node) -> Node | None:
    """Return the string of a statement that is nothing else."""
    if statement.type != "expression_statement" or len(statement.named_children) != 1:
        return None
    only = statement.named_children[0]
    return only if only.type in ("string", "concatenated_string") else None


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "string": (_string,),
    "argument_list": (_bracketed,),
    "generator_expression": (_generator,),
    "parameters": (_bracketed,),
    "list": (_bracketed,),
    "tuple": (_bracketed,),
    "set": (_bracketed,),
    "dictionary": (_bracketed,),
    "import_from_statement": (_import,),
}
ENTER: tuple[Handler, ...] = (docstring_blank,)
