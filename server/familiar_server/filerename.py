"""`workspace/willRenameFiles`: a file or folder gets another name in the editor, and what imports it follows.

The editor waits for the answer before it renames, so it is what the static checks prove, at once; the tests are left to
the user. It renames whatever we answer: what is not edited is said in a message.
"""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_codegraph.wire import ChildError
from familiar_edits import report
from familiar_edits.process import Request
from familiar_edits.values import ChangeSet, EditError, Proposal
from lsprotocol import types
from msgspec.structs import replace

from familiar_server.documents import file_path
from familiar_server.workspaceedit import workspace_edit

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer

_OPTIONS = types.FileOperationRegistrationOptions(
    filters=[
        types.FileOperationFilter(
            pattern=types.FileOperationPattern(glob="**/*.py", matches=types.FileOperationPatternKind.File),
            scheme="file",
        ),
        types.FileOperationFilter(
            pattern=types.FileOperationPattern(glob="**", matches=types.FileOperationPatternKind.Folder), scheme="file"
        ),
    ]
)


def register(server: "FamiliarServer") -> None:
    """Register the method of this module."""
    server.on(types.WORKSPACE_WILL_RENAME_FILES, will_rename, _OPTIONS)


async def will_rename(server: "FamiliarServer", params: types.RenameFilesParams) -> types.WorkspaceEdit | None:
    """Answer with the edits of the files that import what is renamed; None when there are none.

    Several files are one plan: all that import any of them are edited, or none, and a message says why.
    """
    asked = [(file_path(file.old_uri), file_path(file.new_uri)) for file in params.files]
    files = [(old, new) for old, new in asked if old and new and not _is_ours(server, old, new)]
    files = [(old, new) for old, new in files if await asyncio.to_thread(_is_python, old)]
    repository = server.roots.of(files[0][0]) if files else None
    if repository is None:
        return None
    moves = [(repository.inside(old), repository.inside(new)) for old, new in files]
    pairs = [(old, new) for old, new in moves if old is not None and new is not None]
    if len(pairs) < len(files):
        outside = next(path for pair in files for path in pair if repository.inside(path) is None)
        server.show("warning", f"{outside} is outside {repository.root}: no import was edited.")
        return None
    return await _planned(server, repository, pairs)


def _is_ours(server: "FamiliarServer", old: Path, new: Path) -> bool:
    """Whether the editor renames this because we asked it to: what imports it is in that edit already."""
    return server.own_renames.pop((old, new), 0.0) > time.monotonic()


def _is_python(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and next(path.rglob("*.py"), None) is not None)


async def _planned(
    server: "FamiliarServer", repository: "Repository", moves: list[tuple[str, str]]
) -> types.WorkspaceEdit | None:
    buffers, (old, new) = repository.buffers(), moves[0]
    request = Request(
        root=str(repository.root),
        kind="rename-file",
        path=old,
        offset=0,
        args={"new_path": new},
        further=tuple(moves[1:]),
        verify="static",
        buffers=buffers,
    )
    try:
        found = await server.edits.propose(request)
    except (EditError, ChildError) as error:
        server.show("warning", f"No import was edited: {error}")
        return None
    return await _answer(server, found, buffers)


async def _answer(server: "FamiliarServer", found: Proposal, buffers: dict[str, bytes]) -> types.WorkspaceEdit | None:
    if found.status in ("refused", "failed"):
        server.show("warning", f"No import was edited: {found.reason}")
        return None
    before = await asyncio.to_thread(report.texts, found, buffers)
    # The edits are made before the file is renamed, so they name it as it is called now.
    made = tuple(replace(c, kind="edit", new_path=None) for c in found.changeset.changes if c.text_edits)
    if open_questions := [ask for ask in found.asks if ask.blocking]:
        first = open_questions[0]
        server.show("warning", f"Look at {first.path}, which was left as it is: {first.text} ({first.why}).")
    if not made:
        return None
    server.tell("info", f"{found.changeset.description}: {found.reason}")
    return workspace_edit(server, Path(found.root), ChangeSet(found.changeset.description, made), before)
