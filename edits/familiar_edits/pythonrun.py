"""What a run of pytest or unittest needs: `inside.py`, handed to the project's own interpreter by its path."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from familiar_codegraph.home import cache_dir

from familiar_edits import compiled, running
from familiar_edits.isolate import Bind, Method
from familiar_edits.runner import Runner
from familiar_edits.running import Attempt, Prepared

_INSIDE = Path(__file__).with_name("inside.py")
_RECORDER = Path(__file__).with_name("recorder.py")
USAGE_ERROR = 4
TRACED_SECONDS = 5.0
"""How long tests are traced in one run to record what they execute, where that slows them down (before Python 3.12)."""


def executed_in(tree: Path) -> Path:
    """Return the file in which a recorded run on `tree` says what each test executed (see recorder.py)."""
    return tree.parent / "out" / "executed.jsonl"


def prepare(runner: Runner, attempt: Attempt) -> Prepared:
    """Write what `inside.py` is told, and return the command that runs it."""
    root, out = attempt.root, attempt.out
    spec = {
        "runner": runner.kind,
        "out": str(out / "events.jsonl"),
        "root": str(root),
        "arguments": _arguments(runner, out, attempt.tests, attempt.tame),
        "tame": attempt.tame,
        "watch": {str(root / path): path for path in attempt.watch},
        "lines": {path: sorted(lines) for path, lines in attempt.watch.items()},
        "start": _start_folder(attempt.tree),
        "pattern": "test*.py",
        "top": None,
    }
    if attempt.record is not None:
        recorded = {"out": str(executed_in(attempt.tree)), "seconds": TRACED_SECONDS, "known": list(attempt.record)}
        spec["record"] = recorded
        shutil.copyfile(_RECORDER, out / "recorder.py")
    (out / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    shutil.copyfile(_INSIDE, out / "inside.py")
    argv = str(runner.python), str(out / "inside.py"), str(out / "spec.json")
    env = environment(runner, root, out, attempt.method)
    if attempt.method == "plain":
        return Prepared(argv, env | _NO_BYTECODE)
    if runner.compiled:
        return Prepared(argv, env)
    own = _bytecode(runner, attempt.repository)
    binds = Bind(own, own, "rw"), Bind(compiled.mirror(attempt.tree), _within(own, attempt.repository), "rw")
    hide = tuple(_within(own, folder) for folder in _VOLATILE)
    return Prepared(argv, env | {"PYTHONPYCACHEPREFIX": str(own)}, binds, hide)


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
    for path in (folder, *(_within(folder, path) for path in (root, *_VOLATILE))):
        path.mkdir(parents=True, exist_ok=True)
    return folder


_NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
_VOLATILE = Path("/tmp"), Path("/var/tmp")
"""Sources there change faster than bytecode can tell (by seconds and size): each run compiles its own."""


def _within(bytecode: Path, path: Path) -> Path:
    return bytecode / path.relative_to("/")


def tool_environment(runner: Runner, root: Path, out: Path, method: Method) -> dict[str, str]:
    """Return the variables of a program of the runner's environment, which leaves no bytecode behind."""
    return environment(runner, root, out, method) | _NO_BYTECODE


def environment(runner: Runner, root: Path, out: Path, method: Method) -> dict[str, str]:
    """Return the variables of the runner's interpreter, which works on the copy that it sees at `root`."""
    env = running.environment([str(runner.python.parent)], out, method, "DJANGO_SETTINGS_MODULE")
    env |= dict(runner.variables) | {"PYTHONHASHSEED": "0"}
    if (runner.python.parent.parent / "pyvenv.cfg").is_file():
        env["VIRTUAL_ENV"] = str(runner.python.parent.parent)
    if runner.roots:
        declared = [env["PYTHONPATH"]] if "PYTHONPATH" in env else []
        env["PYTHONPATH"] = os.pathsep.join([*(str(root / path) for path in runner.roots), *declared])
    return env
