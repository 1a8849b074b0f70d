"""Labels about names, imports, types and structure."""

import ast
from collections import Counter
from collections.abc import Iterator

from benchmarks.conventions.project import Project
from benchmarks.conventions.source import (
    EXCEPTIONS,
    FUNCTIONS,
    Function,
    Label,
    Source,
    case_of,
    is_dunder,
    last_segment,
    parameters,
    subtokens,
)

_PAIRS = """
config/cfg|conf message/msg argument/arg directory/dir number/num value/val index/idx error/err exception/exc
response/resp request/req function/func|fn context/ctx parameter/param string/str previous/prev temporary/tmp|temp
object/obj attribute/attr environment/env database/db connection/conn application/app command/cmd source/src
destination/dst|dest buffer/buf callback/cb information/info document/doc option/opt position/pos expression/expr
statement/stmt definition/defn variable/var iterator/it reference/ref utility/util specification/spec property/prop
length/len maximum/max minimum/min
"""
WORDS = {long: tuple(shorts.split("|")) for long, _, shorts in (pair.partition("/") for pair in _PAIRS.split())}
LONG_FORM = {short: long for long, shorts in WORDS.items() for short in (long, *shorts)}


def labels(source: Source, project: Project) -> Iterator[Label]:
    """Yield what the file's names, imports, types and structure answer."""
    for part in (
        _functions,
        _classes,
        _module_names,
        _attributes,
        _handlers,
        _words,
        _imports,
        _import_style,
        _types,
        _records,
    ):
        yield from part(source, project)
    public = [n for n in source.tree.body if isinstance(n, (ast.ClassDef, *FUNCTIONS)) and not n.name.startswith("_")]
    if public and not source.is_test:
        has = any(n.id == "__all__" for s in source.tree.body for n in _targets(s))
        yield Label("structure.all", "yes" if has else "no", 1)


def _functions(source: Source, project: Project) -> Iterator[Label]:
    for node in source.functions():
        if is_dunder(node.name):
            continue
        owner = source.parent[node]
        inherits = isinstance(owner, ast.ClassDef) and not project.inside(owner) and not node.name.startswith("test")
        if len(subtokens(node.name)) > 1 and not inherits:
            case = case_of(node.name)
            yield Label("naming.function", "other" if case == "UPPER_CASE" else case, node.lineno)
        top = isinstance(owner, ast.Module) and not source.is_test and not node.decorator_list
        if top and node.name != "main" and project.mentions[node.name] == 1:
            yield Label("naming.helper", "underscore" if node.name.startswith("_") else "plain", node.lineno)


def _classes(source: Source, project: Project) -> Iterator[Label]:
    for node in source.all(ast.ClassDef):
        case = case_of(node.name)
        answer = "PascalCase" if case == "UPPER_CASE" and "_" not in node.name.strip("_") else case
        yield Label("naming.class", answer if answer in {"PascalCase", "snake_case"} else "other", node.lineno)
        bases = [last_segment(base) for base in node.bases]
        if any(base in EXCEPTIONS or base.endswith(("Error", "Exception", "Warning")) for base in bases):
            endings = ("Error", "Exception", "Warning")
            ending = next((each for each in endings if node.name.endswith(each)), "other")
            yield Label("naming.exception-class", ending, node.lineno)


def _targets(statement: ast.AST) -> list[ast.Name]:
    """Return the bare names that an assignment statement binds."""
    if isinstance(statement, ast.Assign):
        outer: list[ast.expr] = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        outer = [statement.target]
    else:
        return []
    return [n for target in outer for n in ast.walk(target) if isinstance(n, ast.Name)]


def is_literal(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes, int, float, complex)) and not isinstance(node.value, bool)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "frozenset"
    return isinstance(node, (ast.Tuple, ast.List, ast.Dict, ast.Set))


def _module_names(source: Source, project: Project) -> Iterator[Label]:
    bound = Counter(
        name.id
        for name in source.all(ast.Name)
        if isinstance(name.ctx, ast.Store) and source.scope(name) is source.tree
    )
    bound.update(name for node in source.all(ast.Global) for name in node.names)
    for statement in source.tree.body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            continue
        name, value = targets[0].id, statement.value
        if isinstance(value, ast.Call) and last_segment(value.func) == "getLogger":
            known = {"logger", "log", "LOGGER", "LOG", "_logger"}
            yield Label("naming.logger", name if name in known else "other", statement.lineno)
        if is_literal(value) and not is_dunder(name) and bound[name] == 1 and name.strip("_"):
            case = case_of(name)
            yield Label("naming.constant", "other" if case == "camelCase" else case, statement.lineno)


