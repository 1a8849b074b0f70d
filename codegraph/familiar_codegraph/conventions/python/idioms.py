"""Small habits: paths, texts, branches, literals, logging."""

from tree_sitter import Node

from familiar_codegraph.conventions.python.errors import built, is_text
from familiar_codegraph.conventions.python.walk import Handler, Walk

_PATHS = frozenset({"Path", "PurePath", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"})
_LEVELS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"})
_LEAVING = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})


def _call(w: Walk, node: Node) -> None:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return
    written = w.dotted(function)
    if written in ("dict", "list"):
        if arguments.type == "argument_list" and not arguments.named_children:
            w.add("idioms.empty-dict", "call", node)
    elif written == "super":
        explicit = arguments.type == "argument_list" and arguments.named_child_count > 0
        if any(f.kind == "class" for f in w.frames):
            w.add("idioms.super", "explicit" if explicit else "zero", node)
    name = w.named(function)
    if name.startswith(("os.path.", "posixpath.", "ntpath.")) and name.count(".") == name.startswith("os.") + 1:
        w.add("idioms.path", "os.path", function)
    elif name.startswith("pathlib.") and name[8:] in _PATHS:
        w.add("idioms.path", "pathlib", function)
    if function.type == "attribute":
        _attribute(w, node, function, arguments, written)


def _attribute(w: Walk, node: Node, function: Node, arguments: Node, written: str) -> None:
    owner, attribute = function.child_by_field_name("object"), function.child_by_field_name("attribute")
    if owner is None or attribute is None:
        return
    name = w.text(attribute)
    if name == "format" and owner.type in ("string", "concatenated_string", "parenthesized_expression"):
        if is_text(w, owner, translated=False):
            w.add("idioms.format", "format", node)
    elif name in _LEVELS and written:
        last = written.rpartition(".")[0].rpartition(".")[2].strip("_").lower()
        given = [c for c in arguments.named_children if c.type not in ("comment", "keyword_argument")]
        if name == "log":
            given = given[1:]
        if last.endswith(("log", "logger", "logging")) and given:
            answer = built(w, given[0])
            if not answer and len(given) > 1 and given[0].type in ("string", "concatenated_string"):
                answer = "lazy"
            if answer in ("lazy", "f-string", "percent", "format"):
                w.add("idioms.logging", answer, node)


def _operator(w: Walk, node: Node) -> None:
    operator, left = node.child_by_field_name("operator"), node.child_by_field_name("left")
    if operator is not None and operator.type == "%" and left is not None and is_text(w, left, translated=False):
        w.add("idioms.format", "percent", node)


def _string(w: Walk, node: Node) -> None:
    if any(c.type == "interpolation" for c in node.named_children):
        parent = node.parent
        if parent is not None and parent.type == "concatenated_string":
            first = next(c for c in parent.named_children if any(i.type == "interpolation" for i in c.named_children))
            if first.id != node.id:
                return
            node = parent
        w.add("idioms.format", "f-string", node)


def _empty(w: Walk, node: Node) -> None:
    if not node.named_children:
        w.add("idioms.empty-dict", "literal", node)


def _if(w: Walk, node: Node) -> None:
    body = node.child_by_field_name("consequence")
    statements = [c for c in body.named_children if c.type != "comment"] if body is not None else []
    if not statements or statements[-1].type not in _LEAVING:
        return
    alternative = node.child_by_field_name("alternative")
    if alternative is not None:
        block = alternative.child_by_field_name("body")
        inner = [c for c in block.named_children if c.type != "comment"] if block is not None else []
        shade = "if" if alternative.type == "elif_clause" else "short" if len(inner) == 1 else "long"
        w.add("idioms.else-after-return", "yes", node, shade)
        return
    after = node.next_named_sibling
    while after is not None and after.type == "comment":
        after = after.next_named_sibling
    if after is not None:
        shade = "if" if after.type == "if_statement" else "short" if after.next_named_sibling is None else "long"
        w.add("idioms.else-after-return", "no", node, shade)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "call": (_call,),
    "binary_operator": (_operator,),
    "string": (_string,),
    "list": (_empty,),
    "dictionary": (_empty,),
    "if_statement": (_if,),
}
