"""Tables of rows of small integers, packed by column: a row is made when it is asked for.

A file's facts have thousands of such rows; as objects they take some 150 bytes each, packed about 15, and they are read
from the store without being made.
"""

from array import array
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

import msgspec

R = TypeVar("R", bound=msgspec.Struct)
_WIDTHS = (("b", -(2**7), 2**7), ("h", -(2**15), 2**15), ("i", -(2**31), 2**31))


class Columns(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A packed table as it is stored: one letter of `array` for each column, and the columns' bytes.

    Where rows hold tuples of integers as their last field, the last two columns are where each row's tuple ends, and
    all of the tuples one after the other.
    """

    codes: str
    columns: tuple[bytes, ...]


class Packed(Sequence[R], Generic[R]):
    """A sequence of rows. It equals a tuple of the same rows."""

    __slots__ = ("_arrays", "_codes", "_fields", "_items", "_made", "_row")

    def __init__(self, row: type[R], columns: Columns) -> None:
        self._row, self._codes = row, columns.codes
        arrays = []
        for code, data in zip(columns.codes, columns.columns, strict=True):
            column = array(code)
            column.frombytes(data)
            arrays.append(column)
        self._fields = row.__struct_fields__
        self._items = len(arrays) > len(self._fields)
        self._arrays: tuple[Any, ...] = tuple(arrays)
        self._made: dict[int, R] = {}  # rows are asked for again and again, and most of them never

    def __len__(self) -> int:
        return len(self._arrays[0])

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        if index.__class__ is slice:
            return tuple(self[n] for n in range(*index.indices(len(self))))
        row = self._made.get(index)  # type: ignore[arg-type]
        if row is None:
            row = self._made[index] = self._make(index)  # type: ignore[arg-type, index]
        return row

    def _make(self, index: int) -> R:
        if not self._items:
            return self._row(*[column[index] for column in self._arrays])
        *plain, ends, items = self._arrays
        start = ends[index - 1] if index % len(ends) else 0
        return self._row(*[column[index] for column in plain], tuple(items[start : ends[index]]))

    def __iter__(self) -> Iterator[R]:
        if not self._items:
            return map(self._row, *self._arrays)
        return (self._make(n) for n in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Packed | tuple):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def column(self, field: str) -> Sequence[int]:
        """Return one field of all rows."""
        column: Sequence[int] = self._arrays[self._fields.index(field)]
        return column

    def stored(self) -> Columns:
        """Return what it was made from."""
        return Columns(self._codes, tuple(column.tobytes() for column in self._arrays))


def column(rows: Sequence[Any], field: str) -> Sequence[int]:
    """Return one field of all rows, without making the rows where they are packed."""
    return rows.column(field) if isinstance(rows, Packed) else [getattr(row, field) for row in rows]


def pack(row: type[R], rows: Sequence[R], *, items: bool = False) -> Columns:
    """Return rows as columns; with `items`, their last field is a tuple of integers, the others are integers."""
    if isinstance(rows, Packed):
        return rows.stored()
    fields = row.__struct_fields__
    values: list[list[int]] = [list(map(attrgetter(field), rows)) for field in (fields[:-1] if items else fields)]
    if items:
        ends, flat = [], []
        for one in map(attrgetter(fields[-1]), rows):
            flat += one
            ends.append(len(flat))
        values += [ends, flat]
    codes = "".join(_code(column) for column in values)
    return Columns(codes, tuple(array(code, column).tobytes() for code, column in zip(codes, values, strict=True)))


def _code(column: Sequence[int]) -> str:
    least, most = (min(column), max(column)) if column else (0, 0)
    return next(code for code, low, high in _WIDTHS if low <= least and most < high)
