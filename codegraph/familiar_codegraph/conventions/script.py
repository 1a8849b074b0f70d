"""What a file of JavaScript or TypeScript answers: layout, bindings, shapes, exports and names, in one walk."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tree_sitter import Node, Tree

from familiar_codegraph.conventions.habits import FileHabits, Walked
from familiar_codegraph.conventions.values import Occurrence
from familiar_codegraph.conventions.words import case_of, words

_ENDED = frozenset({
    "expression_statement", "lexical_declaration", "variable_declaration", "return_statement", "import_statement",
    "throw_statement", "type_alias_declaration", "break_statement", "continue_statement",
})  # fmt: skip
"""Statements that a semicolon may end."""
_LISTS = frozenset({"arguments", "array", "object", "formal_parameters", "named_imports", "export_clause"})
_MARKS = {b'"': "double", b"'": "single"}
_CALLABLE = ("arrow_function", "function_expression")
Found = Iterator[tuple[str, str, Node]]


def walk(data: bytes, tree: Tree) -> Walked:
    """Return a file's occurrences; what is broken is passed over."""
    occurrences: list[Occurrence] = []
    nodes, uses = [tree.root_node], _Uses()
    while nodes:
        node = nodes.pop()
        uses.see(node)
        for question, answer, place in _answers(node):
            occurrences.append(Occurrence(question, answer, place.start_byte, place.end_byte))
        if not node.has_error or node.type == "program" or node.named_child_count:
            nodes.extend(reversed(node.named_children))
    for node in uses.only_types():
        occurrences.append(Occurrence("ts.import-type", "no", node.start_byte, node.end_byte))
    return Walked(occurrences, FileHabits(counts=_counted(data, occurrences)), [])


def _counted(data: bytes, occurrences: list[Occurrence]) -> tuple[tuple[str, str, int, int], ...]:
    counts = Counter((o.question, o.answer) for o in occurrences)
    first: dict[tuple[str, str], int] = {}
    for o in occurrences:
        first.setdefault((o.question, o.answer), o.start)
    return tuple((q, a, n, data.count(b"\n", 0, first[q, a]) + 1) for (q, a), n in sorted(counts.items()))


def _answers(node: Node) -> Found:
    judge = _JUDGES.get(node.type)
    if judge is not None:
        yield from judge(node)
    if node.type in _ENDED and not _is_header(node):
        yield "ts.semicolons", "yes" if node.children and node.children[-1].type == ";" else "no", node
    if node.type in _LISTS and node.start_point[0] != node.end_point[0]:
        yield from _comma(node)


def _is_header(node: Node) -> bool:
    return node.parent is not None and node.parent.type in ("for_statement", "for_in_statement")


def _comma(node: Node) -> Found:
    elements = [c for c in node.named_children if c.type != "comment"]
    if len(elements) < 2 or node.children[-1].start_point[0] == elements[-1].end_point[0]:
        return
    if elements[0].start_point[0] == node.start_point[0] or elements[-1].type == "rest_pattern":
        return
    last = next(c for c in reversed(node.children[:-1]) if c.type != "comment")
    yield "ts.trailing-comma", "yes" if last.type == "," else "no", elements[-1]


def _string(node: Node) -> Found:
    text = node.text or b""
    inside = text[1:-1]
    attribute = node.parent is not None and node.parent.type == "jsx_attribute"
    if text[:1] in _MARKS and b'"' not in inside and b"'" not in inside and not attribute:
        yield "ts.quotes", _MARKS[text[:1]], node


def _bound(node: Node) -> Found:
    kind = node.children[0].type if node.children else ""
    if kind in ("const", "let", "var"):
        yield "ts.binding", kind, node
    at_top = node.parent is not None and node.parent.type in ("program", "export_statement")
    for declarator in node.named_children if at_top else ():
        name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
        if name is None or value is None or name.type != "identifier":
            continue
        if value.type in _CALLABLE:
            yield "ts.function", "arrow", name
            yield from _named("ts.naming.function", name)
        elif kind == "const" and value.type in ("string", "number", "template_string", "array", "object"):
            yield from _named("ts.naming.constant", name)


