"""How likely each text is, from the places that speak for it: a softmax over places, with room for "none of them".

The chance of a text is the sum over the places that hold it (a pointer network with hand-made signals; Vinyals et al.
2015). Two more kinds of evidence compete with the places: what n-grams chain together token by token, and calls that
the code graph knows (`naming`). Weights are by
where the cursor stands, at the beginning of a line or within one; they were fitted by `python -m benchmarks.attention`
on holes in projects that no figure is quoted of.
"""

import math
from collections.abc import Iterable

import msgspec

from familiar_completion.naming import SIGNALS as CALL_SIGNALS
from familiar_completion.naming import Call
from familiar_completion.places import SIGNALS, Copy

CHAINED = ("chained", "chance", "order", "support", "below", "near")
"""The signals of what n-grams chain together, behind those of places."""
AT_LINE_START = (
    -2.42, 0.87, -0.42, 0.22, 0.97, 0.25, -0.38, 2.64, 2.81, -0.66, -0.49, 0.36, 0.39, -0.25, -1.22, 1.09,
    -0.48, 1.34, -2.02, -2.11, 0.73, 0.09, -2.42, 0.00, 1.21, -0.07, 0.75, -0.15, -0.73, -0.13, 1.96, 1.16,
    0.77, 0.88, -0.30,
    0.5, 1.0, 1.5, 0.3, -1.0, 0.3, 0.3, -0.5, -0.5,
)  # fmt: skip
WITHIN_LINE = (
    -2.89, 0.19, 0.44, 0.27, 0.60, 0.02, -0.38, 3.03, 2.39, 0.85, 1.01, 0.65, -0.78, -0.20, -1.48, 0.85,
    -1.17, 1.42, -1.41, -0.48, 0.37, 1.19, 1.50, 0.96, 0.88, -0.40, 0.85, 1.08, -2.26, 1.53, 1.08, 0.69,
    0.69, 0.95, 0.63,
    0.5, 1.0, 1.5, 0.3, -1.0, 0.3, 0.3, -0.5, -0.5,
)  # fmt: skip
NONE = {True: 5.07, False: 5.25}
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
            score = sum(w * s for w, s in zip(weights, copy.signals, strict=False))
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
