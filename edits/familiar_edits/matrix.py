"""Outcomes before and after, test by test. Exit codes lie: a suite often fails before anything is changed."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from familiar_edits.testrun import TestRun
from familiar_edits.values import Outcome

_BAD = {"failed", "error"}
Mapped = Callable[[str], str]


class Matrix(NamedTuple):
    """Pairs of (id before, id after): passing on both sides, and no longer as good as before; and how many skip."""

    passing: tuple[tuple[str, str], ...]
    newly_failing: tuple[tuple[str, str], ...]
    skipped: int

    def without(self, flaky: set[str]) -> "Matrix":
        """Return the matrix without the tests of these ids after."""
        return self._replace(newly_failing=tuple(p for p in self.newly_failing if p[1] not in flaky))


def compare(
    before: Mapping[str, Outcome], after: Mapping[str, Outcome], mapped: Mapped, *, partial: bool = False
) -> Matrix:
    """Compare two runs; `mapped` says what a test is called after the change. `partial`: the second is not over.

    Newly failing is whatever passed, or was skipped or expected to fail, and now fails; what passed and is now skipped
    (a test that hides its import error); what passed and is gone; and a new test that fails. A test file that can no
    longer be imported stands for all the tests that were in it.
    """
    passing, newly, skipped, known = [], [], 0, set()
    for old, outcome in before.items():
        new = old if old in after else mapped(old)
        known.add(new)
        now = after.get(new)
        skipped += outcome == "skipped" or outcome == "xfailed"
        if now is None:
            if not partial and outcome == "passed" and after.get(new.partition("::")[0]) not in _BAD:
                newly.append((old, new))
        elif outcome == "passed" and now == "passed":
            passing.append((old, new))
        elif outcome not in _BAD and (now in _BAD or (outcome == "passed" and now in ("skipped", "xfailed"))):
            newly.append((old, new))
    newly += [(new, new) for new, now in after.items() if new not in known and now in _BAD]
    return Matrix(tuple(passing), tuple(newly), skipped)


def between(before: TestRun, after: TestRun, mapped: Mapped, *, partial: bool) -> Matrix:
    """Compare two runs. What the first one, cut short, did not reach is not known to have passed."""
    found = compare(before.outcomes, after.outcomes, mapped, partial=partial)
    if before.complete:
        return found
    return found.without({new for old, new in found.newly_failing if old not in before.outcomes})


def flaky_of(
    suspects: tuple[tuple[str, str], ...], before: Mapping[str, Outcome], after: Mapping[str, Outcome]
) -> tuple[str, ...]:
    """Return those of `suspects` (by their id after) that a second run on each side says otherwise about."""
    return tuple(new for old, new in suspects if after.get(new) in ("passed", "xpassed") or before.get(old) in _BAD)


def noticed(before: Mapping[str, Outcome], wrong: TestRun, mapped: Mapped, *, partial: bool = False) -> bool:
    """Say whether the tests that pass before noticed the wrong edit of the run `wrong`."""
    if not partial and not wrong.complete and wrong.ended and wrong.ended.limit != "stopped":
        return True  # it could not even come to its end
    return bool(compare(before, wrong.outcomes, mapped, partial=partial or not wrong.complete).newly_failing)


def mapped_id(test: str, renames: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return what the test (or test file) `test` is called after files and names have been renamed."""
    path, found, rest = test.partition("::")
    path = renames.get(path, path)
    for old, new in names.items():
        rest = re.sub(rf"(?<![\w]){re.escape(old)}(?![\w])", new, rest)
    return path + found + rest


def outcome_counts(outcomes: Mapping[str, Outcome]) -> dict[str, int]:
    """Return how many tests have each outcome."""
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts
