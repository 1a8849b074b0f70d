"""Walks expressions: notes every occurrence, and the shape of what can be inferred from."""

import re
from collections.abc import Callable

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import MAX_DEPTH, Builder
from familiar_codegraph.languages.python.grammar import parser

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_WORD = re.compile(r"[^\W\d]\w*")
_SKIPPED = frozenset({"comment", "line_continuation", "string_start", "string_end", "escape_sequence"})
_GETATTR = frozenset({"getattr", "setattr", "hasattr", "delattr", "object"})
_PATHS = frozenset(
    {"patch", "import_module", "import_string", "resolve_name", "setattr", "delattr", "multiple", "dict"}
)
_FIXTURES = {"usefixtures": f.FIXTURE, "getfixturevalue": f.FIXTURE, "parametrize": f.ARGUMENT}


def expression(b: Builder, node: Node) -> int:
    """Note `node` and everything in it; return its shape, -1 when its value is not followed."""
    kind = node.type
    if kind == "identifier":  # the most frequent by far
        return b.expr(f.NAME, b.use(node, f.LOAD))
    handler = _HANDLERS.get(kind)
    if handler is None and not node.named_child_count:
        return -1
    if b.depth > MAX_DEPTH:
        b.problems.append(f.Problem(b.start(node), b.end(node), f"nested deeper than {MAX_DEPTH} levels"))
        return -1
    b.depth += 1
    try:
        return handler(b, node) if handler else _unknown(b, node)
    finally:
        b.depth -= 1


def _unknown(b: Builder, node: Node) -> int:
    for child in node.named_children:
        expression(b, child)
    return -1


def annotation(b: Builder, node: Node | None) -> int:
    """Note a type expression; a string in it is read as the code that it holds."""
    if node is None:
        return -1
    before, b.in_annotation = b.in_annotation, True
    try:
        return expression(b, node)
    finally:
        b.in_annotation = before


def _value(b: Builder, node: Node) -> int:
    """Note something inside a type expression that is a value (an argument of Literal, a default)."""
    before, b.in_annotation = b.in_annotation, False
    try:
        return expression(b, node)
    finally:
        b.in_annotation = before


def _identifier(b: Builder, node: Node) -> int:
    return b.expr(f.NAME, b.use(node, f.LOAD))


def _attribute(b: Builder, node: Node) -> int:
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    base = expression(b, owner) if owner else -1
    if name is None:
        return -1
    return b.expr(f.ATTR, base, b.use(name, f.ATTRIBUTE, base))


def _member_type(b: Builder, node: Node) -> int:
    children = node.named_children
    base = expression(b, children[0])
    return b.expr(f.ATTR, base, b.use(children[-1], f.ATTRIBUTE, base)) if len(children) > 1 else base


def _first(b: Builder, node: Node) -> int:
    found = -1
    for child in node.named_children:
        if child.type not in _SKIPPED:
            inner = expression(b, child)
            found = inner if found < 0 else found
    return found


def _constant(kind: str) -> Callable[[Builder, Node], int]:
    index = f.CONST_TYPES.index(kind)
    return lambda b, node: b.expr(f.CONST, -1, index)


def _string(b: Builder, node: Node) -> int:
    return string(b, node)


def string(b: Builder, node: Node, kind: int = f.PLAIN, receiver: int = -1) -> int:
    """Note a string: its interpolations, the code that it names, or (in annotations) the type that it spells."""
    children = node.named_children
    content = None
    for child in children:
        if child.type == "interpolation":
            _interpolation(b, child)
            content = None
        elif child.type == "string_content":
            content = child
    plain = content is not None and len(children) == 3 and not content.named_child_count
    prefix = b.text(children[0]).lower() if children else ""
    const = f.CONST_TYPES.index("bytes" if "b" in prefix else "str")
    if content is None or not plain or "b" in prefix:
        return b.expr(f.CONST, -1, const)
    if b.in_annotation:
        return _quoted_type(b, content)
    text = b.text(content)
    if kind == f.ARGUMENT and "," in text:
        row = _string_row(b, text, kind, receiver, b.start(content))
        for number, match in enumerate(_WORD.finditer(text)):
            _segment(b, content, text, match, row, number)
        return b.expr(f.CONST, row, const)
    if len(text) > 200 or not _DOTTED.match(text):
        return b.expr(f.CONST, -1, const)
    row = _string_row(b, text, kind, receiver, b.start(content))
    for number, match in enumerate(_WORD.finditer(text)):
        _segment(b, content, text, match, row, number)
    return b.expr(f.CONST, row, const)


