"""The type checker for second opinions, as it is installed here: ty, of our own environment or on the PATH.

Chosen by measurement among ty, pyrefly and basedpyright (docs/codegraph.md): it reads files and runs nothing, while the
other two start the project's interpreter, which runs whatever stands in that environment's `.pth` files.
"""

import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from familiar_codegraph import environment

OLDEST = (0, 0, 105)
INSTALL = "ty>=0.0.105,<0.1"


class Checker(NamedTuple):
    """An installed checker: how to start it as a language server, its name and version, and what tells it apart."""

    argv: tuple[str, ...]
    name: str
    key: str

    def options(self, root: Path, folders: list[str]) -> dict[str, Any]:
        """Return its initialization options: no diagnostics, our import roots, the project's environment."""
        settings: dict[str, Any] = {"extra-paths": folders}
        found = environment.find(root)
        if found.packages:
            settings["python"] = found.origin
        return {"diagnosticMode": "off", "configuration": {"environment": settings}}

    def packages(self, root: Path) -> str:
        """Return what changes when packages are installed in the project's environment, or removed."""
        found = environment.find(root)
        times = (f"{folder} {folder.stat().st_mtime_ns}" for folder in found.packages if folder.is_dir())
        return " ".join([found.origin, *times])


def find(root: Path) -> Checker | str:
    """Return the checker, or why there is none, in one sentence with what to do.

    One that lies in the repository is not taken, unless we run from that environment ourselves: it would be code of
    the repository.
    """
    ours = Path(sys.executable).parent
    program = shutil.which("ty", path=str(ours)) or shutil.which("ty")
    if program is None:
        return f"ty is not installed; {install_command()}"
    if Path(program).absolute().is_relative_to(root) and Path(program).parent != ours:
        return f"ty at {program} belongs to the repository and is not run; {install_command()}"
    stat = Path(program).stat()
    found = _version(program, stat.st_mtime_ns)
    if found is None:
        return f"{program} does not say its version; {install_command()}"
    if tuple(map(int, found.split("."))) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return f"ty {found} at {program} is older than {wanted}; {install_command()}"
    return Checker((program, "server"), f"ty {found}", f"ty {found} {stat.st_size}")


def install_command() -> str:
    """Return what installs the checker beside us."""
    return f"uv pip install --python {sys.executable} '{INSTALL}'"


@lru_cache(maxsize=8)
def _version(program: str, changed: int) -> str | None:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\bty (\d+\.\d+\.\d+)", done.stdout)
    return found[1] if found else None
