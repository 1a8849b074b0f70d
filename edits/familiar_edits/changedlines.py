"""Which lines a change set touches in the files after it, and which of them hold code."""

import ast
from collections.abc import Mapping

from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.parsing import TooSlow
from familiar_codegraph.text import LineIndex

from familiar_edits.values import FileChange


def changed_lines(change: FileChange, after: bytes) -> set[int]:
    """Return the 1-based lines of `after` that hold code and that the edits of `change` touched.

    A line inside a statement that spans several is counted as the line that the interpreter reports for it; comments,
    docstrings and blank lines hold no code. A file that does not parse has no such lines. Of TypeScript also types hold
    none; which of the others do is known only when the file has been loaded.
    """
    if not change.path.endswith(".py"):
        return _touched(change, after) & _scripted(change.new_path or change.path, after)
    try:
        tree = ast.parse(after)
        reported = _reported(compile(after, change.path, "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return set()
    headers = _headers(tree)
    lines = set()
    for line in _touched(change, after):
        if line in headers:
            lines.add(line if line in reported else headers[line])
    return lines & reported


def _touched(change: FileChange, after: bytes) -> set[int]:
    index, shift, lines = LineIndex(after), 0, set()
    for edit in change.text_edits:
        start = edit.start + shift
        end = start + len(edit.new_text.encode("utf-8", "surrogateescape"))
        shift = end - edit.end
        lines |= set(range(index.line_of(start) + 1, index.line_of(max(start, end - 1)) + 2))
    return lines


def _headers(tree: ast.Module) -> Mapping[int, int]:
    """Map each line of each statement's own part (not of the statements inside it) to the statement's first line."""
    lines: dict[int, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or _is_docstring(node):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        bodies = [inner.lineno for inner in _children(node)]
        last = max(first, min(bodies) - 1) if bodies else node.end_lineno or first
        for line in range(first, last + 1):
            lines[line] = max(lines.get(line, 0), first)
    return lines


def _children(node: ast.stmt) -> list[ast.stmt]:
    return [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _reported(code: object) -> set[int]:
    """Return the lines that the interpreter reports for `code` and the code objects in it."""
    lines: set[int] = set()
    todo = [code]
    while todo:
        current = todo.pop()
        lines |= {line for _, _, line in current.co_lines() if line}  # type: ignore[attr-defined]
        todo += [c for c in current.co_consts if hasattr(c, "co_lines")]  # type: ignore[attr-defined]
    return lines


_NO_CODE = frozenset({
    "comment", "html_comment", "hash_bang_line", "interface_declaration", "type_alias_declaration", "type_annotation",
    "type_arguments", "type_parameters", "ambient_declaration", "implements_clause", "function_signature",
    "method_signature", "abstract_method_signature",
})  # fmt: skip


def _scripted(path: str, data: bytes) -> set[int]:
    """Return the lines of JavaScript or TypeScript with a word that may be executed: no comment, no part of a type."""
    language = language_of(path)
    if language is None:
        return set()
    try:
        todo = [language.parser().parse(data).root_node]
    except TooSlow:
        return set()
    lines: set[int] = set()
    while todo:
        node = todo.pop()
        if node.type in _NO_CODE:
            continue
        if node.child_count:
            todo += node.children
        elif any(map(str.isalnum, node.text.decode("utf-8", "replace") if node.text else "")):
            lines |= set(range(node.start_point[0] + 1, node.end_point[0] + 2))
    return lines
