"""Which lines differ from the last commit: `python -m familiar_codegraph.gitchanges ROOT` prints {path: [lines]}.

Git is asked which files it thinks changed (by their times, so that no filter of the repository runs) and what stood in
them; the lines are compared here. Only source files that may be read are looked at, and what is not committed at all
is none of it. Without git or commits there are no lines. A process of its own, as `gitlog` is.
"""

import difflib
import json
import sys
from pathlib import Path

import git

from familiar_codegraph import discover
from familiar_codegraph.gitlog import ENVIRONMENT, ask, options
from familiar_codegraph.languages import language_of
from familiar_codegraph.secrets import has_secret, is_secret_path

FILES, LARGEST = 20, 200_000
"""How many files are compared, and how many bytes one may have."""
Lines = dict[str, list[int]]


def main() -> int:
    sys.stdout.write(json.dumps(changes(Path(sys.argv[1]).resolve())))
    return 0


def changes(root: Path) -> Lines:
    """Return the lines (from 0) of each file that differ from the last commit."""
    asked = git.Git(str(root))
    asked.update_environment(**ENVIRONMENT)
    found: Lines = {}
    try:
        names = ask(asked, "diff-index", "--name-only", "--no-renames", "--relative", "-z", "HEAD").split("\0")
        for path in sorted(filter(None, names)):
            if len(found) == FILES:
                break
            if language_of(path) is None or is_secret_path(path) or discover.is_ignored(root, path):
                continue
            lines = _lines(asked, root, path)
            if lines:
                found[path] = lines
    except (git.exc.GitCommandNotFound, git.exc.CommandError, OSError):
        return found
    return found


def _lines(asked: git.Git, root: Path, path: str) -> list[int]:
    try:
        now = discover.read(root, path)
        blob = ["git", *options(), "cat-file", "blob", f"HEAD:./{path}"]
        old = asked.execute(blob, with_extended_output=False, stdout_as_string=False)
    except (discover.Skipped, git.exc.CommandError):  # gone, not to be read, or new
        return []
    if len(now) > LARGEST or has_secret(now):
        return []
    before, after = bytes(old).splitlines(), now.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(after) > 2_000)
    return [line for tag, _, _, first, end in matcher.get_opcodes() if tag != "equal" for line in range(first, end)]


if __name__ == "__main__":
    sys.exit(main())
