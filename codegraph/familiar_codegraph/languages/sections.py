"""A piece in its place in a file, and tables whose rows are numbered section by section when they are asked for.

After a keystroke nearly every row of a file has another number, and a question looks at few of them. So what a file
says stays with its pieces, which do not change, and a section knows what their numbers become.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeVar, overload

import msgspec

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Piece
from familiar_codegraph.languages.tally import Tally, tally

R = TypeVar("R", bound=msgspec.Struct)


class Around(NamedTuple):
    """The scopes around a piece, outermost first: their kinds, their numbers, and the names that each binds."""

    kinds: tuple[int, ...]
    scopes: tuple[int, ...]
    bound: tuple[set[str], ...]

    def find(self, name: str, direct: bool) -> int:
        """Return the scope that binds `name`, -1 when none does; `direct`: whether a class's members are visible."""
        for level in range(len(self.kinds) - 1, -1, -1):
            if name in self.bound[level] and (direct or self.kinds[level] not in f.MEMBER_SCOPES):
                return self.scopes[level]
        return -1


class Offsets(NamedTuple):
    """How many rows of a file's tables stand before a section."""

    scopes: int
    uses: int
    exprs: int
    binds: int
    defs: int
    imports: int
    strings: int


class Section:
    """A piece that begins at byte `start`; a class that it opens ends at `close`, the block around at `block_end`.

    `known` gives the file's number of each name, and is filled when rows are asked for.
    """

    __slots__ = ("_names", "_scopes", "around", "block_end", "close", "known", "offsets", "piece", "start")

    def __init__(
        self,
        piece: Piece,
        around: Around,
        start: int,
        close: int,
        block_end: int,
        offsets: Offsets,
        known: Mapping[str, int],
    ) -> None:
        self.piece, self.around, self.start, self.close, self.block_end = piece, around, start, close, block_end
        self.offsets, self.known = offsets, known
        self._names: tuple[int, ...] | None = None
        self._scopes: tuple[int, ...] | None = None

    @property
    def names(self) -> tuple[int, ...]:
        """The file's numbers of the piece's names."""
        if self._names is None:
            self._names = tuple(map(self.known.__getitem__, self.piece.names))
        return self._names

    @property
    def scopes(self) -> tuple[int, ...]:
        """The file's numbers of the scopes around, then of the piece's own, then (by negative index) of those of its
        free names, then -1."""
        if self._scopes is None:
            piece, first = self.piece, self.offsets.scopes
            free = [self.around.find(piece.names[name], direct) for name, direct in piece.free]
            own = range(first, first + len(piece.scopes))
            self._scopes = (*self.around.scopes, *own, *reversed(free), -1)
        return self._scopes

    @property
    def shared(self) -> int:
        """How many of the piece's scopes are those of other pieces too."""
        return self.piece.outer + (len(self.piece.scopes) if self.close >= 0 else 0)

    def scope(self, own: int) -> int:
        """Return the file's number of one of the piece's scopes (of `Use.ref` and `Bind.scope`)."""
        if own < 0:
            return self.scopes[own]
        outer = self.piece.outer
        return self.around.scopes[own] if own < outer else own - outer + self.offsets.scopes

    def tally(self) -> Tally:
        """Return what the piece adds to its file's summary."""
        piece = self.piece
        if piece.tally is None:
            piece.tally = tally(piece, self.around.kinds, self.shared)
        return piece.tally

    def binds_of(self) -> dict[int, dict[str, list[int]]]:
        """Return the piece's binds by scope and name, all as the piece numbers them (a free name's scope as in the
        file)."""
        if self.piece.binds_of is None:
            found: dict[int, dict[str, list[int]]] = {}
            for number, row in enumerate(self.piece.binds):
                if row[1] >= 0:
                    found.setdefault(row[0], {}).setdefault(self.piece.names[row[1]], []).append(number)
            self.piece.binds_of = found
        return self.piece.binds_of


