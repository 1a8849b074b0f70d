"""Whether a suggestion is worth showing: a small logistic model over what is known of it, learned from its fate.

It starts from sensible weights and moves a little with every suggestion that was taken or refused after it was seen
(stochastic gradient steps that are drawn back to the first weights). What it has learned fits into a dozen numbers, can
be read (`familiar memory show gate`) and forgotten (`familiar memory forget gate`).
"""

import math
import re

import msgspec

from familiar_memory.values import Episode, Offer

SIGNALS = ("always", "chance", "length", "within a line", "within a word", "in a comment or string", "model", "both")
FIRST = (-0.6, 0.6, -0.45, -0.6, 1.35, -0.65, -0.4, -0.1)
"""The weights before anything is learned: the likeliest for the fates of 672 suggestions in typing commits of four
repositories again (httpx, sqlparse, starlette, tinydb; no figure is quoted of them), drawn to what seemed sensible
before (`python -m benchmarks.completion.gate`). What is long is doubted, and so is what is not asked for: between two
words rather than within one."""
LEAST = 0.1
"""The chance of being wanted from which a suggestion is shown."""
_RATE, _BACK = 0.06, 0.002
_GOOD = frozenset({"taken", "typed", "partly"})
_PROSE = re.compile(rb"^\s*(#|//|\*|\"\"\"|''')")
_BOUND = 6.0


class Gate(msgspec.Struct, frozen=True):
    """Weights by signal, and how many suggestions they were learned from: `wanted` of `seen`."""

    weights: tuple[float, ...] = FIRST
    seen: int = 0
    wanted: int = 0

    def chance(self, signals: tuple[float, ...]) -> float:
        """Return the chance (0..1) that a suggestion with these signals is wanted."""
        total = sum(weight * signal for weight, signal in zip(self.weights, signals, strict=True))
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))

    def learned(self, episode: Episode) -> "Gate":
        """Return the gate after an episode; the same when it says nothing (it was not seen, or went on elsewhere)."""
        if len(episode.signals) != len(SIGNALS) or not (episode.fate in _GOOD or episode.fate == "refused"):
            return self
        return self._moved(episode.signals, float(episode.fate in _GOOD), count=True)

    def regretted(self, signals: tuple[float, ...]) -> "Gate":
        """Return the gate after what was taken had gone again half a minute later."""
        return self._moved(signals, 0.0, count=False) if len(signals) == len(SIGNALS) else self

    def _moved(self, signals: tuple[float, ...], wanted: float, *, count: bool) -> "Gate":
        error = wanted - self.chance(signals)
        weights = tuple(
            max(min(weight + _RATE * error * signal + _BACK * (first - weight), first + _BOUND), first - _BOUND)
            for weight, signal, first in zip(self.weights, signals, FIRST, strict=True)
        )
        return Gate(weights, self.seen + count, self.wanted + int(count and wanted))


def signals(offer: Offer, data: bytes, caret: int) -> tuple[float, ...]:
    """Return what is known of an offer at byte `caret` of `data`, as in `SIGNALS`."""
    before = data[data.rfind(b"\n", 0, caret) + 1 : caret]
    score = min(max(offer.score, 0.001), 0.999)
    return (
        1.0,
        round(math.log(score / (1 - score)), 3),
        round(math.log1p(len(offer.text)) - 3, 3),
        float(bool(before.strip())),
        float(before[-1:].isalnum() or before[-1:] == b"_"),
        float(bool(_PROSE.match(before))),
        float(offer.source == "model"),
        float(offer.source == "both"),
    )
