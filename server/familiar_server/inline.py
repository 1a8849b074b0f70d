"""`textDocument/inlineCompletion`, and why it is silent when it is.

A newer request for a document replaces an older one, whether or not the client cancels it (Neovim does not). The answer
is always a list, for some clients keep stale ghost text on null.
"""

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any

from familiar_codegraph.text import Encoding, LineIndex
from familiar_codegraph.wire import ChildError
from familiar_completion.values import Answer, Suggestion
from familiar_memory.values import Offer
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from familiar_server.documents import Document
from familiar_server.notebooks import Spot, spot

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer

METHOD = types.TEXT_DOCUMENT_INLINE_COMPLETION
PATIENCE = 2.0
"""Seconds after which a request is answered, whatever the completion process does."""
NOTHING = types.InlineCompletionList(items=[])


def register(server: "FamiliarServer") -> None:
    """Register the methods of this module."""
    options = types.InlineCompletionOptions()
    server.optional.append((METHOD, lambda s: s.settings.answer.inline_completion, complete, options))
    server.on("familiar/explainSilence", explain)
    server.on("textDocument/didShowCompletion", shown)
    server.on("textDocument/didPartiallyAcceptCompletion", partly)


async def complete(server: "FamiliarServer", params: types.InlineCompletionParams) -> types.InlineCompletionList:
    """Answer with suggestions, best first; with none when there is nothing good to say."""
    at = spot(server, params.text_document.uri)
    document, encoding = at.document, server.documents.encoding
    invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    selected = params.context.selected_completion_info
    reason = refusal(server, document, invoked=invoked)
    if reason is None and selected and server.settings.completion.menu == "hide":
        reason = "a completion menu is open, and familiar.completion.menu is `hide`"
    if reason:
        return _silent(server, document, reason)
    offset = at.offset(params.position, encoding)
    place = server.roots.place(document)
    if place is None:
        return _silent(server, document, f"{document.name} belongs to no folder of the workspace")
    if reason := place[0].private.get(place[1]):
        return _silent(server, document, reason)
    content, version = document.content(), document.version
    entry = _entry(at, selected, offset, encoding) if selected else None
    if isinstance(entry, str):
        return _silent(server, document, entry)
    if document.graphed:
        place[0].looking.at(place[1], content.data, offset)
    answer = await _asked(server, document, place, offset, entry[1] if entry else None)
    if document.version != version:
        return _silent(server, document, "the text has changed while the suggestion was made")
    lead = entry[0] if entry else offset
    offers = [
        _offer(content, suggestion, lead, offset)
        for suggestion in answer.suggestions
        if (entry is None or suggestion.start == offset)
        and (not suggestion.imports or (server.client.applies_edits and document.graphed))
        and at.holds(suggestion.start, suggestion.end)
    ]
    if not offers:
        return _silent(server, document, answer.silence or "nothing here continues the menu's entry")
    if not invoked:
        offers, reason = place[0].memory.worth(place[1], offers, document, offset)
        if reason:
            return _silent(server, document, reason)
    server.silences.pop(document.uri, None)
    place[0].memory.offered(place[1], document, offset, offers)
    items = [_item(at, offer, encoding) for offer in offers]
    return types.InlineCompletionList(items=items)


def refusal(server: "FamiliarServer", document: Document, *, invoked: bool = False) -> str | None:
    """Return why nothing may be suggested in `document` now, or None."""
    settings = server.settings
    if not settings.answer.inline_completion:
        return "this server does not answer inline completion (familiar.answer.inlineCompletion)"
    if not settings.completion.enabled or server.switched_off:
        return "completion is switched off (familiar.completion.enabled, or the command `familiar.toggle`)"
    if document.language in settings.completion.disabled_languages or document.language in server.languages_off:
        where = "familiar.completion.disabledLanguages, or the command `familiar.toggle`"
        return f"completion is switched off for {document.language} ({where})"
    if not invoked and (left := server.snoozed_until - time.monotonic()) > 0:
        return f"completion is snoozed for {math.ceil(left / 60)} more minutes"
    if document.path is None and document.uri.startswith("vscode-notebook-cell:"):
        return "this editor says nothing of the notebook that the cell is in"
    if document.graphed and document.path and document.path.suffix == ".ipynb":
        return "a notebook's file is not completed as text; its cells are, where the editor shows it as a notebook"
    if document.path is None:
        return f"{document.uri} is no file; save it first"
    if document.index is None:
        return f"{document.name} is too large: {document.size / 1e6:.1f} MB"
    return None


