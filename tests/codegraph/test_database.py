"""The caches of conventions and of a checker's answers: what others do with the file at the same time costs nothing."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from familiar_codegraph import home
from familiar_codegraph.conventions.habits import FileHabits
from familiar_codegraph.conventions.store import HabitStore, encode
from familiar_codegraph.opinion_store import OpinionStore


class Habits:
    """A file's answers by key."""

    file = "conventions.sqlite"

    def __init__(self, root: Path) -> None:
        self._store = HabitStore(home.repository_dir(root))

    def put(self, *keys: bytes) -> None:
        self._store.put([(key, encode(FileHabits())) for key in keys])
        self._store.close()

    def known(self, *keys: bytes) -> set[bytes]:
        return set(self._store.get(keys))


class Opinions:
    """A checker's answers by key."""

    file = "opinion.sqlite"

    def __init__(self, root: Path) -> None:
        self._store = OpinionStore(root)

    def put(self, *keys: bytes) -> None:
        self._store.put(dict.fromkeys(keys, (("a.py", 1, 2),)))

    def known(self, *keys: bytes) -> set[bytes]:
        return set(self._store.get(keys))


Opened = Callable[[Path], Habits | Opinions]
pytestmark = [
    pytest.mark.parametrize("opened", [Habits, Opinions]),
    pytest.mark.usefixtures("familiar_home", "impatient"),
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("familiar_codegraph.conventions.store._BUSY_SECONDS", 0.1)
    monkeypatch.setattr("familiar_codegraph.opinion_store._BUSY_SECONDS", 0.1)


def file_of(root: Path, opened: Opened) -> Path:
    return home.repository_dir(root) / opened(root).file


def test_what_is_locked_is_not_thrown_away(tmp_path: Path, opened: Opened) -> None:
    opened(tmp_path).put(b"1")
    with contextlib.closing(sqlite3.connect(file_of(tmp_path, opened))) as holder:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        late = opened(tmp_path)
        assert late.known(b"1") == set()
        late.put(b"2")
    assert opened(tmp_path).known(b"1", b"2") == {b"1"}


@pytest.mark.parametrize("data", [b"no database" * 1000, None])
def test_another_process_makes_it_anew(tmp_path: Path, opened: Opened, data: bytes | None) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.put(b"1")
    file = file_of(tmp_path, opened)
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    if data:
        file.write_bytes(data)
    second.put(b"2")
    first.put(b"3")
    assert opened(tmp_path).known(b"1", b"2", b"3") == {b"2", b"3"}
