"""Run the user's own tests on the changed code and judge what they say.

The same tests run on the tree as it is and on the tree with the change, each in a fresh copy (`overlay`), isolated
(`isolate`), compared test by test. The evidence then names what the outcomes alone cannot say: that the code which was
tested is the changed code, which changed lines were executed, and whether the tests would have noticed a wrong edit:
they must fail on a deliberately incomplete one (`sabotage`). docs/verification.md says what that means and what not.
"""

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
from familiar_codegraph import fixtures, testmap
from familiar_codegraph.esmodules import reads
from familiar_codegraph.home import repository_dir
from familiar_codegraph.shared import write_whole

from familiar_edits import isolate, linters, nodelinters, runner, runners, trust
from familiar_edits.changedlines import changed_lines
from familiar_edits.compiled import Bytecode
from familiar_edits.isolate import Limits, Method
from familiar_edits.matrix import Matrix, between, flaky_of, mapped_id, noticed
from familiar_edits.overlay import Overlay
from familiar_edits.pythonrun import executed_in
from familiar_edits.testrun import AnyRunner, TestRun, run_tests
from familiar_edits.values import (
    ChangeSet,
    Check,
    EditError,
    Evidence,
    Status,
    TestEvidence,
    Verify,
)

Progress = Callable[[str, int], None]
_NO = ChangeSet("the tree as it is")
TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
_TEST_CALL = re.compile(rb"^\s*(?:it|test)(?:\.\w+)*\s*\(", re.M)
_TEST_DEF = re.compile(rb"^\s*(?:async\s+)?def\s+test", re.M)


def is_test_file(path: str) -> bool:
    """Return whether the runners that we know collect the file by its default names."""
    return bool(TEST_FILE.search(path)) or (reads(path) and fixtures.is_test_file(path))


class Verification(NamedTuple):
    """The verdict on a change, one sentence for people, and what it rests on."""

    status: Status
    reason: str
    evidence: Evidence


