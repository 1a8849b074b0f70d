"""Expressions: every occurrence, and the shape of what can be inferred from."""

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript import functions, members, modules, suites
from familiar_codegraph.languages.javascript.patterns import assign
from familiar_codegraph.languages.javascript.types import type_arguments
from familiar_codegraph.languages.javascript.walk import (
    FLAG,
    NOTHING,
    NUMBER,
    OTHER,
    PATTERN,
    TEXT,
    dotted,
    each,
    field,
    first,
    literal,
    nodes,
    string,
    this_shape,
    walk,
)

_NAMES = frozenset({"property_identifier", "private_property_identifier"})
_CLASSES = frozenset({"class", "class_declaration"})


def value(b: Builder, node: Node, expected: int = -1, label: str = "") -> int:
    """Note an expression of which is known what type it should have (the shape `expected`), and whose name it gets."""
    kind = node.type
    if kind in functions.LITERALS:
        return functions.literal(b, node, expected, label)
    if kind == "object":
        return members.literal(b, node, expected, label)
    if kind in _CLASSES:
        own = field(node, "name")
        return b.expr(f.CLASS, -1, members.klass(b, node, -1, b.text(own) if own is not None else label or "<class>"))
    if kind == "parenthesized_expression":
        children = nodes(node)
        return value(b, children[0], expected, label) if len(children) == 1 else first(b, node)
    if kind == "array" and expected >= 0:
        return _array(b, node, b.expr(f.EACH, expected))
    if kind == "ternary_expression" and expected >= 0:
        return _ternary(b, node, expected)
    return walk(b, node)


def _value(b: Builder, node: Node) -> int:
    return value(b, node)


def _member(b: Builder, node: Node) -> int:
    owner, name = field(node, "object"), field(node, "property")
    base = walk(b, owner) if owner is not None else -1
    if name is None or name.type not in _NAMES:
        return -1
    if base >= 0 and b.exprs[base][0] == f.LATER and b.text(name) not in _OF_PROMISES:
        return _of_module(b, node, name, b.exprs[base][1])
    return b.expr(f.ATTR, base, b.use(name, f.ATTRIBUTE, base))


def _of_module(b: Builder, node: Node, name: Node, module: int) -> int:
    """`import("./cart").Cart` as a type, or behind `typeof`: a member of the module, not of the promise of it."""
    shape = b.expr(f.ATTR, module, b.use(name, f.ATTRIBUTE, module))
    is_value = node.parent is not None and node.parent.type in ("type_query", "member_expression")
    return shape if is_value else b.expr(f.TYPE, shape)


_OF_PROMISES = frozenset({"then", "catch", "finally"})


def _subscript(b: Builder, node: Node) -> int:
    owner, index = field(node, "object"), field(node, "index")
    base = walk(b, owner) if owner is not None else -1
    inside = index.named_children if index is not None and index.type == "string" else ()
    if len(inside) == 1 and inside[0].type == "string_fragment" and b.text(inside[0]).isidentifier():
        return b.expr(f.ATTR, base, b.use(inside[0], f.ATTRIBUTE, base))
    if index is not None:
        walk(b, index)
    return b.expr(f.ELEMENT, base)


# ---------------------------------------------------------------- calls


def _call(b: Builder, node: Node) -> int:
    callee, arguments = field(node, "function"), field(node, "arguments")
    if callee is None:
        return each(b, node)
    name = b.text(callee) if callee.type in ("identifier", "import") else ""
    if name in ("require", "import") and arguments is not None:
        found = modules.loaded(b, node, arguments, name == "import")
        if found is not None:
            return found
    if arguments is not None and suites.is_suite(b, callee, arguments):
        return suites.suite(b, callee, arguments)
    modules.mocked(b, callee, arguments)
    index = b.expr(f.CALL)
    b.exprs[index][1] = function = walk(b, callee)
    mark_called(b, function)
    type_arguments(b, field(node, "type_arguments"))
    if arguments is not None and arguments.type == "arguments":
        b.exprs[index][3] = call_arguments(b, arguments, index)
    elif arguments is not None:
        walk(b, arguments)
    return index


