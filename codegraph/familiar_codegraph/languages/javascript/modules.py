"""Imports and exports: ES modules, CommonJS, `import()`. What a module path means is worked out elsewhere.

An import is a row (module, name, alias); the name `default` is the default export, `export=` what `module.exports` is
set to, `*` everything. Exports under another name are rows too: without a module they name something of this file.
"""

from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Builder
from familiar_codegraph.languages.javascript import functions, members
from familiar_codegraph.languages.javascript.walk import content, dotted, field, name_of, nodes, walk

_MOCKS = frozenset(
    {"mock", "unmock", "doMock", "dontMock", "requireActual", "requireMock", "importActual", "importMock"}
)
_SUFFIXES = (".d.ts", ".tsx", ".ts", ".jsx", ".js", ".mjs", ".cjs", ".mts", ".cts", ".json")


def _path(b: Builder, node: Node | None, row: int) -> str:
    """Note the last part of a module path as the module's name; return the path."""
    inside = content(node) if node is not None else None
    if inside is None:
        return ""
    text = b.text(inside)
    last = text.rpartition("/")[2]
    for suffix in _SUFFIXES:
        if last.endswith(suffix) and last != suffix:
            name = last.removesuffix(suffix)
            break
    else:
        name = last
    if name:
        start = b.end(inside) - len(last.encode())
        b.use_at(start, start + len(name.encode()), name, f.MODULE, row)
    return text


def _row(b: Builder, node: Node, module: str, name: str, alias: str) -> int:
    b.imports.append([b.scope, module, 0, name, alias, -1, b.start(node)])
    return len(b.imports) - 1


def _is_module(b: Builder) -> list[int]:
    """Say that the file is a module; return the uses of the names that it exports."""
    if b.exports is None:
        b.exports = []
    return b.exports


# ---------------------------------------------------------------- imports


def import_statement(b: Builder, node: Node) -> int:
    _is_module(b)
    source = field(node, "source")
    first = len(b.imports)
    module = _path(b, source, first)
    for clause in nodes(node):
        if clause.type == "import_clause":
            for child in nodes(clause):
                _clause(b, child, module)
        elif clause.type == "import_require_clause":
            inner = nodes(clause)
            module = _path(b, field(clause, "source"), first)
            _bound(b, inner[0], module, "export=", b.text(inner[0]))
    if len(b.imports) == first:
        _row(b, node, module, "", "")
    return -1


def _clause(b: Builder, node: Node, module: str) -> None:
    if node.type == "identifier":
        _bound(b, node, module, "default", b.text(node))
    elif node.type == "namespace_import":
        for child in nodes(node):
            _bound(b, child, module, "", b.text(child))
    elif node.type == "named_imports":
        for child in nodes(node):
            _specifier(b, child, module)


def _bound(b: Builder, node: Node, module: str, name: str, alias: str) -> None:
    row = _row(b, node, module, name, alias)
    b.imports[row][5] = b.bind(f.IMPORT, b.use(node, f.STORE, b.scope), row)


def _specifier(b: Builder, node: Node, module: str) -> None:
    name, alias = field(node, "name"), field(node, "alias")
    if name is None:
        return
    text = b.text(content(name) or name) if name.type == "string" else b.text(name)
    row = _row(b, node, module, text, b.text(alias) if alias is not None else "")
    use = b.use(name, f.IMPORTED, row) if name.type != "string" else -1
    if alias is not None:
        use = b.use(alias, f.STORE, b.scope)
    if use >= 0:
        b.imports[row][5] = b.bind(f.IMPORT, use, row)


def import_alias(b: Builder, node: Node) -> int:
    """`import Name = a.b.C`."""
    children = nodes(node)
    use = b.use(children[0], f.STORE, b.scope)
    shape = walk(b, children[1]) if len(children) > 1 else -1
    b.bind(f.ASSIGN, use, shape)
    return -1


# ---------------------------------------------------------------- exports


def export_statement(b: Builder, node: Node) -> int:
    top = b.scope == 0
    exported = _is_module(b) if top else []
    source, declaration, value = field(node, "source"), field(node, "declaration"), field(node, "value")
    default = next((c for c in node.children if c.type == "default"), None)
    if source is not None:
        _from(b, node, source)
    elif declaration is not None:
        _declared(b, node, declaration, default, exported)
    elif value is not None:
        _default(b, node, value, default)
    else:
        for child in nodes(node):
            if child.type == "export_clause":
                _listed(b, child, exported)
            elif child.type == "identifier" and any(c.type == "=" for c in node.children):
                shape = walk(b, child)
                _export_equals(b, b.start(node), b.start(node) + len("export"), shape)
            else:
                walk(b, child)
    return -1


def _export_equals(b: Builder, start: int, end: int, shape: int) -> None:
    b.bind(f.ASSIGN, b.use_at(start, end, "export=", f.STORE, 0, scope=0), shape, scope=0)


def _from(b: Builder, node: Node, source: Node) -> None:
    first = len(b.imports)
    module = _path(b, source, first)
    for child in nodes(node):
        if child.type == "namespace_export":
            inner = nodes(child)
            if inner:
                row = _row(b, child, module, "", b.text(inner[0]))
                b.use(inner[0], f.IMPORTED, row)
        elif child.type == "export_clause":
            for part in nodes(child):
                _reexported(b, part, module)
    if len(b.imports) == first:
        starred = any(c.type == "*" for c in node.children)
        _row(b, node, module, "*" if starred else "", "")


def _reexported(b: Builder, node: Node, module: str) -> None:
    name, alias = field(node, "name"), field(node, "alias")
    if name is None:
        return
    row = _row(b, node, module, b.text(name), b.text(alias) if alias is not None else "")
    b.use(name, f.IMPORTED, row)
    if alias is not None and alias.type == "identifier":
        b.use(alias, f.IMPORTED, row)


