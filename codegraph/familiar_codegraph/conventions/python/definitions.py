"""Functions with what they hand on, classes, and calls: what pairs and call habits are found from."""

import re
import zlib

from tree_sitter import Node

from familiar_codegraph.conventions.habits import MARKS, Call, Class, Function, Made
from familiar_codegraph.conventions.python.documentation import of_block, text_of
from familiar_codegraph.conventions.python.naming import parameter_names
from familiar_codegraph.conventions.python.walk import Frame, Handler, Walk

_NAME = re.compile(r"\w+")
_TEMPLATE = 4
"""Statements from which a function can be a template."""


_TEXT = {"encode": "str.encode", "decode": "bytes.decode"}


_PASSING = frozenset({"await", "parenthesized_expression", "yield", "conditional_expression", "boolean_operator"})
"""What gives back the value of an expression in it, at least sometimes."""
_CHANGED = frozenset({"argument_list", "call", "attribute", "subscript"})
"""What gives back something made of the value of an expression in it."""


class Body:
    """What is gathered while a function's body is walked: its parameters and the calls in it.

    `named`: the number of a call -> the name that its result is given, after "*" when it is entered.
    `returned`: names in what is given back.
    """

    __slots__ = ("calls", "named", "parameters", "returned")

    def __init__(self, parameters: frozenset[str]) -> None:
        self.parameters = parameters
        self.calls: list[str] = []
        self.named: dict[int, str] = {}
        self.returned: set[str] = set()

    def delegates(self, around: bool) -> tuple[str, ...]:
        """Return the calls with their marks. `around`: a context manager, which stands for what it enters."""
        calls = self.calls[:24]
        for number, name in self.named.items():
            given = name.lstrip("*") in self.returned or (around and name.startswith("*"))
            if number < len(calls) and given and not calls[number].startswith(("=", "~")):
                calls[number] = f"~{calls[number]}"
        return tuple(calls)


def enter(w: Walk, node: Node) -> None:
    """See a function or class from inside; a decorator counts as a call."""
    for decorator in w.frame.decorators:
        if decorator:
            key = decorator, -1, ()
            w.calls[key] += 1
            w.call_lines.setdefault(key, node.start_point[0] + 1)
    if node.type == "function_definition":
        parameters = node.child_by_field_name("parameters")
        names = parameter_names(parameters) if parameters is not None else []
        w.bodies[id(w.frame)] = Body(frozenset(w.text(n) for n in names))


def leave(w: Walk, node: Node) -> None:
    """Close a function or class."""
    frame = w.frame
    if node.type == "class_definition":
        doc = of_block(node.child_by_field_name("body"))
        methods = tuple(sorted(name for kind, name in frame.bound if kind == "method"))
        line = _first_line(text_of(w, doc)) if doc is not None else ""
        row = Class(frame.name, node.start_point[0] + 1, _named(w, frame), methods, line, frame.decorators)
        w.classes.append(row)
    elif node.type == "function_definition":
        _function(w, node, frame)


def _named(w: Walk, frame: Frame) -> tuple[str, ...]:
    out = []
    for base in frame.bases:
        first, dot, rest = base.partition(".")
        out.append(f"{w.aliases.get(first, first)}{dot}{rest}")
    return tuple(out)


def _function(w: Walk, node: Node, frame: Frame) -> None:
    body, block = w.bodies.pop(id(frame)), node.child_by_field_name("body")
    parameters = node.child_by_field_name("parameters")
    around = w.frames[-2]
    if parameters is None or around.kind not in ("module", "class"):
        return
    names, positional = _signature(w, parameters)
    if around.kind == "class" and "staticmethod" not in frame.decorators:
        names, positional = names[1:], max(positional - 1, 0)
    doc = of_block(block)
    statements = [c for c in block.named_children if c.type != "comment"] if block is not None else []
    statements = statements[1:] if doc is not None else statements
    w.functions.append(
        Function(
            frame.name,
            around.name,
            node.start_point[0] + 1,
            tuple(names),
            positional,
            frame.decorators,
            _first_line(text_of(w, doc)) if doc is not None else "",
            len(statements),
            body.delegates("contextlib.contextmanager" in frame.decorators),
            _shape(statements, body.calls) if len(statements) >= _TEMPLATE else 0,
            len(w.frames) == 2,
        )
    )


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()[:120]


def _signature(w: Walk, parameters: Node) -> tuple[list[str], int]:
    """Return the parameters that may be named, and how many of them (the first) may be given by position."""
    names: list[str] = []
    positional = -1
    for child in parameters.named_children:
        if child.type == "keyword_separator" or (w.text(child).startswith("*")):
            positional = len(names) if positional < 0 else positional
        elif child.type not in ("comment", "positional_separator"):
            found = parameter_names_of(w, child)
            names += found
    return names, len(names) if positional < 0 else positional


