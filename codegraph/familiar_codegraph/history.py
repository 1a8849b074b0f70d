"""What a repository's history says: which files change together, which changed lately and often.

The newest commits are read once by a child (`gitlog`), in the background, and kept by the commit that they end at. A
repository without git, without commits, or whose history cannot be read has none: `reason` says why, and every answer
is empty.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import exp2, sqrt
from pathlib import Path

import msgspec

from familiar_codegraph.shared import write_whole

_HALF_LIFE = 180 * 24 * 3600.0
"""Seconds after which a commit counts half, before the newest one."""
_CHILD = 60.0
_AGAIN = 30.0


class Commit(msgspec.Struct, frozen=True, array_like=True):
    """The files that one commit changed, by the names that they have now; `time` in seconds since 1970."""

    time: int
    paths: tuple[str, ...]


class Log(msgspec.Struct, frozen=True):
    """Commits, newest first. `cut` says why older ones are not there, if they are not; `reason` why there are none."""

    head: str = ""
    folder: str = ""
    commits: tuple[Commit, ...] = ()
    cut: str = ""
    reason: str = ""


class History:
    """Answers from a log. Paths are relative to the root that it was read for."""

    def __init__(self, log: Log) -> None:
        self.log = log
        newest = log.commits[0].time if log.commits else 0
        self._weights = [exp2(-max(0, newest - commit.time) / _HALF_LIFE) for commit in log.commits]

    @cached_property
    def _places(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, commit in enumerate(self.log.commits):
            for path in commit.paths:
                found[path].append(number)
        return found

    def weight(self, path: str) -> float:
        """Return how often a file changed, each commit counting less with its age; 0 for one that history lacks."""
        return sum((self._weights[n] for n in self._places.get(path, ())), 0.0)

    def together(self, path: str, limit: int = 20) -> list[tuple[str, float]]:
        """Return (path, score) of the files that change together with one, best first, scores below 1.

        The score is the cosine of their commits, each with its weight, less where there are few of them.
        """
        shared: dict[str, float] = defaultdict(float)
        for number in self._places.get(path, ()):
            for other in self.log.commits[number].paths:
                shared[other] += self._weights[number]
        shared.pop(path, None)
        own = self.weight(path)
        scores = [(other, both / sqrt((own + 1) * (self.weight(other) + 1))) for other, both in shared.items()]
        return sorted(scores, key=lambda item: (-item[1], item[0]))[:limit]

    def recent(self, limit: int = 50) -> list[tuple[str, float]]:
        """Return (path, weight) of the files that changed lately and often, best first."""
        found = [(path, self.weight(path)) for path in self._places]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:limit]


class Recorder:
    """The history of the repository at `root`, read when it is first asked for and again when its head has moved.

    `folder` is where the log is kept between runs.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._file = root, folder / "history.json"
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._known: tuple[object, History] | None = None

    def now(self) -> History | None:
        """Return what is known without waiting; None at first, while it is being read in the background."""
        with self._lock:
            reading = self._thread is not None and self._thread.is_alive()
            if not reading and (self._known is None or self._known[0] != _stamp(self._root, self._known[1].log)):
                self._thread = threading.Thread(target=self._read, name="history", daemon=True)
                self._thread.start()
            return self._known[1] if self._known else None

    def wait(self) -> History:
        """Return the history of now, however long it takes to read."""
        self.now()
        thread = self._thread
        if thread is not None:
            thread.join()
        return self._known[1] if self._known else History(Log(reason="history could not be read"))

    def _read(self) -> None:
        log = read(self._root, self._file)
        self._known = _stamp(self._root, log), History(log)


class Changes:
    """Which lines of the repository at `root` differ from its last commit, asked in the background now and then."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, list[int]] | None = None
        self._asked = float("-inf")
        self._thread: threading.Thread | None = None

    def now(self) -> dict[str, list[int]] | None:
        """Return the lines (from 0) of each file as far as they are known without waiting; None at first."""
        reading = self._thread is not None and self._thread.is_alive()
        if not reading and time.monotonic() - self._asked > _AGAIN:
            self._thread = threading.Thread(target=self._ask, name="changes", daemon=True)
            self._thread.start()
        return self._known

    def _ask(self) -> None:
        try:
            self._known = msgspec.json.decode(_child("gitchanges", self._root), type=dict[str, list[int]])
        except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError):
            self._known = self._known or {}
        self._asked = time.monotonic()


def read(root: Path, file: Path) -> Log:
    """Return the log of the repository at `root`; `file` is where the one of before is kept, and this one then."""
    try:
        return msgspec.json.decode(_child("gitlog", root, str(file)), type=Log)
    except subprocess.TimeoutExpired:
        return Log(reason=f"git did not answer within {_CHILD:.0f} s")
    except (OSError, msgspec.DecodeError):
        return Log(reason="the process that reads the history ended before it was done")


def _child(module: str, root: Path, *words: str) -> bytes:
    command = [sys.executable, "-P", "-m", f"familiar_codegraph.{module}", str(root), *words]
    env = _environment(root)
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CHILD, check=False, env=env
    ).stdout


def _environment(root: Path) -> dict[str, str]:
    """What git needs, and nothing that leads it elsewhere or to a program of `root`: no GIT_*, no such PATH."""
    kept = ("HOME", "XDG_CONFIG_HOME", "SYSTEMROOT", "USERPROFILE", "FAMILIAR_HOME", "TMPDIR", "LANG", "PYTHONPATH")
    env = {name: value for name in kept if (value := os.environ.get(name)) is not None}
    path = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(p).is_absolute()]
    path = [p for p in path if not Path(p).resolve().is_relative_to(root)]
    return env | {"PATH": os.pathsep.join(path), "GIT_PYTHON_REFRESH": "quiet"}


def _stamp(root: Path, log: Log) -> object:
    """Return what changes when the head moves: git's own log of it, and the head's file."""
    folder = Path(log.folder) if log.folder else root / ".git"
    found = []
    for path in (folder / "logs" / "HEAD", folder / "HEAD"):
        try:
            stat = path.stat()
            found.append((stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)


def load(file: Path) -> Log | None:
    """Return the log that is kept in `file`, None when there is none or it is damaged."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Log)
    except (OSError, msgspec.DecodeError):
        return None


def keep(file: Path, log: Log) -> None:
    """Keep a log in `file`: whole, or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, msgspec.json.encode(log))


def dump(log: Log) -> str:
    """Return a log as one line of JSON."""
    return json.dumps(msgspec.to_builtins(log))
