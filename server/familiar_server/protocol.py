"""JSON-RPC as we want it: nothing that arrives can end the server, and every request gets an answer.

pygls' protocol, with these differences. Our own documents replace its workspace's. A message that is no JSON, or not of
the shape that its method asks for, is answered by an error instead of by silence. Params of custom methods stay plain
objects. A client that counts trigger kinds from 0 is understood.
"""

import asyncio
import contextlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Generator
from concurrent.futures import InvalidStateError
from typing import Any, BinaryIO

from lsprotocol import converters, types
from pygls.exceptions import (
    FeatureNotificationError,
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
)
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage

_log = logging.getLogger(__name__)
_SWITCH = 0.0005
"""Seconds after which the event loop lets go of the interpreter for the thread that writes: by default an answer may
wait 5 ms, longer than it took to make."""
_LONGEST_HEADER, _PIECE = 1 << 30, 1 << 16
PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS, REQUEST_FAILED = -32700, -32600, -32602, -32803


class RequestFailed(JsonRpcException):
    """A request that was understood and cannot be done; the message is one sentence for the user."""

    CODE = REQUEST_FAILED
    MESSAGE = "Request failed"


def converter() -> Any:
    """Return the converter of the wire: typed for standard methods, plain objects for custom ones."""
    made = converters.get_converter()

    def plain(obj: dict[str, Any], cls: type[Any]) -> Any:
        known = {"id", "method", "jsonrpc", "params", "result"}
        fields = {k: v for k, v in obj.items() if k in known}
        if cls is not JsonRPCResponseMessage:
            fields.setdefault("params", None)
        return cls(**fields)

    for cls in (JsonRPCRequestMessage, JsonRPCNotification, JsonRPCResponseMessage):
        made.register_structure_hook(cls, plain)
    return made


def _ours_alone(method: str) -> Any:
    """Return a handler of pygls' own that does nothing but call the one that is registered for `method`."""

    @lsp_method(method)
    def handle(self: LanguageServerProtocol, params: Any) -> Generator[Any, Any, None]:
        yield self.fm.features[method], (params,), None

    return handle


