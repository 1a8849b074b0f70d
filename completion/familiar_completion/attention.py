"""How likely each text is, from the places that speak for it: a softmax over places, with room for "none of them".

The chance of a text is the sum over the places that hold it (a pointer network with hand-made signals; Vinyals et al.
2015). Two more kinds of evidence compete with the places: what n-grams chain together token by token, and calls that
the code graph knows (`naming`). Weights are by where the cursor stands, at the beginning of a line or within one; they
were fitted by maximum likelihood on 2,800 holes in seven projects that no figure is quoted of (boltons, marshmallow,
trio, scrapy, sphinx, paramiko, black).
"""

import math
from collections.abc import Iterable
from operator import mul

import msgspec

from familiar_completion.naming import SIGNALS as CALL_SIGNALS
from familiar_completion.naming import Call
from familiar_completion.places import SIGNALS, Copy

CHAINED = ("chained", "chance", "order", "support", "below", "near")
"""The signals of what n-grams chain together, behind those of places."""
AT_LINE_START = (
    -2.18, 0.93, -0.71, 0.23, 0.97, 0.24, -0.61, 2.48, 2.48, -0.46, -0.28, 0.21, 0.21, -0.25, -1.25, 1.07,
    -0.55, 1.22, -2.03, -2.09, 0.67, -0.17, -2.18, 0.00, 1.24, -0.05, 0.74, -0.15, -0.55, -0.33, 1.82, 1.12,
    0.71, 0.91, -0.29, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00,
)  # fmt: skip
WITHIN_LINE = (
    -2.82, 0.26, 0.37, 0.28, 0.51, 0.01, -0.66, 2.90, 2.39, 0.74, 0.87, 0.53, -0.78, -0.19, -1.49, 0.86,
    -1.19, 1.29, -1.37, -0.48, 0.40, 1.15, 1.35, 0.81, 0.90, -0.34, 0.85, 1.08, -2.22, 0.94, 1.09, 0.70,
    0.70, 0.94, 0.66, 1.70, 0.90, -0.05, 1.33, -2.26, -0.49, 1.44, -0.09, 0.01,
)  # fmt: skip
NONE = {True: 4.73, False: 4.68}
"""The weight of none of the places being right, at the beginning of a line and within one."""
_WEIGHTS = {True: AT_LINE_START, False: WITHIN_LINE}


class Chain(msgspec.Struct, frozen=True):
    """What n-grams make of a cursor: `chance` is the product of its tokens' probabilities (see `counts.Proposal`)."""

    text: str
    chance: float
    order: int
    support: int
    below: int
    near: bool


class Weighed(msgspec.Struct, frozen=True):
    """A text, its chance of being what comes next (0..1), and the best of its places (None: only chained)."""

    text: str
    chance: float
    best: Copy | None
    support: int


def weigh(copies: Iterable[Copy], chains: Iterable[Chain], calls: Iterable[Call], *, line_start: bool) -> list[Weighed]:
    """Return every text with its chance, the likeliest first."""
    weights, none = _WEIGHTS[line_start], NONE[line_start]
    scored: dict[str, list[tuple[float, Copy | None]]] = {}
    for copy in copies:
        if text := copy.text.rstrip():
            score = sum(map(mul, weights, copy.signals))  # the others are not of places
            scored.setdefault(text, []).append((score, copy))
    for chain in chains:
        signals = (1.0, math.log(max(chain.chance, 1e-4)), *map(math.log1p, (chain.order, chain.support, chain.below)))
        score = sum(w * s for w, s in zip(weights[len(SIGNALS) :], (*signals, float(chain.near)), strict=False))
        scored.setdefault(chain.text.rstrip(), []).append((score, None))
    for call in calls:
        score = sum(w * s for w, s in zip(weights[-len(CALL_SIGNALS) :], call.signals, strict=True))
        scored.setdefault(call.text, []).append((score, None))
    peak = max((score for found in scored.values() for score, _ in found), default=0.0)
    peak = max(peak, none)
    whole = math.exp(none - peak) + sum(math.exp(score - peak) for found in scored.values() for score, _ in found)
    weighed = [_weighed(text, found, peak, whole) for text, found in scored.items()]
    return sorted(weighed, key=lambda item: (-item.chance, item.text))


def _weighed(text: str, found: list[tuple[float, Copy | None]], peak: float, whole: float) -> Weighed:
    places = [(score, copy) for score, copy in found if copy is not None]
    best = max(places, key=lambda item: item[0])[1] if places else None
    chance = sum(math.exp(score - peak) for score, _ in found) / whole
    return Weighed(text, round(chance, 4), best, len(places))
