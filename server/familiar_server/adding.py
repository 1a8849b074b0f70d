"""Imports that a suggestion needs: added when it is taken, for inline completion itself has no place for them."""

from typing import TYPE_CHECKING

from familiar_completion import imports
from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Sequence

    from familiar_server.server import FamiliarServer

LABEL = "Add the import that the suggestion needs"


async def add(server: "FamiliarServer", uri: str, lines: "Sequence[str]") -> None:
    """Add import lines to the document, those that it does not have; a refusal of the editor is said."""
    document = server.documents.get(uri)
    if document.index is None or not lines:
        return
    text = document.index.data.decode("utf-8", "surrogateescape")
    eol = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    edits = []
    for line in lines:
        if imports.missing(line, plain):
            row = plain.count("\n", 0, imports.place(plain, line))
            at = types.Position(row, 0)
            edits.append(types.TextEdit(types.Range(at, at), line + eol))
    if not edits:
        return
    edit = types.WorkspaceEdit(changes={uri: edits})
    answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit=edit, label=LABEL))
    if not answer.applied:
        why = f": {answer.failure_reason}" if answer.failure_reason else ""
        server.tell("warning", f"The editor did not add `{lines[0]}` to {document.name}{why}.")
