"""Which files of a repository are looked at, and what is left alone.

Ignored files (`.gitignore` at every level, `.git/info/exclude`; the user's global excludes are not ours to apply),
files that may hold secrets, links, environments and dependency folders are never read.
"""

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pathspec import GitIgnoreSpec

from familiar_codegraph.languages import language_of
from familiar_codegraph.modules import is_project_file
from familiar_codegraph.secrets import has_secret, is_secret_path

MAX_BYTES = 2 * 1024 * 1024
MANY = 64
"""More changed files than these are taken in as a whole: by several processes, in one transaction."""
_LEFT_OUT = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox"})
_BINARY = frozenset({
    "png", "jpg", "jpeg", "gif", "ico", "webp", "pdf", "zip", "gz", "bz2", "xz", "tar", "whl", "so", "dll", "dylib",
    "exe", "pyc", "pyo", "pyd", "o", "a", "woff", "woff2", "ttf", "eot", "otf", "mp3", "mp4", "sqlite3", "db", "mo",
    "gguf", "bin", "npy", "npz", "jar", "class", "7z", "svgz",
})  # fmt: skip


Rules = tuple[tuple[str, GitIgnoreSpec], ...]
"""Ignore rules with the folder that each stands in, outermost first."""


class Skipped(Exception):
    """A file is left out; the message says why."""


def discover(
    root: Path,
    *,
    kinds: Literal["code", "text"] = "code",
    skipped: list[tuple[str, str]] | None = None,
) -> list[str]:
    """Return the paths (relative, with `/`, sorted) of the files to look at.

    `kinds`: "code" for the languages that the graph reads, "text" for every file that may hold text. What is left out
    although it would count (unreadable folders, large files) is added to `skipped` as (path, reason).
    """
    notes: list[tuple[str, str]] = [] if skipped is None else skipped
    found = []
    for path, size in walk(root, notes, _is_code if kinds == "code" else _may_be_text):
        if size > MAX_BYTES:
            notes.append((path, _too_large(size)))
            continue
        found.append(path)
    return sorted(found)


def _is_code(path: str) -> bool:
    return language_of(path) is not None


def _may_be_text(path: str) -> bool:
    return path.rpartition(".")[2].lower() not in _BINARY


def walk(
    root: Path, skipped: list[tuple[str, str]], keep: Callable[[str], bool] = lambda path: True
) -> Iterator[tuple[str, int]]:
    """Yield (path, size) of every file that is neither ignored nor secret, project files included.

    `keep` says by its path which files are wanted at all.
    """
    folders: list[tuple[str, Rules]] = [("", _own_rules("", root / ".git" / "info" / "exclude"))]
    while folders:
        folder, rules = folders.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118 - hot
                listed = sorted(entries, key=lambda e: e.name)
        except OSError as error:
            skipped.append((folder or ".", f"the folder cannot be read: {error.strerror}"))
            continue
        names = {entry.name for entry in listed}
        if folder and "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            rules += _own_rules(folder, root / folder / ".gitignore")
        for entry in listed:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _LEFT_OUT and not _ignored(rules, path, True):
                    folders.append((path, rules))
            elif keep(path) and entry.is_file(follow_symlinks=False) and not _is_left_out(rules, path):
                try:
                    yield path, entry.stat(follow_symlinks=False).st_size
                except OSError as error:
                    skipped.append((path, f"cannot be read: {error.strerror}"))


def _is_left_out(rules: Rules, path: str) -> bool:
    return is_secret_path(path) or _ignored(rules, path, False)


def is_ignored(root: Path, path: str) -> bool:
    """Return whether a single path (relative, with `/`) is left out: ignored, secret, or in a left-out folder."""
    parts = path.split("/")
    if any(part in _LEFT_OUT for part in parts[:-1]) or is_secret_path(path):
        return True
    for length in range(1, len(parts) + 1):
        folder = "/".join(parts[: length - 1])
        here = "/".join(parts[:length])
        is_folder = length < len(parts)
        if _ignored(_rules(root, folder), here, is_folder):
            return True
        if is_folder and ((root / here).is_symlink() or (root / here / "pyvenv.cfg").exists()):
            return True
    return False


def read(root: Path, path: str) -> bytes:
    """Return the bytes of a file to look at.

    Raises:
        Skipped: it cannot be read, is too large, is no text, or holds a secret.
    """
    data = read_unchecked(root, path)
    check(data)
    return data


def read_unchecked(root: Path, path: str) -> bytes:
    """Return the bytes of a file, to be hashed: `check` them before anything else.

    Raises:
        Skipped: it cannot be read or is too large.
    """
    try:
        with open(os.path.join(root, path), "rb") as file:  # noqa: PTH118, PTH123 - hot: one for each file
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Skipped(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise Skipped(_too_large(len(data)))
    return data


def check(data: bytes) -> None:
    """Raise `Skipped` when bytes are not to be looked at, whatever their name."""
    if len(data) > MAX_BYTES:
        raise Skipped(_too_large(len(data)))
    if b"\0" in data:
        raise Skipped("holds NUL bytes, so it is no source text")
    if has_secret(data):
        raise Skipped("holds what looks like a private key or an access token")


def wanted(path: str) -> bool:
    """Return whether a path by its name is one that the graph reads, or that says where imports are found."""
    return language_of(path) is not None or is_project_file(path)


def _too_large(size: int) -> str:
    return f"larger than {MAX_BYTES // 1024 // 1024} MB" if size > MAX_BYTES else ""


def _rules(root: Path, folder: str) -> Rules:
    """Return the ignore rules that hold in `folder`, outermost first, each with the folder that it stands in."""
    parts = folder.split("/") if folder else []
    places = ["", *("/".join(parts[: i + 1]) for i in range(len(parts)))]
    files = [("", root / ".git" / "info" / "exclude")]
    files += [(place, (root / place if place else root) / ".gitignore") for place in places]
    return tuple((place, spec) for place, file in files if (spec := _spec(file)) is not None)


def _own_rules(place: str, file: Path) -> Rules:
    """Return the rules of one file, which hold in the folder `place` and below."""
    spec = _spec(file)
    return ((place, spec),) if spec is not None else ()


def _spec(file: Path) -> GitIgnoreSpec | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return _parsed(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _parsed(file: Path, mtime: int, size: int) -> GitIgnoreSpec | None:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
        return GitIgnoreSpec.from_lines(lines)
    except (OSError, ValueError):
        return None


def _ignored(rules: Rules, path: str, is_folder: bool) -> bool:
    """The last matching rule of the innermost file decides."""
    for place, spec in reversed(rules):
        inside = path[len(place) + 1 :] if place else path
        include = spec.check_file(f"{inside}/" if is_folder else inside).include
        if include is not None:
            return include
    return False
