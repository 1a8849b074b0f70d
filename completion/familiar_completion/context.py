"""The repository's texts in windows, and which look like the lines before the cursor (see `gathering` for all of it).

Windows of `WINDOW` lines, every `STRIDE` lines, are compared with the last lines before the cursor by the words they
share (after RepoCoder's first step, Zhang et al. 2023, but rare words weigh more). The query is the text before the
cursor, so it cannot hold the answer. A window that is nearly the query itself is left out (it would be copied, and the
counts copy better), and so is one that overlaps a better one. Everything is in a fixed order: the same repository
gives the same chunks.
"""

import hashlib
import math
import re
from collections.abc import Callable

import msgspec
from familiar_codegraph.nearby import Nearby

from familiar_completion.trail import Trail
from familiar_completion.view import View

WINDOW = 20
STRIDE = 10
CHUNKS = 3
"""As many as the embedded model has been shown at once."""
ROOM = 1_200
"""Tokens for other files where a model's context is not known."""
_ALIKE = 0.8
_COMMON = 500
"""A word in more windows than this says nothing."""
_LEAST = 4.0
_WORDS = re.compile(r"[^\W\d]\w{2,}")
_RING = 16
_RING_LINES = 64

Chunks = tuple[tuple[str, str], ...]


class Windows(msgspec.Struct, frozen=True, array_like=True):
    """The windows of one text: the numbers of those that hold a word, and how many words each holds."""

    words: dict[str, list[int]]
    sizes: list[int]


class Library:
    """The texts of a repository's files, and an inverted index from words to windows. Not thread-safe.

    `near` is what the code graph says of cursors, by path; `trail` where the user has been; `room` how many tokens
    there are for all that is shown of other files.
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.near: dict[str, Nearby] = {}
        self.trail = Trail()
        self.room = ROOM
        self._places: list[tuple[str, int, int] | None] = []
        self._postings: dict[str, list[int]] = {}
        self._own: dict[str, range] = {}
        self._dead = 0

    def put(self, path: str, text: str) -> None:
        """Take `text` as the whole of file `path`, in place of what it held."""
        self.take(path, text, windows(text))

    def take(self, path: str, text: str, windows: Windows) -> None:
        """Take `text` and its windows as the whole of file `path`, in place of what it held."""
        self.drop(path)
        self.texts[path] = text
        first = len(self._places)
        for word, held in windows.words.items():
            self._postings.setdefault(word, []).extend([first + at for at in held])
        self._places += [(path, at, words) for at, words in enumerate(windows.sizes)]
        self._own[path] = range(first, len(self._places))

    def drop(self, path: str) -> None:
        """Forget file `path`; its places in the index are skipped until enough of them are worth a new one."""
        if self.texts.pop(path, None) is None:
            return
        own = self._own.pop(path)
        for place in own:
            self._places[place] = None
        self._dead += len(own)
        if self._dead > 1000 and self._dead * 2 > len(self._places):
            texts, self._places, self._postings, self._dead = self.texts, [], {}, 0
            self.texts, self._own = {}, {}
            for other in sorted(texts):
                self.put(other, texts[other])

    def similar(self, query: frozenset[str], without: str) -> list[tuple[float, float, str, int]]:
        """Return (weight, share of words in common, path, window) of all windows but those of `without`, best first."""
        weights: dict[int, float] = {}
        shared: dict[int, int] = {}
        alive = len(self._places) - self._dead
        for word in sorted(query):
            places = [
                place
                for place in self._postings.get(word, ())
                if (window := self._places[place]) and window[0] != without
            ]
            if 0 < len(places) <= _COMMON:
                weight = math.log(1 + alive / len(places))
                for place in places:
                    weights[place] = weights.get(place, 0.0) + weight
                    shared[place] = shared.get(place, 0) + 1
        found = []
        for number, weight in weights.items():
            window = self._places[number]
            if window and weight >= _LEAST:
                path, at, size = window
                found.append((weight / math.sqrt(20 + size), shared[number] / min(size, len(query)), path, at))
        found.sort(key=lambda item: (-item[0], item[2], item[3]))
        return found

    def window(self, path: str, at: int) -> str:
        """Return the text of window `at` of a file."""
        return "\n".join(self.texts[path].split("\n")[at * STRIDE : at * STRIDE + WINDOW])


Gather = Callable[[View, Library], Chunks]


def nothing(view: View, library: Library) -> Chunks:
    """Return no chunks: the file speaks for itself."""
    return ()


def lexical(view: View, library: Library) -> Chunks:
    """Return the windows of other files most like the lines before the cursor, the best one last."""
    chosen: list[tuple[str, int]] = []
    for _, share, path, at in library.similar(words_of(view), view.path):
        if share <= _ALIKE and all(path != other or abs(at - there) > 1 for other, there in chosen):
            chosen.append((path, at))
        if len(chosen) == CHUNKS:
            break
    return tuple((path, library.window(path, at)) for path, at in reversed(chosen))


def words_of(view: View) -> frozenset[str]:
    """Return the words of the last lines before the cursor."""
    return frozenset(_WORDS.findall("\n".join(view.prefix.split("\n")[-WINDOW:])))


def ring(view: View, library: Library) -> Chunks:
    """Return chunks as llama.vim's ring has them: up to 16 stretches of 64 lines, nearest files first, place by chance.

    The chance is a hash of the paths, so that it is the same every time.
    """
    folder = view.path.rpartition("/")[0]
    others = (path for path in library.texts if path != view.path)
    chunks = []
    for path in sorted(others, key=lambda p: (p.rpartition("/")[0] != folder, p))[:_RING]:
        lines = library.texts[path].split("\n")
        draw = int.from_bytes(hashlib.sha256(f"{view.path}\0{path}".encode()).digest()[:8], "big")
        start = draw % max(len(lines) - _RING_LINES, 1)
        chunks.append((path, "\n".join(lines[start : start + _RING_LINES])))
    return tuple(reversed(chunks))


def windows(text: str) -> Windows:
    """Return which windows of a text hold which words."""
    lines = text.split("\n")
    strides = [set(_WORDS.findall("\n".join(lines[at : at + STRIDE]))) for at in range(0, len(lines), STRIDE)]
    words: dict[str, list[int]] = {}
    sizes: list[int] = []
    for at in range(max(len(strides) - 1, 1)):
        held = strides[at].union(*strides[at + 1 : at + WINDOW // STRIDE])
        for word in held:
            words.setdefault(word, []).append(at)
        sizes.append(len(held))
    return Windows(words, sizes)
