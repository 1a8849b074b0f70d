"""What is raised, how it is chained, and how its message is built."""

import builtins

from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Handler, Walk

_BUILTIN = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


def built(w: Walk, node: Node) -> str:
    """Return how a text is built from values: f-string, percent, format, concatenation, "" when it is not."""
    if node.type == "parenthesized_expression" and node.named_children:
        return built(w, node.named_children[0])
    if node.type == "string":
        return "f-string" if any(c.type == "interpolation" for c in node.named_children) else ""
    if node.type == "concatenated_string":
        return "f-string" if any(built(w, c) for c in node.named_children) else ""
    if node.type == "binary_operator":
        operator, left = node.child_by_field_name("operator"), node.child_by_field_name("left")
        if operator is None or left is None:
            return ""
        if operator.type == "%":
            return "percent" if is_text(w, left) else ""
        if operator.type == "+":
            return "concatenation" if _has_text(node) else ""
        return ""
    if node.type == "call":
        called = node.child_by_field_name("function")
        if called is not None and called.type == "attribute":
            owner, name = called.child_by_field_name("object"), called.child_by_field_name("attribute")
            if owner is not None and name is not None and w.text(name) == "format" and is_text(w, owner):
                return "format"
    return ""


def is_text(w: Walk, node: Node, *, translated: bool = True) -> bool:
    """Return whether a node is a literal text, perhaps in brackets or in a call of `_`."""
    if node.type == "parenthesized_expression" and node.named_children:
        return is_text(w, node.named_children[0])
    if translated and node.type == "call":
        arguments = node.child_by_field_name("arguments")
        name = w.dotted(node.child_by_field_name("function"))
        inner = arguments.named_children if arguments is not None else []
        return name in ("_", "gettext", "ugettext", "N_", "lazy_gettext") and bool(inner) and is_text(w, inner[0])
    return node.type in ("string", "concatenated_string")


def _has_text(node: Node) -> bool:
    if node.type in ("string", "concatenated_string"):
        return True
    return node.type == "binary_operator" and any(_has_text(c) for c in node.named_children)


def _raise(w: Walk, node: Node) -> None:
    raised = next((c for c in node.named_children if c.type != "comment"), None)
    if raised is None:
        return
    cause = node.child_by_field_name("cause")
    if cause is not None and raised.id == cause.id:
        return
    handling = w.frame.handling
    called = raised.child_by_field_name("function") if raised.type == "call" else raised
    if handling and raised.type == "call":
        answer = "bare" if cause is None else "none" if cause.type == "none" else "from"
        w.add("errors.chain", answer, node)
    name = w.dotted(called)
    last = name.rpartition(".")[2]
    if last.lstrip("_")[:1].isupper() and name not in handling:
        if name in _BUILTIN:
            w.add("errors.class", "builtin", raised)
        else:
            w.open("raise", last, "", raised)
    arguments = raised.child_by_field_name("arguments") if raised.type == "call" else None
    first = next((c for c in arguments.named_children if c.type != "comment"), None) if arguments is not None else None
    if first is not None and (answer := built(w, first)):
        w.add("errors.message", answer, first)


HANDLERS: dict[str, tuple[Handler, ...]] = {"raise_statement": (_raise,)}
