"""The store when things go wrong: damage, other versions, full disks, locks, several processes."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from familiar_codegraph import extraction
from familiar_codegraph.store import Row, Store
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

CODE = """
#- a.py
class A:
    def go(self): ...
#- b.py
from a import A
A().go()
"""


def opened(root: Path, store: Path) -> Workspace:
    parse(CODE).write(root)
    workspace = Workspace(root, store=store)
    workspace.index()
    return workspace


def callers(workspace: Workspace) -> list[str]:
    return [a.path for a in workspace.graph().callers("a.py", 17).answers]


def row(number: int, size: int = 50) -> Row:
    return extraction.row_of("m.py", b"x%d = '%s'\n" % (number, b"y" * size))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The store's own folder, beside the repository."""
    yield tmp_path / "store"


def test_a_store_of_an_older_version_is_replaced(tmp_path: Path, folder: Path) -> None:
    folder.mkdir()
    with sqlite3.connect(folder / "facts.sqlite") as old:
        old.execute("CREATE TABLE facts (key BLOB PRIMARY KEY, summary BLOB, facts BLOB, failure TEXT, crc INTEGER)")
        old.execute("INSERT INTO facts VALUES (x'00', x'01', x'02', '', 3)")
    old.close()
    workspace = opened(tmp_path / "r", folder)
    assert callers(workspace) == ["b.py"]
    workspace.close()
    report = Workspace(tmp_path / "r", store=folder).index()
    assert (report.from_cache, report.store) == (2, "")


@pytest.mark.parametrize("blob", ["facts", "summary"])
def test_a_damaged_row_is_read_again_from_the_file(tmp_path: Path, folder: Path, blob: str) -> None:
    opened(tmp_path / "r", folder).close()
    table = "facts" if blob == "facts" else "contents"
    with sqlite3.connect(folder / "facts.sqlite") as database:
        database.execute(f"UPDATE {table} SET {blob} = substr({blob}, 1, length({blob}) - 9) || zeroblob(9)")
    database.close()
    again = Workspace(tmp_path / "r", store=folder)
    again.index()
    assert callers(again) == ["b.py"]


