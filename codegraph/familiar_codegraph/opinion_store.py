"""What a checker said, on disk: a cache (see `database`), asked anew when it was thrown away."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from familiar_codegraph import home, reach
from familiar_codegraph.database import Database
from familiar_codegraph.graph import CodeGraph

Said = tuple[tuple[str, int, int], ...]
_SAID = msgspec.msgpack.Decoder(Said)
_TABLES = ("CREATE TABLE said (key BLOB PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID",)
_BUSY_SECONDS = 2.0
_MOST = 200_000
"""Rows; beyond it all are forgotten."""


class OpinionStore:
    """Answers by key, of the repository at `root`."""

    def __init__(self, root: Path) -> None:
        self._database = Database(home.repository_dir(root) / "opinion.sqlite", 1, _TABLES)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Said]:
        """Return what is known."""

        def ask(connection: sqlite3.Connection) -> dict[bytes, Said]:
            found: dict[bytes, Said] = {}
            for key in keys:
                for (said,) in connection.execute("SELECT said FROM said WHERE key = ?", [key]):
                    with contextlib.suppress(msgspec.MsgspecError):
                        found[key] = _SAID.decode(said)
            return found

        with contextlib.closing(self._database), contextlib.suppress(sqlite3.Error, OSError):
            return self._database.run(ask, _BUSY_SECONDS)
        return {}

    def put(self, said: Mapping[bytes, Said]) -> None:
        """Keep answers; where they cannot be written they are asked for again."""
        rows = [(key, msgspec.msgpack.encode(value)) for key, value in said.items()]

        def keep(connection: sqlite3.Connection) -> None:
            with connection:
                (count,) = connection.execute("SELECT count(*) FROM said").fetchone()
                if count > _MOST:
                    connection.execute("DELETE FROM said")
                connection.executemany("INSERT OR REPLACE INTO said VALUES (?, ?)", rows)

        if rows:
            with contextlib.closing(self._database), contextlib.suppress(sqlite3.Error, OSError):
                self._database.run(keep, _BUSY_SECONDS)


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
