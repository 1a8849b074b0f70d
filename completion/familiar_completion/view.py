"""What surrounds the cursor: the text on both sides, its line, its statement, whether it stands in a string."""

import re
from functools import lru_cache
from typing import Literal

import msgspec

Kind = Literal["code", "string", "comment"]

# Unterminated strings run to the end of their line (triple-quoted ones to the end of the text); their last group is
# unset.
MARK = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?P<a>""")?'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+(?P<b>''')?"
    r'|"(?:[^"\\\n]++|\\.)*+(?P<c>")?'
    r"|'(?:[^'\\\n]++|\\.)*+(?P<d>')?"
    r"|#[^\n]*+|[()\[\]{}]",
    re.DOTALL,
)
PAIRS = {")": "(", "]": "[", "}": "{"}
CLOSERS = ")]}\"'`"


class State(msgspec.Struct, frozen=True):
    """Where a text ends: inside what, which brackets are open, the index of the first closer that closes nothing.

    `joined` are the (start, end) of all brackets and strings before that hold a line break, the outermost alone.
    """

    kind: Kind
    quote: str
    brackets: tuple[tuple[str, int], ...]
    stray: int | None
    joined: tuple[tuple[int, int], ...] = ()

    @property
    def shape(self) -> tuple[str, str, str]:
        """The state without positions, for comparison."""
        return self.kind, self.quote, "".join(bracket for bracket, _ in self.brackets)


def scan(text: str, start: int = 0) -> State:
    """Return the state at the end of `text` (Python's strings, comments and brackets).

    A stray closer counts from `start`.
    """
    return _scan(text, start, 0, ())


def _scan(text: str, start: int, at: int, brackets: tuple[tuple[str, int], ...]) -> State:
    """Scan from `at`, where code stands and `brackets` are open."""
    stack = list(brackets)
    joined: list[tuple[int, int]] = []
    stray: int | None = None
    kind: Kind = "code"
    quote = ""
    for mark in MARK.finditer(text, at):
        found = mark.group()
        first = found[0]
        if first in "([{":
            stack.append((first, mark.start()))
        elif first in PAIRS:
            if stack and stack[-1][0] == PAIRS[first]:
                _, opened = stack.pop()
                if not stack and text.find("\n", opened, mark.start()) >= 0:
                    joined.append((opened, mark.end()))
            elif mark.start() >= start and stray is None:
                stray = mark.start()
        elif mark.end() == len(text) and first == "#":
            kind = "comment"
        elif mark.end() == len(text) and mark.lastgroup is None:
            kind = "string"
            quote = found[:3] if found[:3] in ('"""', "'''") else first
        elif not stack and "\n" in found:
            joined.append(mark.span())
    return State(kind, quote, tuple(stack), stray, tuple(joined))


def scan_to_cursor(prefix: str) -> State:
    """Return `scan(prefix)`; while somebody types in the last line, only that line is read."""
    head = prefix[: prefix.rfind("\n") + 1]
    above = _scan_head(head)
    if above.kind == "string":  # its end may stand in the last line
        return scan(prefix)
    state = _scan(prefix, 0, len(head), above.brackets)
    stray = state.stray if above.stray is None else above.stray
    return State(state.kind, state.quote, state.brackets, stray, above.joined + state.joined)


_scan_head = lru_cache(maxsize=8)(scan)


class View(msgspec.Struct, frozen=True):
    """One cursor in one version of a document. Texts have LF line ends, offsets count the document's own bytes.

    `prefix` and `suffix` are all the text before and after the cursor; `before` and `after` the parts of its line;
    `statement` the text from the start of the statement's first line to the cursor.
    """

    path: str
    offset: int
    line_start: int
    eol: str
    prefix: str
    suffix: str
    before: str
    after: str
    statement: str
    state: State

    @property
    def blank(self) -> bool:
        """Whether nothing but blanks stands before the cursor in its line."""
        return not self.before.strip()

    @property
    def prose(self) -> bool:
        """Whether the cursor stands in a comment or a triple-quoted string, where no syntax holds."""
        return self.state.kind == "comment" or len(self.state.quote) == 3

    @property
    def python(self) -> bool:
        """Whether Python's grammar holds here."""
        return self.path.endswith((".py", ".pyi", ".ipynb"))


def look(path: str, data: bytes, offset: int) -> View:
    """Return the view at byte `offset` (0 to the length of `data`). A cursor inside a CRLF counts as before it."""
    if data[offset - 1 : offset + 1] == b"\r\n":
        offset -= 1
    prefix = _text(data[:offset])
    suffix = _text(data[offset:])
    before = prefix[prefix.rfind("\n") + 1 :]
    after = suffix.partition("\n")[0]
    state = scan_to_cursor(prefix)
    first = min((at for _, at in state.brackets), default=len(prefix))
    start = prefix.rfind("\n", 0, first) + 1
    while start and prefix[:start].endswith("\\\n"):
        start = prefix.rfind("\n", 0, start - 1) + 1
    return View(
        path=path,
        offset=offset,
        line_start=offset - len(before.encode("utf-8", "surrogateescape")),
        eol="\r\n" if b"\r\n" in data else "\n",
        prefix=prefix,
        suffix=suffix,
        before=before,
        after=after,
        statement=prefix[start:],
        state=state,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
