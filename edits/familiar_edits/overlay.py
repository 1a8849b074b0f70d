"""A private copy of the working tree as it is now, for test runs to stand in.

What is copied: tracked files with their uncommitted changes, untracked files that are not ignored, unsaved buffers on
top. Ignored files are what tests often need (environments, built extensions, node_modules, a generated `_version.py`,
egg-info): small files are copied; folders, and very large files, are shown in place at the run. Caches are left out.
The copy has a private git that borrows the user's objects. Nothing is ever linked to the user's files, nothing is
written near them.

Folders of runs carry a lock that lasts as long as our process; `sweep` removes those whose process is gone.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from familiar_codegraph import shared
from familiar_codegraph.home import cache_dir

from familiar_edits.isolate import Bind, Mode
from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, EditError, FileChange

_SMALL = 1 << 20
_LARGE = 64 << 20
_CACHES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".cache", "htmlcov", ".git"}
_HEAVY = {"node_modules", ".venv", "venv", "env", ".tox", ".nox", "__pypackages__"}
_GIT_FILES = ("HEAD", "packed-refs", "index", "shallow", "info/exclude", "info/sparse-checkout")
_GIT_STATES = ("MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD", "ORIG_HEAD")


class Overlay:
    """One request's copies of the repository at `root`; a context manager that removes them at its end.

    `digest` is a hash of everything copied (paths, modes, contents): equal digests, equal trees. `contents` has the
    sha256 of each file that was copied.
    """

    def __init__(self, root: Path, buffers: Mapping[str, bytes] | None = None) -> None:
        self.root = root.resolve()
        self._buffers = dict(buffers or {})
        self.folder = runs_dir() / uuid.uuid4().hex[:12]
        self.base = self.folder / "base"
        self.binds: list[Bind] = []
        self.digest = ""
        self.contents: dict[str, str] = {}
        self._seen: dict[str, tuple[int, int, str]] = {}
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> "Overlay":
        with shared.alone(cache_dir() / "runs.lock"):  # another process sweeps away what it can lock before we do
            sweep()
            self.base.mkdir(parents=True)
            self._lock = (self.folder / "lock").open("wb")
            shared.lock(self._lock, wait=True)
        try:
            self._snapshot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        remove(self.folder)
        if self._lock:
            self._lock.close()

    def tree(self, name: str, changeset: ChangeSet | None = None) -> Path:
        """Return a fresh copy called `name` of the snapshot, with `changeset` laid over it.

        Raises:
            EditError: the change set was made for other bytes than those copied ("stale"), or leaves the root.
        """
        target = self.folder / name / "tree"
        target.parent.mkdir()
        shutil.copytree(self.base, target, symlinks=True, copy_function=_copy_file)
        if changeset:
            lay_over(target, changeset)
        return target

    def after(self, change: FileChange) -> bytes:
        """Return the bytes of the file of `change` after it, from the snapshot."""
        before = b"" if change.kind == "create" else _read(_inside(self.base, change.path), change.path)
        return edited(before, change.text_edits)

    def changed_since(self) -> list[str]:
        """Return the copied files whose content on disk is no longer what was copied."""
        out = []
        for path, (mtime, size, digest) in self._seen.items():
            file = self.root / path
            try:
                now = file.lstat()
                same = (now.st_mtime_ns, now.st_size) == (mtime, size)
                if not same and (not file.is_file() or _sha256(file.read_bytes()) != digest):
                    out.append(path)
            except OSError:
                out.append(path)
        return sorted(out)

    # ------------------------------------------------------------ making the snapshot

    def _snapshot(self) -> None:
        whole = hashlib.sha256()
        files, ignored = list_files(self.root)
        for path in sorted({*files, *self._buffers}):
            self._take(path, whole)
        for path in ignored:
            self._take_ignored(path.rstrip("/"), whole)
        if (self.root / ".git").exists():
            self.binds += private_git(self.root, self.base, self.folder / "objects")
            with contextlib.suppress(OSError):
                whole.update((self.base / ".git" / "HEAD").read_bytes())
        self.digest = whole.hexdigest()

    def _take(self, path: str, whole: "hashlib._Hash") -> None:
        source, target = self.root / path, self.base / path
        buffer = self._buffers.get(path)
        try:
            info = source.lstat()
        except OSError:
            if buffer is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(buffer)
                whole.update(f"{path}\0{_sha256(buffer)}\n".encode("utf-8", "surrogateescape"))
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISLNK(info.st_mode) and buffer is None:
            goal = str(source.readlink())
            target.symlink_to(goal)
            digest = "-> " + goal
        elif info.st_size > _LARGE and buffer is None:
            target.touch()
            self.binds.append(Bind(source, source, "ro"))
            digest = f"{info.st_size} {info.st_mtime_ns}"
        elif stat.S_ISREG(info.st_mode) or buffer is not None:
            digest = self.contents[path] = self._copy(path, source, target, info, buffer)
        else:
            return
        mode = info.st_mode & 0o111
        whole.update(f"{path}\0{mode}\0{digest}\n".encode("utf-8", "surrogateescape"))

    def _copy(self, path: str, source: Path, target: Path, info: os.stat_result, buffer: bytes | None) -> str:
        try:
            if info.st_size > 4 * _SMALL and buffer is None:
                _copy_file(source, target)
                with source.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            else:
                data = source.read_bytes() if source.is_file() else b""
                digest = _sha256(data)
                target.write_bytes(data if buffer is None else buffer)
        except PermissionError:
            return "unreadable"  # then the tests cannot read it either
        self._seen[path] = info.st_mtime_ns, info.st_size, digest
        target.chmod(stat.S_IMODE(info.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
        if buffer is None:
            os.utime(target, ns=(info.st_mtime_ns, info.st_mtime_ns))
            return digest
        return _sha256(buffer)

    def _take_ignored(self, path: str, whole: "hashlib._Hash") -> None:
        name = PurePosixPath(path).name
        source, target = self.root / path, self.base / path
        if name in _CACHES or name.endswith((".pyc", ".pyo")) or name.startswith(".coverage"):
            return
        if source.is_dir() and not source.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
            self.binds.append(Bind(source, source, _bind_mode(source)))
        elif source.is_symlink() or (source.is_file() and source.stat().st_size <= _SMALL):
            self._take(path, whole)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
            self.binds.append(Bind(source, source, "ro"))
        with contextlib.suppress(OSError):
            whole.update(f"{path}\0{source.lstat().st_mtime_ns}\n".encode("utf-8", "surrogateescape"))


def _bind_mode(folder: Path) -> Mode:
    heavy = folder.name in _HEAVY or (folder / "pyvenv.cfg").is_file()
    return "ro" if heavy else "cow"


def runs_dir() -> Path:
    """Return the folder that holds one folder for each test run in progress."""
    path = cache_dir() / "runs"
    path.mkdir(exist_ok=True)
    return path


def sweep() -> list[str]:
    """Remove what runs of ended processes have left behind; return the names of the folders removed."""
    gone = []
    for folder in runs_dir().iterdir():
        try:
            with (folder / "lock").open("rb") as lock:
                shared.lock(lock, wait=False)
        except FileNotFoundError:
            if _age(folder) < 60:
                continue  # another process is about to lock it
        except OSError:
            continue
        remove(folder)
        gone.append(folder.name)
    return gone


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0


def remove(folder: Path) -> None:
    """Remove a folder of ours whatever modes the tests have left in it."""

    def unlock(_: object, path: str, __: object) -> None:
        with contextlib.suppress(OSError):
            Path(path).parent.chmod(0o700)
            Path(path).chmod(0o700)
            Path(path).unlink() if not Path(path).is_dir() else shutil.rmtree(path, ignore_errors=True)

    shutil.rmtree(folder, onerror=unlock)
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- which files


def list_files(root: Path) -> tuple[list[str], list[str]]:
    """Return (files of the working tree, ignored entries: a folder that is ignored whole ends in `/`)."""
    listed = _git_files(root)
    return _without_environments(*listed) if listed is not None else _walk(root)


def _without_environments(files: list[str], ignored: list[str]) -> tuple[list[str], list[str]]:
    """Count environments that nobody has told git to ignore as ignored."""
    heavy = {p.rpartition("/")[0] + "/" for p in files if p.endswith("/pyvenv.cfg")}
    heavy |= {p[: p.index("node_modules/")] + "node_modules/" for p in files if "node_modules/" in p}
    if not heavy:
        return files, ignored
    prefixes = tuple(heavy)
    return [p for p in files if not p.startswith(prefixes)], sorted({*ignored, *heavy})


def _git_files(root: Path) -> tuple[list[str], list[str]] | None:
    """Ask git; None when `root` is in no repository. Submodules and nested repositories are asked for theirs."""
    staged = _git(root, "ls-files", "-z", "--cached", "--stage", "--", ".")
    if staged is None:
        return None
    files: list[str] = []
    nested: list[str] = []
    for entry in staged:
        head, _, path = entry.partition("\t")
        (nested if head.startswith("160000") else files).append(path)
    for path in _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", ".") or []:
        (nested if path.endswith("/") else files).append(path.rstrip("/"))
    ignored = (
        _git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", ".") or []
    )
    for path in nested:
        inner, inner_ignored = list_files(root / path) if (root / path).is_dir() else ([], [])
        files += [f"{path}/{p}" for p in inner]
        ignored += [f"{path}/{p}" for p in inner_ignored]
    return sorted(set(files)), sorted(set(ignored))


def _walk(root: Path) -> tuple[list[str], list[str]]:
    """Without git: everything, but environments and caches count as ignored."""
    files, ignored = [], []
    for folder, names, found in os.walk(root):
        here = Path(folder)
        for name in sorted(names):
            path = here / name
            relative = path.relative_to(root).as_posix()
            if path.is_symlink():
                files.append(relative)
                names.remove(name)
            elif name in _HEAVY or name in _CACHES or (path / "pyvenv.cfg").is_file():
                ignored.append(relative + "/")
                names.remove(name)
        files += [(here / name).relative_to(root).as_posix() for name in found if not name.endswith(".pyc")]
    return sorted(files), sorted(ignored)


def _git(root: Path, *arguments: str) -> list[str] | None:
    """Return git's NUL-separated answer, or None when it has none; configured programs are not run."""
    if not shutil.which("git"):
        return None
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", *arguments],
        cwd=root, capture_output=True, env=env, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        return None
    return [p for p in done.stdout.decode("utf-8", "surrogateescape").split("\0") if p]


