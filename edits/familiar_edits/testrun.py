"""One run of the project's tests on one copy of the tree: the command, the stream of outcomes, how it ended."""

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec
from familiar_codegraph.home import cache_dir, data_dir, log_dir

from familiar_edits.isolate import Bind, Command, Ended, Limits, Method, run
from familiar_edits.overlay import Overlay
from familiar_edits.runner import Runner
from familiar_edits.values import Outcome

_INSIDE = Path(__file__).with_name("inside.py")
_RECORDER = Path(__file__).with_name("recorder.py")
_KEPT = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "USER", "LOGNAME", "DJANGO_SETTINGS_MODULE")
USAGE_ERROR = 4
TRACED_SECONDS = 5.0
"""How long tests are traced in one run to record what they execute, where that slows them down (before Python 3.12)."""


class TestRun(msgspec.Struct):
    """What a run has said so far; `why` has the first line of the error of each failing test."""

    __test__ = False

    outcomes: dict[str, Outcome] = {}
    why: dict[str, str] = {}
    collected: list[str] = []
    running: str | None = None
    exit_code: int | None = None
    lines: dict[str, list[int]] = {}
    origins: dict[str, list[str]] = {}
    ended: Ended | None = None

    @property
    def complete(self) -> bool:
        """Whether every collected test ran and the runner came to its own end."""
        return self.exit_code is not None and self.ended is not None and self.ended.limit is None

    def take(self, line: bytes) -> None:
        """Take one line of `inside.py`."""
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
        else:
            self.exit_code, self.lines, self.origins = said["end"], said["lines"], said["origins"]


