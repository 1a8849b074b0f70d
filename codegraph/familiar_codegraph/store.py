"""Facts on disk: SQLite in WAL mode, one row for each content, keyed by its hash and the extractor's version.

The store is a cache: it may be deleted at any time, two processes may use it at once, and one that is corrupted is
thrown away and filled again. A file that cannot be read into facts has its failure stored in the same place.
"""

import contextlib
import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from familiar_codegraph.facts import EXTRACTOR_VERSION, FileFacts
from familiar_codegraph.summary import Summary

_FACTS = msgspec.msgpack.Decoder(FileFacts)
_SUMMARY = msgspec.msgpack.Decoder(Summary)
_ENCODER = msgspec.msgpack.Encoder()
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
    key BLOB PRIMARY KEY, summary BLOB NOT NULL, facts BLOB NOT NULL, failure TEXT NOT NULL, crc INTEGER NOT NULL
) WITHOUT ROWID
"""


class Row(NamedTuple):
    """One content's facts as they are stored; `failure` is empty unless there are none."""

    key: bytes
    summary: bytes
    facts: bytes
    failure: str


def key_of(data: bytes, language: str) -> bytes:
    """Return the key of a content: its hash, with the language and the version of the extractor."""
    return hashlib.blake2b(data, digest_size=16, person=f"{language[:8]}{EXTRACTOR_VERSION}".encode()[:16]).digest()


def encode(value: FileFacts | Summary) -> bytes:
    return _ENCODER.encode(value)


def decode_facts(blob: bytes) -> FileFacts:
    return _FACTS.decode(blob)


def decode_summary(blob: bytes) -> Summary:
    return _SUMMARY.decode(blob)


class Store:
    """A folder's database. Every method answers from an empty store rather than raise when the file is broken."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "facts.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def summaries(self, keys: Iterable[bytes]) -> dict[bytes, tuple[Summary | None, str]]:
        """Return the summary and the failure of each known content."""
        wanted = list(keys)
        found: dict[bytes, tuple[Summary | None, str]] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, summary, failure FROM facts WHERE key IN ({marks})"
            for key, summary, failure in self._read(query, part):
                with contextlib.suppress(msgspec.MsgspecError):
                    found[key] = (None if failure else decode_summary(summary)), failure
        return found

    def facts(self, key: bytes) -> FileFacts | None:
        """Return the facts of a content, None when there are none or they are damaged."""
        for facts, crc in self._read("SELECT facts, crc FROM facts WHERE key = ? AND failure = ''", [key]):
            if zlib.crc32(facts) == crc:
                with contextlib.suppress(msgspec.MsgspecError):
                    return decode_facts(facts)
        return None

    def put(self, rows: Sequence[Row]) -> None:
        """Store rows in one transaction."""
        values = [(r.key, r.summary, r.facts, r.failure, zlib.crc32(r.facts)) for r in rows]
        for attempt in (0, 1):
            try:
                with self._lock, self._open() as connection:
                    connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?)", values)
                return
            except sqlite3.Error:
                self._discard(only_if_broken=attempt == 0)

    def forget(self, keys: Sequence[bytes]) -> None:
        """Drop contents."""
        with contextlib.suppress(sqlite3.Error), self._lock, self._open() as connection:
            connection.executemany("DELETE FROM facts WHERE key = ?", [(k,) for k in keys])

    def prune(self, kept: set[bytes]) -> None:
        """Drop contents that are not in `kept`, once there are several times as many as are needed."""
        known = [key for (key,) in self._read("SELECT key FROM facts", [])]
        if len(known) > 4 * len(kept) + 1000:
            self.forget([key for key in known if key not in kept])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, query: str, values: Sequence[object]) -> list[Any]:
        try:
            with self._lock:
                return self._open().execute(query, values).fetchall()
        except sqlite3.Error:
            self._discard(only_if_broken=True)
            return []

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and not self._path.exists():
            self.close()  # someone deleted it, as they may
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(_SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _discard(self, *, only_if_broken: bool) -> None:
        """Throw the database away; a store that is merely busy is left alone."""
        self.close()
        if only_if_broken and self._sound():
            return
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()

    def _sound(self) -> bool:
        try:
            return bool(self._open().execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.OperationalError as error:
            return "locked" in str(error) or "busy" in str(error)
        except sqlite3.Error:
            return False
