"""Which of the shaped candidates are shown, in which order, and how sure that is."""

from collections.abc import Sequence
from typing import Any

from familiar_completion.counts import Proposal
from familiar_completion.values import Suggestion

LEAST = 0.12
"""The lowest score that is shown: below it most suggestions are contradicted by the next keystrokes."""
CERTAIN = 0.6
UNLIKELY = "no candidate is likely enough"
UNKNOWN = "nothing like this stands in the repository"


def counted(proposal: Proposal) -> float:
    """Return the chance that the counts' proposal is what would be typed."""
    return round(proposal.score, 4)


def modelled(candidate: dict[str, Any]) -> float:
    """Return the chance that the model's candidate is what would be typed: the probability of all its tokens."""
    return round(float(candidate["chance"]), 4)


def certain(proposals: Sequence[Proposal], shaped: Sequence[Suggestion | str]) -> bool:
    """Whether the counts' first proposal copies a long stretch so surely that the model need not be asked."""
    if not proposals or isinstance(shaped[0], str):
        return False
    return proposals[0].order >= 8 and counted(proposals[0]) >= CERTAIN


def choose(
    counts: Sequence[Suggestion | str], model: Sequence[Suggestion | str], least: float, n: int
) -> tuple[tuple[Suggestion, ...], str | None]:
    """Return the best `n` different suggestions (agreement of both sources raises the score), or why there is none."""
    pool: dict[tuple[str, int, int], Suggestion] = {}
    for item in (*counts, *model):
        if isinstance(item, str):
            continue
        key = item.text, item.start, item.end
        other = pool.get(key)
        if other is None:
            pool[key] = item
        elif other.source != item.source:
            score = round(1 - (1 - other.score) * (1 - item.score), 4)
            pool[key] = Suggestion(item.text, item.start, item.end, score, "both")
    ranked = sorted(pool.values(), key=lambda item: (-item.score, item.text))
    shown = tuple(item for item in ranked if item.score >= least)[:n]
    if shown:
        return shown, None
    if ranked:
        return (), UNLIKELY
    return (), next((item for item in (*model, *counts) if isinstance(item, str)), UNKNOWN)