def verify(
    root: Path,
    changeset: ChangeSet,
    *,
    level: Verify = "impacted",
    tests: Sequence[str] | None = None,
    buffers: Mapping[str, bytes] | None = None,
    sabotage: ChangeSet | None = None,
    name_map: Mapping[str, str] | None = None,
    checks: Sequence[Check] = (),
    trusted: bool | None = None,
    python: Path | None = None,
    limits: Limits | None = None,
    stop_at_first: bool = False,
    progress: Progress = lambda message, percentage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Verification:
    """Judge `changeset` on the repository at `root` by its own tests; nothing of the user's is written to.

    Args:
        tests: the tests that reach the change, as the runner names them (files or ids); None runs the whole suite, and
            so does `level` "full".
        buffers: unsaved files by path, laid over the copy of the working tree.
        sabotage: the change set of a deliberately incomplete edit, which the tests must not survive.
        name_map: old to new names, for tests whose own id the change renames.
        checks: the static checks already made; they are part of the evidence.
        trusted: whether tests may run here; by default what `trust` remembers.
        python: the interpreter that the user has set for the tests.
        limits: what each run may use.
        stop_at_first: end the run at the first test that the change has broken.
        progress: told (message, percentage) as the tests run.
        cancelled: asked often; when true everything is ended and `EditError` "cancelled" raised.
    """
    evidence = Evidence(checks=tuple(checks))
    if failed := next((c for c in checks if c.verdict == "fail"), None):
        return Verification("failed", f"The check {failed.name} failed: {failed.detail}", evidence)
    if why_not := _not_to_run(root, changeset, level, tests, trusted):
        return Verification("unverified", why_not, evidence)
    request = _Request(
        root.resolve(), changeset, tuple(tests) if tests is not None and level != "full" else (), dict(name_map or {}),
        sabotage, limits or Limits(), stop_at_first, progress, cancelled,
    )  # fmt: skip
    try:
        found = runners.find(request.root, changeset, request.tests, python)
        with Overlay(request.root, buffers) as overlay:
            return _Trial(request, found, overlay, evidence).judge()
    except EditError as error:
        if error.kind in ("cancelled", "stale", "outside", "edit"):
            raise
        return Verification("unverified", f"Not tested: {error} {error.do}".strip(), evidence)


def _not_to_run(
    root: Path, changeset: ChangeSet, level: Verify, tests: Sequence[str] | None, trusted: bool | None
) -> str | None:
    if level == "none":
        return "Nothing was checked, as asked."
    if level == "static":
        return "Checked, but not tested, as asked."
    if not changeset.changes:
        return "There is nothing to test: the change is empty."
    if not (trust.is_trusted(root) if trusted is None else trusted):
        return f"Not tested: {root} is not a trusted repository. To let its tests run: familiar trust {root}"
    if level == "impacted" and tests is not None and not tests:
        return "Not tested: no test of this repository reaches the change."
    return None


class _Request(NamedTuple):
    root: Path
    changeset: ChangeSet
    tests: tuple[str, ...]
    name_map: dict[str, str]
    sabotage: ChangeSet | None
    limits: Limits
    stop_at_first: bool
    progress: Progress
    cancelled: Callable[[], bool]


class _Trial:
    """The runs of one request, some of them at the same time, and the judgement on them."""

    def __init__(self, request: _Request, found: AnyRunner, overlay: Overlay, evidence: Evidence) -> None:
        self.request, self.runner, self.overlay, self.evidence = request, found, overlay, evidence
        self.method, self.why_plain = isolate.method()
        self.renames = {c.path: c.new_path for c in request.changeset.changes if c.kind == "rename" and c.new_path}
        self.counter, self.shown = 0, 5
        self.lock = threading.Lock()
        self.before_run: TestRun | None = None
        self.second = False
        self.bytecode = self.kept_bytecode()
        self.lines = {
            path: changed_lines(change, overlay.after(change))
            for change in request.changeset.changes
            if change.kind != "delete" and found.reads(path := change.new_path or change.path)
        }

    # ------------------------------------------------------------ the runs

    def judge(self) -> Verification:
        request = self.request
        request.progress("Running the tests", 5)
        with ThreadPoolExecutor(max_workers=_workers(self.method)) as pool:
            before = pool.submit(self.baseline)
            after = pool.submit(self.run, request.changeset, self.after_tests(), self.broken_by_the_change)
            linted = [pool.submit(check) for check in self.checkers()]
            wrong: Future[TestRun] | None = None
            if request.sabotage is not None:
                wrong = pool.submit(self.run, request.sabotage, self.request.tests, self.noticed_by_now)
            before_run, after_run = before.result(), after.result()
            matrix, flaky = self.compared(before_run, after_run)
            if _was_stopped(after_run) and not matrix.newly_failing:  # what stopped it was flaky: run to the end
                after_run = self.run(request.changeset, self.after_tests(), lambda _: False)
                matrix, more = self.compared(before_run, after_run)
                flaky = tuple(dict.fromkeys([*flaky, *more]))
            wrong_run = wrong.result() if wrong else None
            made = tuple(check.result() for check in linted)
        self.check_cancelled()
        self.evidence = msgspec.structs.replace(self.evidence, checks=(*self.evidence.checks, *made))
        witnessed = noticed(before_run.outcomes, wrong_run, self.mapped) if wrong_run else None
        return self.verdict(before_run, after_run, matrix, flaky, witnessed)

    def baseline(self) -> TestRun:
        """The tests on the tree as it is; remembered by the content of everything copied and of the environment."""
        key = hashlib.sha256(
            repr(
                (self.overlay.digest, self.runner.stamp, self.runner.kind, sorted(self.request.tests), self.method)
            ).encode()
        ).hexdigest()
        remembered = repository_dir(self.request.root) / "baselines" / f"{key[:32]}.json"
        try:
            run = msgspec.json.decode(remembered.read_bytes(), type=TestRun)
        except (OSError, msgspec.DecodeError):
            run = self.recorded()
            if run.complete and run.outcomes:
                _remember(remembered, msgspec.json.encode(run))
        self.before_run = run
        return run

    def recorded(self) -> TestRun:
        """Run the tests on the tree as it is, and record which functions each of them executes."""
        folder, environment = repository_dir(self.request.root), self.runner.environment
        base, before = testmap.Tree(self.overlay.base), testmap.load(folder)
        tree = self.tree(None)
        run = self.run(None, self.request.tests, lambda _: False, tree, testmap.known(before, environment, base))
        said = executed_in(tree)
        if run.complete and said.is_file():
            with contextlib.suppress(OSError, ValueError), said.open(encoding="utf-8") as lines:
                testmap.keep(folder, testmap.take(before, environment, base, lines))
        return run

    def kept_bytecode(self) -> Bytecode | None:
        """Return the bytecode of earlier runs; none where the copy does not stand at the repository's own path."""
        if not isinstance(self.runner, runner.Runner) or self.method == "plain":
            return None
        store = repository_dir(self.request.root) / "bytecode" / self.runner.stamp
        return Bytecode(store, self.overlay.contents, beside=self.runner.compiled)

    def checkers(self) -> list[Callable[[], Check]]:
        """The project's own checkers, each to be run on both trees: their findings may not become more."""
        request = self.request
        paths = [change.new_path or change.path for change in request.changeset.changes]
        rest = self.overlay, self.method, request.changeset, request.name_map, self.tree, request.cancelled
        if isinstance(self.runner, runner.Runner):
            return [partial(linters.check, t, self.runner, *rest) for t in linters.tools_to_run(request.root, paths)]
        found = nodelinters.tools_to_run(request.root, paths)
        return [partial(nodelinters.check, tool, self.runner, *rest) for tool in found]

    def tree(self, changeset: ChangeSet | None) -> Path:
        with self.lock:
            self.counter += 1
            name = f"run{self.counter}"
        self.check_cancelled()
        return self.overlay.tree(name, changeset)

    def run(
        self,
        changeset: ChangeSet | None,
        tests: Sequence[str],
        stop: Callable[[TestRun], bool],
        tree: Path | None = None,
        record: Sequence[str] | None = None,
    ) -> TestRun:
        tree = tree or self.tree(changeset)
        if self.bytecode:
            self.bytecode.lay(tree, {p for c in (changeset or _NO).changes for p in (c.path, c.new_path or c.path)})
        watch = self.watched(changeset)
        told = 0

        def asked(run: TestRun) -> bool:
            nonlocal told
            if changeset is self.request.changeset and len(run.outcomes) > told:
                told = len(run.outcomes)
                of = f" of {len(run.collected)}" if run.collected else ""
                share = min(told / len(run.collected), 1.0) if run.collected else 0.5
                self.shown = max(self.shown, 5 + int(90 * share))
                self.request.progress(f"{told}{of} tests on the changed code", self.shown)
            return self.request.cancelled() or stop(run)

        done = run_tests(
            self.runner,
            self.overlay,
            tree,
            self.method,
            self.request.limits,
            tests=tests,
            watch=watch,
            stop=asked,
            record=record,
        )
        self.check_cancelled()
        if self.bytecode and done.complete:
            self.bytecode.keep(tree)
        return done

    def watched(self, changeset: ChangeSet | None) -> dict[str, set[int]]:
        """Return the files whose origin matters; with the changed lines in the first run on the changed code.

        A second run is not traced: a test that only minds being traced then passes.
        """
        changes = (changeset or self.request.changeset).changes
        if changeset is None:
            return {c.path: set() for c in changes if c.kind != "create" and self.runner.reads(c.path)}
        wanted = self.lines if changeset is self.request.changeset and not self.second else {}
        paths = [c.new_path or c.path for c in changes if c.kind != "delete"]
        return {path: wanted.get(path, set()) for path in paths if self.runner.reads(path)}

    def after_tests(self) -> list[str]:
        return [self.mapped(test) for test in self.request.tests]

    def mapped(self, test: str) -> str:
        return mapped_id(test, self.renames, self.request.name_map)

    def broken_by_the_change(self, run: TestRun) -> bool:
        if not self.request.stop_at_first or self.before_run is None:
            return False
        return bool(between(self.before_run, run, self.mapped, partial=True).newly_failing)

    def noticed_by_now(self, run: TestRun) -> bool:
        before = self.before_run
        return before is not None and noticed(before.outcomes, run, self.mapped, partial=True)

    def compared(self, before: TestRun, after: TestRun) -> tuple[Matrix, tuple[str, ...]]:
        return self.without_flaky(between(before, after, self.mapped, partial=_was_stopped(after)))

    def without_flaky(self, matrix: Matrix) -> tuple[Matrix, tuple[str, ...]]:
        """Run what fails newly again, on both sides: what then passes after, or fails before, proves nothing.

        What the second runs say nothing about stays newly failing.
        """
        suspects = matrix.newly_failing
        if not suspects or len(suspects) > 50:
            return matrix, ()
        self.second = True
        rerun = sorted({self.runner.again(old) for old, _ in suspects})
        with ThreadPoolExecutor(max_workers=_workers(self.method)) as pool:
            again = pool.submit(self.run, None, rerun, lambda _: False)
            changed = pool.submit(self.run, self.request.changeset, [self.mapped(t) for t in rerun], lambda _: False)
            flaky = flaky_of(suspects, again.result().outcomes, changed.result().outcomes)
        return matrix.without(set(flaky)), flaky

    def check_cancelled(self) -> None:
        if self.request.cancelled():
            raise EditError("cancelled", "the request was cancelled.")

    # ------------------------------------------------------------ the judgement

    def verdict(
        self, before: TestRun, after: TestRun, matrix: Matrix, flaky: tuple[str, ...], witnessed: bool | None
    ) -> Verification:
        newly = tuple(new for _, new in matrix.newly_failing)
        tests = TestEvidence(
            runner=self.runner.kind,
            interpreter=self.runner.found,
            selected=len(before.collected or before.outcomes),
            total=self.total(before),
            before=before.outcomes,
            after=after.outcomes,
            newly_failing=newly,
            flaky=flaky,
        )
        executed, of = self.executed(after)
        evidence = msgspec.structs.replace(
            self.evidence, tests=tests, changed_lines_executed=(executed, of), witnessed=witnessed
        )
        void = self.overlay.changed_since()
        if void:
            reason = f"{_listed(void)} changed on disk while the tests ran, so this proposal is void: ask again."
            return Verification("refused", reason, evidence)
        if newly:
            return Verification("failed", _failure(newly, after), evidence)
        if worse := next((c for c in evidence.checks if c.verdict == "fail"), None):
            return Verification("failed", f"The check {worse.name} failed: {worse.detail}", evidence)
        if doubt := self.doubt(before, after, matrix, evidence):
            return Verification("unverified", doubt, evidence)
        return Verification("verified", _praise(matrix, before, evidence), evidence)

    def doubt(self, before: TestRun, after: TestRun, matrix: Matrix, evidence: Evidence) -> str | None:
        """Return why the evidence does not hold although no test fails newly, or None when it does."""
        for run, which in ((before, "before"), (after, "after")):
            if reason := _unfinished(run, which, self.request.limits):
                return reason
        if not before.outcomes:
            return f"Not tested: {self.runner.kind} found no tests."
        if not matrix.passing:
            return f"Not tested: none of the {len(before.outcomes)} tests passes before the change.{_first_why(before)}"
        if foreign := self.foreign(after):
            return f"Not tested: the tests imported {foreign}, not the changed file."
        if self.method == "plain":
            return (
                f"{_passing(matrix)} on a copy with the change, but without isolation, because this"
                f" machine has neither namespaces nor bubblewrap for it ({self.why_plain})."
            )
        executed, of = evidence.changed_lines_executed
        if any(self.lines.values()) and not self.measurable(after):
            return f"{_passing(matrix)}, but {self.runner.kind} does not tell which lines of the change they execute."
        if of and not executed:
            return f"{_passing(matrix)}, but they execute none of the {of} changed lines."
        if evidence.witnessed is False:
            return (
                f"{_passing(matrix)}, but they cannot see this change: they pass as well when it is left"
                " incomplete on purpose."
            )
        return None

    def foreign(self, after: TestRun) -> str | None:
        """Return a changed module's file that was imported from outside the tree under test, if there is one."""
        trees = [str(self.request.root), str(self.overlay.folder)]
        if self.method == "plain":
            trees = trees[1:]
        for path, files in after.origins.items():
            for file in files:
                if not any(file.startswith(tree + os.sep) for tree in trees) or not file.endswith(path):
                    return file
        return None

    def executed(self, after: TestRun) -> tuple[int, int]:
        """Return (changed lines executed, changed lines that hold code)."""
        held = {
            path: lines & set(after.code.get(path, lines))
            for path, lines in self.lines.items()
            if path not in after.unmeasured or path in after.code
        }
        seen = sum(len(lines & set(after.lines.get(path, ()))) for path, lines in held.items())
        return seen, sum(len(lines) for lines in held.values())

    def measurable(self, after: TestRun) -> bool:
        """Say whether it can be known of any changed line whether it was executed."""
        return any(lines and path not in after.unmeasured for path, lines in self.lines.items()) or bool(after.code)

    def total(self, before: TestRun) -> int:
        """The size of the suite: tests that ran, and the test functions of the files that were not selected."""
        count = len(before.collected or before.outcomes)
        if not self.request.tests:
            return count
        single = [test.partition("::")[0] for test in self.request.tests if "::" in test]
        selected = set(self.request.tests)
        for path in self.overlay.base.rglob("*"):
            relative = path.relative_to(self.overlay.base).as_posix()
            if self.runner.reads(relative) and is_test_file(relative) and relative not in selected and path.is_file():
                test = _TEST_DEF if relative.endswith(".py") else _TEST_CALL
                count += max(0, len(test.findall(path.read_bytes())) - single.count(relative))
        return count


def _was_stopped(run: TestRun) -> bool:
    return run.ended is not None and run.ended.limit == "stopped"


def _workers(method: Method) -> int:
    """As many runs at a time as there are cores; without namespaces they would share ports and temporary files."""
    if method == "plain":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(3, cores))


