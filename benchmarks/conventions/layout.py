"""Labels about layout: quotes, trailing commas, wrapping, the line after a docstring."""

import ast
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Function, Label, Source, docstring

_SPACE = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
Place = tuple[int, int]


class Bracket(NamedTuple):
    """A bracket pair: first tokens of its elements, last token before the closer, and the line's rest at the opener."""

    opener: Place
    closer: Place
    firsts: tuple[Place, ...]
    ends_with_comma: bool
    first_on_its_line: bool
    """The closer stands first on its line."""


def labels(source: Source, project: Project) -> Iterator[Label]:
    """Yield what the file's layout answers."""
    yield from _quotes(source)
    pairs = brackets(source)
    wrapped, listed = _places(source, pairs)
    for opener, pair in pairs.items():
        if opener in wrapped:
            yield from _wrap(pair)
        if opener in listed:
            yield from _trailing(pair)
    for node in source.functions():
        text = docstring(node)
        if text is not None and len(node.body) > 1:
            rest = source.lines[text.end_lineno or 0].strip()
            yield Label("layout.docstring-blank", "no" if rest else "yes", text.end_lineno or 0)


def _quotes(source: Source) -> Iterator[Label]:
    documentation = {
        (text.lineno, source.column(text.lineno, text.col_offset))
        for node in [source.tree, *source.all(ast.ClassDef), *source.functions()]
        if (text := docstring(node)) is not None
    }
    for token in source.tokens:
        if token.type == tokenize.STRING and token.string[0] in "'\"" and token.start not in documentation:
            inner = token.string[1:-1]
            if not token.string.startswith(('"""', "'''")) and "'" not in inner and '"' not in inner:
                yield Label("layout.quotes", "double" if token.string[0] == '"' else "single", token.start[0])


def brackets(source: Source) -> dict[Place, Bracket]:
    """Return all bracket pairs by the opener's place (line, column in characters)."""
    found: dict[Place, Bracket] = {}
    stack: list[tuple[Place, list[Place], bool]] = []
    last: tokenize.TokenInfo | None = None
    for token in source.tokens:
        if token.type in _SPACE:
            continue
        closing = token.type == tokenize.OP and token.string in ")]}"
        if stack and stack[-1][2] and not closing:
            stack[-1][1].append(token.start)
            stack[-1] = (*stack[-1][:2], False)
        if token.type == tokenize.OP and token.string in "([{":
            stack.append((token.start, [], True))
        elif closing and stack:
            opener, firsts, _ = stack.pop()
            comma = last is not None and last.string == ","
            alone = last is not None and last.end[0] < token.start[0]
            found[opener] = Bracket(opener, token.start, tuple(firsts), comma, alone)
        elif token.string == "," and stack:
            stack[-1] = (*stack[-1][:2], True)
        last = token
    return found


def _places(source: Source, pairs: dict[Place, Bracket]) -> tuple[set[Place], set[Place]]:
    """Return the openers of calls and parameter lists, and those of everything that holds a list of elements."""
    by_closer = {pair.closer: opener for opener, pair in pairs.items()}
    wrapped, listed = set(), set()
    for call in source.all(ast.Call):
        opener = by_closer.get(_closer(source, call))
        if opener is not None:
            wrapped.add(opener)
    for function in source.functions():
        wrapped.add(_parameters_open(source, function))
    for display in source.all(ast.List, ast.Set, ast.Dict, ast.Tuple):
        start = (display.lineno, source.column(display.lineno, display.col_offset))
        if start in pairs and pairs[start].closer == _closer(source, display):
            listed.add(start)
    for node in source.all(ast.ImportFrom):
        opener = by_closer.get(_closer(source, node))
        if opener is not None:
            listed.add(opener)
    return wrapped, listed | wrapped


def _closer(source: Source, node: ast.expr | ast.stmt) -> Place:
    line = node.end_lineno or 0
    return line, source.column(line, (node.end_col_offset or 0) - 1)


def _parameters_open(source: Source, node: Function) -> Place:
    start = (node.lineno, source.column(node.lineno, node.col_offset))
    return next(t.start for t in source.tokens if t.start > start and t.string == "(")


def _wrap(pair: Bracket) -> Iterator[Label]:
    if not pair.firsts or pair.closer[0] == pair.opener[0]:
        return
    if pair.firsts[0][0] > pair.opener[0]:
        yield Label("layout.wrap", "hanging", pair.opener[0])
    elif any(line > pair.opener[0] and column == pair.opener[1] + 1 for line, column in pair.firsts[1:]):
        yield Label("layout.wrap", "aligned", pair.opener[0])


def _trailing(pair: Bracket) -> Iterator[Label]:
    rows = [line for line, _ in pair.firsts]
    if len(rows) > 1 and len(set(rows)) == len(rows) and rows[0] > pair.opener[0] and pair.first_on_its_line:
        yield Label("layout.trailing-comma", "yes" if pair.ends_with_comma else "no", pair.closer[0])
