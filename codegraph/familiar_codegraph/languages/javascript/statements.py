"""Statements: scopes, declarations, loops, and which type tests hold where."""

from tree_sitter import Node, Tree

from familiar_codegraph import facts as f
from familiar_codegraph.languages import pieces
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript import expressions, functions, members, modules, types
from familiar_codegraph.languages.javascript.patterns import assign, declare
from familiar_codegraph.languages.javascript.types import annotation
from familiar_codegraph.languages.javascript.walk import (
    HANDLERS,
    content,
    doc,
    each,
    field,
    nodes,
    variable_scope,
    walk,
)
from familiar_codegraph.languages.pieces import Memo, Part

_ENDING = frozenset({"return_statement", "throw_statement", "continue_statement", "break_statement"})
_BINDING = frozenset({
    "lexical_declaration", "class_declaration", "abstract_class_declaration", "function_declaration",
    "generator_function_declaration", "enum_declaration", "interface_declaration", "type_alias_declaration",
})  # fmt: skip


def extract(data: bytes, tree: Tree, memo: Memo | None = None) -> f.FileFacts:
    """Return the facts of `data`, whose syntax tree is `tree`. Never raises on broken code: see `problems`."""
    root = tree.root_node
    whole = Part(root, _program, 0, len(data), len(data))
    return pieces.extract(data, root, [whole], doc=_file_doc(Builder(data), root), members_visible=False)


def _program(b: Builder, root: Node) -> None:
    for child in root.named_children:
        walk(b, child)


def _file_doc(b: Builder, root: Node) -> str:
    """Return the first line of a JSDoc comment that speaks of the whole file: the first of two, or one with @file."""
    comments = []
    for child in root.named_children[:8]:
        if child.type == "comment":
            comments.append(child)
        elif child.type != "hash_bang_line":
            break
    for number, comment in enumerate(comments):
        text = b.text(comment)
        if text.startswith("/**") and (number + 1 < len(comments) or "@file" in text or "@module" in text):
            lines = (line.strip(" \t*/") for line in text.splitlines())
            return next((line for line in lines if line and not line.startswith("@")), "")
    return ""


# ---------------------------------------------------------------- blocks


def _block(b: Builder, node: Node) -> int:
    """A block has a scope of its own when it declares something."""
    children = node.named_children
    before, end = b.scope, b.block_end
    b.block_end = b.end(node)
    if any(c.type in _BINDING for c in children):
        b.open_scope(f.BLOCK_SCOPE, "<block>", b.start(node), b.end(node))
    for child in children:
        walk(b, child)
    b.block_end = end
    b.close_scope(before)
    return -1


def _switch_body(b: Builder, node: Node) -> int:
    before, end = b.scope, b.block_end
    b.block_end = b.end(node)
    if any(c.type in _BINDING for case in node.named_children for c in case.named_children):
        b.open_scope(f.BLOCK_SCOPE, "<block>", b.start(node), b.end(node))
    for child in node.named_children:
        each(b, child)
    b.block_end = end
    b.close_scope(before)
    return -1


def _for(b: Builder, node: Node) -> int:
    before, end = b.scope, b.block_end
    b.loops.append((b.start(node), b.end(node)))
    first = field(node, "initializer")
    if first is not None and first.type == "lexical_declaration":
        b.open_scope(f.BLOCK_SCOPE, "<block>", b.start(node), b.end(node))
        b.block_end = b.end(node)
    each(b, node)
    b.block_end = end
    b.close_scope(before)
    return -1


def _for_in(b: Builder, node: Node) -> int:
    left, right, body = field(node, "left"), field(node, "right"), field(node, "body")
    kind, operator = field(node, "kind"), field(node, "operator")
    before, end = b.scope, b.block_end
    b.loops.append((b.start(node), b.end(node)))
    source = walk(b, right) if right is not None else -1
    over = operator is not None and operator.type == "of"
    value = b.expr(f.EACH, source) if over else b.expr(f.LITERAL, -1, 0)
    word = kind.type if kind is not None else ""
    if word in ("let", "const", "using"):
        b.open_scope(f.BLOCK_SCOPE, "<block>", b.start(node), b.end(node))
        b.block_end = b.end(node)
    if left is not None and word:
        declare(b, left, value, scope=variable_scope(b) if word == "var" else None)
    elif left is not None:
        assign(b, left, value)
    if body is not None:
        walk(b, body)
    b.block_end = end
    b.close_scope(before)
    return -1


def _while(b: Builder, node: Node) -> int:
    b.loops.append((b.start(node), b.end(node)))
    return each(b, node)


def _catch(b: Builder, node: Node) -> int:
    parameter, before = field(node, "parameter"), b.scope
    if parameter is not None:
        b.open_scope(f.BLOCK_SCOPE, "<catch>", b.start(node), b.end(node))
        declare(b, parameter, -1, annotation(b, field(node, "type")))
    body = field(node, "body")
    if body is not None:
        walk(b, body)
    b.close_scope(before)
    return -1


def _if(b: Builder, node: Node) -> int:
    """Chains of `else if` are followed without recursion, so that their length costs no depth."""
    current: Node | None = node
    while current is not None:
        condition, yes, no = field(current, "condition"), field(current, "consequence"), field(current, "alternative")
        if condition is not None:
            walk(b, condition)
        if yes is not None:
            if condition is not None:
                expressions.narrow(b, condition, b.start(yes), b.end(yes))
            walk(b, yes)
            if condition is not None and no is None and _ends(yes):
                expressions.narrow(b, condition, b.end(current), b.block_end, negative=True)
        following = None
        for child in nodes(no) if no is not None else ():
            if condition is not None:
                expressions.narrow(b, condition, b.start(child), b.end(child), negative=True)
            if child.type == "if_statement":
                following = child
            else:
                walk(b, child)
        current = following
    return -1