def _remember(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    write_whole(path, data)
    for old in sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime)[:-20]:
        old.unlink(missing_ok=True)


def _unfinished(run: TestRun, which: str, limits: Limits) -> str | None:
    ended = run.ended
    if run.complete or ended is None:
        return None
    ran = f"{len(run.outcomes)} of {len(run.collected)} tests ran" if run.collected else "no test ran"
    if run.outcomes and not run.collected:
        ran = f"only {len(run.outcomes)} tests ran"
    at = f" during {run.running}" if run.running else ""
    reasons = {
        "time": f"the time limit of {limits.seconds:.0f} s was reached{at}",
        "memory": f"the memory limit of {limits.memory >> 20} MiB was reached{at}",
        "processes": f"the limit of {limits.processes} processes was reached{at}",
        "stopped": f"the run was stopped{at}",
    }
    if ended.limit:
        return f"{ran} {which} the change: {reasons[ended.limit]}."
    last = ended.output.strip().rpartition("\n")[2]
    return f"{ran} {which} the change: the test process ended with status {ended.status}{at}. {last}".strip()


def _failure(newly: Sequence[str], after: TestRun) -> str:
    first = next((test for test in newly if test in after.why), newly[0])
    why = after.why.get(first) or f"it is {after.outcomes.get(first, 'gone')} then"
    more = f" (and {len(newly) - 1} more)" if len(newly) > 1 else ""
    return f"{first} does not fail now, but does with the change{more}: {why.removeprefix('E   ')}"


def _passing(matrix: Matrix) -> str:
    count = len(matrix.passing)
    return "1 test passes" if count == 1 else f"{count} tests pass"


def _first_why(run: TestRun) -> str:
    return f" {next(iter(run.why.values()))}" if run.why else ""


def _praise(matrix: Matrix, before: TestRun, evidence: Evidence) -> str:
    executed, of = evidence.changed_lines_executed
    words = [f"{_passing(matrix)} on the changed code as before"]
    if of:
        words.append(f"{executed} of {of} changed lines executed")
    if evidence.witnessed:
        words.append("the same tests fail when the edit is left incomplete")
    if failing := len(before.outcomes) - len(matrix.passing) - matrix.skipped:
        words.append(f"{failing} failed already or are flaky")
    return "; ".join(words) + "."


def _listed(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
