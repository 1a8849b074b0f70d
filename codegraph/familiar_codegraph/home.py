"""Where everything of ours lives on disk: never inside the repository."""

import hashlib
import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Return the folder of what can be computed again (graph stores, trial results); created on first use."""
    return _made(_base("cache") or Path(platformdirs.user_cache_dir("familiar", appauthor=False)))


def data_dir() -> Path:
    """Return the folder of what must be kept (trust, undo journal, added models); created on first use."""
    return _made(_base("data") or Path(platformdirs.user_data_dir("familiar", appauthor=False)))


def log_dir() -> Path:
    """Return the folder of logs; created on first use."""
    return _made(_base("log") or Path(platformdirs.user_log_dir("familiar", appauthor=False)))


def repository_dir(root: Path) -> Path:
    """Return our cache folder for the repository at `root` (one per absolute path)."""
    key = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return _made(cache_dir() / "repositories" / f"{root.resolve().name or 'root'}-{key}")


def _base(kind: str) -> Path | None:
    home = os.environ.get("FAMILIAR_HOME")
    return Path(home).expanduser() / kind if home else None


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
