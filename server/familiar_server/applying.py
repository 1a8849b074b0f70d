"""A proposal in the editor: as a workspace edit, applied all or nothing, compared afterwards, taken back.

Editors apply a multi-file edit more or less atomically (Neovim does not, and says `applied` all the same), so the care
is taken here: hashes and versions are checked just before, contents are compared just after, and what differs is named.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from familiar_codegraph.text import LineIndex
from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, FileChange, Proposal, TextEdit
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.uris import from_fs_path

from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

BOM = b"\xef\xbb\xbf"
SETTLE = 3.0
"""Seconds that an editor gets to show, by its change notifications, what it has applied."""

REFUSED = 0.5
"""Seconds in which an editor that says no may show that it has changed something all the same."""


class Held(NamedTuple):
    """A proposal that the client may ask for again; `before` has the bytes that its edits were made for."""

    id: str
    proposal: Proposal
    before: dict[str, bytes]

    @property
    def root(self) -> Path:
        return Path(self.proposal.root)


class Applied(NamedTuple):
    """A change that the editor has made for us: how to take it back, and what must still be there for that."""

    id: str
    root: Path
    inverse: ChangeSet
    after: dict[str, bytes]


def current(server: "FamiliarServer", root: Path, path: str) -> bytes | None:
    """Return what `path` holds now: the open document, else the file; None when there is neither."""
    document = server.documents.at(root / path)
    if document is not None:
        return document.data
    try:
        return (root / path).read_bytes()
    except OSError:
        return None


def stale(server: "FamiliarServer", root: Path, changes: Iterable[FileChange]) -> list[str]:
    """Return the paths that are not as the change set expects them."""
    out = []
    for change in changes:
        data = current(server, root, change.path)
        if data is None or hashlib.sha256(data).hexdigest() != change.before_sha256:
            out.append(change.path)
    return out


def workspace_edit(
    server: "FamiliarServer", root: Path, changeset: ChangeSet, before: dict[str, bytes]
) -> types.WorkspaceEdit:
    """Return the change set as the client takes it.

    Raises:
        RequestFailed: it creates, moves or deletes files, which is not built yet.
    """
    edits: dict[str, tuple[int | None, list[types.TextEdit]]] = {}
    for change in changeset.changes:
        if change.kind != "edit":
            raise RequestFailed(
                f"The editor cannot be asked to {change.kind} {change.path}; use `familiar refactor --apply`."
            )
        document = server.documents.at(root / change.path)
        uri = document.uri if document else from_fs_path(str(root / change.path)) or ""
        edits[uri] = document.version if document else None, _text_edits(server, before[change.path], change.text_edits)
    if not server.client.document_changes:
        return types.WorkspaceEdit(changes={uri: list(found) for uri, (_, found) in edits.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version), list(found))
            for uri, (version, found) in edits.items()
        ]
    )


def _text_edits(server: "FamiliarServer", data: bytes, edits: Iterable[TextEdit]) -> list[types.TextEdit]:
    # Editors keep a byte order mark out of the text that they count in.
    skipped = len(BOM) if data.startswith(BOM) else 0
    index = LineIndex(data[skipped:])
    encoding = server.documents.encoding

    def place(offset: int) -> types.Position:
        return types.Position(*index.lsp_position(offset - skipped, encoding))

    return [types.TextEdit(types.Range(place(edit.start), place(edit.end)), edit.new_text) for edit in edits]


async def apply(server: "FamiliarServer", held: Held) -> dict[str, Any]:
    """Have the editor apply a proposal; return {"applied", "reason", "undo"}."""
    changeset = held.proposal.changeset
    if changed := stale(server, held.root, changeset.changes):
        reason = f"{', '.join(changed)} changed since the proposal was made; nothing was applied. Ask for it again."
        return {"applied": False, "reason": reason, "undo": None}
    edit = workspace_edit(server, held.root, changeset, held.before)
    done = remember(server, held)
    before = {path: held.before[path] for path in done.after}
    reason = await _sent(server, held.root, edit, changeset.description, before, done.after)
    if reason:
        if not stale(server, held.root, changeset.changes):
            server.applied.remove(done)
        return {"applied": False, "reason": reason, "undo": None}
    return {"applied": True, "reason": held.proposal.reason, "undo": done.id}


def remember(server: "FamiliarServer", held: Held) -> Applied:
    """Note how `held` is taken back once the editor has applied it."""
    after = {c.path: edited(held.before[c.path], c.text_edits) for c in held.proposal.changeset.changes}
    changes = tuple(_inverse(change, held.before[change.path]) for change in held.proposal.changeset.changes)
    done = Applied(held.id, held.root, ChangeSet(f"Undo: {held.proposal.changeset.description}", changes), after)
    server.applied.append(done)
    return done


def _inverse(change: FileChange, before: bytes) -> FileChange:
    shift, edits = 0, []
    for edit in change.text_edits:
        new = edit.new_text.encode()
        start = edit.start + shift
        edits.append(
            TextEdit(start, start + len(new), before[edit.start : edit.end].decode("utf-8", "surrogateescape"))
        )
        shift += len(new) - (edit.end - edit.start)
    after = edited(before, change.text_edits)
    return FileChange("edit", change.path, hashlib.sha256(after).hexdigest(), tuple(edits))


async def undo(server: "FamiliarServer", done: Applied) -> dict[str, Any]:
    """Have the editor take a change back, all that it has made of it; return {"undone", "paths", "reason"}."""
    wanted = {change.path: edited(done.after[change.path], change.text_edits) for change in done.inverse.changes}
    left = {path for path in wanted if _same(current(server, done.root, path), wanted[path])}
    paths = sorted(done.after.keys() - left)
    differing = [path for path in paths if not _same(current(server, done.root, path), done.after[path])]
    if differing:
        reason = f"{', '.join(differing)} differ from what was applied: undoing would lose what came later."
        return {"undone": None, "paths": paths, "reason": reason}
    changes = tuple(change for change in done.inverse.changes if change.path in paths)
    edit = workspace_edit(server, done.root, ChangeSet(done.inverse.description, changes), done.after)
    reason = await _sent(server, done.root, edit, done.inverse.description, done.after, {p: wanted[p] for p in paths})
    if not reason:
        server.applied.remove(done)
    return {"undone": None if reason else done.id, "paths": paths, "reason": reason or done.inverse.description}


async def _sent(
    server: "FamiliarServer",
    root: Path,
    edit: types.WorkspaceEdit,
    label: str,
    before: dict[str, bytes],
    wanted: dict[str, bytes],
) -> str:
    """Send an edit and compare what came of it, whatever the editor says; return what is wrong, or nothing."""
    said = ""
    try:
        answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit=edit, label=label))
        if not answer.applied:
            said = f"The editor did not apply the edit{f': {answer.failure_reason}' if answer.failure_reason else ''}."
    except JsonRpcException as error:
        said = f"The editor could not apply the edit: {error.message}"
    differing = await settled(server, root, wanted, SETTLE if not said else REFUSED)
    if not differing:
        return ""
    return (
        half_made(server, root, before, wanted) or said or "The editor says it applied the edit, but nothing changed."
    )


def half_made(server: "FamiliarServer", root: Path, before: dict[str, bytes], wanted: dict[str, bytes]) -> str:
    """Return which files an edit reached and which not, "" when it reached all or none."""
    states: dict[str, list[str]] = {"made": [], "left": [], "other": []}
    for path in sorted(wanted):
        now = current(server, root, path)
        state = "made" if _same(now, wanted[path]) else "left" if _same(now, before.get(path, b"")) else "other"
        states[state].append(path)
    if not states["other"] and (not states["made"] or not states["left"]):
        return ""
    parts = [
        f"{', '.join(states['other'])} differ from the proposal" if states["other"] else "",
        f"{', '.join(states['left'])} did not change" if states["left"] else "",
        f"{', '.join(states['made'])} changed as proposed" if states["made"] else "",
    ]
    advice = "undo in the editor" if states["other"] else "the command familiar.undo takes back what changed"
    return f"The editor made only a part of the edit: {'; '.join(filter(None, parts))}: {advice}."


async def settled(server: "FamiliarServer", root: Path, wanted: dict[str, bytes], seconds: float = SETTLE) -> list[str]:
    """Wait until the editor shows what was applied; return the paths that still differ after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        differing = [path for path in sorted(wanted) if not _same(current(server, root, path), wanted[path])]
        if not differing or time.monotonic() > end:
            return differing
        await asyncio.sleep(0.02)


def _same(data: bytes | None, wanted: bytes) -> bool:
    """Compare as editors keep text: without a byte order mark, whatever the line ends."""
    return data is not None and _plain(data) == _plain(wanted)


def _plain(data: bytes) -> bytes:
    return data.removeprefix(BOM).replace(b"\r\n", b"\n")
