"""Packing: rows of token ids (uint16), each a whole number of tasks, the rest of the row filled with plain text."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_completion.prompt_format import END, FILE, PAD, REPO, SPECIAL_TOKENS, build, neutralise, plain
from familiar_completion.training.filters import SCRIPTS
from familiar_completion.training.holes import CHARACTERS_PER_TOKEN, Chunks, draw_example
from familiar_completion.training.packages import SourceFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Encode = Callable[[str], Sequence[int]]
Stream = Callable[[Sequence[SourceFile]], Iterator[list[int]]]

PLAIN_ROWS = 0.15
"""Share of the rows that are nothing but text from left to right; the gaps of the others are filled with it too."""

SCRIPT_SHARE = 0.2
"""Share of the tokens that is JavaScript or TypeScript. Python comes first: it is what completion is measured on and
what the checks of suggestions know. With a fifth, the scripts (16 % of the corpus) are read 1.3 times as often:
enough for a second grammar, and not so often that a small corpus is learnt by heart."""

CUT_INDENTATION, CUT_LINE = 0.35, 0.3
"""Share of the lines that are tokenised apart from their indentation, or cut at some other place."""

SHORTEST_FILL = 48
SHARD_BYTES = 48 << 20
"""A shard stays below 60 MiB, so that it can be carried to another machine in one piece."""


_LINE = re.compile(r"([ \t]*)([^\n]*)\n?")


def pieces(text: str, rng: random.Random) -> list[str]:
    """Text cut where a cursor might stand, to be tokenised piece by piece.

    A prompt ends at the cursor, in the middle of what would be one token (`        |self`, `x = |1`, `na|me`). A model
    that only reads whole tokens has never seen what follows there; this makes every line teach a bit of it.
    """
    cuts = [0]
    for match in _LINE.finditer(text):
        if "<|" in match.group(2) or not match.group(2):
            continue
        if match.group(1) and rng.random() < CUT_INDENTATION:
            cuts.append(match.end(1))
        if rng.random() < CUT_LINE:
            cuts.append(rng.randint(match.start(2), match.end(2)))
    return [text[a:b] for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True) if b > a]


def mixed(python: Iterator[list[int]], scripts: Iterator[list[int]]) -> Iterator[list[int]]:
    """Both streams without end as one: whichever lags behind its share of the tokens comes next."""
    read = of_scripts = 0
    while True:
        lagging = of_scripts < SCRIPT_SHARE * read
        ids = next(scripts if lagging else python)
        read += len(ids)
        of_scripts += len(ids) if lagging else 0
        yield ids


class Packer:
    """Rows of `context` ids, deterministic in files, tokenizer and seed.

    Every file is met once per pass over its language, with as many tasks as its length warrants. With `cut`, `pieces`
    are tokenised.
    """

    def __init__(self, files: Sequence[SourceFile], encode: Encode, context: int, seed: int, cut: bool = True) -> None:
        self._whole = encode
        self._cuts = random.Random(f"cuts:{seed}:{context}") if cut else None
        self._context = context
        self._rng = random.Random(f"{seed}:{context}")
        self._chunks: dict[str, Chunks] = {}
        packages: dict[str, list[SourceFile]] = defaultdict(list)
        for file in files:
            packages[file.package].append(file)
        for name, members in packages.items():
            self._chunks[name] = Chunks(members, self._rng)
        self._tasks = self._mixed(self._endless_tasks, files)
        self._texts = self._mixed(self._endless_texts, files)

    def _mixed(self, stream: Stream, files: Sequence[SourceFile]) -> Iterator[list[int]]:
        scripts = [file for file in files if file.path.endswith(SCRIPTS)]
        python = [file for file in files if not file.path.endswith(SCRIPTS)]
        return mixed(stream(python), stream(scripts)) if python and scripts else stream(files)

    def _encode(self, text: str) -> Sequence[int]:
        if self._cuts is None:
            return self._whole(text)
        return [token for piece in pieces(text, self._cuts) for token in self._whole(piece)]

    def _passes(self, files: Sequence[SourceFile]) -> Iterator[SourceFile]:
        while True:
            yield from self._rng.sample(files, len(files))

    def _endless_tasks(self, files: Sequence[SourceFile]) -> Iterator[list[int]]:
        for file in self._passes(files):
            for _ in range(min(6, 1 + len(file.text) // 3000)):
                drawn = draw_example(file, self._chunks[file.package], self._context, self._rng)
                prompt = build(drawn.chunks, drawn.path, drawn.prefix, drawn.suffix)
                ids = [*self._encode(prompt), *self._encode(neutralise(drawn.middle)), *self._encode(END)]
                if len(ids) <= self._context:
                    yield ids

    def _endless_texts(self, files: Sequence[SourceFile]) -> Iterator[list[int]]:
        width = int(self._context * CHARACTERS_PER_TOKEN)
        for file in self._passes(files):
            begin = 0
            while begin < len(file.text):
                end = file.text.rfind("\n", begin, begin + width) + 1 or begin + width
                yield [*self._encode(plain(file.path, file.text[begin:end])), *self._encode(END)]
                begin = end

    def _fill(self, row: list[int]) -> list[int]:
        """The row, filled up with plain text, or with pads where a gap is too short for it."""
        while self._context - len(row) >= SHORTEST_FILL:
            row += next(self._texts)
        row += [SPECIAL_TOKENS.index(PAD)] * (self._context - len(row))
        return row[: self._context]

    def rows(self) -> Iterator[list[int]]:
        """Rows without end."""
        pending = next(self._tasks)
        while True:
            row: list[int] = []
            if self._rng.random() >= PLAIN_ROWS:
                while len(row) + len(pending) <= self._context:
                    row += pending
                    pending = next(self._tasks)
            yield self._fill(row)


def write(rows: Iterator[list[int]], context: int, tokens: int, stem: Path) -> list[Path]:
    """Write about `tokens` tokens as `STEM-NNN.npy` of shape (rows, context); their paths."""
    import numpy as np

    per_shard = SHARD_BYTES // 2 // context
    paths: list[Path] = []
    left = tokens // context
    while left > 0:
        take = min(left, per_shard)
        shard: NDArray[np.uint16] = np.array([next(rows) for _ in range(take)], dtype=np.uint16)
        path = stem.with_name(f"{stem.name}-{len(paths):03d}.npy")
        part = path.with_suffix(".part")
        with part.open("wb") as out:
            np.save(out, shard)
        part.replace(path)
        paths.append(path)
        left -= take
    return paths


def weights(rows: NDArray[np.uint16], middle: float) -> NDArray[np.float32]:
    """The weight of every token as a target, shape as `rows`: 0 for pads and for markers that only the server writes,
    `middle` inside the holes and for the END that closes them, 1 elsewhere."""
    import numpy as np

    ids = {token: SPECIAL_TOKENS.index(token) for token in SPECIAL_TOKENS}
    at = np.arange(rows.shape[1])
    opened = np.maximum.accumulate(np.where(rows == ids["<|fim_middle|>"], at, -1), axis=1)
    closed = np.maximum.accumulate(np.where(rows == ids[END], at, -1), axis=1)
    before = np.concatenate([np.full((len(rows), 1), -1), closed[:, :-1]], axis=1)
    out = np.where(opened > before, np.float32(middle), np.float32(1))
    for token in (PAD, REPO, FILE, "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"):
        out[rows == ids[token]] = 0
    return out.astype(np.float32)