def _attributes(source: Source, project: Project) -> Iterator[Label]:
    for function in source.functions():
        if function.name == "__init__" and isinstance(source.parent[function], ast.ClassDef):
            for node in _self_stores(function):
                yield Label("naming.attribute", "underscore" if node.attr.startswith("_") else "plain", node.lineno)


def _self_stores(function: Function) -> Iterator[ast.Attribute]:
    """Yield the attributes of the first parameter that are assigned in the function, in the order of the text."""
    first = [*function.args.posonlyargs, *function.args.args][:1]
    assigned = []
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign):
            assigned += [n for target in statement.targets for n in ast.walk(target)]
        elif isinstance(statement, ast.AnnAssign):
            assigned.append(statement.target)
    for node in assigned:
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store) or not first:
            continue
        if isinstance(node.value, ast.Name) and node.value.id == first[0].arg:
            yield node


def _handlers(source: Source, project: Project) -> Iterator[Label]:
    for node in source.all(ast.ExceptHandler):
        if node.name:
            known = {"e", "exc", "err", "error", "ex"}
            yield Label("naming.exception-variable", node.name if node.name in known else "other", node.lineno)


def _words(source: Source, project: Project) -> Iterator[Label]:
    defined: list[tuple[str, int]] = []
    for function in source.functions():
        defined.append((function.name, function.lineno))
        first = parameters(function)[:1] if isinstance(source.parent[function], ast.ClassDef) else []
        defined += [(p.arg, p.lineno) for p in parameters(function) if p not in first or p.arg not in {"self", "cls"}]
    seen: set[tuple[ast.AST, str]] = set()
    for name in source.all(ast.Name):
        key = (source.scope(name), name.id)
        if isinstance(name.ctx, ast.Store) and key not in seen:
            seen.add(key)
            defined.append((name.id, name.lineno))
    for owner in source.all(ast.ClassDef):
        for method in owner.body:
            for node in _self_stores(method) if isinstance(method, FUNCTIONS) else ():
                if (owner, "." + node.attr) not in seen:
                    seen.add((owner, "." + node.attr))
                    defined.append((node.attr, node.lineno))
    for name_defined, line in defined:
        for word in subtokens(name_defined) if not is_dunder(name_defined) else ():
            if word in LONG_FORM:
                yield Label(f"naming.word:{LONG_FORM[word]}", word, line)


def _imports(source: Source, project: Project) -> Iterator[Label]:
    own = project.module_of.get(source.path, "")
    packaged = "." in own or source.path.endswith("__init__.py")
    for plain in source.all(ast.Import):
        for alias in plain.names:
            if alias.name in project.path_of:
                yield Label("imports.form", "module", plain.lineno)
                if packaged and alias.name.partition(".")[0] == own.partition(".")[0]:
                    yield Label("imports.relative", "absolute", plain.lineno)
    for node in source.all(ast.ImportFrom):
        target = project.target(source.path, node)
        if target not in project.path_of:
            continue
        for alias in node.names:
            if alias.name != "*":
                answer = "module" if f"{target}.{alias.name}" in project.path_of else "from"
                yield Label("imports.form", answer, node.lineno)
        if packaged and target.partition(".")[0] == own.partition(".")[0]:
            yield Label("imports.relative", "relative" if node.level else "absolute", node.lineno)


def _import_style(source: Source, project: Project) -> Iterator[Label]:
    typing = [
        ("alias" if alias.asname else "module", node.lineno)
        for node in source.all(ast.Import)
        for alias in node.names
        if alias.name == "typing"
    ]
    typing += [("from", n.lineno) for n in source.all(ast.ImportFrom) if n.module == "typing" and not n.level]
    if typing:
        answer, line = min(typing, key=lambda pair: pair[1])
        yield Label("imports.typing", answer, line)
    top = [node for node in source.tree.body if isinstance(node, ast.ImportFrom)]
    names = Counter(((node.level, node.module), alias.name) for node in top for alias in node.names)
    wide = Counter(module for module, _ in names)
    for node in top:
        if wide[(node.level, node.module)] > 1:
            yield Label("imports.per-line", "many" if len(node.names) > 1 else "one", node.lineno)
    for group in _groups(source):
        kinds = [isinstance(node, ast.Import) for node in group]
        if len(set(kinds)) > 1:
            ordered = kinds == sorted(kinds, reverse=True)
            yield Label("imports.plain-first", "first" if ordered else "mixed", group[0].lineno)


