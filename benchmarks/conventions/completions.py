"""Completions at cursors where the world's answer is wrong: does the engine offer the house's, and with which help?

Each cursor is asked twice, with the conventions and without; the rest is alike: the model, the counts, and what the
code graph knows around the cursor. Only what is offered first counts. No candidate is held back for being unlikely, as
in `familiar evaluate completion`: what is measured is which answer comes first, not when to be silent.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from familiar_codegraph.client import GraphClient
from familiar_completion import models
from familiar_completion.engine import Engine
from familiar_completion.evaluate import completion
from familiar_completion.runtime import Model

from benchmarks.conventions.bounds import interval, resampled
from benchmarks.conventions.corpus import Labelled, read
from benchmarks.conventions.cursors import Cursor, cursors, verdict, written
from benchmarks.conventions.labeller import DEFAULTS
from benchmarks.conventions.project import Project

ARMS = {"conventions": True, "without": False}
WAIT = 120.0
"""Seconds for an answer: so many that the load of the machine decides nothing."""
FAMILIES = {question.split(".")[0] for question in DEFAULTS} | {"by hand"}


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's verdicts by arm, each with what was offered."""
    project = read(labelled.root)
    chosen = asked_at(project, labelled, seed, quick)
    return asyncio.run(_ask(labelled.root, {path: source.data for path, source in project.sources.items()}, chosen))


def asked_at(project: Project, labelled: Labelled, seed: int, quick: bool) -> list[Cursor]:
    """Return a project's cursors, those chosen by hand first."""
    by_hand = written(project, labelled.name)
    return [*(by_hand[::3] if quick else by_hand), *cursors(project, labelled, 4 if quick else 8, seed)]


class Asking:
    """The engines of both arms over one model and one graph, with all that an editor's session has."""

    def __init__(self, engines: dict[str, Engine], graph: GraphClient) -> None:
        self._engines, self._graph = engines, graph

    async def offered(self, arm: str, path: str, before: bytes, after: bytes) -> tuple[str, str | None]:
        """Return what the arm offers first between `before` and `after`, and why it is silent where it is."""
        engine, data = self._engines[arm], before + after
        engine.put(path, 1, data)
        await self._graph.put(path, data, 1)
        if around := await self._graph.surroundings(path, len(before)):
            engine.surround(around)
        answer = await engine.complete(path, len(before), 1, wait=WAIT)
        await self._graph.drop(path)
        await engine.drop(path)
        return completion(answer, len(before), after), answer.silence


@asynccontextmanager
async def asking(root: Path) -> AsyncIterator[Asking]:
    """Index the project for both arms and start the model, which they share."""
    model, graph = Model(models.WEIGHTS), GraphClient(root)
    try:
        engines = {arm: Engine(root, model, least=0.0, conventions=on) for arm, on in ARMS.items()}
        for engine in engines.values():
            await engine.sources.index()
        await graph.index()
        await model.start()
        yield Asking(engines, graph)
    finally:
        await model.close()
        await graph.close()


async def _ask(root: Path, data: dict[str, bytes], chosen: list[Cursor]) -> dict[str, list[dict[str, Any]]]:
    asked: dict[str, list[dict[str, Any]]] = {arm: [] for arm in ARMS}
    async with asking(root) as engines:
        for cursor in chosen:
            before, after = data[cursor.path][: cursor.start], data[cursor.path][cursor.end :]
            for arm, rows in asked.items():
                text, silence = await engines.offered(arm, cursor.path, before, after)
                record = {"path": cursor.path, "line": cursor.line, "what": cursor.what, "offered": text}
                rows.append(record | {"verdict": verdict(cursor, text) if text else "silent", "silence": silence})
    return asked


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return wanted minus unwanted for both arms, and how often the conventions changed the verdict."""
    arms: dict[str, Any] = {arm: counted(measured, arm) for arm in ARMS}
    misses = [
        {"project": name, **answer}
        for name, result in measured.items()
        for answer in result["conventions"]
        if answer["verdict"] != "wanted"
    ]
    changed = [
        {"project": name, **{key: one[key] for key in ("path", "line", "what")}}
        | {
            "with": one["verdict"],
            "said": one["offered"],
            "without": other["verdict"],
            "said_without": other["offered"],
        }
        for name, result in measured.items()
        for one, other in zip(result["conventions"], result["without"], strict=True)
        if one["verdict"] != other["verdict"]
    ]
    pairs = [
        (_worth(one["verdict"]), _worth(other["verdict"]))
        for result in measured.values()
        for one, other in zip(result["conventions"], result["without"], strict=True)
    ]
    return arms | {
        "gain": arms["conventions"]["difference"] - arms["without"]["difference"],
        "gain_ci95": resampled(pairs, lambda drawn: sum(one - other for one, other in drawn) / len(drawn)),
        "by_project": {name: {arm: _by_project(result[arm]) for arm in ARMS} for name, result in measured.items()},
        "changed": changed,
        "misses": misses,
    }


def _worth(verdict: str) -> int:
    return (verdict == "wanted") - (verdict == "unwanted")


def _by_project(answers: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(answer["verdict"] for answer in answers)
    return {"cursors": len(answers), **{key: counts[key] for key in ("wanted", "unwanted", "other", "silent")}}


def counted(measured: dict[str, dict[str, Any]], arm: str) -> dict[str, Any]:
    """Return one arm's figures over the projects, all together, by hand alone, and by kind."""
    answers = [answer for result in measured.values() for answer in result[arm]]
    counts = Counter(answer["verdict"] for answer in answers)
    by_what: dict[str, Counter[str]] = {}
    for answer in answers:
        kind = _kind(answer["what"])
        by_what.setdefault(kind, Counter())[answer["verdict"]] += 1
    by_hand = [a for a in answers if a["what"].startswith("by hand")]
    hand = Counter(answer["verdict"] for answer in by_hand)
    return {
        "cursors": len(answers),
        **{key: counts[key] for key in ("wanted", "unwanted", "other", "silent")},
        "wanted_ci95": interval(counts["wanted"], len(answers)),
        "unwanted_ci95": interval(counts["unwanted"], len(answers)),
        "difference": (counts["wanted"] - counts["unwanted"]) / max(1, len(answers)),
        "difference_ci95": resampled([_worth(a["verdict"]) for a in answers], lambda drawn: sum(drawn) / len(drawn)),
        "by_hand": {
            "cursors": len(by_hand),
            "difference": (hand["wanted"] - hand["unwanted"]) / max(1, len(by_hand)),
        },
        "by_kind": {kind: dict(c) for kind, c in sorted(by_what.items())},
    }


def _kind(what: str) -> str:
    """Return what a cursor is about; for a drawn call of a helper `what` is the helper's dotted name."""
    family = what.split(".")[0].split(":")[0]
    return what if family in FAMILIES else "house helper"
