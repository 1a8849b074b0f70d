"""What has members: classes, interfaces, enums, object literals, object types."""

from typing import Any

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript import functions
from familiar_codegraph.languages.javascript.types import annotation, mapped, object_type, type_arguments
from familiar_codegraph.languages.javascript.walk import SPACE, content, doc, each, field, name_of, nodes, walk

_KEYS = frozenset({"property_identifier", "private_property_identifier", "shorthand_property_identifier"})
_WORDS = frozenset({"accessibility_modifier", "static", "readonly", "abstract", "override_modifier"})
_METHODS = frozenset({"method_definition", "method_signature", "abstract_method_signature"})


def key(b: Builder, node: Node | None, scope: int, expected: int = -1) -> int:
    """Note the name of a member of `scope`; return its use, -1 when it is computed or no identifier.

    With `expected`, the shape of the type that an object literal should have, the name is that type's.
    """
    inside = node
    if node is not None and node.type == "string":
        inside = content(node)
        if inside is not None and not b.text(inside).isidentifier():
            inside = None
    elif node is not None and node.type not in _KEYS:
        each(b, node)
        return -1
    if inside is None:
        return -1
    if expected >= 0:
        return b.use(inside, f.ATTRIBUTE_STORE, expected)
    return b.use(inside, f.STORE, scope)


# ---------------------------------------------------------------- classes


def klass(b: Builder, node: Node, use: int, label: str, around: Node | None = None) -> int:
    """Note a class; `use` is its name where it is bound outside of itself, -1 for none. Returns its scope."""
    whole = around if around is not None else node
    decorators = [c for n in (whole, node) for c in n.named_children if c.type == "decorator"]
    decorators = [c for i, c in enumerate(decorators) if all(c.start_byte != d.start_byte for d in decorators[:i])]
    shapes, names = [], []
    for child in decorators:
        shapes.append(walk(b, child))
        names.append(decorator_name(b, child))
    row = None
    if use >= 0:
        row = functions.define(b, use, node, "class", start=b.start(whole))
        row["decorators"], row["decorator_names"], row["doc"] = tuple(shapes), tuple(names), doc(b, whole)
        if node.type == "abstract_class_declaration":
            row["decorators"], row["decorator_names"] = (*row["decorators"], -1), (*names, "abstract")
    definition = len(b.defs) - 1 if row is not None else -1
    before = b.scope
    generic, body = field(node, "type_parameters"), field(node, "body")
    name = field(node, "name")
    if generic is not None or (use < 0 and name is not None):
        b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
        functions.type_parameters(b, generic)
    bases: list[int] = []
    for child in node.named_children:
        if child.type == "class_heritage":
            bases += _heritage(b, child)
            if row is not None:
                row["signature"] = " " + SPACE.sub(" ", b.text(child))
    scope = _class_body(b, node, body, label, definition)
    if use < 0 and name is not None:
        b.bind(f.ASSIGN, b.use(name, f.STORE), b.expr(f.CLASS, -1, scope))
    if row is not None:
        row["bases"], row["inner"] = tuple(bases), scope
    b.close_scope(before)
    return scope


def decorator_name(b: Builder, node: Node) -> str:
    inner = nodes(node)
    if inner and inner[0].type == "call_expression":
        inner = [c for c in (field(inner[0], "function"),) if c is not None]
    return b.text(inner[0]) if inner and inner[0].type in ("identifier", "member_expression") else ""


def _heritage(b: Builder, node: Node) -> list[int]:
    found = []
    for clause in nodes(node):
        if clause.type == "extends_clause":
            for child in nodes(clause):
                if child.type == "type_arguments":
                    type_arguments(b, child)
                else:
                    found.append(walk(b, child))
        elif clause.type == "implements_clause":
            found += [walk(b, child) for child in nodes(clause)]
        else:
            found.append(walk(b, clause))
    return found


def _class_body(b: Builder, node: Node, body: Node | None, label: str, definition: int) -> int:
    before = b.open_scope(f.CLASS_SCOPE, label, b.start(node), b.end(node), definition)
    scope, functions_before, b.functions = b.scope, b.functions, []
    block_end, b.block_end = b.block_end, b.end(node)
    waiting: list[Node] = []
    for child in body.named_children if body is not None else ():
        if child.type == "decorator":
            waiting.append(child)
        elif child.type != "comment":
            member(b, child, waiting)
            waiting = []
    b.functions, b.block_end = functions_before, block_end
    b.close_scope(before)
    return scope