def parameter_names_of(w: Walk, node: Node) -> list[str]:
    name = node if node.type == "identifier" else node.child_by_field_name("name")
    if name is None:
        name = node.named_children[0] if node.named_children else None
    return [w.text(name)] if name is not None and name.type == "identifier" else []


def _shape(statements: list[Node], calls: list[str]) -> int:
    kinds: list[str] = []
    for statement in statements:
        inner = statement.named_children[0].type if statement.named_children else ""
        kinds.append(f"{statement.type}:{inner}")
    lasts = [call.lstrip(MARKS).rpartition(".")[2] for call in calls]
    return zlib.crc32("\n".join([*kinds, *lasts]).encode())


def call(w: Walk, node: Node) -> None:
    """Note what is called; in a function, whether its parameters are handed on (`+`) and the result returned (`=`)."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    written = w.dotted(function)
    if not written or arguments is None:
        return
    first, _, rest = written.partition(".")
    target = w.named(function)
    frame = w.function()
    if frame is not None and rest in _TEXT and first in w.bodies[id(frame)].parameters:
        target = _TEXT[rest]
    body = w.bodies.get(id(frame))
    if body is not None and frame is not None:
        marks, given = _flow(w, node)
        if given:
            body.named[len(body.calls)] = given
        handed = first if target in _TEXT.values() else w.text(arguments)
        if body.parameters and not body.parameters.isdisjoint(_NAME.findall(handed)):
            marks += "+"
        body.calls.append(f"{marks}{target}")
    known = (
        target != f"{first}.{rest}" or first in w.aliases or not rest or (first in ("self", "cls") and "." not in rest)
    )
    if not known:
        return
    positional, keywords = 0, []
    for argument in arguments.named_children if arguments.type == "argument_list" else ():
        if argument.type in ("list_splat", "dictionary_splat"):
            positional = -1
            break
        if argument.type == "keyword_argument":
            name = argument.child_by_field_name("name")
            keywords += [w.text(name)] if name is not None else []
        elif argument.type != "comment":
            positional += 1
    key = target, positional, tuple(sorted(keywords)) if positional >= 0 else ()
    w.calls[key] += 1
    w.call_lines.setdefault(key, node.start_point[0] + 1)
    w.sites.append((Call(*key, 1, node.start_point[0] + 1), node.start_byte, node.end_byte))


def _flow(w: Walk, node: Node) -> tuple[str, str]:
    """Return how a call's result is given back ("=" as it is, "~" in another form), and the name that it is given."""
    child, parent, mark = node, node.parent, "="
    while parent is not None:
        if parent.type in _PASSING:
            if parent.type == "conditional_expression" and parent.named_child(1) == child:
                return "", ""
        elif parent.type in _CHANGED:
            mark = "~"
        else:
            break
        child, parent = parent, parent.parent
    if parent is None:
        return "", ""
    if parent.type == "return_statement" or (parent.type == "expression_statement" and child.type == "yield"):
        return mark, ""
    if parent.type in ("assignment", "as_pattern"):
        left = parent.child_by_field_name("left" if parent.type == "assignment" else "alias")
        name = w.text(left).partition(",")[0].strip("( ") if left is not None else ""
        star = "*" if parent.type == "as_pattern" else ""
        return "", f"{star}{name}" if name.isidentifier() else ""
    return "", ""


def returned(w: Walk, node: Node) -> None:
    """Note the names that a function gives back, or makes into what it gives back."""
    frame = w.function()
    if frame is None:
        return
    names, left = w.bodies[id(frame)].returned, list(node.named_children)
    while left:
        part = left.pop()
        if part.type == "identifier":
            names.add(w.text(part))
        elif part.type == "call":
            function, arguments = part.child_by_field_name("function"), part.child_by_field_name("arguments")
            left += [function] if function is not None and function.type == "attribute" else []
            left += [a for a in arguments.named_children if a.type == "identifier"] if arguments is not None else []
        elif part.type in ("attribute", "subscript"):
            left += part.named_children[:1]
        elif part.type in _PASSING or part.type in ("tuple", "expression_list"):
            left += part.named_children


def made(w: Walk, node: Node) -> None:
    """Note a module's name for something else, or for an object that it makes once."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if w.frame.kind != "module" or left is None or right is None or left.type != "identifier":
        return
    called = right.type == "call"
    target = w.named(right.child_by_field_name("function") if called else right)
    if target == "functools.partial":
        arguments = right.child_by_field_name("arguments")
        called, target = False, w.named(arguments.named_child(0)) if arguments is not None else ""
    if target and target != w.text(left):
        w.made.append(Made(w.text(left), target, called, node.start_point[0] + 1))


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "call": (call,),
    "assignment": (made,),
    "return_statement": (returned,),
    "yield": (returned,),
}
ENTER: tuple[Handler, ...] = (enter,)
LEAVE: tuple[Handler, ...] = (leave,)
