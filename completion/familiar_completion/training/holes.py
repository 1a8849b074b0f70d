"""Drawing holes in files, at character level and where people type, and the chunks that stand in front of them."""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from familiar_completion.training.packages import SourceFile

CHARACTERS_PER_TOKEN = 3.5

WITHOUT_SUFFIX = 0.35
"""Share of the holes that show nothing right of the cursor, not even the rest of its line."""

WITH_CHUNKS = 0.5
ORACLE = 0.4
"""Share of the look-ups that know the hole's own words, so that what is shown can really be copied."""

KINDS = (("rest", 0.5), ("line", 0.12), ("expression", 0.18), ("lines", 0.2))

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
_OPENERS, _CLOSERS = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Hole:
    """`text[start:end]` is what the model has to write."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Example:
    """What `prompt_format.build` takes, and the answer."""

    chunks: tuple[tuple[str, str], ...]
    path: str
    prefix: str
    suffix: str
    middle: str


def expression_end(text: str, start: int) -> int:
    """Where the expression at `start` ends: a comma or closing bracket of its own level, or the line's end."""
    depth = 0
    for at in range(start, len(text)):
        char = text[at]
        if char == "\n" or (depth == 0 and (char in _CLOSERS or char == ",")):
            return at
        depth += (char in _OPENERS) - (char in _CLOSERS)
    return len(text)


def block_end(lines: Sequence[str], first: int, most: int) -> int:
    """The line (exclusive) at which a statement and what is indented under it ends, at most `most` lines further."""
    indent = len(lines[first]) - len(lines[first].lstrip())
    for at in range(first + 1, min(len(lines), first + most)):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and line.strip()[0] not in _CLOSERS:
            return at
    return min(len(lines), first + most)


def draw_hole(text: str, rng: random.Random) -> Hole:
    """A hole in a file of at least one non-blank line; it never begins or ends with a line break."""
    lines = text.split("\n")
    at = rng.choice([i for i, line in enumerate(lines) if line.strip()])
    offset = sum(len(line) + 1 for line in lines[:at])
    line = lines[at]
    indent = len(line) - len(line.lstrip())
    kind = rng.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
    column = indent if rng.random() < 0.2 else rng.randrange(indent, len(line))
    if kind == "line":
        column = 0 if rng.random() < 0.3 else indent
    start = offset + column
    if kind == "expression":
        starts = [i + 1 for i in range(indent, len(line) - 1) if line[i] in "([{,="]
        start = offset + rng.choice(starts) if starts else start
        end = expression_end(text, start)
        if end > start:
            return Hole(start, end, kind)
        kind = "rest"
    last = block_end(lines, at, rng.randint(2, 8)) if kind == "lines" else at + 1
    end = offset + len("\n".join(lines[at:last]).rstrip())
    return Hole(start, max(end, start + 1), kind)


class Chunks:
    """Pieces of a package's files, found by the rare words that they share with a place."""

    def __init__(self, files: Sequence[SourceFile], rng: random.Random) -> None:
        self._pieces: list[tuple[str, str]] = []
        self._places: dict[str, list[int]] = defaultdict(list)
        for file in files:
            lines = file.text.split("\n")
            at = 0
            while at < len(lines):
                height = rng.randint(6, 24)
                piece = "\n".join(lines[at : at + height]).strip("\n")
                at += height
                if len(piece) < 80:
                    continue
                for word in set(_WORD.findall(piece)):
                    self._places[word].append(len(self._pieces))
                self._pieces.append((file.path, piece))

    def like(self, words: set[str], path: str, count: int) -> list[tuple[str, str]]:
        """The `count` pieces of other files that share most rare words, the most similar one last."""
        score: dict[int, float] = defaultdict(float)
        for word in sorted(words):
            places = self._places.get(word, ())
            if 0 < len(places) <= 40:
                for place in places:
                    score[place] += 1 / math.log(2 + len(places))
        ranked = sorted(score, key=lambda place: (-score[place], place))
        return [self._pieces[place] for place in ranked if self._pieces[place][0] != path][:count][::-1]


def cut_after(text: str, characters: int) -> str:
    """The first `characters` of a suffix, at a line's end where one is near."""
    if len(text) <= characters:
        return text
    return text[: text.rfind("\n", characters // 2, characters) + 1] or text[:characters]


def cut_before(text: str, characters: int) -> str:
    """The last `characters` of a prefix, from a line's beginning."""
    if len(text) <= characters:
        return text
    first = text.find("\n", len(text) - characters) + 1
    return text[first:] if first else text[-characters:]


def draw_example(file: SourceFile, chunks: Chunks, context: int, rng: random.Random) -> Example:
    """One task in a file, sized so that it fits into `context` tokens more often than not."""
    hole = draw_hole(file.text, rng)
    middle = file.text[hole.start : hole.end]
    before, after = file.text[: hole.start], file.text[hole.end :]
    room = int(context * CHARACTERS_PER_TOKEN * 0.9) - len(middle)
    found: list[tuple[str, str]] = []
    if rng.random() < WITH_CHUNKS:
        near = before[-800:] + (middle if rng.random() < ORACLE else "") + after[:200]
        found = chunks.like(set(_WORD.findall(near)), file.path, rng.randint(1, 3 if context > 512 else 2))
        found = [(path, cut_after(text, room // 4)) for path, text in found]
    room -= sum(len(path) + len(text) for path, text in found)
    longest = max(40, min(700, room // 3))
    suffix = "" if rng.random() < WITHOUT_SUFFIX else cut_after(after, int(math.exp(rng.uniform(3, math.log(longest)))))
    room = max(80, min(room - len(suffix), 2100))
    wanted = room if rng.random() < 0.4 else int(math.exp(rng.uniform(4, math.log(room))))
    prefix = cut_before(before, wanted)
    return Example(tuple(found), file.path, prefix, suffix, middle)
