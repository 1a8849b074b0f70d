"""The gate's fit: fates decide the weights, and what is lost is counted from the least likely on."""

import json

import numpy as np
from familiar_memory.gate import FIRST, SIGNALS

from benchmarks.completion.gate import episodes, fitted, lost

LINE = SIGNALS.index("within a line")


def told(within: float, fate: str, characters: int = 10) -> tuple[list[float], str, int]:
    signals = [1.0] + [0.0] * (len(FIRST) - 1)
    signals[LINE] = within
    return signals, fate, characters


def test_what_is_refused_loses_weight_and_what_is_taken_gains_it() -> None:
    refused = fitted([told(1.0, "wrong")] * 50 + [told(0.0, "taken")] * 50)
    taken = fitted([told(1.0, "taken")] * 50 + [told(0.0, "brief")] * 50)
    assert refused[LINE] < FIRST[LINE] < taken[LINE]
    assert np.allclose(np.delete(refused, [0, LINE]), np.delete(FIRST, [0, LINE]))  # nothing was said of the others


def test_what_holding_back_costs() -> None:
    found = [told(0, "wrong"), told(0, "taken", 30), told(0, "wrong"), told(0, "brief"), told(0, "taken", 10)]
    assert lost(found, np.array([0.1, 0.2, 0.3, 0.4, 0.5]), 0.5) == 0.0
    assert lost(found, np.array([0.1, 0.2, 0.3, 0.4, 0.5]), 1.0) == 75.0


def test_only_the_servers_suggestions_are_read() -> None:
    rows = [
        {"arm": arm, "tally": {"episodes": [["x = ", "compute(1)", 40, fate, [1.0] * len(FIRST)]]}}
        for arm, fate in (("familiar", "taken"), ("ring", "wrong"))
    ]
    assert episodes([json.dumps(row) for row in rows]) == [([1.0] * len(FIRST), "taken", 10)]
