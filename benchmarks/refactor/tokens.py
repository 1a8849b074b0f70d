"""The names of a Python file, by `tokenize` alone: the n-th of them stays the n-th when names are replaced."""

import io
import tokenize
from typing import NamedTuple


class Name(NamedTuple):
    """One name: byte offset in the file, 0-based line, column in UTF-16 units."""

    text: str
    offset: int
    line: int
    column: int


def names(data: bytes) -> list[Name]:
    """Return the names (keywords too) of a Python file in order; none where it cannot be read."""
    bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    found = []
    try:
        text = io.StringIO(data[bom:].decode(), newline="")
        starts, lines = [bom], text.readlines()
        for line in lines:
            starts.append(starts[-1] + len(line.encode()))
        for token in tokenize.generate_tokens(iter(lines).__next__):
            if token.type == tokenize.NAME:
                row, column = token.start[0] - 1, token.start[1]
                before = lines[row][:column]
                offset = starts[row] + len(before.encode())
                found.append(Name(token.string, offset, row, len(before.encode("utf-16-le")) // 2))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return []
    return found


def replaced(data: bytes, name: Name, text: str) -> bytes:
    """Return `data` with one name replaced."""
    return data[: name.offset] + text.encode() + data[name.offset + len(name.text.encode()) :]
