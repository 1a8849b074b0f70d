"""Paired bootstrap intervals (Efron and Tibshirani 1993): tasks are drawn again, for both arms alike."""

import random
from collections.abc import Callable, Sequence

DRAWS = 2000

Interval = tuple[float, float, float]
"""An estimate and its 95 % interval."""


def mean(hits: Sequence[bool]) -> Interval:
    """Return a share in percent."""
    return drawn(len(hits), lambda chosen: 100 * sum(hits[i] for i in chosen) / len(chosen))


def difference(a: Sequence[bool], b: Sequence[bool]) -> Interval:
    """Return by how many points `a` is better than `b` on the same tasks."""
    return drawn(len(a), lambda chosen: 100 * sum(a[i] - b[i] for i in chosen) / len(chosen))


def ratio(a: Sequence[bool], b: Sequence[bool]) -> Interval:
    """Return how many times as often `a` is right as `b` (one half is added to both, for `b` may be never right)."""
    return drawn(len(a), lambda chosen: (sum(a[i] for i in chosen) + 0.5) / (sum(b[i] for i in chosen) + 0.5), digits=2)


def drawn(size: int, measure: Callable[[Sequence[int]], float], digits: int = 1) -> Interval:
    """Return what `measure` makes of all of `size` items, and the interval when they are drawn again."""
    if not size:
        return 0.0, 0.0, 0.0
    rng, every = random.Random(0), range(size)
    found = sorted(measure(rng.choices(every, k=size)) for _ in range(DRAWS))
    low, high = found[int(0.025 * DRAWS)], found[int(0.975 * DRAWS)]
    return round(measure(every), digits), round(low, digits), round(high, digits)
