"""A file's functions, each counted once: those that a save leaves alone are taken as they were counted before.

A piece is a function of the module or of a class, with its decorators. What it answers hangs on its text and on little
around it: the classes that it stands in, what the imports before it mean, and which names are bound there already. The
first is part of the piece's key; of the others it is kept what was asked, and what was found. A piece need not know its
file: the same text at another place, or in another file, answers the same.
"""

import copy
import re
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from msgspec.structs import replace
from tree_sitter import Node

from familiar_codegraph.conventions.python.walk import Walk
from familiar_codegraph.conventions.values import Occurrence

_MOST = 2000
"""Pieces that are kept, those last used: some 8 kB each."""
_BEHIND = re.compile(rb"[^\n]*\s*[^\n]+\n")
"""The rest of a function's last line, and the next line that is not blank: whether there is a blank one behind the
docstring is asked of a function in one line, too."""
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Asking(dict[K, V], Generic[K, V]):
    """A mapping before another one. `asked`: what was looked up in that one, and what it had."""

    def __init__(self, behind: dict[K, V]) -> None:
        super().__init__()
        self._behind = behind
        self.asked: dict[K, V | None] = {}

    def get(self, key: K, default: V | None = None) -> V | None:  # type: ignore[override]
        if super().__contains__(key):
            return self[key]
        found = self.asked[key] = self._behind.get(key)
        return default if found is None else found

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None  # type: ignore[arg-type]


class Piece(NamedTuple):
    """A function's own walk, where it stood (byte, row), and the mappings in which it looked things up."""

    walk: Walk
    start: int
    row: int
    aliases: Asking[str, str]
    bound: Asking[tuple[str, str], bool]


class Pieces:
    """The pieces that were seen last, of all files."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Piece] = {}

    def take(self, w: Walk, node: Node, depth: int) -> bool:
        """Count the function in `node` into `w`; False when it is none, stands in another, or ends the file."""
        if w.function() is not None:
            return False
        if node.type == "decorated_definition":
            inner = node.child_by_field_name("definition")
            if inner is None or inner.type != "function_definition":
                return False
        start, (row, column) = node.start_byte, node.start_point
        behind = _BEHIND.match(w.data, node.end_byte)
        if behind is None:
            return False
        around = tuple((frame.kind, frame.name, frame.bases) for frame in w.frames)
        key = w.data[start : behind.end()], column, depth, around
        piece = self._known.pop(key, None)
        if piece is None or not _holds(piece, w):
            piece = _counted(w, node, depth)
        piece = self._known[key] = _moved(piece, start, row)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        _add(w, piece)
        return True


def _holds(piece: Piece, w: Walk) -> bool:
    """Return whether everything that was asked around a piece has the same answer in `w`."""
    aliases, bound = w.aliases, w.frame.bound
    return all(aliases.get(name) == found for name, found in piece.aliases.asked.items()) and all(
        bound.get(name) == found for name, found in piece.bound.asked.items()
    )


def _counted(w: Walk, node: Node, depth: int) -> Piece:
    """Walk a function by itself, in the frames around it."""
    part, around = w.part(), copy.copy(w.frame)
    aliases, bound = Asking(w.aliases), Asking(around.bound)
    around.bound, part.aliases, part.frames = bound, aliases, [*w.frames[:-1], around]
    part.each([node], depth)
    part.data, part.frames = b"", []  # neither the text nor the tree is needed any more
    return Piece(part, node.start_byte, node.start_point[0], aliases, bound)


def _moved(piece: Piece, start: int, row: int) -> Piece:
    """Return a piece as it is counted where it begins at another byte and row."""
    part, by, rows = piece.walk, start - piece.start, row - piece.row
    if not by and not rows:
        return piece
    moved = copy.copy(part)
    moved.occurrences = [Occurrence(question, answer, s + by, e + by) for question, answer, s, e in part.occurrences]
    moved.opens = [replace(o, line=o.line + rows, start=o.start + by, end=o.end + by) for o in part.opens]
    moved.imports = [replace(i, line=i.line + rows, start=i.start + by, end=i.end + by) for i in part.imports]
    moved.functions = [replace(f, line=f.line + rows) for f in part.functions]
    moved.classes = [replace(c, line=c.line + rows) for c in part.classes]
    moved.sites = [(replace(call, line=call.line + rows), s + by, e + by) for call, s, e in part.sites]
    moved.call_lines = {key: line + rows for key, line in part.call_lines.items()}
    moved.notes = {kind: [(note, s + by, e + by) for note, s, e in notes] for kind, notes in part.notes.items()}
    return piece._replace(walk=moved, start=start, row=row)


def _add(w: Walk, piece: Piece) -> None:
    """Add what a piece holds to `w`."""
    part = piece.walk
    w.occurrences += part.occurrences
    w.opens += part.opens
    w.imports += part.imports
    w.functions += part.functions
    w.classes += part.classes
    w.sites += part.sites
    w.calls.update(part.calls)
    for key, line in part.call_lines.items():
        w.call_lines.setdefault(key, line)
    w.names.update(part.names)
    w.annotated = w.annotated or part.annotated
    w.aliases.update(piece.aliases)
    w.frame.bound.update(piece.bound)
    for kind, notes in part.notes.items():
        w.notes.setdefault(kind, []).extend(notes)
