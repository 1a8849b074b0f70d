"""Rename cases in one string: `«name»` is a place that must be edited, `‹name›` one that must be asked about.

Everything outside the marks must stay as it is, to the byte. `$0` is where the user asks.
"""

import re
from dataclasses import dataclass

from support.fixture import Fixture, parse

_EDITED = re.compile("«([^»]*)»")
_ASKED = re.compile("‹([^›]*)›")


@dataclass(frozen=True)
class Case:
    """What stands there before, what must stand there after, and where a question must be asked (path, offset)."""

    before: Fixture
    after: dict[str, bytes]
    asked: set[tuple[str, int]]


def case(text: str, new: str) -> Case:
    """Return the case that `text` describes, for a rename to `new`."""
    before = parse(_EDITED.sub(r"\1", _ASKED.sub(r"\1", text)))
    after = parse(_EDITED.sub(new, _ASKED.sub(r"\1", text).replace("$0", "")))
    return Case(before, after.files, _marked(parse(_EDITED.sub(r"\1", text).replace("$0", ""))))


def _marked(fixture: Fixture) -> set[tuple[str, int]]:
    found = set()
    for path, data in fixture.files.items():
        text, removed = data.decode(), 0
        for match in _ASKED.finditer(text):
            found.add((path, len(text[: match.start()].encode()) - removed))
            removed += len("‹›".encode())
    return found
