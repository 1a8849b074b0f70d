"""What the model is shown of the repository beside the file itself: definitions, similar code, where the user has been.

Three sources, within a number of tokens. The code graph (`familiar_codegraph.nearby`, asked in the background): what is
called and held around the cursor as signatures, the method that is overridden here, siblings, a caller and a test.
Windows that look like the lines before the cursor, of which those in files that the graph thinks near weigh more. And
what was copied, edited or viewed lately, or differs from the last commit.

Nothing is gathered where it could not help: in prose, and where no window is similar enough. What says what the lines
around the cursor say anyway is left out, and so is what repeats what was chosen. The order is by how long something
stays: definitions, similar code, the user's trail; what stays chosen keeps its place (`settled`), so that the model
need not read it again.
"""

import re

from familiar_codegraph.nearby import Nearby, Piece

from familiar_completion.context import CHUNKS, WINDOW, Chunks, Gather, Library, lexical, nothing, ring, words_of
from familiar_completion.trail import BLOCK
from familiar_completion.view import View

_DEFINED, _SHAPED = ("outside", "class", "callee"), ("overridden", "sibling", "caller", "test")
_SHARE = 0.4
"""The part of the room that signatures may take, and that one piece of similar code may."""
_ALIKE, _AROUND, _SAME = 0.8, 0.5, 0.9
"""Shares of words and of lines from which on code is too much like the lines at the cursor, or like what is chosen."""
_SIMILAR, _CONFIRMED = 0.16, 0.08
"""The least share of words in common for a window, and for one in a file that the graph thinks near."""
_NEARER = 1.3
_LINES = 40
"""Lines on each side of the cursor that nothing should repeat."""
_TRAIL = 2
_LINE_WORTH = 4
_WORD = re.compile(r"\w")


def gather(view: View, library: Library) -> Chunks:
    """Return (path, text) of what to show, what stays longest first; at most `library.room` tokens, by estimate."""
    if view.prose:
        return ()
    chosen = _Chosen(view, library.room)
    near = library.near.get(view.path)
    pieces = near.pieces if near is not None else ()
    chosen.define([piece for piece in pieces if piece.kind in _DEFINED])
    shaped = [piece for piece in pieces if piece.kind in _SHAPED]
    for piece in shaped[:1]:
        chosen.add(piece.path, piece.text, "alike", cut=True)
    for path, text in _windows(view, library, near):
        chosen.add(path, text, "alike")
    for piece in shaped[1:]:
        chosen.add(piece.path, piece.text, "alike", cut=True)
    trail = 0
    for path, block, _ in library.trail.places(view.path):
        text = "\n".join(library.texts.get(path, "").split("\n")[block * BLOCK : block * BLOCK + WINDOW])
        trail += chosen.add(path, text, "trail")
        if trail == _TRAIL:
            break
    return chosen.chunks()


def settled(before: Chunks, now: Chunks) -> Chunks:
    """Return `now` with what stood in `before` first, in its order there."""
    return (*(chunk for chunk in before if chunk in now), *(chunk for chunk in now if chunk not in before))


class _Chosen:
    """What is chosen for one cursor, within `room` tokens."""

    def __init__(self, view: View, room: int) -> None:
        self._room = self._left = room
        around = view.prefix.split("\n")[-_LINES:] + view.suffix.split("\n")[:_LINES]
        self._around = _lines("\n".join(around))
        self._sets: list[frozenset[str]] = []
        self._found: dict[str, list[tuple[str, str]]] = {"defined": [], "alike": [], "trail": []}

    def define(self, pieces: list[Piece]) -> None:
        """Take signatures, those of a file together, as far as they fit into their share."""
        room, taken = int(self._room * _SHARE), list[Piece]()
        for piece in pieces:
            cost = _tokens(piece.text) + (0 if any(other.path == piece.path for other in taken) else _LINE_WORTH)
            if cost <= room and not _repeats(_lines(piece.text), self._around, _AROUND):
                room -= cost
                taken.append(piece)
        order = sorted(taken, key=lambda piece: (piece.kind != "outside", piece.path, piece.start))
        for path in dict.fromkeys(piece.path for piece in order):
            text = "\n".join(piece.text for piece in order if piece.path == path)
            self._take(path, text, "defined")

    def add(self, path: str, text: str, place: str, *, cut: bool = False) -> bool:
        """Take some code if it fits and says something new; `cut` to its first lines where it is long."""
        while cut and _tokens(text) > self._room * _SHARE and "\n" in text:
            text = text.rpartition("\n")[0]
        lines = _lines(text)
        if not lines or _tokens(text) + _LINE_WORTH > self._left or _repeats(lines, self._around, _AROUND):
            return False
        if any(_repeats(lines, other, _SAME) for other in self._sets):
            return False
        self._take(path, text, place)
        return True

    def _take(self, path: str, text: str, place: str) -> None:
        self._left -= _tokens(text) + _LINE_WORTH
        self._sets.append(_lines(text))
        self._found[place].append((path, text))

    def chunks(self) -> Chunks:
        """Return what is chosen in order; of similar code the best stands last."""
        return (*self._found["defined"], *reversed(self._found["alike"]), *reversed(self._found["trail"]))


def _windows(view: View, library: Library, near: Nearby | None) -> Chunks:
    """Return the windows most like the lines before the cursor, the best first."""
    query, confirmed = words_of(view), frozenset(near.files if near is not None else ())
    found = []
    for weight, share, path, at in library.similar(query, view.path)[: 8 * CHUNKS]:
        if (_CONFIRMED if path in confirmed else _SIMILAR) <= share <= _ALIKE:
            found.append((weight * (_NEARER if path in confirmed else 1.0), path, at))
    chosen: list[tuple[str, int]] = []
    for _, path, at in sorted(found, key=lambda item: (-item[0], item[1], item[2])):
        if all(path != other or abs(at - there) > 1 for other, there in chosen):
            chosen.append((path, at))
    return tuple((path, library.window(path, at)) for path, at in chosen[:CHUNKS])


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split("\n") if _WORD.search(line))


def _repeats(lines: frozenset[str], others: frozenset[str], share: float) -> bool:
    return len(lines & others) > share * len(lines)


def _tokens(text: str) -> int:
    """Return about how many tokens a text has, rather too many."""
    return len(text) // 3 + 1


STRATEGIES: dict[str, Gather] = {
    "infile": nothing,
    "ring": ring,
    "lexical": lexical,
    "counts": nothing,
    "familiar": gather,
}
"""How each arm (see `evaluate`) chooses what the model is shown."""
