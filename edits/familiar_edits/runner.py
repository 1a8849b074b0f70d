"""Find the project's own way to run its tests: which interpreter, which runner, without executing the project.

Environments are read as files: `pyvenv.cfg`, site-packages, `.pth` files and setuptools' editable finders. The only
program started is the interpreter itself with `-I -S` (no site, nothing of the project), to ask where it lives.
"""

import ast
import functools
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from familiar_edits import environments
from familiar_edits.environments import Candidate, Variables
from familiar_edits.isolate import Bind
from familiar_edits.values import EditError

_ASK = (
    "import json, sys, sysconfig; print(json.dumps([list(sys.version_info[:2]), sys.base_prefix, sys.executable,"
    " [sysconfig.get_paths()[k] for k in ('stdlib', 'purelib', 'platlib')]]))"
)
_MAPPING = re.compile(r"^MAPPING(?:\s*:[^=]*)?\s*=\s*(\{.*?\})\s*$", re.M)
_PYTEST_SIGNS = ("pytest.ini", "conftest.py", "tests/conftest.py", "test/conftest.py")


class Runner(msgspec.Struct, frozen=True):
    """How the tests of one project are run.

    `show`: folders that the interpreter needs, wherever they are. `roots`: import roots inside the repository that the
    environment leads to, or has to be led to. `found` says in words where the interpreter comes from. `stamp` changes
    when packages are installed or removed. `compiled`: the installed packages have their bytecode beside them.
    """

    kind: Literal["pytest", "unittest"]
    python: Path
    found: str
    show: tuple[Path, ...]
    roots: tuple[str, ...]
    stamp: str
    compiled: bool
    variables: Variables = ()

    @property
    def label(self) -> str:
        return f"{self.kind} ({self.found})"

    @property
    def environment(self) -> str:
        """What a record of the tests holds for: the runner, and what is installed with its interpreter."""
        return f"{self.kind} {self.stamp}"

    def reads(self, path: str) -> bool:
        """Return whether the tests can execute the file."""
        return path.endswith(".py")

    def again(self, test: str) -> str:
        """Return what to run to have a test run again: its function, for a parametrised id may hold anything."""
        return test.partition("[")[0]

    def shown(self, bind: Bind) -> Bind:
        """Return how the tests see what is ignored in the repository."""
        return bind


class _Environment(msgspec.Struct, frozen=True):
    python: Path
    prefix: Path
    show: tuple[Path, ...]
    sites: tuple[Path, ...]
    linked: tuple[Path, ...]  # what .pth files and editable finders lead to

    @property
    def searched(self) -> tuple[Path, ...]:
        return (*self.sites, *self.linked)

    def has(self, package: str) -> bool:
        return any((folder / package / "__init__.py").is_file() for folder in self.searched)


def find(root: Path, python: Path | None = None) -> Runner:
    """Return how to run the tests of the project at `root`; `python` is the user's setting, if any.

    Raises:
        EditError: "no-interpreter" or "no-pytest", with what to do.
    """
    root = root.resolve()
    if python is not None:
        environment = _environment(python)
        if environment is None:
            raise EditError("no-interpreter", f"{python} is not a Python interpreter.", "Correct the setting.")
        return _runner(root, environment, f"{python}, as set")
    if own := _of_the_project(root):
        environment, candidate = own
        return _runner(root, environment, candidate.found, candidate.variables)
    on_path = shutil.which("python3") or shutil.which("python")
    if on_path and (environment := _environment(Path(on_path))) and environment.has("pytest"):
        return _runner(root, environment, "python3 on PATH: the project has no environment of its own")
    if environment := _environment(Path(sys.executable)):
        return _runner(root, environment, "Familiar's own interpreter: the project has no environment of its own")
    raise EditError("no-interpreter", "no Python interpreter was found for the tests.", "Set one.")


# ---------------------------------------------------------------- which interpreter


def _of_the_project(root: Path) -> tuple[_Environment, Candidate] | None:
    """Return the best environment of the project's own: the first with pytest, where the tests need it."""
    first: tuple[_Environment, Candidate] | None = None
    for candidate in environments.of(root, lambda prefix: _belongs(prefix, root)):
        if environment := _environment(candidate.python):
            if environment.has("pytest"):
                return environment, candidate
            if first is None:
                first = environment, candidate
                if not _wants_pytest(root):
                    return first
    return first


def _belongs(prefix: Path, root: Path) -> bool:
    """Say whether the environment at `prefix` is the project's: inside it, or with the project installed editable."""
    if prefix.resolve().is_relative_to(root):
        return True
    environment = _environment(prefix / "bin" / "python")
    return environment is not None and any(path.resolve().is_relative_to(root) for path in environment.linked)


