"""Which file an import means: roots of import paths, packages, namespace packages.

Roots come from evidence, never from running anything: the repository's root, `src` folders, folders of project files
and what pyproject.toml says, the folders that pytest puts on the path, and each file's own topmost package.
"""

import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from familiar_codegraph import esmodules
from familiar_codegraph.esmodules import EsModules, reads

_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})


class Found(NamedTuple):
    """A module's file, or (with `package` true) the folder of a namespace package."""

    path: str
    package: bool = False


class Modules:
    """Answers where modules are, for one set of files."""

    def __init__(self, paths: Iterable[str], projects: Mapping[str, bytes]) -> None:
        """`paths`: the Python files; `projects`: bytes of the project files (pyproject.toml, setup.py ...) by path."""
        paths = list(paths)
        self._paths, self._projects = paths, projects
        self.es = EsModules(paths, projects)
        self._files = frozenset(p for p in paths if not reads(p))
        self._folders = _folders(self._files)
        own = {p: data for p, data in projects.items() if p.rpartition("/")[2] in _PROJECT_FILES}
        self.roots = _roots(self._files, self._folders, own)
        self._own_root = lru_cache(maxsize=None)(self._find_own_root)
        self._tops: dict[str, list[str]] = defaultdict(list)
        for root in self.roots:
            for name in self._children(root):
                self._tops[name].append(root)

    def with_files(self, added: Iterable[str], removed: Iterable[str]) -> "Modules":
        """Return where modules are once some files have come and others have gone."""
        gone = set(removed)
        return Modules([*(path for path in self._paths if path not in gone), *added], self._projects)

    def absolute(self, name: str, importer: str) -> Found | None:
        """Return what `import name` in `importer` means, None when it is outside the repository."""
        if reads(importer):
            found_es = self.es.resolve(name, importer) if name else None
            return Found(found_es) if found_es else None
        relative = name.replace(".", "/")
        top, beside = name.partition(".")[0], _parent(importer)
        own = [self._own_root(importer), *self._tops.get(top, ())]
        if top not in sys.stdlib_module_names or not self._is_package(beside):  # a script's folder comes first
            own.append(beside)
        for root in dict.fromkeys(own):
            found = self._at(_join(root, relative))
            if found:
                return found
        return None

    def _is_package(self, folder: str) -> bool:
        return any(_join(folder, name) in self._files for name in ("__init__.py", "__init__.pyi"))

    def in_repository(self, name: str, importer: str) -> bool:
        """Return whether the topmost package of `name` is in the repository."""
        if reads(importer):
            return self.es.in_repository(name, importer)
        return self.absolute(name.partition(".")[0], importer) is not None

    def relative(self, level: int, name: str, importer: str) -> Found | None:
        """Return what `from ..name import` (with `level` dots) in `importer` means."""
        folder = PurePosixPath(importer).parent
        for _ in range(level - 1):
            if folder == PurePosixPath("."):
                return None
            folder = folder.parent
        base = "" if folder == PurePosixPath(".") else folder.as_posix()
        return self._at(_join(base, name.replace(".", "/"))) if name else self._package(base)

    def submodule(self, package: Found, name: str) -> Found | None:
        """Return the module `name` inside a package (a folder, or the file `__init__.py` of one)."""
        if package.package:
            return self._at(_join(package.path, name))
        path = PurePosixPath(package.path)
        return self._at(_join(_parent(package.path), name)) if path.stem == "__init__" else None

    def _at(self, base: str) -> Found | None:
        for candidate in (f"{base}.py", f"{base}/__init__.py", f"{base}.pyi", f"{base}/__init__.pyi"):
            if candidate in self._files:
                return Found(candidate)
        return Found(base, True) if base in self._folders else None

    def _package(self, folder: str) -> Found | None:
        for name in ("__init__.py", "__init__.pyi"):
            if _join(folder, name) in self._files:
                return Found(_join(folder, name))
        return Found(folder, True) if folder in self._folders else None

    def _children(self, root: str) -> set[str]:
        prefix = f"{root}/" if root else ""
        names = {p[len(prefix) :].partition("/")[0] for p in self._files if p.startswith(prefix)}
        return {n.rpartition(".")[0] if n.endswith((".py", ".pyi")) else n for n in names}

    def _find_own_root(self, path: str) -> str:
        """The folder above the topmost package that `path` is in."""
        folder = _parent(path)
        while folder and (_join(folder, "__init__.py") in self._files or _join(folder, "__init__.pyi") in self._files):
            folder = _parent(folder)
        if folder and folder not in self.roots:
            inside = [r for r in self.roots if r and folder.startswith(f"{r}/")]
            if inside and _parent(path) != folder:
                return folder
            return max(inside, key=len) if inside else folder
        return folder


def _roots(files: frozenset[str], folders: frozenset[str], projects: Mapping[str, bytes]) -> tuple[str, ...]:
    found = [""]
    for path in sorted(projects, key=lambda p: (p.count("/"), p)):
        base = _parent(path)
        found += [base, *_configured(projects[path], base)] if path.endswith(".toml") else [base]
        found.append(_join(base, "src"))
    found.append("src")
    for path in sorted(files):
        if path.endswith("/conftest.py") and _join(_parent(path), "__init__.py") not in files:
            found.append(_parent(path))
    kept = [r for r in dict.fromkeys(found) if not r or r in folders]
    return tuple(r for r in kept if not r or _join(r, "__init__.py") not in files)


def _configured(data: bytes, base: str) -> list[str]:
    """Read the roots that a pyproject.toml names: setuptools, hatch, poetry, pdm, pytest."""
    try:
        tool = tomllib.loads(data.decode("utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return []
    found: list[str] = []
    setuptools = _get(tool, "setuptools")
    found += _strings(_get(setuptools, "packages", "find").get("where"))
    found += [v for v in _get(setuptools, "package-dir").values() if isinstance(v, str)]
    for target in ("wheel", "sdist"):
        hatch = _get(tool, "hatch", "build", "targets", target)
        found += [_parent(p) for p in _strings(hatch.get("packages"))] if target == "wheel" else []
        found += _strings(hatch.get("sources"))
    for package in _get(tool, "poetry").get("packages") or ():
        if isinstance(package, dict) and isinstance(package.get("from"), str):
            found.append(package["from"])
    found += _strings(_get(tool, "pdm", "build").get("package-dir"))
    found += _strings(_get(tool, "pytest", "ini_options").get("pythonpath"))
    return [_join(base, p.strip("./")) for p in found]


def _get(table: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _folders(files: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in files:
        folder = _parent(path)
        while folder and folder not in found:
            found.add(folder)
            folder = _parent(folder)
    return frozenset(found)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def is_project_file(path: str) -> bool:
    """Return whether `path` is one of the files that `Modules` wants to see the bytes of."""
    name = path.rpartition("/")[2]
    return name in _PROJECT_FILES or esmodules.is_project_file(name)
