"""Functions of every form: declarations, expressions, arrows, methods; their parameters and what they return."""

from typing import Any

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript.patterns import declare
from familiar_codegraph.languages.javascript.types import annotation
from familiar_codegraph.languages.javascript.walk import SPACE, doc, field, name_of, nodes, walk

LITERALS = frozenset({"arrow_function", "function_expression", "generator_function"})


def define(b: Builder, use: int, node: Node, kind: str, *, start: int = -1, scope: int | None = None) -> dict[str, Any]:
    """Bind the name at `use` to a new definition and add its row; the caller fills in the rest."""
    where = b.scope if scope is None else scope
    index = len(b.defs)
    b.bind(f.DEFINE, use, index, scope=where)
    row: dict[str, Any] = {
        "kind": kind,
        "name": b.uses[use][2],
        "use": use,
        "start": start if start >= 0 else b.start(node),
        "end": b.end(node),
        "scope": where,
        "inner": -1,
        "signature": "",
        "doc": "",
        "decorators": (),
        "decorator_names": (),
    }
    b.defs.append(row)
    return row


def named(
    b: Builder, use: int, node: Node, *, around: Node | None = None, label: str = "", words: tuple[str, ...] = (),
    owner: int = -1, expected: int = -1, scope: int | None = None,
) -> None:  # fmt: skip
    """Note the function `node`, which the name at `use` stands for.

    `around` is the whole statement, `words` what stands before the name (`static`, `private` ...) and the names of its
    decorators, `owner` the scope of the class or object whose `this` it has.
    """
    whole = around if around is not None else node
    row = define(b, use, node, "function", start=b.start(whole), scope=scope)
    row["end"] = b.end(whole)
    row["decorators"], row["decorator_names"] = (-1,) * len(words), words
    row["doc"] = doc(b, whole)
    inner, returns = field(node, "parameters"), field(node, "return_type")
    row["signature"] = _signature(b, inner or field(node, "parameter"), returns)
    row["is_async"] = any(c.type == "async" for c in node.children[:4])
    row["is_generator"] = "generator" in node.type or any(c.type == "*" for c in node.children[:5])
    body_of(b, node, row, label or name_of(b, use), owner, expected, len(b.defs) - 1)


def _signature(b: Builder, inner: Node | None, returns: Node | None) -> str:
    text = SPACE.sub(" ", b.text(inner)) if inner is not None else "()"
    return text + SPACE.sub(" ", b.text(returns)) if returns is not None else text


def literal(b: Builder, node: Node, expected: int = -1, label: str = "") -> int:
    """Note a function without a name of its own; `expected` is the shape of the type that it should have."""
    row: dict[str, Any] = {}
    own = field(node, "name")
    is_arrow = node.type == "arrow_function"
    body_of(b, node, row, label or ("<arrow>" if is_arrow else "<function>"), -1, expected, -1, own)
    returned = row["returned"]
    value = returned[0] if len(returned) == 1 else b.expr(f.ALTERNATIVES, -1, -1, returned) if returned else -1
    if row["returns"] >= 0:
        value = row["returns"]
    if row["is_generator"]:
        return -1
    is_async = row["returns"] < 0 and any(c.type == "async" for c in node.children[:2])
    return b.expr(f.FUNCTION, value, int(is_async))


def body_of(
    b: Builder, node: Node, row: dict[str, Any], label: str, owner: int, expected: int, definition: int,
    own: Node | None = None,
) -> None:  # fmt: skip
    """Note parameters and body in a scope called `label`; fill in `row`."""
    before, type_scope = b.scope, b.scope
    generic = field(node, "type_parameters")
    if generic is not None:
        b.open_scope(f.TYPE_SCOPE, "<type>", b.start(node), b.end(node))
        type_scope = b.scope
        type_parameters(b, generic)
    kind = f.LAMBDA_SCOPE if node.type == "arrow_function" else f.FUNCTION_SCOPE
    b.open_scope(kind, label, b.start(node), b.end(node), definition)
    scope = b.scope
    if owner >= 0 and kind == f.FUNCTION_SCOPE:
        b.self_names[scope] = owner, "static" if "static" in row.get("decorator_names", ()) else "this"
    if own is not None:
        b.bind(f.ASSIGN, b.use(own, f.STORE))
    row["inner"], row["parameters"] = scope, ()
    block_end, b.block_end = b.block_end, b.end(node)
    inner, alone = field(node, "parameters"), field(node, "parameter")
    if inner is not None:
        row["parameters"] = tuple(parameters(b, inner, type_scope, expected))
    elif alone is not None:
        row["parameters"] = (_plain(b, alone, expected, 0),)
    returns = field(node, "return_type")
    is_test = returns is not None and returns.type in ("type_predicate_annotation", "asserts_annotation")
    row["returns"] = annotation(b, returns, None if is_test else type_scope)
    row["returned"], row["yielded"] = [], []
    row.setdefault("is_generator", "generator" in node.type)
    given = row["returns"] if row["returns"] >= 0 else b.expr(f.GIVEN, expected) if expected >= 0 else -1
    is_async = given >= 0 and any(c.type == "async" for c in node.children[:4])
    row["expected"] = b.expr(f.WAIT, given) if is_async else given
    b.functions.append(row)
    body = field(node, "body")
    if body is not None and body.type == "statement_block":
        for child in body.named_children:
            walk(b, child)
    elif body is not None:
        from familiar_codegraph.languages.javascript.expressions import value

        row["returned"].append(value(b, body, row["expected"]))
    b.functions.pop()
    row["returned"], row["yielded"] = tuple(row["returned"]), tuple(row["yielded"])
    del row["expected"]
    b.block_end = block_end
    b.close_scope(before)


