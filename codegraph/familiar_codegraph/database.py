"""A cache in an SQLite file: WAL mode, used by several processes and threads at once, deleted by anyone at any time.

One that is broken or of another version is thrown away and made anew. Both happen under a lock beside the file: two
that start at once would else throw away what the other has just made.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from familiar_codegraph.shared import alone

T = TypeVar("T")
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
_UNUSABLE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH})


class Database:
    """The file at `path` with `tables` (statements that make them) of a `version` (not 0)."""

    def __init__(self, path: Path, version: int, tables: Sequence[str]) -> None:
        self.path, self._version, self._tables = path, version, tables
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    def run(self, work: Callable[[sqlite3.Connection], T], patience: float) -> T:
        """Return what `work` makes of a connection; it is called again where the file was broken or is another one by
        now. A lock that another holds is waited for `patience` seconds.

        Raises:
            sqlite3.Error, OSError: the file cannot be opened or made, or used.
        """
        try:
            return work(self._open(patience))
        except (sqlite3.Error, OSError) as error:
            if not self._recovered(error):
                raise
        return work(self._open(patience))

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, patience: float) -> sqlite3.Connection:
        if self._connection is not None and self._identity() != self._opened:
            self.close()  # someone deleted it, as they may, or it was thrown away by another process
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                try:
                    self._connection = self._connected(patience)
                except sqlite3.DatabaseError as error:
                    if _code(error) not in _UNUSABLE | {sqlite3.SQLITE_IOERR}:
                        raise
                    self._throw_away()
                    self._connection = self._connected(patience)
                self._opened = self._identity()
        return self._connection

    def _recovered(self, error: Exception) -> bool:
        """Close after an error and return whether to try once more: the file is another one by now, or it was broken
        (the file, not the disk) and has been thrown away."""
        if self._connection is None:
            return False
        with self._alone():
            is_other = self._identity() != self._opened
            is_broken = not is_other and self._is_broken(error)
            self.close()
            if is_broken:
                self._throw_away()
                return self._identity() is None
            return is_other

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return alone(self.path.with_name(f"{self.path.name}.lock"))

    def _identity(self) -> tuple[int, int] | None:
        try:
            stat = os.stat(self.path)  # noqa: PTH116 - hot: before each query
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def _is_broken(self, error: Exception) -> bool:
        if _code(error) != sqlite3.SQLITE_IOERR:
            return _code(error) in _UNUSABLE
        try:
            with contextlib.closing(self._connected(0.2)) as fresh:
                return bool(fresh.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
        except sqlite3.Error as again:
            return _code(again) in _UNUSABLE | {sqlite3.SQLITE_IOERR}

    def _throw_away(self) -> None:
        for suffix in ("-journal", "-wal", "-shm", ""):  # what is left when we are ended in between is an older state
            with contextlib.suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()

    def _connected(self, patience: float) -> sqlite3.Connection:
        try:
            return self._prepared(sqlite3.connect(self.path, timeout=patience, check_same_thread=False))
        except sqlite3.OperationalError as error:
            if _code(error) not in _READ_ONLY or not self.path.exists():
                raise
        address = f"{self.path.as_uri()}?immutable=1"  # nothing can be written here: what was stored can still be read
        return self._prepared(sqlite3.connect(address, uri=True, check_same_thread=False))

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        try:
            if self._version_of(connection) != self._version:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("BEGIN IMMEDIATE")  # the lock beside the file may not have been to be had
                self._make_tables(connection)
                connection.execute("COMMIT")
            connection.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        """Make the tables where there are none; raise DatabaseError when those of another version are there."""
        if self._version_of(connection) == self._version:
            return
        if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            error = sqlite3.DatabaseError("the store is of another version")
            error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
            raise error
        for statement in (*self._tables, f"PRAGMA user_version={self._version}"):
            connection.execute(statement)

    @staticmethod
    def _version_of(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: Exception) -> int | None:
    """Return SQLite's primary code of an error, None for one that is not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
