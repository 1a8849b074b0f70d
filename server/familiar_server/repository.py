"""One repository of the workspace: its graph process, its completion process, and its file watcher.

The processes may be killed at any moment: they are started again, get the open documents anew, and the user is told
once.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from familiar_codegraph.root import relative
from familiar_codegraph.wire import ChildError
from familiar_completion.client import CompletionClient

from familiar_server.documents import ByteEdit, Document
from familiar_server.settings import Settings
from familiar_server.watch import watch

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer


class Repository:
    """The processes of one root. They start at once, and nothing waits for them."""

    def __init__(self, server: "FamiliarServer", root: Path) -> None:
        self.root, self._server = root, server
        self.completion = self._completion()
        self.failed: str | None = None
        self.indexed: dict[str, Any] | None = None
        self._told: set[str] = set()
        self._watching = server.spawn(self._watch(), f"watching {root}") if server.settings.files.watch else None

    # -- what happens in the editor

    def opened(self, path: str, document: Document) -> None:
        """The document at `path` is open; from now on its content is the truth."""
        if document.data is not None:
            self._forward(self.completion.put(path, document.version, document.data))

    def changed(self, path: str, document: Document, edits: list[ByteEdit] | None) -> None:
        """The document changed by `edits`, each on the result of the one before; as a whole when None."""
        if document.data is None:
            self.closed(path)
        elif edits is None:
            self.opened(path, document)
        elif edits:
            self._forward(self.completion.edit(path, document.version, edits))

    def closed(self, path: str) -> None:
        """The document is closed, or too large by now."""
        self._forward(self.completion.drop(path))

    def files_changed(self, paths: set[Path]) -> None:
        """Files changed on disk; the processes read what they may."""
        inside = sorted(p for p in (relative(path, self.root) for path in paths) if p)
        if inside:
            self._forward(self.completion.refresh(inside))

    def settings_changed(self, before: Settings) -> None:
        """Take what changed in the settings."""
        now = self._server.settings
        if before.completion.model != now.completion.model:
            self.restart_completion()
        if before.files.watch != now.files.watch:
            if self._watching:
                self._watching.cancel()
            self._watching = self._server.spawn(self._watch(), "watching") if now.files.watch else None

    def restart_completion(self) -> None:
        """Start the completion process anew, with the model that the settings name."""
        old, self.completion = self.completion, self._completion()
        self._server.spawn(old.close(), "ending the completion process")
        for document in self._server.documents:
            if (place := self._server.roots.place(document)) and place[0] is self and document.data is not None:
                self._forward(self.completion.put(place[1], document.version, document.data))

    def restart(self) -> None:
        """Start both processes anew."""
        self.restart_completion()

    async def close(self) -> None:
        """End the processes and the watcher."""
        for task in (self._watching,):
            if task:
                task.cancel()
        await asyncio.gather(self.completion.close(), return_exceptions=True)

    def _forward(self, call: Coroutine[Any, Any, Any]) -> None:
        """Send something to a process: in order, and not lost when it dies, for it gets the documents anew."""

        async def send() -> None:
            with contextlib.suppress(ChildError):
                await call

        self._server.spawn(send(), f"forwarding to a process of {self.root}")

    # -- the processes

    def _completion(self) -> CompletionClient:
        return CompletionClient(self.root, on_down=lambda code: self._down("completion", code))

    def _down(self, name: str, code: int) -> None:
        """Tell the user, once for each process, that it ended and is started again."""
        if name not in self._told:
            self._told.add(name)
            what = f"The {name} process of {self.root.name} ended (exit status {code})"
            self._server.tell("warning", f"{what} and is started again; nothing is lost.")

    async def status(self) -> dict[str, Any]:
        """Return the answer of `familiar/status` for this root."""
        found = await self.completion.status()
        return {"state": "starting", "model": found["model"]["state"], "index": None, "memory": None, "message": ""}

    async def _watch(self) -> None:
        try:
            await watch(self.root, self.files_changed)
        except OSError as error:
            what = f"The files of {self.root} cannot be watched ({error})"
            self._server.tell("warning", f"{what}; changes are seen when they are saved in the editor.")
