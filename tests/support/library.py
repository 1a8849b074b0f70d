"""Modules of the running interpreter's library: real code that every machine has."""

import sysconfig
from collections.abc import Sequence
from pathlib import Path

_LIBRARY = Path(sysconfig.get_paths()["stdlib"])


def library(root: Path, names: Sequence[str]) -> Path:
    """Copy modules, by their paths in the library, to `root`, and return it."""
    for name in names:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((_LIBRARY / name).read_bytes())
    return root
