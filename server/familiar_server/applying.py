"""A proposal in the editor: applied all or nothing, compared afterwards, taken back.

Editors apply a multi-file edit more or less atomically (Neovim does not, and says `applied` all the same), so the care
is taken here: hashes and versions are checked just before, contents are compared just after, and what differs is named.
"""

import asyncio
import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, FileChange, Proposal, TextEdit
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from familiar_server.documents import file_path
from familiar_server.workspaceedit import BOM, check_operations, inverse, named, workspace_edit

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

SETTLE = 3.0
"""Seconds that an editor gets to show, by its change notifications, what it has applied."""

REFUSED = 0.5
"""Seconds in which an editor that says no may show that it has changed something all the same."""

ASKS_BACK = 60.0
"""Seconds within which an editor that renames files for us may ask what to do about the renaming."""


class Held(NamedTuple):
    """A proposal that the client may ask for again; `before` has the bytes that its edits were made for."""

    id: str
    proposal: Proposal
    before: dict[str, bytes]
    kind: str = "rename"

    @property
    def root(self) -> Path:
        return Path(self.proposal.root)


class Applied(NamedTuple):
    """A change that the editor makes for us, and the bytes of every file that it changes."""

    id: str
    root: Path
    changeset: ChangeSet
    before: dict[str, bytes]


class Standing(NamedTuple):
    """How far one change is made: what happens to its file, what happens to its text (in an edit, both are one)."""

    file: bool
    text: bool


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
    return [path for change in changes for path in _stale(server, root, change)]


def _stale(server: "FamiliarServer", root: Path, change: FileChange) -> list[str]:
    data = current(server, root, change.path)
    if change.kind == "create":
        return [] if data is None and not _exists(root, change.path) else [change.path]
    if data is None or hashlib.sha256(data).hexdigest() != change.before_sha256:
        return [change.path]
    taken = change.new_path and _exists(root, change.new_path)
    return [change.new_path] if taken and change.new_path and not _is_same_file(root, change) else []


def _is_same_file(root: Path, change: FileChange) -> bool:
    """Whether both names are one file, as they are when only their case differs on some file systems."""
    return (root / change.path).samefile(root / (change.new_path or ""))


def _exists(root: Path, path: str) -> bool:
    # A document may outlive its file in the editor, so only the disk says what there is.
    return (root / path).exists() or (root / path).is_symlink()


# ---------------------------------------------------------------- applying


async def apply(server: "FamiliarServer", held: Held) -> dict[str, Any]:
    """Have the editor apply a proposal; return {"applied", "reason", "undo"}.

    Raises:
        RequestFailed: the editor cannot be asked for what the proposal does to files.
    """
    changes = held.proposal.changeset.changes
    check_operations(server, held.proposal.changeset)
    if changed := stale(server, held.root, changes):
        reason = f"{', '.join(changed)} changed since the proposal was made; nothing was applied. Ask for it again."
        return {"applied": False, "reason": reason, "undo": None}
    done = remember(server, held)
    if reason := await _sent(server, done):
        if not stale(server, held.root, changes):
            server.applied.remove(done)
        return {"applied": False, "reason": reason, "undo": None}
    return {"applied": True, "reason": held.proposal.reason, "undo": done.id}


def remember(server: "FamiliarServer", held: Held) -> Applied:
    """Note what is to be taken back once the editor has applied it."""
    done = Applied(held.id, held.root, held.proposal.changeset, held.before)
    server.applied.append(done)
    return done


async def undo(server: "FamiliarServer", done: Applied) -> dict[str, Any]:
    """Have the editor take a change back, all that it has made of it; return {"undone", "paths", "reason"}."""
    description = f"Undo: {done.changeset.description}"
    made = [change for change in done.changeset.changes if not _is_left(change, standing(server, done, change))]
    paths = sorted(change.path for change in made)
    if differing := [_label(change) for change in made if standing(server, done, change) is None]:
        reason = f"{', '.join(differing)} differ from what was applied: undoing would lose what came later."
        return {"undone": None, "paths": paths, "reason": reason}
    back = [_back(change, standing(server, done, change), _old(done, change)) for change in made]
    changes, before = tuple(change for change, _ in back), {change.path: data for change, data in back}
    reason = await _sent(server, Applied(done.id, done.root, ChangeSet(description, changes), before))
    if not reason:
        server.applied.remove(done)
    return {"undone": None if reason else done.id, "paths": paths, "reason": reason or description}


def _back(change: FileChange, now: Standing | None, old: bytes) -> tuple[FileChange, bytes]:
    """Return the change that takes `change` back as far as it is made, and the bytes that it is made for."""
    assert now is not None
    data = edited(old, change.text_edits) if now.text else old
    edits = inverse(old, change.text_edits) if now.text else ()
    sha = hashlib.sha256(data).hexdigest()
    if change.kind == "create":
        return FileChange("delete", change.path, sha), data
    if change.kind == "delete":
        whole = TextEdit(0, 0, old.decode("utf-8", "surrogateescape"))
        return FileChange("create", change.path, hashlib.sha256(b"").hexdigest(), (whole,)), b""
    if change.new_path and now.file:
        return FileChange("rename", change.new_path, sha, edits, change.path), data
    return FileChange("edit", change.path, sha, edits), data


# ---------------------------------------------------------------- sending and comparing


