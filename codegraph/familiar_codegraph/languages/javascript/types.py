"""Type expressions: what a declared type holds, and every name in it."""

from collections.abc import Callable

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript.walk import (
    FLAG,
    NOTHING,
    NUMBER,
    OTHER,
    TEXT,
    each,
    field,
    literal,
    nodes,
    string,
    this_shape,
    walk,
)

_PREDEFINED = {"string": TEXT, "number": NUMBER, "boolean": FLAG, "void": NOTHING, "never": NOTHING}
_UNKNOWN = frozenset({"any", "unknown", "object"})


def annotation(b: Builder, node: Node | None, scope: int | None = None) -> int:
    """Note a type (or the `: type` that holds it), seen from `scope`; return its shape."""
    if node is None:
        return -1
    before, b.scope = b.scope, b.scope if scope is None else scope
    try:
        return walk(b, node)
    finally:
        b.scope = before


def _inner(b: Builder, node: Node) -> int:
    children = nodes(node)
    return walk(b, children[0]) if children else -1


def _named(b: Builder, node: Node) -> int:
    return b.expr(f.TYPE, b.expr(f.NAME, b.use(node, f.LOAD)))


def _path(b: Builder, node: Node) -> int:
    """`a.b.C`: the names before the last are values or namespaces."""
    children = nodes(node)
    left = children[0]
    base = _path(b, left) if left.type in ("nested_identifier", "nested_type_identifier") else walk(b, left)
    if len(children) < 2:
        return base
    return b.expr(f.ATTR, base, b.use(children[-1], f.ATTRIBUTE, base))


def _nested(b: Builder, node: Node) -> int:
    return b.expr(f.TYPE, _path(b, node))


def _generic(b: Builder, node: Node) -> int:
    name, arguments = field(node, "name"), field(node, "type_arguments")
    base = walk(b, name) if name is not None else -1
    items = type_arguments(b, arguments)
    shape = b.exprs[base][1] if base >= 0 and b.exprs[base][0] == f.TYPE else -1
    return b.expr(f.TYPE, shape, -1, items)


def type_arguments(b: Builder, node: Node | None) -> tuple[int, ...]:
    return tuple(walk(b, c) for c in nodes(node)) if node is not None else ()


def _predefined(b: Builder, node: Node) -> int:
    text = b.text(node)
    return b.expr(f.TYPE) if text in _UNKNOWN else b.expr(f.LITERAL, -1, _PREDEFINED.get(text, OTHER))


def _joined(op: int, kind: str) -> Callable[[Builder, Node], int]:
    def shape(b: Builder, node: Node) -> int:
        """Chains stand nested to the left: flattened, so that their length costs no depth."""
        spine, parts = [node], list[Node]()
        while spine:
            current = spine.pop()
            if current.type == kind:
                spine.extend(reversed(nodes(current)))
            else:
                parts.append(current)
        return b.expr(op, -1, -1, tuple(walk(b, p) for p in parts))

    return shape


def _array(b: Builder, node: Node) -> int:
    return b.expr(f.ARRAY, -1, -1, (_inner(b, node),))


def _tuple(b: Builder, node: Node) -> int:
    items = []
    for child in nodes(node):
        note = field(child, "type") if child.type in ("required_parameter", "optional_parameter") else None
        spread = child.type == "rest_type" or (
            note is not None and (field(child, "name") or child).type == "rest_pattern"
        )
        shape = walk(b, note if note is not None else child)
        items.append(-1 if spread else shape)
    return b.expr(f.TUPLE, -1, -1, tuple(items))


def _function(b: Builder, node: Node) -> int:
    """`(x: A) => B`, `new (x: A) => B`: its parameters' names are seen in the type alone."""
    from familiar_codegraph.languages.javascript.functions import parameters, type_parameters

    before = b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
    type_parameters(b, field(node, "type_parameters"))
    scope = b.scope
    b.open_scope(f.LAMBDA_SCOPE, "<type>", b.start(node), b.end(node))
    inner = field(node, "parameters")
    found = parameters(b, inner, scope) if inner is not None else []
    returns = annotation(b, field(node, "return_type") or field(node, "type"))
    b.close_scope(before)
    notes = tuple(b.binds[n][5] for n in found)
    if node.type == "constructor_type":
        return -1
    return b.expr(f.CALLABLE, -1, -1, (returns, *notes))


