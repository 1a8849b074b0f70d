"""Bounds: Clopper and Pearson's exact interval of a share, and percentile intervals of anything that is drawn again."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interval(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval of the share `hits` / `of`; (0, 1) when nothing was counted."""
    if not of:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _cumulative(hits - 1, of, p), tail)
    high = 1.0 if hits == of else 1 - _solve(lambda q: _cumulative(hits, of, 1 - q), tail)
    return round(low, 4), round(high, 4)


def _solve(rising, target: float) -> float:  # type: ignore[no-untyped-def]
    """Return the p in [0, 1] at which the rising function reaches `target`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return (low + high) / 2


def _cumulative(k: int, n: int, p: float) -> float:
    """Return P(X <= k) for a binomial X, summed in logarithms."""
    if p <= 0.0 or p >= 1.0:
        return float(p <= 0.0 or k >= n)
    logs = (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(k + 1))
    return min(1.0, sum(math.exp(c + i * math.log(p) + (n - i) * math.log1p(-p)) for i, c in enumerate(logs)))


def draws(drawn: Sequence[T], times: int) -> Iterator[list[T]]:
    """Yield seeded draws of as many with replacement."""
    chance = random.Random(1)
    for _ in range(times if drawn else 0):
        yield chance.choices(drawn, k=len(drawn))


def resampled(drawn: Sequence[T], figure: Callable[[Sequence[T]], float], times: int = 1000) -> tuple[float, float]:
    """Return the percentile interval (95 %) of a figure over draws; (0, 0) of nothing."""
    found = sorted(figure(each) for each in draws(drawn, times))
    return (found[times // 40], found[times - 1 - times // 40]) if found else (0.0, 0.0)
