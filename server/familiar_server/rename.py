"""Renaming: `textDocument/rename`, which is the application itself, and `familiar.rename`, which proposes and asks.

Editors write the answer of `textDocument/rename` at once, so it is the verified edit or an error that says why not.
What is not verified within `familiar.rename.wait` is offered later, by a question.
"""

import asyncio
import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from familiar_codegraph.wire import ChildError
from familiar_edits import client as edits
from familiar_edits import message, report
from familiar_edits.process import Request
from familiar_edits.rename import why_not_here
from familiar_edits.values import EditError, Proposal
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

from familiar_server import applying
from familiar_server.applying import Held
from familiar_server.commands import argument
from familiar_server.documents import DocumentError, file_path, text_at
from familiar_server.progress import Progress
from familiar_server.protocol import RequestFailed
from familiar_server.trusting import may_run_tests

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer

_NAME = re.compile(rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
KEPT = 50
"""Proposals that are remembered; the oldest are forgotten first."""
_numbers = itertools.count(1)
_LEVELS = ("full", "impacted", "static", "none")
APPLY, DISCARD = "Apply", "Discard"


def register(server: "FamiliarServer") -> None:
    """Register the methods and commands of this module."""
    options = types.RenameOptions(prepare_provider=True)
    server.optional.append((types.TEXT_DOCUMENT_RENAME, wanted, rename, options))
    server.optional.append((types.TEXT_DOCUMENT_PREPARE_RENAME, wanted, prepare, None))
    server.on_command("familiar.rename", propose_and_ask)
    server.on_command("familiar.apply", apply)
    server.on_command("familiar.undo", undo)
    server.on_command("familiar.message", draft)
    server.on("familiar/evidence", evidence)


def wanted(server: "FamiliarServer") -> bool:
    """Whether this server answers `textDocument/rename`."""
    setting = server.settings.answer.rename
    return setting == "on" or (setting == "auto" and not server.client.other_rename)


class Asked(NamedTuple):
    """One request to rename, with the place as bytes in a repository."""

    repository: "Repository"
    path: str
    offset: int
    new_name: str
    verify: str
    take: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


def _asked(server: "FamiliarServer", uri: str, position: types.Position, new_name: str, **more: Any) -> Asked:
    path = file_path(uri)
    repository = server.roots.of(path)
    if path is None or repository is None:
        raise RequestFailed(f"{uri} is no file in a folder of the workspace, so nothing in it can be renamed.")
    document = server.documents.find(uri)
    if document is None:
        document = text_at(path)
    offset = document.offset(position, server.documents.encoding)
    inside = repository.inside(path)
    if inside is None:
        raise RequestFailed(f"{path} is outside {repository.root}.")
    return Asked(repository, inside, offset, new_name, **{"verify": server.settings.rename.verify, **more})


# ---------------------------------------------------------------- textDocument/rename


async def prepare(server: "FamiliarServer", params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    """Say what would be renamed; an error says why nothing can be."""
    asked = _asked(server, params.text_document.uri, params.position, "")
    document = server.documents.find(params.text_document.uri)
    content = document.content() if document else text_at(asked.repository.root / asked.path).content()
    span = _name_at(content.data, asked.offset)
    if span is None:
        raise RequestFailed("There is no name here, so there is nothing to rename.")
    if why := why_not_here(asked.path):
        raise RequestFailed(why)
    answers = await asked.repository.ask("definitions", asked.path, asked.offset)
    if answers.symbol is None:
        raise RequestFailed(f"This cannot be renamed: {answers.reason or 'it has no definition in the repository'}.")
    encoding = server.documents.encoding
    start, end = (types.Position(*content.lsp_position(place, encoding)) for place in span)
    return types.PrepareRenamePlaceholder(
        types.Range(start, end), content.data[span[0] : span[1]].decode("utf-8", "replace")
    )


def _name_at(data: bytes, offset: int) -> tuple[int, int] | None:
    """Return the span of the identifier at byte `offset`, or the one that ends there."""
    return next((m.span() for m in _NAME.finditer(data) if m.start() <= offset <= m.end()), None)


async def rename(server: "FamiliarServer", params: types.RenameParams) -> types.WorkspaceEdit:
    """Answer with the edit once it is verified; with an error that says why it is not, or that it takes longer."""
    if not wanted(server):
        raise RequestFailed("This server does not answer textDocument/rename (familiar.answer.rename).")
    asked = _asked(server, params.text_document.uri, params.position, params.new_name)
    work = asyncio.ensure_future(proposal(server, asked, params.work_done_token))
    try:
        done, _ = await asyncio.wait({work}, timeout=server.settings.rename.wait)
    except asyncio.CancelledError:
        work.cancel()
        raise
    if not done:
        server.spawn(_offer_later(server, work), "verifying a rename")
        raise RequestFailed(f"Still verifying the rename to {asked.new_name}; you will be asked when it is done.")
    held = _result(work)
    return await _answer(server, held, asked.verify)


async def _answer(server: "FamiliarServer", held: Held, verify: str) -> types.WorkspaceEdit:
    found = held.proposal
    as_asked = found.status == "unverified" and verify in ("static", "none")
    if found.status == "unverified" and not as_asked:
        server.spawn(offer(server, held), "offering a rename")
        raise RequestFailed(f"Not verified: {found.reason}")
    if found.status != "verified" and not as_asked:
        raise RequestFailed(_why_not(found))
    if changed := applying.stale(server, held.root, found.changeset.changes):
        raise RequestFailed(f"{', '.join(changed)} changed while the rename was verified; ask for it again.")
    edit = applying.workspace_edit(server, held.root, found.changeset, held.before)
    done = applying.remember(server, held)
    server.tell("info", f"{found.changeset.description}: {found.status}. {found.reason}")
    if as_asked:
        server.show("warning", f"Renamed, not verified: {found.reason}")
    before = {path: held.before[path] for path in done.after}
    server.spawn(_look_afterwards(server, done, before), "looking at a rename")
    return edit


async def _look_afterwards(server: "FamiliarServer", done: applying.Applied, before: dict[str, bytes]) -> None:
    """Name the files that the editor did not change as it was told to, when it changed any."""
    await applying.settled(server, done.root, done.after)
    if reason := applying.half_made(server, done.root, before, done.after):
        server.show("warning", reason)


def _why_not(found: Proposal) -> str:
    if found.status == "failed" and found.evidence.tests and found.evidence.tests.newly_failing:
        failing = found.evidence.tests.newly_failing
        more = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
        return f"Not renamed: {failing[0]}{more} would fail. {found.reason}"
    return f"Not renamed: {found.reason}"


async def _offer_later(server: "FamiliarServer", work: "asyncio.Future[Held]") -> None:
    try:
        held = await work
    except (RequestFailed, JsonRpcRequestCancelled) as error:
        server.show("warning", error.message)
        return
    await offer(server, held)


# ---------------------------------------------------------------- proposals


async def proposal(server: "FamiliarServer", asked: Asked, token: types.ProgressToken | None) -> Held:
    """Have the edit process work out a proposal, with progress; cancelling it ends that process and its test runs.

    Raises:
        RequestFailed: it could not be worked out; the message says why and what to do.
        JsonRpcRequestCancelled: the user cancelled the progress.
    """
    root = asked.repository.root
    buffers = asked.repository.buffers()
    task = asyncio.current_task()
    cancelled = False

    def cancel() -> None:
        nonlocal cancelled
        cancelled = True
        if task:
            task.cancel()

    tests = asked.verify in ("full", "impacted")
    trusted = await may_run_tests(server, root) if tests else False
    request = Request(
        root=str(root),
        kind="rename",
        path=asked.path,
        offset=asked.offset,
        args={"new_name": asked.new_name},
        verify=asked.verify,  # type: ignore[arg-type]
        buffers=buffers,
        take=asked.take,
        skip=asked.skip,
        trusted=trusted,
        python=server.settings.tests.python or None,
        seconds=server.settings.tests.timeout,
    )
    try:
        async with Progress(server, f"Renaming to {asked.new_name}", token=token, cancel=cancel) as progress:
            found = await edits.propose(request, progress.report)
    except EditError as error:
        raise RequestFailed(f"{error}{' ' if error.do else ''}{error.do}") from None
    except ChildError as error:
        raise RequestFailed(f"The edit process failed ({error}); see edits.log in the log folder.") from None
    except asyncio.CancelledError:
        if not cancelled:
            raise
        raise JsonRpcRequestCancelled(message="Cancelled; nothing was changed.") from None
    before = await asyncio.to_thread(report.texts, found, buffers)
    held = Held(f"p{next(_numbers)}", found, before)
    server.held[held.id] = held
    while len(server.held) > KEPT:
        del server.held[next(iter(server.held))]
    return held


def _result(work: "asyncio.Future[Held]") -> Held:
    if work.cancelled():
        raise JsonRpcRequestCancelled(message="Cancelled; nothing was changed.")
    return work.result()


async def offer(server: "FamiliarServer", held: Held) -> dict[str, Any]:
    """Ask the user about a proposal and apply it after a yes; return {"applied", "reason", "undo"}."""
    found = held.proposal
    if found.status not in ("verified", "unverified"):
        server.show("warning", _why_not(found))
        return {"applied": False, "reason": found.reason, "undo": None}
    answer = await server.ask(question(found), APPLY, DISCARD)
    if answer != APPLY:
        return {"applied": False, "reason": "The proposal was not taken.", "undo": None}
    done = await applying.apply(server, held)
    if not done["applied"]:
        server.show("warning", done["reason"])
    return done


def question(found: Proposal) -> str:
    """Return the question about a proposal: what, how far it is verified, by what."""
    files = len(found.changeset.changes)
    places = sum(len(change.text_edits) for change in found.changeset.changes)
    what = f"{found.changeset.description[:1].upper()}{found.changeset.description[1:]}"
    size = f"{places} places in {files} file{'s' if files != 1 else ''}"
    left = sum(not ask.blocking for ask in found.asks)
    mentions = f" {left} mentions in texts are left alone." if left else ""
    return f"{what}: {size}. {found.status.capitalize()}: {found.reason}{mentions} Apply?"


def as_document(held: Held) -> dict[str, Any]:
    """Return the proposal as the command line's `--json` has it, with its id."""
    return {"id": held.id, **report.to_json(held.proposal, held.before)}


# ---------------------------------------------------------------- commands


async def propose_and_ask(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.rename`: propose; unless `offer` is false, ask and apply."""
    given = argument(params, "uri", "position", "newName")
    uri = given.get("uri") or (given.get("textDocument") or {}).get("uri")
    at, new_name = given.get("position"), given.get("newName")
    if not isinstance(uri, str) or not isinstance(new_name, str) or not new_name:
        raise JsonRpcInvalidParams(message="familiar.rename asks for {textDocument: {uri}, position, newName}.")
    more: dict[str, Any] = {name: _ids(given.get(name)) for name in ("take", "skip")}
    if given.get("verify") in _LEVELS:
        more["verify"] = given["verify"]
    asked = _asked(server, uri, position_of(at), new_name, **more)
    held = await proposal(server, asked, params.work_done_token)
    document = as_document(held)
    if given.get("offer", not server.client.shows_evidence) is False:
        return document
    done = await offer(server, held)
    return {**document, "applied": done["applied"], "undo": done["undo"], "reason": document["reason"]}


async def apply(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.apply`: have the editor apply a proposal that was made."""
    held = _held(server, argument(params, "id").get("id"))
    if held.proposal.status not in ("verified", "unverified"):
        reason = f"The proposal is {held.proposal.status}: {held.proposal.reason}"
        return {"applied": False, "reason": reason, "undo": None}
    return await applying.apply(server, held)


async def undo(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.undo`: take back the last change that the editor made for us, else the last of the command line."""
    wanted_id = argument(params, "id").get("id")
    mine = [done for done in server.applied if wanted_id in (None, done.id)]
    if mine:
        return await applying.undo(server, mine[-1])
    for repository in server.roots.all():
        undone = await edits.undo(repository.root, wanted_id)
        if undone.undone or undone.paths:
            return {"undone": undone.undone, "paths": list(undone.paths), "reason": undone.reason}
    return {"undone": None, "paths": [], "reason": "There is no change that could be undone."}


async def draft(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.message`: a commit message drafted from the facts of a proposal that was made."""
    return {"message": message.drafted(_held(server, argument(params, "id").get("id")).proposal)}


async def evidence(server: "FamiliarServer", params: Any) -> dict[str, Any]:
    """`familiar/evidence`: a proposal that was made."""
    return as_document(_held(server, params.get("id") if isinstance(params, dict) else None))


def _held(server: "FamiliarServer", id: object) -> Held:
    held = server.held.get(str(id))
    if held is None:
        raise RequestFailed(f"There is no proposal {id}; ask for the change again.")
    return held


def _ids(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(",") if part)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def position_of(at: object) -> types.Position:
    """Return an LSP position from the wire.

    Raises:
        DocumentError: it is none.
    """
    if isinstance(at, dict) and isinstance(at.get("line"), int) and isinstance(at.get("character"), int):
        return types.Position(at["line"], at["character"])
    raise DocumentError("A position is {line, character}, both numbers from 0 on.")
