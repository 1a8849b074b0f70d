"""One convention of a real function turned into its opposite, as a small edit of the text.

Each flipper looks at one function and yields (question, edits); an edit is (start byte, end byte, new bytes). Whether
the edit really flips that question is decided by the labeller, which reads the file before and after.
"""

import ast
import re
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property

from benchmarks.conventions.habits import arguments
from benchmarks.conventions.layout import Bracket, Place, brackets
from benchmarks.conventions.names import LONG_FORM, WORDS
from benchmarks.conventions.project import Project
from benchmarks.conventions.prose import is_text
from benchmarks.conventions.source import (
    FUNCTIONS,
    Function,
    Source,
    case_of,
    docstring,
    last_segment,
    parameters,
    subtokens,
)

Edit = tuple[int, int, bytes]
Flip = tuple[str, list[Edit]]


class Text:
    """A source with its bytes' places; only for files in UTF-8 whose lines end in a line feed."""

    def __init__(self, source: Source, project: Project) -> None:
        self.source, self.project, self.data = source, project, source.data
        self._starts = [0]
        for line in source.data.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    @cached_property
    def closed(self) -> dict[Place, Bracket]:
        """The bracket pairs by the closer's place."""
        return {pair.closer: pair for pair in brackets(self.source).values()}

    def at(self, line: int, offset: int) -> int:
        """Return the byte of `ast`'s line and column."""
        return self._starts[line - 1] + offset

    def place(self, place: tuple[int, int]) -> int:
        """Return the byte of `tokenize`'s line and column (in characters)."""
        line, column = place
        return self._starts[line - 1] + len(self.source.lines[line - 1][:column].encode())

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.excepthandler) -> tuple[int, int]:
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno or 0, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt) -> bytes:
        start, end = self.span(node)
        return self.data[start:end]

    def indent(self, node: ast.stmt) -> bytes:
        return b" " * node.col_offset

    def tokens(self, function: Function) -> list[tokenize.TokenInfo]:
        lines = self.source.token_lines
        first, behind = bisect_left(lines, function.lineno), bisect_right(lines, function.end_lineno or 0)
        return self.source.tokens[first:behind]


def span_of(text: Text, function: Function) -> tuple[int, int]:
    """Return the bytes of a function with its decorators."""
    first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    return text.at(first, 0), text.span(function)[1]


def flips(text: Text, function: Function) -> Iterator[Flip]:
    """Yield all flips of the function, in a fixed order."""
    for flipper in FLIPPERS:
        yield from flipper(text, function)


def apply(data: bytes, edits: list[Edit]) -> bytes:
    """Return `data` with the edits, which may not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        data = data[:start] + new + data[end:]
    return data


def _inside(function: Function, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(function) if isinstance(node, kinds))


def _quotes(text: Text, function: Function) -> Iterator[Flip]:
    for token in text.tokens(function):
        plain = token.type == tokenize.STRING and token.string[0] in "'\"" and token.string[:3] not in {'"""', "'''"}
        if plain and not set(token.string[1:-1]) & set("'\"\\"):
            other = "'" if token.string[0] == '"' else '"'
            new = other + token.string[1:-1] + other
            yield "layout.quotes", [(text.place(token.start), text.place(token.end), new.encode())]


def _trailing_comma(text: Text, function: Function) -> Iterator[Flip]:
    previous: tokenize.TokenInfo | None = None
    pairs = text.closed
    for token in text.tokens(function):
        pair = pairs.get(token.start)
        if pair and previous and len(pair.firsts) > 1 and pair.first_on_its_line:
            end = text.place(previous.end)
            edit = (text.place(previous.start), end, b"") if previous.string == "," else (end, end, b",")
            yield "layout.trailing-comma", [edit]
        if token.type not in {tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}:
            previous = token


