"""Fit the gate's first weights to the fates of suggestions: `python -m benchmarks.completion.gate LOGS`.

LOGS are what `--only replay --arms familiar` leaves in its --state (`replay-SEED.jsonl`), one for each repository; take
none that figures are quoted of. The likelihood of the suggestions' being taken or not is maximised (Newton's method),
the weights drawn to the present ones. Then, with each log left out of the fit once: how many of the characters that
were completed would be lost where so many of the wrong suggestions were held back.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from familiar_memory import gate

DRAWN = 3.0
"""How strongly each weight, but for the constant, is drawn to the present one."""
_CUTS = (0.1, 0.2, 0.3)


def main() -> int:
    """Print the weights, and what they are worth on logs that they have not seen."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("logs", nargs="+", type=Path)
    logs = [episodes(path.read_text().splitlines()) for path in parser.parse_args().logs]
    every = [*chain(*logs)]
    report: dict[str, Any] = {"schema": 1, "suggestions": len(every)}
    report["weights"] = dict(zip(gate.SIGNALS, np.round(fitted(every), 2).tolist(), strict=True))
    by = {"now": chances(every, np.array(gate.FIRST))}
    if len(logs) > 1:
        others = [[*chain(*(other for other in logs if other is not log))] for log in logs]
        by["fitted"] = np.concatenate([chances(log, fitted(rest)) for log, rest in zip(logs, others, strict=True)])
    report["characters lost, %, by wrong ones held back"] = {
        name: {f"{cut:.0%}": lost(every, chance, cut) for cut in _CUTS} for name, chance in by.items()
    }
    print(json.dumps(report, indent=2))
    return 0


Episode = tuple[Sequence[float], str, int]
"""The signals of a suggestion, its fate, and how many characters it completes."""


def episodes(lines: Sequence[str]) -> list[Episode]:
    """Return the suggestions of the server in a replay's log."""
    rows = [json.loads(line) for line in lines]
    return [
        (signals, fate, len(text))
        for row in rows
        if row["arm"] == "familiar"
        for _, text, _, fate, signals in row["tally"]["episodes"]
    ]


def fitted(found: Sequence[Episode]) -> Any:
    """Return the weights under which the fates are likeliest, as in `gate.SIGNALS`."""
    x = np.array([signals for signals, _, _ in found])
    wanted = np.array([fate in ("taken", "typed") for _, fate, _ in found], float)
    first = np.array(gate.FIRST)
    drawn = np.diag([0.1] + [DRAWN] * (len(first) - 1))
    weights = first
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (chance - wanted) + drawn @ (weights - first)
        weights = weights - np.linalg.solve((x * (chance * (1 - chance))[:, None]).T @ x + drawn, slope)
    return weights


def chances(found: Sequence[Episode], weights: Any) -> Any:
    """Return the gate's chance of each suggestion."""
    return 1 / (1 + np.exp(-np.array([signals for signals, _, _ in found]) @ weights))


def lost(found: Sequence[Episode], chance: Any, cut: float) -> float:
    """Return the percent of completed characters that are lost where the share `cut` of the wrong ones is held back."""
    order = np.argsort(chance, kind="stable")
    wrong = np.cumsum([found[at][1] == "wrong" for at in order])
    characters = np.cumsum([found[at][2] * (found[at][1] == "taken") for at in order])
    at = int(np.searchsorted(wrong, cut * wrong[-1]))
    return round(float(100 * characters[at] / max(characters[-1], 1)), 1)


if __name__ == "__main__":
    sys.exit(main())
