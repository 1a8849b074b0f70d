"""House helpers: the pairs that the house names against those that were labelled by reading.

The rules are those of `benchmarks/labels/README.md`: a labelled `must` is right and has to be found, a `fair` one
counts neither way, everything else is wrong unless `adjudicated.jsonl` gives a reason.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from familiar_codegraph.conventions import learn

from benchmarks.conventions.labels import Adjudication, PairLabel, adjudications, house_pairs

PROJECTS = tuple(sorted({pair.project for pair in house_pairs()}))


def measure(roots: Iterable[tuple[str, Path]]) -> dict[str, Any]:
    """Return precision and recall over the projects, with what was wrong and what was missed."""
    rows, wrong, missed = {}, [], []
    totals = {"right": 0, "wrong": 0, "fair": 0, "must": 0, "found": 0}
    for name, root in roots:
        labels = [pair for pair in house_pairs() if pair.project == name]
        ruled = [each for each in adjudications() if each.project == name]
        counts = dict.fromkeys(totals, 0) | {"must": sum(pair.grade == "must" for pair in labels)}
        found: set[PairLabel] = set()
        for pair in learn(root).pairs():
            label, verdict = judge(pair.default, pair.house, labels, ruled)
            if verdict == "right" and label in found:
                continue
            counts[verdict] += 1
            if verdict == "wrong":
                wrong.append({"project": name, "default": pair.default, "house": pair.house, "path": pair.path})
            elif verdict == "right" and label:
                found.add(label)
        missing = [pair for pair in labels if pair.grade == "must" and pair not in found]
        missed += [{"project": name, "default": pair.default, "house": pair.house} for pair in missing]
        counts["found"] = len(found)
        rows[name] = counts | _shares(counts)
        totals = {key: totals[key] + counts[key] for key in totals}
    return totals | _shares(totals) | {"by_project": rows, "wrong_pairs": wrong, "missed_pairs": missed}


def _shares(counts: dict[str, int]) -> dict[str, float | None]:
    said = counts["right"] + counts["wrong"]
    return {
        "precision": counts["right"] / said if said else None,
        "recall": counts["found"] / counts["must"] if counts["must"] else None,
    }


def judge(default: str, house: str, labels: list[PairLabel], ruled: list[Adjudication]) -> tuple[PairLabel | None, str]:
    """Return the label that the pair hits, if any, and "right", "fair" or "wrong"."""
    hits = [pair for pair in labels if _named(default, pair.defaults) and _named(house, pair.houses)]
    best = min(hits, key=lambda pair: pair.grade != "must", default=None)
    if best is not None:
        return best, "right" if best.grade == "must" else "fair"
    for each in ruled:
        if default == each.default and house == each.house:
            return None, each.verdict
    return None, "wrong"


def _named(name: str, accepted: tuple[str, ...]) -> bool:
    """Say whether `name` is one of `accepted`; `builtins.` in front makes no difference."""
    return name.removeprefix("builtins.") in accepted
