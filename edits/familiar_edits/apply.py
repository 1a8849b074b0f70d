"""Apply a change set to the disk, all of it or nothing, and take it back.

A journal in the data folder makes it so, whenever the process is killed:

1. Everything is checked before anything is touched: hashes, modes, targets, links that lead out of the repository.
2. `journal/<id>/` gets the bytes before and after of every file and `entry.json`; then the mark `committed` appears.
3. The files are put in place, each by writing a neighbour and renaming it; then the mark `done` appears.

`recover` (at the next start) drops a journal without `committed`, for then nothing was touched, and completes one
without `done`. A file that is then neither as before nor as after is somebody's newer work: left alone, and named.
Undo is the same in the other direction.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from familiar_codegraph import shared
from familiar_codegraph.home import data_dir

from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, EditError, FileChange

_KEPT = 200


class Step(msgspec.Struct, frozen=True):
    """One path's content before and after as names of blobs in the journal's folder; None: no such file."""

    path: str
    before: str | None
    after: str | None
    mode: int


class Entry(msgspec.Struct, frozen=True):
    """One applied change set; `undoes` is the id of the entry that it takes back, if it is an undo."""

    id: str
    root: str
    description: str
    time: float
    steps: tuple[Step, ...]
    undoes: str | None = None


class Undone(msgspec.Struct, frozen=True):
    """What an undo did: the id taken back (None: nothing was), the paths, and one sentence."""

    undone: str | None
    paths: tuple[str, ...]
    reason: str


def apply(root: Path, changeset: ChangeSet) -> str:
    """Apply `changeset` below `root` and return the id by which it can be undone.

    Raises:
        EditError: "stale" (a file is not as the change expects it), "read-only", "exists", "outside" or "link"; nothing
            has been touched then.
    """
    root = root.resolve()
    with _locked():
        _recover()
        contents = _contents(root, changeset)
        return _commit(root, changeset.description, contents, None)


def undo(root: Path, entry_id: str | None = None) -> Undone:
    """Take back the entry `entry_id`, by default the last one of `root` that is still applied."""
    root = root.resolve()
    with _locked():
        _recover()
        entries = _entries(root)
        taken_back = {entry.undoes for entry in entries}
        open_entries = [e for e in entries if e.undoes is None and e.id not in taken_back]
        chosen = [e for e in open_entries if entry_id in (None, e.id)]
        if not chosen:
            what = f"the change {entry_id}" if entry_id else "a change"
            return Undone(None, (), f"There is no record of {what} in {root} that could be undone.")
        entry = chosen[-1]
        paths = tuple(step.path for step in entry.steps)
        differing = [s.path for s in entry.steps if _digest(root / s.path) != s.after]
        if differing:
            reason = f"{', '.join(differing)} differ from what was applied: undoing would lose what came later."
            return Undone(None, paths, reason)
        blobs = _folder(entry.id)
        contents = {s.path: (_blob(blobs, s.after), _blob(blobs, s.before), s.mode) for s in entry.steps}
        _check_writable(root, list(contents))
        _commit(root, f"Undo: {entry.description}", contents, entry.id)
        return Undone(entry.id, paths, f"Undone: {entry.description}")


def recover() -> list[str]:
    """Complete or drop what a killed process has left; return the paths that it could not complete."""
    with _locked():
        return _recover()


# ---------------------------------------------------------------- before anything is touched

_Contents = dict[str, tuple[bytes | None, bytes | None, int]]


def _contents(root: Path, changeset: ChangeSet) -> _Contents:
    """Return path -> (bytes before, bytes after, mode) of all paths that the change touches, all checked."""
    out: _Contents = {}
    for change in changeset.changes:
        for path, content in _of_one(root, change):
            if path in out:
                raise EditError("conflict", f"{path} is changed twice by one change.")
            out[path] = content
    _check_writable(root, list(out))
    return out


def _of_one(root: Path, change: FileChange) -> Iterator[tuple[str, tuple[bytes | None, bytes | None, int]]]:
    path = _resolved(root, change.path)
    if change.kind == "create":
        if (root / path).exists():
            raise EditError("exists", f"{path} exists already.")
        yield path, (None, edited(b"", change.text_edits), 0o666 & ~_umask())
        return
    before, mode = _current(root, path)
    if hashlib.sha256(before).hexdigest() != change.before_sha256:
        raise EditError("stale", f"{path} has changed since the edit was planned.", "Ask for it again.")
    after = edited(before, change.text_edits)
    if change.kind == "delete":
        yield path, (before, None, mode)
    elif change.kind == "rename" and change.new_path:
        target = _resolved(root, change.new_path)
        if (root / target).exists() and not (root / path).samefile(root / target):
            raise EditError("exists", f"{target} exists already.")
        yield path, (before, None, mode)
        yield target, (None, after, mode)
    else:
        yield path, (before, after, mode)


def _current(root: Path, path: str) -> tuple[bytes, int]:
    try:
        info = (root / path).stat()
        if not stat.S_ISREG(info.st_mode):
            raise EditError("stale", f"{path} is not a regular file.")
        return (root / path).read_bytes(), stat.S_IMODE(info.st_mode)
    except OSError as error:
        raise EditError("stale", f"{path} cannot be read: {error.strerror}.", "Ask for the edit again.") from error


def _resolved(root: Path, path: str) -> str:
    """Return `path` with its links followed; a file is edited, never the link to it, and never outside the root."""
    real = Path(os.path.realpath(root / path))
    if not real.is_relative_to(root) or real == root:
        raise EditError("outside", f"{path} leads out of {root}.")
    relative = real.relative_to(root).as_posix()
    if relative.split("/")[0] == ".git":
        raise EditError("outside", f"{path} belongs to git.")
    return relative


def _check_writable(root: Path, paths: Sequence[str]) -> None:
    for path in paths:
        file = root / path
        if file.exists() and (not file.stat().st_mode & 0o222 or not os.access(file, os.W_OK)):
            raise EditError("read-only", f"{path} is read-only.", f"Make it writable: chmod u+w {path}")
        folder = next(p for p in file.parents if p.exists())
        if not folder.is_dir() or not folder.stat().st_mode & 0o222 or not os.access(folder, os.W_OK | os.X_OK):
            shown = folder.relative_to(root).as_posix() if folder != root else str(root)
            raise EditError("read-only", f"the folder {shown} cannot be written to.", "Make it writable.")


# ---------------------------------------------------------------- the journal


def _commit(root: Path, description: str, contents: _Contents, undoes: str | None) -> str:
    entry_id = f"{time.time_ns():x}-{uuid.uuid4().hex[:6]}"
    folder = _folder(entry_id)
    folder.mkdir(parents=True)
    steps = []
    for path, (before, after, mode) in contents.items():
        steps.append(Step(path, _store(folder, before), _store(folder, after), mode))
        _fault(f"stored {path}")
    entry = Entry(entry_id, str(root), description, time.time(), tuple(steps), undoes)
    _write(folder / "entry.json", msgspec.json.encode(entry))
    _fault("entry")
    _write(folder / "committed", b"")
    _fault("committed")
    _carry_out(entry)
    _prune()
    return entry_id


def _carry_out(entry: Entry) -> list[str]:
    """Put every file of a committed entry in place; return the paths left alone because somebody changed them since."""
    root, folder, left = Path(entry.root), _folder(entry.id), []
    for step in entry.steps:
        now = _digest(root / step.path)
        if now == step.after:
            continue
        if now != step.before:
            left.append(step.path)
            continue
        _put(root, step, folder, entry.id)
        _fault(f"put {step.path}")
    for step in entry.steps:
        neighbour(root / step.path, entry.id).unlink(missing_ok=True)
    _write(folder / "done", b"")
    _fault("done")
    return left


def _put(root: Path, step: Step, folder: Path, entry_id: str) -> None:
    target = root / step.path
    if step.after is None:
        target.unlink()
        _remove_empty(target.parent, root)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    new = neighbour(target, entry_id)
    _write(new, _blob(folder, step.after) or b"")
    _fault(f"neighbour {step.path}")
    new.chmod(step.mode)
    if target.exists():
        _keep_owner(target, new)
    new.replace(target)
    _sync_folder(target.parent)


def neighbour(target: Path, entry_id: str) -> Path:
    """Return the name under which a file is written before it takes its place."""
    return target.with_name(f".{target.name}.familiar-{entry_id}")


def _keep_owner(old: Path, new: Path) -> None:
    if sys.platform == "win32":
        return
    info = old.stat()
    if (info.st_uid, info.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(OSError):
            os.chown(new, info.st_uid, info.st_gid)
            new.chmod(stat.S_IMODE(info.st_mode))


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove the folders that a deleted file leaves empty, as git does."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _recover() -> list[str]:
    left = []
    for folder in sorted(_journal().iterdir()):
        if (folder / "done").exists() or not folder.is_dir():
            continue
        if not (folder / "committed").exists():
            shutil.rmtree(folder)
            continue
        entry = msgspec.json.decode((folder / "entry.json").read_bytes(), type=Entry)
        left += [f"{entry.root}/{path}" for path in _carry_out(entry)]
    return left


def _entries(root: Path) -> list[Entry]:
    """Return the entries of `root`, oldest first."""
    found = []
    for folder in sorted(_journal().iterdir()):
        if (folder / "done").exists():
            entry = msgspec.json.decode((folder / "entry.json").read_bytes(), type=Entry)
            if entry.root == str(root):
                found.append(entry)
    return sorted(found, key=lambda entry: entry.time)


def _prune() -> None:
    done = sorted(folder for folder in _journal().iterdir() if (folder / "done").exists())
    for folder in done[:-_KEPT]:
        for mark in ("committed", "done"):  # what is left when we are ended in between is dropped, not carried out
            (folder / mark).unlink(missing_ok=True)
            _fault(f"forgot {mark}")
        shutil.rmtree(folder)


def _journal() -> Path:
    path = data_dir() / "journal"
    path.mkdir(exist_ok=True)
    return path


def _folder(entry_id: str) -> Path:
    return _journal() / entry_id


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One process at a time touches the journal and what it stands for."""
    with (data_dir() / "journal.lock").open("wb") as lock:
        shared.lock(lock, wait=True)
        yield


def _store(folder: Path, data: bytes | None) -> str | None:
    if data is None:
        return None
    name = hashlib.sha256(data).hexdigest()
    if not (folder / name).exists():
        _write(folder / name, data)
    return name


def _blob(folder: Path, name: str | None) -> bytes | None:
    return None if name is None else (folder / name).read_bytes()


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _fault(where: str) -> None:
    """Die here when the tests ask for it: killed between any two steps, nothing may be lost or half done."""
    if os.environ.get("FAMILIAR_FAULT") == where:
        os.kill(os.getpid(), 9)
