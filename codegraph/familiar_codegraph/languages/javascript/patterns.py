"""What assignments, declarations and parameters bind: names, properties, and whatever is taken apart."""

from collections.abc import Callable

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript.walk import field, nodes, this, walk

_Bind = Callable[[Node, int], None]
_KEYS = frozenset({"property_identifier", "private_property_identifier"})


def declare(
    b: Builder, node: Node, value: int, note: int = -1, *, scope: int | None = None, kind: int = f.ASSIGN
) -> None:
    """Bind what a declaration names, in `scope` (by default the current one); `value` is the shape it gets."""
    where = b.scope if scope is None else scope
    kind_of = node.type
    if kind_of in ("identifier", "shorthand_property_identifier_pattern"):
        b.bind(kind, b.use(node, f.STORE, where), value, note, scope=where)
    elif kind_of in ("object_pattern", "array_pattern"):
        _taken_apart(b, node, note if note >= 0 else value, lambda part, shape: declare(b, part, shape, scope=where))
    elif kind_of in ("assignment_pattern", "object_assignment_pattern"):
        declare(b, *_with_default(b, node, value), note, scope=where)
    elif kind_of == "rest_pattern":
        for child in nodes(node):
            declare(b, child, value, scope=where)
    else:
        walk(b, node)


def assign(b: Builder, node: Node, value: int) -> None:
    """Note what an assignment writes to: it declares nothing but members of `this`, `exports` and functions."""
    kind = node.type
    if kind in ("identifier", "shorthand_property_identifier_pattern"):
        b.free.add(b.bind(f.ASSIGN, b.use(node, f.STORE), value))
    elif kind == "member_expression":
        member(b, node, value)
    elif kind in ("object_pattern", "array_pattern"):
        _taken_apart(b, node, value, lambda part, shape: assign(b, part, shape))
    elif kind in ("assignment_pattern", "object_assignment_pattern"):
        assign(b, *_with_default(b, node, value))
    elif kind in ("parenthesized_expression", "non_null_expression", "rest_pattern", "as_expression"):
        children = nodes(node)
        for child in children[:1]:
            assign(b, child, value)
        for child in children[1:]:
            walk(b, child)
    else:
        walk(b, node)


def member(b: Builder, node: Node, value: int) -> None:
    owner, name = field(node, "object"), field(node, "property")
    if owner is None or name is None:
        walk(b, node)
        return
    if owner.type in ("identifier", "member_expression"):
        from familiar_codegraph.languages.javascript.modules import common

        if common(b, owner, name, value):
            return
    base = walk(b, owner)
    use = b.use(name, f.ATTRIBUTE_STORE, base)
    if owner.type == "this":
        scope, _ = this(b)
        if scope >= 0:
            b.bind(f.MEMBER, use, value, -1, b.scope, scope=scope)


def _with_default(b: Builder, node: Node, value: int) -> tuple[Node, int]:
    left, right = field(node, "left"), field(node, "right")
    default = walk(b, right) if right is not None else -1
    assert left is not None
    return left, b.expr(f.ALTERNATIVES, -1, -1, (value, default)) if value >= 0 else default


def _taken_apart(b: Builder, node: Node, value: int, bind: _Bind) -> None:
    if node.type == "object_pattern":
        for child in nodes(node):
            _property(b, child, value, bind)
        return
    known = b.exprs[value] if value >= 0 else None
    position = 0
    for child in node.children:
        if child.type == ",":
            position += 1
        elif child.is_named and child.type != "comment":
            exact = (
                known is not None and known[0] == f.ARRAY and position < len(known[3]) and child.type != "rest_pattern"
            )
            if exact and known is not None and len(known[3]) <= 16:
                bind(child, known[3][position])
            else:
                bind(
                    child, b.expr(f.PART, value, -1 if child.type == "rest_pattern" else position) if value >= 0 else -1
                )


def _property(b: Builder, node: Node, value: int, bind: _Bind) -> None:
    kind = node.type
    if kind in ("shorthand_property_identifier_pattern", "shorthand_property_identifier"):
        bind(node, b.expr(f.ATTR, value, b.use(node, f.ATTRIBUTE, value)))
    elif kind == "object_assignment_pattern":
        left = field(node, "left")
        if left is not None and left.type == "shorthand_property_identifier_pattern":
            bind(node, b.expr(f.ATTR, value, b.use(left, f.ATTRIBUTE, value)))
        else:
            bind(node, -1)
    elif kind == "pair_pattern":
        key, inner = field(node, "key"), field(node, "value")
        shape = -1
        if key is not None and key.type in _KEYS:
            shape = b.expr(f.ATTR, value, b.use(key, f.ATTRIBUTE, value))
        elif key is not None:
            walk(b, key)
        if inner is not None:
            bind(inner, shape)
    else:  # the rest: an object of what is left
        bind(node, value if kind == "rest_pattern" else -1)
