"""Labels about idioms, tests and how functions are called."""

import ast
from collections.abc import Iterator

from benchmarks.conventions.project import Project
from benchmarks.conventions.prose import is_text, text_form
from benchmarks.conventions.source import FUNCTIONS, Label, Source, dotted_name, last_segment

_LOGGED = {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"}
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def labels(source: Source, project: Project) -> Iterator[Label]:
    """Yield what the file's idioms, tests and calls answer."""
    for node in source.all(ast.JoinedStr, ast.BinOp, ast.Call):
        in_spec = isinstance(node, ast.JoinedStr) and isinstance(source.parent[node], ast.FormattedValue)
        if (form := text_form(node)) and not in_spec:
            yield Label("idioms.format", form, node.lineno)
    for call in source.all(ast.Call):
        yield from _call(source, call)
        yield from arguments(source, project, call)
    empty = [node for node in source.all(ast.Dict) if not node.keys]
    for display in [*empty, *(n for n in source.all(ast.List) if not n.elts and isinstance(n.ctx, ast.Load))]:
        yield Label("idioms.empty-dict", "literal", display.lineno)
    yield from _early(source)
    if source.is_test:
        yield from _tests(source)


def _call(source: Source, call: ast.Call) -> Iterator[Label]:
    empty = not call.args and not call.keywords
    if isinstance(call.func, ast.Name):
        if call.func.id == "super":
            yield Label("idioms.super", "zero" if empty else "explicit", call.lineno)
        if call.func.id in {"dict", "list"} and empty:
            yield Label("idioms.empty-dict", "call", call.lineno)
    callee = source.resolved(call.func)
    if callee.startswith("os.path."):
        yield Label("idioms.path", "os.path", call.lineno)
    if callee in {"pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.PosixPath"}:
        yield Label("idioms.path", "pathlib", call.lineno)
    if callee == "pytest.raises":
        matched = any(keyword.arg == "match" for keyword in call.keywords)
        yield Label("tests.raises", "match" if matched else "plain", call.lineno)
    if isinstance(call.func, ast.Attribute) and call.func.attr in _LOGGED:
        receiver = last_segment(call.func.value).strip("_").lower()
        given = call.args[1:] if call.func.attr == "log" else call.args
        if receiver.endswith(("log", "logger", "logging")) and given:
            form = text_form(given[0]) or ("lazy" if is_text(given[0]) and len(given) > 1 else None)
            if form:
                yield Label("idioms.logging", form, call.lineno)


def _early(source: Source) -> Iterator[Label]:
    for node in source.all(ast.If):
        outer = source.parent[node]
        if not isinstance(node.body[-1], _LEAVING) or is_elif(source, node):
            continue
        block = next(b for _, b in ast.iter_fields(outer) if isinstance(b, list) and node in b)
        if node.orelse:
            yield Label("idioms.else-after-return", "yes", node.lineno)
        elif block[-1] is not node:
            yield Label("idioms.else-after-return", "no", node.lineno)


def is_elif(source: Source, node: ast.If) -> bool:
    """Say whether the statement is written `elif`: the only one in an `if`'s else, where the `else` would stand."""
    outer = source.parent[node]
    alone = isinstance(outer, ast.If) and outer.orelse == [node]
    return alone and source.lines[node.lineno - 1][source.column(node.lineno, node.col_offset) :].startswith("elif")


def _tests(source: Source) -> Iterator[Label]:
    yield from (Label("tests.assert", "assert", node.lineno) for node in source.all(ast.Assert))
    for call in source.all(ast.Call):
        callee = call.func
        if (
            isinstance(callee, ast.Attribute)
            and callee.attr.startswith("assert")
            and dotted_name(callee.value) == "self"
        ):
            yield Label("tests.assert", "unittest", call.lineno)
    holds = False
    for node in source.functions():
        outer = source.parent[node]
        if node.name.startswith("test") and isinstance(outer, (ast.Module, ast.ClassDef)):
            holds = True
            yield Label("tests.layout", "function" if isinstance(outer, ast.Module) else "class", node.lineno)
    if holds:
        name = source.path.rpartition("/")[2]
        stem = name.removesuffix(".py")
        forms = (
            (stem.startswith("test_"), "test_x.py"),
            (stem.endswith("_test"), "x_test.py"),
            (stem == "tests", "tests.py"),
        )
        yield Label("tests.file", next((form for applies, form in forms if applies), "other"), 1)


def arguments(source: Source, project: Project, call: ast.Call) -> Iterator[Label]:
    """Yield how each parameter of a repository's function is given; nothing where a star hides which is which."""
    spelled = dotted_name(call.func)
    if not spelled or any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return
    if any(spelled in _local_names(scope) for scope in source.ancestors(call) if isinstance(scope, FUNCTIONS)):
        return
    dotted = project.resolve(source.path, spelled)
    module, _, name = dotted.rpartition(".")
    function = project.definitions.get(module, {}).get(name)
    if function is None:
        return
    names = [argument.arg for argument in function.args.args]
    before = len(function.args.posonlyargs)
    for position in range(len(call.args)):
        if before <= position < before + len(names):
            yield Label(f"api.keyword:{dotted}.{names[position - before]}", "positional", call.lineno)
    for keyword in call.keywords:
        if keyword.arg in names:
            yield Label(f"api.keyword:{dotted}.{keyword.arg}", "keyword", call.lineno)


def _local_names(function: ast.AST) -> set[str]:
    """Return what the function binds: parameters, assigned names, nested definitions (imports aside)."""
    cached = getattr(function, "_bound_here", None)
    if cached is None:
        nodes = list(ast.walk(function))[1:]
        cached = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        cached |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        cached |= {n.name for n in nodes if isinstance(n, (*FUNCTIONS, ast.ClassDef))}
        function._bound_here = cached  # type: ignore[attr-defined]
    return cached
