"""Find the project's own way to run its tests in JavaScript and TypeScript, without executing the project.

Each package (a folder with a package.json) says how its tests run: by its scripts, by a configuration file, by what it
depends on. What is installed in its node_modules is used as it is; nothing is ever installed. The only program started
is node itself, with an expression of ours, to ask where it lives.
"""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.esmodules import reads

from familiar_edits import npmscripts
from familiar_edits.isolate import Bind
from familiar_edits.npmscripts import Kind, Script
from familiar_edits.values import EditError

_ASK = "JSON.stringify([process.execPath, process.version])"
_CONFIGS = {
    "vitest": re.compile(r"^(?:vitest\.(?:config|workspace|projects))\.[cm]?[jt]s(?:on)?$"),
    "jest": re.compile(r"^jest\.config\.(?:[cm]?[jt]s|json)$"),
}
_INSTALL = {"pnpm-lock.yaml": "pnpm install --frozen-lockfile", "yarn.lock": "yarn install", "bun.lock": "bun install"}
_STATES = (".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml")
_SKIPPED = frozenset({"node_modules", "bower_components", "dist", "build", "coverage"})


class Package(msgspec.Struct, frozen=True):
    """A package with tests: its folder in the repository ("" for the root), and the program that runs them."""

    folder: str
    script: Script
    program: Path


class NodeRunner(msgspec.Struct, frozen=True):
    """How the tests of the packages concerned are run. `owners`: the folders of all packages with tests of their own.

    `show`, `found`, `stamp`, `environment` and `label` are as `runner.Runner` has them.
    """

    kind: str
    node: Path
    found: str
    show: tuple[Path, ...]
    stamp: str
    packages: tuple[Package, ...]
    owners: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.kind} ({self.found})"

    @property
    def environment(self) -> str:
        return f"{self.kind} {self.stamp}"

    def reads(self, path: str) -> bool:
        """Return whether the tests can execute the file."""
        return reads(path) and not path.endswith(".d.ts")

    def again(self, test: str) -> str:
        """Return what to run to have a test run again: its file, for the names of tests may hold anything."""
        return test.partition("::")[0]

    def shown(self, bind: Bind) -> Bind:
        """Return how the tests see what is ignored: vite writes into node_modules, which goes to a layer of its own."""
        return bind._replace(mode="cow") if bind.source.name == "node_modules" else bind


def find(root: Path, tests: Sequence[str]) -> NodeRunner:
    """Return how to run `tests` (files in the repository), or all tests where there are none.

    Raises:
        EditError: "no-runner", "no-interpreter" or "not-installed", with what to do.
    """
    named = {folder: script for folder in packages(root) if (script := named_runner(root / folder)) is not None}
    wanted = list(dict.fromkeys(_owner(root, named, test.partition("::")[0]) for test in tests)) or [
        folder for folder, script in named.items() if isinstance(script, Script)
    ]
    if not wanted:
        _nobody(root, named)
    scripts = [(folder, _runnable(folder, named[folder])) for folder in wanted]
    node, version = _node(root)
    found = tuple(Package(folder, script, _program(root, folder, script.kind)) for folder, script in scripts)
    versions = dict.fromkeys(f"{p.script.kind} {_version(p.program)}" for p in found)
    return NodeRunner(
        kind=" and ".join(dict.fromkeys(package.script.kind for package in found)),
        node=node,
        found=f"node {version}, {', '.join(versions)}",
        show=(node.parent,),
        stamp=_stamp(root, node, version, found),
        packages=found,
        owners=tuple(named),
    )


def is_named(root: Path) -> bool:
    """Return whether some package of the project names a runner of its tests, known or not."""
    return any(named_runner(root / folder) is not None for folder in packages(root))


def packages(root: Path) -> Iterator[str]:
    """Yield the folders of the repository that hold a package.json, "" for the root, outer ones first."""
    for here, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        if "package.json" in files:
            relative = Path(here).relative_to(root).as_posix()
            yield "" if relative == "." else relative


