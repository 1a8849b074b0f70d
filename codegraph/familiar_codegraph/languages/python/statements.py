"""Walks statements: imports, what binds names, bodies, and which type tests hold where."""

from collections.abc import Callable

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import MAX_DEPTH, Builder
from familiar_codegraph.languages.python.definitions import class_head, function_head, type_parameters
from familiar_codegraph.languages.python.expressions import (
    annotation,
    expression,
    narrow,
    string,
    target,
)

_ENDING = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})


def block(b: Builder, node: Node) -> None:
    """Note each statement of a suite."""
    before, b.block_end = b.block_end, b.end(node)
    for child in node.named_children:
        statement(b, child)
    b.block_end = before


def statement(b: Builder, node: Node) -> None:
    handler = _HANDLERS.get(node.type)
    if handler is None:
        expression(b, node)
        return
    if b.depth > MAX_DEPTH:
        b.problems.append(f.Problem(b.start(node), b.end(node), f"nested deeper than {MAX_DEPTH} levels"))
        return
    b.depth += 1
    try:
        handler(b, node)
    finally:
        b.depth -= 1


def _generic(b: Builder, node: Node) -> None:
    for child in node.named_children:
        if child.type == "block":
            block(b, child)
        else:
            statement(b, child)


# ---------------------------------------------------------------- assignments


def _assignment(b: Builder, node: Node) -> None:
    assign(b, node)


def assign(b: Builder, node: Node) -> int:
    """Note an assignment (chains from the right); return the shape of its value."""
    left, note, right = (node.child_by_field_name(n) for n in ("left", "type", "right"))
    name = b.text(left) if left is not None and left.type == "identifier" else ""
    if right is None:
        value = -1
    elif right.type == "assignment":
        value = assign(b, right)
    elif name in ("__all__", "__slots__", "__match_args__"):
        value = _names(b, name, right)
    elif name and _is_type(b, note):
        value = annotation(b, right)
    else:
        value = expression(b, right)
    shape = annotation(b, note)
    if left is not None:
        target(b, left, value, shape)
    return value


def _is_type(b: Builder, note: Node | None) -> bool:
    return note is not None and b.text(note).rpartition(".")[2] == "TypeAlias"


def _names(b: Builder, name: str, node: Node) -> int:
    """Note `__all__ = [...]` and its kin: each string is the name of something."""
    first = len(b.uses)
    kind = f.EXPORT if name == "__all__" else f.SLOT
    listed = node.type in ("list", "tuple", "expression_list", "set")
    for child in node.named_children if listed else [node]:
        if child.type == "string":
            string(b, child, kind)
        else:
            if kind == f.EXPORT and child.type != "comment":
                b.dynamic.append("__all__")
            expression(b, child)
    if kind == f.EXPORT:
        found = [i for i in range(first, len(b.uses)) if b.uses[i][4] == f.STRING]
        b.exports = (b.exports or []) + found
    return b.expr(f.DISPLAY, -1, 0, ())


def _augmented(b: Builder, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and left.type == "identifier" and b.text(left) == "__all__" and right is not None:
        _names(b, "__all__", right)
    elif right is not None:
        expression(b, right)
    if left is not None:
        target(b, left, -1, kind=f.AUGMENT)


def _delete(b: Builder, node: Node) -> None:
    for child in node.named_children:
        target(b, child, -1, kind=f.DELETE)


def _declare(b: Builder, node: Node) -> None:
    names = b.global_names if node.type == "global_statement" else b.nonlocal_names
    for child in node.named_children:
        if child.type == "identifier":
            use = b.use(child, f.DECLARE)
            if b.scope > 0 or node.type == "global_statement":  # there is nothing around a module
                names.add((b.scope, b.uses[use][2]))


def _type_alias(b: Builder, node: Node) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    while left is not None and left.type == "type" and left.named_child_count:
        left = left.named_children[0]
    parameters_of = None
    if left is not None and left.type == "generic_type":
        parameters_of, left = left.named_children[-1], left.named_children[0]
    before = b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node)) if parameters_of is not None else b.scope
    if parameters_of is not None:
        type_parameters(b, parameters_of)
    shape = annotation(b, right)
    b.close_scope(before)
    if left is not None:
        target(b, left, shape)


# ---------------------------------------------------------------- imports


def _segments(b: Builder, node: Node | None, row: int) -> str:
    """Note each segment of a module path; return the path."""
    if node is None:
        return ""
    parts = [c for c in node.named_children if c.type == "identifier"]
    for number, part in enumerate(parts):
        b.use(part, f.MODULE, row, number)
    return ".".join(b.text(p) for p in parts)


