"""The language server: registers the methods and delegates; state that belongs to the connection lives here.

What a repository knows lives in `roots`, what the editor has open in `documents`, each feature in a module of its own.
"""

import asyncio
import contextlib
import functools
import inspect
import json
import logging
import logging.handlers
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from familiar_codegraph import home
from familiar_edits.client import Edits
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer

from familiar_server import failure
from familiar_server.applying import Applied, Held
from familiar_server.client import ClientFacts
from familiar_server.documents import DocumentError, Documents
from familiar_server.notebooks import SELECTOR, Notebooks
from familiar_server.protocol import Input, Output, Protocol, claim_stdio, converter
from familiar_server.roots import Roots
from familiar_server.settings import Settings

_log = logging.getLogger(__name__)
_LEVELS = {
    "error": types.MessageType.Error,
    "warning": types.MessageType.Warning,
    "info": types.MessageType.Info,
    "debug": types.MessageType.Debug,
}
Handler = Callable[..., Awaitable[Any]]


class FamiliarServer(LanguageServer):
    """One connection to one editor."""

    def __init__(self) -> None:
        super().__init__(
            "familiar",
            failure.own_version(),
            protocol_cls=Protocol,
            converter_factory=converter,
            notebook_document_sync=SELECTOR,
        )
        self.documents = Documents()
        self.notebooks = Notebooks()
        self.settings = Settings()
        self.client = ClientFacts()
        self.roots = Roots(self)
        self.edits = Edits()
        self.cancels: dict[types.ProgressToken, Callable[[], object]] = {}
        self.model: tuple[Path | None, str] = (None, "no model was looked for yet")
        self.held: dict[str, Held] = {}
        self.applied: list[Applied] = []
        self.own_renames: dict[tuple[Path, Path], float] = {}
        """Files that the editor renames because we asked it to, with the time until which it may ask about them."""
        self.decided: dict[Path, bool] = {}
        """What the user has said about trust in this session, by root."""
        self.snoozed_until = 0.0
        self.switched_off = False
        self.languages_off: set[str] = set()
        self.asking: dict[str, asyncio.Future[Any]] = {}
        self.silences: dict[str, tuple[int, str]] = {}
        self.early_warnings: list[str] = []
        self.exit_code = 0
        self.optional: list[tuple[str, Callable[[FamiliarServer], bool], Handler, Any]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    # -- saying things

    def tell(self, level: str, sentence: str) -> None:
        """Put one sentence into the log and the editor's output, where the level asks for it."""
        _log.log(logging.getLevelName(level.upper()), sentence)
        order = list(_LEVELS)
        if order.index(level) <= order.index(self.settings.log.level):
            self.window_log_message(types.LogMessageParams(type=_LEVELS[level], message=sentence))

    def show(self, level: str, sentence: str) -> None:
        """Show one sentence to the user, and log it."""
        _log.log(logging.getLevelName(level.upper()), sentence)
        self.window_show_message(types.ShowMessageParams(type=_LEVELS[level], message=sentence))

    async def ask(self, question: str, *actions: str) -> str | None:
        """Ask the user; None when the question is dismissed or the client cannot ask."""
        items = [types.MessageActionItem(title=action) for action in actions]
        params = types.ShowMessageRequestParams(type=types.MessageType.Info, message=question, actions=items)
        try:
            answer = await self.window_show_message_request_async(params)
        except JsonRpcException:
            return None
        return answer.title if answer else None

    def spawn(self, work: Awaitable[Any], doing: str) -> "asyncio.Task[Any]":
        """Run `work` beside the requests; what goes wrong in it is told, not lost."""

        async def run() -> Any:
            try:
                return await work
            except JsonRpcException as error:
                self.tell("warning", error.message)
            except Exception as error:
                self.tell("error", failure.sentence(error, doing))
            return None

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- registering

    def on(self, method: str, handler: Handler, options: Any = None) -> None:
        """Answer `method` by `handler(server, params)`."""
        self.feature(method, options)(self._guarded(handler, method))

    def on_sync(self, method: str, handler: Callable[..., None]) -> None:
        """Handle the notification `method` by a plain function: at once, in order with what arrives after it."""

        @functools.wraps(handler)
        def guarded(*arguments: Any) -> None:
            try:
                handler(self, *arguments)
            except JsonRpcException:
                raise
            except DocumentError as error:
                self.tell("warning", f"{error} ({method} was left out.)")
            except Exception as error:
                self.tell("error", failure.sentence(error, f"handling {method}"))

        self.feature(method)(_opaque(guarded))

    def on_command(self, name: str, handler: Handler) -> None:
        """Run `handler(server, params)` (the `ExecuteCommandParams`) for the command `name`."""
        self.command(name)(self._guarded(handler, name))

    def _guarded(self, handler: Handler, name: str) -> Handler:
        @functools.wraps(handler)
        async def guarded(*arguments: Any) -> Any:
            try:
                return await handler(self, *arguments)
            except DocumentError as error:
                raise JsonRpcInvalidParams(message=str(error)) from None
            except JsonRpcException:
                raise
            except Exception as error:
                raise JsonRpcInternalError(message=failure.sentence(error, f"answering {name}")) from None

        result: Handler = _opaque(guarded)
        return result

    def advertise(self) -> None:
        """Register what the settings decide: called when the client's first settings are known."""
        for method, wanted, handler, options in self.optional:
            if wanted(self):
                self.on(method, handler, options)

    # -- running

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say one sentence about what could not be handled; requests carry their own error."""
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
            self._wire.answer_unreadable(f"The message is no valid JSON ({error}); it was left out.")
        elif "Request" not in source.__name__:
            # A notification has no answer, so what was wrong with it goes to the log.
            expected = isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError)
            self.tell("warning", str(error) if expected else failure.sentence(error, "handling a notification"))

    @property
    def _wire(self) -> Protocol:
        assert isinstance(self.protocol, Protocol)
        return self.protocol

    def leave(self, code: int) -> None:
        """End the main loop; the process exits with `code`."""
        self.exit_code = code
        if self._stop_event:
            self._stop_event.set()

    async def run(self) -> int:
        """Serve on stdio until the client says exit, closes the pipe or ends us; return the exit code."""
        import threading

        source, sink = claim_stdio()
        output = Output(sink)
        self._wire.set_writer(output)
        self._stop_event = threading.Event()
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        for name in ("SIGTERM", "SIGINT"):
            with contextlib.suppress(NotImplementedError):  # Windows' loop has no signal handlers
                loop.add_signal_handler(getattr(signal, name), lambda: main.cancel() if main else None)
        try:
            await run_async(self._stop_event, Input(source), self.protocol, _log, self.report_server_error)
        except asyncio.CancelledError:
            _log.info("ended by a signal")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self.roots.close(), self.edits.close())
        output.close()
        return self.exit_code


def _opaque(handler: Any) -> Any:
    """Hide the handler's signature from pygls, which reads it to guess whether to pass the server."""
    handler.__signature__ = inspect.Signature([inspect.Parameter("arguments", inspect.Parameter.VAR_POSITIONAL)])
    handler.__annotations__ = {}
    return handler


def serve() -> int:
    """Run the server on stdin and stdout; return the exit code."""
    _log_to_file()
    server = FamiliarServer()
    register(server)
    code = asyncio.run(server.run())
    logging.shutdown()
    # A thread may still sit in a read of stdin, which nothing can interrupt: leave without waiting for it.
    os._exit(code)


def register(server: FamiliarServer) -> None:
    """Register every method and command."""
    from familiar_server import (
        actions,
        commands,
        filerename,
        house,
        inline,
        lifecycle,
        move,
        navigation,
        notebooks,
        proposing,
    )
    from familiar_server import rename as renaming

    standard = (lifecycle, notebooks, inline, navigation, proposing, renaming)
    features = (*standard, move, filerename, house, actions, commands)
    for module in features:
        module.register(server)


def _log_to_file() -> None:
    handler = logging.handlers.RotatingFileHandler(
        home.log_dir() / "server.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    root = logging.getLogger("familiar_server")
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    root.propagate = False
    # pygls logs whole messages, with the user's source in them.
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
