"""Which of the shaped candidates are shown, in which order, and how sure that is."""

from collections.abc import Sequence
from typing import Any

import msgspec

from familiar_completion.values import Suggestion
from familiar_completion.view import CLOSERS

LEAST = 0.05
"""The lowest score that is shown. A score is the chance that all of the text is right; a part is right more often."""
CERTAIN = 0.6
"""From this score on a copy from the repository is shown without asking the model."""
UNLIKELY = "no candidate is likely enough"
UNKNOWN = "nothing like this stands in the repository"


def modelled(candidate: dict[str, Any]) -> float:
    """Return the chance that the model's candidate is what would be typed: the probability of all its tokens."""
    return round(float(candidate["chance"]), 4)


def certain(shaped: Sequence[Suggestion | str]) -> bool:
    """Whether the counts copy a long stretch so surely that the model need not be asked."""
    return any(isinstance(item, Suggestion) and item.score >= CERTAIN for item in shaped)


def essence(text: str) -> str:
    """Return a text without its blanks and what closes it: two that are equal so are no alternatives to choose from."""
    return "".join(text.split()).rstrip(CLOSERS + ":,;")


def choose(
    counts: Sequence[Suggestion | str], model: Sequence[Suggestion | str], least: float, n: int, weight: float = 1.0
) -> tuple[tuple[Suggestion, ...], str | None]:
    """Return the best `n` suggestions that differ in more than what closes them, or why there is none.

    The counts' chances have `weight` (see `blending`); in the model's they are mixed already.
    """
    pool: dict[tuple[str, int, int], Suggestion] = {}
    for item in (*counts, *model):
        if isinstance(item, str):
            continue
        key = item.text, item.start, item.end
        if item.source == "counts" and weight < 1:
            item = msgspec.structs.replace(item, score=round(weight * item.score, 4))
        other = pool.get(key)
        if other is None:
            pool[key] = item
        elif other.source != item.source:
            pool[key] = msgspec.structs.replace(other, score=max(other.score, item.score), source="both")
    ranked = sorted(pool.values(), key=lambda item: (-item.score, item.text))
    shown: dict[str, Suggestion] = {}
    for item in ranked:
        if item.score >= least:
            shown.setdefault(essence(item.text), item)
    if shown:
        return tuple(shown.values())[:n], None
    if ranked:
        return (), UNLIKELY
    return (), next((item for item in (*model, *counts) if isinstance(item, str)), UNKNOWN)
