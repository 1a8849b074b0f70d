"""Facts on disk: a row for each content, keyed by its hash and the extractor's version.

The store is a cache (see `database`), filled again when it was thrown away. Where nothing can be written (a full disk,
a folder that is not ours, a store that stays locked) rows are kept in memory, and `Store.problem` says so. A file that
cannot be read into facts has its failure stored in the same place.
"""

import contextlib
import hashlib
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from familiar_codegraph.database import Database
from familiar_codegraph.facts import EXTRACTOR_VERSION, Bind, Expr, FileFacts, Use
from familiar_codegraph.packed import Columns, Packed, pack
from familiar_codegraph.summary import Summary

T = TypeVar("T")
_FACTS = msgspec.msgpack.Decoder(tuple[Columns, Columns, Columns, FileFacts])
_SUMMARY = msgspec.msgpack.Decoder(Summary)
_ENCODER = msgspec.msgpack.Encoder()
_VERSION = 3
"""Of the tables below; a store of another version is thrown away."""
_TABLES = (
    "CREATE TABLE contents (key BLOB PRIMARY KEY, used INTEGER NOT NULL, failure TEXT NOT NULL, summary BLOB NOT NULL)"
    " WITHOUT ROWID",
    "CREATE TABLE facts (key BLOB PRIMARY KEY, facts BLOB NOT NULL) WITHOUT ROWID",
)
_KEPT_DAYS = 2
"""So long a content stays that no index needs: another branch's, or another process's."""
_BUSY_SECONDS, _BUSY_SECONDS_AGAIN = 5.0, 0.2
"""So long a lock of another process is waited for, at first and once a write has failed."""


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
    """Return the bytes to store; the same for the same facts, whether they came from a file or from the store."""
    if isinstance(value, Summary):
        return _ENCODER.encode(value)
    uses, exprs, binds = pack(Use, value.uses), pack(Expr, value.exprs, items=True), pack(Bind, value.binds)
    rest = msgspec.structs.replace(value, uses=(), exprs=(), binds=(), defs=tuple(value.defs))
    return _ENCODER.encode((uses, exprs, binds, rest))


def decode_facts(blob: bytes) -> FileFacts:
    """Return facts whose largest tables are packed: they are sequences of rows all the same."""
    uses, exprs, binds, rest = _FACTS.decode(blob)
    tables: dict[str, Any] = {"uses": Packed(Use, uses), "exprs": Packed(Expr, exprs), "binds": Packed(Bind, binds)}
    return msgspec.structs.replace(rest, **tables)


def decode_summary(blob: bytes) -> Summary:
    return _SUMMARY.decode(blob)


class Store:
    """A folder's database. Every method answers from an empty store rather than raise when the file is broken."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._database = folder, Database(folder / "facts.sqlite", _VERSION, _TABLES)
        self._lock = threading.RLock()
        self._unsaved: dict[bytes, Row] = {}
        self.problem = ""
        """Why rows are kept in memory only; empty when they are on disk."""

    def summaries(self, keys: Iterable[bytes]) -> dict[bytes, tuple[Summary | None, str]]:
        """Return the summary and the failure of each known content."""
        wanted = list(keys)
        found: dict[bytes, tuple[Summary | None, str]] = {}
        for part in _parts(wanted):
            query = f"SELECT key, summary, failure FROM contents WHERE key IN ({_marks(part)})"
            for key, summary, failure in self._read(query, part):
                with contextlib.suppress(msgspec.MsgspecError, ValueError):
                    found[key] = (None if failure else decode_summary(_unsealed(summary))), failure
        with self._lock:
            for key in self._unsaved.keys() & set(wanted):
                row = self._unsaved[key]
                found[key] = (None if row.failure else decode_summary(row.summary)), row.failure
        return found

    def facts(self, key: bytes) -> FileFacts | None:
        """Return the facts of a content, None when there are none or they are damaged."""
        unsaved = self._unsaved.get(key)
        if unsaved is not None:
            return decode_facts(unsaved.facts) if unsaved.facts else None
        for (blob,) in self._read("SELECT facts FROM facts WHERE key = ?", [key]):
            with contextlib.suppress(msgspec.MsgspecError, ValueError):
                return decode_facts(_unsealed(blob))
        return None

    def put(self, rows: Sequence[Row]) -> None:
        """Store rows in one transaction; in memory when that cannot be."""
        with self._lock:
            self._unsaved |= {row.key: row for row in rows}
            waiting, today = list(self._unsaved.values()), _today()
            contents = [(r.key, today, r.failure, _sealed(r.summary)) for r in waiting]
            facts = [(r.key, _sealed(r.facts)) for r in waiting if r.facts]

            def write(connection: sqlite3.Connection) -> None:
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)", contents)
                    connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts)

            try:
                self._run(write)
            except (sqlite3.Error, OSError) as error:
                self.problem = f"{self._database.path} cannot be written ({error}), so facts are kept in memory only"
            else:
                self._unsaved, self.problem = {}, ""

    def forget(self, keys: Collection[bytes]) -> None:
        """Drop contents."""

        def drop(connection: sqlite3.Connection) -> None:
            with connection:
                for part in _parts(list(keys)):
                    connection.execute(f"DELETE FROM contents WHERE key IN ({_marks(part)})", part)
                    connection.execute(f"DELETE FROM facts WHERE key IN ({_marks(part)})", part)

        with contextlib.suppress(sqlite3.Error, OSError), self._lock:
            self._run(drop)

    def prune(self, kept: set[bytes]) -> None:
        """Note that `kept` are needed; drop what no index has needed for days once there is several times as much."""
        today = _today()
        known: dict[bytes, int] = dict(self._read("SELECT key, used FROM contents", []))
        late = [key for key in kept if known.get(key, today) < today]

        def note(connection: sqlite3.Connection) -> None:
            with connection:
                for part in _parts(late):
                    marks = _marks(part)
                    connection.execute(f"UPDATE contents SET used = ? WHERE key IN ({marks})", [today, *part])

        with contextlib.suppress(sqlite3.Error, OSError), self._lock:
            if late:
                self._run(note)
            if len(known) > 4 * len(kept) + 1000:
                self.forget([k for k, used in known.items() if used <= today - _KEPT_DAYS and k not in kept])

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _read(self, query: str, values: Sequence[object]) -> list[Any]:
        with self._lock, contextlib.suppress(sqlite3.Error, OSError):
            return self._run(lambda connection: connection.execute(query, values).fetchall())
        return []

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return self._database.run(work, _BUSY_SECONDS_AGAIN if self.problem else _BUSY_SECONDS)


def _sealed(blob: bytes) -> bytes:
    return blob + zlib.crc32(blob).to_bytes(4, "little")


def _unsealed(blob: bytes) -> bytes:
    """Return what was sealed; raise ValueError when it is damaged."""
    if zlib.crc32(blob[:-4]) != int.from_bytes(blob[-4:], "little"):
        raise ValueError("damaged")
    return blob[:-4]


def _parts(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (keys[start : start + 500] for start in range(0, len(keys), 500))


def _marks(keys: Sequence[bytes]) -> str:
    return ",".join("?" * len(keys))


def _today() -> int:
    return int(time.time() // 86_400)
