"""One run of the project's tests on one copy of the tree: the command, the stream of outcomes, how it ended.

What a runner needs is said by one module for each language (`pythonrun`, `noderun`); all speak the same lines of JSON.
"""

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec
from familiar_codegraph.home import cache_dir, data_dir, log_dir

from familiar_edits import noderun, pythonrun
from familiar_edits.isolate import Bind, Command, Ended, Limits, Method, run
from familiar_edits.noderunner import NodeRunner
from familiar_edits.overlay import Overlay
from familiar_edits.runner import Runner
from familiar_edits.running import Attempt, Prepared
from familiar_edits.values import Outcome

AnyRunner = Runner | NodeRunner


class TestRun(msgspec.Struct):
    """What a run has said so far; `why` has the first line of the error of each failing test.

    `lines` are the wanted lines that were executed, by file. In JavaScript only the run itself can tell which lines
    hold code: `code` has them for the files that were loaded; `unmeasured` are files that the runner cannot watch.
    """

    __test__ = False

    outcomes: dict[str, Outcome] = {}
    why: dict[str, str] = {}
    collected: list[str] = []
    running: str | None = None
    exit_code: int | None = None
    lines: dict[str, list[int]] = {}
    origins: dict[str, list[str]] = {}
    code: dict[str, list[int]] = {}
    unmeasured: list[str] = []
    ended: Ended | None = None

    @property
    def complete(self) -> bool:
        """Whether every collected test ran and the runner came to its own end."""
        return self.exit_code is not None and self.ended is not None and self.ended.limit is None

    def take(self, line: bytes) -> None:
        """Take one line of `inside.py`, or of `node/events.cjs`."""
        said = json.loads(line)
        if "test" in said:
            self.outcomes[said["test"]] = cast(Outcome, said["outcome"])
            if said["why"]:
                self.why[said["test"]] = said["why"]
            self.running = None
        elif "start" in said:
            self.running = said["start"]
        elif "collected" in said:
            self.collected = said["collected"]
        elif "measured" in said:
            for name, known in (("code", self.code), ("executed", self.lines)):
                known[said["measured"]] = sorted({*known.get(said["measured"], ()), *said[name]})
        elif "unmeasured" in said:
            self.unmeasured.append(said["unmeasured"])
        else:
            self.exit_code = said["end"]
            self.lines, self.origins = said.get("lines", self.lines), said.get("origins", self.origins)

    def end(self, ended: Ended) -> None:
        """Take how the run ended.

        Where the kernel refused a process, the test that asked for it may have said that it fails before the run was
        ended for that: it says nothing, and counts as the one that ran.
        """
        self.ended = ended
        last = next(reversed(self.outcomes), None)
        if ended.limit == "processes" and self.running is None and last and self.outcomes[last] in ("failed", "error"):
            del self.outcomes[last]
            self.why.pop(last, None)
            self.running = last


def run_tests(
    runner: AnyRunner,
    overlay: Overlay,
    tree: Path,
    method: Method,
    limits: Limits,
    *,
    tests: Sequence[str] = (),
    watch: Mapping[str, Collection[int]] | None = None,
    stop: Callable[[TestRun], bool] = lambda _: False,
    record: Sequence[str] | None = None,
) -> TestRun:
    """Run `tests` (paths or ids of the runner; none: all) of the copy `tree` and return what happened.

    `watch` are the files whose origin is wanted, with the lines of which is wanted whether they are executed; `stop` is
    asked as outcomes come in. With `record`, the functions that each test executes are written to `executed_in(tree)`,
    but for the tests named in it.
    """
    watch = watch or {}
    done = _attempt(runner, overlay, tree, method, limits, tests, watch, stop, record, tame=True)
    if _was_not_understood(runner, done):
        done = _attempt(runner, overlay, tree, method, limits, tests, watch, stop, record, tame=False)
    return done


def _was_not_understood(runner: AnyRunner, done: TestRun) -> bool:
    """Say whether the runner ended at once, as one does that does not know an option of ours."""
    if done.outcomes or done.collected or done.ended is None:
        return False
    if isinstance(runner, NodeRunner):
        return done.exit_code is None and bool(done.ended.status)
    return done.exit_code == pythonrun.USAGE_ERROR


