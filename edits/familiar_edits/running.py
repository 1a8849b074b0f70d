"""What the modules of the runners are asked for, and what they answer: `prepare(runner, attempt) -> Prepared`."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from familiar_edits.isolate import Bind, Method

_KEPT = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "USER", "LOGNAME")


class Attempt(NamedTuple):
    """One run: of `tests` (none: all) of the copy `tree`, which the run sees at `root`.

    `repository` is the user's own folder. `out` is the run's own folder, where its outcomes go to `events.jsonl`.
    `watch` are files with the lines of which is wanted whether they are executed; with `record`, what each test
    executes is wanted, but for the tests named. `tame`: with options of ours that the runner may not know.
    """

    repository: Path
    tree: Path
    root: Path
    out: Path
    method: Method
    tests: tuple[str, ...]
    watch: Mapping[str, Collection[int]]
    record: Sequence[str] | None
    tame: bool


class Prepared(NamedTuple):
    """A command, the whole environment of it, and what it sees beside the copy and what the runner is installed in."""

    argv: tuple[str, ...]
    env: dict[str, str]
    binds: tuple[Bind, ...] = ()
    hide: tuple[Path, ...] = ()


def environment(first: Sequence[str], out: Path, method: Method, *kept: str) -> dict[str, str]:
    """The scrubbed environment: what a program needs to run, and none of the user's own variables but `kept`.

    `first`: the folders in which programs are looked for first.
    """
    env = {name: value for name in (*_KEPT, *kept) if (value := os.environ.get(name)) is not None}
    search = [*first, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    env |= {
        "PATH": os.pathsep.join(search if os.name == "posix" else [*first, os.environ.get("PATH", "")]),
        "HOME": str(Path.home()),
        "TERM": "dumb",
        "GIT_AUTHOR_NAME": "Familiar",
        "GIT_AUTHOR_EMAIL": "familiar@localhost",
        "GIT_COMMITTER_NAME": "Familiar",
        "GIT_COMMITTER_EMAIL": "familiar@localhost",
    }
    if method == "plain":
        for name in ("home", "tmp"):
            (out / name).mkdir(exist_ok=True)
        env |= {"HOME": str(out / "home"), "TMPDIR": str(out / "tmp")}
    return env
