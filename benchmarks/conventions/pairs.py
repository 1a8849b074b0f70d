"""House helpers: the pairs that the house names against those that were labelled by reading.

The rules are those of `benchmarks/labels/README.md`: a labelled `must` is right and has to be found, a `fair` one
counts neither way, everything else is wrong unless `adjudicated.jsonl` gives a reason.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from familiar_codegraph.conventions import learn

from benchmarks.conventions.bounds import interval
from benchmarks.conventions.corpus import Labelled
from benchmarks.conventions.labels import Adjudication, PairLabel, adjudications, house_pairs

PROJECTS = tuple(sorted({pair.project for pair in house_pairs()}))


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's counts, what was wrong and what was missed."""
    return judged(labelled.name, [(pair.default, pair.house) for pair in learn(labelled.root).pairs()])


def judged(name: str, said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the counts of one project's (default, house) pairs, and what they were before adjudication."""
    listed = list(said)
    first = _counted(name, listed, [])["counts"]
    return _counted(name, listed, [each for each in adjudications() if each.project == name]) | {"by_labels": first}


def _counted(name: str, said: Iterable[tuple[str, str]], ruled: list[Adjudication]) -> dict[str, Any]:
    labels = [pair for pair in house_pairs() if pair.project == name]
    counts = {"right": 0, "wrong": 0, "fair": 0, "found": 0, "must": sum(pair.grade == "must" for pair in labels)}
    found: set[PairLabel] = set()
    wrong = []
    for default, house in said:
        label, verdict = judge(default, house, labels, ruled)
        if verdict == "right" and label in found:
            continue
        counts[verdict] += 1
        if verdict == "wrong":
            wrong.append({"project": name, "default": default, "house": house})
        elif verdict == "right" and label:
            found.add(label)
    counts["found"] = len(found)
    missing = [pair for pair in labels if pair.grade == "must" and pair not in found]
    missed = [{"project": name, "default": pair.default, "house": pair.house} for pair in missing]
    return {"counts": counts, "wrong": wrong, "missed": missed}


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return precision and recall over what `measure` gave for each project."""
    total, first = (_sum(result[key] for result in measured.values()) for key in ("counts", "by_labels"))
    return total | {
        **_shares(total),
        "by_labels_alone": first | _shares(first),
        "precision_ci95": interval(total["right"], total["right"] + total["wrong"]),
        "recall_ci95": interval(total["found"], total["must"]),
        "by_project": {name: result["counts"] | _shares(result["counts"]) for name, result in measured.items()},
        "misses": [pair for result in measured.values() for pair in result["missed"]],
        "wrong_pairs": [pair for result in measured.values() for pair in result["wrong"]],
    }


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for each in counts:
        total.update(each)
    return dict(total)


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
            same = [pair for pair in labels if pair.grade == "must" and house in pair.houses]
            return (same[0] if same and each.verdict == "right" else None), each.verdict
    return None, "wrong"


def _named(name: str, accepted: tuple[str, ...]) -> bool:
    """Say whether `name` is one of `accepted`; `builtins.` in front makes no difference."""
    return name.removeprefix("builtins.") in accepted