def run_tests(
    runner: Runner,
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
    if done.exit_code == USAGE_ERROR and not done.outcomes and not done.collected:
        done = _attempt(runner, overlay, tree, method, limits, tests, watch, stop, record, tame=False)
    return done


def run_tool(
    runner: Runner,
    overlay: Overlay,
    tree: Path,
    method: Method,
    limits: Limits,
    argv: Sequence[str],
    stop: Callable[[], bool],
) -> str | None:
    """Run a checker of the project on the copy `tree` as its tests are run; return what it printed.

    None when it did not end by itself, or with a status that says more than that there are findings.
    """
    scratch = tree.parent
    out = scratch / "out"
    out.mkdir(exist_ok=True)
    command = Command(
        argv=tuple(argv),
        cwd=tree if method == "plain" else overlay.root,
        env=_environment(runner, tree if method == "plain" else overlay.root, out, method, None),
        scratch=scratch,
        binds=tuple(_binds(runner, overlay, tree, out)),
        hide=_hidden(overlay.root),
    )
    ended = run(command, limits, how=method, stop=stop)
    if ended.status not in (0, 1):
        return None
    return (scratch / "output.log").read_text(encoding="utf-8", errors="replace")


def executed_in(tree: Path) -> Path:
    """Return the file in which a recorded run on `tree` says what each test executed (see recorder.py)."""
    return tree.parent / "out" / "executed.jsonl"


def _attempt(
    runner: Runner,
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
    spec = {
        "runner": runner.kind,
        "out": str(out / "events.jsonl"),
        "root": str(root),
        "arguments": _arguments(runner, out, tests, tame),
        "tame": tame,
        "watch": {str(root / path): path for path in watch},
        "lines": {path: sorted(lines) for path, lines in watch.items()},
        "start": _start_folder(tree),
        "pattern": "test*.py",
        "top": None,
    }
    if record is not None:
        spec["record"] = {"out": str(executed_in(tree)), "seconds": TRACED_SECONDS, "known": list(record)}
        shutil.copyfile(_RECORDER, out / "recorder.py")
    (out / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    shutil.copyfile(_INSIDE, out / "inside.py")
    (out / "events.jsonl").touch()
    bytecode = _bytecode(runner, overlay.root) if method != "plain" and not runner.compiled else None
    command = Command(
        argv=(str(runner.python), str(out / "inside.py"), str(out / "spec.json")),
        cwd=root,
        env=_environment(runner, root, out, method, bytecode),
        scratch=scratch,
        binds=(*_binds(runner, overlay, tree, out), *([Bind(bytecode, bytecode, "rw")] if bytecode else [])),
        hide=(*_hidden(overlay.root), *(_volatile(bytecode, overlay.root) if bytecode else [])),
    )
    result = TestRun(outcomes={}, why={}, collected=[], lines={}, origins={})
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

        result.ended = run(command, limits, how=method, stop=asked)
        read()
    return result


def _arguments(runner: Runner, out: Path, tests: Sequence[str], tame: bool) -> list[str]:
    if runner.kind == "unittest":
        return list(tests)
    options = ["-o", f"cache_dir={out / 'pytest_cache'}"]
    if tame:  # the whole picture, not the first failures
        options += ["--maxfail=0", "--continue-on-collection-errors", "--color=no", "--tb=short"]
    return [*options, *tests]


def _start_folder(tree: Path) -> str:
    """unittest's discovery starts at the root, but for a folder of tests that is no package."""
    for name in ("tests", "test"):
        if not (tree / name / "__init__.py").is_file() and any((tree / name).glob("test*.py")):
            return name
    return "."


def _bytecode(runner: Runner, root: Path) -> Path:
    """Return our folder for the bytecode of an environment that has none beside its sources.

    Such environments are common (uv does not compile), and we may not write there; importing pytest then costs seconds.
    """
    folder = (cache_dir() / "bytecode").resolve() / runner.stamp
    for path in (folder, *_volatile(folder, root)):
        path.mkdir(parents=True, exist_ok=True)
    return folder


def _volatile(bytecode: Path, root: Path) -> list[Path]:
    """Sources there change faster than bytecode can tell (by seconds and size): each run compiles its own."""
    return [bytecode / path.relative_to("/") for path in (root, Path("/tmp"), Path("/var/tmp"))]


def _environment(runner: Runner, root: Path, out: Path, method: Method, bytecode: Path | None) -> dict[str, str]:
    """The scrubbed environment: what a program needs to run, and none of the user's own variables."""
    env = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
    search = [str(runner.python.parent), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    env |= {
        "PATH": os.pathsep.join(search if os.name == "posix" else [search[0], os.environ.get("PATH", "")]),
        "HOME": str(Path.home()),
        "TERM": "dumb",
        "PYTHONHASHSEED": "0",
        "PYTHONPYCACHEPREFIX" if bytecode else "PYTHONDONTWRITEBYTECODE": str(bytecode or 1),
        "GIT_AUTHOR_NAME": "Familiar",
        "GIT_AUTHOR_EMAIL": "familiar@localhost",
        "GIT_COMMITTER_NAME": "Familiar",
        "GIT_COMMITTER_EMAIL": "familiar@localhost",
    }
    if method == "plain":
        for name in ("home", "tmp"):
            (out / name).mkdir()
        env |= {"HOME": str(out / "home"), "TMPDIR": str(out / "tmp")}
    if (runner.python.parent.parent / "pyvenv.cfg").is_file():
        env["VIRTUAL_ENV"] = str(runner.python.parent.parent)
    if runner.roots:
        env["PYTHONPATH"] = os.pathsep.join(str(root / path) for path in runner.roots)
    return env


def _binds(runner: Runner, overlay: Overlay, tree: Path, out: Path) -> list[Bind]:
    """The copy at the repository's own path, the run's own folder, and the interpreter where it is hidden otherwise."""
    hidden = _hidden(overlay.root)
    binds = [Bind(tree, overlay.root, "rw"), Bind(out, out, "rw"), *overlay.binds]
    for path in dict.fromkeys(p for shown in runner.show for p in (shown, shown.resolve())):
        if path.is_dir() and not path.is_relative_to(overlay.root) and any(path.is_relative_to(h) for h in hidden):
            binds.append(Bind(path, path, "ro"))
    return binds


def _hidden(root: Path) -> tuple[Path, ...]:
    """Folders that the tests see empty: temporary files, the home folder, sockets of the session, what is ours."""
    folders = [Path("/tmp"), Path("/var/tmp"), Path("/run"), Path.home(), cache_dir(), data_dir(), log_dir()]
    real = dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir())
    return tuple(folder for folder in real if not folder.is_relative_to(root))
