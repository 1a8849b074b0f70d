"""What files answer by themselves, kept on disk: a row for each content, keyed by its hash and the questions' version.

A cache like the graph's (see `database`), filled again when it was thrown away.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from familiar_codegraph.conventions.habits import FileHabits
from familiar_codegraph.conventions.questions import VERSION
from familiar_codegraph.database import Database

_DECODER = msgspec.msgpack.Decoder(FileHabits)
_ENCODER = msgspec.msgpack.Encoder()
_TABLES = ("CREATE TABLE habits (key BLOB PRIMARY KEY, habits BLOB NOT NULL) WITHOUT ROWID",)
_BUSY_SECONDS = 10.0


def key_of(data: bytes, language: str) -> bytes:
    """Return the key of a content."""
    return hashlib.blake2b(data, digest_size=16, person=f"h{VERSION}{language}".encode()[:16]).digest()


def encode(habits: FileHabits) -> bytes:
    return _ENCODER.encode(habits)


def decode(blob: bytes) -> FileHabits:
    return _DECODER.decode(blob)


class HabitStore:
    """A folder's database. Every method answers as from an empty store rather than raise when the file is broken."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "conventions.sqlite", 1, _TABLES)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, FileHabits]:
        """Return what is known of these contents."""
        wanted, found = sorted(set(keys)), dict[bytes, FileHabits]()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._read(f"SELECT key, habits FROM habits WHERE key IN ({marks})", part)
            for key, blob in rows:
                with contextlib.suppress(msgspec.MsgspecError):
                    found[key] = decode(blob)
        return found

    def put(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Store (key, encoded habits) in one transaction."""
        self._write("INSERT OR REPLACE INTO habits VALUES (?, ?)", rows)

    def prune(self, kept: set[bytes]) -> None:
        """Drop contents that are not in `kept`, once there are several times as many as are needed."""
        known = [key for (key,) in self._read("SELECT key FROM habits", [])]
        if len(known) > 4 * len(kept) + 1000:
            self._write("DELETE FROM habits WHERE key = ?", [(key,) for key in known if key not in kept])

    def close(self) -> None:
        self._database.close()

    def _read(self, query: str, values: Sequence[object]) -> list[Any]:
        with contextlib.suppress(sqlite3.Error, OSError):
            return self._database.run(lambda connection: connection.execute(query, values).fetchall(), _BUSY_SECONDS)
        return []

    def _write(self, query: str, rows: Sequence[tuple[bytes, ...]]) -> None:
        """Write rows in one transaction; where they cannot be written they are worked out again next time."""

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(query, rows)

        with contextlib.suppress(sqlite3.Error, OSError):
            self._database.run(write, _BUSY_SECONDS)
