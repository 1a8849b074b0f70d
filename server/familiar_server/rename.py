"""Renaming: `textDocument/rename`, which is the application itself, and `familiar.rename`, which proposes and asks.

Editors write the answer of `textDocument/rename` at once, so it is the verified edit or an error that says why not.
What is not verified within `familiar.rename.wait` is offered later, by a question.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

from familiar_server import applying
from familiar_server.applying import Held
from familiar_server.commands import argument
from familiar_server.documents import text_at
from familiar_server.proposing import Asked, answered, asked, offer, place_of, proposal, why_not
from familiar_server.protocol import RequestFailed
from familiar_server.workspaceedit import workspace_edit

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

_UNANSWERED = 10.0
"""Seconds that an editor gets to make the edit: it does not say when it has, or that it will not."""
_NAME = re.compile(rb"[A-Za-z_$\x80-\xff][0-9A-Za-z_$\x80-\xff]*")


def register(server: "FamiliarServer") -> None:
    """Register the methods and commands of this module."""
    options = types.RenameOptions(prepare_provider=True)
    server.optional.append((types.TEXT_DOCUMENT_RENAME, wanted, rename, options))
    server.optional.append((types.TEXT_DOCUMENT_PREPARE_RENAME, wanted, prepare, None))
    server.on_command("familiar.rename", propose_and_ask)


def wanted(server: "FamiliarServer") -> bool:
    """Whether this server answers `textDocument/rename`."""
    setting = server.settings.answer.rename
    return setting == "on" or (setting == "auto" and not server.client.other_rename)


# ---------------------------------------------------------------- textDocument/rename


async def prepare(server: "FamiliarServer", params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    """Say what would be renamed; an error says why nothing can be. The user types the name: get ready meanwhile."""
    server.edits.ready()
    repository, path, offset = place_of(server, params.text_document.uri, params.position)
    document = server.documents.find(params.text_document.uri)
    content = document.content() if document else text_at(repository.root / path).content()
    span = _name_at(content.data, offset)
    if span is None:
        raise RequestFailed("There is no name here, so there is nothing to rename.")
    answers = await repository.ask("definitions", path, offset)
    if answers.symbol is None:
        raise RequestFailed(f"This cannot be renamed: {answers.reason or 'it has no definition in the repository'}.")
    if answers.symbol.kind == "module" and "rename" not in server.client.resource_operations:
        what = f"{answers.symbol.path} would get another name, and this editor cannot be asked to rename files"
        raise RequestFailed(f"{what}; `familiar refactor rename` can.")
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
    place = place_of(server, params.text_document.uri, params.position)
    wish = Asked("rename", params.new_name, place, server.settings.rename.verify)
    work = asyncio.ensure_future(proposal(server, wish, params.work_done_token))
    try:
        done, _ = await asyncio.wait({work}, timeout=server.settings.rename.wait)
    except asyncio.CancelledError:
        work.cancel()
        raise
    if not done:
        server.spawn(_offer_later(server, work), "verifying a rename")
        raise RequestFailed(f"Still verifying the rename to {wish.to}; you will be asked when it is done.")
    held = _result(work)
    return await _answer(server, held, wish.verify)


async def _answer(server: "FamiliarServer", held: Held, verify: str) -> types.WorkspaceEdit:
    found = held.proposal
    as_asked = found.status == "unverified" and verify in ("static", "none")
    if found.status == "unverified" and not as_asked:
        server.spawn(offer(server, held), "offering a rename")
        raise RequestFailed(f"Not verified: {found.reason}")
    if found.status != "verified" and not as_asked:
        raise RequestFailed(why_not(held))
    if changed := applying.stale(server, held.root, found.changeset.changes):
        raise RequestFailed(f"{', '.join(changed)} changed while the rename was verified; ask for it again.")
    edit = workspace_edit(server, held.root, found.changeset, held.before)
    applying.expect_questions(server, edit)
    done = applying.remember(server, held)
    server.tell("info", f"{found.changeset.description}: {found.status}. {found.reason}")
    if as_asked:
        server.show("warning", f"Renamed, not verified: {found.reason}")
    server.spawn(_look_afterwards(server, done), "looking at a rename")
    return edit


async def _look_afterwards(server: "FamiliarServer", done: applying.Applied) -> None:
    """Name the files that the editor did not change as it was told to, when it changed any."""
    if await applying.settled(server, done, _UNANSWERED):
        return  # what is done to the files from then on, as taking it back, is no half-made edit
    if reason := applying.half_made(server, done):
        server.show("warning", reason)


async def _offer_later(server: "FamiliarServer", work: "asyncio.Future[Held]") -> None:
    try:
        held = await work
    except (RequestFailed, JsonRpcRequestCancelled) as error:
        server.show("warning", error.message)
        return
    await offer(server, held)


def _result(work: "asyncio.Future[Held]") -> Held:
    if work.cancelled():
        raise JsonRpcRequestCancelled(message="Cancelled; nothing was changed.")
    return work.result()


# ---------------------------------------------------------------- commands


async def propose_and_ask(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.rename`: propose; unless `offer` is false, ask and apply."""
    given = argument(params, "uri", "position", "newName")
    new_name = given.get("newName")
    if not isinstance(new_name, str) or not new_name:
        raise JsonRpcInvalidParams(message="familiar.rename asks for {textDocument: {uri}, position, newName}.")
    held = await proposal(server, asked(server, "rename", new_name, given), params.work_done_token)
    return await answered(server, held, given)
