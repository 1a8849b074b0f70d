"""A plain client of any language server, as an editor is one."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.text import LineIndex
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient
from pygls.uris import from_fs_path


class Editor:
    """Use as `async with Editor(root, [server, arguments]) as editor`. Positions are UTF-16, as by default."""

    def __init__(
        self, root: Path, command: Sequence[str], *, settings: Mapping[str, Any] | None = None, env: Any = None
    ) -> None:
        self.root, self._command, self._env, self._settings = root, command, env, settings
        self._client = LanguageClient("editor", "1")
        self._texts: dict[str, tuple[int, bytes]] = {}

        for said in (lsp.WINDOW_LOG_MESSAGE, lsp.PROGRESS, lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS):

            @self._client.feature(said)
            def heard(params: Any) -> None:
                return None

        @self._client.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)
        def create(params: lsp.WorkDoneProgressCreateParams) -> None:
            return None

        @self._client.feature(lsp.WORKSPACE_CONFIGURATION)
        def configuration(params: lsp.ConfigurationParams) -> list[dict[str, Any]]:
            return [self._settings or {} if item.section == "familiar" else {} for item in params.items]

        @self._client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def register(params: lsp.RegistrationParams) -> None:
            return None

    @property
    def pid(self) -> int:
        """The server's process."""
        process = getattr(self._client, "_server", None)
        assert process is not None
        return int(process.pid)

    async def __aenter__(self) -> "Editor":
        await self._client.start_io(*self._command, env=self._env or dict(os.environ))
        uri = from_fs_path(str(self.root)) or ""
        await self._client.initialize_async(
            lsp.InitializeParams(
                process_id=os.getpid(),
                root_uri=uri,
                workspace_folders=[lsp.WorkspaceFolder(uri=uri, name=self.root.name)],
                capabilities=lsp.ClientCapabilities(
                    window=lsp.WindowClientCapabilities(work_done_progress=True),
                    workspace=lsp.WorkspaceClientCapabilities(configuration=True),
                ),
                initialization_options={"settings": self._settings, "trusted": False} if self._settings else {},
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

    def _uri(self, path: str) -> str:
        return from_fs_path(str(self.root / path)) or ""

    def open(self, path: str) -> None:
        """Open a file of the repository; nothing happens when it is open."""
        if path in self._texts:
            return
        data = (self.root / path).read_bytes()
        self._texts[path] = 1, data
        item = lsp.TextDocumentItem(uri=self._uri(path), language_id="python", version=1, text=data.decode())
        self._client.text_document_did_open(lsp.DidOpenTextDocumentParams(text_document=item))

    def replace(self, path: str, start: int, end: int, new: bytes) -> None:
        """Replace bytes `start:end` of an open file."""
        version, data = self._texts[path]
        index = LineIndex(data)
        span = lsp.Range(*(lsp.Position(*index.lsp_position(place, "utf-16")) for place in (start, end)))
        self._texts[path] = version + 1, data[:start] + new + data[end:]
        self._client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                text_document=lsp.VersionedTextDocumentIdentifier(version=version + 1, uri=self._uri(path)),
                content_changes=[lsp.TextDocumentContentChangePartial(range=span, text=new.decode())],
            )
        )

    async def references(self, path: str, position: lsp.Position) -> Sequence[lsp.Location]:
        """Ask for the references of what stands at a position of an open file, its declaration included."""
        return (
            await self._client.text_document_references_async(
                lsp.ReferenceParams(
                    text_document=lsp.TextDocumentIdentifier(uri=self._uri(path)),
                    position=position,
                    context=lsp.ReferenceContext(include_declaration=True),
                )
            )
            or []
        )

    async def request(self, method: str, params: object) -> Any:
        """Send any request."""
        return await self._client.protocol.send_request_async(method, params)
