"""How things are named."""

import builtins

from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Handler, Walk
from familiar_codegraph.conventions.questions import LONG
from familiar_codegraph.conventions.values import Occurrence
from familiar_codegraph.conventions.words import case_of, words

EXCEPTIONS = frozenset(
    name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning", "Interrupt", "Exit", "Iteration"))
)
_LITERALS = frozenset({
    "string", "concatenated_string", "integer", "float", "tuple", "list", "dictionary", "set", "unary_operator",
})  # fmt: skip
_SPLATS = frozenset({"list_splat_pattern", "dictionary_splat_pattern"})
_LOGGERS = ("logger", "log", "LOGGER", "LOG", "_logger")
_KNOWN = ("e", "exc", "err", "error", "ex")


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def spell(w: Walk, kind: str, name: str, node: Node) -> None:
    """Note a defined name: its words that have a long and a short form."""
    if is_dunder(name) or not w.define(kind, name, node):
        return
    for word in words(name):
        long = LONG.get(word)
        if long is not None:
            w.add(f"naming.word:{long}", word, node)


def _function(w: Walk, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name, inside = w.text(name_node), w.frame
    spell(w, "method" if inside.kind == "class" else "function", name, name_node)
    if is_dunder(name):
        return
    if len(words(name)) > 1:
        case = case_of(name)
        case = "other" if case == "UPPER_CASE" else case
        if inside.kind == "class" and inside.bases and not name.startswith("test"):
            w.open("method", case, inside.name, name_node)
        else:
            w.add("naming.function", case, name_node)
    decorated = node.parent is not None and node.parent.type == "decorated_definition"
    if inside.kind == "module" and not decorated and name != "main":
        w.open("helper", name, "underscore" if name.startswith("_") else "plain", name_node)


def _class(w: Walk, node: Node) -> None:
    name_node = node.child_by_field_name("name")
    if name_node is None:
        return
    name = w.text(name_node)
    spell(w, "class", name, name_node)
    case = case_of(name)
    if case == "UPPER_CASE" and name.strip("_").isupper() and "_" not in name.strip("_"):
        case = "PascalCase"
    w.add("naming.class", case if case in ("PascalCase", "snake_case") else "other", name_node)


def exception_class(w: Walk, node: Node) -> None:
    """See a class from inside: an exception by its direct bases."""
    if w.frame.kind != "class" or not w.frame.bases:
        return
    lasts = [base.rpartition(".")[2] for base in w.frame.bases]
    if any(b in EXCEPTIONS or b.endswith(("Error", "Exception", "Warning")) for b in lasts):
        name = w.frame.name
        suffix = next((s for s in ("Error", "Exception", "Warning") if name.endswith(s)), "other")
        name_node = node.child_by_field_name("name")
        if name_node is not None:
            w.add("naming.exception-class", suffix, name_node)


def _parameters(w: Walk, node: Node) -> None:
    for name_node in parameter_names(node, splats=False):
        spell(w, "parameter", w.text(name_node), name_node)


def parameter_names(node: Node, *, splats: bool = True) -> list[Node]:
    """Return the identifiers of a parameter list, those of `*args` and `**kwargs` only with `splats`."""
    found = []
    for child in node.named_children:
        if child.type == "identifier":
            found.append(child)
            continue
        if not splats and (child.type in _SPLATS or any(c.type in _SPLATS for c in child.named_children)):
            continue
        while child is not None and child.type != "identifier":
            inner = child.child_by_field_name("name")
            if inner is None:
                inner = child.named_children[0] if child.named_children else None
            if child.type in ("positional_separator", "keyword_separator", "comment", "type"):
                inner = None
            if inner is None:
                break
            child = inner
        if child is not None and child.type == "identifier":
            found.append(child)
    return found


def _assignment(w: Walk, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None:
        return
    _target(w, left)
    if left.type == "identifier" and w.frame.kind == "module":
        name = w.text(left)
        w.note("bound", name, left)
        if not is_dunder(name) and right is not None and _is_direct(node) and _is_literal(w, right):
            w.note("constant", name, left)
        if right is not None and right.type == "call" and _makes_logger(w, right):
            w.add("naming.logger", name if name in _LOGGERS else "other", left)


def _makes_logger(w: Walk, call: Node) -> bool:
    return w.dotted(call.child_by_field_name("function")).rpartition(".")[2] == "getLogger"


def _augmented(w: Walk, node: Node) -> None:
    left = node.child_by_field_name("left")
    if left is not None and left.type == "identifier" and w.frame.kind == "module":
        w.note("bound", w.text(left), left)


def _is_direct(node: Node) -> bool:
    statement = node.parent
    return statement is not None and statement.parent is not None and statement.parent.type == "module"


def _is_literal(w: Walk, node: Node) -> bool:
    if node.type == "parenthesized_expression" and node.named_children:
        return _is_literal(w, node.named_children[-1])
    if node.type == "call":
        return w.text(node).startswith("frozenset(")
    if node.type == "unary_operator":
        inner = node.child_by_field_name("argument")
        return inner is not None and inner.type in ("integer", "float")
    if node.type == "string":
        return not any(c.type == "interpolation" for c in node.named_children)
    return node.type in _LITERALS


def _target(w: Walk, node: Node) -> None:
    if node.type == "identifier":
        name = w.text(node)
        if w.function() is not None and len(words(name)) > 1 and ("variable", name) not in w.frame.bound:
            case = case_of(name)
            w.add("naming.variable", case if case in ("snake_case", "camelCase") else "other", node)
        spell(w, "variable", name, node)
    elif node.type == "attribute":
        frame, name_node = w.function(), node.child_by_field_name("attribute")
        owner = w.dotted(node.child_by_field_name("object"))
        if frame is not None and frame.receiver and owner == frame.receiver and name_node is not None:
            name = w.text(name_node)
            _attribute(w, name, name_node)
            if frame.name == "__init__" and w.frame is frame and w.is_method():
                w.add("naming.attribute", "underscore" if name.startswith("_") else "plain", name_node)
    elif node.type in ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list"):
        for child in node.named_children:
            _target(w, child)


def _attribute(w: Walk, name: str, node: Node) -> None:
    """Note `self.name = ...` once for the class."""
    owner = next((f for f in reversed(w.frames) if f.kind == "class"), w.frame)
    if ("attribute", name) not in owner.bound:
        owner.bound["attribute", name] = True
        spell(w, "attribute", name, node)


def _loop(w: Walk, node: Node) -> None:
    left = node.child_by_field_name("left")
    if left is not None:
        _target(w, left)


def _as(w: Walk, node: Node) -> None:
    alias = node.child_by_field_name("alias")
    if alias is None or not alias.named_children or node.parent is None:
        return
    name_node = alias.named_children[0]
    if node.parent.type == "except_clause":
        name = w.text(name_node)
        w.add("naming.exception-variable", name if name in _KNOWN else "other", name_node)
    if node.parent.type != "except_clause":
        _target(w, name_node)


def _walrus(w: Walk, node: Node) -> None:
    name = node.child_by_field_name("name")
    if name is not None:
        _target(w, name)


def receiver(w: Walk, node: Node) -> None:
    """Note a method's first parameter."""
    if not w.is_method():
        return
    parameters = node.child_by_field_name("parameters")
    first = parameter_names(parameters)[:1] if parameters is not None else []
    if first and "staticmethod" not in w.frame.decorators:
        w.frame.receiver = w.text(first[0])


def finish(w: Walk) -> None:
    """Judge the module's constants: those that are bound once."""
    bound: dict[str, int] = {}
    for name, _, _ in w.notes.get("bound", ()):
        bound[name] = bound.get(name, 0) + 1
    for name, start, end in w.notes.get("constant", ()):
        if bound.get(name) == 1:
            case = case_of(name, constant=True)
            answer = case if case in ("UPPER_CASE", "snake_case", "PascalCase") else "other"
            w.occurrences.append(Occurrence("naming.constant", answer, start, end))
            w.names["constant", name] += 1


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "function_definition": (_function,),
    "class_definition": (_class,),
    "parameters": (_parameters,),
    "lambda_parameters": (_parameters,),
    "assignment": (_assignment,),
    "augmented_assignment": (_augmented,),
    "for_statement": (_loop,),
    "for_in_clause": (_loop,),
    "as_pattern": (_as,),
    "named_expression": (_walrus,),
}
ENTER: tuple[Handler, ...] = (receiver, exception_class)