def mark_called(b: Builder, shape: int) -> None:
    if shape >= 0 and b.exprs[shape][0] in (f.NAME, f.ATTR):
        b.uses[b.exprs[shape][1 if b.exprs[shape][0] == f.NAME else 2]][6] = 1


def call_arguments(b: Builder, node: Node, call: int) -> tuple[int, ...]:
    items: list[int] = []
    for child in node.named_children:
        kind = child.type
        if kind == "comment":
            continue
        if kind in functions.LITERALS or kind in ("object", "array"):
            items.append(value(b, child, b.expr(f.TAKES, call, len(items))))
        else:
            items.append(walk(b, child))
    return tuple(items)


def _new(b: Builder, node: Node) -> int:
    callee, arguments = field(node, "constructor"), field(node, "arguments")
    index = b.expr(f.NEW)
    b.exprs[index][1] = function = walk(b, callee) if callee is not None else -1
    mark_called(b, function)
    given = type_arguments(b, field(node, "type_arguments"))
    kinds = b.expr(f.TUPLE, -1, -1, given) if given else -1
    b.exprs[index][3] = (kinds, *(call_arguments(b, arguments, index) if arguments is not None else ()))
    return index


# ---------------------------------------------------------------- operators


def _binary(b: Builder, node: Node) -> int:
    """Chains stand nested to the left: flattened, so that their length costs no depth."""
    operator = field(node, "operator")
    sign = operator.type if operator is not None else ""
    spine = [node]
    while (left := field(spine[-1], "left")) is not None and left.type == "binary_expression":
        if (inner := field(left, "operator")) is None or inner.type != sign:
            break
        spine.append(left)
    found = [walk(b, left)] if left is not None else []
    for part in reversed(spine):
        right, before = field(part, "right"), field(part, "left")
        if right is None:
            continue
        if sign == "&&" and before is not None:
            narrow(b, before, b.start(right), b.end(right))
        found.append(walk(b, right))
    if sign in ("||", "??"):
        return b.expr(f.ALTERNATIVES, -1, -1, tuple(found))
    if sign == "&&":
        return found[-1]
    return b.expr(f.LITERAL, -1, FLAG if sign in _TESTS else TEXT if sign == "+" else NUMBER)


_TESTS = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "instanceof"})


def _ternary(b: Builder, node: Node, expected: int = -1) -> int:
    condition, yes, no = field(node, "condition"), field(node, "consequence"), field(node, "alternative")
    if condition is None or yes is None or no is None:
        return each(b, node)
    walk(b, condition)
    narrow(b, condition, b.start(yes), b.end(yes))
    narrow(b, condition, b.start(no), b.end(no), negative=True)
    return b.expr(f.ALTERNATIVES, -1, -1, (value(b, yes, expected), value(b, no, expected)))


def _choice(b: Builder, node: Node) -> int:
    return _ternary(b, node)


def narrow(b: Builder, condition: Node, start: int, end: int, *, negative: bool = False) -> None:
    """Note which names are known to be instances from `start` to `end` when `condition` holds (or does not)."""
    while condition.type == "parenthesized_expression" and len(nodes(condition)) == 1:
        condition = nodes(condition)[0]
    if condition.type == "unary_expression":
        operator, inner = field(condition, "operator"), field(condition, "argument")
        if operator is not None and operator.type == "!" and inner is not None:
            narrow(b, inner, start, end, negative=not negative)
        return
    if condition.type == "call_expression" and not negative:
        _guarded(b, condition, start, end)
    if condition.type != "binary_expression":
        return
    operator, left, right = field(condition, "operator"), field(condition, "left"), field(condition, "right")
    if operator is None or left is None or right is None:
        return
    if operator.type == ("||" if negative else "&&"):
        narrow(b, left, start, end, negative=negative)
        narrow(b, right, start, end, negative=negative)
    elif operator.type == "instanceof" and not negative:
        key = dotted(b, left)
        shape = _noted(b, right)
        if key and shape >= 0:
            b.narrows.append(f.Narrow(b.scope, key, start, end, shape))


