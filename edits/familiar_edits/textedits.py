"""From places to change sets and back to bytes, without touching a disk."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from familiar_edits.values import ChangeSet, EditError, FileChange, TextEdit


class Place(NamedTuple):
    """A span of a file, in bytes."""

    path: str
    start: int
    end: int


def replacing(description: str, places: Iterable[Place], text: str, read: Callable[[str], bytes]) -> ChangeSet:
    """Return the change set that writes `text` at every place; `read` gives the bytes that the spans are of."""
    by_path: dict[str, set[TextEdit]] = defaultdict(set)
    for place in places:
        by_path[place.path].add(TextEdit(place.start, place.end, text))
    changes = (
        FileChange("edit", path, hashlib.sha256(read(path)).hexdigest(), tuple(sorted(edits)))
        for path, edits in sorted(by_path.items())
    )
    return ChangeSet(description, tuple(changes))


def edited(data: bytes, edits: Iterable[TextEdit]) -> bytes:
    """Return `data` with `edits` made.

    Raises:
        EditError: two edits overlap, or one leaves the file.
    """
    out, at = [], 0
    for edit in sorted(edits):
        if not at <= edit.start <= edit.end <= len(data):
            raise EditError("edit", f"an edit at {edit.start}:{edit.end} overlaps another or leaves the file.")
        out += [data[at : edit.start], edit.new_text.encode("utf-8", "surrogateescape")]
        at = edit.end
    return b"".join([*out, data[at:]])


def moved(offset: int, edits: Iterable[TextEdit]) -> int:
    """Return where `offset` (not inside an edit) lies after the edits."""
    return offset + sum(len(e.new_text.encode()) - (e.end - e.start) for e in edits if e.end <= offset)