def _query(b: Builder, node: Node) -> int:
    children = nodes(node)
    if not children:
        return -1
    value = _path(b, children[0]) if children[0].type == "nested_identifier" else walk(b, children[0])
    for child in children[1:]:
        walk(b, child)
    return b.expr(f.QUERY, value)


def _lookup(b: Builder, node: Node) -> int:
    children = nodes(node)
    base = walk(b, children[0]) if children else -1
    key = children[1] if len(children) > 1 else None
    if key is not None and key.type == "literal_type" and nodes(key) and nodes(key)[0].type == "string":
        inside = nodes(key)[0].named_children
        if len(inside) == 1 and inside[0].type == "string_fragment":
            return b.expr(f.LOOKUP, base, b.use(inside[0], f.ATTRIBUTE, base))
    if key is not None:
        walk(b, key)
    return b.expr(f.ELEMENT, base)


def _object(b: Builder, node: Node) -> int:
    return object_type(b, node, "<type>")


def object_type(b: Builder, node: Node, label: str) -> int:
    """Note `{a: A, b(): B}`; its scope is called `label`."""
    from familiar_codegraph.languages.javascript.members import signatures

    before = b.open_scope(f.OBJECT_SCOPE, label, b.start(node), b.end(node))
    scope = b.scope
    signatures(b, node)
    b.close_scope(before)
    mapped = any(c.type == "index_signature" and any(i.type == "mapped_type_clause" for i in c.named_children)
                 for c in node.named_children)  # fmt: skip
    return -1 if mapped else b.expr(f.OBJECT, -1, scope)


def _conditional(b: Builder, node: Node) -> int:
    """`A extends infer B ? C : D`: names that are inferred are seen from here on."""
    before = b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
    each(b, node)
    b.close_scope(before)
    return -1


def _infer(b: Builder, node: Node) -> int:
    children = nodes(node)
    if children:
        b.bind(f.TYPE_PARAMETER, b.use(children[0], f.STORE))
    for child in children[1:]:
        walk(b, child)
    return -1


def mapped(b: Builder, node: Node) -> None:
    """`[K in keyof T]`: K is seen in the type behind it."""
    name = field(node, "name")
    if name is not None:
        b.bind(f.TYPE_PARAMETER, b.use(name, f.STORE))
    for child in nodes(node):
        if name is None or child.start_byte != name.start_byte:
            walk(b, child)


def _asserts(b: Builder, node: Node) -> int:
    each(b, node)
    return b.expr(f.LITERAL, -1, FLAG)


def _predicate(b: Builder, node: Node) -> int:
    inner = nodes(node)
    name, kind = (field(inner[0], "name"), field(inner[0], "type")) if inner else (None, None)
    if name is None or kind is None or name.type != "identifier":
        return _asserts(b, node)
    tested = walk(b, name)
    return b.expr(f.PREDICATE, walk(b, kind), -1, (tested,))


def _literal(b: Builder, node: Node) -> int:
    children = nodes(node)
    return walk(b, children[0]) if children else b.expr(f.LITERAL, -1, OTHER)


def _text(b: Builder, node: Node) -> int:
    return string(b, node)


def _unfollowed(b: Builder, node: Node) -> int:
    each(b, node)
    return -1


HANDLERS = {
    "type_annotation": _inner,
    "type_identifier": _named,
    "nested_type_identifier": _nested,
    "generic_type": _generic,
    "predefined_type": _predefined,
    "union_type": _joined(f.UNION, "union_type"),
    "intersection_type": _joined(f.INTERSECTION, "intersection_type"),
    "array_type": _array,
    "readonly_type": _inner,
    "parenthesized_type": _inner,
    "optional_type": _inner,
    "tuple_type": _tuple,
    "function_type": _function,
    "constructor_type": _function,
    "type_query": _query,
    "lookup_type": _lookup,
    "object_type": _object,
    "conditional_type": _conditional,
    "infer_type": _infer,
    "index_type_query": _unfollowed,
    "template_literal_type": _unfollowed,
    "type_predicate_annotation": _predicate,
    "asserts_annotation": _asserts,
    "literal_type": _literal,
    "this_type": lambda b, node: this_shape(b),
    "existential_type": literal(OTHER),
}
