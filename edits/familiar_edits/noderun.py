"""What a run of vitest or jest needs: the programs of `node/`, handed to the project's own node by their path.

Outcomes come from a reporter. Executed lines come from V8: of vitest through a coverage provider of ours, of jest
through the one that is part of it; nothing is installed for either. `node/lines.cjs` leads them back to the source.
"""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from familiar_edits import running
from familiar_edits.isolate import Method
from familiar_edits.noderunner import NodeRunner, Package
from familiar_edits.running import Attempt, Prepared

_PROGRAMS = Path(__file__).with_name("node")
_AT_ONCE = 3
"""Runs at the same time (before, after, incomplete): each has its share of the cores for its workers."""


def prepare(runner: NodeRunner, attempt: Attempt) -> Prepared:
    """Write what `node/inside.mjs` is told, and return the command that runs it."""
    ours = attempt.out / "node"
    shutil.copytree(_PROGRAMS, ours, ignore=shutil.ignore_patterns("__pycache__"))
    spec = {
        "out": str(attempt.out / "events.jsonl"),
        "root": str(attempt.root),
        "packages": runner.owners,
        "watch": {str(attempt.root / path): path for path, lines in attempt.watch.items() if lines},
        "lines": {path: sorted(lines) for path, lines in attempt.watch.items() if lines},
        "runs": [run for package in runner.packages if (run := _run(runner, package, attempt, ours))],
    }
    (ours / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    env = running.environment([str(runner.node.parent)], attempt.out, attempt.method)
    return Prepared((str(runner.node), str(ours / "inside.mjs"), str(ours / "spec.json")), env | _OURS)


def tool_environment(runner: NodeRunner, out: Path, method: Method) -> dict[str, str]:
    """Return the variables of a program that the project's node runs."""
    return running.environment([str(runner.node.parent)], out, method) | {"NO_COLOR": "1"}


_WORKERS = str(max(1, (os.cpu_count() or 1) // _AT_ONCE))
_LIMITED = ("VITEST_MAX_WORKERS", "VITEST_MAX_FORKS", "VITEST_MAX_THREADS", "VITEST_MIN_FORKS", "VITEST_MIN_THREADS")
_OURS = {name: "1" if "_MIN_" in name else _WORKERS for name in _LIMITED} | {"NO_COLOR": "1"}


def _run(runner: NodeRunner, package: Package, attempt: Attempt, ours: Path) -> dict[str, Any] | None:
    """Return one run of a package's tests; None when none of the tests asked for is in it."""
    own = [test for test in attempt.tests if _owner(runner, test) == package.folder]
    if attempt.tests and not own:
        return None
    root, script = attempt.root, package.script
    files = [str(root / test.partition("::")[0]) for test in own]
    program = root / package.program.relative_to(attempt.repository)
    words = _of_vitest if script.kind == "vitest" else _of_jest
    argv = [*script.node, str(program), *words(package, attempt, ours, files)]
    env = {**dict(script.env), "FAMILIAR_RUNNER": str(program)}
    folders = [root / package.folder, *(root / package.folder).parents]
    found = [str(folder / "node_modules/.bin") for folder in folders if folder.is_relative_to(root)]
    path = running.environment([*found, str(runner.node.parent)], attempt.out, attempt.method)["PATH"]
    return {"argv": argv, "cwd": str(root / package.folder), "env": {"PATH": path, **env}, "folder": package.folder}


def _owner(runner: NodeRunner, test: str) -> str | None:
    above = [folder for folder in runner.owners if not folder or test.startswith(folder + "/")]
    return max(above, key=len, default=None)


def _of_vitest(package: Package, attempt: Attempt, ours: Path, files: list[str]) -> list[str]:
    words = ["run", *package.script.options, f"--reporter={ours / 'vitest.mjs'}"]
    if attempt.tame:  # the whole picture, not the first failures
        words += ["--bail=0", "--passWithNoTests"]
        words += _provider(ours) if _lines(attempt) else ["--coverage.enabled=false"]
    return [*words, *(files or package.script.filters)]


def _provider(ours: Path) -> list[str]:
    return [
        "--coverage.enabled=true",
        "--coverage.provider=custom",
        f"--coverage.customProviderModule={ours / 'coverage.mjs'}",
    ]


def _of_jest(package: Package, attempt: Attempt, ours: Path, files: list[str]) -> list[str]:
    words = [*package.script.options, f"--reporters={ours / 'jest.cjs'}", "--ci", "--no-watchman"]
    if attempt.tame:
        if not {"-i", "--runInBand"} & set(package.script.options):
            words.append(f"--maxWorkers={_WORKERS}")
        words += ["--bail=0", *(_covered(attempt) if _lines(attempt) else ["--coverage=false"]), "--passWithNoTests"]
    return [*words, "--runTestsByPath", *files] if files else [*words, *package.script.filters]


def _covered(attempt: Attempt) -> list[str]:
    """Have jest watch the changed files; it takes patterns, relative to a folder that only its configuration knows."""
    names = dict.fromkeys(path.rpartition("/")[2] for path in _lines(attempt))
    return [
        "--coverage",
        "--coverageProvider=v8",
        "--coverageReporters=json",
        f"--coverageDirectory={attempt.out / 'coverage'}",
        "--coverageThreshold={}",
        "--coveragePathIgnorePatterns=/node_modules/",
        *("--collectCoverageFrom=**/" + re.sub(r"([\[\](){}!*?+@\\])", r"\\\1", name) for name in names),
    ]


def _lines(attempt: Attempt) -> list[str]:
    return [path for path, lines in attempt.watch.items() if lines]
