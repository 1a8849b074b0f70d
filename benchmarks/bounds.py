"""Exact binomial bounds (Clopper and Pearson 1934)."""

import math
from collections.abc import Callable


def exact(hits: int, of: int, confidence: float = 0.95) -> list[float]:
    """Return [hits, of, lower, upper]: the shares for which such a result is just not too unlikely on either side."""
    tail = (1 - confidence) / 2
    lower = 0.0 if hits == 0 else _solve(lambda p: 1 - _below(hits - 1, of, p) - tail)
    upper = 1.0 if hits == of else _solve(lambda p: tail - _below(hits, of, p))
    return [hits, of, round(lower, 5), round(upper, 5)]


def _solve(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _below(hits: int, of: int, p: float) -> float:
    """Return the chance of at most `hits`."""
    if p <= 0 or p >= 1:
        return 1.0 if p <= 0 or hits >= of else 0.0
    start = of * math.log1p(-p)
    total, odds = 0.0, math.log(p) - math.log1p(-p)
    for k in range(hits + 1):
        ways = math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        total += math.exp(ways + k * odds + start)
    return min(total, 1.0)
