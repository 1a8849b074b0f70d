"""What files answer by themselves, kept on disk: a row for each content, keyed by its hash and the questions' version.

A cache like the graph's: it may be deleted at any time, and one that is broken is thrown away and filled again.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from familiar_codegraph.conventions.habits import FileHabits
from familiar_codegraph.conventions.questions import VERSION

_DECODER = msgspec.msgpack.Decoder(FileHabits)
_ENCODER = msgspec.msgpack.Encoder()


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
        self._path = folder / "conventions.sqlite"
        self._connection: sqlite3.Connection | None = None

    def get(self, keys: Iterable[bytes]) -> dict[bytes, FileHabits]:
        """Return what is known of these contents."""
        wanted, found = sorted(set(keys)), dict[bytes, FileHabits]()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            try:
                rows = self._open().execute(f"SELECT key, habits FROM habits WHERE key IN ({marks})", part).fetchall()
            except sqlite3.Error:
                self._discard()
                return found
            for key, blob in rows:
                with contextlib.suppress(msgspec.MsgspecError):
                    found[key] = decode(blob)
        return found

    def put(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Store (key, encoded habits) in one transaction."""
        for _ in range(2):
            try:
                with self._open() as connection:
                    connection.executemany("INSERT OR REPLACE INTO habits VALUES (?, ?)", rows)
                return
            except sqlite3.OperationalError:
                return  # busy: what was worked out is worked out again next time
            except sqlite3.Error:
                self._discard()

    def prune(self, kept: set[bytes]) -> None:
        """Drop contents that are not in `kept`, once there are several times as many as are needed."""
        with contextlib.suppress(sqlite3.Error):
            known = [key for (key,) in self._open().execute("SELECT key FROM habits").fetchall()]
            if len(known) > 4 * len(kept) + 1000:
                with self._open() as connection:
                    connection.executemany("DELETE FROM habits WHERE key = ?", [(k,) for k in known if k not in kept])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and not self._path.exists():
            self.close()  # someone deleted it, as they may
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS habits (key BLOB PRIMARY KEY, habits BLOB NOT NULL) WITHOUT ROWID"
                )
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _discard(self) -> None:
        """Throw a database away that cannot be read."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()
