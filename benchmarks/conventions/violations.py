"""Is a broken convention found, and is code that was there before left alone?

Injected: in a function of a project, one place that follows a convention of the project (at least 9 of 10 files of its
kind, 5 files or more) is turned into its opposite, and the house, which has not seen that file, is asked what the
function violates. Found: one of the answers is that question, inside the function. Untouched: functions as they are.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from familiar_codegraph.conventions import House, learn

from benchmarks.conventions.bounds import interval
from benchmarks.conventions.corpus import Labelled, members, read
from benchmarks.conventions.flips import Text, apply, flips, span_of
from benchmarks.conventions.labeller import label
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Function, Source

CLEAR, FILES = 0.9, 5
Majorities = dict[tuple[bool, str], str]


class Injected(NamedTuple):
    """A file with one flip: the question, what the house does, what stands there now, and the function's bytes."""

    path: str
    question: str
    house: str
    here: str
    data: bytes
    span: tuple[int, int]
    line: int


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's counts: flips found and missed by question, untouched functions asked and flagged."""
    each, untouched = (4, 40) if quick else (8, 100)
    project, house = read(labelled.root), learn(labelled.root)
    without: dict[str, House] = {}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    misses, alarms, asked, flagged = [], [], 0, 0
    for flip in injected(project, labelled, each, random.Random(seed)):
        named = without.setdefault(flip.path, house.without(flip.path)).violations(flip.path, flip.data, [flip.span])
        hit = any(v.question == flip.question and _overlap((v.start, v.end), flip.span) for v in named)
        found[flip.question.partition(":")[0]]["found" if hit else "missed"] += 1
        if not hit:
            misses.append(_record(labelled.name, flip))
    for path, function, data, span in functions(project, untouched, random.Random(seed)):
        named = without.setdefault(path, house.without(path)).violations(path, data, [span])
        asked, flagged = asked + 1, flagged + bool(named)
        for v in named:
            place = {"project": labelled.name, "path": path, "line": function.lineno}
            alarms.append(place | {"question": v.question, "here": v.here, "house": v.house})
    return {"counts": found, "asked": asked, "flagged": flagged, "misses": misses, "alarms": alarms}


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the shares found and flagged over what `measure` gave for each project."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for result in measured.values():
        for family, each in result["counts"].items():
            counts[family].update(each)
    total = sum(counts.values(), Counter[str]())
    asked, flagged = (sum(result[key] for result in measured.values()) for key in ("asked", "flagged"))
    alarms = [alarm for result in measured.values() for alarm in result["alarms"]]
    return {
        "injected": sum(total.values()),
        "found": total["found"] / max(1, sum(total.values())),
        "found_ci95": interval(total["found"], sum(total.values())),
        "untouched": asked,
        "flagged": flagged / max(1, asked),
        "flagged_ci95": interval(flagged, asked),
        "by_question": {q: {"flips": sum(c.values()), "found": c["found"]} for q, c in sorted(counts.items())},
        "by_project": {
            name: {
                "flips": sum(sum(c.values()) for c in result["counts"].values()),
                "found": sum(c.get("found", 0) for c in result["counts"].values()),
                "asked": result["asked"],
                "flagged": result["flagged"],
            }
            for name, result in measured.items()
        },
        "alarms_by_question": dict(Counter(a["question"].partition(":")[0] for a in alarms).most_common()),
        "misses": [miss for result in measured.values() for miss in result["misses"]],
        "alarms": alarms,
    }


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _record(name: str, flip: Injected) -> dict[str, Any]:
    return {"project": name, **{k: v for k, v in flip._asdict().items() if k not in {"data", "span"}}}


def majorities(project: Project, labelled: Labelled) -> Majorities:
    """Return the clear answers by (is a test file, question): every file weighs 1."""
    weights: dict[tuple[bool, str], Counter[str]] = defaultdict(Counter)
    for path, question, labels in members(labelled.labels):
        key = (project.sources[path].is_test, question)
        for each in labels:
            weights[key][each.answer] += 1 / len(labels)  # type: ignore[assignment]
    return clear(weights)


def clear(weights: dict[tuple[bool, str], Counter[str]]) -> Majorities:
    """Return the answers that at least `CLEAR` of at least `FILES` files give."""
    found = {}
    for key, answers in weights.items():
        answer, weight = answers.most_common(1)[0]
        if sum(answers.values()) >= FILES - 1e-6 and weight / sum(answers.values()) >= CLEAR:
            found[key] = answer
    return found


def injected(project: Project, labelled: Labelled, each: int, chance: random.Random) -> Iterator[Injected]:
    """Yield flips of functions drawn in a seeded order; at most one of a question in a file."""
    houses = majorities(project, labelled)
    left = {question: each for _, question in houses}
    families = Counter[str]()
    paths = [p for p in sorted(project.sources) if _plain(project.sources[p])]
    chance.shuffle(paths)
    for path in paths[:200]:
        if not any(left[question] and families[question.partition(":")[0]] < 2 * each for question in left):
            return
        text = Text(project.sources[path], project)
        before = Counter((each.question, each.answer) for each in labelled.labels[path])
        candidates: dict[str, list[tuple[Function, Any]]] = defaultdict(list)
        for function in text.source.functions():
            for question, edits in flips(text, function):
                house = houses.get((text.source.is_test, question))
                if house and before[(question, house)]:
                    candidates[question].append((function, edits))
        for question in sorted(candidates):
            family = question.partition(":")[0]
            if not left[question] or families[family] >= 2 * each:
                continue
            function, edits = chance.choice(candidates[question])
            flip = _flipped(text, function, edits, question, houses[(text.source.is_test, question)], before)
            if flip:
                left[question] -= 1
                families[family] += 1
                yield flip


def _plain(source: Source) -> bool:
    return b"\r" not in source.data and b"\f" not in source.data and not source.data.startswith(b"\xef\xbb\xbf")


def _flipped(
    text: Text, function: Function, edits: Any, question: str, house: str, before: Counter[tuple[str, str]]
) -> Injected | None:
    """Return the flip if the labeller agrees that the question's answer, and it alone of its kind, has changed."""
    data = apply(text.data, edits)
    try:
        after = Source(text.source.path, data)
    except (SyntaxError, ValueError):
        return None
    now = Counter((each.question, each.answer) for each in label(after, text.project))
    gained = [answer for (q, answer), n in (now - before).items() if q == question]
    same = [f for f in after.functions() if f.lineno == function.lineno or f.name == function.name]
    if len(gained) != 1 or (before - now)[(question, house)] < 1 or gained[0] == house or not same:
        return None
    mine = min(same, key=lambda f: abs(f.lineno - function.lineno))
    span = span_of(Text(after, text.project), mine)
    return Injected(text.source.path, question, house, gained[0], data, span, mine.lineno)


def functions(
    project: Project, count: int, chance: random.Random
) -> Iterator[tuple[str, Function, bytes, tuple[int, int]]]:
    """Yield functions drawn in a seeded order with their file's bytes and their own span."""
    everything = [(p, f) for p, s in sorted(project.sources.items()) if _plain(s) for f in s.functions()]
    for path, function in chance.sample(everything, min(count, len(everything))):
        source = project.sources[path]
        yield path, function, source.data, span_of(Text(source, project), function)