# ---------------------------------------------------------------- a git of its own


def private_git(root: Path, tree: Path, objects: Path) -> list[Bind]:
    """Give `tree` a `.git` of its own that reads the objects of `root`'s through `objects`; return the binds for that.

    HEAD, refs, index and the state of a merge are copied; config and hooks are not (they name remotes and programs).
    """
    answer = _git(root, "rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-object-format")
    if not answer:
        return []
    private, common_text, object_format = answer[0].splitlines()[:3]
    common = Path(root, common_text).resolve()
    git = tree / ".git"
    for folder in ("objects/info", "refs/heads", "refs/tags", "info"):
        (git / folder).mkdir(parents=True, exist_ok=True)
    for source in {common: None, Path(private): None}:
        _copy_git_state(source, git)
    version = "1\n[extensions]\n\tobjectFormat = sha256" if object_format == "sha256" else "0"
    (git / "config").write_text(f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n", encoding="utf-8")
    objects.mkdir()
    stores = [common / "objects", *_alternates(common / "objects")]
    binds = [Bind(store, objects / str(i), "ro") for i, store in enumerate(stores)]
    for bind in binds:
        bind.target.mkdir()
    (git / "objects/info/alternates").write_text("".join(f"{b.target}\n" for b in binds), encoding="utf-8")
    return binds


def _copy_git_state(source: Path, git: Path) -> None:
    for name in (*_GIT_FILES, *_GIT_STATES, *(p.name for p in source.glob("sharedindex.*"))):
        if (source / name).is_file():
            shutil.copyfile(source / name, git / name)
    if (source / "refs").is_dir():
        shutil.copytree(source / "refs", git / "refs", dirs_exist_ok=True)


def _alternates(objects: Path) -> Iterator[Path]:
    try:
        lines = (objects / "info/alternates").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        store = (objects / line).resolve()
        if line and not line.startswith("#") and store.is_dir():
            yield store
            yield from _alternates(store)


# ---------------------------------------------------------------- laying a change over a copy


def lay_over(tree: Path, changeset: ChangeSet) -> None:
    """Write `changeset` into `tree`, a copy of ours.

    Raises:
        EditError: "stale" when a file is not what the change was made for, "outside" when a path leaves the tree.
    """
    for change in changeset.changes:
        path = _inside(tree, change.path)
        before = b"" if change.kind == "create" else _read(path, change.path)
        if _sha256(before) != change.before_sha256:
            raise EditError("stale", f"{change.path} has changed since the edit was planned.", "Ask for it again.")
        after = edited(before, change.text_edits)
        if change.kind == "delete":
            path.unlink()
            continue
        target = _inside(tree, change.new_path) if change.kind == "rename" and change.new_path else path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target != path:
            path.rename(target)
        target.write_bytes(after)


def _inside(tree: Path, path: str) -> Path:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or pure.parts[0] == ".git":
        raise EditError("outside", f"{path} is not a file of the repository.")
    return tree / path


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EditError("stale", f"{name} cannot be read: {error.strerror}.", "Ask for the edit again.") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_FICLONE = 0x40049409
_can_clone = True


def _copy_file(source: str | Path, target: str | Path) -> None:
    """Copy a file with its mode and times; as a clone where the file system can."""
    if not _clone(source, target):
        shutil.copyfile(source, target)
    shutil.copystat(source, target)


def _clone(source: str | Path, target: str | Path) -> bool:
    """Share the file's blocks (btrfs, XFS and their like, on Linux); whether that was possible."""
    global _can_clone
    if sys.platform != "linux" or not _can_clone:
        return False
    import fcntl

    with open(source, "rb") as old, open(target, "wb") as new:  # noqa: PTH123
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            _can_clone = False
    return _can_clone