def member(b: Builder, node: Node, decorators: list[Node]) -> None:
    """Note one member of the class whose scope is the current one."""
    scope = b.scope
    decorators = [*decorators, *(c for c in node.named_children if c.type == "decorator")]
    for child in decorators:
        walk(b, child)
    words = tuple(b.text(c) for c in node.children if c.type in _WORDS)
    if node.type == "class_static_block":
        b.self_names[scope] = scope, "static"
        for child in node.named_children:
            walk(b, child)
        del b.self_names[scope]
    elif node.type in _METHODS:
        words += tuple(n for n in (decorator_name(b, c) for c in decorators) if n)
        method(b, node, scope, words, around=decorators[0] if decorators else None)
    elif node.type in ("public_field_definition", "field_definition"):
        _field(b, node, scope, words)
    elif node.type == "index_signature":
        index_signature(b, node)
    else:
        each(b, node)


def method(
    b: Builder, node: Node, owner: int, words: tuple[str, ...] = (), *, expected: int = -1, around: Node | None = None
) -> None:
    """Note a method of the class or object whose scope `owner` is the current one."""
    kinds = {c.type for c in node.children[:6] if not c.is_named}
    if "get" in kinds:
        words += ("property",)
    elif "set" in kinds:
        words += ("setter",)
    elif node.type != "method_definition" and "abstract" not in words:
        words += ("overload",)
    use = key(b, field(node, "name"), owner, expected)
    if use < 0:
        functions.body_of(b, node, {}, "<computed>", owner, -1, -1)
        return
    shape = b.expr(f.ATTR, expected, use) if expected >= 0 else -1
    index = len(b.defs)
    functions.named(b, use, node, words=words, owner=owner, expected=shape, scope=owner)
    if around is not None:
        b.defs[index]["start"] = b.start(around)


def _field(b: Builder, node: Node, scope: int, words: tuple[str, ...]) -> None:
    name, note, value = field(node, "name") or field(node, "property"), field(node, "type"), field(node, "value")
    use = key(b, name, scope)
    shape = annotation(b, note)
    if value is None:
        inner = -1
    elif value.type in functions.LITERALS and use >= 0:
        functions.named(b, use, value, around=node, words=words, owner=scope, expected=shape, scope=scope)
        return
    else:
        from familiar_codegraph.languages.javascript.expressions import value as walk_value

        if "static" in words:
            b.self_names[scope] = scope, "static"
        inner = walk_value(b, value, shape, name_of(b, use) if use >= 0 else "")
        b.self_names.pop(scope, None)
    if use >= 0:
        b.bind(f.ASSIGN, use, inner, shape, scope=scope)


# ---------------------------------------------------------------- interfaces, object types, enums


def interface(b: Builder, node: Node, around: Node | None = None) -> None:
    name, body = field(node, "name"), field(node, "body")
    whole = around if around is not None else node
    if name is None:
        each(b, node)
        return
    row = functions.define(b, b.use(name, f.STORE, b.scope), node, "interface", start=b.start(whole))
    row["doc"] = doc(b, whole)
    definition, before = len(b.defs) - 1, b.scope
    generic = field(node, "type_parameters")
    if generic is not None:
        b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
        functions.type_parameters(b, generic)
    bases: list[int] = []
    for child in node.named_children:
        if child.type == "extends_type_clause":
            bases += [walk(b, c) for c in nodes(child)]
            row["signature"] = " " + SPACE.sub(" ", b.text(child))
    b.open_scope(f.CLASS_SCOPE, b.text(name), b.start(node), b.end(node), definition)
    row["inner"], row["bases"] = b.scope, tuple(bases)
    if body is not None:
        signatures(b, body)
    b.close_scope(before)


def signatures(b: Builder, node: Node) -> None:
    """Note the members of an interface or object type, whose scope is the current one."""
    scope = b.scope
    for child in node.named_children:
        if child.type == "property_signature":
            use = key(b, field(child, "name"), scope)
            shape = annotation(b, field(child, "type"))
            if use >= 0:
                b.bind(f.ASSIGN, use, -1, shape, scope=scope)
        elif child.type == "method_signature":
            method(b, child, scope)
        elif child.type in ("call_signature", "construct_signature"):
            _call_signature(b, child, scope)
        elif child.type == "index_signature":
            index_signature(b, child)
        elif child.type != "comment":
            walk(b, child)


def _call_signature(b: Builder, node: Node, scope: int) -> None:
    """What is called without a name is a member called `()`."""
    row: dict[str, Any] = {}
    functions.body_of(b, node, row, "<call>", scope, -1, -1)
    if node.type == "call_signature":
        notes = tuple(b.binds[n][5] for n in row["parameters"])
        bind = b.bind(f.ASSIGN, -1, -1, b.expr(f.CALLABLE, -1, -1, (row["returns"], *notes)), scope=scope)
        b.binds[bind][1] = b.name("()")