def _groups(source: Source) -> list[list[ast.stmt]]:
    """Return runs of module-level imports without a blank line or another statement between them."""
    groups: list[list[ast.stmt]] = []
    last: ast.stmt | None = None
    for node in source.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            between = source.lines[last.end_lineno or 0 : node.lineno - 1] if last is not None else [""]
            if isinstance(last, (ast.Import, ast.ImportFrom)) and all(line.strip() for line in between):
                groups[-1].append(node)
            else:
                groups.append([node])
        last = node
    return groups


def annotations(source: Source) -> list[ast.expr]:
    """Return the annotations of parameters, results and assignments."""
    found = [node.annotation for node in source.all(ast.arg) if node.annotation]
    found += [node.returns for node in source.functions() if node.returns]
    return found + [node.annotation for node in source.all(ast.AnnAssign)]


def _types(source: Source, project: Project) -> Iterator[Label]:
    found = annotations(source)
    if found:
        future = any(
            node.module == "__future__" and any(alias.name == "annotations" for alias in node.names)
            for node in source.all(ast.ImportFrom)
        )
        yield Label("imports.future-annotations", "yes" if future else "no", 1)
    for annotation in found:
        yield from _in_annotation(annotation)
    for node in source.functions():
        everything = [*parameters(node), *(a for a in (node.args.vararg, node.args.kwarg) if a)]
        if isinstance(source.parent[node], ast.ClassDef) and everything and everything[0].arg in {"self", "cls"}:
            everything = everything[1:]
        given = [a for a in everything if a.annotation]
        nested = any(isinstance(a, FUNCTIONS) for a in source.ancestors(node))
        if everything and not source.is_test and not nested:
            answer = "no" if not given else "yes" if len(given) == len(everything) else "some"
            yield Label("types.parameters", answer, node.lineno)
        if node.name == "__init__" and isinstance(source.parent[node], ast.ClassDef) and (given or node.returns):
            is_none = isinstance(node.returns, ast.Constant) and node.returns.value is None
            yield Label("types.init-none", "yes" if is_none else "no", node.lineno)


def _in_annotation(node: ast.expr) -> Iterator[Label]:
    """Yield what one annotation says about optional and generic types; a union counts once, at its outermost."""
    if isinstance(node, ast.Subscript):
        name = last_segment(node.value)
        if name == "Optional":
            yield Label("types.optional", "Optional", node.lineno)
        elif isinstance(node.value, ast.Name) and name in {"list", "dict", "tuple", "set", "frozenset", "type"}:
            yield Label("types.generics", "builtin", node.lineno)
        elif name in {"List", "Dict", "Tuple", "Set", "FrozenSet", "Type"}:
            yield Label("types.generics", "typing", node.lineno)
        if name == "Literal":
            return
    parts = _union(node)
    if any(isinstance(part, ast.Constant) and part.value is None for part in parts) and len(parts) > 1:
        yield Label("types.optional", "union", node.lineno)
    inner = parts if len(parts) > 1 else [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    for child in inner:
        yield from _in_annotation(child)


def _union(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_union(node.left), *_union(node.right)]
    return [node]


def _records(source: Source, project: Project) -> Iterator[Label]:
    attrs = {"attr.s", "attr.attrs", "attr.define", "attr.frozen", "attr.mutable", "attr.dataclass"}
    attrs |= {"attrs.define", "attrs.frozen", "attrs.mutable"}
    for node in source.all(ast.ClassDef):
        decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
        names = {source.resolved(d) for d in decorators}
        bases = {last_segment(base.func if isinstance(base, ast.Call) else base) for base in node.bases}
        if "dataclasses.dataclass" in names:
            yield Label("types.record", "dataclass", node.lineno)
        elif names & attrs:
            yield Label("types.record", "attrs", node.lineno)
        elif "BaseModel" in bases:
            yield Label("types.record", "pydantic", node.lineno)
        elif found := bases & {"NamedTuple", "TypedDict", "namedtuple"}:
            yield Label("types.record", min(found), node.lineno)
    for assigned in source.all(ast.Assign):
        if isinstance(assigned.value, ast.Call) and last_segment(assigned.value.func) == "namedtuple":
            yield Label("types.record", "namedtuple", assigned.lineno)
