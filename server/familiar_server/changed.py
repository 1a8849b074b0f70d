"""What is new in a file against a revision: its bytes there, and the spans of the lines that differ.

Git is only read, and runs nothing of the repository: no filters, no text conversion, no hooks.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path

import git

from familiar_server.output import CommandError


class Revision:
    """One revision of the repository that holds `root`; paths are relative to `root`."""

    def __init__(self, root: Path, name: str = "HEAD") -> None:
        """Read which commit `name` is.

        Raises:
            CommandError: there is no git repository, or no such revision.
        """
        try:
            self._repo = git.Repo(root, search_parent_directories=True)
            self._tree = self._repo.commit(name).tree
        except git.InvalidGitRepositoryError:
            raise CommandError("usage", f"{root} is in no git repository.", "Leave --diff out.") from None
        except (git.BadName, ValueError, git.GitCommandError):
            raise CommandError("usage", f"There is no revision {name}.", "Give a commit, a branch or a tag.") from None
        top = Path(self._repo.working_tree_dir or root).resolve()
        self._prefix = root.resolve().relative_to(top).as_posix()

    def data(self, path: str) -> bytes | None:
        """Return a file's bytes in the revision, None when it was not there."""
        inside = path if self._prefix == "." else f"{self._prefix}/{path}"
        try:
            blob = self._tree / inside
        except KeyError:
            return None
        return bytes(blob.data_stream.read()) if blob.type == "blob" else None

    def close(self) -> None:
        self._repo.close()


def spans(old: bytes | None, new: bytes) -> list[tuple[int, int]]:
    """Return the byte ranges of `new` that `old` has not: whole lines; all of it when there was nothing."""
    if old is None:
        return [(0, len(new))] if new else []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in after:
        starts.append(starts[-1] + len(line))
    return list(_ranges(before, after, starts))


def _ranges(before: list[bytes], after: list[bytes], starts: list[int]) -> Iterator[tuple[int, int]]:
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    middle = difflib.SequenceMatcher(None, before[head : len(before) - tail], after[head : len(after) - tail], False)
    for kind, _, _, first, last in middle.get_opcodes():
        if kind in ("replace", "insert"):
            yield starts[head + first], starts[head + last]
