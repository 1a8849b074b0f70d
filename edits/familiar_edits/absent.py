"""Files that git keeps out of the working tree (sparse checkout, skip-worktree): nothing there can be seen or edited.

A refactoring would leave the old name in them without a word, so it is asked about. Their contents are read from git's
store as it lies here; nothing is fetched.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of

from familiar_edits.values import Ask, Plan

_QUIET = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "safe.directory=*")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}


def files(root: Path) -> list[str]:
    """Return the code files in git's index that are kept out of the working tree at `root`."""
    listed = (_git(root, ["ls-files", "-z", "-t", "--", "."]) or b"").decode("utf-8", "surrogateescape").split("\0")
    kept_out = (entry[2:] for entry in listed if entry.startswith("S "))
    return [path for path in kept_out if language_of(path) is not None and not (root / path).exists()]


def asked(root: Path, graph: CodeGraph, plan: Plan, paths: Sequence[str], answered: Collection[str]) -> tuple[Ask, ...]:
    """Return the question, if any, about those of `paths` that may mean what the plan changes.

    `answered` holds ids of questions that have been answered, or "all".
    """
    words = {word for target in plan.targets if (word := _word(graph, target))}
    spelling = list(_spelling(root, paths, words)) if words and paths else []
    if not spelling:
        return ()
    path, word = spelling[0]
    id = hashlib.sha256("\0".join(["absent", *sorted(words), *(p for p, _ in spelling)]).encode()).hexdigest()[:8]
    if {id, "all"} & set(answered):
        return ()
    others = f", as are {len(spelling) - 1} more that spell it" if len(spelling) > 1 else ""
    why = f"the file is not checked out here{others}, so it cannot follow: check it out, or skip if it means another"
    return (Ask(id, path, 0, 0, word, why, blocking=True),)


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


def _git(root: Path, words: Sequence[str], said: bytes = b"") -> bytes | None:
    """Return what git prints, None where there is no git or no repository."""
    if not shutil.which("git"):
        return None
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _ENVIRONMENT
    done = subprocess.run(["git", *_QUIET, *words], cwd=root, input=said, capture_output=True, env=env, check=False)
    return None if done.returncode else done.stdout