def _annotations(text: Text, function: Function) -> Iterator[Flip]:
    given = [
        a
        for a in [*parameters(function), function.args.vararg, function.args.kwarg]
        if a and a.arg not in {"self", "cls"}
    ]
    annotated = [a for a in given if a.annotation]
    if given and len(annotated) == len(given):
        edits = []
        for each in annotated:
            assert each.annotation is not None
            edits.append(
                (text.at(each.lineno, each.col_offset) + len(each.arg.encode()), text.span(each.annotation)[1], b"")
            )
        yield "types.parameters", edits
    elif given and not annotated:
        yield (
            "types.parameters",
            [(end := text.at(a.end_lineno or 0, a.end_col_offset or 0), end, b": int") for a in given],
        )
    for annotation in [*(a.annotation for a in annotated), function.returns]:
        yield from _annotation(text, annotation)
    if function.name == "__init__" and isinstance(function.returns, ast.Constant) and annotated:
        start, end = text.span(function.returns)
        before = text.data[:start].rstrip()
        if before.endswith(b"->"):
            yield "types.init-none", [(len(before[:-2].rstrip()), end, b"")]
    elif function.name == "__init__" and function.returns is None and annotated:
        header = text.data[: text.span(function.body[0])[0]].rstrip()
        if header.endswith(b"):"):
            yield "types.init-none", [(len(header) - 1, len(header) - 1, b" -> None")]


def _annotation(text: Text, annotation: ast.expr | None) -> Iterator[Flip]:
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, ast.Subscript) and last_segment(node.value) == "Optional":
            yield "types.optional", [(*text.span(node), text.of(node.slice) + b" | None")]
        elif isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value is None:
            if not isinstance(node.left, ast.BinOp):
                yield "types.optional", [(*text.span(node), b"Optional[" + text.of(node.left) + b"]")]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            lower = {"list", "dict", "tuple", "set", "type"}
            other = node.value.id.capitalize() if node.value.id in lower else node.value.id.lower()
            if other in lower or node.value.id in lower:
                yield "types.generics", [(*text.span(node.value), other.encode())]


def _documentation(text: Text, function: Function) -> Iterator[Flip]:
    found = docstring(function)
    if found is None or not isinstance(found.value, str) or len(function.body) == 1:
        return
    start, end = text.span(found)
    line_end = text.data.index(b"\n", end) + 1
    yield "docs.function", [(text.at(found.lineno, 0), line_end, b"")]
    written = text.data[start:end]
    opener = re.match(rb'[rRuU]?("""|\'\'\')', written)
    if opener:
        inside = start + opener.end()
        gap = re.match(rb"[ \t]*\n[ \t]*", text.data[inside:end])
        if b"\n" in written and not gap:
            yield "docs.first-line", [(inside, inside, b"\n" + text.indent(function.body[0]))]
        elif gap:
            yield "docs.first-line", [(inside, inside + gap.end(), b"")]
        paragraph = re.match(rb'\s*([^\n]*?[^\n\s"\'])(?=\s*(\n[ \t]*\n|\n?[ \t]*("""|\'\'\')))', text.data[inside:end])
        if paragraph:
            last = inside + paragraph.end(1)
            edit = (last - 1, last, b"") if text.data[last - 1 : last] == b"." else (last, last, b".")
            yield "docs.period", [edit]
    blank = re.match(rb"[ \t]*\n", text.data[line_end:])
    yield "layout.docstring-blank", [(line_end, line_end + blank.end(), b"") if blank else (line_end, line_end, b"\n")]


def _errors(text: Text, function: Function) -> Iterator[Flip]:
    for handler in _inside(function, ast.ExceptHandler):
        assert isinstance(handler, ast.ExceptHandler)
        for node in ast.walk(handler):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                end = text.span(node.exc)[1]
                if node.cause is not None:
                    yield "errors.chain", [(end, text.span(node.cause)[1], b"")]
                elif handler.name:
                    yield "errors.chain", [(end, end, b" from " + handler.name.encode())]
        if handler.name and handler.type is not None:
            other = "error" if handler.name in {"e", "exc", "err"} else "e"
            after = text.span(handler.type)[1]
            named = re.match(rb"\s+as\s+", text.data[after:])
            if named and not any(isinstance(n, ast.Name) and n.id == other for n in ast.walk(function)):
                edits = [(after + named.end(), after + named.end() + len(handler.name.encode()), other.encode())]
                uses = (
                    n for s in handler.body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == handler.name
                )
                yield "naming.exception-variable", [*edits, *((*text.span(n), other.encode()) for n in uses)]