async def _sent(server: "FamiliarServer", done: Applied) -> str:
    """Send an edit and compare what came of it, whatever the editor says; return what is wrong, or nothing."""
    edit = workspace_edit(server, done.root, done.changeset, done.before)
    expect_questions(server, edit)
    said = ""
    try:
        params = types.ApplyWorkspaceEditParams(edit=edit, label=done.changeset.description)
        answer = await server.workspace_apply_edit_async(params)
        if not answer.applied:
            said = f"The editor did not apply the edit{_why(server, done.root, edit, answer)}."
    except JsonRpcException as error:
        said = f"The editor could not apply the edit: {error.message}"
    # An editor that takes a failed edit back by itself has that much more to do.
    patient = not said or server.client.failure_handling == types.FailureHandlingKind.Undo
    if await settled(server, done, SETTLE if patient else REFUSED):
        return ""
    server.own_renames.clear()
    half = half_made(server, done)
    if half and said:
        return f"{half} {said}"
    return half or said or "The editor says it applied the edit, but nothing changed."


def _why(
    server: "FamiliarServer", root: Path, edit: types.WorkspaceEdit, answer: types.ApplyWorkspaceEditResult
) -> str:
    """Return the editor's reason; where it failed counts only from one that says how it handles failures."""
    reason = f": {answer.failure_reason}" if answer.failure_reason else ""
    operations, number = edit.document_changes or (), answer.failed_change
    if server.client.failure_handling and number is not None and 0 <= number < len(operations):
        reason += f" (it failed at {named(operations[number], root)})"
    return reason


def expect_questions(server: "FamiliarServer", edit: types.WorkspaceEdit) -> None:
    """Note which files the editor renames because we said so: it asks about them as about any (`willRenameFiles`)."""
    until = time.monotonic() + ASKS_BACK
    for operation in edit.document_changes or ():
        if isinstance(operation, types.RenameFile):
            old, new = file_path(operation.old_uri), file_path(operation.new_uri)
            if old and new:
                server.own_renames[old, new] = until


async def settled(server: "FamiliarServer", done: Applied, seconds: float = SETTLE) -> bool:
    """Wait until the editor shows all that was applied; return whether it does within `seconds`."""
    end = time.monotonic() + seconds
    while not (made := all(_is_made(standing(server, done, change)) for change in done.changeset.changes)):
        if time.monotonic() > end:
            break
        await asyncio.sleep(0.02)
    _tell_of_files(server, done)
    return made


def _tell_of_files(server: "FamiliarServer", done: Applied) -> None:
    """Have files that came and went looked at, which need not wait for the file watcher."""
    repository = server.roots.of(done.root)
    moved = [change for change in done.changeset.changes if change.kind != "edit"]
    if repository and moved:
        repository.files_changed({done.root / path for c in moved for path in (c.path, c.new_path) if path})


def half_made(server: "FamiliarServer", done: Applied) -> str:
    """Return which files an edit reached and which not, "" when it reached all or none."""
    states: dict[str, list[str]] = {"made": [], "left": [], "part": [], "other": []}
    for change in done.changeset.changes:
        now = standing(server, done, change)
        state = "made" if _is_made(now) else "left" if _is_left(change, now) else "part" if now else "other"
        states[state].append(_label(change))
    if not states["other"] and not states["part"] and (not states["made"] or not states["left"]):
        return ""
    said = {
        "other": "differ from the proposal",
        "part": "changed in part",
        "left": "did not change",
        "made": "changed as proposed",
    }
    parts = [f"{', '.join(sorted(states[state]))} {words}" for state, words in said.items() if states[state]]
    advice = "undo in the editor" if states["other"] else "the command familiar.undo takes back what changed"
    return f"The editor made only a part of the edit: {'; '.join(parts)}: {advice}."


def _label(change: FileChange) -> str:
    return f"{change.path} (to be {change.new_path})" if change.new_path else change.path


def _is_made(now: Standing | None) -> bool:
    return now is not None and now.file and now.text


def _is_left(change: FileChange, now: Standing | None) -> bool:
    return now is not None and not now.file and not (now.text and change.text_edits)


def _old(done: Applied, change: FileChange) -> bytes:
    return b"" if change.kind == "create" else done.before[change.path]


def standing(server: "FamiliarServer", done: Applied, change: FileChange) -> Standing | None:
    """Return how far a change is made; None when a file is neither as it was nor as it should be."""
    here = _exists(done.root, change.path)
    if change.kind == "create" and not here:
        return Standing(False, False)
    if change.kind == "delete":
        gone = Standing(True, True) if not here else Standing(False, False)
        return gone if not here or _same(current(server, done.root, change.path), _old(done, change)) else None
    place, file = change.path, change.kind == "create"
    if change.kind == "rename" and change.new_path:
        there = _exists(done.root, change.new_path)
        if here == there and not (here and _is_same_file(done.root, change)):
            return None
        place, file = (change.new_path, True) if there else (change.path, False)
    data, old = current(server, done.root, place), _old(done, change)
    if change.kind == "create" and data == b"\n":
        data = b""  # Neovim's empty file has one line
    text = True if _same(data, edited(old, change.text_edits)) else False if _same(data, old) else None
    if text is None:
        return None
    return Standing(text, text) if change.kind == "edit" else Standing(file, text)


def _same(data: bytes | None, wanted: bytes) -> bool:
    """Compare as editors keep text: without a byte order mark, whatever the line ends."""
    return data is not None and _plain(data) == _plain(wanted)


def _plain(data: bytes) -> bytes:
    return data.removeprefix(BOM).replace(b"\r\n", b"\n")
