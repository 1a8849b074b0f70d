"""What is learned beyond the questions: words of names by folder, calls that go together, functions of one shape."""

import math
from collections import Counter, defaultdict
from itertools import combinations
from typing import NamedTuple

from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.words import words

_LEAST = 3
_DULL = frozenset({"self", "cls", "test", "args", "kwargs", "i", "x", "a", "b", "n", "f", "of", "to", "is", "in"})


class Word(NamedTuple):
    """A sub-token of the names defined in a folder: how often, and how many times as often as elsewhere."""

    folder: str
    word: str
    times: int
    lift: float


class Together(NamedTuple):
    """Two calls that stand in the same files: in how many, the logarithm of how much more often than by chance, and the
    folder that they share."""

    first: str
    second: str
    files: int
    lift: float
    folder: str


class Template(NamedTuple):
    """Functions of one shape: the same statements, the same calls."""

    places: tuple[tuple[str, int, str], ...]
    """(path, line, name)."""


def folder_words(house: House, limit: int = 8) -> list[Word]:
    """Return the words that are typical of each folder, by folder."""
    by_folder: dict[str, Counter[str]] = defaultdict(Counter)
    for path, habits in house.tables.habits.items():
        folder = path.rpartition("/")[0]
        for _, name, _ in habits.names:
            by_folder[folder].update(w for w in words(name) if w not in _DULL and len(w) > 1)
    total: Counter[str] = Counter()
    for counts in by_folder.values():
        total.update(counts)
    everything = sum(total.values()) or 1
    found: list[Word] = []
    for folder in sorted(by_folder):
        counts = by_folder[folder]
        size = sum(counts.values())
        rated = [
            Word(folder, word, count, round(count / size / (total[word] / everything), 2))
            for word, count in counts.items()
            if count >= _LEAST
        ]
        rated.sort(key=lambda w: (-w.times * math.log(max(w.lift, 1.0)), w.word))
        found += [w for w in rated[:limit] if w.lift > 1.2]
    return found


def calls_together(house: House, limit: int = 20, each: int = 3) -> list[Together]:
    """Return the pairs of outside calls that stand in the same files more often than by chance, at most `each` of one
    folder."""
    if house.resolver is None:
        return []
    single: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    shared: dict[tuple[str, str], str] = {}
    files = 0
    for path, habits in sorted(house.tables.habits.items()):
        targets = {
            c.target for c in habits.calls if "." in c.target and not c.target.startswith((".", "self.", "cls."))
        }
        called = [target for target in sorted(targets) if not house.resolver.is_own(path, target)][:40]
        single.update(called)
        folder = path.rpartition("/")[0]
        for pair in combinations(called, 2):
            both[pair] += 1
            shared[pair] = _around(shared.get(pair, folder), folder)
        files += bool(called)
    found = []
    for (first, second), count in both.items():
        lift = math.log(count * files / (single[first] * single[second]))
        if count >= _LEAST and lift > 0.5:
            found.append(Together(first, second, count, round(lift, 2), shared[first, second]))
    found.sort(key=lambda t: (-t.files * t.lift, t.first, t.second))
    taken: Counter[str] = Counter()
    kept = []
    for together in found:
        taken[together.folder] += 1
        if taken[together.folder] <= each or not together.folder:
            kept.append(together)
    return kept[:limit]


def _around(folder: str, other: str) -> str:
    """Return the innermost folder that holds both."""
    while folder and other != folder and not other.startswith(f"{folder}/"):
        folder = folder.rpartition("/")[0]
    return folder


def templates(house: House, limit: int = 12) -> list[Template]:
    """Return the shapes that several functions share, the most frequent first."""
    shapes: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for path, habits in sorted(house.tables.habits.items()):
        for function in habits.functions:
            if function.shape and not function.name.startswith("test"):
                shapes[function.shape].append((path, function.line, function.name))
    found = [Template(tuple(places)) for places in shapes.values() if len(places) >= _LEAST]
    return sorted(found, key=lambda t: (-len(t.places), t.places))[:limit]
