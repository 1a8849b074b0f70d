"""Familiar with its tests, while a part of them is hidden: half of the test files run for the judge alone.

The change is planned on everything (a hidden test that names what is renamed must be edited like any other file), but
what the product may run are the test files that are not hidden. What it calls verified counts as applied.
"""

import random
from collections.abc import Mapping
from pathlib import Path

from familiar_edits import reaching
from familiar_edits.isolate import Limits
from familiar_edits.verify import TEST_FILE, verify

from benchmarks.refactor.draw import Trial
from benchmarks.refactor.familiar import Static, answer
from benchmarks.refactor.trial import Answer


class Impacted:
    """`--verify impacted` without the hidden half of the test files, drawn with `seed`."""

    def __init__(self, root: Path, seed: int) -> None:
        self.static = Static(root)
        tests = sorted(path for path in self.static.graph.files() if TEST_FILE.search(path))
        self.shown = {*random.Random(seed).sample(tests, (len(tests) + 1) // 2)}

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        plan = self.static.plan(trial, answers)
        planned = answer(self.static.root, plan)
        if answers or planned.refused is not None or planned.asks or not planned.changed:
            return planned
        reached = reaching.tests_of(
            self.static.root, self.static.graph, plan, ""
        )  # whole files: no record divides them
        found = verify(
            self.static.root,
            plan.changeset,
            tests=[path for path in (sorted(self.shown) if reached is None else reached) if path in self.shown],
            sabotage=plan.sabotage,
            name_map=plan.name_map,
            checks=plan.checks,
            trusted=True,
            limits=Limits(seconds=120),
        )
        if found.status != "verified":
            return Answer({}, f"{found.status}: {found.reason}", (), found.status)
        return answer(self.static.root, plan, status=found.status)

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        return None

    def end(self) -> None:
        self.static.end()
