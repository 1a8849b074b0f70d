"""A Python file's bytes with its syntax tree: where statements stand, to the byte."""

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cached_property

from familiar_edits.refusal import Refusal

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"
_BLANK = re.compile(rb"[ \t\f]*(?:\r\n|\r|\n|$)")


class PySource:
    """Offsets are of `data`, ends exclusive.

    Raises:
        Refusal: the file does not compile, or is not written in UTF-8.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data = path, data
        try:
            data.decode("utf-8")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(data)
        except UnicodeDecodeError:
            raise Refusal(f"{path} is not written in UTF-8, so places in it are not certain.") from None
        except (SyntaxError, ValueError):
            raise Refusal(f"{path} does not parse, so what it means is not certain: mend it first.") from None

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.data))]

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place as `ast` counts it: lines from 1, columns in bytes from 0."""
        bom = len(_BOM) if line == 1 and self.data.startswith(_BOM) else 0
        return self._lines[line - 1] + column + bom

    def start(self, node: ast.AST) -> int:
        """Return where a node starts; a definition with its decorators."""
        decorators = getattr(node, "decorator_list", [])
        if decorators:
            first = self.offset(decorators[0].lineno, decorators[0].col_offset)
            return self.data.rindex(b"@", 0, first)
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        return self.data[self.start(node) : self.end(node)].decode()

    def line_start(self, offset: int) -> int:
        """Return where the line that holds `offset` starts."""
        low = max(self.data.rfind(b"\n", 0, offset), self.data.rfind(b"\r", 0, offset)) + 1
        return len(_BOM) if low == 0 and self.data.startswith(_BOM) else low

    def line_end(self, offset: int) -> int:
        """Return where the line that holds `offset` ends, its line end included."""
        match = _LINE_END.search(self.data, offset)
        return match.end() if match else len(self.data)

    def blank_before(self, offset: int) -> int:
        """Return where the blank lines that end at `offset` (a line's start) begin."""
        while offset > 0:
            above = self.line_start(offset - 1 if self.data[offset - 2 : offset] != b"\r\n" else offset - 2)
            if self.data[above:offset].strip() or above >= offset:
                return offset
            offset = above
        return offset

    def blank_after(self, offset: int) -> int:
        """Return where the blank lines that start at `offset` (a line's start) end."""
        while offset < len(self.data) and (match := _BLANK.match(self.data, offset)) and match.end() > offset:
            offset = match.end()
        return offset

    @property
    def newline(self) -> str:
        match = _LINE_END.search(self.data)
        return match.group().decode() if match else "\n"

    def indent(self, node: ast.AST) -> str:
        """Return what stands before a node in its line."""
        at = self.start(node)
        return self.data[self.line_start(at) : at].decode()

    def alone(self, node: ast.AST) -> bool:
        """Return whether a statement shares its lines with no other statement."""
        after = self.data[self.end(node) : self.line_end(self.end(node))].strip()
        return not self.indent(node).strip() and (not after or after.startswith(b"#"))

    def imports(self) -> Iterator[ast.Import | ast.ImportFrom]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node

    def import_at(self, offset: int) -> ast.Import | ast.ImportFrom | None:
        """Return the import statement that holds `offset`."""
        return next((n for n in self.imports() if self.start(n) <= offset <= self.end(n)), None)


def is_type_checking(node: ast.AST) -> bool:
    """Return whether a statement is `if TYPE_CHECKING:`."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "TYPE_CHECKING"
