"""Read the newest commits of a repository: `python -m familiar_codegraph.gitlog ROOT FILE` prints a `Log` as JSON.

A process of its own, because reading takes seconds and GitPython's memory. Git is only ever asked to read: it takes no
locks, reaches no remote, and every setting of the repository by which it would start a program is switched off.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import git

from familiar_codegraph.history import Commit, Log, dump, keep, load
from familiar_codegraph.secrets import is_secret_path

COMMITS, FILES, SECONDS = 1000, 50, 20.0
"""How many commits are read, how many files one may change to say anything, and how long it may take."""

_NO_PROGRAMS = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.askPass": "false",
    "credential.helper": "",
    "diff.external": "",
    "diff.orderFile": "/dev/null",
    "gpg.program": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "log.showSignature": "false",
    "log.mailmap": "false",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "core.quotePath": "false",
}
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
    "GIT_EXTERNAL_DIFF": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_FORMAT = "--format=%x01%ct"
_SUBMODULE = "160000"


def main() -> int:
    root, file = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    sys.stdout.write(dump(log_of(root, file)))
    return 0


def log_of(root: Path, file: Path) -> Log:
    """Return the log of the repository at `root`; from `file` when its head is still the same."""
    asked = git.Git(str(root))
    asked.update_environment(**ENVIRONMENT)
    try:
        found = ask(asked, "rev-parse", "--absolute-git-dir", "--verify", "--end-of-options", "HEAD").splitlines()
    except git.exc.GitCommandNotFound:
        return Log(reason="git is not installed")
    except git.exc.CommandError as error:
        return Log(reason=_why(error))
    except OSError as error:
        return Log(reason=f"git could not be started: {error.strerror}")
    folder, head = found[0], found[-1]
    kept = load(file)
    if kept is not None and kept.head == head and kept.folder == folder:
        return kept
    log = _read(asked, head, folder, "-M")
    if log.reason:  # a partial clone lacks the contents by which similar files are told: only unchanged ones then
        log = _read(asked, head, folder, "-M100%")
    if not log.reason:
        keep(file, log)
    return log


def ask(asked: git.Git, *words: str) -> str:
    """Return what git prints."""
    return str(asked.execute(["git", *options(), *words], with_extended_output=False))


def options() -> list[str]:
    """Return the options by which git starts no program that the repository names."""
    made = ["--no-pager", "--literal-pathspecs"]
    for name, value in _NO_PROGRAMS.items():
        made += ["-c", f"{name}={value}"]
    return made


def _why(error: git.exc.CommandError) -> str:
    said = str(error.stderr).strip().removeprefix("stderr: ").strip("'\n ")
    if "not a git repository" in said:
        return "the folder is in no git repository"
    if "Needed a single revision" in said or "ambiguous argument" in said or "unknown revision" in said:
        return "the repository has no commits yet"
    return said.splitlines()[-1] if said else "git failed without a word"


def _read(asked: git.Git, head: str, folder: str, renames: str) -> Log:
    words = ["log", "--no-merges", "--raw", "-z", renames, "-l50", "--no-ext-diff", "--no-textconv"]
    words += ["--no-show-signature", "--relative", "--no-abbrev", f"-n{COMMITS}", _FORMAT, "--end-of-options", head]
    process: Any = asked.execute(["git", *options(), *words], as_process=True)
    end, commits, cut = time.monotonic() + SECONDS, list[Commit](), ""
    names: dict[str, str] = {}
    count = 0
    for moment, entries in _commits(process.stdout):
        count += 1
        paths = _now(entries, names)
        if 0 < len(paths) <= FILES:
            commits.append(Commit(moment, tuple(sorted(paths))))
        if time.monotonic() > end:
            cut = f"reading was stopped after {count} commits, because it took {SECONDS:.0f} s"
            process.proc.kill()
            break
    failed = "" if cut else _ended(process)
    if failed and not commits:
        return Log(head, folder, reason=failed)
    if not cut and (failed or count == COMMITS):
        cut = failed or f"only the newest {COMMITS} commits are read"
    if not cut and (Path(folder) / "shallow").exists():
        cut = "the clone is shallow"
    return Log(head, folder, tuple(commits), cut)


def _ended(process: Any) -> str:
    try:
        process.wait()
    except git.exc.CommandError as error:
        return _why(error)
    return ""


def _now(entries: list[tuple[str, str, str]], names: dict[str, str]) -> set[str]:
    """Return the present names of a commit's files; take in its renames for the commits before it."""
    paths, renamed = set(), dict[str, str]()
    for status, old, new in entries:
        current = names.get(new, new)
        paths.add(current)
        if status == "R":
            renamed[old] = current
        elif status == "A":
            renamed[new] = new  # what had this name earlier was another file
    names.update(renamed)
    return paths


def _commits(stream: IO[bytes]) -> Iterator[tuple[int, list[tuple[str, str, str]]]]:
    """Yield (time, [(status, old path, new path)]) of each commit of `git log --raw -z`."""
    moment, entries = -1, list[tuple[str, str, str]]()
    fields = _fields(stream)
    for field in fields:
        text = field.lstrip(b"\n")
        if text.startswith(b"\x01"):
            if moment >= 0:
                yield moment, entries
            head, _, text = text[1:].partition(b"\n")
            moment, entries = int(head), []
        if text.startswith(b":"):
            modes = text.decode("ascii", "replace").split(" ")
            status = modes[4][0]
            old = next(fields, b"").decode("utf-8", "replace")
            new = next(fields, b"").decode("utf-8", "replace") if status in "RC" else old
            if _SUBMODULE not in (modes[0].lstrip(":"), modes[1]) and not is_secret_path(new):
                entries.append((status, old, new))
    if moment >= 0:
        yield moment, entries


def _fields(stream: IO[bytes]) -> Iterator[bytes]:
    pending = b""
    while chunk := stream.read(65536):
        *whole, pending = (pending + chunk).split(b"\0")
        yield from whole
    if pending:
        yield pending


if __name__ == "__main__":
    raise SystemExit(main())
