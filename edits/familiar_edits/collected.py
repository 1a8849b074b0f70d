"""What pytest collects beside the test files that the graph knows, as the project's configuration says.

Examples in documents and in docstrings (`--doctest-glob`, `--doctest-modules`), and files of other names
(`python_files`). A document imports nothing, so no change can be said not to concern its examples.
"""

import configparser
import shlex
import tomllib
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from familiar_codegraph.discover import discover

_DOCUMENTS = ("test*.txt",)  # pytest's own default
_NEVER = ("setup.py", "__main__.py")


class Collected(NamedTuple):
    """`files`: patterns of names of test files; `documents`: of documents with examples; `modules`: docstrings count;
    `folders`: where pytest looks, everywhere when there is none."""

    files: tuple[str, ...] = ()
    documents: tuple[str, ...] = _DOCUMENTS
    modules: bool = False
    folders: tuple[str, ...] = ()


def configured(root: Path) -> Collected:
    """Return what the first configuration of pytest that the project at `root` has says."""
    table = _table(root)
    options = _words(table.get("addopts"))
    globs = [word.partition("=")[2] for word in options if word.startswith("--doctest-glob=")]
    globs += [after for word, after in pairwise(options) if word == "--doctest-glob"]
    return Collected(
        tuple(_words(table.get("python_files"))),
        tuple(globs) or _DOCUMENTS,
        "--doctest-modules" in options,
        tuple(word.removeprefix("./").rstrip("/") for word in _words(table.get("testpaths"))),
    )


def of(root: Path, code: Collection[str]) -> Iterator[str]:
    """Yield what pytest is given beside test files for a change that the files `code` see: paths in the repository."""
    said = configured(root)
    for path in discover(root, kinds="text"):
        name = path.rpartition("/")[2]
        if not _is_within(path, said.folders) or name in _NEVER:
            continue
        if path.endswith(".py"):
            is_test = any(fnmatch(path if "/" in pattern else name, pattern) for pattern in said.files)
            if path in code and (is_test or (said.modules and _has_examples(root / path))):
                yield path
        elif any(fnmatch(name, pattern) for pattern in said.documents) and _has_examples(root / path):
            yield path


def _is_within(path: str, folders: Collection[str]) -> bool:
    return not folders or any(folder in ("", ".", path) or path.startswith(f"{folder}/") for folder in folders)


def _has_examples(path: Path) -> bool:
    try:
        return b">>>" in path.read_bytes()
    except OSError:
        return False


def _table(root: Path) -> Mapping[str, Any]:
    """Return pytest's own table, from where pytest looks for it."""
    for name, section in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
        if (root / name).is_file():
            return _ini(root / name, section)
    try:
        found = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {}).get("pytest", {})
    except (OSError, ValueError):
        found = {}
    if found:
        return dict(found.get("ini_options") or found)
    return _ini(root / "tox.ini", "pytest") or _ini(root / "setup.cfg", "tool:pytest")


def _ini(path: Path, section: str) -> Mapping[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return {}
    return dict(parser[section]) if parser.has_section(section) else {}


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(word) for word in value]
    try:
        return shlex.split(str(value or ""), comments=False)
    except ValueError:
        return str(value).split()