def _string_row(b: Builder, text: str, kind: int, receiver: int, start: int) -> int:
    b.strings.append(f.StringName(text, kind, receiver, b.scope, start))
    return len(b.strings) - 1


def _segment(b: Builder, content: Node, text: str, match: re.Match[str], row: int, number: int) -> None:
    start = b.start(content) + len(text[: match.start()].encode())
    b.use_at(start, start + len(match[0].encode()), match[0], f.STRING, row, number)


def _quoted_type(b: Builder, content: Node) -> int:
    start, source = b.start(content), b.data[b.start(content) : b.end(content)]
    tree = parser().parse(b"(" + source + b")")
    if tree.root_node.has_error:
        return -1
    before, b.shift = b.shift, start - 1
    try:
        return _first(b, tree.root_node)
    finally:
        b.shift = before


def _concatenated(b: Builder, node: Node) -> int:
    for child in node.named_children:
        if child.type == "string":
            for part in child.named_children:
                if part.type == "interpolation":
                    _interpolation(b, part)
    return b.expr(f.CONST, -1, 0)


def _interpolation(b: Builder, node: Node) -> None:
    _unknown(b, node)


def dotted(b: Builder, node: Node | None) -> str:
    """Return `a.b.c` when `node` is only names and attributes, else an empty string."""
    parts: list[str] = []
    while node is not None and node.type == "attribute":
        name = node.child_by_field_name("attribute")
        if name is None:
            return ""
        parts.append(b.text(name))
        node = node.child_by_field_name("object")
    if node is None or node.type != "identifier":
        return ""
    parts.append(b.text(node))
    return ".".join(reversed(parts))


def _call(b: Builder, node: Node) -> int:
    callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None:
        return _unknown(b, node)
    index = b.expr(f.CALL)
    function = expression(b, callee)
    if function >= 0 and b.exprs[function][0] in (f.NAME, f.ATTR):
        b.uses[b.exprs[function][1 if b.exprs[function][0] == f.NAME else 2]][6] = 1
    b.exprs[index][1] = function
    name = dotted(b, callee)
    if arguments is None or arguments.type != "argument_list":
        items: tuple[int, ...] = (expression(b, arguments),) if arguments else ()
    else:
        items = _arguments(b, arguments, index, name)
    b.exprs[index][3] = items
    if name == "isinstance" and arguments is not None and len(items) == 2:
        key = dotted(b, arguments.named_children[0])
        if key and items[1] >= 0:
            b.isinstance_calls[b.start(node), b.end(node)] = key, items[1]
    if name == "super" and not items:
        b.exprs[index][:] = [f.SUPER, _method_scope(b), -1, ()]
    if name in ("globals", "locals", "vars", "eval", "exec"):
        b.dynamic.append(f"{name}()")
    return index


def _method_scope(b: Builder) -> int:
    scope = b.scope
    while scope >= 0 and scope not in b.self_names:
        scope = b.scopes[scope][1]
    return scope


def _arguments(b: Builder, node: Node, call: int, callee: str) -> tuple[int, ...]:
    items: list[int] = []
    last = callee.rpartition(".")[2]
    for child in node.named_children:
        if child.type == "comment":
            continue
        if child.type == "keyword_argument":
            keyword(b, child, call)
        elif child.type in ("list_splat", "dictionary_splat"):
            stars = 1 if child.type == "list_splat" else 2
            unpacked = expression(b, child.named_children[0]) if child.named_children else -1
            items.append(b.expr(f.STARRED, unpacked, stars))
        elif child.type == "string" and not b.in_annotation:
            items.append(_string_argument(b, child, last, callee, items))
        elif child.type in ("list", "tuple") and last == "parametrize" and not items:
            for inner in child.named_children:
                if inner.type == "string":
                    string(b, inner, f.ARGUMENT)
                else:
                    expression(b, inner)
            items.append(-1)
        else:
            items.append(expression(b, child))
    return tuple(items)