def named_runner(folder: Path) -> Script | str | None:
    """Return what the package in `folder` says runs its tests: vitest or jest, the name of another, None: nothing."""
    package = _package(folder)
    scripts = package.get("scripts")
    found = npmscripts.runner_of(scripts) if isinstance(scripts, dict) else None
    if found is not None:
        return found
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    configured: list[Kind] = [kind for kind in npmscripts.KEPT if any(_CONFIGS[kind].match(name) for name in names)]
    if "jest" in package and "jest" not in configured:
        configured.append("jest")
    if not configured:
        needs = {name for key in ("devDependencies", "dependencies") for name in package.get(key) or ()}
        configured = [kind for kind in npmscripts.KEPT if kind in needs]
    return Script(configured[0]) if configured else None


def _owner(root: Path, named: dict[str, Script | str], path: str) -> str:
    """Return the folder of the nearest package above a file that names a runner."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in named:
            return folder
    raise EditError(
        "no-runner",
        f"no package.json in a folder above {path} says what runs its tests.",
        "Familiar runs vitest and jest: name one in a test script.",
    )


def _nobody(root: Path, named: dict[str, Script | str]) -> None:
    for folder, script in named.items():
        _runnable(folder, script)
    raise EditError(
        "no-runner",
        "no package.json of this project says what runs its tests.",
        "Familiar runs vitest and jest: name one in a test script.",
    )


def _runnable(folder: str, script: Script | str) -> Script:
    if isinstance(script, Script):
        return script
    raise EditError(
        "no-runner",
        f"the tests of {folder or 'this project'} are run by {script}, and Familiar runs vitest and jest.",
        "Run them yourself, or use --verify static.",
    )


# ---------------------------------------------------------------- what is installed


def _program(root: Path, folder: str, kind: Kind) -> Path:
    """Return the file that node runs: the `bin` of the runner in the nearest node_modules."""
    here = root / folder
    while True:
        installed = here / "node_modules" / kind
        entry = _package(installed).get("bin")
        entry = entry.get(kind) if isinstance(entry, dict) else entry
        if isinstance(entry, str) and (installed / entry).is_file():
            return installed / entry
        if here == root:
            break
        here = here.parent
    where = f"{folder}/node_modules" if folder else "node_modules"
    if (root / ".pnp.cjs").is_file():
        raise EditError(
            "not-installed",
            f"{kind} is not in {where}: the project uses Yarn's Plug'n'Play, which Familiar cannot show to the tests.",
            "Set nodeLinker: node-modules in .yarnrc.yml, or use --verify static.",
        )
    install = next((words for lock, words in _INSTALL.items() if (root / lock).is_file()), "npm ci")
    raise EditError("not-installed", f"{kind} is not installed in {where}.", f"Install it: {install}")


def _node(root: Path) -> tuple[Path, str]:
    """Return (the real executable, its version without `v`): what is on the PATH may be a shim that needs its home."""
    on_path = shutil.which("node")
    if on_path is None:
        raise EditError(
            "no-interpreter",
            "there is no node on the PATH to run the tests with.",
            "Install Node.js, or put it on the PATH that Familiar is started with.",
        )
    try:
        return _asked(on_path, root)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise EditError("no-interpreter", f"{on_path} does not start: {error}.", "Install Node.js anew.") from error


@functools.lru_cache
def _asked(node: str, root: Path) -> tuple[Path, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    done = subprocess.run(
        [node, "-p", _ASK], capture_output=True, timeout=20, check=True, stdin=subprocess.DEVNULL, cwd=root, env=env
    )
    executable, version = json.loads(done.stdout)
    return Path(executable), str(version).removeprefix("v")


def _version(program: Path) -> str:
    for folder in program.parents:
        if version := _package(folder).get("version"):
            return str(version)
    return "of unknown version"


def _stamp(root: Path, node: Path, version: str, found: Sequence[Package]) -> str:
    """Return what changes when packages are installed or removed."""
    parts = [str(node), version]
    folders = {parent for p in found for parent in (root / p.folder, *(root / p.folder).parents)}
    for folder in sorted(f for f in folders if f.is_relative_to(root)):
        for path in (folder / "node_modules", *(folder / "node_modules" / name for name in _STATES)):
            if path.exists():
                parts.append(f"{path}:{path.stat().st_mtime_ns}")
    parts += [f"{package.program} {_version(package.program)}" for package in found]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _package(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