async def explain(server: "FamiliarServer", params: Any) -> dict[str, str]:
    """Answer `familiar/explainSilence {textDocument, position}`: {"reason", "detail"}."""
    try:
        uri, at = params["textDocument"]["uri"], params["position"]
        position = types.Position(int(at["line"]), int(at["character"]))
    except (TypeError, KeyError, ValueError):
        wanted = "familiar/explainSilence asks for {textDocument: {uri}, position: {line, character}}."
        raise JsonRpcInvalidParams(message=wanted) from None
    at_cursor = spot(server, uri)
    document = at_cursor.document
    if reason := refusal(server, document):
        return {"reason": reason, "detail": f"{document.name}, language {document.language}"}
    offset = at_cursor.offset(position, server.documents.encoding)
    place = server.roots.place(document)
    if place is None:
        return {"reason": f"{document.name} belongs to no folder of the workspace", "detail": str(document.path)}
    version, reason = server.silences.get(document.uri, (None, ""))
    try:
        found = await asyncio.wait_for(place[0].completion.explain(place[1], offset), PATIENCE)
    except (ChildError, TimeoutError):
        found = {"reason": "the completion process is starting", "detail": f"for {place[0].root}"}
    return {"reason": reason, "detail": found["detail"]} if version == document.version else found


async def shown(server: "FamiliarServer", params: Any) -> None:
    """The client says which item it shows."""
    item = params.get("item") if isinstance(params, dict) else None
    text = item.get("insertText") if isinstance(item, dict) else None
    if isinstance(text, str):
        for repository in server.roots.all():
            repository.memory.shown(text)


async def partly(server: "FamiliarServer", params: Any) -> None:
    """The client says that a part was accepted: the document's change has said so already."""


Entry = tuple[int, str]
"""Where the menu's entry starts, and what of it is still to be typed."""


def _entry(at: Spot, selected: types.SelectedCompletionInfo, offset: int, encoding: Encoding) -> Entry | str:
    """Return the menu's entry, or why nothing can continue it."""
    start = at.offset(selected.range.start, encoding)
    typed = at.document.content().data[start:offset].decode("utf-8", "surrogateescape")
    if start > offset or not selected.text.startswith(typed):
        return "the menu's selected entry does not begin with what is typed"
    return start, selected.text[len(typed) :]


async def _asked(
    server: "FamiliarServer", document: Document, place: "tuple[Repository, str]", offset: int, selected: str | None
) -> Answer:
    """Ask the completion process, in place of the request before for this document."""
    call = place[0].completion.complete(place[1], offset, document.version, selected=selected)
    task = asyncio.ensure_future(call)
    if before := server.asking.get(document.uri):
        before.cancel()
    server.asking[document.uri] = task
    try:
        await asyncio.wait({task}, timeout=PATIENCE)
        if not task.done():
            return Answer(silence=f"the completion process did not answer in {PATIENCE:.0f} s")
        if task.cancelled():
            return Answer(silence="a newer request for this document replaced this one")
        return task.result()
    except ChildError as error:
        return Answer(silence=f"the completion process could not answer ({error})")
    finally:
        task.cancel()
        if server.asking.get(document.uri) is task:
            del server.asking[document.uri]


def _offer(content: LineIndex, suggestion: Suggestion, lead: int, offset: int) -> Offer:
    """Return what is sent; `lead` is before `offset` when it must replace what the menu's entry does."""
    before = content.data[lead:offset] if lead < offset else b""
    text = before + suggestion.text.encode("utf-8", "surrogateescape")
    start = min(lead, suggestion.start)
    return Offer(text, start, suggestion.end, suggestion.source, suggestion.score, imports=suggestion.imports)


def _item(at: Spot, offer: Offer, encoding: Encoding) -> types.InlineCompletionItem:
    start, end = (at.position(place, encoding) for place in (offer.start, offer.end))
    about = {"source": offer.source, "score": offer.score, "uri": at.own.uri, "imports": list(offer.imports)}
    return types.InlineCompletionItem(
        insert_text=offer.text.decode("utf-8", "surrogateescape"),
        range=types.Range(start, end),
        command=types.Command(title="Taken", command="familiar.taken", arguments=[about]),
    )


def _silent(server: "FamiliarServer", document: Document, reason: str) -> types.InlineCompletionList:
    server.silences[document.uri] = document.version, reason
    return NOTHING
