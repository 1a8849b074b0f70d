"""Examples in documents and docstrings that are run as tests: what names of modules mean in them for certain.

An example's names are those that it imports, and in a docstring those of the module too. What is not that plain (a name
that examples bind anew, an attribute, a keyword, an output that shows the name) is left to be asked about.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from familiar_codegraph import names
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Symbol

from familiar_edits import mentions
from familiar_edits.places import Renamed
from familiar_edits.textedits import Place

_LINE = re.compile(rb"[ \t]*(?:>>>|\.\.\.)(?: |$)")
_FIRST = re.compile(rb"[ \t]*>>>(?: |$)")


class _Example(NamedTuple):
    """The code of one example, and where each line of it stands in the file."""

    tree: ast.Module
    starts: tuple[int, ...]


def named(
    graph: CodeGraph, files: Mapping[str, bytes], texts: Mapping[str, bytes], renamed: Renamed, new: str
) -> Iterator[Place]:
    """Yield the places in examples that certainly mean a renamed name of a module.

    `files` are Python files, `texts` others, by path. Examples in which `new` means something are left out.
    """
    if not renamed.is_global:
        return
    for path, data in (*files.items(), *texts.items()):
        if renamed.name.encode() not in data or b">>>" not in data:
            continue
        for first, last in docstrings(data) if path in files else ((0, len(data)),):
            examples = _examples(data, first, last)
            if examples is not None and renamed.name.encode() in data[first:last]:
                yield from _in_session(graph, path, examples, renamed, new, in_module=path in files)


def captured(files: Mapping[str, bytes], texts: Mapping[str, bytes], name: str, new: str) -> Place | None:
    """Return a place in an example where `new` would mean what `name` means now: in a docstring of a module that has
    the name, and in whatever imports all names of a module. `files` are all Python files, `texts` others, by path."""
    for path, data in (*files.items(), *texts.items()):
        has_all = b"import *" in data
        if b">>>" not in data or not (has_all or (path in files and name.encode() in data)):
            continue
        for match in mentions.word(new).finditer(data):
            if _LINE.match(data, data.rfind(b"\n", 0, match.start()) + 1):
                return Place(path, *match.span())
    return None


def _in_session(
    graph: CodeGraph, path: str, examples: list[_Example], renamed: Renamed, new: str, *, in_module: bool
) -> Iterator[Place]:
    found: list[Place] = []
    is_bound = in_module and _is_ours(graph.lookup(path, 0, renamed.name), renamed)
    for example in examples:
        for node in ast.walk(example.tree):
            if _binds(node, renamed.name) or _binds(node, new) or (isinstance(node, ast.Name) and node.id == new):
                return
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if new in (alias.name, alias.asname) or renamed.name == alias.asname:
                        return
                    if alias.name == renamed.name:
                        if not _imports(graph, path, node, renamed):
                            return
                        is_bound = is_bound or alias.asname is None
                        found.append(_place(path, example, alias, renamed.name))
            elif isinstance(node, ast.Name) and node.id == renamed.name:
                found.append(_place(path, example, node, renamed.name))
    if is_bound:
        yield from found


def _binds(node: ast.AST, name: str) -> bool:
    """Return whether a node gives `name` another meaning; imports from modules are looked at by themselves."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Import):
        return any(name in (alias.asname, alias.name.partition(".")[0]) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    if isinstance(node, ast.arg):
        return node.arg == name
    if isinstance(node, ast.Global | ast.Nonlocal):
        return name in node.names
    if isinstance(node, ast.MatchMapping):
        return node.rest == name
    has_name = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar
    return isinstance(node, has_name) and node.name == name


def _imports(graph: CodeGraph, path: str, node: ast.ImportFrom, renamed: Renamed) -> bool:
    module = graph.modules.absolute(node.module, path) if node.module and not node.level else None
    targets = names.member(graph.resolver, module, renamed.name) if module is not None else []
    return bool(targets) and all(target.id in renamed.members for target in targets)


def _is_ours(found: object, renamed: Renamed) -> bool:
    return isinstance(found, Symbol) and found.id in renamed.members


def _place(path: str, example: _Example, node: ast.alias | ast.Name, name: str) -> Place:
    start = example.starts[node.lineno - 1] + node.col_offset
    return Place(path, start, start + len(name.encode()))


def _examples(data: bytes, first: int, last: int) -> list[_Example] | None:
    """Return the examples between two places of a file; None when one cannot be read as code, byte by byte."""
    found: list[_Example] = []
    lines: list[bytes] = []
    starts: list[int] = []
    places = [first, *accumulate((len(line) for line in data[first:last].splitlines(keepends=True)), initial=first)][1:]
    for start, line in zip([*places, last], [*data[first:last].splitlines(), b""], strict=False):
        match = _LINE.match(line)
        if lines and (not match or _FIRST.match(line)):
            try:
                found.append(_Example(ast.parse(b"\n".join(lines)), tuple(starts)))
            except (SyntaxError, ValueError, RecursionError):
                return None
            lines, starts = [], []
        if match and (lines or _FIRST.match(line)):
            if b"\\" in line:
                return None
            lines.append(line[match.end() :])
            starts.append(start + match.end())
    return found


@lru_cache(maxsize=64)
def docstrings(data: bytes) -> tuple[tuple[int, int], ...]:
    """Return the spans of the string literals of a file that hold examples, those of more than one line alone."""
    lines = LineIndex(data)
    found = []
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type == tokenize.STRING and ">>>" in token.string and token.start[0] != token.end[0]:
                start, end = (lines.lsp_offset((row - 1, column), "utf-32") for row, column in (token.start, token.end))
                opening = re.match(r"[A-Za-z]*(?:'''|\"\"\")", token.string)
                if opening:
                    found.append((start + opening.end(), end - 3))
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(found)


def is_output(data: bytes, offset: int) -> bool:
    """Return whether a place stands in the output that an example is expected to give: up to an empty line after it."""
    start = data.rfind(b"\n", 0, offset) + 1
    line = data[start : data.find(b"\n", start) if b"\n" in data[start:] else len(data)]
    if _LINE.match(line):
        return False
    while start > 0 and line.strip():
        before = data.rfind(b"\n", 0, start - 1) + 1
        line = data[before : start - 1]
        if _LINE.match(line):
            return True
        start = before
    return False
