"""How much the counts' word weighs beside the model's: learned from the lines that the user really types.

    p(text) = w p_counts(text) + (1 - w) p_model(text)

One weight for the beginning of a line, one for within it. When a line has been finished by hand, the share of its
probability that came from the counts moves the weight (a step of online expectation maximisation for a mixture's
weight; Cappé and Moulines 2009). What was accepted or pasted teaches nothing: it was shown by one of the two.
"""

import contextlib
from pathlib import Path

import msgspec
from familiar_codegraph.shared import write_whole

FIRST = 0.8
"""The weight before anything is learned: the embedded model is small, and a copy is seldom wrong."""
RATE = 0.03
LEAST, MOST = 0.05, 0.98
_UNSEEN = 1e-3
"""The chance that either is taken to have given to what it did not name."""
_KEEP_EVERY = 10


class Weights(msgspec.Struct, frozen=True):
    """The counts' weight at the beginning of a line and within one, and of how many lines it was learned."""

    line: float = FIRST
    within: float = FIRST
    seen: int = 0

    def at(self, *, line_start: bool) -> float:
        """Return the weight at a place."""
        return self.line if line_start else self.within

    def learned(self, counts: float, model: float, *, line_start: bool) -> "Weights":
        """Return the weights after a line was typed to which the two gave these chances."""
        weight = self.at(line_start=line_start)
        own, other = weight * (counts + _UNSEEN), (1 - weight) * (model + _UNSEEN)
        moved = min(max(weight + RATE * (own / (own + other) - weight), LEAST), MOST)
        name = "line" if line_start else "within"
        return msgspec.structs.replace(self, **{name: round(moved, 5)}, seen=self.seen + 1)


class Asked(msgspec.Struct, frozen=True):
    """What both said at byte `offset` of a document whose bytes before it ended with `before`: text -> chance."""

    offset: int
    before: bytes
    counts: dict[str, float]
    model: dict[str, float]
    line_start: bool


def typed(asked: Asked, data: bytes) -> str | None:
    """Return what stands now from the place to the end of its line; None where the place is gone."""
    if data[max(asked.offset - len(asked.before), 0) : asked.offset] != asked.before:
        return None
    end = data.find(b"\n", asked.offset)
    return data[asked.offset : end if end >= 0 else len(data)].decode("utf-8", "replace").strip() or None


def chance(texts: dict[str, float], line: str) -> float:
    """Return the chance that was given to a line."""
    return sum(chance for text, chance in texts.items() if text.partition("\n")[0].strip() == line)


class Blend:
    """The weights of one repository, kept in `path` (None: not kept). A file that cannot be read is begun anew."""

    def __init__(self, path: Path | None) -> None:
        self._path, self._kept = path, False
        self.weights = Weights()
        if path is not None and path.is_file():
            try:
                self.weights, self._kept = msgspec.json.decode(path.read_bytes(), type=Weights), True
            except (OSError, msgspec.DecodeError, msgspec.ValidationError):
                self.weights = Weights()

    def learn(self, asked: Asked, data: bytes) -> None:
        """Take in what was typed where both were asked; nothing is learned of a line that is not there."""
        line = typed(asked, data)
        if line is None:
            return
        both = chance(asked.counts, line), chance(asked.model, line)
        if any(both):
            self.weights = self.weights.learned(*both, line_start=asked.line_start)
            if self.weights.seen % _KEEP_EVERY == 0:
                self.keep()

    def keep(self) -> None:
        """Write the weights down (where that cannot be done they hold until the process ends).

        A file that was there and is gone has been forgotten on purpose: learning begins anew.
        """
        if self._path is None:
            return
        if self._kept and not self._path.exists():
            self.weights = Weights()
        with contextlib.suppress(OSError):
            write_whole(self._path, msgspec.json.encode(self.weights))
            self._kept = True
