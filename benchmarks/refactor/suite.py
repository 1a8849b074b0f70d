"""The whole suite of a project, run on a copy with some files changed: outcome by test id.

Every run stands at the same path, so an id or a message that holds the path says the same each time. Compiled files of
the unchanged code are kept beside it; a changed file has a time stamp of its own, so none of them is ever taken for it.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

Changed = Mapping[str, bytes | None]
"""Path -> bytes after, None for a file that is gone."""

_SKIPPED = shutil.ignore_patterns(".venv", ".git", ".pytest_cache", "*.egg-info")
_PLUGIN = Path(__file__).with_name("outcomes.py")


class SuiteError(Exception):
    """The suite of the project cannot judge anything; the message says why."""


class Suite:
    """Runs the tests of `root` with `python` in copies below `folder`; `baseline` is what the unchanged tree says."""

    def __init__(self, root: Path, python: Path, folder: Path) -> None:
        self.root, self.python, self.number = root, python, 0
        self.tree, self.kept, self.plugin = folder / root.name, folder / "kept", folder / "plugin"
        for old in (self.tree, self.kept, self.plugin):
            shutil.rmtree(old, ignore_errors=True)
        self.plugin.mkdir(parents=True)
        shutil.copy(_PLUGIN, self.plugin / "familiar_outcomes.py")
        shutil.copytree(root, self.kept, ignore=_SKIPPED, symlinks=True)
        self.timeout = 120.0
        began = time.monotonic()
        self.lay({})
        first = self._run(write=True)
        self._prove()
        self.timeout = 20 + 10 * (time.monotonic() - began)
        for found in sorted(self.tree.rglob("__pycache__")):
            shutil.copytree(found, self.kept / found.relative_to(self.tree), dirs_exist_ok=True)
        second = self.run({})
        self.baseline = {id: outcome for id, outcome in first.items() if second.get(id) == outcome}
        self.flaky = (first.keys() | second.keys()) - self.baseline.keys()
        if "passed" not in self.baseline.values():
            raise SuiteError(f"{root}: no test passes to begin with, so nothing can be judged")

    def run(self, changed: Changed) -> dict[str, str]:
        """Return outcome by test id on the tree with `changed`."""
        self.lay(changed)
        return self._run(write=False)

    def lay(self, changed: Changed) -> None:
        """Make the tree anew, with `changed`."""
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.copytree(self.kept, self.tree, symlinks=True)
        self.number += 1
        for path, data in changed.items():
            file = self.tree / path
            if data is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            os.utime(file, (2_000_000_000 + self.number,) * 2)

    def _run(self, write: bool) -> dict[str, str]:
        said = self.plugin / "outcomes.json"
        said.unlink(missing_ok=True)
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([*map(str, self.roots()), str(self.plugin)]),
            "PYTHONHASHSEED": "0",
            "FAMILIAR_OUTCOMES": str(said),
        }
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        if not write:
            env["PYTHONDONTWRITEBYTECODE"] = "1"
        command = [str(self.python), "-m", "pytest", "-p", "no:cacheprovider", "-p", "familiar_outcomes", "-q"]
        try:
            subprocess.run(
                [*command, "--tb=no", "--no-header", "--no-summary"],
                cwd=self.tree,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"the whole suite": "too slow"}
        return json.loads(said.read_bytes()) if said.is_file() else {"the whole suite": "did not start"}

    def roots(self) -> list[Path]:
        """Return the folders that the copy's modules are imported from."""
        return [self.tree / "src", self.tree] if (self.tree / "src").is_dir() else [self.tree]

    def _prove(self) -> None:
        """Raise unless the packages that the tests import are the copy's."""
        base = self.roots()[0]
        env = {**os.environ, "PYTHONPATH": str(base)}
        for package in sorted(p.parent.name for p in base.glob("*/__init__.py")):
            find = f"import importlib.util as u; print(u.find_spec({package!r}).origin)"
            done = subprocess.run(
                [str(self.python), "-c", find], cwd=self.tree, env=env, capture_output=True, text=True, check=False
            )
            if not done.stdout.startswith(str(base)):
                raise SuiteError(f"the tests would import {package} from {done.stdout.strip()}, not from the copy")


def main() -> None:
    """Print what the suite of a project says, to see whether it can judge."""
    root = Path(sys.argv[1]).resolve()
    suite = Suite(root, root / ".venv" / "bin" / "python", Path(sys.argv[2]).resolve())
    print(json.dumps(suite.baseline, indent=1))


if __name__ == "__main__":
    main()