def test_a_locked_store_costs_no_answers(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("familiar_codegraph.store._BUSY_SECONDS", 0.2)
    opened(tmp_path / "r", folder).close()
    (tmp_path / "r" / "c.py").write_text("from a import A\nA().go()  # c\n")
    holder = sqlite3.connect(folder / "facts.sqlite")
    holder.execute("BEGIN EXCLUSIVE")
    workspace = Workspace(tmp_path / "r", store=folder)
    report = workspace.index()
    assert callers(workspace) == ["b.py", "c.py"]
    assert "database is locked" in report.store
    holder.rollback()
    holder.close()
    (tmp_path / "r" / "d.py").write_text("from a import A\nA().go()  # d\n")
    workspace.refresh(["d.py"])  # now it can be written, with what had to wait
    assert workspace.index().store == ""
    workspace.close()
    assert Workspace(tmp_path / "r", store=folder).index().from_cache == 4


def test_another_process_throws_the_store_away(tmp_path: Path, folder: Path) -> None:
    store, other = Store(folder), Store(folder)
    store.put([row(1)])
    for file in sorted(folder.iterdir()):
        file.unlink()
    other.put([row(2)])
    store.put([row(3)])
    assert other.facts(row(3).key) is not None
    assert store.facts(row(2).key) is not None
    assert store.facts(row(1).key) is None


def test_pruning_leaves_what_another_process_needs(folder: Path) -> None:
    """Two servers on one repository, one of them on another branch: what either needed of late stays."""
    store = Store(folder)
    rows = [row(n) for n in range(1300)]
    store.put(rows)
    mine, other, old = ({r.key for r in part} for part in (rows[:20], rows[20:40], rows[40:]))
    with sqlite3.connect(folder / "facts.sqlite") as database:
        database.execute("UPDATE contents SET used = used - 3")
    database.close()
    Store(folder).prune(other)  # the other one starts: there is much to drop, but not what it needs
    assert set(store.summaries(old)) == set()
    assert store.summaries(other).keys() == other
    store.put([row(n) for n in range(1300)])
    store.prune(mine)
    assert store.summaries(other | mine).keys() == other | mine
    assert len(store.summaries(old)) == len(old)  # written today: they may be needed


def test_writers_and_a_pruner_at_once(folder: Path) -> None:
    """Several processes' worth of connections: nothing raises, nothing that was put is lost."""
    rows = [row(n, 300) for n in range(400)]
    failures: list[BaseException] = []

    def write(part: list[Row]) -> None:
        try:
            store = Store(folder)
            for start in range(0, len(part), 20):
                store.put(part[start : start + 20])
                store.prune({r.key for r in rows})
            store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(rows[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(Store(folder).summaries([r.key for r in rows])) == 400


# ---------------------------------------------------------------- processes

_LIES_THERE = {
    "nothing": None,
    "a store of another version": "CREATE TABLE facts (key BLOB PRIMARY KEY, summary BLOB)",
    "no database": b"no database" * 1000,
}
_ROUNDS = 30
_WRITER = f"""
import sys
from pathlib import Path
from familiar_codegraph import extraction
from familiar_codegraph.store import Store
number = int(sys.argv[2])
rows = [extraction.row_of("m.py", b"x%d = 1" % n) for n in range(number, 40, 4)]
for round in range({_ROUNDS}):
    print(flush=True)
    sys.stdin.readline()
    store = Store(Path(sys.argv[1]) / str(round))
    for row in rows:
        store.put([row])
    print(store.problem, flush=True)
    store.close()
"""


@pytest.mark.parametrize("lies_there", _LIES_THERE.values(), ids=_LIES_THERE)
def test_processes_that_start_at_once_share_a_store(folder: Path, lies_there: str | bytes | None) -> None:
    """Whoever comes first makes it anew; nobody throws away what another has written since."""
    for number in range(_ROUNDS):
        lay(folder / str(number), lies_there)
    commands = [[sys.executable, "-c", _WRITER, str(folder), str(number)] for number in range(4)]
    with contextlib.ExitStack() as ended:
        writers = [
            ended.enter_context(subprocess.Popen(c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for c in commands
        ]
        keys = [extraction.row_of("m.py", b"x%d = 1" % n).key for n in range(40)]
        for number in range(_ROUNDS):
            told(writers)
            for writer in writers:
                assert writer.stdin
                writer.stdin.write("\n")
                writer.stdin.flush()
            assert told(writers) == [""] * 4
            assert len(Store(folder / str(number)).summaries(keys)) == 40, f"round {number}"


def told(writers: list[subprocess.Popen[str]]) -> list[str]:
    return [writer.stdout.readline().rstrip("\n") if writer.stdout else "" for writer in writers]


def lay(folder: Path, what: str | bytes | None) -> None:
    if isinstance(what, bytes):
        folder.mkdir(parents=True)
        (folder / "facts.sqlite").write_bytes(what)
    elif what is not None:
        folder.mkdir(parents=True)
        with contextlib.closing(sqlite3.connect(folder / "facts.sqlite")) as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute(what)


# ---------------------------------------------------------------- disks

_ON_A_DISK = """
import sys
from pathlib import Path
from familiar_codegraph.workspace import Workspace
workspace = Workspace(Path(sys.argv[1]), store=Path(sys.argv[2]))
report = workspace.index()
print(report.files, report.from_cache, len(workspace.graph().references("m0.py", 4).answers), report.store)
"""


def on_a_disk(script: str, *arguments: Path) -> str:
    """Run a shell script in a mount namespace of its own, and the above after it."""
    shell = f'{script}; exec {sys.executable} -c "$PROGRAM" "$1" "$2"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-ec", shell, "sh", *map(str, arguments)],
        env={**os.environ, "PROGRAM": _ON_A_DISK}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


needs_mounts = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="needs user and mount namespaces",
)


def many(root: Path) -> Path:
    root.mkdir()
    for number in range(60):
        (root / f"m{number}.py").write_text(f"def f{number}(a, b): return a + b\n" + "x = 1 + 2\n" * 60)
    return root


@needs_mounts
def test_a_full_disk_is_said_and_costs_no_answers(tmp_path: Path, folder: Path) -> None:
    folder.mkdir()
    said = on_a_disk('mount -t tmpfs -o size=100k none "$2"', many(tmp_path / "r"), folder)
    assert said.startswith("60 0 1 ")
    assert "disk is full" in said
    assert said.endswith("so facts are kept in memory only")


@needs_mounts
def test_a_read_only_store_is_read(tmp_path: Path, folder: Path) -> None:
    root = many(tmp_path / "r")
    first = Workspace(root, store=folder)
    first.index()
    first.close()
    (root / "new.py").write_text("from m0 import f0\n")
    said = on_a_disk('mount --bind "$2" "$2"; mount -o remount,ro,bind "$2"', root, folder)
    assert said.startswith("61 60 2 ")
    assert "cannot be written (attempt to write a readonly database)" in said


@needs_mounts
def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    script = 'mount -t tmpfs none "${2%/*}"; mount -o remount,ro "${2%/*}"'
    said = on_a_disk(script, many(tmp_path / "r"), tmp_path / "closed" / "store")
    assert said.startswith("60 0 1 ")
    assert "Read-only file system" in said
