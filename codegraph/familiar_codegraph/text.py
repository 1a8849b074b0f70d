"""Positions in a file: bytes inside, lines and columns at the rim.

Everything between the rooms speaks byte offsets into the file's bytes, which are kept to the byte (line ends, BOM). The
command line speaks 1-based lines and columns in code points, the LSP 0-based lines and utf-8 or utf-16 units; a
`LineIndex` converts. Lines end at LF, CRLF or CR, as the LSP has it.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Literal, NamedTuple

Encoding = Literal["utf-8", "utf-16", "utf-32"]
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Position(NamedTuple):
    """A place as the rim speaks it; whether it counts from 0 or 1, and in which units, is the method's business."""

    line: int
    column: int


@lru_cache(maxsize=32)  # one version of a file is asked about many times in a row
def _starts(data: bytes) -> list[int]:
    return [0, *(m.end() for m in _LINE_END.finditer(data))]


class LineIndex:
    """Line starts of one version of a file's bytes. Each byte of malformed UTF-8 counts as one column."""

    def __init__(self, data: bytes) -> None:
        self.data, self.starts = data, _starts(data)

    def line_of(self, offset: int) -> int:
        """Return the 0-based line that holds byte `offset`."""
        return bisect_right(self.starts, offset) - 1

    def line_bytes(self, line: int) -> bytes:
        """Return 0-based `line` without its line end; empty past the last line."""
        if not 0 <= line < len(self.starts):
            return b""
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[line] : end].rstrip(b"\r\n")

    def position(self, offset: int) -> Position:
        """Return the 1-based line and code point column of a byte offset (clamped into the file)."""
        line, column = self.lsp_position(offset, "utf-32")
        return Position(line + 1, column + 1)

    def offset(self, position: tuple[int, int]) -> int:
        """Return the byte offset of a 1-based line and code point column.

        Raises:
            ValueError: the file has no such line or column.
        """
        line, column = position[0] - 1, position[1] - 1
        if not 0 <= line < len(self.starts):
            raise ValueError(f"line {position[0]} is outside the file, which has {len(self.starts)} lines")
        text = self.line_bytes(line).decode("utf-8", "surrogateescape")
        if not 0 <= column <= len(text):
            raise ValueError(f"column {position[1]} is outside line {position[0]}, which has {len(text)} characters")
        return self.lsp_offset((line, column), "utf-32")

    def lsp_position(self, offset: int, encoding: Encoding) -> Position:
        """Return the 0-based line and column (in units of `encoding`) of a byte offset (clamped into the file)."""
        offset = max(0, min(offset, len(self.data)))
        line = self.line_of(offset)
        before = self.data[self.starts[line] : offset]
        return Position(line, _units(before, encoding))

    def lsp_offset(self, position: tuple[int, int], encoding: Encoding) -> int:
        """Return the byte offset of a 0-based line and column; past the line's or the file's end it is clamped."""
        line, column = position
        if line >= len(self.starts):
            return len(self.data)
        start, data = self.starts[max(line, 0)], self.line_bytes(line)
        if encoding == "utf-8" or data.isascii():
            return start + min(max(column, 0), len(data))
        text, seen, units = data.decode("utf-8", "surrogateescape"), 0, 0
        for char in text:
            if units >= column:
                break
            units += 2 if encoding == "utf-16" and ord(char) > 0xFFFF else 1
            seen += len(char.encode("utf-8", "surrogateescape"))
        return start + seen


def _units(data: bytes, encoding: Encoding) -> int:
    if encoding == "utf-8" or data.isascii():
        return len(data)
    text = data.decode("utf-8", "surrogateescape")
    return len(text) if encoding == "utf-32" else sum(2 if ord(c) > 0xFFFF else 1 for c in text)
