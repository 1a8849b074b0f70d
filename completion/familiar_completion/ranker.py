"""The second look: calls written out join the candidates, and every text is weighed by what it is.

A small network (one hidden layer beside a direct linear part) gives each text a score, and a softmax over all of them
and "none of these" makes chances of the scores. It was fitted by maximum likelihood on holes in projects that no
figure is quoted of (`python -m benchmarks.completion.fit`, which writes `weights/ranking.json`).
"""

import math
from collections.abc import Sequence
from functools import cache
from operator import mul, sub, truediv
from pathlib import Path

import msgspec
from familiar_codegraph.surroundings import Surroundings

from familiar_completion import clues, filling
from familiar_completion.attention import Weighed
from familiar_completion.constructing import construct
from familiar_completion.counts import Look
from familiar_completion.scope import Scope
from familiar_completion.view import View

WEIGHTS = Path(__file__).parent / "weights" / "ranking.json"
FIRST = 40
"""Candidates of the first look that are looked at again."""
WRITTEN, ANALOGOUS = 60, 24
"""Texts that are written out beside them, at most."""
_HEADS_OF, _ADAPTED_OF = 150, 12
_FIRST_SAYS = 0.1
"""The part of a chance that the first look has: alone, the second is too shy where there is little to copy."""


class Network(msgspec.Struct, frozen=True):
    """Weights of signals: each less its `mean`, divided by its `scale`; `none` is the score of "none of these"."""

    signals: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    hidden: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    out: tuple[float, ...]
    direct: tuple[float, ...]
    none: float

    def score(self, signals: Sequence[float]) -> float:
        """Return the score of one text."""
        x = list(map(truediv, map(sub, signals, self.mean), self.scale))
        units = [math.tanh(sum(map(mul, row, x)) + bias) for row, bias in zip(self.hidden, self.bias, strict=True)]
        return float(sum(map(mul, self.out, units)) + sum(map(mul, self.direct, x)))


class Ranking(msgspec.Struct, frozen=True):
    """One network for the beginning of a line, one for within it."""

    line: Network
    within: Network


@cache
def ranking() -> Ranking:
    """Return the committed weights."""
    return msgspec.json.decode(WEIGHTS.read_bytes(), type=Ranking)


class Pool(msgspec.Struct, frozen=True):
    """The candidates of one cursor with their signals (as in `clues.SIGNALS`)."""

    candidates: list[Weighed]
    signals: list[tuple[float, ...]]


def pool(view: View, around: Surroundings | None, look: Look) -> Pool:
    """Return the best of the first look and what is written out beside them, with signals."""
    scope, weighed = Scope(view), look.weighed
    first = [item for item in weighed[: FIRST + 20] if not clues.closes_too_much(scope, item.text)][:FIRST]
    known = {item.text for item in first}
    heads = [*filling.idle_heads(scope), *filling.heads_of((item.text, item.chance) for item in weighed[:_HEADS_OF])]
    texts = [item.text for item in first[:_ADAPTED_OF]]
    made = dict.fromkeys((*filling.fill(scope, around, dict.fromkeys(heads)), *filling.adapted(scope, texts)))
    written = dict.fromkeys([text for text in made if text not in known][:WRITTEN], "written")
    for text in look.analogous[:ANALOGOUS]:
        if text not in known:
            written.setdefault(text, "analogy")
    for text, kind in construct(scope, around).items():
        if text not in known and not clues.closes_too_much(scope, text):
            written.setdefault(text, kind)
    candidates = first + [Weighed(text, 0.0, None, 0) for text in written]
    return Pool(candidates, clues.clues(scope, around, candidates, written))


def _both(first: float, second: float) -> float:
    return round(_FIRST_SAYS * first + (1 - _FIRST_SAYS) * second, 4)


def rank(view: View, around: Surroundings | None, look: Look) -> list[Weighed]:
    """Return the candidates by the chances of the second look; the likeliest keeps what the first look gave it.

    Elsewhere than in Python's code the first look stands.
    """
    if not view.python or view.state.kind != "code":
        return look.weighed
    found = pool(view, around, look)
    network = ranking().line if view.blank else ranking().within
    scores = [network.score(row) for row in found.signals]
    peak = max([network.none, *scores])
    whole = math.exp(network.none - peak) + sum(math.exp(score - peak) for score in scores)
    again = [
        Weighed(item.text, _both(item.chance, math.exp(score - peak) / whole), item.best, item.support)
        for item, score in zip(found.candidates, scores, strict=True)
    ]
    again.sort(key=lambda item: (-item.chance, item.text))
    given = {item.text: item.chance for item in found.candidates}
    return [msgspec.structs.replace(item, chance=max(item.chance, given[item.text])) for item in again[:1]] + again[1:]
