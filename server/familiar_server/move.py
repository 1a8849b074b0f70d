"""Moving: `familiar.move` proposes that a definition goes to another module, which the client asks for.

A code action on the definition's name leads there. A client with a picker of its own asks `familiar.destinations` for
the modules; for one without, the user is asked by a message, among the nearest.
"""

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from familiar_codegraph.discover import discover
from familiar_codegraph.values import Symbol
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from familiar_server.commands import argument
from familiar_server.documents import Document
from familiar_server.proposing import Place, answered, asked, place_of, position_of, proposal
from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

COMMAND = "familiar.move"
KIND = "refactor.move"
_NEAREST = 8
"""Modules among which a message lets the user choose."""
_MOVED = ("function", "class", "variable")


def register(server: "FamiliarServer") -> None:
    """Register the commands of this module."""
    server.on_command(COMMAND, propose_and_ask)
    server.on_command("familiar.destinations", destinations)


async def actions(
    server: "FamiliarServer", document: Document, place: Place, position: types.Position
) -> list[types.CodeAction]:
    """Return the code action for a definition of a module, with the cursor on its name."""
    if not place.path.endswith(".py") or (symbol := await _definition(place)) is None:
        return []
    where = {"line": position.line, "character": position.character}
    given = {"textDocument": {"uri": document.uri}, "position": where}
    title = f"Familiar: move {symbol.name} to another module…"
    return [types.CodeAction(title, kind=KIND, command=types.Command(title, COMMAND, arguments=[given]))]


async def _definition(place: Place) -> Symbol | None:
    """Return the definition of a module whose name is at the place."""
    symbol = (await place.repository.ask("definitions", place.path, place.offset)).symbol
    if symbol is None or symbol.path != place.path or not symbol.start <= place.offset <= symbol.end:
        return None
    return symbol if symbol.kind in _MOVED and symbol.scope == symbol.path else None


async def destinations(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.destinations`: the modules to which a definition may go, the nearest first; others may be made."""
    given = argument(params, "uri", "position")
    uri = given.get("uri") or (given.get("textDocument") or {}).get("uri")
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams(message="familiar.destinations asks for textDocument: {uri} and position.")
    place = place_of(server, uri, position_of(given.get("position")))
    symbol = (await place.repository.ask("definitions", place.path, place.offset)).symbol
    if symbol is None or symbol.kind not in _MOVED or symbol.scope != symbol.path:
        what = f"{symbol.name} is no function, class or constant of a module" if symbol else "Nothing here can be moved"
        raise RequestFailed(f"{what}: put the cursor on the name of one.")
    return {"name": symbol.name, "from": symbol.path, "modules": await _modules(place, symbol.path)}


async def _modules(place: Place, source: str) -> list[str]:
    found = await asyncio.to_thread(discover, place.repository.root)
    here = PurePosixPath(source).parent.parts

    def distance(path: str) -> tuple[int, str]:
        there = PurePosixPath(path).parent.parts
        shared = next(
            (n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there))
        )
        return len(here) + len(there) - 2 * shared, path

    return sorted((path for path in found if path.endswith(".py") and path != source), key=distance)


async def propose_and_ask(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """`familiar.move`: propose; unless `offer` is false, ask and apply."""
    given = argument(params, "uri", "position", "dest")
    dest = given.get("dest")
    if dest is None and not server.client.shows_evidence:
        dest = await _chosen(server, params)
        if dest is None:
            return {"applied": False, "undo": None, "reason": "No module was chosen; nothing was changed."}
    if not isinstance(dest, str) or not dest.strip():
        raise JsonRpcInvalidParams(message="familiar.move asks for {textDocument: {uri}, position, dest}.")
    held = await proposal(server, asked(server, "move", dest.strip(), given), params.work_done_token)
    return await answered(server, held, given)


async def _chosen(server: "FamiliarServer", params: types.ExecuteCommandParams) -> str | None:
    """Ask to which of the nearest modules the definition goes: all that a client without a picker can be asked."""
    there = await destinations(server, params)
    return await server.ask(f"To which module shall {there['name']} be moved?", *there["modules"][:_NEAREST])
