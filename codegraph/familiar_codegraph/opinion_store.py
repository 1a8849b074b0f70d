"""What a checker said, on disk: a cache that may be deleted at any time, and that is thrown away when it is broken."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from familiar_codegraph import home, reach
from familiar_codegraph.graph import CodeGraph

Said = tuple[tuple[str, int, int], ...]
_SAID = msgspec.msgpack.Decoder(Said)
_SCHEMA = "CREATE TABLE IF NOT EXISTS said (key BLOB PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID"
_MOST = 200_000
"""Rows; beyond it all are forgotten."""


class OpinionStore:
    """Answers by key, of the repository at `root`."""

    def __init__(self, root: Path) -> None:
        self._path = home.repository_dir(root) / "opinion.sqlite"

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Said]:
        """Return what is known."""
        found: dict[bytes, Said] = {}
        with contextlib.suppress(sqlite3.Error, msgspec.MsgspecError), contextlib.closing(self._open()) as connection:
            for key in keys:
                row = connection.execute("SELECT said FROM said WHERE key = ?", [key]).fetchone()
                if row is not None:
                    found[key] = _SAID.decode(row[0])
        return found

    def put(self, said: Mapping[bytes, Said]) -> None:
        """Keep answers; a database that cannot be written is thrown away, for the next time."""
        if not said:
            return
        try:
            with contextlib.closing(self._open()) as connection, connection:
                (count,) = connection.execute("SELECT count(*) FROM said").fetchone()
                if count > _MOST:
                    connection.execute("DELETE FROM said")
                rows = [(key, msgspec.msgpack.encode(value)) for key, value in said.items()]
                connection.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", rows)
        except sqlite3.OperationalError:
            return  # busy, or the disk is full
        except sqlite3.Error:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=2)
        try:
            connection.execute(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def digest(graph: CodeGraph, path: str, checked_by: str) -> bytes:
    """Return a digest of what a checker can know about places in `path`: the file, every file of the repository that it
    imports, directly or not, where those are, the checker and the environment (`checked_by`)."""
    found = {path}
    waiting = [path]
    while waiting:
        for other in _imported(graph, waiting.pop()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    made = hashlib.blake2b(checked_by.encode(), digest_size=16)
    for name in (path, *sorted(found)):
        made.update(b"\0" + name.encode("utf-8", "surrogateescape") + b"\0" + graph.key(name))
    return made.digest()


def _imported(graph: CodeGraph, path: str) -> tuple[str, ...]:
    def found() -> tuple[str, ...]:
        summary = graph.summary(path)
        rows = summary.imports if summary else ()
        return tuple(dict.fromkeys(target for row in rows for target in reach.imported_files(graph, path, row)))

    return graph.resolver.once("", ("imported files", path), found, ())