def _import(b: Builder, node: Node) -> None:
    for child in node.named_children:
        if child.type not in ("dotted_name", "aliased_import"):
            continue
        row = len(b.imports)
        b.imports.append([b.scope, "", 0, "", "", -1, b.start(child)])
        alias = child.child_by_field_name("alias")
        path = child.child_by_field_name("name") if child.type == "aliased_import" else child
        b.imports[row][1] = _segments(b, path, row)
        if alias is not None:
            b.imports[row][4] = b.text(alias)
            b.imports[row][5] = b.bind(f.IMPORT, b.use(alias, f.STORE), row)
        elif path is not None and path.named_children:
            first = path.named_children[0]
            use = next(i for i in range(len(b.uses) - 1, -1, -1) if b.uses[i][0] == b.start(first))
            b.imports[row][5] = b.bind(f.IMPORT, use, row)


def _import_from(b: Builder, node: Node) -> None:
    module, level, base = node.child_by_field_name("module_name"), 0, len(b.imports)
    path: Node | None = module
    if module is not None and module.type == "relative_import":
        children = module.named_children
        level = b.text(children[0]).count(".") if children else 1
        path = children[1] if len(children) > 1 else None
    name = _segments(b, path, base) if node.type != "future_import_statement" else "__future__"
    for child in node.named_children:
        if child == module or child.type not in ("dotted_name", "aliased_import", "wildcard_import"):
            continue
        _imported(b, child, name, level)
    if len(b.imports) == base:
        b.imports.append([b.scope, name, level, "", "", -1, b.start(node)])


def _imported(b: Builder, node: Node, module: str, level: int) -> None:
    row = len(b.imports)
    if node.type == "wildcard_import":
        b.imports.append([b.scope, module, level, "*", "", -1, b.start(node)])
        return
    alias = node.child_by_field_name("alias")
    name = node.child_by_field_name("name") if node.type == "aliased_import" else node
    if name is None or not name.named_children:
        return
    b.imports.append([b.scope, module, level, b.text(name), b.text(alias) if alias else "", -1, b.start(node)])
    use = b.use(name.named_children[0], f.IMPORTED, row)
    b.imports[row][5] = b.bind(f.IMPORT, b.use(alias, f.STORE) if alias is not None else use, row)


# ---------------------------------------------------------------- control flow


