"""How tests are written."""

from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Handler, Walk


def _function(w: Walk, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None or not w.text(name_node).startswith("test") or w.frame.kind not in ("module", "class"):
        return
    w.add("tests.layout", "class" if w.frame.kind == "class" else "function", name_node)


def _assert(w: Walk, node: Node) -> None:
    w.add("tests.assert", "assert", node)


def _call(w: Walk, node: Node) -> None:
    function = node.child_by_field_name("function")
    if function is None:
        return
    written = w.dotted(function)
    if written.startswith("self.assert"):
        w.add("tests.assert", "unittest", function)
    elif written.endswith("raises") and w.named(function) == "pytest.raises":
        arguments = node.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        names = [c.child_by_field_name("name") for c in given if c.type == "keyword_argument"]
        match = any(n is not None and w.text(n) == "match" for n in names)
        w.add("tests.raises", "match" if match else "plain", node)


def finish(w: Walk) -> None:
    """Note that the file holds tests: its name answers, which is known beside other files."""
    if any(o.question == "tests.layout" for o in w.occurrences):
        first = next(o for o in w.occurrences if o.question == "tests.layout")
        w.notes.setdefault("tests.file", []).append(("", first.start, first.end))


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "function_definition": (_function,),
    "assert_statement": (_assert,),
    "call": (_call,),
}
