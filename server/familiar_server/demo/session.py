"""A client of our own server, as an editor would be one: it opens, types, asks, and applies the edits it is sent."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from familiar_codegraph.text import LineIndex
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter
from pygls.uris import from_fs_path, to_fs_path

Progress = Callable[[str, int | None], None]


@dataclass(frozen=True)
class Offer:
    """One suggestion as it arrived: what would be inserted, where it comes from and how likely it was thought right,
    milliseconds since the request."""

    text: str
    source: str
    score: float
    ms: float


class Session:
    """A running server and the documents open in it. Use as `async with Session(root) as session`."""

    def __init__(
        self,
        root: Path,
        *,
        progress: Progress | None = None,
        env: Mapping[str, str] | None = None,
        trusted: bool = True,
    ) -> None:
        self.root, self._progress, self._trusted = root, progress or (lambda message, percentage: None), trusted
        self._env = {**os.environ, **(env or {})}
        self._client = LanguageClient("familiar-demo", "1")
        self._buffers: dict[str, bytes] = {}
        self._versions: dict[str, int] = {}
        self.messages: list[str] = []
        self._listen()

    def _listen(self) -> None:
        client = self._client

        @client.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: lsp.WorkDoneProgressCreateParams) -> None:
            return None

        @client.feature(lsp.PROGRESS)
        def progress(params: lsp.ProgressParams) -> None:
            value = _plain(params.value)
            self._progress(str(value.get("message") or value.get("title") or ""), value.get("percentage"))

        @client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def show(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @client.feature(lsp.WINDOW_LOG_MESSAGE)
        def log(params: lsp.LogMessageParams) -> None:
            self.messages.append(params.message)

        @client.feature(lsp.WORKSPACE_CONFIGURATION)
        def configuration(params: lsp.ConfigurationParams) -> list[dict[str, Any]]:
            return [{} for _ in params.items]

        @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def register(params: lsp.RegistrationParams) -> None:
            return None

        @client.feature(lsp.WORKSPACE_APPLY_EDIT)
        def apply(params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
            self._apply(params.edit)
            return lsp.ApplyWorkspaceEditResult(applied=True)

    async def __aenter__(self) -> "Session":
        await self._client.start_io(sys.executable, "-P", "-m", "familiar_server", "serve", env=self._env)
        uri = from_fs_path(str(self.root)) or ""
        await self._client.initialize_async(
            lsp.InitializeParams(
                process_id=os.getpid(),
                root_uri=uri,
                workspace_folders=[lsp.WorkspaceFolder(uri=uri, name=self.root.name)],
                capabilities=lsp.ClientCapabilities(
                    general=lsp.GeneralClientCapabilities(position_encodings=[lsp.PositionEncodingKind.Utf8]),
                    window=lsp.WindowClientCapabilities(work_done_progress=True),
                    workspace=lsp.WorkspaceClientCapabilities(
                        apply_edit=True, workspace_edit=lsp.WorkspaceEditClientCapabilities(document_changes=True)
                    ),
                    text_document=lsp.TextDocumentClientCapabilities(
                        inline_completion=lsp.InlineCompletionClientCapabilities()
                    ),
                ),
                initialization_options={"trusted": self._trusted},
            )
        )
        self._client.initialized(lsp.InitializedParams())
        return self

    async def __aexit__(self, *failure: object) -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._client.shutdown_async(None), 5)
            self._client.exit(None)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._client.stop(), 5)

    # ------------------------------------------------------------ documents

    def uri(self, path: str) -> str:
        """Return the URI of a path relative to the root."""
        return from_fs_path(str(self.root / path)) or ""

    def buffer(self, path: str) -> bytes:
        """Return the open document's bytes."""
        return self._buffers[path]

    def open(self, path: str, data: bytes | None = None) -> None:
        """Open a file, with other text than on disk if `data` is given."""
        data = (self.root / path).read_bytes() if data is None else data
        self._buffers[path], self._versions[path] = data, 1
        document = lsp.TextDocumentItem(uri=self.uri(path), language_id="python", version=1, text=data.decode())
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=document))

    def close(self, path: str) -> None:
        """Close a document; what was typed and not saved is gone."""
        self._client.text_document_did_close(
            lsp.DidCloseTextDocumentParams(text_document=lsp.TextDocumentIdentifier(uri=self.uri(path)))
        )
        del self._buffers[path], self._versions[path]

    def replace(self, path: str, start: int, end: int, text: str) -> None:
        """Replace bytes `start:end` of an open document, as one keystroke or a paste does."""
        before = self._buffers[path]
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(self._position(before, start), self._position(before, end)), text=text
        )
        self._buffers[path] = before[:start] + text.encode() + before[end:]
        self._versions[path] += 1
        self._client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                text_document=lsp.VersionedTextDocumentIdentifier(version=self._versions[path], uri=self.uri(path)),
                content_changes=[change],
            )
        )

    @staticmethod
    def _position(data: bytes, offset: int) -> lsp.Position:
        line, column = LineIndex(data).lsp_position(offset, "utf-8")
        return lsp.Position(line, column)

    def _at(self, path: str, offset: int) -> dict[str, Any]:
        data = self._buffers[path] if path in self._buffers else (self.root / path).read_bytes()
        position = self._position(data, offset)
        return {
            "textDocument": {"uri": self.uri(path)},
            "position": {"line": position.line, "character": position.character},
        }

    def _apply(self, edit: lsp.WorkspaceEdit) -> None:
        """Apply an edit as editors do: open documents in the buffer (and saved, to keep the demo's files true)."""
        for change in edit.document_changes or []:
            if not isinstance(change, lsp.TextDocumentEdit):
                raise ValueError(f"the demo's client cannot apply {type(change).__name__}")
            file = Path(to_fs_path(change.text_document.uri) or "")
            index = LineIndex(file.read_bytes())
            data = index.data
            for one in sorted(change.edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
                start, end = (
                    index.lsp_offset((p.line, p.character), "utf-8") for p in (one.range.start, one.range.end)
                )
                data = data[:start] + getattr(one, "new_text", "").encode() + data[end:]
            file.write_bytes(data)

    # ------------------------------------------------------------ questions

    async def status(self) -> dict[str, Any]:
        """Return `familiar/status`."""
        status: dict[str, Any] = _plain(await self._client.protocol.send_request_async("familiar/status", {}))
        return status

    async def ready(self, limit: float, *, model: bool) -> dict[str, Any]:
        """Wait until the index (and the model, if it is wanted) is there; return the last status."""
        end = time.monotonic() + limit
        while True:
            status = await self.status()
            if status["state"] == "ready" and (not model or str(status["model"]) not in ("", "loading", "starting")):
                return status
            if time.monotonic() > end:
                return status
            await asyncio.sleep(0.05)

    async def complete(self, path: str, offset: int) -> Offer | None:
        """Ask for a suggestion at a byte offset of an open document."""
        start = time.perf_counter()
        answer = _plain(
            await self._client.text_document_inline_completion_async(
                lsp.InlineCompletionParams(
                    context=lsp.InlineCompletionContext(lsp.InlineCompletionTriggerKind.Automatic),
                    text_document=lsp.TextDocumentIdentifier(self.uri(path)),
                    position=self._position(self._buffers[path], offset),
                )
            )
        )
        ms = (time.perf_counter() - start) * 1000
        if not (items := answer["items"]):
            return None
        told = _told(items[0])
        source, score = str(told.get("source", "")), float(told.get("score", 0.0))
        return Offer(self._inserted(path, offset, items[0]), source, score, ms)

    def _inserted(self, path: str, offset: int, item: dict[str, Any]) -> str:
        """The item's text from the cursor on: what stands before the cursor in its range is dropped."""
        text = item["insertText"] if isinstance(item["insertText"], str) else item["insertText"]["value"]
        if span := item.get("range"):
            data = self._buffers[path]
            start = LineIndex(data).lsp_offset((span["start"]["line"], span["start"]["character"]), "utf-8")
            text = text.removeprefix(data[start:offset].decode())
        return str(text)

    async def why_silent(self, path: str, offset: int) -> str:
        """Return the reason why nothing was shown."""
        answer = _plain(
            await self._client.protocol.send_request_async("familiar/explainSilence", self._at(path, offset))
        )
        return str(answer["reason"])

    async def prepare_rename(self, path: str, offset: int) -> Any:
        """Return what `textDocument/prepareRename` answers."""
        place = self._position(self._buffers[path], offset)
        document = lsp.TextDocumentIdentifier(self.uri(path))
        return _plain(await self._client.text_document_prepare_rename_async(lsp.PrepareRenameParams(document, place)))

    async def rename(self, path: str, offset: int, new_name: str) -> dict[str, Any]:
        """Ask for a verified rename; return the proposal, not applied."""
        argument = {**self._at(path, offset), "newName": new_name, "offer": False}
        proposal: dict[str, Any] = await self.command("familiar.rename", argument)
        return proposal

    async def command(self, name: str, argument: dict[str, Any]) -> Any:
        """Run one of the server's commands."""
        return _plain(
            await self._client.workspace_execute_command_async(
                lsp.ExecuteCommandParams(command=name, arguments=[argument], work_done_token=f"demo-{time.time_ns()}")
            )
        )


def _told(item: dict[str, Any]) -> dict[str, Any]:
    """Return what the server says of a suggestion, beside its text."""
    arguments = (item.get("command") or {}).get("arguments") or [{}]
    return arguments[0] or {}


def _plain(value: Any) -> Any:
    """Objects that pygls makes of unknown shapes, as plain dicts and lists."""
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [_plain(one) for one in value]
    if hasattr(value, "_asdict"):
        return {key: _plain(one) for key, one in value._asdict().items()}
    if hasattr(value, "__attrs_attrs__"):
        return _converter().unstructure(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value


@cache
def _converter() -> Any:
    """Return pygls' converter, made once: making it takes longer than the server takes to answer."""
    return default_converter()
