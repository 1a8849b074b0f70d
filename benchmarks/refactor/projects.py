"""The projects that refactorings are tried on, each with the roles of its files."""

import re
from pathlib import Path
from typing import NamedTuple

from benchmarks import sdists

MEASURED = (
    "itsdangerous",
    "click",
    "h11",
    "wsproto",
    "cachetools",
    "sqlparse",
    "tinydb",
    "voluptuous",
    "tomlkit",
)
LEFT_OUT = {
    "pluggy-1.7.0": "pytest itself runs on it, so a renamed public name stops the runner, however right the edit is",
}
"""Projects that were tried and cannot be judged, with the reason."""
_TEST = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|benchmarks?|bench|fuzz|scripts|tools)/|(^|/)(test_\w+|\w+_tests?|conftest|setup|noxfile|tasks)\.py$"
)


class Project(NamedTuple):
    """A repository with an environment in which its tests run."""

    root: Path
    python: Path

    @property
    def files(self) -> list[str]:
        """The Python files, environments and git left out."""
        found = (p.relative_to(self.root) for p in self.root.rglob("*.py*") if p.suffix in (".py", ".pyi"))
        return sorted(p.as_posix() for p in found if not p.parts[0].startswith(".") and p.parts[0] != "build")

    @property
    def source(self) -> list[str]:
        """The files whose definitions are renamed: not the tests, nor what surrounds the code."""
        return [path for path in self.files if path.endswith(".py") and not _TEST.search(path)]


def project(name: str, folder: Path) -> Project:
    """Return a pinned project by name, made in `folder` the first time; or the repository at the path `name`.

    Raises:
        SdistError: see `sdists.fetch`; or a path that has no environment `.venv`.
    """
    if name not in sdists.PINS:
        root = Path(name).resolve()
        if not (root / ".venv" / "bin" / "python").exists():
            raise sdists.SdistError(f"{root} has no environment: its tests run with .venv/bin/python")
        return Project(root, root / ".venv" / "bin" / "python")
    root = folder / sdists.PINS[name].stem
    if not (root / ".venv" / "bin" / "pytest").exists():
        root = sdists.fetch(name, folder)
    return Project(root, root / ".venv" / "bin" / "python")
