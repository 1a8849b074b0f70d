"""Where the modules of an environment are: installed packages, their stubs, the standard library. Files are looked up
one by one when somebody asks, folders are never listed. The same questions as `modules.Modules`, for absolute paths."""

from functools import cache
from pathlib import Path

from familiar_codegraph.environment import Environment
from familiar_codegraph.modules import Found
from familiar_codegraph.outside import OPAQUE_MODULES

_NAMES = (".pyi", "/__init__.pyi", ".py", "/__init__.py")


class Packages:
    """Answers where a module is. A stub hides the source beside it, `name-stubs` hides `name` unless it is partial."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._file = cache(self._find_file)
        self._top = cache(self._find_top)
        self._names: dict[str, str] = {}

    def absolute(self, name: str, importer: str = "") -> Found | None:
        """Return the file of module `name`; None when there is none.

        What other files (`importer`) import of modules whose meaning is built into resolution stays a name.
        """
        top, _, rest = name.partition(".")
        if importer and (top in OPAQUE_MODULES or name in OPAQUE_MODULES):
            return None
        for base in self._top(top):
            found = self._at(f"{base}/{rest.replace('.', '/')}" if rest else base)
            if found:
                self._names.setdefault(found.path, name)
                return found
        return None

    def in_repository(self, name: str, importer: str = "") -> bool:
        """Return whether the topmost package of `name` is installed."""
        return self.absolute(name.partition(".")[0], importer) is not None

    def relative(self, level: int, name: str, importer: str) -> Found | None:
        """Return what `from ..name import` (with `level` dots) in the file `importer` means."""
        package = self.name_of(importer)
        if Path(importer).stem != "__init__":
            package = package.rpartition(".")[0]
        for _ in range(level - 1):
            package = package.rpartition(".")[0]
        full = ".".join(part for part in (package, name) if part)
        return self.absolute(full) if full else None

    def submodule(self, package: Found, name: str) -> Found | None:
        """Return the module `name` inside a package."""
        if not package.package and Path(package.path).stem != "__init__":
            return None
        return self.absolute(f"{self.name_of(package.path)}.{name}")

    def name_of(self, path: str) -> str:
        """Return the dotted name under which a file was found."""
        return self._names.get(path, "")

    def _find_top(self, top: str) -> tuple[str, ...]:
        """Return the places of a topmost package, the one to look at first in front."""
        found: list[str] = []
        for folder in self._environment.packages:
            if self._at(str(folder / f"{top}-stubs")):
                found.append(str(folder / f"{top}-stubs"))
            if self._at(str(folder / top)):
                found.append(str(folder / top))
        if self._at(str(self._environment.stdlib / top)):
            found.append(str(self._environment.stdlib / top))
        return tuple(found)

    def _at(self, base: str) -> Found | None:
        for ending in _NAMES:
            if self._file(base + ending):
                return Found(base + ending)
        return Found(base, True) if self._file(base + "/") else None

    def _find_file(self, path: str) -> bool:
        return Path(path).is_dir() if path.endswith("/") else Path(path).is_file()