@functools.lru_cache
def _environment(python: Path) -> _Environment | None:
    """Return what the files of the interpreter at `python` say, or None when it does not start."""
    try:
        done = subprocess.run(
            [str(python), "-I", "-S", "-c", _ASK],
            capture_output=True, timeout=20, check=True, stdin=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        (major, minor), base, executable, (stdlib, *libraries) = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    python = python if (python.parent.parent / "pyvenv.cfg").is_file() else Path(executable)
    version = f"python{major}.{minor}"
    prefix, sites = _sites(python, Path(base), version, [Path(p) for p in libraries])
    linked = tuple(_linked(sites))
    show = [prefix, Path(base), Path(stdlib), *_link_chain(python), *sites, *linked]
    return _Environment(python, prefix, tuple(dict.fromkeys(show)), tuple(sites), linked)


def _sites(python: Path, base: Path, version: str, libraries: list[Path]) -> tuple[Path, list[Path]]:
    """Return (prefix, the folders of installed packages)."""
    system = [*libraries, base / "lib/python3/dist-packages", Path("/usr/local/lib") / version / "dist-packages"]
    system += [Path.home() / ".local/lib" / version / "site-packages"]
    config = python.parent.parent / "pyvenv.cfg"
    if not config.is_file():
        return base, [p for p in dict.fromkeys(system) if p.is_dir()]
    prefix = config.parent
    own = [prefix / "lib" / version / "site-packages", prefix / "lib64" / version / "site-packages"]
    own += [prefix / "Lib" / "site-packages"]
    text = config.read_text(encoding="utf-8", errors="replace").lower()
    inherits = re.search(r"^include-system-site-packages\s*=\s*true", text, re.M)
    return prefix, [p for p in dict.fromkeys([*own, *(system if inherits else [])]) if p.is_dir()]


def _linked(sites: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders outside site-packages that `.pth` files and setuptools' editable finders lead to."""
    for site in sites:
        for pth in sorted(site.glob("*.pth")):
            for line in pth.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.strip() and not line.startswith(("#", "import ", "import\t")):
                    path = site / line.strip()
                    if path.is_dir():
                        yield path
        for finder in sorted(site.glob("__editable___*_finder.py")):
            if match := _MAPPING.search(finder.read_text(encoding="utf-8", errors="replace")):
                yield from (Path(path).parent for path in ast.literal_eval(match[1]).values())


def _link_chain(python: Path) -> Iterator[Path]:
    """Yield the installation folders that the interpreter's symbolic links lead through."""
    for _ in range(10):
        if python.parent.name == "bin" and len(python.parts) > 3:
            yield python.parent.parent
        if not python.is_symlink():
            return
        python = python.parent / python.readlink()


# ---------------------------------------------------------------- which runner


def _runner(root: Path, environment: _Environment, found: str, variables: Variables = ()) -> Runner:
    if environment.has("pytest"):
        kind: Literal["pytest", "unittest"] = "pytest"
    elif _wants_pytest(root):
        raise EditError(
            "no-pytest",
            f"the tests need pytest, which {found} does not have.",
            f"Install it: {environment.python} -m pip install pytest",
        )
    else:
        kind = "unittest"
    return Runner(
        kind=kind,
        python=environment.python,
        found=found,
        show=environment.show,
        roots=tuple(_roots(root, environment)),
        stamp=_stamp(environment, variables),
        variables=variables,
        compiled=any(next((site / "_pytest/__pycache__").glob("*.pyc"), None) for site in environment.searched),
    )


def _wants_pytest(root: Path) -> bool:
    tool = environments.pyproject(root).get("tool", {})
    if "pytest" in tool or any((root / sign).is_file() for sign in _PYTEST_SIGNS):
        return True
    tests = (p for name in ("tests", "test", ".") for p in sorted((root / name).glob("test_*.py"))[:20])
    return any(re.search(rb"^\s*(import|from) pytest\b", p.read_bytes(), re.M) for p in tests)


def _roots(root: Path, environment: _Environment) -> list[str]:
    """Return the import roots inside the repository: those that the environment leads to, else a `src` folder."""
    inside = [path.resolve() for path in environment.linked if path.resolve().is_relative_to(root)]
    own = {p.relative_to(root).as_posix() for p in inside if environment.prefix not in (p, *p.parents)}
    if not own and (root / "src").is_dir():
        own = {"src"}
    return sorted(own)


def _stamp(environment: _Environment, variables: Variables) -> str:
    """Return what changes when packages are installed or removed, or other variables are declared."""
    parts = [
        str(environment.python),
        *map("=".join, variables),
        *(f"{site}:{site.stat().st_mtime_ns}" for site in environment.sites),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
