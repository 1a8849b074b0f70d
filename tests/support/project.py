"""Small real projects to verify changes on: a repository, an environment of its own, a change."""

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from familiar_edits.values import ChangeSet, FileChange, TextEdit

from support.fixture import parse


def project(root: Path, text: str, *, git: bool = True) -> Path:
    """Write the files of the fixture `text` to `root`, commit them, and return the root."""
    parse(text).write(root)
    if git:
        run_git(root, "init", "-q", "-b", "main")
        commit(root)
    return root


def commit(root: Path, message: str = "All") -> None:
    """Commit everything."""
    run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "--allow-empty", "-m", message)


def run_git(root: Path, *words: str) -> str:
    """Run git without the user's configuration and return what it prints."""
    who = {f"GIT_{role}_{what}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    words = ("-c", "protocol.file.allow=always", *words)
    return subprocess.run(["git", *words], cwd=root, env=env, check=True, capture_output=True, text=True).stdout


def environment(folder: Path, *linked: Path) -> Path:
    """Make an environment in `folder` with our pytest; `linked` folders are led to as an editable install does.

    Returns its site-packages.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "pytest_of_ours.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    if linked:
        (site / "__editable__.project.pth").write_text("".join(f"{path}\n" for path in linked), encoding="utf-8")
    return site


def replace(root: Path, *edits: tuple[str, str, str]) -> ChangeSet:
    """Return the change set that replaces, in each (path, old, new), every occurrence of old by new."""
    texts: dict[str, list[TextEdit]] = {}
    for path, old, new in edits:
        data, at = (root / path).read_bytes(), 0
        while (at := data.find(old.encode(), at)) >= 0:
            texts.setdefault(path, []).append(TextEdit(at, at + len(old.encode()), new))
            at += len(old.encode())
        assert path in texts, f"{old!r} is not in {path}"
    changes = [
        FileChange("edit", path, hashlib.sha256((root / path).read_bytes()).hexdigest(), tuple(sorted(found)))
        for path, found in texts.items()
    ]
    return ChangeSet("replace", tuple(changes))


def tree_digest(root: Path) -> dict[str, tuple[str, int]]:
    """Return path -> (content or link, mode) of everything under `root`, `.git` included."""
    out = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        if path.is_symlink():
            out[str(path.relative_to(root))] = (str(path.readlink()), mode)
        elif path.is_file():
            out[str(path.relative_to(root))] = (hashlib.sha256(path.read_bytes()).hexdigest(), mode)
        else:
            out[str(path.relative_to(root))] = ("", mode)
    return out
