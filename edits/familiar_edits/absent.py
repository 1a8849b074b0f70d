"""Files that cannot follow a refactoring: kept out of the working tree by git, or in the repository around a submodule.

A refactoring would leave the old name in them without a word, so it is asked about. The contents of files that are not
checked out (sparse checkout, skip-worktree) are read from git's store as it lies here; nothing is fetched.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of

from familiar_edits.values import Ask, Plan

_QUIET = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "safe.directory=*")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


class Absent(NamedTuple):
    """`files`: code files in git's index that are not checked out; `around`: the working tree that holds the submodule
    that the repository is, None when it is none."""

    files: tuple[str, ...]
    around: Path | None


def find(root: Path) -> Absent:
    """Return what there is of the repository at `root` that cannot be seen."""
    kept_out = (entry[2:] for entry in _listed(_git(root, ["ls-files", "-z", "-t", "--", "."])) if entry[:2] == "S ")
    files = tuple(path for path in kept_out if language_of(path) is not None and not (root / path).exists())
    is_linked = (root / ".git").is_file()  # a submodule's .git is a file
    above = (_git(root, ["rev-parse", "--show-superproject-working-tree"]) or b"").strip() if is_linked else b""
    return Absent(files, Path(os.fsdecode(above)) if above else None)


def asked(root: Path, graph: CodeGraph, plan: Plan, absent: Absent, answered: Collection[str]) -> tuple[Ask, ...]:
    """Return the questions about absent files that may mean what the plan changes.

    `answered` holds ids of questions that have been answered, or "all".
    """
    words = {word for target in plan.targets if (word := _word(graph, target))}
    if not words or not (absent.files or absent.around):
        return ()
    here = list(_spelling(root, absent.files, words)) if absent.files else []
    above = list(_around(root, absent.around, words)) if absent.around else []
    questions = (
        _question(words, here, "is not checked out here", "check it out"),
        _question(words, above, "is in the repository around this submodule", f"--root {absent.around}"),
    )
    return tuple(ask for ask in questions if ask and not {ask.id, "all"} & set(answered))


def _question(words: Collection[str], spelling: Sequence[tuple[str, str]], where: str, do: str) -> Ask | None:
    """Return one question about all files that spell one of the words."""
    if not spelling:
        return None
    path, word = spelling[0]
    id = hashlib.sha256("\0".join([where, *sorted(words), *(p for p, _ in spelling)]).encode()).hexdigest()[:8]
    others = f", as are {len(spelling) - 1} more that spell it" if len(spelling) > 1 else ""
    why = f"the file {where}{others}, so it cannot follow: {do}, or skip if it means another"
    return Ask(id, path, 0, 0, word, why, blocking=True)


def _around(root: Path, above: Path, words: Collection[str]) -> Iterator[tuple[str, str]]:
    for word in sorted(words):
        for path in _listed(_git(above, ["grep", "-lzwF", "--no-recurse-submodules", "-e", word])):
            if language_of(path) is not None:
                yield os.path.relpath(above / path, root), word


def _word(graph: CodeGraph, target: str) -> str:
    """Return how files elsewhere spell a target of a plan; "" for what they cannot name."""
    path, sign, qualname = target.partition("::")
    if not sign:
        parts = Path(path).with_suffix("").parts
        return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
    outer, _, name = qualname.rpartition(".")
    symbol, around = graph.symbol(target), graph.symbol(f"{path}::{outer}") if outer else None
    is_local = around is not None and around.kind in ("function", "method")
    return "" if is_local and symbol is not None and symbol.kind == "variable" else name


def _spelling(root: Path, paths: Sequence[str], words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (path, word) of the files that hold one of the words, or whose content is not to be had."""
    found = re.compile(rb"(?<![\w$])(?:" + b"|".join(re.escape(w.encode()) for w in sorted(words)) + rb")(?![\w$])")
    asked_for = "".join(f":./{path}\n" for path in paths if "\n" not in path)
    answer, at = _git(root, ["cat-file", "--batch"], asked_for.encode("utf-8", "surrogateescape")) or b"", 0
    for path in (path for path in paths if "\n" not in path):
        head, _, _ = answer[at:].partition(b"\n")
        at += len(head) + 1
        fields = head.split()
        if len(fields) != 3 or fields[1] != b"blob":
            yield path, min(words)
            continue
        size = int(fields[2])
        if match := found.search(answer[at : at + size]):
            yield path, match[0].decode()
        at += size + 1


def _listed(answer: bytes | None) -> list[str]:
    return [entry for entry in os.fsdecode(answer or b"").split("\0") if entry]


def _git(root: Path, words: Sequence[str], said: bytes = b"") -> bytes | None:
    """Return what git prints, None where there is no git or no repository."""
    if not shutil.which("git"):
        return None
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _ENVIRONMENT
    done = subprocess.run(["git", *_QUIET, *words], cwd=root, input=said, capture_output=True, env=env, check=False)
    return None if done.returncode else done.stdout