def _texts(text: Text, function: Function) -> Iterator[Flip]:
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr) and node.lineno == node.end_lineno:
            yield from _from_fstring(text, node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            yield from _to_fstring(text, node, node.left, node.right, b"%s")
        elif isinstance(node, ast.Call) and last_segment(node.func) == "format" and len(node.args) == 1:
            owner = node.func.value if isinstance(node.func, ast.Attribute) and not node.keywords else node
            yield from _to_fstring(text, node, owner, node.args[0], b"{}")


def _to_fstring(text: Text, node: ast.expr, template: ast.expr, value: ast.expr, hole: bytes) -> Iterator[Flip]:
    written = text.of(template)
    simple = isinstance(value, (ast.Name, ast.Attribute)) and node.lineno == node.end_lineno and is_text(template)
    single = written[:1] in b"'\"" and written.count(hole) == written.count(hole[:1]) == 1
    if simple and single and (hole == b"{}" or not set(written) & set(b"{}")):
        new = b"f" + written.replace(hole, b"{" + text.of(value) + b"}")
        yield _format(text, node), [(*text.span(node), new)]


def _format(text: Text, node: ast.expr) -> str:
    """Return the question that a text built from values answers here: an error's message, or the general one."""
    call = text.source.parent[node]
    raised = isinstance(call, ast.Call) and call.args[:1] == [node] and isinstance(text.source.parent[call], ast.Raise)
    return "errors.message" if raised else "idioms.format"


def _from_fstring(text: Text, node: ast.JoinedStr) -> Iterator[Flip]:
    values = [v for v in node.values if isinstance(v, ast.FormattedValue)]
    simple = all(
        isinstance(v.value, (ast.Name, ast.Attribute)) and v.conversion == -1 and not v.format_spec for v in values
    )
    written = text.of(node)
    if not values or not simple or not re.fullmatch(rb"f(\"[^\"\\%]*\"|'[^'\\%]*')", written):
        return
    names = [ast.unparse(v.value) for v in values]
    body = written[1:]
    for name in names:
        body = body.replace(b"{" + name.encode() + b"}", b"%s", 1)
    if b"{" not in body:
        given = names[0] if len(names) == 1 else f"({', '.join(names)})"
        yield _format(text, node), [(*text.span(node), body + b" % " + given.encode())]


def _calls(text: Text, function: Function) -> Iterator[Flip]:
    owner = text.source.parent[function]
    for node in _inside(function, ast.Call, ast.Dict, ast.List):
        if isinstance(node, (ast.Dict, ast.List)):
            if not (node.keys if isinstance(node, ast.Dict) else node.elts):
                yield "idioms.empty-dict", [(*text.span(node), b"dict()" if isinstance(node, ast.Dict) else b"list()")]
            continue
        assert isinstance(node, ast.Call)
        bare = node.func.id if isinstance(node.func, ast.Name) else ""
        if bare in {"dict", "list"} and not node.args and not node.keywords:
            yield "idioms.empty-dict", [(*text.span(node), b"{}" if bare == "dict" else b"[]")]
        if bare == "super" and isinstance(owner, ast.ClassDef) and function.args.args:
            explicit = f"super({owner.name}, {function.args.args[0].arg})" if not node.args else "super()"
            yield "idioms.super", [(*text.span(node), explicit.encode())]
        if isinstance(node.func, ast.Attribute) and len(node.args) > 1 and is_text(node.args[0]) and not node.keywords:
            first, last = text.span(node.args[0])[1], text.span(node.args[-1])[1]
            if last_segment(node.func.value).strip("_").lower().endswith(("log", "logger", "logging")):
                rest = text.data[text.span(node.args[1])[0] : last]
                yield "idioms.logging", [(first, last, b" % (" + rest + b",)")]
        if text.source.resolved(node.func) == "os.path.exists" and len(node.args) == 1:
            yield "idioms.path", [(*text.span(node), b"pathlib.Path(" + text.of(node.args[0]) + b").exists()")]


def _keywords(text: Text, function: Function) -> Iterator[Flip]:
    """Give the last positional argument of a call by keyword; the labeller knows which call is the repository's."""
    for node in _inside(function, ast.Call):
        assert isinstance(node, ast.Call)
        found = [each for each in arguments(text.source, text.project, node) if each.answer == "positional"]
        if found and len(found) == len(node.args):
            name = found[-1].question.rpartition(".")[2]
            start = text.span(node.args[-1])[0]
            yield found[-1].question, [(start, start, name.encode() + b"=")]


def _branches(text: Text, function: Function) -> Iterator[Flip]:
    for node in _inside(function, ast.If):
        assert isinstance(node, ast.If)
        leaves = isinstance(node.body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))
        outer = text.source.parent[node]
        block = next((b for _, b in ast.iter_fields(outer) if isinstance(b, list) and node in b), [])
        rest = block[block.index(node) + 1 :]
        if not leaves or text.data[slice(*text.span(node))].startswith(b"elif"):
            continue
        if not node.orelse and rest:
            start, end = text.at(rest[0].lineno, 0), text.span(rest[-1])[1]
            moved = re.sub(rb"(?m)^(?=[^\n])", b"    ", text.data[start:end])
            yield "idioms.else-after-return", [(start, end, text.indent(node) + b"else:\n" + moved)]
        elif node.orelse and not (isinstance(node.orelse[0], ast.If) and len(node.orelse) == 1):
            start = text.at(node.orelse[0].lineno, 0)
            opener = re.search(rb"[ \t]*else:[ \t]*\n\Z", text.data[:start])
            if opener:
                end = text.span(node.orelse[-1])[1]
                moved = re.sub(rb"(?m)^    ", b"", text.data[start:end])
                yield "idioms.else-after-return", [(opener.start(), end, moved)]


