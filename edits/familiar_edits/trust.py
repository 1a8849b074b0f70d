"""Which repositories the user trusts: tests run nowhere else.

One file for each trusted root, named by a hash of its absolute path, in the data folder; the path is its content.
"""

import hashlib
import os
from pathlib import Path

from familiar_codegraph.home import data_dir


def is_trusted(root: Path) -> bool:
    """Return whether the user has said that the tests of the repository at `root` may run."""
    return _mark(root).is_file()


def trust(root: Path) -> None:
    """Remember that the tests of the repository at `root` may run."""
    mark = _mark(root)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_bytes(os.fsencode(root.resolve()))


def revoke(root: Path) -> bool:
    """Forget the trust in `root`; return whether there was any."""
    mark = _mark(root)
    known = mark.is_file()
    mark.unlink(missing_ok=True)
    return known


def _mark(root: Path) -> Path:
    return data_dir() / "trusted" / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