class Joined(Sequence[R], Generic[R]):
    """One table of a file in sections. It equals a tuple of the same rows."""

    __slots__ = ("_ends", "_made", "_make", "sections")

    def __init__(
        self, sections: Sequence[Section], ends: Sequence[int], make: Callable[[Section], Sequence[R]]
    ) -> None:
        """`ends`: where each section's rows end; `make` gives them."""
        self.sections, self._ends, self._make = sections, ends, make
        self._made: list[Sequence[R] | None] = [None] * len(sections)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[R, ...]: ...
    def __getitem__(self, index: int | slice) -> R | tuple[R, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        if index < 0:
            index += len(self)
        number = bisect_right(self._ends, index)
        if index < 0 or number == len(self._ends):
            raise IndexError(index)
        return self._rows(number)[index - self._ends[number]]  # counted from the section's end

    def _rows(self, number: int) -> Sequence[R]:
        rows = self._made[number]
        if rows is None:
            rows = self._made[number] = self._make(self.sections[number])
        return rows

    def __iter__(self) -> Iterator[R]:
        return chain.from_iterable(map(self._rows, range(len(self._ends))))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))


class Starts(Sequence[int]):
    """Where the uses of a file in sections start, in order."""

    def __init__(self, uses: Joined[f.Use]) -> None:
        self._sections = uses.sections
        self._firsts = [section.offsets.uses for section in uses.sections]
        self._size = len(uses)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(self._size))]
        if not 0 <= index < self._size:
            raise IndexError(index)
        section = self._sections[bisect_right(self._firsts, index) - 1]
        return section.piece.uses[index - section.offsets.uses][0] + section.start


def uses_of(uses: Joined[f.Use], name: str) -> list[int]:
    """Return the indices of the uses of `name`, in text order."""
    found = []
    for section in uses.sections:
        if name in section.piece.names:
            number, first = section.piece.names.index(name), section.offsets.uses
            found += [n for n, row in enumerate(section.piece.uses, first) if row[2] == number]
    return found


class Binds(Mapping[tuple[int, str], Sequence[int]]):
    """The binds of a file in sections by scope and name, in text order; those of functions are found when asked for."""

    def __init__(self, binds: Joined[f.Bind]) -> None:
        sections = self._sections = binds.sections
        self._firsts = [section.offsets.scopes for section in sections]
        self._shared: dict[tuple[int, str], list[int]] = {}
        self._many = {0}
        for section in sections:
            shared, first = section.shared, section.offsets.binds
            self._many.update(map(section.scope, range(shared)))
            for own, names in section.binds_of().items():
                if own >= shared:
                    continue
                scope = section.scope(own)
                for name, numbers in names.items() if scope >= 0 else ():
                    self._shared.setdefault((scope, name), []).extend([number + first for number in numbers])

    def _inside(self, scope: int) -> tuple[Section, Mapping[str, list[int]]]:
        """Return the section that holds a function's scope, and the binds there by name as the piece numbers them."""
        section = self._sections[bisect_right(self._firsts, scope) - 1]
        return section, section.binds_of().get(scope - section.offsets.scopes + section.piece.outer, {})

    def __getitem__(self, key: tuple[int, str]) -> Sequence[int]:
        scope, name = key
        if scope in self._many or scope < 0:
            return self._shared[key]
        section, names = self._inside(scope)
        return [number + section.offsets.binds for number in names[name]]

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, tuple):
            return False
        if key[0] in self._many or key[0] < 0:
            return key in self._shared
        return key[1] in self._inside(key[0])[1]

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter([key for _, key in sorted((numbers[0], key) for key, numbers in self._all())])

    def __len__(self) -> int:
        return sum(1 for _ in self._all())

    def _all(self) -> Iterator[tuple[tuple[int, str], Sequence[int]]]:
        yield from self._shared.items()
        for section in self._sections:
            shared, first = section.shared, section.offsets.binds
            for own, names in section.binds_of().items():
                if own >= shared:
                    scope = section.scope(own)
                    for name, numbers in names.items():
                        yield (scope, name), [number + first for number in numbers]
