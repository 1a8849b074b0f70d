"""A change set reaches the disk whole or not at all, whenever the process is killed, and can be taken back."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from familiar_edits import apply as journal
from familiar_edits.overlay import _sha256
from familiar_edits.values import ChangeSet, EditError, FileChange, TextEdit
from support.fixture import parse
from support.project import tree_digest

FILES = """
#- a.py
one = 1
#- pkg/b.py
two = 2
#- pkg/old/c.py
three = 3
#- d.py
four = 4
"""


def change(root: Path) -> ChangeSet:
    """An edit, a rename with an edit into a new folder, a deletion and a new file."""

    def sha(path: str) -> str:
        return _sha256((root / path).read_bytes())

    return ChangeSet(
        "everything",
        (
            FileChange("edit", "a.py", sha("a.py"), (TextEdit(0, 3, "uno"),)),
            FileChange("rename", "pkg/b.py", sha("pkg/b.py"), (TextEdit(0, 3, "dos"),), "new/deep/b.py"),
            FileChange("delete", "pkg/old/c.py", sha("pkg/old/c.py")),
            FileChange("create", "e.py", _sha256(b""), (TextEdit(0, 0, "five = 5\n"),)),
        ),
    )


AFTER = {"a.py": b"uno = 1\n", "new/deep/b.py": b"dos = 2\n", "d.py": b"four = 4\n", "e.py": b"five = 5\n"}


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return parse(FILES).write(tmp_path / "repo")


def test_apply_and_undo(root: Path) -> None:
    (root / "a.py").chmod(0o755)
    before = tree_digest(root)
    entry = journal.apply(root, change(root))
    assert files(root) == AFTER
    assert (root / "a.py").stat().st_mode & 0o777 == 0o755

    undone = journal.undo(root)
    assert (undone.undone, undone.reason) == (entry, "Undone: everything")
    assert tree_digest(root) == before
    assert journal.undo(root).undone is None
    assert journal.undo(root, entry).undone is None


def test_undo_refuses_what_came_later(root: Path) -> None:
    entry = journal.apply(root, change(root))
    (root / "a.py").write_bytes(b"mine\n")
    applied = tree_digest(root)
    undone = journal.undo(root, entry)
    assert undone.undone is None
    assert undone.reason == "a.py differ from what was applied: undoing would lose what came later."
    assert tree_digest(root) == applied


def test_undo_goes_back_step_by_step(root: Path) -> None:
    def edit(old: str, new: str) -> str:
        data = (root / "a.py").read_bytes()
        at = data.index(old.encode())
        return journal.apply(
            root, ChangeSet(new, (FileChange("edit", "a.py", _sha256(data), (TextEdit(at, at + len(old), new),)),))
        )

    first, second = edit("one", "two"), edit("two", "three")
    assert journal.undo(root, first).undone is None  # what came later stands on it
    assert journal.undo(root).undone == second
    assert journal.undo(root).undone == first
    assert (root / "a.py").read_bytes() == b"one = 1\n"


def read_only_file(root: Path) -> None:
    (root / "pkg/b.py").chmod(0o444)


def read_only_folder(root: Path) -> None:
    (root / "pkg/old").chmod(0o555)


def stale(root: Path) -> None:
    (root / "pkg/old/c.py").write_bytes(b"other\n")


def gone(root: Path) -> None:
    (root / "pkg/b.py").unlink()


def taken(root: Path) -> None:
    (root / "e.py").write_bytes(b"")


def link_out(root: Path) -> None:
    (root.parent / "outside.py").write_bytes((root / "a.py").read_bytes())
    (root / "a.py").unlink()
    (root / "a.py").symlink_to(root.parent / "outside.py")


def folder_link_out(root: Path) -> None:
    (root.parent / "elsewhere").mkdir()
    (root / "new").symlink_to(root.parent / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "kind", "message"),
    [
        (read_only_file, "read-only", "pkg/b.py is read-only."),
        (read_only_folder, "read-only", "the folder pkg/old cannot be written to."),
        (stale, "stale", "pkg/old/c.py has changed since the edit was planned."),
        (gone, "stale", "pkg/b.py cannot be read: No such file or directory."),
        (taken, "exists", "e.py exists already."),
        (link_out, "outside", "a.py leads out of {root}."),
        (folder_link_out, "outside", "new/deep/b.py leads out of {root}."),
    ],
)
def test_refused_before_anything_is_touched(root: Path, spoil: Callable[[Path], None], kind: str, message: str) -> None:
    planned = change(root)
    spoil(root)
    before = tree_digest(root)
    with pytest.raises(EditError) as refusal:
        journal.apply(root, planned)
    assert (refusal.value.kind, str(refusal.value)) == (kind, message.format(root=root))
    assert tree_digest(root) == before
    assert journal.recover() == []


@pytest.mark.parametrize("path", ["../x.py", "/etc/hostname", ".git/config", "."])
def test_paths_that_leave_the_repository(root: Path, path: str) -> None:
    with pytest.raises(EditError) as refusal:
        journal.apply(root, ChangeSet("x", (FileChange("create", path, _sha256(b"")),)))
    assert refusal.value.kind == "outside"


def test_a_link_inside_stays_a_link(root: Path) -> None:
    (root / "link.py").symlink_to("a.py")
    edit = FileChange("edit", "link.py", _sha256(b"one = 1\n"), (TextEdit(0, 3, "uno"),))
    journal.apply(root, ChangeSet("through a link", (edit,)))
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_bytes() == b"uno = 1\n"


FAULTS = [
    "stored a.py",
    "stored pkg/b.py",
    "stored new/deep/b.py",
    "stored e.py",
    "entry",
    "committed",
    "neighbour a.py",
    "put a.py",
    "put pkg/b.py",
    "neighbour new/deep/b.py",
    "put new/deep/b.py",
    "put pkg/old/c.py",
    "neighbour e.py",
    "put e.py",
    "done",
]
SCRIPT = """
import sys, msgspec
from pathlib import Path
from familiar_edits import apply
from familiar_edits.values import ChangeSet
apply.apply(Path(sys.argv[1]), msgspec.json.decode(sys.stdin.buffer.read(), type=ChangeSet))
"""


@pytest.mark.parametrize("fault", FAULTS)
def test_killed_between_any_two_steps(root: Path, fault: str) -> None:
    before = tree_digest(root)
    planned = msgspec.json.encode(change(root))
    env = {**os.environ, "FAMILIAR_FAULT": fault}
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(root)], input=planned, env=env, check=False)
    assert done.returncode == -9, "the fault was not reached"

    assert journal.recover() == []
    if FAULTS.index(fault) < FAULTS.index("committed"):
        assert tree_digest(root) == before
        assert journal.undo(root).undone is None
    else:
        assert files(root) == AFTER
        assert journal.undo(root).undone is not None
        assert tree_digest(root) == before


@pytest.mark.parametrize("mark", ["committed", "done"])
def test_killed_while_old_entries_are_forgotten(root: Path, mark: str) -> None:
    env = {**os.environ, "FAMILIAR_FAULT": f"forgot {mark}"}
    forgetful = SCRIPT.replace("apply.apply", "apply._KEPT = -1\napply.apply")  # the one that is just done, too
    planned = msgspec.json.encode(change(root))
    done = subprocess.run([sys.executable, "-c", forgetful, str(root)], input=planned, env=env, check=False)
    assert done.returncode == -9, "the fault was not reached"
    assert journal.recover() == []
    assert files(root) == AFTER
    journal.undo(root)


def test_recovery_leaves_newer_work_alone(root: Path) -> None:
    env = {**os.environ, "FAMILIAR_FAULT": "committed"}
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(root)], input=msgspec.json.encode(change(root)), env=env, check=False
    )
    (root / "a.py").write_bytes(b"newer\n")
    assert journal.recover() == [f"{root}/a.py"]
    assert files(root) == {**AFTER, "a.py": b"newer\n"}
    assert journal.recover() == []
