"""Proposals: worked out by the edit process with progress, shown with their evidence, applied after a yes, taken back.

Every refactoring of the editor goes this way: `familiar.rename`, `familiar.move`, and `textDocument/rename`.
"""

import asyncio
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from familiar_codegraph.wire import ChildError
from familiar_edits import message, report
from familiar_edits.process import Request
from familiar_edits.values import Check, EditError, Proposal
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

from familiar_server import applying
from familiar_server.applying import Held
from familiar_server.commands import argument
from familiar_server.documents import DocumentError, file_path, text_at
from familiar_server.house import spelling
from familiar_server.progress import Progress
from familiar_server.protocol import RequestFailed
from familiar_server.trusting import may_run_tests

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer

KEPT = 50
"""Proposals that are remembered; the oldest are forgotten first."""
_numbers = itertools.count(1)
_LEVELS = ("full", "impacted", "static", "none")
APPLY, DISCARD = "Apply", "Discard"
_DOING = {"rename": "Renaming to", "move": "Moving to"}
_NOT_DONE = {"rename": "Not renamed", "move": "Not moved"}


def register(server: "FamiliarServer") -> None:
    """Register the commands of this module."""
    server.on_command("familiar.apply", apply)
    server.on_command("familiar.undo", undo)
    server.on_command("familiar.message", draft)
    server.on("familiar/evidence", evidence)


class Place(NamedTuple):
    """A place in a repository, as bytes."""

    repository: "Repository"
    path: str
    offset: int


class Asked(NamedTuple):
    """One refactoring that is asked for: `kind` and `to` (the new name, the destination), where, and how sure."""

    kind: str
    to: str
    place: Place
    verify: str
    take: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def arguments(self) -> dict[str, str]:
        """What the edit process asks for."""
        return {"dest": self.to} if self.kind == "move" else {"new_name": self.to}


def place_of(server: "FamiliarServer", uri: str, position: types.Position) -> Place:
    """Return the place that the editor means.

    Raises:
        RequestFailed: it is in no repository of the workspace.
    """
    path = file_path(uri)
    repository = server.roots.of(path)
    if path is None or repository is None:
        raise RequestFailed(f"{uri} is no file in a folder of the workspace, so nothing in it can be changed.")
    document = server.documents.find(uri) or text_at(path)
    offset = document.offset(position, server.documents.encoding)
    inside = repository.inside(path)
    if inside is None:
        raise RequestFailed(f"{path} is outside {repository.root}.")
    return Place(repository, inside, offset)


def asked(server: "FamiliarServer", kind: str, to: str, given: Mapping[str, Any]) -> Asked:
    """Read the argument of a command that proposes.

    Raises:
        JsonRpcInvalidParams, DocumentError: it names no place.
    """
    uri = given.get("uri") or (given.get("textDocument") or {}).get("uri")
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams(message=f"familiar.{kind} asks for textDocument: {{uri}} and position.")
    verify = given["verify"] if given.get("verify") in _LEVELS else server.settings.rename.verify
    place = place_of(server, uri, position_of(given.get("position")))
    return Asked(kind, to, place, verify, _ids(given.get("take")), _ids(given.get("skip")))


async def proposal(server: "FamiliarServer", asked: Asked, token: types.ProgressToken | None) -> Held:
    """Have the edit process work out a proposal, with progress; cancelling it ends that process and its test runs.

    Raises:
        RequestFailed: it could not be worked out; the message says why and what to do.
        JsonRpcRequestCancelled: the user cancelled the progress.
    """
    root, path, offset = asked.place.repository.root, asked.place.path, asked.place.offset
    buffers = asked.place.repository.buffers()
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
        kind=asked.kind,
        path=path,
        offset=offset,
        args=asked.arguments,
        verify=asked.verify,  # type: ignore[arg-type]
        buffers=buffers,
        take=asked.take,
        skip=asked.skip,
        trusted=trusted,
        python=server.settings.tests.python or None,
        seconds=server.settings.tests.timeout,
    )
    try:
        async with Progress(server, f"{_DOING[asked.kind]} {asked.to}", token=token, cancel=cancel) as progress:
            said = asyncio.ensure_future(_remark(server, asked))
            found = _with(await server.edits.propose(request, progress.report), said)
    except EditError as error:
        raise RequestFailed(f"{error}{' ' if error.do else ''}{error.do}") from None
    except ChildError as error:
        raise RequestFailed(f"The edit process failed ({error}); see edits.log in the log folder.") from None
    except asyncio.CancelledError:
        if not cancelled:
            raise
        raise JsonRpcRequestCancelled(message="Cancelled; nothing was changed.") from None
    before = await asyncio.to_thread(report.texts, found, buffers)
    held = Held(f"p{next(_numbers)}", found, before, asked.kind)
    server.held[held.id] = held
    while len(server.held) > KEPT:
        del server.held[next(iter(server.held))]
    return held


async def _remark(server: "FamiliarServer", asked: Asked) -> Check | None:
    """Return what the house says of a rename's new name, where its conventions are asked for at all."""
    wanted = server.settings.conventions.hints or server.settings.completion.conventions
    if asked.kind != "rename" or not wanted:
        return None
    return await spelling(asked.place.repository, asked.place.path, asked.place.offset, asked.to)


def _with(found: Proposal, said: "asyncio.Future[Check | None]") -> Proposal:
    """Add to a proposal's evidence what the house had to say by then."""
    check = said.result() if said.done() and not said.cancelled() else None
    said.cancel()
    if check is None:
        return found
    evidence = msgspec.structs.replace(found.evidence, checks=(*found.evidence.checks, check))
    return msgspec.structs.replace(found, evidence=evidence)


async def offer(server: "FamiliarServer", held: Held) -> dict[str, Any]:
    """Ask the user about a proposal and apply it after a yes; return {"applied", "reason", "undo"}."""
    found = held.proposal
    if found.status not in ("verified", "unverified"):
        server.show("warning", why_not(held))
        return {"applied": False, "reason": found.reason, "undo": None}
    answer = await server.ask(question(found), APPLY, DISCARD)
    if answer != APPLY:
        return {"applied": False, "reason": "The proposal was not taken.", "undo": None}
    done = await applying.apply(server, held)
    if not done["applied"]:
        server.show("warning", done["reason"])
    return done


def why_not(held: Held) -> str:
    """Return why a proposal cannot be applied, in one sentence."""
    found, begin = held.proposal, _NOT_DONE[held.kind]
    if found.status == "failed" and found.evidence.tests and found.evidence.tests.newly_failing:
        failing = found.evidence.tests.newly_failing
        more = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
        return f"{begin}: {failing[0]}{more} would fail. {found.reason}"
    return f"{begin}: {found.reason}"


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


async def answered(server: "FamiliarServer", held: Held, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of a command that proposes: unless `offer` is false, the user is asked and it is applied."""
    document = as_document(held)
    if given.get("offer", not server.client.shows_evidence) is False:
        return document
    done = await offer(server, held)
    return {**document, "applied": done["applied"], "undo": done["undo"], "reason": document["reason"]}


# ---------------------------------------------------------------- commands


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
        undone = await server.edits.undo(repository.root, wanted_id)
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
