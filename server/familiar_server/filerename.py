"""`workspace/willRenameFiles`: a file or folder gets another name in the editor, and what imports it follows.

The editor waits for the answer before it renames, so it is what the static checks prove, at once; the tests are left to
the user. It renames whatever we answer: what is not edited is said in a message.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_codegraph.wire import ChildError
from familiar_edits import client as edits
from familiar_edits import report
from familiar_edits.process import Request
from familiar_edits.values import ChangeSet, EditError, Proposal
from lsprotocol import types
from msgspec.structs import replace

from familiar_server.documents import file_path
from familiar_server.workspaceedit import workspace_edit

if TYPE_CHECKING:
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
    """Answer with the edits of the files that import what is renamed; None when there are none."""
    if len(params.files) != 1:
        server.show("warning", "Imports follow when files are renamed one by one: nothing was edited for these.")
        return None
    old, new = file_path(params.files[0].old_uri), file_path(params.files[0].new_uri)
    repository = server.roots.of(old)
    if old is None or new is None or repository is None:
        return None
    inside, target = repository.inside(old), repository.inside(new)
    if inside is None or target is None:
        server.show("warning", f"{new} is outside {repository.root}: no import was edited.")
        return None
    if not await asyncio.to_thread(_is_python, old):
        return None
    buffers = repository.buffers()
    arguments = {"new_path": target}
    request = Request(str(repository.root), "rename-file", inside, 0, arguments, verify="static", buffers=buffers)
    try:
        found = await edits.propose(request)
    except (EditError, ChildError) as error:
        server.show("warning", f"No import was edited: {error}")
        return None
    return await _answer(server, found, buffers)


def _is_python(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and next(path.rglob("*.py"), None) is not None)


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