class Protocol(LanguageServerProtocol):
    """The wire of `familiar serve`."""

    _server: Any

    def structure_message(self, data: dict[str, Any]) -> Any:
        if "jsonrpc" not in data:
            return data
        try:
            return super().structure_message(_tolerated(data))
        except JsonRpcException:
            return Malformed(data)

    def handle_message(self, message: Any) -> None:
        if isinstance(message, Malformed):
            self._refuse(message)
        elif getattr(message, "jsonrpc", None) != "2.0":
            self.answer_unreadable("The message is no JSON-RPC 2.0 message; it was left out.", INVALID_REQUEST)
        elif self._workspace is None and _too_early(message):
            self._send_response(message.id, error=NotInitialized().to_response_error())
        elif isinstance(message, types.ResponseErrorMessage) and message.id is None:
            _log.warning("the client reports: %s", message.error)
        else:
            super().handle_message(message)

    def _handle_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
        # An answer may come after we have stopped waiting for it.
        with contextlib.suppress(InvalidStateError):
            super()._handle_response(msg_id, result, error)

    def answer_unreadable(self, sentence: str, code: int = PARSE_ERROR) -> None:
        """Answer something that was no message: there is no id to answer to, so the id is null, as JSON-RPC has it."""
        self._send_data({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": sentence}})

    def _get_handler(self, feature_name: str) -> Any:
        try:
            return super()._get_handler(feature_name)
        except JsonRpcMethodNotFound:
            sentence = f"This server does not answer {feature_name}; see docs/reference for what it answers."
            raise JsonRpcMethodNotFound(message=sentence) from None

    def _check_handler_result(self, future: Any) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._server._report_server_error(error, FeatureNotificationError)

    def _refuse(self, message: "Malformed") -> None:
        method = message.data.get("method")
        sentence = f"The params of {method} are not what the protocol asks for; the message was left out."
        if "id" in message.data and method:
            error = JsonRpcInvalidParams(message=sentence).to_response_error()
            self._send_response(message.data["id"], error=error)
        elif "id" in message.data:
            # A response of the client that makes no sense: whoever waits for it is told.
            error = types.ResponseError(code=INVALID_PARAMS, message="The client's answer is malformed.")
            self._handle_response(message.data["id"], error=error)
        else:
            _log.warning(sentence)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Prefer utf-8 where it is offered: it is what the files are in."""
        if self._workspace is not None:
            raise JsonRpcInvalidRequest(message="The server is initialized already.")
        general = params.capabilities.general
        if general and general.position_encodings and types.PositionEncodingKind.Utf8 in general.position_encodings:
            general.position_encodings = [types.PositionEncodingKind.Utf8]
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, params: Any) -> Generator[Any, Any, None]:
        yield self.fm.features[types.SHUTDOWN], (params,), None
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *params: Any) -> Any:
        self._server.leave(0 if self._shutdown else 1)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """Hand the command the whole params: pygls would drop the progress token."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            known = ", ".join(sorted(self.fm.commands))
            raise JsonRpcInvalidParams(message=f"There is no command {params.command}; there are: {known}.")
        return (yield handler, (params,), None)

    # The documents are ours (`documents.Documents`): pygls' copy would only cost time.

    lsp_text_document__did_open = _ours_alone(types.TEXT_DOCUMENT_DID_OPEN)
    lsp_text_document__did_change = _ours_alone(types.TEXT_DOCUMENT_DID_CHANGE)
    lsp_text_document__did_close = _ours_alone(types.TEXT_DOCUMENT_DID_CLOSE)
    lsp_notebook_document__did_open = _ours_alone(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    lsp_notebook_document__did_change = _ours_alone(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    lsp_notebook_document__did_close = _ours_alone(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    lsp_work_done_progress_cancel = _ours_alone(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)


class NotInitialized(JsonRpcException):
    CODE = -32002
    MESSAGE = "The server is not initialized yet; send `initialize` first."


class Malformed:
    """A message whose params do not fit its method."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


def _too_early(message: Any) -> bool:
    return getattr(message, "method", types.INITIALIZE) != types.INITIALIZE and hasattr(message, "id")


def _tolerated(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("method") != types.TEXT_DOCUMENT_INLINE_COMPLETION:
        return data
    params = data.get("params")
    if isinstance(params, dict):
        context = params.setdefault("context", {})
        if isinstance(context, dict) and context.get("triggerKind") not in (1, 2):
            # vscode-languageclient 9 sends VS Code's own kinds, 0 for invoked; others leave the kind out.
            context["triggerKind"] = 1 if context.get("triggerKind") == 0 else 2
    return data


class Input(asyncio.StreamReader):
    """The server's end of stdin, read by a thread of its own: a message that has come whole is taken without a wait.

    pygls' reader asks a thread for each line and each body, which costs more than most answers do.
    """

    def __init__(self, source: int) -> None:
        super().__init__(limit=_LONGEST_HEADER)
        self._source, self._events = source, asyncio.get_running_loop()
        threading.Thread(target=self._run, name="stdin", daemon=True).start()

    async def readexactly(self, n: int) -> bytes:
        """Return `n` bytes; fewer where the client has gone in the middle of a message."""
        try:
            return await super().readexactly(n)
        except asyncio.IncompleteReadError as error:
            return error.partial

    def _run(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody reads any more
            with contextlib.suppress(OSError):
                while data := os.read(self._source, _PIECE):
                    self._events.call_soon_threadsafe(self.feed_data, data)
            self._events.call_soon_threadsafe(self.feed_eof)


class Output:
    """The server's end of stdout: writes in order from a thread of its own, so that a slow client stops no one."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        sys.setswitchinterval(_SWITCH)
        self._thread = threading.Thread(target=self._run, name="stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._queue.put(data)

    def close(self) -> None:
        """Write what is waiting, at most two seconds."""
        self._queue.put(None)
        self._thread.join(2.0)

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (data := self._queue.get()) is not None:
                self._sink.write(data)
                self._sink.flush()


def claim_stdio() -> tuple[int, BinaryIO]:
    """Take stdin and stdout for the wire: whatever else prints goes to stderr, whatever else reads finds nothing."""
    source, sink = os.dup(0), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink
