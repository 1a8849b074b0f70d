"""`workspace/executeCommand`: the small commands. Renaming has a module of its own."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from familiar_edits import trust as book
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from familiar_server import adding, inline
from familiar_server.documents import file_path
from familiar_server.protocol import RequestFailed

if TYPE_CHECKING:
    from familiar_server.repository import Repository
    from familiar_server.server import FamiliarServer


def register(server: "FamiliarServer") -> None:
    """Register the commands of this module."""
    server.on_command("familiar.snooze", snooze)
    server.on_command("familiar.toggle", toggle)
    server.on_command("familiar.trust", trust)
    server.on_command("familiar.restart", restart)
    server.on_command("familiar.explainSilence", explain_silence)
    server.on_command("familiar.taken", taken)


def argument(params: types.ExecuteCommandParams, *positional: str) -> dict[str, Any]:
    """Return the command's argument: one object, or plain values in the order of `positional`.

    Raises:
        JsonRpcInvalidParams: they are neither.
    """
    given = list(params.arguments or [])
    if len(given) == 1 and isinstance(given[0], Mapping):
        return dict(given[0])
    if len(given) > len(positional):
        raise JsonRpcInvalidParams(
            message=f"{params.command} asks for one object with {', '.join(positional) or 'nothing'}."
        )
    return dict(zip(positional, given, strict=False))


async def snooze(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Keep quiet for some minutes; 0 ends it."""
    minutes = argument(params, "minutes").get("minutes", server.settings.completion.snooze_minutes)
    if not isinstance(minutes, int | float) or isinstance(minutes, bool) or minutes < 0:
        raise JsonRpcInvalidParams(message="familiar.snooze asks for minutes, a number from 0 on.")
    server.snoozed_until = time.monotonic() + 60 * minutes
    return {"minutes": minutes}


async def toggle(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Switch suggestions on or off until the server ends: for one language, or for all."""
    language = argument(params, "language").get("language")
    if language is None:
        server.switched_off = not server.switched_off
        return {"enabled": not server.switched_off, "language": None}
    server.languages_off ^= {str(language)}
    return {"enabled": str(language) not in server.languages_off, "language": language}


async def trust(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Remember whether the tests of a repository may run."""
    wanted = argument(params, "uri", "trusted")
    repository = repository_of(server, wanted.get("uri"))
    trusted = wanted.get("trusted", True)
    if trusted:
        book.trust(repository.root)
    else:
        book.revoke(repository.root)
    server.decided[repository.root] = bool(trusted)
    return {"root": str(repository.root), "trusted": bool(trusted)}


async def restart(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Start the processes behind the server anew."""
    uri = argument(params, "uri").get("uri")
    repositories = [repository_of(server, uri)] if uri else server.roots.all()
    for repository in repositories:
        repository.restart()
    return {"restarted": [str(repository.root) for repository in repositories]}


async def explain_silence(server: "FamiliarServer", params: types.ExecuteCommandParams) -> dict[str, str]:
    """Say why nothing was suggested at a place."""
    return await inline.explain(server, argument(params, "textDocument", "position"))


async def taken(server: "FamiliarServer", params: types.ExecuteCommandParams) -> None:
    """A suggestion was taken: add the imports that it needs. What is kept of it shows in the document's changes."""
    about = argument(params, "source")
    if about.get("imports") and isinstance(about.get("uri"), str):
        lines = [str(line) for line in about["imports"]]
        server.spawn(adding.add(server, about["uri"], lines), "adding an import")


def repository_of(server: "FamiliarServer", uri: str | None) -> "Repository":
    """Return the repository that `uri` belongs to, or the only one.

    Raises:
        RequestFailed: there is none, or it is not clear which.
    """
    if uri is not None:
        repository = server.roots.of(file_path(str(uri)))
        if repository is None:
            raise RequestFailed(f"{uri} belongs to no folder of the workspace.")
        return repository
    repositories = server.roots.all()
    if len(repositories) != 1:
        have = "none is" if not repositories else f"{len(repositories)} are"
        raise RequestFailed(f"Say which repository is meant by `uri`: {have} open.")
    return repositories[0]
