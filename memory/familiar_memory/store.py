"""Episodes on disk: one SQLite file for each repository, bounded in number, age and length.

Unlike the graph's store this cannot be computed again: a file that cannot be read is put aside, never deleted. A text
that holds what looks like a secret is not written.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph import home
from familiar_codegraph.secrets import has_secret
from familiar_codegraph.shared import alone

from familiar_memory.gate import FIRST, Gate
from familiar_memory.values import Episode, Fate
from familiar_memory.watcher import Kept

MOST = 20_000
"""Episodes kept of one repository; the oldest go first."""
LONGEST = 365 * 24 * 3600.0
"""Seconds after which an episode is forgotten."""
TEXT = 400
"""Characters of a suggestion that are kept."""

_TABLE = """
CREATE TABLE IF NOT EXISTS episodes (
    id TEXT PRIMARY KEY, at REAL, path TEXT, language TEXT, source TEXT, score REAL, text TEXT, fate TEXT,
    visible REAL, typed INTEGER, taken INTEGER, kept_0 REAL, kept_1 REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gate (only INTEGER PRIMARY KEY CHECK (only = 0), state BLOB);
CREATE INDEX IF NOT EXISTS by_time ON episodes (at);
"""
_BUSY_SECONDS = 5
_PRUNE_EVERY = 500


class StoreError(Exception):
    """The memory cannot be read or written; the message is one sentence for the user."""


def file_of(root: Path) -> Path:
    """Return the file that holds the memory of the repository at `root`."""
    folder = home.data_dir() / "memory"
    folder.mkdir(exist_ok=True)
    return folder / f"{home.repository_dir(root).name}.sqlite"


def mixing_file_of(root: Path) -> Path:
    """Return the file that keeps how much the counts weigh beside the model in the repository at `root`."""
    return file_of(root).with_suffix(".mixing")


class Store:
    """The memory of one repository. Every method may raise `StoreError`; any thread may call it."""

    def __init__(self, root: Path) -> None:
        self.path = file_of(root)
        self.set_aside: Path | None = None
        """Where an unreadable file was moved to, when there was one."""
        self._lock = threading.Lock()
        self._added = 0
        self._connection: sqlite3.Connection | None = None

    def add(self, episodes: Sequence[Episode]) -> None:
        """Write episodes; now and then the oldest are dropped."""
        rows = [
            (e.id, e.at, e.path, e.language, e.source, e.score, e.text[:TEXT], e.fate, e.visible, e.typed, e.taken)
            for e in episodes
            if not has_secret(e.text.encode("utf-8", "replace"))
        ]
        with self._transaction() as connection:
            marks = ", ".join("?" * 11)
            connection.executemany(f"INSERT OR REPLACE INTO episodes VALUES ({marks}, NULL, NULL)", rows)
            self._added += len(rows)
            if self._added >= _PRUNE_EVERY:
                self._added = 0
                self._prune(connection)

    def keep(self, found: Sequence[Kept]) -> None:
        """Note how much of what was taken is still there."""
        with self._transaction() as connection:
            for kept in found:
                connection.execute(f"UPDATE episodes SET kept_{kept.age} = ? WHERE id = ?", (kept.share, kept.id))

    def gate(self) -> Gate:
        """Return the gate as it was last kept, or the first one."""
        with self._transaction() as connection:
            row = connection.execute("SELECT state FROM gate").fetchone()
        try:
            gate = msgspec.json.decode(row[0], type=Gate) if row else Gate()
        except msgspec.DecodeError:
            return Gate()
        return gate if len(gate.weights) == len(FIRST) else Gate()

    def keep_gate(self, gate: Gate) -> None:
        """Keep what the gate has learned."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO gate VALUES (0, ?)", [msgspec.json.encode(gate)])

    def forget_gate(self) -> None:
        """Start again from the first weights: the gate's, and those of counts and model beside each other."""
        self.path.with_suffix(".mixing").unlink(missing_ok=True)
        with self._transaction() as connection:
            connection.execute("DELETE FROM gate")

    def count(self) -> int:
        """Return how many episodes there are."""
        with self._transaction() as connection:
            return int(connection.execute("SELECT count(*) FROM episodes").fetchone()[0])

    def episodes(self, what: str = "", *, limit: int | None = None) -> list[Episode]:
        """Return episodes, newest first: all, one by its id, or those of a file or folder."""
        where, values = _where(what)
        query = f"SELECT * FROM episodes WHERE {where} ORDER BY at DESC, id DESC"
        with self._transaction() as connection:
            rows = connection.execute(query + (" LIMIT ?" if limit is not None else ""), [
                *values, *([limit] if limit is not None else [])
            ]).fetchall()  # fmt: skip
        return [_episode(row) for row in rows]

    def totals(self, what: str = "") -> dict[tuple[str, Fate], int]:
        """Return how many episodes there are by source and fate."""
        where, values = _where(what)
        with self._transaction() as connection:
            query = f"SELECT source, fate, count(*) FROM episodes WHERE {where} GROUP BY source, fate ORDER BY 1, 2"
            return {(source, fate): count for source, fate, count in connection.execute(query, values)}

    def forget(self, what: str = "", *, before: float | None = None) -> int:
        """Delete episodes: all, one by its id, those of a file or folder, or those from before a time; how many."""
        where, values = ("at < ?", [before]) if before is not None else _where(what)
        with self._transaction() as connection:
            gone = connection.execute(f"DELETE FROM episodes WHERE {where}", values).rowcount
            if not what and before is None:
                connection.execute("DELETE FROM gate")
                self.path.with_suffix(".mixing").unlink(missing_ok=True)
        with self._transaction() as connection:
            connection.commit()
            connection.execute("VACUUM")  # forgotten is forgotten: nothing of it stays in free pages
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # ------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                connection = self._connection or self._opened()
                with connection:
                    yield connection
            except (sqlite3.Error, OSError) as error:
                raise StoreError(f"The memory in {self.path} cannot be used: {error}.") from error

    def _opened(self) -> sqlite3.Connection:
        with alone(self.path.with_suffix(".lock")):  # another process would put aside what we begin anew
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self.set_aside = self.path.with_suffix(f".unreadable-{int(time.time())}")
                self.path.rename(self.set_aside)
                for suffix in ("-wal", "-shm"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)
                self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.executescript(_TABLE)
            with connection:
                self._prune(connection)
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
            raise
        return connection

    def _prune(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM episodes WHERE at < ?", [time.time() - LONGEST])
        latest = "SELECT id FROM episodes ORDER BY at DESC, id DESC LIMIT -1 OFFSET ?"
        connection.execute(f"DELETE FROM episodes WHERE id IN ({latest})", [MOST])


def _where(what: str) -> tuple[str, list[Any]]:
    if not what:
        return "1", []
    folder = what.rstrip("/") + "/"
    return "id = ? OR path = ? OR substr(path, 1, ?) = ?", [what, what.rstrip("/"), len(folder), folder]


def _episode(row: tuple[Any, ...]) -> Episode:
    fields: list[Any] = [*row[:11], (row[11], row[12])]
    return Episode(*fields)