def _guarded(b: Builder, call: Node, start: int, end: int) -> None:
    """`isShape(x)`: what the function's return type says of its first argument."""
    callee, arguments = field(call, "function"), field(call, "arguments")
    given = nodes(arguments) if arguments is not None and arguments.type == "arguments" else []
    key = dotted(b, given[0]) if given else ""
    test = _noted(b, callee) if key and callee is not None else -1
    if test >= 0:
        b.narrows.append(f.Narrow(b.scope, key, start, end, b.expr(f.GUARD, test)))


def _noted(b: Builder, node: Node) -> int:
    """Return the shape of a name that the walk has passed already."""
    where = b.start(node), b.end(node)
    if node.type == "identifier":
        for number in range(len(b.exprs) - 1, -1, -1):
            row = b.exprs[number]
            if row[0] == f.NAME and (b.uses[row[1]][0], b.uses[row[1]][1]) == where:
                return number
    return -1


def _assignment(b: Builder, node: Node) -> int:
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None:
        return each(b, node)
    label = b.text(field(left, "property") or left) if left.type in ("identifier", "member_expression") else ""
    shape = value(b, right, -1, label if label.isidentifier() else "")
    if left.type == "array_pattern" and right.type == "array":
        shape = b.expr(f.ARRAY, -1, -1, b.exprs[shape][3]) if shape >= 0 else -1
    assign(b, left, shape)
    return shape


def _augmented(b: Builder, node: Node) -> int:
    """`a += 1`, `a ||= b`: only the logical ones may give an object."""
    left, right, operator = field(node, "left"), field(node, "right"), field(node, "operator")
    shape = value(b, right) if right is not None else -1
    is_logical = operator is not None and operator.type in ("||=", "&&=", "??=")
    if left is not None and is_logical:
        assign(b, left, shape)
    elif left is not None:
        _changed(b, left)
    return -1


def _update(b: Builder, node: Node) -> int:
    argument = field(node, "argument")
    if argument is not None:
        _changed(b, argument)
    return b.expr(f.LITERAL, -1, NUMBER)


def _changed(b: Builder, node: Node) -> None:
    """What `++` and `+=` write to stays what it was."""
    if node.type == "identifier":
        b.free.add(b.bind(f.AUGMENT, b.use(node, f.STORE)))
    elif node.type == "member_expression" and (name := field(node, "property")) is not None:
        base = walk(b, nodes(node)[0])
        b.use(name, f.ATTRIBUTE_STORE, base)
    else:
        walk(b, node)


def _unary(b: Builder, node: Node) -> int:
    operator = field(node, "operator")
    each(b, node)
    sign = operator.type if operator is not None else ""
    kind = {"!": FLAG, "delete": FLAG, "typeof": TEXT, "void": NOTHING}.get(sign, NUMBER)
    return b.expr(f.LITERAL, -1, kind)


def _array(b: Builder, node: Node, expected: int = -1) -> int:
    items = []
    for child in nodes(node):
        if child.type == "spread_element":
            items.append(b.expr(f.EACH, first(b, child)))
        else:
            items.append(value(b, child, expected))
    if len(items) > 16:  # a table of data: one shape of each kind says the same
        seen: dict[tuple[int, int], int] = {}
        for item in items:
            row = b.exprs[item] if item >= 0 else [-1, -1, -1]
            seen.setdefault((-1, row[2]) if row[0] == f.LITERAL else (item, 0), item)
        items = list(seen.values())
    return b.expr(f.ARRAY, -1, -1, tuple(items))


def _plain_array(b: Builder, node: Node) -> int:
    return _array(b, node)


