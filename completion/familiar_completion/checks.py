"""Whether what a suggestion names exists: attributes of known receivers, names in scope, how functions are called.

What is not known is not refused. The graph's word (`Surroundings`) may be some keystrokes old, so names that the text
near the cursor holds already are let through.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec
import tree_sitter
import tree_sitter_python
from familiar_codegraph import facts as f
from familiar_codegraph.surroundings import Holder, Signature, Surroundings, is_builtin

from familiar_completion.view import View, scan

_parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_NEAR_LINES = 60
_BINDING = {"parameters", "lambda_parameters", "keyword_argument", "import_from_statement", "import_statement"}


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, in one clause; of what kind; the name in question and what stands before its dot."""

    clause: str
    kind: Literal["attribute", "name", "call"]
    name: str = ""
    receiver: str = ""


def problem(view: View, text: str, around: Surroundings | None) -> str | None:
    """Return what is wrong with `text` at the cursor, in one clause, or None."""
    found = find(view, text, around)
    return found.clause if found else None


def find(view: View, text: str, around: Surroundings | None) -> Problem | None:
    """Return what is wrong with `text` at the cursor, or None."""
    if around is None or view.state.kind != "code" or "\n" in text:
        return None
    lead = view.statement.lstrip()
    head = len(lead.encode("utf-8", "replace"))
    data = _whole(lead + text).encode("utf-8", "replace")
    tree = _parser.parse(data)
    words = frozenset(re.findall(r"[^\W\d]\w*", "\n".join(view.prefix.split("\n")[-_NEAR_LINES:])))
    for node in _nodes(tree.root_node):
        if node.end_byte <= head or node.end_byte > head + len(text.encode("utf-8", "replace")):
            continue
        found = _wrong(node, data, head, view, around, words)
        if found:
            return found
    return None


def _wrong(
    node: tree_sitter.Node, data: bytes, head: int, view: View, around: Surroundings, words: frozenset[str]
) -> Problem | None:
    if node.type == "attribute":
        return _attribute(node, data, view, around)
    if node.type == "call":
        wrong = _call(node, data, around)
        return Problem(wrong, "call") if wrong else None
    if node.type == "identifier" and node.start_byte >= head and _reads(node):
        name = _text(node, data)
        known = name in around.names or is_builtin(name) or name in words or around.open_names
        return None if known or _binds(node, name, data) else Problem(f"nothing here is called {name}", "name", name)
    return None


def _attribute(node: tree_sitter.Node, data: bytes, view: View, around: Surroundings) -> Problem | None:
    receiver, name = _receiver(node, data)
    holder = around.holders.get(receiver)
    if holder is None or not holder.closed or name in holder.members or name.startswith("__"):
        return None
    dotted = f"{receiver}.{name}"
    if _stores(node) or dotted in view.prefix or dotted in view.suffix:
        return None
    return Problem(f"{receiver} has no attribute {name}", "attribute", name, receiver)


def _receiver(node: tree_sitter.Node, data: bytes) -> tuple[str, str]:
    inner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    receiver = _text(inner, data) if inner else ""
    return (receiver if _DOTTED.fullmatch(receiver) else ""), _text(name, data) if name else ""


def _call(node: tree_sitter.Node, data: bytes, around: Surroundings) -> str | None:
    callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or given is None or given.type != "argument_list" or node.has_error:
        return None
    signature: Signature = None
    if callee.type == "identifier":
        signature = around.names.get(_text(callee, data))
    elif callee.type == "attribute":
        receiver, name = _receiver(callee, data)
        signature = around.holders.get(receiver, Holder({}, False)).members.get(name)
    if signature is None:
        return None
    return _misfit(given, data, signature, _text(callee, data))


def _misfit(given: tree_sitter.Node, data: bytes, signature: Signature, name: str) -> str | None:
    """Return how the arguments do not fit the parameters."""
    positional, keywords = 0, []
    for argument in given.named_children:
        if argument.type in ("list_splat", "dictionary_splat", "comment"):
            return None
        if argument.type == "keyword_argument":
            inner = argument.child_by_field_name("name")
            keywords.append(_text(inner, data) if inner else "")
        else:
            positional += 1
    parameters = signature or ()
    kinds = {parameter.kind for parameter in parameters}
    places = [p for p in parameters if p.kind in (f.POSITIONAL_ONLY, f.POSITIONAL)]
    if positional > len(places) and f.VAR_POSITIONAL not in kinds:
        return f"{name} takes {len(places)} arguments by position, not {positional}"
    known = {p.name for p in parameters if p.kind in (f.POSITIONAL, f.KEYWORD_ONLY)}
    if f.VAR_KEYWORD not in kinds and (odd := next((k for k in keywords if k not in known), None)) is not None:
        return f"{name} has no parameter {odd}"
    filled = {p.name for p in places[:positional]} | set(keywords)
    lacking = next((p.name for p in parameters if p.required and p.name not in filled), None)
    return f"{name} needs {lacking}" if lacking else None


def _nodes(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.named_children:
        yield from _nodes(child)


def _reads(node: tree_sitter.Node) -> bool:
    """Whether an identifier reads a name: it is no attribute, keyword, parameter, target or definition."""
    parent = node.parent
    if parent is None or parent.type == "ERROR":
        return False
    if parent.type == "attribute":
        return parent.child_by_field_name("object") == node
    if parent.type == "keyword_argument":
        return parent.child_by_field_name("value") == node
    field = next((i for i, child in enumerate(parent.children) if child == node), 0)
    if parent.field_name_for_child(field) in ("name", "left", "alias", "parameters"):
        return False
    around: tree_sitter.Node | None = parent
    while around is not None:
        if around.type in _BINDING or around.type in (
            "pattern_list",
            "tuple_pattern",
            "as_pattern_target",
            "global_statement",
        ):
            return around.type == "keyword_argument"
        if around.type.endswith("_definition") and around.type != "decorated_definition":
            return False
        around = around.parent
    return True


def _binds(node: tree_sitter.Node, name: str, data: bytes) -> bool:
    """Whether the statement itself binds `name`: a comprehension, a lambda, a walrus, a target."""
    root = node
    while root.parent is not None:
        root = root.parent
    return any(
        other.type == "identifier" and _text(other, data) == name and other.id != node.id and not _reads(other)
        for other in _nodes(root)
    )


def _stores(node: tree_sitter.Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type in ("assignment", "delete_statement") and parent.children[0] == node


def _whole(statement: str) -> str:
    """Complete an unfinished statement, so that it parses."""
    state = scan(statement)
    statement += state.quote if state.kind == "string" else ""
    statement += "".join({"(": ")", "[": "]", "{": "}"}[bracket] for bracket, _ in reversed(state.brackets))
    return statement + (" pass\n" if statement.rstrip().endswith(":") else "\n")


def _text(node: tree_sitter.Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")
