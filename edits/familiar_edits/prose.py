"""Questions about mentions: comments, docstrings and strings of code, and the repository's other texts."""

import contextlib
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from familiar_codegraph import discover
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Symbol

from familiar_edits import examples, formats, mentions, naming
from familiar_edits.places import Question, Renamed
from familiar_edits.textedits import Place

_TYPE_COMMENT = re.compile(rb"#[ \t]*type:[ \t]*(?!ignore\b)")
_RUNS = "a string that reads like code mentions the name"
_SHOWN = "a test may expect the class to be shown by this name"
_SAYS = "a comment, docstring or string mentions the name"


def _looks_like_code(data: bytes, start: int, end: int, symbol: Symbol, is_shown: bool) -> bool:
    """Return whether a mention stands in a string that is no docstring and reads like code, a repr or a format.

    The group of a regular expression may become a keyword or an attribute, but never a name of a module. `<name ...>`
    is how instances of a class show themselves, other things only where code reads what they are called (`is_shown`).
    """
    before, after = data[max(0, start - 40) : start], data[end : end + 2]
    if symbol.scope == symbol.path and before.endswith(b"(?P<") and after[:1] == b">":
        return False
    is_field = _FIELD_BEFORE.search(before) and _FORMAT.match(data, end)
    is_named = _CODE_BEFORE.search(before) or (before.endswith(b"<") and (symbol.kind == "class" or is_shown))
    if not (is_named or after[:1] in (b"(", b"=") or is_field):
        return False
    return _is_in_value(data, start)


def _in_repr(index: FileIndex, start: int) -> bool:
    """Return whether a place stands in a method that says how an object is shown."""
    return index.facts.scopes[index.scope_at(start)].qualname.rpartition(".")[2] in ("__repr__", "__str__")


def _only_shows(graph: CodeGraph) -> bool:
    """Return whether what objects show is only read by people and tests, who have the words that stand there now: no
    code evaluates it, and no test makes it up from the names of things."""
    for path in filter(_is_python, graph.files()):
        data = graph.data(path)
        if _EVALUATES.search(data) or (naming.is_test_file(path) and b"name__" in data):
            return False
    return True


def _is_in_value(data: bytes, start: int) -> bool:
    """Return whether a place stands in a string that is part of an expression, and no message."""
    around = next((span for span in _plain_strings(data) if span[0] <= start < span[1]), None)
    return around is not None and not _MESSAGE_BEFORE.search(data[max(0, around[0] - 80) : around[0]])


@lru_cache(maxsize=64)
def _plain_strings(data: bytes) -> tuple[tuple[int, int], ...]:
    """Return the spans of string literals that are part of an expression; all of the file when it cannot be read."""
    lines = LineIndex(data)
    found: list[tuple[int, int]] = []
    fresh = True
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type in _STRINGS and not fresh:
                span = [lines.lsp_offset((row - 1, column), "utf-32") for row, column in (token.start, token.end)]
                found.append((span[0], span[1]))
            if token.type not in _LAYOUT:
                fresh = False
            elif token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
                fresh = True
    except (tokenize.TokenError, SyntaxError):
        return ((0, len(data)),)
    return tuple(found)


_STRINGS = frozenset({tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)})
_LAYOUT = frozenset({
    tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENCODING,
})  # fmt: skip
_CODE_BEFORE = re.compile(rb"\b(?:import|from|def|class)\s+$|[\w)\]]\.$|\?P<$|%\($|\{[\w.]*$")
_FIELD_BEFORE = re.compile(rb"\{[^{}\n]*$")
_MESSAGE_BEFORE = re.compile(rb"\b(?:raise\s+[\w.]+|warn)[(\s]+$")
_EVALUATES = re.compile(rb"\b(?:eval|exec|literal_eval|pickle|importlib)\b")
_FORMAT = re.compile(rb"[.\w]*[!:}]")


def type_comments(graph: CodeGraph, files: Iterable[tuple[str, bytes]], renamed: Renamed) -> Iterator[Place]:
    """Yield the places where a comment `# type: ...` names a renamed symbol: code, although Python does not see it."""
    for path, data in files:
        for comment in _TYPE_COMMENT.finditer(data):
            for match in mentions.word(renamed.name).finditer(data, comment.end(), _end_of_line(data, comment.end())):
                found = graph.lookup(path, comment.start(), renamed.name)
                if isinstance(found, Symbol) and found.id in renamed.members:
                    yield Place(path, *match.span())


def filled(graph: CodeGraph, files: Iterable[tuple[str, bytes]], renamed: Renamed) -> Iterator[Place]:
    """Yield the fields of formats that a namespace fills with a renamed variable: `"{size}".format(**globals())`."""
    for path, data in files if not renamed.is_member else ():
        for field in (field for one in formats.filled(data) for field in one.fields if field.name == renamed.name):
            found = graph.lookup(path, 0 if field.of_module else field.start, renamed.name)
            if isinstance(found, Symbol) and found.id in renamed.members:
                yield Place(path, field.start, field.end)


def _end_of_line(data: bytes, offset: int) -> int:
    end = data.find(b"\n", offset)
    return end if end >= 0 else len(data)