def run_tool(
    runner: AnyRunner,
    overlay: Overlay,
    tree: Path,
    method: Method,
    limits: Limits,
    argv: Sequence[str],
    stop: Callable[[], bool],
    folder: str = "",
) -> str | None:
    """Run a checker of the project in `folder` of the copy `tree` as its tests are run; return what it printed.

    None when it did not end by itself, or with a status that says more than that there are findings.
    """
    scratch, root = tree.parent, tree if method == "plain" else overlay.root
    out = scratch / "out"
    out.mkdir(exist_ok=True)
    if isinstance(runner, NodeRunner):
        env, most = noderun.tool_environment(runner, out, method), 2  # with which tsc ends where it finds something
    else:
        env, most = pythonrun.tool_environment(runner, root, out, method), 1
    command = Command(
        argv=tuple(argv),
        cwd=root / folder,
        env=env,
        scratch=scratch,
        binds=tuple(_binds(runner, overlay, tree, out)),
        hide=_hidden(overlay.root),
    )
    ended = run(command, limits, how=method, stop=stop)
    if ended.status is None or not 0 <= ended.status <= most:
        return None
    return (scratch / "output.log").read_text(encoding="utf-8", errors="replace")


def _attempt(
    runner: AnyRunner,
    overlay: Overlay,
    tree: Path,
    method: Method,
    limits: Limits,
    tests: Sequence[str],
    watch: Mapping[str, Collection[int]],
    stop: Callable[[TestRun], bool],
    record: Sequence[str] | None,
    *,
    tame: bool,
) -> TestRun:
    scratch = tree.parent
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    root = tree if method == "plain" else overlay.root
    asked_for = Attempt(overlay.root, tree, root, out, method, tuple(tests), watch, record, tame)
    (out / "events.jsonl").touch()
    needs = _prepared(runner, asked_for)
    command = Command(
        argv=needs.argv,
        cwd=root,
        env=needs.env,
        scratch=scratch,
        binds=(*_binds(runner, overlay, tree, out), *needs.binds),
        hide=(*_hidden(overlay.root), *needs.hide),
    )
    result = TestRun(outcomes={}, why={}, collected=[], lines={}, origins={}, code={}, unmeasured=[])
    with (out / "events.jsonl").open("rb") as events:
        pending = b""

        def read() -> None:
            nonlocal pending
            *lines, pending = (pending + events.read()).split(b"\n")
            for line in lines:
                result.take(line)

        def asked() -> bool:
            read()
            return stop(result)

        ended = run(command, limits, how=method, stop=asked)
        read()
        result.end(ended)
    return result


def _prepared(runner: AnyRunner, attempt: Attempt) -> Prepared:
    """Return what a run of this runner needs."""
    if isinstance(runner, NodeRunner):
        return noderun.prepare(runner, attempt)
    return pythonrun.prepare(runner, attempt)


def _binds(runner: AnyRunner, overlay: Overlay, tree: Path, out: Path) -> list[Bind]:
    """The copy at the repository's own path, the run's own folder, and the interpreter where it is hidden otherwise."""
    hidden = _hidden(overlay.root)
    binds = [Bind(tree, overlay.root, "rw"), Bind(out, out, "rw"), *map(runner.shown, overlay.binds)]
    for path in dict.fromkeys(p for shown in runner.show for p in (shown, shown.resolve())):
        if path.is_dir() and not path.is_relative_to(overlay.root) and any(path.is_relative_to(h) for h in hidden):
            binds.append(Bind(path, path, "ro"))
    return binds


def _hidden(root: Path) -> tuple[Path, ...]:
    """Folders that the tests see empty: temporary files, the home folder, sockets of the session, what is ours."""
    folders = [Path("/tmp"), Path("/var/tmp"), Path("/run"), Path.home(), cache_dir(), data_dir(), log_dir()]
    real = dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir())
    return tuple(folder for folder in real if not folder.is_relative_to(root))
