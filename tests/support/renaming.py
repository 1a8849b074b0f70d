"""Rename cases in one string: `«name»` is a place that must be edited, `‹name›` one that must be asked about, and
`«name→title: name»` one where something else than the new name must be written.

Everything outside the marks must stay as it is, to the byte. `$0` is where the user asks.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from familiar_codegraph.discover import discover
from familiar_codegraph.workspace import Workspace
from familiar_edits import prose
from familiar_edits.rename import plan
from familiar_edits.textedits import edited
from familiar_edits.values import Plan

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
    before = parse(_EDITED.sub(_first, _ASKED.sub(r"\1", text)))
    after = parse(_EDITED.sub(lambda match: _last(match, new), _ASKED.sub(r"\1", text).replace("$0", "")))
    return Case(before, after.files, _marked(parse(_EDITED.sub(_first, text).replace("$0", ""))))


def _first(match: re.Match[str]) -> str:
    return match[1].partition("→")[0]


def _last(match: re.Match[str], new: str) -> str:
    return match[1].partition("→")[2] or new


@contextmanager
def workspace_of(fixture: Fixture, root: Path) -> Iterator[Workspace]:
    workspace = Workspace(fixture.write(root))
    try:
        workspace.index()
        yield workspace
    finally:
        workspace.close()


def planned(fixture: Fixture, root: Path, new: str, **answers: tuple[str, ...]) -> Plan:
    """Return the plan for the cursor of `fixture`, whose files are written to `root`."""
    assert fixture.cursor is not None
    with workspace_of(fixture, root) as workspace:
        texts = prose.texts(root, discover(root, kinds="text"))
        return plan(workspace.graph(), *fixture.cursor, new, texts=texts, **answers)


def after(fixture: Fixture, found: Plan) -> dict[str, bytes]:
    """Return the files as they are once the plan is carried out."""
    files = dict(fixture.files)
    for change in found.changeset.changes:
        files[change.path] = edited(files[change.path], change.text_edits)
    return files


def text(files: dict[str, bytes]) -> str:
    """Return files as one text to compare."""
    return "\n".join(f"#- {path}\n{data.decode()}" for path, data in sorted(files.items()))


def _marked(fixture: Fixture) -> set[tuple[str, int]]:
    found = set()
    for path, data in fixture.files.items():
        text, removed = data.decode(), 0
        for match in _ASKED.finditer(text):
            found.add((path, len(text[: match.start()].encode()) - removed))
            removed += len("‹›".encode())
    return found
