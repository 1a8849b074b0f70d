"""One repository of the workspace: its graph process, its completion process, and its file watcher.

The processes may be killed at any moment: they are started again, with the open documents, and the user is told once.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from familiar_codegraph import discover
from familiar_codegraph.client import GraphClient, Question
from familiar_codegraph.root import relative
from familiar_codegraph.secrets import has_secret
from familiar_codegraph.values import Answers, IndexReport
from familiar_codegraph.wire import ChildError, ChildGone
from familiar_completion.client import CompletionClient

from familiar_server.documents import ByteEdit, Document, real
from familiar_server.house import House
from familiar_server.looking import Looking
from familiar_server.model_choice import server_of
from familiar_server.progress import Progress
from familiar_server.protocol import RequestFailed
from familiar_server.remembering import Memory
from familiar_server.settings import Settings
from familiar_server.watch import watch

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

PATIENCE = 5.0
"""Seconds within which a question to the graph is answered, a restart of its process included."""


class Repository:
    """The processes of one root. They start at once, and nothing waits for them."""

    def __init__(self, server: "FamiliarServer", root: Path) -> None:
        self.root, self._server = root, server
        self.report: IndexReport | None = None
        self.problem = ""
        self.private: dict[str, str] = {}
        """Open documents that are kept from everything, by path, with the reason."""
        self._told: set[str] = set()
        self._closed = False
        self.memory = Memory(server, root, self._data)
        self.house = House(server, self)
        self.looking = Looking(self)
        self.graph = self._new_graph()
        self.completion = self._new_completion()
        server.spawn(self.completion.start(), f"starting completion in {root}")
        self._indexing = server.spawn(self._index(), f"indexing {root}")
        self._watching = server.spawn(self._watch(), f"watching {root}") if server.settings.files.watch else None

    def inside(self, path: Path) -> str | None:
        """Return `path` relative to the root, or None when it lies outside."""
        return relative(real(path), self.root)

    # -- what happens in the editor

    def opened(self, path: str, document: Document) -> None:
        """The document at `path` is open; from now on its content is the truth."""
        if document.data is None:
            return
        if reason := self._secret(path, document.data):
            self.private[path] = reason
            return
        self.private.pop(path, None)
        self.memory.changed(path, document, None)
        self._forward(self.completion.put(path, document.version, document.data))
        if not document.graphed:
            return
        self._forward(self.graph.put(path, document.data, document.version))
        if self.report:
            self.house.settle([(path, document)])

    def changed(self, path: str, document: Document, edits: list[ByteEdit] | None) -> None:
        """The document changed by `edits`, each on the result of the one before; as a whole when None."""
        if document.data is None:
            self.closed(path)
        elif edits is None:
            self.opened(path, document)
        elif edits and path not in self.private:
            self.memory.changed(path, document, edits)
            self._forward(self.completion.edit(path, document.version, edits))
            if document.graphed:
                self._forward(self.graph.edit(path, document.version, edits))
                self.house.changed(path, document)

    def closed(self, path: str) -> None:
        """The document is closed, or too large by now."""
        self.memory.closed(path)
        self.house.closed(path)
        self.looking.closed(path)
        if self.private.pop(path, None) is None:
            self._forward(self.graph.drop(path))
            self._forward(self.completion.drop(path))

    def files_changed(self, paths: set[Path]) -> None:
        """Files changed on disk; the processes read what they may."""
        inside = sorted(p for p in (self.inside(path) for path in paths) if p)
        if inside:
            self._forward(self.graph.refresh(inside))
            self._forward(self.completion.refresh(inside))
            if self.report:
                self.house.settle(self._documents())

    def buffers(self) -> dict[str, bytes]:
        """Return the open documents' bytes by path, for work on what the user sees."""
        return {path: document.data for path, document in self._documents() if document.data is not None}

    def _data(self, path: str) -> bytes | None:
        """Return the bytes of an open document, or of an open notebook's code."""
        return next((document.data for other, document in self._completed() if other == path), None)

    def _completed(self) -> list[tuple[str, Document]]:
        """Return everything that the completion process holds."""
        return self._mine(itertools.chain(self._server.documents, self._server.notebooks))

    def _documents(self) -> list[tuple[str, Document]]:
        return self._mine(self._server.documents)

    def _mine(self, documents: Iterable[Document]) -> list[tuple[str, Document]]:
        found = []
        for document in documents:
            place = self._server.roots.place(document)
            if place and place[0] is self and place[1] not in self.private:
                found.append((place[1], document))
        return sorted(found, key=lambda item: item[0])

    def _secret(self, path: str, data: bytes) -> str | None:
        if discover.is_ignored(self.root, path):
            return f"{path} is ignored by git or may hold secrets, so it is not read"
        if has_secret(data):
            return f"{path} holds what looks like a private key or an access token, so it is not read"
        return None

    # -- questions

    async def ask(self, question: Question, path: str, offset: int) -> Answers:
        """Return the graph's answers; a process that dies meanwhile is asked again when it is back.

        Raises:
            RequestFailed: it does not answer in `PATIENCE` seconds, or cannot.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return await self.graph.ask(question, path, offset)
                    except ChildGone:
                        await asyncio.sleep(0.05)
        except TimeoutError:
            raise RequestFailed(f"The graph of {self.root.name} does not answer; try `familiar.restart`.") from None
        except ChildError as error:
            raise RequestFailed(f"The graph of {self.root.name} cannot answer: {error}.") from None

    async def status(self) -> dict[str, Any]:
        """Return the answer of `familiar/status` for this root."""
        model, message = await self._model_status()
        state = "ready" if self.report else "indexing"
        if self.problem:
            state, message = "degraded", self.problem
        index = None
        if self.report:
            names = ("files", "lines", "symbols", "references", "seconds", "from_cache")
            index = {name: getattr(self.report, name) for name in names}
            index["failed"] = [{"path": path, "reason": reason} for path, reason in self.report.failed]
        return {
            "root": str(self.root),
            "state": state,
            "model": model,
            "index": index,
            "memory": self.memory.status(),
            "message": message,
        }

    async def _model_status(self) -> tuple[str, str]:
        try:
            async with asyncio.timeout(1.0):
                model = (await self.completion.status())["model"]
        except (ChildError, TimeoutError):
            return "starting", ""
        if model["state"] == "ready":
            return Path(model["path"]).stem, ""
        if model["state"] == "loading":
            return "loading", ""
        return f"none: {model['why']}", f"Completion works from the repository's own counts alone: {model['why']}"

    @property
    def has_model(self) -> bool:
        """Whether a model completes here, this machine's or another's."""
        return self._server.model[0] is not None or server_of(self._server.settings.model) is not None

    # -- settings, end

    def settings_changed(self, before: Settings) -> None:
        """Take what changed in the settings."""
        now = self._server.settings
        same = before.completion.model == now.completion.model and before.model == now.model
        same = same and before.completion.cpu_budget == now.completion.cpu_budget
        if not same or before.completion.conventions != now.completion.conventions:
            self.restart_completion()
        if before.conventions != now.conventions:
            self.house.settle(self._documents())
        if before.files.watch != now.files.watch:
            if self._watching:
                self._watching.cancel()
            self._watching = self._server.spawn(self._watch(), "watching files") if now.files.watch else None

    def restart_completion(self) -> None:
        """Start the completion process anew, with the model that the settings name."""
        old, self.completion = self.completion, self._new_completion()
        self._server.spawn(old.close(), "ending the completion process")
        for path, document in self._completed():
            self._forward(self.completion.put(path, document.version, document.data or b""))
        if self.report:
            self.house.settle(self._documents())

    def restart(self) -> None:
        """Start both processes anew."""
        self.restart_completion()
        old, self.graph = self.graph, self._new_graph()
        self._server.spawn(old.close(), "ending the graph process")
        for path, document in self._documents():
            self._forward(self.graph.put(path, document.data or b"", document.version))
        self._indexing.cancel()
        self._indexing = self._server.spawn(self._index(), f"indexing {self.root}")

    async def close(self) -> None:
        """End the processes and the watcher."""
        self._closed = True
        for task in (self._indexing, self._watching):
            if task:
                task.cancel()
        await asyncio.gather(self.graph.close(), self.completion.close(), self.memory.close(), return_exceptions=True)

    # -- the processes

    def spawn(self, work: Coroutine[Any, Any, Any], what: str) -> None:
        """Do something in the background."""
        self._server.spawn(work, what)

    def _forward(self, call: Coroutine[Any, Any, Any]) -> None:
        """Send something to a process: in order, and not lost when it dies, for it gets the documents anew."""

        async def send() -> None:
            with contextlib.suppress(ChildError):
                await call

        self._server.spawn(send(), f"telling a process of {self.root}")

    def _new_graph(self) -> GraphClient:
        return GraphClient(self.root, on_down=lambda code: self._down("graph", code))

    def _new_completion(self) -> CompletionClient:
        model, why = self._server.model
        remote = server_of(self._server.settings.model)
        if remote is None and model is None and why not in self._told:
            self._told.add(why)
            self._server.tell("warning", f"Completion works from the repository's own counts alone: {why}")
        house: Literal["sent", "off"] = "sent" if self._server.settings.completion.conventions else "off"
        return CompletionClient(
            self.root,
            model,
            why=why,
            remote=remote,
            house=house,
            budget=self._server.settings.completion.cpu_budget,
            on_down=lambda code: self._down("completion", code),
        )

    def _down(self, name: str, code: int) -> None:
        """Start a process that has ended again, and tell the user once."""
        if self._closed:
            return
        if name not in self._told:
            self._told.add(name)
            what = f"The {name} process of {self.root.name} ended (exit status {code})"
            self._server.tell("warning", f"{what} and is started again; nothing is lost.")
        self._forward(self.graph.status() if name == "graph" else self.completion.status())

    async def _index(self) -> None:
        """Index with a progress bar. Cancelled, what was read stays, and the status says that it is not all."""
        task = asyncio.current_task()
        assert task
        cancelled, self.problem = False, ""

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            task.cancel()

        async with Progress(self._server, f"Indexing {self.root.name}", cancel=cancel) as progress:

            def heard(done: int, total: int) -> None:
                progress.report(f"{done} of {total} files", 100 * done // max(total, 1))

            try:
                self.report = await self._indexed(heard)
            except asyncio.CancelledError:
                if not cancelled:
                    raise
                self.problem = "Indexing was cancelled; answers may miss something. `familiar.restart` indexes again."
                return
        self.problem = ""
        self._server.tell("info", f"Indexed {self.report.files} files of {self.root} in {self.report.seconds:.1f} s.")
        if self.report.store:
            self._server.tell("warning", f"{self.report.store}: the next start reads {self.root.name} again.")
        self._name_what_failed(self.report)
        self.house.settle(self._documents())

    async def _indexed(self, heard: Any) -> IndexReport:
        for attempt in itertools.count(1):
            try:
                return await self.graph.index(progress=heard)
            except ChildGone as error:
                if attempt == 5:
                    self.problem = f"The graph process does not stay up ({error}); see graph.log in the log folder."
                await asyncio.sleep(min(0.1 * attempt, 5.0))
        raise AssertionError("unreachable")

    def _name_what_failed(self, report: IndexReport) -> None:
        for path, reason in report.failed[:10]:
            self._server.tell("warning", f"{path} of {self.root.name} is not, or not all, in the index: {reason}.")
        if len(report.failed) > 10:
            more = len(report.failed) - 10
            self._server.tell("warning", f"{more} more files are not in the index; `familiar index` lists them.")

    async def _watch(self) -> None:
        try:
            await watch(self.root, self.files_changed)
        except OSError as error:
            what = f"The files of {self.root} cannot be watched ({error})"
            self._server.tell("warning", f"{what}; changes are seen when they are saved in the editor.")
