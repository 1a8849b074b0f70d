"""A real language client for tests: the real `familiar serve` over stdio, as an editor would drive it.

    async with Server(root) as server:
        uri = await server.open("pkg/a.py")
        items = await server.suggest("pkg/a.py", (3, 8))

The client keeps the documents as an editor does (one document model for both encodings), applies `workspace/applyEdit`
like a well-behaved editor, answers `window/showMessageRequest` from `answers`, and records what it is told.
"""

import asyncio
import contextlib
import itertools
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from familiar_codegraph.text import LineIndex

FULL: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showMessage": {"messageActionItem": {}}},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "workspaceFolders": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
        "didChangeConfiguration": {"dynamicRegistration": False},
    },
    "textDocument": {
        "inlineCompletion": {},
        "rename": {"prepareSupport": True},
        "synchronization": {"didSave": True},
    },
}


class LspError(Exception):
    """The server answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.message: str = error["message"]


class Server:
    """One server process and one client connected to it."""

    def __init__(
        self,
        *roots: Path,
        encoding: str = "utf-16",
        settings: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        capabilities: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        command: tuple[str, ...] = (sys.executable, "-m", "familiar_server", "serve", "--stdio"),
    ) -> None:
        self.roots = roots
        self.encoding: Any = encoding
        self.settings = settings or {}
        self.options = options
        self.capabilities = json.loads(json.dumps(capabilities or FULL))
        self.capabilities.setdefault("general", {})["positionEncodings"] = [encoding]
        self.command, self.env = command, {**os.environ, **(env or {})}
        self.answers: dict[str, str] = {}
        """Part of a question -> title of the action that answers it."""
        self.documents: dict[str, tuple[int, bytes]] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.handlers: dict[str, Callable[[Any], Any]] = {}
        self.capabilities_of_server: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Event()

    # -- life

    async def __aenter__(self) -> "Server":
        await self.start()
        await self.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.env,
            limit=64 * 1024 * 1024,
        )
        self._reader = asyncio.create_task(self._read())
        self._stderr = asyncio.create_task(self.process.stderr.read())  # type: ignore[union-attr]

    async def initialize(self) -> dict[str, Any]:
        folders = [{"uri": root.as_uri(), "name": root.name} for root in self.roots]
        params = {
            "processId": os.getpid(),
            "clientInfo": {"name": "tests"},
            "rootUri": folders[0]["uri"] if folders else None,
            "workspaceFolders": folders or None,
            "capabilities": self.capabilities,
            "initializationOptions": self.options,
        }
        result: dict[str, Any] = await self.request("initialize", params)
        self.capabilities_of_server = result["capabilities"]
        self.notify("initialized", {})
        return result

    async def stop(self, timeout: float = 60.0) -> int:
        """Shut down as the protocol says; return the exit code."""
        if self.process.returncode is None:
            with contextlib.suppress(LspError, ConnectionError, TimeoutError):
                await self.request("shutdown", None, timeout=timeout)
                self.notify("exit", None)
            try:
                await asyncio.wait_for(self.process.wait(), timeout)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
                raise
        await asyncio.gather(self._reader, self._stderr, return_exceptions=True)
        assert self.process.returncode is not None
        return self.process.returncode

    # -- talking

    async def request(self, method: str, params: Any = None, timeout: float = 60.0) -> Any:
        number, future = self.begin(method, params)
        try:
            return await asyncio.wait_for(future, timeout)
        finally:
            self._pending.pop(number, None)

    def begin(self, method: str, params: Any = None) -> "tuple[int, asyncio.Future[Any]]":
        """Send a request; return its id and the future of its answer."""
        number = next(self._numbers)
        future = self._pending[number] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number, future

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def raw(self, body: bytes) -> None:
        """Send bytes as a message, whatever they are."""
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def wait_for(self, what: Callable[[], Any], timeout: float = 60.0) -> Any:
        """Wait until `what()` is true (looked at after each message and every 50 ms); return its value."""
        end = time.monotonic() + timeout
        while not (value := what()):
            if time.monotonic() > end:
                raise TimeoutError(f"did not happen in {timeout} s; the last messages: {self.messages[-8:]}")
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 0.05)
        return value

    def told(self, method: str, part: str = "") -> list[dict[str, Any]]:
        """Return the params of what the server has sent by `method` with `part` in it."""
        return [p for m, p in self.messages if m == method and part in json.dumps(p, ensure_ascii=False)]

    # -- documents

    def uri(self, path: str) -> str:
        return (self.roots[0] / path).as_uri()

    async def open(self, path: str, text: str | None = None, language: str = "python") -> str:
        uri = self.uri(path)
        content = text if text is not None else (self.roots[0] / path).read_text(encoding="utf-8")
        self.documents[uri] = (1, content.encode())
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": content}},
        )
        return uri

    def edit(self, path: str, start: int, end: int, new: str) -> None:
        """Replace bytes `start:end` of an open document and tell the server."""
        self._edit(self.uri(path), start, end, new)

    def _edit(self, uri: str, start: int, end: int, new: str) -> None:
        version, data = self.documents[uri]
        change = {"range": self._range(data, start, end), "text": new}
        self.documents[uri] = (version + 1, data[:start] + new.encode() + data[end:])
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version + 1}, "contentChanges": [change]},
        )

    def close(self, path: str) -> None:
        self._close(self.uri(path))

    def _close(self, uri: str) -> None:
        del self.documents[uri]
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def text(self, path: str) -> str:
        """Return what the editor shows of `path`: the document when it is open, else the file."""
        uri = self.uri(path)
        return (self.documents[uri][1] if uri in self.documents else (self.roots[0] / path).read_bytes()).decode()

    def position(self, path: str, offset: int) -> dict[str, int]:
        """Return the LSP position of a byte offset in a document."""
        return self._position(self.documents[self.uri(path)][1], offset)

    def at(self, path: str, offset: int) -> dict[str, Any]:
        """Return {"textDocument", "position"} of a byte offset."""
        return {"textDocument": {"uri": self.uri(path)}, "position": self.position(path, offset)}

    def apply(self, uri: str, edits: list[dict[str, Any]]) -> None:
        """Apply text edits to a document as an editor does: all positions are in the text before."""
        if uri not in self.documents:
            # Editors keep a byte order mark out of the text.
            data = _path(uri).read_bytes().removeprefix(b"\xef\xbb\xbf")
            self.documents[uri] = (1, data)
            item = {"uri": uri, "languageId": "python", "version": 1, "text": data.decode()}
            self.notify("textDocument/didOpen", {"textDocument": item})
        index = LineIndex(self.documents[uri][1])
        spans = []
        for edit in edits:
            start, end = (self._offset(index, edit["range"][side]) for side in ("start", "end"))
            spans.append((start, end, edit["newText"]))
        for start, end, new in sorted(spans, reverse=True):
            self._edit(uri, start, end, new)

    def apply_workspace_edit(self, edit: dict[str, Any]) -> bool:
        """Apply all of a workspace edit or, on a stale version, nothing."""
        changes = edit.get("documentChanges") or [
            {"textDocument": {"uri": uri, "version": None}, "edits": edits}
            for uri, edits in edit.get("changes", {}).items()
        ]
        for change in changes:
            document = change.get("textDocument", {"uri": "", "version": None})
            uri, version = document["uri"], document["version"]
            if version is not None and self.documents.get(uri, (None,))[0] != version:
                return False
        for change in changes:
            self.operate(change)
        return True

    def operate(self, change: dict[str, Any]) -> None:
        """Do one of an edit's `documentChanges`: edit a text; create, rename or delete a file."""
        kind = change.get("kind")
        if kind is None:
            self.apply(change["textDocument"]["uri"], change["edits"])
        elif kind == "create":
            path = _path(change["uri"])
            assert not path.exists(), path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        elif kind == "rename":
            self.rename(change["oldUri"], change["newUri"])
        else:
            assert kind == "delete", kind
            if change["uri"] in self.documents:
                self._close(change["uri"])
            _path(change["uri"]).unlink()

    def rename(self, old_uri: str, new_uri: str) -> None:
        """Rename a file or folder as an editor does: what is open goes along, unsaved edits included."""
        old, new = _path(old_uri), _path(new_uri)
        assert not new.exists(), new
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
        for uri in [u for u in self.documents if u == old_uri or u.startswith(f"{old_uri}/")]:
            text, moved = self.documents[uri][1], new_uri + uri[len(old_uri) :]
            self._close(uri)
            self.documents[moved] = (1, text)
            item = {"uri": moved, "languageId": "python", "version": 1, "text": text.decode()}
            self.notify("textDocument/didOpen", {"textDocument": item})

    # -- features

    async def suggest(self, path: str, offset: int, *, kind: int = 2, **context: Any) -> list[dict[str, Any]]:
        """Return the inline completion items at a byte offset."""
        params = {**self.at(path, offset), "context": {"triggerKind": kind, **context}}
        result = await self.request("textDocument/inlineCompletion", params)
        items: list[dict[str, Any]] = result["items"]
        return items

    async def ready(self, timeout: float = 100.0) -> dict[str, Any]:
        """Wait until `familiar/status` says that the index is there; return the status."""
        end = time.monotonic() + timeout
        while True:
            status: dict[str, Any] = await self.request("familiar/status")
            if status["state"] in ("ready", "degraded", "idle"):
                return status
            if time.monotonic() > end:
                raise TimeoutError(f"not ready after {timeout} s: {status}")
            await asyncio.sleep(0.1)

    # -- the wire

    def _send(self, message: dict[str, Any]) -> None:
        self.raw(json.dumps(message).encode())

    async def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout
        try:
            while True:
                length = 0
                while (line := await stdout.readline()).strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                if not length:
                    break
                self._take(json.loads(await stdout.readexactly(length)))
        except asyncio.IncompleteReadError:
            pass
        said = (await self._stderr).decode(errors="replace")
        for future in self._pending.values():
            if not future.done():
                future.set_exception(ConnectionError(f"the server has ended; it said: {said[-2000:]}"))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            self.messages.append((message["method"], message.get("params") or {}))
            if "id" in message:
                asyncio.get_running_loop().create_task(self._answer(message))
        else:
            self.messages.append(("response", message))
            future = self._pending.pop(message["id"], None) if message["id"] is not None else None
            if future and not future.done():
                if "error" in message:
                    future.set_exception(LspError(message["error"]))
                else:
                    future.set_result(message.get("result"))
        self._news.set()

    async def _answer(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params")
        result: Any = None
        if method in self.handlers:
            result = self.handlers[method](params)
            if isinstance(result, Awaitable):
                result = await result
        elif method == "workspace/configuration":
            result = [self.settings for _ in params["items"]]
        elif method == "workspace/applyEdit":
            result = {"applied": self.apply_workspace_edit(params["edit"])}
        elif method == "window/showMessageRequest":
            titles = [item["title"] for item in params.get("actions") or []]
            title = next((a for part, a in self.answers.items() if part in params["message"] and a in titles), None)
            result = {"title": title} if title else None
        self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _position(self, data: bytes, offset: int) -> dict[str, int]:
        line, character = LineIndex(data).lsp_position(offset, self.encoding)
        return {"line": line, "character": character}

    def _range(self, data: bytes, start: int, end: int) -> dict[str, Any]:
        return {"start": self._position(data, start), "end": self._position(data, end)}

    def _offset(self, index: LineIndex, position: dict[str, int]) -> int:
        return index.lsp_offset((position["line"], position["character"]), self.encoding)


def _path(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("file://")))