def questions(
    graph: CodeGraph, symbol: Symbol, texts: Mapping[str, bytes], known: Collection[Place], is_shown: bool = False
) -> Iterator[Question]:
    """Yield a question, not in the way, for each mention of the symbol's name outside of what is already judged.

    What is only seen inside a function is looked for only there and in the docstring around it; the rest everywhere.
    `texts` are files that are not code, by path. With `is_shown`, code reads what classes are called.
    """
    are_run, shows_only = runs_doctests(graph, texts), _only_shows(graph)
    local = symbol.scope != symbol.path and symbol.kind in ("variable", "parameter", "function", "class")
    for path in [symbol.path] if local else filter(_is_python, graph.files()):
        index = graph.index(path)
        data = graph.data(path)
        problem = graph.failed.get(path, "")
        if index is None or (problem and not problem.startswith("syntax error")):
            known_there = [use.start for use in index.facts.uses] if index else []
            yield from _unread(problem, path, data, symbol.name, known_there)
            continue
        if symbol.name.encode() not in data:
            continue
        spans = [(use.start, use.end) for n in index.uses_of.get(symbol.name, ()) for use in [index.facts.uses[n]]]
        spans += [(field.start, field.end) for one in formats.filled(data) for field in one.fields]
        first, last = _around(graph, symbol) if local else (0, len(data))
        expected = symbol.kind == "class" and naming.is_test_file(path)
        for start, end in mentions.mentions(data, symbol.name, spans, ordinary=are_run or (expected and is_shown)):
            if first <= start < last and Place(path, start, end) not in known:
                is_code = not local and _looks_like_code(data, start, end, symbol, is_shown)
                is_code = is_code and not (shows_only and _in_repr(index, start))
                is_run = not local and are_run and _is_example(symbol, data, start)
                is_expected = expected and _is_in_value(data, start)
                if is_expected or is_run or mentions.is_marked(data, symbol.name, start, end):
                    why = _DOCTEST if is_run else _RUNS if is_code else _SHOWN if is_expected else _SAYS
                    yield Question(Place(path, start, end), why, is_code or is_expected or is_run)
    yield from _in_texts(symbol, texts, known, local, are_run)


def _in_texts(
    symbol: Symbol, texts: Mapping[str, bytes], known: Collection[Place], local: bool, are_run: bool
) -> Iterator[Question]:
    """Questions about texts: of a parameter, only its keywords in examples that run."""
    if local and not (are_run and symbol.kind == "parameter"):
        return
    for path, data in sorted(texts.items()):
        for start, end in mentions.mentions(data, symbol.name, ordinary=are_run):
            is_run = are_run and _is_example(symbol, data, start) and (not local or data[end : end + 1] == b"=")
            if Place(path, start, end) in known:  # of a notebook, the code is judged already
                continue
            if is_run or (not local and mentions.is_marked(data, symbol.name, start, end)):
                yield Question(Place(path, start, end), _DOCTEST if is_run else "this text mentions the name", is_run)


def is_doctest(data: bytes, offset: int) -> bool:
    """Return whether a place stands in the code of an example: a line after `>>>` or `...`."""
    return data[data.rfind(b"\n", 0, offset) + 1 : offset].lstrip().startswith((b">>>", b"..."))


def _is_example(symbol: Symbol, data: bytes, start: int) -> bool:
    """Return whether a mention decides what an example does, or what it is expected to show of a class or function."""
    is_shown = symbol.kind in ("class", "function") and examples.is_output(data, start)
    return is_doctest(data, start) or is_shown


def runs_doctests(graph: CodeGraph, texts: Mapping[str, bytes]) -> bool:
    """Return whether examples in documents or docstrings are tests here, as far as configuration or a test says so."""
    if any(path.rpartition("/")[2] in _CONFIGURATION and _DOCTESTS.search(data) for path, data in texts.items()):
        return True
    return any(_DOCTESTS.search(graph.data(path)) for path in graph.files() if naming.is_test_file(path))


_CONFIGURATION = frozenset({"pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"})
_DOCTESTS = re.compile(rb"--doctest-|\bdoctest(?:_\w+)?\.(?:test(?:file|mod)|DocTest|DocFile)|\bpytest --doctest")
_DOCTEST = "an example that is run as a test mentions the name"


def _is_python(path: str) -> bool:
    language = language_of(path)
    return language is not None and language.name == "python"


def _unread(problem: str, path: str, data: bytes, name: str, known: Collection[int]) -> Iterator[Question]:
    """A valid file that the graph has not read whole may refer to the symbol wherever it spells the name."""
    for match in mentions.word(name).finditer(data):
        if match.start() not in known:
            why = f"the file was not read whole ({problem or 'unknown reason'}), and mentions the name here"
            yield Question(Place(path, *match.span()), why, True)


def _around(graph: CodeGraph, symbol: Symbol) -> tuple[int, int]:
    """Return the span of the function that holds a local name; of a constructor, its class."""
    around = graph.symbol(symbol.scope)
    if around is not None and around.name == "__init__":
        around = graph.symbol(around.scope) or around
    return (graph.symbols.span(around.id) if around else None) or (0, 0)


def texts(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the bytes of those of `paths` in which people or tools name code without being code.

    What holds secrets or is too large to be written by a person is left out.
    """
    found = {}
    for path in filter(mentions.is_prose, paths):
        with contextlib.suppress(discover.Skipped):
            found[path] = discover.read(root, path)
    return found
