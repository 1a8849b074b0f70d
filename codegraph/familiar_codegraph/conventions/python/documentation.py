"""What has a docstring, and how it is written."""

import re

from tree_sitter import Node

from familiar_codegraph.conventions.python.layout import docstring_of
from familiar_codegraph.conventions.python.walk import Handler, Walk

_NUMPY = re.compile(
    r"^[ \t]*(?:Parameters|Other Parameters|Returns|Yields|Raises|Attributes|Notes|Examples|See Also|Warns)[ \t]*\n"
    r"[ \t]*-{3,}",
    re.MULTILINE,
)
_GOOGLE = re.compile(r"^[ \t]*(?:Args|Arguments|Parameters|Returns|Yields):[ \t]*$", re.MULTILINE)
_SPHINX = re.compile(r":(?:param|parameter|arg|returns?|rtype)\b[^:\n]*:")
_BODY = re.compile(r"""^[rRbBuUfF]*("{3}|'{3}|"|')(.*)\1\Z""", re.DOTALL)


def of_block(block: Node | None) -> Node | None:
    """Return the docstring of a suite."""
    for at in range(block.named_child_count if block is not None else 0):
        statement = block.named_child(at) if block is not None else None
        if statement is not None and statement.type != "comment":
            return docstring_of(statement)
    return None


def text_of(w: Walk, node: Node) -> str:
    """Return the text between a docstring's quotes."""
    match = _BODY.match(w.text(node))
    return match[2] if match else ""


def definition(w: Walk, node: Node) -> None:
    """See a function or class from inside."""
    if node.type not in ("function_definition", "class_definition"):
        return
    body, name_node = node.child_by_field_name("body"), node.child_by_field_name("name")
    doc = of_block(body)
    if doc is not None:
        docstring(w, doc)
    if name_node is None or body is None or not _is_public(w):
        return
    if node.type == "class_definition":
        w.add("docs.class", "yes" if doc is not None else "no", name_node)
        return
    statements = [c for c in body.named_children if c.type != "comment"]
    if len(statements) - (doc is not None) >= 3:
        w.add("docs.function", "yes" if doc is not None else "no", name_node)


def _is_public(w: Walk) -> bool:
    around = w.frames[1:]
    return all(not f.name.startswith("_") for f in around) and all(f.kind == "class" for f in around[:-1])


def docstring(w: Walk, node: Node) -> None:
    """Judge a docstring's form."""
    if node.type != "string":
        return
    text = text_of(w, node)
    if not text.strip():
        return
    if node.start_point[0] != node.end_point[0]:
        first = text.partition("\n")[0].strip("\\ \t\r")
        w.add("docs.first-line", "same" if first else "next", node)
    paragraph = re.split(r"\n[ \t]*\r?\n", text.strip(), maxsplit=1)[0].strip()
    if "\n" not in paragraph:
        w.add("docs.period", "yes" if paragraph.endswith(".") else "no", node)
    found = [(m.start(), dialect) for dialect, pattern in _DIALECTS if (m := pattern.search(text))]
    if found:
        w.add("docs.dialect", min(found)[1], node)


_DIALECTS = (("numpy", _NUMPY), ("google", _GOOGLE), ("sphinx", _SPHINX))
HANDLERS: dict[str, tuple[Handler, ...]] = {}
ENTER: tuple[Handler, ...] = (definition,)
