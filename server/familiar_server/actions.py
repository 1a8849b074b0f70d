"""`textDocument/codeAction`: what the house would mend on these lines, and the refactorings that begin here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from familiar_server import house, move
from familiar_server.proposing import Place
from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer


def register(server: "FamiliarServer") -> None:
    """Register the method of this module."""
    kinds: list[types.CodeActionKind | str] = [types.CodeActionKind.QuickFix, move.KIND]
    server.on(types.TEXT_DOCUMENT_CODE_ACTION, actions, types.CodeActionOptions(code_action_kinds=kinds))


async def actions(server: "FamiliarServer", params: types.CodeActionParams) -> list[types.CodeAction]:
    """Answer `textDocument/codeAction`."""
    only = params.context.only
    found = await house.actions(server, params) if _asks_for(only, types.CodeActionKind.QuickFix) else []
    if _asks_for(only, move.KIND):
        found += await _moves(server, params)
    return found


def _asks_for(only: Sequence[types.CodeActionKind | str] | None, kind: str) -> bool:
    """Return whether a client that asks for some kinds, or for all, wants `kind`: a kind holds those below it."""
    wanted = [w.value if isinstance(w, types.CodeActionKind) else w for w in only or ()]
    return not wanted or any(w == "" or kind == w or kind.startswith(f"{w}.") for w in wanted)


async def _moves(server: "FamiliarServer", params: types.CodeActionParams) -> list[types.CodeAction]:
    document = server.documents.find(params.text_document.uri)
    place = server.roots.place(document) if document else None
    if document is None or place is None or document.data is None:
        return []
    at = Place(place[0], place[1], document.offset(params.range.start, server.documents.encoding))
    try:
        return await move.actions(server, document, at, params.range.start)
    except RequestFailed:
        return []  # nobody has asked for it, so there is nothing to say