def _await(b: Builder, node: Node) -> int:
    inner = first(b, node)
    return b.expr(f.WAIT, inner) if inner >= 0 else -1


def _yield(b: Builder, node: Node) -> int:
    shape = first(b, node)
    if b.functions and b.functions[-1].get("is_generator"):
        delegated = any(c.type == "*" for c in node.children)
        b.functions[-1]["yielded"].append(b.expr(f.EACH, shape) if delegated else shape)
    return -1


def _cast(b: Builder, node: Node) -> int:
    """`x as T`, `x satisfies T`, `<T>x`."""
    children = nodes(node)
    if node.type == "type_assertion":
        kinds = type_arguments(b, children[0]) if children else ()
        for child in children[1:]:
            walk(b, child)
        return kinds[0] if kinds else -1
    if len(children) < 2:  # as const
        return value(b, children[0]) if children else -1
    shape = walk(b, children[1])
    inner = value(b, children[0], shape)
    return inner if node.type == "satisfies_expression" else shape


def _template(b: Builder, node: Node) -> int:
    each(b, node)
    return b.expr(f.LITERAL, -1, TEXT)


def _sequence(b: Builder, node: Node) -> int:
    shape = -1
    for child in nodes(node):
        shape = walk(b, child)
    return shape


def _this(b: Builder, node: Node) -> int:
    return this_shape(b)


def _super(b: Builder, node: Node) -> int:
    return b.expr(f.SUPER, b.scope)


# ---------------------------------------------------------------- JSX


def _element(b: Builder, node: Node) -> int:
    """`<Name a={1}>`: an element of a component reads the component, and names what it takes."""
    name, component = field(node, "name"), -1
    if name is not None:
        component = _component(b, name)
    mark_called(b, component)
    type_arguments(b, field(node, "type_arguments"))
    for child in node.named_children:
        if child.type == "jsx_attribute":
            _attribute(b, child, component)
        elif child.type in ("jsx_expression", "spread_element"):
            walk(b, child)
    return -1


def _component(b: Builder, name: Node) -> int:
    if name.type == "identifier" and not b.data[b.start(name) : b.start(name) + 1].islower():
        return walk(b, name)
    if name.type == "member_expression":
        return walk(b, name)
    return -1


def _attribute(b: Builder, node: Node, component: int) -> None:
    children = nodes(node)
    expected = -1
    if component >= 0 and children and children[0].type == "property_identifier":
        props = b.expr(f.PROPS, component)
        expected = b.expr(f.ATTR, props, b.use(children[0], f.ATTRIBUTE_STORE, props))
    for child in children[1:]:
        inner = nodes(child) if child.type == "jsx_expression" else [child]
        for part in inner:
            value(b, part, expected)


def _closing(b: Builder, node: Node) -> int:
    name = field(node, "name")
    if name is not None:
        _component(b, name)
    return -1


HANDLERS = {
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _new,
    "binary_expression": _binary,
    "ternary_expression": _choice,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _augmented,
    "update_expression": _update,
    "unary_expression": _unary,
    "array": _plain_array,
    "object": _value,
    "arrow_function": _value,
    "function_expression": _value,
    "generator_function": _value,
    "class": _value,
    "await_expression": _await,
    "yield_expression": _yield,
    "as_expression": _cast,
    "satisfies_expression": _cast,
    "type_assertion": _cast,
    "non_null_expression": first,
    "parenthesized_expression": _sequence,
    "sequence_expression": _sequence,
    "template_string": _template,
    "string": string,
    "number": literal(NUMBER),
    "true": literal(FLAG),
    "false": literal(FLAG),
    "null": literal(NOTHING),
    "undefined": literal(NOTHING),
    "regex": lambda b, node: b.expr(f.LITERAL, -1, PATTERN),
    "meta_property": literal(OTHER),
    "this": _this,
    "super": _super,
    "jsx_opening_element": _element,
    "jsx_self_closing_element": _element,
    "jsx_closing_element": _closing,
}
