"""Find the project's own way to run its tests: which interpreter, which runner, without executing the project.

Environments are read as files: `pyvenv.cfg`, site-packages, `.pth` files and setuptools' editable finders. The only
program started is the interpreter itself with `-I -S` (no site, nothing of the project), to ask where it lives.
"""

import ast
import base64
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

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
    for candidate, found in _own_interpreters(root):
        if environment := _environment(candidate):
            return _runner(root, environment, found)
    on_path = shutil.which("python3") or shutil.which("python")
    if on_path and (environment := _environment(Path(on_path))) and environment.has("pytest"):
        return _runner(root, environment, "python3 on PATH: the project has no environment of its own")
    if environment := _environment(Path(sys.executable)):
        return _runner(root, environment, "Familiar's own interpreter: the project has no environment of its own")
    raise EditError("no-interpreter", "no Python interpreter was found for the tests.", "Set one.")


# ---------------------------------------------------------------- which interpreter


def _own_interpreters(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the interpreters that belong to the project, best first."""
    for folder in _environment_folders(root):
        for name in ("bin/python", "Scripts/python.exe"):
            if (folder / name).exists():
                shown = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
                yield folder / name, f"the environment {shown}"
                break


def _environment_folders(root: Path) -> Iterator[Path]:
    yield from (root / name for name in (".venv", "venv", "env", ".env") if (root / name / "pyvenv.cfg").is_file())
    if (named := os.environ.get("UV_PROJECT_ENVIRONMENT")) and (root / "uv.lock").exists():
        yield root / named
    if (active := os.environ.get("VIRTUAL_ENV")) and _belongs(Path(active), root):
        yield Path(active)
    if (root / ".venv").is_file():  # pipenv and others: the path of the environment
        yield Path((root / ".venv").read_text(encoding="utf-8").strip())
    if (root / ".pdm-python").is_file():
        yield Path((root / ".pdm-python").read_text(encoding="utf-8").strip()).parent.parent
    yield from _poetry(root)
    yield from _hatch(root)
    yield from sorted((root / ".tox").glob("py*"), reverse=True)
    yield from sorted((root / ".nox").glob("test*"), reverse=True)


def _belongs(prefix: Path, root: Path) -> bool:
    """Say whether the environment at `prefix` is the project's: inside it, or with the project installed editable."""
    if prefix.resolve().is_relative_to(root):
        return True
    environment = _environment(prefix / "bin" / "python")
    return environment is not None and any(path.resolve().is_relative_to(root) for path in environment.linked)


def _poetry(root: Path) -> Iterator[Path]:
    """Poetry's environments outside the project: name and hash as poetry makes them (poetry.utils.env)."""
    poetry = _pyproject(root).get("tool", {}).get("poetry")
    name = (poetry or {}).get("name") or _pyproject(root).get("project", {}).get("name")
    if not name or not (root / "poetry.lock").is_file():
        return
    safe = re.sub(r'[ $`!*@"\\\r\n\t]', "_", str(name).lower())[:42]
    key = base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(os.path.normcase(root))).digest()).decode()[:8]
    cache = Path(os.environ.get("POETRY_CACHE_DIR") or Path.home() / ".cache" / "pypoetry")
    yield from sorted((cache / "virtualenvs").glob(f"{safe}-{key}-py*"), reverse=True)


def _hatch(root: Path) -> Iterator[Path]:
    """Hatch's environments outside the project, those for tests first: by name, and only with the project in them."""
    project = _pyproject(root)
    name = project.get("project", {}).get("name")
    if not name or not ("hatch" in project.get("tool", {}) or (root / "hatch.toml").is_file()):
        return
    home = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    data = Path(os.environ.get("HATCH_DATA_DIR") or Path.home() / home / "hatch")
    found = sorted((data / "env" / "virtual" / str(name)).glob("*/*"))
    found = sorted(found, key=lambda folder: ("test" not in folder.name, folder.name))
    yield from (folder for folder in found if _belongs(folder, root))


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


def _runner(root: Path, environment: _Environment, found: str) -> Runner:
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
        stamp=_stamp(environment),
        compiled=any(next((site / "_pytest/__pycache__").glob("*.pyc"), None) for site in environment.searched),
    )


def _wants_pytest(root: Path) -> bool:
    tool = _pyproject(root).get("tool", {})
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


def _stamp(environment: _Environment) -> str:
    """Return what changes when packages are installed or removed."""
    parts = [str(environment.python), *(f"{site}:{site.stat().st_mtime_ns}" for site in environment.sites)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _pyproject(root: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