def _ends(node: Node) -> bool:
    last = nodes(node)[-1:] if node.type == "statement_block" else [node]
    return bool(last) and last[0].type in _ENDING


def _return(b: Builder, node: Node) -> int:
    given = nodes(node)
    if not b.functions:
        return each(b, node)
    row = b.functions[-1]
    for child in given:
        row["returned"].append(expressions.value(b, child, row["expected"]))
    return -1


def _label(b: Builder, node: Node) -> int:
    body = field(node, "body")
    return walk(b, body) if body is not None else -1


# ---------------------------------------------------------------- declarations


def _declaration(b: Builder, node: Node) -> int:
    declare_inside(b, node, node)
    return -1


def declare_inside(b: Builder, node: Node, around: Node) -> None:
    """Note a declaration; `around` is the statement that it stands in (`export ...`, `declare ...`)."""
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration", "using_declaration"):
        scope = variable_scope(b) if kind == "variable_declaration" else b.scope
        for child in nodes(node):
            if child.type == "variable_declarator":
                _declarator(b, child, scope, around)
    elif kind in ("function_declaration", "generator_function_declaration", "function_signature"):
        _function(b, node, around)
    elif kind in ("class_declaration", "abstract_class_declaration"):
        name = field(node, "name")
        if name is not None:
            members.klass(b, node, b.use(name, f.STORE, b.scope), b.text(name), around)
    elif kind == "interface_declaration":
        members.interface(b, node, around)
    elif kind == "type_alias_declaration":
        members.alias(b, node, around)
    elif kind == "enum_declaration":
        members.enum(b, node, around)
    elif kind in ("internal_module", "module"):
        _namespace(b, node, around)
    else:
        walk(b, node)


def _function(b: Builder, node: Node, around: Node) -> None:
    name = field(node, "name")
    if name is None:
        return
    words = ("overload",) if node.type == "function_signature" else ()
    functions.named(b, b.use(name, f.STORE, b.scope), node, around=around, words=words)


def _declarator(b: Builder, node: Node, scope: int, around: Node) -> None:
    name, note, value = field(node, "name"), field(node, "type"), field(node, "value")
    if name is None:
        return
    if value is not None and note is None and value.type == "call_expression" and modules.required(b, name, value):
        return
    shape = annotation(b, note)
    plain = name.type == "identifier"
    if value is not None and plain and value.type in functions.LITERALS:
        use = b.use(name, f.STORE, scope)
        functions.named(b, use, value, around=around, expected=shape, scope=scope)
        return
    if value is not None and plain and value.type == "class":
        members.klass(b, value, b.use(name, f.STORE, scope), b.text(name), around)
        return
    inner = expressions.value(b, value, shape, b.text(name) if plain else "") if value is not None else -1
    declare(b, name, inner, shape, scope=scope)


def _namespace(b: Builder, node: Node, around: Node) -> None:
    """`namespace A.B {...}`: modules inside the module; `declare module "m" {...}` describes another package."""
    name, body = field(node, "name"), field(node, "body")
    if name is None or body is None:
        return
    before = b.scope
    if name.type == "string":
        inside = content(name)
        label = b.text(inside).replace(".", "_") if inside is not None else ""
        b.open_scope(f.MODULE_SCOPE, f"<module {label}>", b.start(node), b.end(node))
    else:
        parts = _parts(name)
        for part in parts:
            row = functions.define(b, b.use(part, f.STORE, b.scope), node, "namespace", start=b.start(around))
            row["doc"] = doc(b, around)
            b.open_scope(f.MODULE_SCOPE, b.text(part), b.start(node), b.end(node), len(b.defs) - 1)
            row["inner"] = b.scope
    for child in body.named_children:
        walk(b, child)
    b.close_scope(before)


def _parts(node: Node) -> list[Node]:
    return [p for c in nodes(node) for p in _parts(c)] if node.type == "nested_identifier" else [node]


def _ambient(b: Builder, node: Node) -> int:
    """`declare ...`; `declare global {...}` adds names that every file sees."""
    for child in nodes(node):
        if child.type == "statement_block":
            before = b.open_scope(f.MODULE_SCOPE, "<global>", b.start(child), b.end(child))
            each(b, child)
            b.close_scope(before)
        else:
            declare_inside(b, child, node)
    return -1


HANDLERS.update(types.HANDLERS)
HANDLERS.update(expressions.HANDLERS)
HANDLERS.update({
    "statement_block": _block,
    "switch_body": _switch_body,
    "for_statement": _for,
    "for_in_statement": _for_in,
    "while_statement": _while,
    "do_statement": _while,
    "catch_clause": _catch,
    "if_statement": _if,
    "return_statement": _return,
    "labeled_statement": _label,
    "import_statement": modules.import_statement,
    "import_alias": modules.import_alias,
    "export_statement": modules.export_statement,
    "ambient_declaration": _ambient,
    **dict.fromkeys(
        (
            "lexical_declaration", "variable_declaration", "using_declaration", "function_declaration",
            "generator_function_declaration", "function_signature", "class_declaration",
            "abstract_class_declaration", "interface_declaration", "type_alias_declaration", "enum_declaration",
            "internal_module", "module",
        ),
        _declaration,
    ),
})  # fmt: skip