def _names(text: Text, function: Function) -> Iterator[Flip]:
    words = [word for word in function.name.strip("_").split("_") if word]
    start = text.span(function)[0]
    at = start + text.data[start:].index(function.name.encode(), 3)
    before = function.name[: len(function.name) - len(function.name.lstrip("_"))]
    parts = subtokens(function.name)
    if len(parts) > 1 and case_of(function.name) in {"snake_case", "camelCase"}:
        camel = case_of(function.name) == "camelCase"
        new = "_".join(parts) if camel else words[0] + "".join(word.capitalize() for word in words[1:])
        yield "naming.function", [(at, at + len(function.name.encode()), (before + new).encode())]
    used = {n.id for n in _inside(function, ast.Name)} | {n.arg for n in _inside(function, ast.arg)}  # type: ignore[attr-defined]
    stored = {n.id for n in _inside(function, ast.Name) if isinstance(n.ctx, ast.Store)}  # type: ignore[attr-defined]
    nested = any(isinstance(n, (*FUNCTIONS, ast.Lambda)) for n in ast.walk(function) if n is not function)
    for name in sorted(stored) if not nested else ():
        for word in subtokens(name):
            if word in LONG_FORM:
                long = LONG_FORM[word]
                new = name.replace(word, WORDS[long][0] if word == long else long, 1)
                if new not in used and new != name:
                    places = [n for n in _inside(function, ast.Name) if n.id == name]  # type: ignore[attr-defined]
                    yield f"naming.word:{long}", [(*text.span(n), new.encode()) for n in places]  # type: ignore[arg-type]


def _asserts(text: Text, function: Function) -> Iterator[Flip]:
    if not text.source.is_test:
        return
    for node in _inside(function, ast.Assert, ast.Call):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            if isinstance(node.test.ops[0], ast.Eq) and node.msg is None:
                left, right = text.of(node.test.left), text.of(node.test.comparators[0])
                yield "tests.assert", [(*text.span(node), b"self.assertEqual(" + left + b", " + right + b")")]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "assertEqual":
            one_line = node.lineno == node.end_lineno
            if one_line and len(node.args) == 2 and isinstance(text.source.parent[node], ast.Expr):
                new = b"assert " + text.of(node.args[0]) + b" == " + text.of(node.args[1])
                yield "tests.assert", [(*text.span(node), new)]


FLIPPERS: tuple[Callable[[Text, Function], Iterator[Flip]], ...] = (
    _quotes,
    _trailing_comma,
    _annotations,
    _documentation,
    _errors,
    _texts,
    _calls,
    _keywords,
    _branches,
    _names,
    _asserts,
)