def _if(b: Builder, node: Node) -> None:
    """`if`, `elif` and `while`: where the condition's type tests hold; what holds after an early exit."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    if node.type == "while_statement":
        body = node.child_by_field_name("body")
        b.loops.append((b.start(node), b.end(node)))
    if condition is not None:
        expression(b, condition)
    if condition is not None and body is not None:
        narrow(b, condition, b.start(body), b.end(body))
        last = [c for c in body.named_children if c.type != "comment"][-1:]
        alone = node.type == "if_statement" and node.child_by_field_name("alternative") is None
        if alone and last and last[0].type in _ENDING:
            narrow(b, condition, b.end(node), b.block_end, negative=True)
    if body is not None:
        block(b, body)
    for child in node.named_children:
        if child.type in ("elif_clause", "else_clause"):
            statement(b, child)
            if child.type == "else_clause" and condition is not None:
                narrow(b, condition, b.start(child), b.end(child), negative=True)


def _assert(b: Builder, node: Node) -> None:
    for child in node.named_children:
        expression(b, child)
    if node.named_children:
        narrow(b, node.named_children[0], b.end(node), b.block_end)


def _for(b: Builder, node: Node) -> None:
    left, right, body = (node.child_by_field_name(n) for n in ("left", "right", "body"))
    iterated = expression(b, right) if right is not None else -1
    is_async = any(c.type == "async" for c in node.children)
    b.loops.append((b.start(node), b.end(node)))
    if left is not None:
        end = b.end(body) if body is not None else b.end(node)
        target(b, left, b.expr(f.ITERATE, iterated, int(is_async)), block_end=end)
    if body is not None:
        block(b, body)
    for child in node.named_children:
        if child.type == "else_clause":
            statement(b, child)


def _with(b: Builder, node: Node) -> None:
    is_async = int(any(c.type == "async" for c in node.children))
    for clause in node.named_children:
        if clause.type == "with_clause":
            for item in clause.named_children:
                _with_item(b, item, is_async)
        elif clause.type == "block":
            block(b, clause)


def _with_item(b: Builder, item: Node, is_async: int) -> None:
    value = item.child_by_field_name("value")
    if value is not None and value.type in ("tuple", "parenthesized_expression"):
        inner = [c for c in value.named_children if c.type != "comment"]
        if any(c.type == "as_pattern" for c in inner):  # `with (open(a) as f, open(b) as g,):`
            for child in inner:
                _entered(b, child, is_async)
            return
    if value is None or value.type != "as_pattern":
        _generic(b, item)
        return
    _entered(b, value, is_async)


def _entered(b: Builder, value: Node, is_async: int) -> None:
    alias = value.child_by_field_name("alias") if value.type == "as_pattern" else None
    context = expression(b, value.named_children[0] if value.type == "as_pattern" else value)
    if alias is not None:
        target(b, alias, b.expr(f.ENTER, context, is_async))


def _except(b: Builder, node: Node) -> None:
    for child in node.named_children:
        if child.type == "block":
            block(b, child)
        elif child.type == "as_pattern":
            alias = child.child_by_field_name("alias")
            caught = expression(b, child.named_children[0])
            if alias is not None:
                target(b, alias, b.expr(f.INSTANCE, caught), block_end=b.end(node))
        else:
            expression(b, child)


def _case(b: Builder, node: Node) -> None:
    subject = -1
    for child in node.named_children:
        if child.type == "case_pattern":
            _pattern(b, child, subject)
        elif child.type == "block":
            block(b, child)
        else:
            _generic(b, child)


def _pattern(b: Builder, node: Node, value: int = -1) -> int:
    """Note a match pattern; return the shape of what matches it."""
    children = [c for c in node.named_children if c.type != "comment"]
    kind = node.type
    if kind == "dotted_name":
        if len(children) == 1:
            if b.text(children[0]) != "_":
                b.bind(f.CAPTURE, b.use(children[0], f.STORE), value)
            return value
        return _dotted_value(b, children)
    if kind == "identifier":
        b.bind(f.CAPTURE, b.use(node, f.STORE), value)
        return value
    if kind == "as_pattern":
        inner = _pattern(b, children[0], value)
        for child in children[1:]:
            _pattern(b, child, inner)
        return inner
    if kind == "class_pattern":
        matched = b.expr(f.INSTANCE, _dotted_value(b, children[0].named_children))
        for child in children[1:]:
            _class_argument(b, child, matched)
        return matched
    if kind in ("case_pattern", "union_pattern", "list_pattern", "tuple_pattern", "dict_pattern", "splat_pattern"):
        inner = -1
        for child in children:
            inner = _pattern(b, child, value if kind == "case_pattern" else -1)
        return inner if kind == "case_pattern" else -1
    return expression(b, node)


def _class_argument(b: Builder, node: Node, matched: int) -> None:
    inner = node.named_children[0] if node.type == "case_pattern" and node.named_children else node
    if inner.type != "keyword_pattern":
        _pattern(b, node)
        return
    name, *rest = inner.named_children
    use = b.use(name, f.ATTRIBUTE, matched)
    shape = b.expr(f.ATTR, matched, use)
    for child in rest:
        _pattern(b, child, shape)


def _dotted_value(b: Builder, parts: list[Node]) -> int:
    shape = b.expr(f.NAME, b.use(parts[0], f.LOAD))
    for part in parts[1:]:
        shape = b.expr(f.ATTR, shape, b.use(part, f.ATTRIBUTE, shape))
    return shape


def _return(b: Builder, node: Node) -> None:
    value = -1
    for child in node.named_children:
        value = expression(b, child)
    if b.functions and node.named_children:
        b.functions[-1]["returned"].append(value)


# ---------------------------------------------------------------- definitions


def _decorated(b: Builder, node: Node) -> None:
    for child in node.named_children:
        if child.type == "function_definition":
            _function(b, child, node)
        elif child.type == "class_definition":
            _class(b, child, node)
        elif child.type != "decorator":
            statement(b, child)


def _function(b: Builder, node: Node, decorated: Node | None = None) -> None:
    block_end, body = b.block_end, node.child_by_field_name("body")
    before = function_head(b, node, decorated)
    b.functions.append(b.defs[b.scopes[b.scope][5]])
    b.block_end = b.end(node)
    if body is not None:
        block(b, body)
    row = b.functions.pop()
    row["returned"], row["yielded"] = tuple(row["returned"]), tuple(row["yielded"])
    b.block_end = block_end
    b.close_scope(before)


def _class(b: Builder, node: Node, decorated: Node | None = None) -> None:
    body = node.child_by_field_name("body")
    before = class_head(b, node, decorated)
    functions, b.functions = b.functions, []
    if body is not None:
        block(b, body)
    b.functions = functions
    b.close_scope(before)


def _function_statement(b: Builder, node: Node) -> None:
    _function(b, node)


def _class_statement(b: Builder, node: Node) -> None:
    _class(b, node)


_HANDLERS: dict[str, Callable[[Builder, Node], None]] = {
    "expression_statement": _generic,
    "block": block,
    "assignment": _assignment,
    "augmented_assignment": _augmented,
    "delete_statement": _delete,
    "global_statement": _declare,
    "nonlocal_statement": _declare,
    "type_alias_statement": _type_alias,
    "import_statement": _import,
    "import_from_statement": _import_from,
    "future_import_statement": _import_from,
    "if_statement": _if,
    "elif_clause": _if,
    "while_statement": _if,
    "assert_statement": _assert,
    "for_statement": _for,
    "with_statement": _with,
    "except_clause": _except,
    "except_group_clause": _except,
    "case_clause": _case,
    "return_statement": _return,
    "decorated_definition": _decorated,
    "function_definition": _function_statement,
    "class_definition": _class_statement,
    "else_clause": _generic,
    "try_statement": _generic,
    "finally_clause": _generic,
    "match_statement": _generic,
    "ERROR": _generic,
}
