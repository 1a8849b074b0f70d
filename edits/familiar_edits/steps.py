"""Static checks one after the other, each timed; the first that fails is the last."""

import time
from collections.abc import Callable, Iterable

from familiar_edits.values import Check

Step = tuple[str, Callable[[], tuple[bool, str]]]
"""A name, and what says (whether it is good, what was seen)."""


def checked(steps: Iterable[Step]) -> tuple[Check, ...]:
    """Return the checks that `steps` come to, with seconds; what follows a failed one is not asked."""
    made: list[Check] = []
    for name, step in steps:
        start = time.perf_counter()
        good, detail = step()
        made.append(Check(name, "pass" if good else "fail", detail, round(time.perf_counter() - start, 4)))
        if not good:
            break
    return tuple(made)