def type_parameters(b: Builder, node: Node | None) -> None:
    """Bind `<T extends A = B>` in the current scope; what T extends is its annotation."""
    for child in nodes(node) if node is not None else ():
        name = field(child, "name")
        if name is None:
            continue
        limit, default = field(child, "constraint"), field(child, "value")
        note = walk(b, nodes(limit)[0]) if limit is not None and nodes(limit) else -1
        if default is not None:
            walk(b, default)
        b.bind(f.TYPE_PARAMETER, b.use(name, f.STORE), -1, note)


# ---------------------------------------------------------------- parameters


def parameters(b: Builder, node: Node, type_scope: int, expected: int = -1) -> list[int]:
    """Bind the parameters in the current scope; return their binds, one for each position."""
    found: list[int] = []
    for child in node.named_children:
        if child.type == "comment":
            continue
        position = len(found)
        if child.type in ("required_parameter", "optional_parameter"):
            bind = _typed(b, child, type_scope, expected, position)
            if bind >= -1:
                found.append(bind)
        elif child.type == "decorator":
            walk(b, child)
        else:
            found.append(_plain(b, child, expected, position))
    return found


def _typed(b: Builder, node: Node, type_scope: int, expected: int, position: int) -> int:
    pattern, note, value = field(node, "pattern") or field(node, "name"), field(node, "type"), field(node, "value")
    words = []
    for child in node.children:
        if child.type == "decorator":
            walk(b, child)
        elif child.type in ("accessibility_modifier", "readonly", "override_modifier"):
            words.append(b.text(child))
    shape = annotation(b, note, type_scope)
    if pattern is not None and pattern.type == "this" and shape >= 0:
        b.self_names[b.scope] = shape, "declared"
    if pattern is None or pattern.type == "this":
        return -2
    if value is not None:
        from familiar_codegraph.languages.javascript.expressions import value as walk_value

        default = walk_value(b, value, shape)
    else:
        default = -1
    bind = _bound(b, pattern, default, shape, expected, position)
    if words and pattern.type == "identifier":
        _field_of_parameter(b, pattern, default, shape)
    return bind


def _field_of_parameter(b: Builder, pattern: Node, value: int, note: int) -> None:
    """`constructor(private a: A)` declares the field `a` too."""
    scope = int(b.scopes[b.scope][1])
    while scope >= 0 and b.scopes[scope][0] == f.TYPE_SCOPE:
        scope = int(b.scopes[scope][1])
    if scope >= 0 and b.scopes[scope][0] == f.CLASS_SCOPE:
        use = b.use(pattern, f.ATTRIBUTE_STORE, b.expr(f.SELF, -1, scope))
        b.bind(f.ASSIGN, use, value, note, b.scope, scope=scope)


def _plain(b: Builder, node: Node, expected: int, position: int) -> int:
    """A parameter as JavaScript writes it."""
    default = -1
    if node.type == "assignment_pattern":
        left, right = field(node, "left"), field(node, "right")
        default = walk(b, right) if right is not None else -1
        node = left if left is not None else node
    return _bound(b, node, default, -1, expected, position)


def _bound(b: Builder, pattern: Node, default: int, note: int, expected: int, position: int) -> int:
    if note < 0 and expected >= 0:
        default = b.expr(f.EXPECTED, expected, position)
    if pattern.type == "identifier":
        return b.bind(f.PARAMETER, b.use(pattern, f.STORE), default, note, f.POSITIONAL)
    if pattern.type == "rest_pattern":
        inner = nodes(pattern)
        if inner and inner[0].type == "identifier":
            return b.bind(f.PARAMETER, b.use(inner[0], f.STORE), -1, note, f.VAR_POSITIONAL)
    bind = b.bind(f.PARAMETER, -1, default, note, f.VAR_POSITIONAL if pattern.type == "rest_pattern" else f.POSITIONAL)
    declare(b, pattern, note if note >= 0 else default)
    return bind