def _listed(b: Builder, node: Node, exported: list[int]) -> None:
    """`export {a, b as c}` of names of this file."""
    for child in nodes(node):
        name, alias = field(child, "name"), field(child, "alias")
        if name is None:
            continue
        use = b.use(name, f.LOAD)
        if alias is None:
            exported.append(use)
        else:
            row = _row(b, child, "", b.text(name), b.text(alias))
            if alias.type == "identifier" and b.text(alias) != "default":
                b.use(alias, f.IMPORTED, row)


def _declared(b: Builder, node: Node, declaration: Node, default: Node | None, exported: list[int]) -> None:
    first = len(b.binds)
    from familiar_codegraph.languages.javascript.statements import declare_inside

    if default is not None and field(declaration, "name") is None:
        _default(b, node, declaration, default)
        return
    scope = b.scope
    declare_inside(b, declaration, node)
    for row in b.binds[first:]:
        if row[0] == scope and row[3] >= 0 and row[2] != f.MEMBER:
            if default is not None:
                _row(b, node, "", name_of(b, row[3]), "default")
                break
            exported.append(row[3])


def _default(b: Builder, node: Node, value: Node, default: Node | None) -> None:
    """`export default ...` of something without a name: the word `default` stands for it."""
    from familiar_codegraph.languages.javascript.expressions import value as walk_value

    if value.type == "identifier":
        b.use(value, f.LOAD)
        _row(b, node, "", b.text(value), "default")
        return
    if default is None:
        shape = walk_value(b, value)
        _export_equals(b, b.start(node), b.start(node) + len("export"), shape)
        return
    use = b.use(default, f.STORE, b.scope)
    if value.type in functions.LITERALS or value.type in ("function_declaration", "generator_function_declaration"):
        functions.named(b, use, value, around=node)
    elif value.type in ("class", "class_declaration", "abstract_class_declaration"):
        members.klass(b, value, use, "default", node)
    else:
        b.bind(f.ASSIGN, use, walk_value(b, value, -1, "default"))
    if b.exports is not None:
        b.exports.append(use)


# ---------------------------------------------------------------- CommonJS


def loaded(b: Builder, node: Node, arguments: Node, is_import: bool) -> int | None:
    """`require("m")` and `import("m")`: a row, and the shape of the module; None when the path is no literal."""
    given = nodes(arguments)
    if len(given) < 1 or given[0].type != "string" or content(given[0]) is None:
        return None
    row = len(b.imports)
    module = _path(b, given[0], row)
    _row(b, node, module, "" if is_import else "export=", "")
    for child in given[1:]:
        walk(b, child)
    shape = b.expr(f.LOADED, -1, row)
    return b.expr(f.LATER, shape) if is_import else shape


def mocked(b: Builder, callee: Node, arguments: Node | None) -> None:
    """`jest.mock("./m")` and its kin name a module; the string itself is noted with the other arguments."""
    if arguments is None or callee.type != "member_expression":
        return
    name, owner = field(callee, "property"), field(callee, "object")
    if name is None or owner is None or b.text(name) not in _MOCKS or b.text(owner) not in ("jest", "vi", "vitest"):
        return
    given = nodes(arguments)
    if given and given[0].type == "string":
        row = len(b.imports)
        module = _path(b, given[0], row)
        _row(b, given[0], module, "", "")


def required(b: Builder, pattern: Node, call: Node) -> bool:
    """`const m = require("m")`, `const {a, b: c} = require("m")`: imports like any other."""
    callee, arguments = field(call, "function"), field(call, "arguments")
    if callee is None or arguments is None or callee.type != "identifier" or b.text(callee) != "require":
        return False
    given = nodes(arguments)
    if len(given) != 1 or given[0].type != "string" or content(given[0]) is None:
        return False
    parts = nodes(pattern) if pattern.type == "object_pattern" else []
    if pattern.type not in ("identifier", "object_pattern") or not all(map(_is_plain, parts)):
        return False
    module = _path(b, given[0], len(b.imports))
    if pattern.type == "identifier":
        _bound(b, pattern, module, "export=", b.text(pattern))
    for part in parts:
        name, alias = field(part, "key") or part, field(part, "value")
        row = _row(b, part, module, b.text(name), b.text(alias) if alias is not None else "")
        use = b.use(name, f.IMPORTED, row)
        if alias is not None:
            use = b.use(alias, f.STORE, b.scope)
        b.imports[row][5] = b.bind(f.IMPORT, use, row)
    if not parts and pattern.type == "object_pattern":
        _row(b, call, module, "", "")
    return True


def _is_plain(node: Node) -> bool:
    if node.type == "shorthand_property_identifier_pattern":
        return True
    key, value = field(node, "key"), field(node, "value")
    plain = key is not None and key.type == "property_identifier" and value is not None and value.type == "identifier"
    return node.type == "pair_pattern" and plain


def common(b: Builder, owner: Node, name: Node, value: int) -> bool:
    """`module.exports = x`, `exports.a = x`, `module.exports.a = x`: what `require` of this file gives.

    The properties are bound in the module without being seen as bare names.
    """
    path, text = dotted(b, owner), b.text(name)
    if path == "module" and text == "exports":
        use = b.use_at(b.start(name), b.end(name), "export=", f.STORE, 0, scope=0)
        b.bind(f.ASSIGN, use, value, scope=0)
        return True
    if path not in ("exports", "module.exports"):
        return False
    b.bind(f.MEMBER, b.use(name, f.STORE, 0), value, scope=0)
    return True