def _named(question: str, name: Node | None) -> Found:
    text = (name.text or b"").decode("utf-8", "replace") if name is not None else ""
    if name is None or (len(words(text)) < 2 and question != "ts.naming.class"):
        return
    case = case_of(text, constant=question == "ts.naming.constant")
    if question == "ts.naming.class":
        case = "PascalCase" if text[:1].isupper() else case
    yield question, case, name


def _function(node: Node) -> Found:
    name = node.child_by_field_name("name")
    if node.parent is not None and node.parent.type in ("program", "export_statement") and name is not None:
        yield "ts.function", "declaration", name
    yield from _named("ts.naming.function", name)


def _class(node: Node) -> Found:
    yield from _named("ts.naming.class", node.child_by_field_name("name"))


def _interface(node: Node) -> Found:
    yield "ts.record", "interface", node


def _alias(node: Node) -> Found:
    value = node.child_by_field_name("value")
    if value is not None and value.type == "object_type":
        yield "ts.record", "type", node


def _export(node: Node) -> Found:
    yield "ts.export", "default" if any(c.type == "default" for c in node.children) else "named", node


def _import(node: Node) -> Found:
    if any(c.type == "type" for c in node.children):
        yield "ts.import-type", "yes", node


class _Uses:
    """How each name of a file is used, outside of its imports; which plain imports there are."""

    def __init__(self) -> None:
        self.kinds: dict[str, set[str]] = defaultdict(set)
        self.imports: list[tuple[Node, set[str]]] = []

    def see(self, node: Node) -> None:
        """Note an identifier or an import."""
        if node.type == "import_statement":
            bound = _bound_by(node)
            if bound:
                self.imports.append((node, bound))
        elif node.type.endswith("identifier") and not _is_imported(node):
            self.kinds[_text(node)].add(node.type)

    def only_types(self) -> Iterator[Node]:
        """Yield the imports without `type` whose names are used in types alone."""
        for node, bound in self.imports:
            if all(self.kinds.get(name) == {"type_identifier"} for name in bound):
                yield node


def _bound_by(statement: Node) -> set[str]:
    """Return the names that a plain import binds, none when any of it says `type` already."""
    nodes, bound = list(statement.children), set[str]()
    while nodes:
        node = nodes.pop()
        if node.type == "type":
            return set()
        if node.type == "import_specifier":
            name = node.child_by_field_name("alias") or node.child_by_field_name("name")
            bound |= {_text(name)} if name is not None else set()
            nodes += [child for child in node.children if child.type == "type"]
        elif node.type == "identifier":
            bound.add(_text(node))
        else:
            nodes += node.children
    return bound


def _is_imported(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in ("import_specifier", "import_clause", "namespace_import")


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _either(node: Node) -> Found:
    operator, right = node.child_by_field_name("operator"), node.child_by_field_name("right")
    literal = right is not None and right.type in ("string", "number", "array", "object", "null", "template_string")
    if operator is not None and operator.type in ("??", "||") and literal:
        yield "ts.nullish", operator.type, node


def _call(node: Node) -> Found:
    function = node.child_by_field_name("function")
    name = function.child_by_field_name("property") if function is not None else None
    if name is not None and name.text == b"then":
        yield "ts.async", "then", name


def _await(node: Node) -> Found:
    yield "ts.async", "await", node


_JUDGES: dict[str, Callable[[Node], Found]] = {
    "string": _string, "lexical_declaration": _bound, "variable_declaration": _bound, "function_declaration": _function,
    "method_definition": _function, "class_declaration": _class, "interface_declaration": _interface,
    "type_alias_declaration": _alias, "export_statement": _export, "import_statement": _import,
    "binary_expression": _either, "call_expression": _call, "await_expression": _await,
}  # fmt: skip
