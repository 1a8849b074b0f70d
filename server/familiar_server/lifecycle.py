"""Initialize, settings, workspace folders and documents: what keeps the server and the editor of one mind."""

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from familiar_codegraph.text import Encoding
from familiar_edits.apply import recover
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from familiar_server import notebooks
from familiar_server.client import ClientFacts
from familiar_server.documents import file_path
from familiar_server.model_choice import choose
from familiar_server.settings import Settings, read

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

_LEVELS = {"error": logging.ERROR, "warning": logging.WARNING, "info": logging.INFO, "debug": logging.DEBUG}


def register(server: "FamiliarServer") -> None:
    """Register the methods of this module."""
    server.on_sync(types.INITIALIZE, initialize)
    server.on(types.INITIALIZED, initialized)
    server.on(types.SHUTDOWN, shutdown)
    server.on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration)
    server.on_sync(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_folders)
    server.on_sync(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files)
    server.on_sync(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, cancel_progress)
    server.on_sync(types.TEXT_DOCUMENT_DID_OPEN, did_open)
    server.on_sync(types.TEXT_DOCUMENT_DID_CHANGE, did_change)
    server.on_sync(types.TEXT_DOCUMENT_DID_CLOSE, did_close)
    server.on_sync(types.TEXT_DOCUMENT_DID_SAVE, did_save)
    server.on("familiar/status", status)


def initialize(server: "FamiliarServer", params: types.InitializeParams) -> None:
    """Take over the client's facts and folders; what is advertised follows from the settings it sent."""
    server.client = ClientFacts.of(params)
    settings, server.early_warnings = read(server.client.settings)
    take_settings(server, settings)
    server.model = choose(settings.completion.model)
    folders = [file_path(folder.uri) for folder in params.workspace_folders or []]
    if not folders and params.root_uri:
        folders = [file_path(params.root_uri)]
    elif not folders and params.root_path:
        folders = [Path(params.root_path)]
    server.roots.set_folders([folder for folder in folders if folder])
    server.advertise()


async def initialized(server: "FamiliarServer", _: Any) -> None:
    """Pull the settings, then start with the folders."""
    encoding = server.server_capabilities.position_encoding
    server.documents.encoding = cast(Encoding, str(getattr(encoding, "value", encoding) or "utf-16"))
    for sentence in server.early_warnings:
        server.show("warning", sentence)
    if server.client.registers_configuration:
        what = types.Registration(
            id="familiar-settings",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options={"section": "familiar"},
        )
        await _quietly(server.client_register_capability_async(types.RegistrationParams(registrations=[what])))
    await pull(server)
    if cells := notebooks.registration(server, types.TEXT_DOCUMENT_INLINE_COMPLETION):
        await _quietly(server.client_register_capability_async(types.RegistrationParams(registrations=[cells])))
    for path in await asyncio.to_thread(recover):
        server.show("warning", f"An edit that was interrupted could not be completed in {path}: look at it.")
    server.roots.start()


async def shutdown(server: "FamiliarServer", _: Any) -> None:
    """End our processes; the answer says that they have ended."""
    await asyncio.gather(server.roots.close(), server.edits.close())


async def did_change_configuration(server: "FamiliarServer", params: types.DidChangeConfigurationParams) -> None:
    """Take the new settings: pulled where the client lets us, else those that it sent."""
    if server.client.pulls_configuration:
        await pull(server)
    elif isinstance(params.settings, dict):
        await _apply(server, params.settings.get("familiar", params.settings))


async def pull(server: "FamiliarServer") -> None:
    """Ask the client for the `familiar` section."""
    if not server.client.pulls_configuration:
        return
    items = types.ConfigurationParams(items=[types.ConfigurationItem(section="familiar")])
    answer = await _quietly(server.workspace_configuration_async(items))
    if answer and answer[0] is not None:
        await _apply(server, answer[0])


async def _apply(server: "FamiliarServer", raw: object) -> None:
    settings, warnings = read(raw)
    for sentence in warnings:
        if sentence not in server.early_warnings:
            server.early_warnings.append(sentence)
            server.show("warning", sentence)
    before = server.settings
    take_settings(server, settings)
    if before.completion.model != settings.completion.model:
        server.model = await asyncio.to_thread(choose, settings.completion.model)
    if before != settings:
        server.roots.settings_changed(before)


def take_settings(server: "FamiliarServer", settings: Settings) -> None:
    """Make `settings` the current ones."""
    server.settings = settings
    logging.getLogger("familiar_server").setLevel(_LEVELS[settings.log.level])


async def _quietly(request: Any) -> Any:
    """Await a request to the client; an error or a client that does not answer in 5 s counts as no answer."""
    try:
        return await asyncio.wait_for(request, 5.0)
    except (JsonRpcException, TimeoutError):
        return None


def did_change_folders(server: "FamiliarServer", params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Start with added folders, stop with removed ones."""
    added = [file_path(folder.uri) for folder in params.event.added]
    removed = [file_path(folder.uri) for folder in params.event.removed]
    server.roots.change_folders([p for p in added if p], [p for p in removed if p])


def did_change_watched_files(server: "FamiliarServer", params: types.DidChangeWatchedFilesParams) -> None:
    """Take file events from clients that send them; our own watcher may have seen the same."""
    paths = [file_path(change.uri) for change in params.changes]
    server.roots.files_changed({path for path in paths if path})


def cancel_progress(server: "FamiliarServer", params: types.WorkDoneProgressCancelParams) -> None:
    """Stop the work that the progress stands for."""
    if cancel := server.cancels.pop(params.token, None):
        cancel()


def did_open(server: "FamiliarServer", params: types.DidOpenTextDocumentParams) -> None:
    """Own the document from now on."""
    document = server.documents.open(params.text_document)
    server.roots.opened(document)


def did_change(server: "FamiliarServer", params: types.DidChangeTextDocumentParams) -> None:
    """Apply the edits, and pass them on as byte edits."""
    document = server.documents.get(params.text_document.uri)
    edits = document.change(params.text_document.version, params.content_changes, server.documents.encoding)
    server.roots.changed(document, edits)


def did_close(server: "FamiliarServer", params: types.DidCloseTextDocumentParams) -> None:
    """Let the disk be the truth again."""
    if document := server.documents.close(params.text_document.uri):
        server.roots.closed(document)


def did_save(server: "FamiliarServer", params: types.DidSaveTextDocumentParams) -> None:
    """The disk has what the document has."""
    if path := file_path(params.text_document.uri):
        server.roots.files_changed({path})


async def status(server: "FamiliarServer", _: Any) -> dict[str, Any]:
    """Answer `familiar/status`: {"state", "model", "index", "memory", "message"}."""
    found = await server.roots.status()
    if not server.settings.completion.enabled:
        found["state"], found["message"] = "off", "Completion is switched off (familiar.completion.enabled)."
    elif server.snoozed_until > time.monotonic():
        minutes = (server.snoozed_until - time.monotonic()) / 60
        found["state"], found["message"] = "snoozed", f"Quiet for {minutes:.0f} more minutes."
    return found
