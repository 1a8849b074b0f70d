"""Labels about documentation and errors."""

import ast
import re
from collections.abc import Iterator

from benchmarks.conventions.project import Project
from benchmarks.conventions.source import EXCEPTIONS, FUNCTIONS, Function, Label, Source, docstring, last_segment

_DIALECTS = {
    "google": re.compile(r"^[ \t]*(Args|Arguments|Parameters|Returns|Yields):[ \t]*$", re.MULTILINE),
    "numpy": re.compile(r"^[ \t]*(Parameters|Returns|Yields)[ \t]*\n[ \t]*-{3,}[ \t]*$", re.MULTILINE),
    "sphinx": re.compile(r"^[ \t]*:(param|parameter|arg|returns?|rtype)\b[^\n:]*:", re.MULTILINE),
}


def labels(source: Source, project: Project) -> Iterator[Label]:
    """Yield what the file's documentation and errors answer."""
    yield from _docstrings(source)
    yield from _documented(source)
    yield from _errors(source, project)


def _docstrings(source: Source) -> Iterator[Label]:
    for node in [source.tree, *source.all(ast.ClassDef), *source.functions()]:
        text = docstring(node)
        if text is None or not isinstance(text.value, str):
            continue
        found = {name: match.start() for name, p in _DIALECTS.items() if (match := p.search(text.value))}
        if found:
            yield Label("docs.dialect", min(found, key=lambda name: found[name]), text.lineno)
        if (text.end_lineno or 0) > text.lineno and text.value.strip():
            first = text.value.split("\n")[0].strip()
            yield Label("docs.first-line", "same" if first else "next", text.lineno)
        paragraph = re.split(r"\n[ \t]*\n", text.value.strip())[0]
        if paragraph and "\n" not in paragraph:
            yield Label("docs.period", "yes" if paragraph.endswith(".") else "no", text.lineno)


def is_public(source: Source, node: Function | ast.ClassDef) -> bool:
    """Say whether neither the name nor an enclosing class has a leading underscore, and no function encloses it."""
    outer = list(source.ancestors(node))
    names = [node.name, *(a.name for a in outer if isinstance(a, ast.ClassDef))]
    return not any(isinstance(a, FUNCTIONS) for a in outer) and not any(name.startswith("_") for name in names)


def _documented(source: Source) -> Iterator[Label]:
    if source.is_test:
        return
    for node in source.functions():
        documented = docstring(node) is not None
        if is_public(source, node) and len(node.body) - documented >= 3:
            yield Label("docs.function", "yes" if documented else "no", node.lineno)
    for owner in source.all(ast.ClassDef):
        if is_public(source, owner):
            yield Label("docs.class", "yes" if docstring(owner) is not None else "no", owner.lineno)


def _handler(source: Source, node: ast.AST) -> ast.ExceptHandler | None:
    """Return the handler that `node` stands in, not looking out of a function."""
    for outer in source.ancestors(node):
        if isinstance(outer, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            return None
        if isinstance(outer, ast.ExceptHandler):
            return outer
    return None


def _errors(source: Source, project: Project) -> Iterator[Label]:
    for node in source.all(ast.Raise):
        if node.exc is None:
            continue
        handler = _handler(source, node)
        called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if handler and isinstance(node.exc, ast.Call):
            is_none = isinstance(node.cause, ast.Constant) and node.cause.value is None
            yield Label("errors.chain", "bare" if node.cause is None else "none" if is_none else "from", node.lineno)
        name = last_segment(called)
        if name.lstrip("_")[:1].isupper() and not source.is_test and not (handler and name == handler.name):
            builtin = isinstance(called, ast.Name) and name in EXCEPTIONS
            answer = "own" if name in project.classes else "builtin" if builtin else "other"
            yield Label("errors.class", answer, node.lineno)
        if isinstance(node.exc, ast.Call) and node.exc.args and (form := message_form(node.exc.args[0])):
            yield Label("errors.message", form, node.lineno)


def message_form(node: ast.expr) -> str | None:
    """Return how a text is built from values: "f-string", "percent", "format" or "concatenation"."""
    form = text_form(node)
    if form is None and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        strings = [n for n in ast.walk(node) if isinstance(n, ast.JoinedStr) or is_text(n)]
        return "concatenation" if strings else None
    if (
        form is None
        and isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mod)
        and isinstance(node.left, ast.Call)
    ):
        return "percent" if last_segment(node.left.func) == "_" else None
    return form


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def text_form(node: ast.expr) -> str | None:
    """Return "f-string", "percent" or "format" for a text built from values in one of these ways."""
    if isinstance(node, ast.JoinedStr):
        return "f-string" if any(isinstance(value, ast.FormattedValue) for value in node.values) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and is_text(node.left):
        return "percent"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return "format" if is_text(node.func.value) and (node.args or node.keywords) else None
    return None
