"""Leave one file out: does the house know what the file answers, without having seen it?

Each file's occurrences of a question weigh 1 together, every project weighs the same in a question, and every question
in the total; `pooled` lets every file weigh the same instead. Questions with at least 5 files in at least 3 projects
count.

    answered          share of everything that the house answered
    right             share of what was answered
    default           what the world's answer gets right of everything; default_answered: of what the house answered
    with_default      right of everything when the world's answer stands in where the house abstains
    majority          the other files' most frequent answer, never abstaining (what plain counting reaches)
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import mean
from typing import Any

from familiar_codegraph.conventions import House, learn

from benchmarks.conventions.bounds import draws
from benchmarks.conventions.corpus import Labelled, members
from benchmarks.conventions.labeller import default
from benchmarks.conventions.source import Label

FILES, PROJECTS = 5, 3
Ask = Callable[[str, str], tuple[str, float] | None]


class Tally:
    """Weights of one project's question (or one member of a family)."""

    def __init__(self) -> None:
        self.files = self.answered = self.right = self.default = self.default_answered = self.majority = 0.0
        self.answers: Counter[str] = Counter()

    def add(self, labels: list[Label], weight: float, said: str | None, world: str, common: str) -> None:
        """Count a file's labels with `weight` each."""
        for each in labels:
            self.files += weight
            self.answers[each.answer] += weight  # type: ignore[assignment]
            self.default += weight * (each.answer == world)
            self.majority += weight * (each.answer == common)
            if said is not None:
                self.answered += weight
                self.right += weight * (each.answer == said)
                self.default_answered += weight * (each.answer == world)

    def shares(self) -> dict[str, float]:
        """Return the weights as shares of all of the project's files that have the question."""
        parts = {name: getattr(self, name) for name in ("answered", "right", "default", "default_answered", "majority")}
        parts["with_default"] = self.right + self.default - self.default_answered
        return {name: weight / self.files for name, weight in parts.items()}


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's weights by question (families together), by member, and what was answered wrong."""
    return tallied(labelled, seed, asked(learn(labelled.root)))


def asked(house: House) -> Ask:
    """Return how a house is asked without the file in question; files come one after the other."""
    last: tuple[str, House] = ("", house)

    def ask(question: str, path: str) -> tuple[str, float] | None:
        nonlocal last
        if path != last[0]:
            last = (path, house.without(path))
        answer = last[1].answer(question, path)
        return (answer.answer, answer.confidence) if answer else None

    return ask


def tallied(labelled: Labelled, seed: int, ask: Ask) -> dict[str, Any]:
    """Return what `measure` does, of whatever answers; `ask` gives (answer, confidence), None where it abstains."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    sizes: Counter[tuple[str, str]] = Counter()
    for path, question, labels in members(labelled.labels):
        totals[question].update(each.answer for each in labels)
        sizes[(path, question.partition(":")[0])] += len(labels)
    families: dict[str, Tally] = defaultdict(Tally)
    single: dict[str, Tally] = defaultdict(Tally)
    misses = []
    for path, question, labels in members(labelled.labels):
        answer = ask(question, path)
        said, world, family = answer[0] if answer else None, default(question), question.partition(":")[0]
        others = totals[question] - Counter(each.answer for each in labels)
        common = max(sorted(others), key=lambda key: others[key], default=world)
        families[family].add(labels, 1 / sizes[(path, family)], said, world, common)
        single[question].add(labels, 1 / len(labels), said, world, common)
        wrong = [each for each in labels if said not in (None, each.answer)]
        if wrong and answer:
            record = {"project": labelled.name, "path": path, "line": wrong[0].line, "question": question}
            times = f"{len(wrong)} of {len(labels)}"
            misses.append(record | {"here": wrong[0].answer, "said": said, "times": times, "share": answer[1]})
    kept = random.Random(seed).sample(misses, min(200, len(misses)))
    return {"families": _plain(families), "single": _plain(single), "misses": kept}


def _plain(tallies: dict[str, Tally]) -> dict[str, dict[str, Any]]:
    return {question: vars(tally) for question, tally in tallies.items()}


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the figures over what `measure` gave for each project."""
    families, single = (
        {(name, q): _tally(values) for name, result in measured.items() for q, values in result[part].items()}
        for part in ("families", "single")
    )
    bounds = {"ci95": _bounds(families, single)}
    return (
        figures(families, single)
        | bounds
        | {"misses": [miss for result in measured.values() for miss in result["misses"]]}
    )


