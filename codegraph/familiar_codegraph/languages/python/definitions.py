"""Walks what stands before the body of a function or class: decorators, names, parameters, bases."""

import re
from collections.abc import Mapping
from typing import Any

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.python.expressions import annotation, dotted, expression, keyword, target

_SPACE = re.compile(r"\s+")


def decorations(b: Builder, node: Node) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Note the decorators of a definition; return their shapes and, where they are only names, their dotted names."""
    decorators: list[int] = []
    names: list[str] = []
    for child in node.named_children:
        if child.type == "decorator":
            inner = [c for c in child.named_children if c.type != "comment"]
            decorators.append(expression(b, inner[0]) if inner else -1)
            callee = inner[0].child_by_field_name("function") if inner and inner[0].type == "call" else None
            names.append(dotted(b, callee if callee is not None else inner[0]) if inner else "")
    return tuple(decorators), tuple(names)


def docstring(b: Builder, body: list[Node]) -> str:
    """Return the first line of the docstring."""
    for child in body:
        if child.type == "comment":
            continue
        if child.type == "expression_statement" and child.named_children[0].type == "string":
            for part in child.named_children[0].named_children:
                if part.type == "string_content":
                    return b.text(part).strip().split("\n", 1)[0].strip()
        return ""
    return ""


def _define(b: Builder, node: Node, kind: str, decorators: tuple[int, ...], names: tuple[str, ...], whole: Node) -> int:
    """Bind the name of a function or class and add its row; the caller fills in the rest."""
    name = node.child_by_field_name("name")
    assert name is not None
    use, index = b.use(name, f.STORE), len(b.defs)
    b.bind(f.DEFINE, use, index)
    row: dict[str, Any] = {
        "kind": kind,
        "name": b.uses[use][2],
        "use": use,
        "start": b.start(whole),
        "end": b.end(node),
        "scope": b.scope,
        "inner": -1,
        "signature": "",
        "doc": "",
        "decorators": decorators,
        "decorator_names": names,
    }
    b.defs.append(row)
    return index


def type_parameters(b: Builder, node: Node) -> None:
    for child in node.named_children:
        inner = child
        while inner.type in ("type", "constrained_type", "splat_type") and inner.named_children:
            for bound in inner.named_children[1:]:
                annotation(b, bound)
            inner = inner.named_children[0]
        if inner.type == "identifier":
            b.bind(f.TYPE_PARAMETER, b.use(inner, f.STORE))


def _type_scope(b: Builder, node: Node) -> int:
    inner = node.child_by_field_name("type_parameters")
    if inner is None:
        return b.scope
    before = b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
    type_parameters(b, inner)
    return before


def function_head(b: Builder, node: Node, decorated: Node | None = None) -> int:
    """Note all of a function but its body, and leave its scope open; return the scope before."""
    decorators, names = decorations(b, decorated) if decorated is not None else ((), ())
    inner, returns, body = (node.child_by_field_name(n) for n in ("parameters", "return_type", "body"))
    index = _define(b, node, "function", decorators, names, decorated or node)
    row = b.defs[index]
    row["is_async"] = any(c.type == "async" for c in node.children[:2])
    row["signature"] = _signature(b, inner, returns)
    outer = b.scope
    before = _type_scope(b, node)
    defaults, notes = _outside(b, inner)
    row["returns"] = annotation(b, returns)
    b.open_scope(f.FUNCTION_SCOPE, b.text(_name(node)), b.start(node), b.end(node), index)
    row["inner"], row["returned"], row["yielded"], row["is_generator"] = b.scope, [], [], False
    row["doc"] = docstring(b, body.named_children) if body is not None else ""
    if b.scopes[outer][0] == f.CLASS_SCOPE and "staticmethod" not in names:
        first = _first_parameter(b, inner)
        if first:
            b.self_names[b.scope] = outer, first
    block_end, b.block_end = b.block_end, b.end(node)
    row["parameters"] = tuple(parameters(b, inner, notes, defaults)) if inner is not None else ()
    b.block_end = block_end
    return before


def class_head(b: Builder, node: Node, decorated: Node | None = None) -> int:
    """Note all of a class but its body, and leave its scope open; return the scope before."""
    decorators, names = decorations(b, decorated) if decorated is not None else ((), ())
    bases, body = node.child_by_field_name("superclasses"), node.child_by_field_name("body")
    index = _define(b, node, "class", decorators, names, decorated or node)
    row = b.defs[index]
    before = _type_scope(b, node)
    found: list[int] = []
    for child in bases.named_children if bases is not None else ():
        if child.type == "keyword_argument":
            value = keyword(b, child, -1)
            if b.text(_name(child)) == "metaclass":
                row["metaclass"] = value
        elif child.type != "comment":
            found.append(annotation(b, child) if child.type == "subscript" else expression(b, child))
    row["bases"] = tuple(found)
    row["signature"] = _SPACE.sub(" ", b.text(bases)) if bases is not None else ""
    row["doc"] = docstring(b, body.named_children) if body is not None else ""
    b.open_scope(f.CLASS_SCOPE, b.text(_name(node)), b.start(node), b.end(node), index)
    row["inner"] = b.scope
    return before


def _name(node: Node) -> Node:
    name = node.child_by_field_name("name")
    assert name is not None
    return name


def _signature(b: Builder, inner: Node | None, returns: Node | None) -> str:
    text = _SPACE.sub(" ", b.text(inner)) if inner is not None else "()"
    return f"{text} -> {_SPACE.sub(' ', b.text(returns))}" if returns is not None else text


def _outside(b: Builder, inner: Node | None) -> tuple[dict[int, int], dict[int, int]]:
    """Note defaults and annotations, which belong to the scope around the function."""
    defaults: dict[int, int] = {}
    notes: dict[int, int] = {}
    for child in inner.named_children if inner is not None else ():
        note, value = child.child_by_field_name("type"), child.child_by_field_name("value")
        if note is not None:
            notes[child.start_byte] = annotation(b, note)
        if value is not None:
            defaults[value.start_byte] = expression(b, value)
    return defaults, notes


def _first_parameter(b: Builder, inner: Node | None) -> str:
    for child in inner.named_children if inner is not None else ():
        if child.type == "comment":
            continue
        name = child.child_by_field_name("name") or (child.named_children[0] if child.named_children else child)
        return b.text(name) if name.type == "identifier" else ""
    return ""


def parameters(b: Builder, inner: Node, notes: Mapping[int, int], defaults: Mapping[int, int]) -> list[int]:
    """Bind the parameters in the current scope; `notes` and `defaults` hold shapes by the node's first byte."""
    found: list[int] = []
    names: set[str] = set()
    kind = f.POSITIONAL
    for child in inner.named_children:
        if child.type == "keyword_separator":
            kind = f.KEYWORD_ONLY
        elif child.type == "positional_separator":
            for index in found:
                b.binds[index][6] = f.POSITIONAL_ONLY
        elif child.type != "comment":
            name, this = _parameter_name(child, kind)
            if name is None:
                expression(b, child)
                continue
            if name.type != "identifier":
                target(b, name, -1)
                continue
            kind = f.KEYWORD_ONLY if this == f.VAR_POSITIONAL else kind
            value = child.child_by_field_name("value")
            default = defaults.get(value.start_byte, -1) if value is not None else -1
            note = notes.get(child.start_byte, -1)
            if note >= 0 and this in (f.VAR_POSITIONAL, f.VAR_KEYWORD):
                note = b.expr(f.TUPLE_OF if this == f.VAR_POSITIONAL else f.DICT_OF, note)
            names.add(b.text(name))
            found.append(b.bind(f.PARAMETER, b.use(name, f.STORE), default, note, this))
    b.parameter_names[b.scope] = names
    return found


def _parameter_name(node: Node, kind: int) -> tuple[Node | None, int]:
    name = node.child_by_field_name("name") or node
    if name.type == "typed_parameter" and name.named_children:
        name = name.named_children[0]
    if name.type in ("list_splat_pattern", "dictionary_splat_pattern"):
        kind = f.VAR_POSITIONAL if name.type == "list_splat_pattern" else f.VAR_KEYWORD
        return (name.named_children[0] if name.named_children else None), kind
    return (name if name.type in ("identifier", "tuple_pattern") else None), kind
