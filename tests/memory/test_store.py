"""The memory on disk: bounded, private, and never lost by our own doing."""

import contextlib
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from familiar_memory import store as module
from familiar_memory.store import Store, StoreError, file_of
from familiar_memory.values import Episode, Fate
from familiar_memory.watcher import Kept


def episode(n: int, path: str = "a.py", fate: Fate = "taken", text: str = "x = 1", age: float = 0.0) -> Episode:
    return Episode(f"id{n}", time.time() - age, path, "python", "counts", 0.5, text, fate, 1.0, 0, len(text))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    written = [episode(1, age=2), episode(2, "pkg/b.py", "refused", age=1)]
    store.add(written)
    store.keep([Kept("id1", 0, 0.75)])
    newest, oldest = Store(tmp_path).episodes()
    assert newest == written[1]
    assert (oldest.id, oldest.kept) == ("id1", (0.75, None))
    assert store.totals() == {("counts", "refused"): 1, ("counts", "taken"): 1}
    assert [e.id for e in store.episodes("pkg")] == ["id2"]
    assert [e.id for e in store.episodes("pkg/b.py")] == ["id2"]
    assert store.episodes("pk") == []


@pytest.mark.parametrize(("what", "left"), [("", []), ("id1", ["id2", "id3"]), ("pkg", ["id1", "id3"])])
def test_forget(tmp_path: Path, what: str, left: list[str]) -> None:
    store = Store(tmp_path)
    store.add([episode(1), episode(2, "pkg/b.py", text="a_telling_word"), episode(3, "pkg2/c.py")])
    assert store.forget(what) == 3 - len(left)
    assert sorted(e.id for e in store.episodes()) == left
    store.close()
    if "id2" not in left:
        assert b"a_telling_word" not in b"".join(p.read_bytes() for p in store.path.parent.iterdir())


def test_forget_what_is_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add([episode(1, age=100), episode(2)])
    assert store.forget(before=time.time() - 50) == 1
    assert [e.id for e in store.episodes()] == ["id2"]


def test_size_and_age_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    store = Store(tmp_path)
    store.add([episode(n, age=1000 - n, text="y" * 1000) for n in range(30)] + [episode(99, age=2 * module.LONGEST)])
    store.close()
    left = Store(tmp_path).episodes()
    assert [e.id for e in left] == [f"id{n}" for n in range(29, 19, -1)]
    assert {len(e.text) for e in left} == {module.TEXT}


def test_a_secret_is_not_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add([episode(1, text="key = 'AKIA" + "A" * 16 + "'"), episode(2)])
    assert [e.id for e in store.episodes()] == ["id2"]


def test_an_unreadable_file_is_put_aside(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    path.write_bytes(b"this is no database, but perhaps somebody can still read it" * 100)
    store = Store(tmp_path)
    store.add([episode(1)])
    assert store.count() == 1
    assert store.set_aside and store.set_aside.read_bytes().startswith(b"this is no database")


def test_two_that_find_an_unreadable_file_put_it_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first has begun anew is not put aside by the second, which had seen the old file."""
    file_of(tmp_path).write_bytes(b"no database" * 1000)
    connect, both = Store._connect, threading.Barrier(2)

    def slow(store: Store) -> sqlite3.Connection:
        try:
            return connect(store)
        except sqlite3.DatabaseError:
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(1)
            raise

    monkeypatch.setattr(Store, "_connect", slow)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: Store(tmp_path).add([episode(n)]), range(2)))
    assert Store(tmp_path).count() == 2
    assert len(list(file_of(tmp_path).parent.glob("*.unreadable-*"))) == 1


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    path.mkdir()
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path).add([episode(1)])


def test_a_killed_writer_leaves_whole_episodes(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from familiar_memory.store import Store\n"
        "from familiar_memory.values import Episode\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for n in range(100000):\n"
        "    store.add([Episode(f'{n}-{k}', time.time(), 'a.py', 'python', 'counts', .5, 'x', 'taken', 1.0)"
        " for k in range(3)])\n"
        "    print(n, flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout
    for _ in range(20):
        last = int(writer.stdout.readline())
    writer.kill()
    writer.wait()
    writer.stdout.close()
    count = Store(tmp_path).count()
    assert count % 3 == 0 and count >= 3 * (last + 1)