def _bounds(
    families: dict[tuple[str, str], Tally], single: dict[tuple[str, str], Tally]
) -> dict[str, tuple[float, float]]:
    """Return intervals of the macro-averages by drawing the projects again."""
    by_project: tuple[dict[str, dict[str, Tally]], ...] = (defaultdict(dict), defaultdict(dict))
    for grouped, tallies in zip(by_project, (families, single), strict=True):
        for (name, question), tally in tallies.items():
            grouped[name][question] = tally

    def drawn(chosen: Sequence[str]) -> dict[str, Any]:
        again = (
            {(f"{number:02}", q): t for number, name in enumerate(chosen) for q, t in grouped[name].items()}
            for grouped in by_project
        )
        return figures(*again)

    names = sorted(by_project[0])
    kept = [drawn(chosen) for chosen in draws(names, 200)]
    ordered = {
        "right": sorted(each["macro"].get("right", 0.0) for each in kept),
        "answered": sorted(each["macro"].get("answered", 0.0) for each in kept),
        "departing": sorted(_gain(each["departing"]["macro"]) for each in kept),
    }
    return {key: (found[len(found) // 40], found[-1 - len(found) // 40]) for key, found in ordered.items()}


def _gain(macro: dict[str, float]) -> float:
    return macro["with_default"] - macro["default"] if macro else 0.0


def _tally(values: dict[str, Any]) -> Tally:
    tally = Tally()
    vars(tally).update(values)
    tally.answers = Counter(values["answers"])
    return tally


def figures(tallies: dict[tuple[str, str], Tally], single: dict[tuple[str, str], Tally]) -> dict[str, Any]:
    """Return the macro-averages and a row for each question."""
    questions: dict[str, list[Tally]] = defaultdict(list)
    for (_, family), tally in sorted(tallies.items()):
        if round(tally.files, 6) >= FILES:
            questions[family].append(tally)
    rows = {family: _row(found) for family, found in questions.items() if len(found) >= PROJECTS}
    departing: dict[str, list[Tally]] = defaultdict(list)
    for (_, question), tally in sorted(single.items()):
        if round(tally.files, 6) >= FILES and tally.answers.most_common(1)[0][0] != default(question):
            departing[question.partition(":")[0]].append(tally)
    return {
        "questions": len(rows),
        "macro": _means(rows.values()),
        "pooled": _pooled([t for family in rows for t in questions[family]]),
        "departing": {
            "cases": sum(map(len, departing.values())),
            "all": _row([tally for found in departing.values() for tally in found]),
            "macro": _means(_row(found) for found in departing.values()),
            "by_question": {family: _row(found) for family, found in departing.items()},
        },
        "by_question": rows,
        "by_project": {
            name: _row([t for (project, _), t in tallies.items() if project == name and round(t.files, 6) >= FILES])
            for name in sorted({project for project, _ in tallies})
        },
    }


def _row(tallies: list[Tally]) -> dict[str, Any]:
    """Return the shares over `tallies` that weigh the same each."""
    if not tallies:
        return {"cases": 0}
    shares = [tally.shares() for tally in tallies]
    total = {key: sum(each[key] for each in shares) / len(shares) for key in shares[0]}
    return {
        "cases": len(tallies),
        "answered": total["answered"],
        "right": total["right"] / total["answered"] if total["answered"] else None,
        "default": total["default"],
        "default_answered": total["default_answered"] / total["answered"] if total["answered"] else None,
        "with_default": total["with_default"],
        "majority": total["majority"],
    }


def _means(rows: Iterable[dict[str, Any]]) -> dict[str, float]:
    listed = list(rows)
    keys = [key for key in (listed[0] if listed else ()) if key != "cases"]
    return {key: mean(found) for key in keys if (found := [row[key] for row in listed if row.get(key) is not None])}


def _pooled(tallies: list[Tally]) -> dict[str, Any]:
    total = Tally()
    for each in tallies:
        for name in ("files", "answered", "right", "default", "default_answered", "majority"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return _row([total] if tallies else [])