def index_signature(b: Builder, node: Node) -> None:
    """`[key: string]: T`, or the `[K in keyof T]: U` of a mapped type."""
    before = b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
    for child in nodes(node):
        if child.type == "mapped_type_clause":
            mapped(b, child)
        elif child.type != "identifier":
            walk(b, child)
    b.close_scope(before)


def alias(b: Builder, node: Node, around: Node | None = None) -> None:
    """`type Name<T> = ...`; an object type's members are members of `Name`."""
    name, value = field(node, "name"), field(node, "value")
    whole = around if around is not None else node
    if name is None or value is None:
        each(b, node)
        return
    row = functions.define(b, b.use(name, f.STORE, b.scope), node, "type", start=b.start(whole))
    row["doc"], before = doc(b, whole), b.scope
    generic = field(node, "type_parameters")
    if generic is not None:
        b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
        functions.type_parameters(b, generic)
    if value.type == "object_type":
        row["returns"] = object_type(b, value, b.text(name))
    else:
        row["returns"] = walk(b, value)
    b.close_scope(before)


def enum(b: Builder, node: Node, around: Node | None = None) -> None:
    name, body = field(node, "name"), field(node, "body")
    whole = around if around is not None else node
    if name is None:
        each(b, node)
        return
    row = functions.define(b, b.use(name, f.STORE, b.scope), node, "enum", start=b.start(whole))
    row["doc"] = doc(b, whole)
    before = b.open_scope(f.CLASS_SCOPE, b.text(name), b.start(node), b.end(node), len(b.defs) - 1)
    scope = row["inner"] = b.scope
    first, names = len(b.uses), set[int]()
    for child in nodes(body) if body is not None else ():
        is_assigned = child.type == "enum_assignment"
        use = key(b, field(child, "name") if is_assigned else child, scope)
        value = field(child, "value") if is_assigned else None
        shape = walk(b, value) if value is not None else -1
        if use >= 0:
            names.add(b.uses[use][2])
            b.bind(f.ASSIGN, use, shape, scope=scope)
    _bare_members(b, first, names, scope)
    b.close_scope(before)


def _bare_members(b: Builder, first: int, names: set[int], scope: int) -> None:
    """Inside an enum its members are seen by their bare names."""
    for use in b.uses[first:]:
        if use[4] == f.LOAD and use[2] in names:
            use[4], use[5] = f.ATTRIBUTE, b.expr(f.CLASS, -1, scope)
            for row in b.exprs:
                if row[0] == f.NAME and b.uses[row[1]] is use:
                    row[:] = [f.ATTR, use[5], row[1], ()]


# ---------------------------------------------------------------- object literals


def literal(b: Builder, node: Node, expected: int = -1, label: str = "") -> int:
    """Note an object literal; its properties are members of a scope called `label`."""
    from familiar_codegraph.languages.javascript.expressions import value as walk_value

    before = b.open_scope(f.OBJECT_SCOPE, label or "<object>", b.start(node), b.end(node))
    scope, spread = b.scope, list[int]()
    for child in node.named_children:
        kind = child.type
        if kind == "pair":
            _pair(b, child, scope, expected)
        elif kind == "method_definition":
            method(b, child, scope, expected=expected)
        elif kind in ("shorthand_property_identifier", "object_assignment_pattern"):
            inner = field(child, "left") or child
            use = key(b, inner, scope, expected)
            if use >= 0:
                b.bind(f.ASSIGN, use, b.expr(f.NAME, b.use(inner, f.LOAD)), scope=scope)
        elif kind == "spread_element":
            spread += [walk_value(b, c, expected) for c in nodes(child)]
        elif kind != "comment":
            walk(b, child)
    b.close_scope(before)
    return b.expr(f.OBJECT, -1, scope, tuple(spread))


def _pair(b: Builder, node: Node, scope: int, expected: int) -> None:
    from familiar_codegraph.languages.javascript.expressions import value as walk_value

    name, value = field(node, "key"), field(node, "value")
    use = key(b, name, scope, expected)
    shape = b.expr(f.ATTR, expected, use) if expected >= 0 and use >= 0 else -1
    if value is None:
        return
    if use >= 0 and value.type in functions.LITERALS:
        owner = scope if value.type != "arrow_function" else -1
        functions.named(b, use, value, around=node, owner=owner, expected=shape, scope=scope)
        return
    inner = walk_value(b, value, shape, name_of(b, use) if use >= 0 else "")
    if use >= 0:
        b.bind(f.ASSIGN, use, inner, scope=scope)
