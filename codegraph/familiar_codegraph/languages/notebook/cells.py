"""The code of a notebook as one source text, and where each byte of it stands in the JSON.

Cells follow each other, a line break between them. Lines of IPython's own (`%magic`, `!command`, `help?`) become
a number and a comment of the same length, so that no byte moves. Markdown cells, outputs and notebooks of other
languages hold no code.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

_TOKEN = re.compile(rb'\s*([{}\[\],:]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{}\[\],:"]+)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PYTHON = ("", "python", "python2", "python3", "ipython", "ipython2", "ipython3")
_TRANSPARENT = (b"time", b"timeit", b"capture", b"prun", b"memit", b"mprun", b"lprun")
_MAGIC = re.compile(rb"^([ \t]*(?:[A-Za-z_][\w.,]*[ \t]*=[ \t]*)?)([%!][^\n]*)", re.MULTILINE)
_HELP = re.compile(rb"^[ \t]*(?:\?{1,2}([\w.]+)|([\w.]+)\?{1,2})[ \t]*$", re.MULTILINE)


class Run(NamedTuple):
    """Bytes of the source that stand together in the JSON; an escape is a run by itself (`verbatim` is false)."""

    start: int
    length: int
    place: int
    width: int
    verbatim: bool


class Source(NamedTuple):
    """`code` is the source text; `problem` says why there is none."""

    code: bytes
    runs: tuple[Run, ...] = ()
    starts: tuple[int, ...] = ()
    problem: str = ""

    def place(self, offset: int) -> int:
        """Return where the byte at `offset` of the code stands in the file."""
        number = bisect_right(self.starts, offset) - 1
        if number < 0:
            return self.runs[0].place if self.runs else 0
        run = self.runs[number]
        inside = min(offset - run.start, run.length)
        if run.verbatim:
            return run.place + inside
        return run.place if inside == 0 else run.place + run.width

    def end(self, offset: int) -> int:
        """Return where what ends at `offset` of the code ends in the file."""
        if offset <= 0:
            return self.place(0)
        number = bisect_right(self.starts, offset - 1) - 1
        if number < 0:
            return self.place(0)
        run = self.runs[number]
        return run.place + (min(offset - run.start, run.length) if run.verbatim else run.width)


def source_of(data: bytes) -> Source:
    """Return the code of a notebook; empty, with the problem, when it is no JSON."""
    try:
        notebook = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(notebook.get("metadata", msgspec.Raw(b"{}")))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Source(b"", problem=f"the notebook is not valid JSON: {error}")
    if _language(metadata) not in _PYTHON:
        return Source(b"")
    code = bytearray()
    runs: list[Run] = []
    for strings in _code_cells(data):
        start = len(code)
        for at, end in strings:
            _decode(data, at, end, code, runs)
        code[start:] = neutral(bytes(code[start:]))
        code += b"\n"
    return Source(bytes(code), tuple(runs), tuple(r.start for r in runs))


def _language(metadata: object) -> str:
    """Return the name of the notebook's language in lower case, "" when it does not say."""
    found = ""
    for table, key in (("kernelspec", "language"), ("language_info", "name")):
        inner = metadata.get(table) if isinstance(metadata, dict) else None
        name = inner.get(key) if isinstance(inner, dict) else None
        found = name.lower() if isinstance(name, str) and name else found
    return found


def _code_cells(data: bytes) -> Iterator[list[tuple[int, int]]]:
    """Yield the strings (inside the quotes) of the source of each code cell."""
    kind, strings = b"", list[tuple[int, int]]()
    for path, start, end in _strings(data):
        if path == ():  # a cell ends
            if kind == b"code":
                yield strings
            kind, strings = b"", []
        elif path == (b"cell_type",):
            kind = data[start:end]
        elif path[0] == b"source":
            strings.append((start, end))


def _strings(data: bytes) -> Iterator[tuple[tuple[bytes, ...], int, int]]:
    """Yield (keys inside the cell, start, end) of each string of the cells' type and source; () where a cell ends."""
    stack: list[list[bytes | bool]] = []  # of each open object or list: whether it is an object, and its current key
    expects_key = False
    for match in _TOKEN.finditer(data):
        token, start = match[1], match.start(1)
        first = token[:1]
        if first in b"{[":
            stack.append([first == b"{", b""])
            expects_key = first == b"{"
        elif first in b"}]":
            if len(stack) == 3 and stack[0][1] == b"cells" and first == b"}":
                yield (), start, start
            stack.pop()
            expects_key = False
        elif first == b",":
            expects_key = bool(stack and stack[-1][0])
        elif first == b'"' and expects_key:
            stack[-1][1] = token[1:-1]
            expects_key = False
        elif first == b'"' and 3 <= len(stack) <= 4 and stack[0][1] == b"cells":
            key = stack[2][1]
            if isinstance(key, bytes) and (key == b"source" or (key == b"cell_type" and len(stack) == 3)):
                yield (key,), start + 1, match.end() - 1


def _decode(data: bytes, at: int, end: int, code: bytearray, runs: list[Run]) -> None:
    """Add the text of a JSON string to the code."""
    for match in _ESCAPE.finditer(data, at, end):
        if match.start() > at:
            runs.append(Run(len(code), match.start() - at, at, match.start() - at, True))
            code += data[at : match.start()]
        text = msgspec.json.decode(b'"' + match[0] + b'"', type=str).encode("utf-8", "surrogatepass")
        runs.append(Run(len(code), len(text), match.start(), len(match[0]), False))
        code += text
        at = match.end()
    if end > at:
        runs.append(Run(len(code), end - at, at, end - at, True))
        code += data[at:end]


def neutral(cell: bytes) -> bytes:
    """Return the code of a cell with IPython's own lines replaced, byte for byte."""
    lead = cell.lstrip()
    if lead.startswith(b"%%") and lead[2:].split(None, 1)[:1] and lead[2:].split(None, 1)[0] not in _TRANSPARENT:
        return hidden(cell)
    cell = _MAGIC.sub(lambda m: m[1] + b"0" + b"#" * (len(m[2]) - 1), cell)
    return _HELP.sub(lambda m: m[0].replace(b"?", b" ") if m[0].rstrip().endswith(b"?") else b"#" * len(m[0]), cell)


def hidden(cell: bytes) -> bytes:
    """Return comments in place of the code, byte for byte."""
    return re.sub(rb"[^\n]", b"#", cell)
