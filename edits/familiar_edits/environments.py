"""The environments that a project has for itself, as uv, poetry, hatch, tox and others lay them out, read as files.

A tool's own environment is taken with the variables that the tool's configuration sets for it.
"""

import base64
import configparser
import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Variables = tuple[tuple[str, str], ...]
_SUBSTITUTED = re.compile(r"\{(?:toxinidir|tox_root|root)\}")


class Candidate(NamedTuple):
    """An interpreter of the project's own, in words where it comes from, and the variables that are set with it."""

    python: Path
    found: str
    variables: Variables = ()


def of(root: Path, belongs: Callable[[Path], bool]) -> Iterator[Candidate]:
    """Yield the interpreters of the project at `root`, best first.

    `belongs` says of an environment elsewhere whether it is the project's: whether it leads to files of `root`.
    """
    for folder, variables in _folders(root, belongs):
        for name in ("bin/python", "Scripts/python.exe"):
            if (folder / name).exists():
                shown = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)
                yield Candidate(folder / name, f"the environment {shown}", variables)
                break


def pyproject(root: Path) -> dict[str, Any]:
    """Return what pyproject.toml says, nothing where it does not parse."""
    return _toml(root / "pyproject.toml")


def _folders(root: Path, belongs: Callable[[Path], bool]) -> Iterator[tuple[Path, Variables]]:
    none: Variables = ()
    for folder in (root / name for name in (".venv", "venv", "env", ".env") if (root / name / "pyvenv.cfg").is_file()):
        yield folder, none
    if (named := os.environ.get("UV_PROJECT_ENVIRONMENT")) and (root / "uv.lock").exists():
        yield root / named, none
    if (active := os.environ.get("VIRTUAL_ENV")) and belongs(Path(active)):
        yield Path(active), none
    if (root / ".venv").is_file():  # pipenv and others: the path of the environment
        yield Path(_text(root / ".venv").strip()), none
    if (root / ".pdm-python").is_file():
        yield Path(_text(root / ".pdm-python").strip()).parent.parent, none
    yield from ((folder, none) for folder in (*_poetry(root), *_pipenv(root)))
    yield from _hatch(root, belongs)
    variables = _of_tox(root)
    yield from ((folder, variables) for folder in _newest((root / ".tox").glob("*")))
    yield from ((folder, none) for folder in _newest((root / ".nox").glob("*")))


def _newest(folders: Iterable[Path]) -> list[Path]:
    """Order environments: those named after tests first, CPython before others, newer versions first."""

    def rank(folder: Path) -> tuple[bool, bool, list[int], str]:
        name = folder.name.lower()
        plain = re.fullmatch(r"(?:py|python)?[-.]?(\d)[-.]?(\d*)(.*)", name)
        digits = [plain[1], plain[2]] if plain else re.findall(r"\d+", name)
        newer = [-int(number or 0) for number in digits]
        return "test" not in name and plain is None, "pypy" in name, newer, name

    return sorted(folders, key=rank)


# ---------------------------------------------------------------- environments outside of the project


def _poetry(root: Path) -> list[Path]:
    """Poetry's environments outside the project: name and hash as poetry makes them (poetry.utils.env)."""
    project = pyproject(root)
    poetry = project.get("tool", {}).get("poetry")
    name = (poetry or {}).get("name") or project.get("project", {}).get("name")
    is_poetry = (root / "poetry.lock").is_file() or "poetry" in str(
        project.get("build-system", {}).get("build-backend")
    )
    if not name or not is_poetry:
        return []
    safe = re.sub(r'[ $`!*@"\\\r\n\t]', "_", str(name).lower())[:42]
    key = base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(os.path.normcase(root))).digest()).decode()[:8]
    usual = "Library/Caches" if sys.platform == "darwin" else ".cache"
    cache = Path(os.environ.get("POETRY_CACHE_DIR") or Path.home() / usual / "pypoetry")
    named = os.environ.get("POETRY_VIRTUALENVS_PATH") or _toml(root / "poetry.toml").get("virtualenvs", {}).get("path")
    folder = Path(str(named).replace("{cache-dir}", str(cache))) if named else cache / "virtualenvs"
    return _newest(folder.glob(f"{safe}-{key}-py*"))


def _pipenv(root: Path) -> list[Path]:
    """Pipenv's environments outside the project: each holds a file with the path of its project."""
    if not (root / "Pipfile").is_file():
        return []
    home = Path(os.environ.get("WORKON_HOME") or Path.home() / ".local/share/virtualenvs")
    return _newest(file.parent for file in home.glob("*/.project") if Path(_text(file).strip()) == root)


def _hatch(root: Path, belongs: Callable[[Path], bool]) -> Iterator[tuple[Path, Variables]]:
    """Hatch's environments outside the project, those for tests first: by name, and only with the project in them."""
    project = pyproject(root)
    name, hatch = project.get("project", {}).get("name"), project.get("tool", {}).get("hatch")
    if not name or not (hatch is not None or (root / "hatch.toml").is_file()):
        return
    home = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    data = Path(os.environ.get("HATCH_DATA_DIR") or Path.home() / home / "hatch")
    declared = {**_table(hatch).get("envs", {}), **_toml(root / "hatch.toml").get("envs", {})}
    found = sorted((data / "env" / "virtual" / str(name)).glob("*/*"))
    for folder in sorted(found, key=lambda folder: ("test" not in folder.name, folder.name)):
        if belongs(folder):
            own = "default" if folder.name == name else folder.name.partition(".")[0]
            tables = [_table(declared.get(each)).get("env-vars") for each in dict.fromkeys(("default", own))]
            yield folder, _variables({k: v for table in tables for k, v in _table(table).items()}, root)


# ---------------------------------------------------------------- what tox sets


def _of_tox(root: Path) -> Variables:
    """Return what tox sets in every environment: `setenv` of [testenv], or `set_env` of the TOML formats."""
    tool = _table(pyproject(root).get("tool", {}).get("tox"))
    for table in (_toml(root / "tox.toml"), tool):
        if found := _table(_table(table.get("env_run_base")).get("set_env")):
            return _variables(found, root)
    for text in (_text(root / "tox.ini"), str(tool.get("legacy_tox_ini", "")), _text(root / "setup.cfg")):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(text)
        except configparser.Error:
            continue
        if parser.has_section("testenv"):
            lines = (parser["testenv"].get("set_env") or parser["testenv"].get("setenv") or "").splitlines()
            pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
            return _variables({name.strip(): value.strip() for name, _, value in pairs}, root)
    return ()


_OURS = {"PATH", "HOME", "TMPDIR", "PYTHONHASHSEED", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"}


def _variables(table: Mapping[str, object], root: Path) -> Variables:
    """Return the variables whose values say themselves: what refers to more than the project's folder is left out."""
    found = {name: _SUBSTITUTED.sub(lambda _: str(root), str(value)) for name, value in table.items()}
    plain = (pair for pair in found.items() if pair[0].isidentifier() and "{" not in pair[1])
    return tuple(sorted(pair for pair in plain if pair[0] not in _OURS))


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