def _string_argument(b: Builder, node: Node, last: str, callee: str, before: list[int]) -> int:
    if len(before) == 1 and last in _GETATTR:
        return string(b, node, f.GETATTR, before[0])
    if last in ("attrgetter", "methodcaller"):
        return string(b, node, f.GETATTR)
    if not before and last in _PATHS:
        return string(b, node, f.PATH)
    if last in _FIXTURES and (last != "parametrize" or not before):
        return string(b, node, _FIXTURES[last])
    if not before and callee in ("cast", "typing.cast", "t.cast"):
        return annotation(b, node)
    return string(b, node)


def keyword(b: Builder, node: Node, call: int) -> int:
    """Note `name=value`; return the value's shape."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    use = b.use(name, f.KEYWORD, call) if name is not None else -1
    shape = expression(b, value) if value is not None else -1
    if use >= 0:
        b.uses[use][6] = shape + 1
    return shape


def _subscript(b: Builder, node: Node) -> int:
    children = [c for c in node.named_children if c.type != "comment"]
    base = expression(b, children[0])
    name = dotted(b, children[0]).rpartition(".")[2] if b.in_annotation else ""
    items: list[int] = []
    for child in children[1:]:
        parts = child.named_children if child.type == "type_parameter" else [child]
        for number, part in enumerate(parts):
            value = name == "Literal" or (name == "Annotated" and (number or items))
            items.append(_value(b, part) if value else expression(b, part))
    return b.expr(f.SUBSCRIPT, base, -1, tuple(items))


def _display(kind: str) -> Callable[[Builder, Node], int]:
    index = f.DISPLAY_TYPES.index(kind)

    def walk(b: Builder, node: Node) -> int:
        items = [expression(b, c) for c in node.named_children if c.type != "comment"]
        if len(items) > 16:  # a table of data: one shape of each kind says the same
            seen: dict[tuple[int, int], int] = {}
            for item in items:
                key = (b.exprs[item][0], b.exprs[item][2]) if item >= 0 else (-1, -1)
                seen.setdefault(key if key[0] in (-1, f.CONST) else (-2, item), item)
            items = list(seen.values()) + [-1] * (index == 1)
        return b.expr(f.DISPLAY, -1, index, tuple(items))

    return walk


def _pair(b: Builder, node: Node) -> int:
    key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
    if key is not None:
        expression(b, key)
    return expression(b, value) if value is not None else -1


def _alternatives(b: Builder, node: Node) -> int:
    """`a or b`, `a and b`: one of both. Chains are flattened, so that their length costs no depth."""
    if node.type == "union_type":
        return b.expr(f.ALTERNATIVES, -1, -1, tuple(expression(b, c) for c in node.named_children))
    parts, node_type = [node], node.type
    while (left := parts[-1].child_by_field_name("left")) is not None and left.type == node_type:
        parts.append(left)
    items: list[int] = []
    if left is not None:
        items.append(expression(b, left))
    for part in reversed(parts):
        right = part.child_by_field_name("right")
        if right is None:
            continue
        before = part.child_by_field_name("left")
        operator = part.child_by_field_name("operator")
        if before is not None and operator is not None and operator.type == "and":
            narrow(b, before, b.start(right), b.end(right))
        items.append(expression(b, right))
    return b.expr(f.ALTERNATIVES, -1, -1, tuple(items))


def _binary(b: Builder, node: Node) -> int:
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type == "|":
        return _alternatives(b, node)
    spine = [node]
    while (left := spine[-1].child_by_field_name("left")) is not None and left.type == "binary_operator":
        spine.append(left)
    first = expression(b, left) if left is not None else -1
    for part in reversed(spine):
        right = part.child_by_field_name("right")
        if right is not None:
            expression(b, right)
    formatted = first >= 0 and b.exprs[first][0] == f.CONST and b.exprs[first][2] in (0, 1)
    return b.expr(f.CONST, -1, b.exprs[first][2]) if formatted else -1


def _compare(b: Builder, node: Node) -> int:
    _unknown(b, node)
    return b.expr(f.CONST, -1, f.CONST_TYPES.index("bool"))


def _conditional(b: Builder, node: Node) -> int:
    parts = [c for c in node.named_children if c.type != "comment"]
    if len(parts) != 3:
        return _unknown(b, node)
    expression(b, parts[1])
    narrow(b, parts[1], b.start(parts[0]), b.end(parts[0]))
    narrow(b, parts[1], b.start(parts[2]), b.end(parts[2]), negative=True)
    return b.expr(f.ALTERNATIVES, -1, -1, (expression(b, parts[0]), expression(b, parts[2])))


def narrow(b: Builder, condition: Node, start: int, end: int, *, negative: bool = False) -> None:
    """Note which names are known to be instances from `start` to `end` when `condition` holds (or does not)."""
    while condition.type == "parenthesized_expression" and condition.named_child_count == 1:
        condition = condition.named_children[0]
    if condition.type == "not_operator":
        inner = condition.child_by_field_name("argument")
        if inner is not None:
            narrow(b, inner, start, end, negative=not negative)
    elif condition.type == "boolean_operator":
        operator = condition.child_by_field_name("operator")
        if operator is not None and operator.type == ("or" if negative else "and"):
            for side in ("left", "right"):
                part = condition.child_by_field_name(side)
                if part is not None:
                    narrow(b, part, start, end, negative=negative)
    elif not negative:
        found = b.isinstance_calls.get((b.start(condition), b.end(condition)))
        if found:
            b.narrows.append(f.Narrow(b.scope, found[0], start, end, found[1]))


def _await(b: Builder, node: Node) -> int:
    return b.expr(f.AWAIT, _first(b, node))


def _yield(b: Builder, node: Node) -> int:
    shape = _first(b, node)
    if b.functions and b.scopes[b.scope][0] != f.LAMBDA_SCOPE:
        row = b.functions[-1]
        row["is_generator"] = True
        delegated = any(c.type == "from" for c in node.children)
        row["yielded"].append(b.expr(f.ITERATE, shape, 0) if delegated else shape)
    return -1


def _slice(b: Builder, node: Node) -> int:
    _unknown(b, node)
    return b.expr(f.CONST, -1, f.CONST_TYPES.index("ellipsis"))


def _walrus(b: Builder, node: Node) -> int:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    shape = expression(b, value) if value is not None else -1
    if name is not None:
        scope = b.walrus_scope()
        b.bind(f.ASSIGN, b.use(name, f.STORE, scope), shape, scope=scope)
    return shape


def _comprehension(kind: str) -> Callable[[Builder, Node], int]:
    index = f.DISPLAY_TYPES.index(kind)

    def walk(b: Builder, node: Node) -> int:
        body, clauses = node.child_by_field_name("body"), [c for c in node.named_children if c.type != "comment"]
        first = next((c for c in clauses if c.type == "for_in_clause"), None)
        source = first.child_by_field_name("right") if first is not None else None
        iterated = expression(b, source) if source is not None else -1
        before = b.open_scope(f.COMPREHENSION_SCOPE, "<comprehension>", b.start(node), b.end(node))
        block, b.block_end = b.block_end, b.end(node)
        for clause in clauses:
            if clause.type == "for_in_clause":
                _clause(b, clause, iterated if clause == first else None)
            elif clause.type == "if_clause":
                _unknown(b, clause)
                if clause.named_children and body is not None:
                    narrow(b, clause.named_children[0], b.start(body), b.end(body))
        element = expression(b, body) if body is not None else -1
        b.block_end = block
        b.close_scope(before)
        return b.expr(f.DISPLAY, -1, index, (element,))

    return walk


def _clause(b: Builder, clause: Node, iterated: int | None) -> None:
    left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
    if iterated is None:
        iterated = expression(b, right) if right is not None else -1
    is_async = any(c.type == "async" for c in clause.children)
    if left is not None:
        target(b, left, b.expr(f.ITERATE, iterated, int(is_async)))


def _lambda(b: Builder, node: Node) -> int:
    from familiar_codegraph.languages.python.definitions import parameters

    inner, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    defaults = {}
    if inner is not None:
        for child in inner.named_children:
            value = child.child_by_field_name("value")
            if value is not None:
                defaults[value.start_byte] = expression(b, value)
    before = b.open_scope(f.LAMBDA_SCOPE, "<lambda>", b.start(node), b.end(node))
    block, b.block_end = b.block_end, b.end(node)
    scope = b.scope
    if inner is not None:
        parameters(b, inner, {}, defaults)
    shape = expression(b, body) if body is not None else -1
    b.block_end = block
    b.close_scope(before)
    return b.expr(f.LAMBDA, scope, shape)


def target(
    b: Builder, node: Node, value: int, note: int = -1, *, kind: int = f.ASSIGN, block_end: int | None = None
) -> None:
    """Note what an assignment, `for`, `with`, `del` or a comprehension binds; `value` is the shape assigned."""
    kind_of = node.type
    if kind_of == "identifier":
        b.bind(kind, b.use(node, f.STORE), value, note, block_end=block_end)
    elif kind_of == "attribute":
        _attribute_target(b, node, value, note, kind)
    elif kind_of in ("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"):
        _unpack(b, node, value, kind, block_end)
    elif kind_of in ("list_splat_pattern", "list_splat"):
        for child in node.named_children:
            target(b, child, b.expr(f.DISPLAY, -1, 0, (-1,)), kind=kind, block_end=block_end)
    elif kind_of in ("as_pattern_target", "parenthesized_expression"):
        for child in node.named_children:
            target(b, child, value, kind=kind, block_end=block_end)
    else:
        expression(b, node)


def _unpack(b: Builder, node: Node, value: int, kind: int, block_end: int | None) -> None:
    children = [c for c in node.named_children if c.type != "comment"]
    known = b.exprs[value] if value >= 0 else None
    starred = any(c.type in ("list_splat_pattern", "list_splat") for c in children)
    exact = known is not None and known[0] == f.DISPLAY and known[2] in (0, 1) and len(known[3]) == len(children)
    for number, child in enumerate(children):
        if kind == f.DELETE:
            inner = -1
        elif exact and not starred and known is not None:
            inner = known[3][number]
        else:
            inner = b.expr(f.ITEM, value, -1 if starred else number) if value >= 0 else -1
        target(b, child, inner, kind=kind, block_end=block_end)


def _attribute_target(b: Builder, node: Node, value: int, note: int, kind: int) -> None:
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
    base = expression(b, owner) if owner is not None else -1
    if name is None:
        return
    use = b.use(name, f.ATTRIBUTE_STORE, base)
    owner_class = b.class_of_self(b.text(owner)) if owner is not None and owner.type == "identifier" else -1
    if owner_class >= 0 and kind != f.DELETE:
        b.bind(f.MEMBER, use, -1 if kind == f.AUGMENT else value, note, b.scope, scope=owner_class)


_HANDLERS: dict[str, Callable[[Builder, Node], int]] = {
    "identifier": _identifier,
    "attribute": _attribute,
    "member_type": _member_type,
    "call": _call,
    "subscript": _subscript,
    "generic_type": _subscript,
    "type": _first,
    "expression_statement": _first,
    "parenthesized_expression": _first,
    "string": _string,
    "concatenated_string": _concatenated,
    "integer": _constant("int"),
    "float": _constant("float"),
    "true": _constant("bool"),
    "false": _constant("bool"),
    "none": _constant("None"),
    "ellipsis": _constant("ellipsis"),
    "list": _display("list"),
    "tuple": _display("tuple"),
    "expression_list": _display("tuple"),
    "set": _display("set"),
    "dictionary": _display("dict"),
    "pair": _pair,
    "boolean_operator": _alternatives,
    "union_type": _alternatives,
    "binary_operator": _binary,
    "comparison_operator": _compare,
    "not_operator": _compare,
    "conditional_expression": _conditional,
    "await": _await,
    "yield": _yield,
    "slice": _slice,
    "named_expression": _walrus,
    "list_comprehension": _comprehension("list"),
    "set_comprehension": _comprehension("set"),
    "dictionary_comprehension": _comprehension("dict"),
    "generator_expression": _comprehension("generator"),
    "lambda": _lambda,
}
