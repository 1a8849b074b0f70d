"""The completion engine: one repository's counts, its open documents and the model, asked together.

The counts answer at once and alone when they copy a long stretch with certainty, or when the model is absent, loading
or down. Otherwise the model is waited for, within a time limit, and both are ranked. A newer request for a document
replaces an older one, which is answered empty. What was shown and is being typed along is answered from memory.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from familiar_codegraph.wire import ChildError

from familiar_completion import rank, repository
from familiar_completion.counts import Counts
from familiar_completion.documents import Document
from familiar_completion.runtime import Model
from familiar_completion.suggest import shape
from familiar_completion.values import Answer, CompletionError, Mode, Suggestion, Tokens
from familiar_completion.view import View, look

WAIT = 0.45
"""Seconds that a request waits for the model."""
SUPERSEDED = "superseded by a newer request for the same document"
CLOSED = "the document is not open here"
SHOWN = "a suggestion was shown"
_SLICE = 0.02
_PAUSE = 0.03


class Engine:
    """Completion in one repository (`root`); all methods belong to one event loop."""

    def __init__(self, root: Path | None, model: Model, *, least: float = rank.LEAST) -> None:
        self.root, self.model, self.least = root, model, least
        self.counts = Counts()
        self.documents: dict[str, Document] = {}
        self.indexed = asyncio.Event()
        self._paths: set[str] = set()
        self._unsaved: set[str] = set()
        self._stops: dict[str, Callable[[], None]] = {}
        self._rest: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # ------------------------------------------------------------ what the repository and the editor hold

    async def index(self) -> None:
        """Read the whole repository into the counts, a slice at a time."""
        paths = await asyncio.to_thread(repository.readable, self.root) if self.root else []
        self._paths = set(paths)
        await self._take(paths)
        self.indexed.set()

    async def refresh(self, paths: Iterable[str] | None) -> None:
        """Read changed files again; None means that anything may have changed. Paths are relative to the root."""
        if self.root is None:
            return
        now = set(await asyncio.to_thread(repository.readable, self.root))
        for path in self._paths - now:
            self.counts.drop(path)
        changed = now if paths is None else (now & set(paths)) | (now - self._paths)
        self._paths = now
        await self._take(sorted(changed))

    def put(self, path: str, version: int, data: bytes) -> None:
        """Open a document or replace all of its text."""
        if path in self.documents:
            self.documents[path].data, self.documents[path].version = data, version
        else:
            self.documents[path] = Document(data, version)
        self._unsaved.add(path)

    def edit(self, path: str, version: int, changes: Iterable[tuple[int, int, bytes]]) -> None:
        """Apply an editor's changes (see `Document.edit`)."""
        if path not in self.documents:
            raise CompletionError(f"{path} is not open here")
        self.documents[path].edit(version, changes)
        self._unsaved.add(path)

    async def drop(self, path: str) -> None:
        """Close a document; from now on its text is what is on disk."""
        self.documents.pop(path, None)
        self._unsaved.discard(path)
        if path in self._paths:
            await self._take([path])

    async def _take(self, paths: list[str]) -> None:
        assert self.root
        began = time.perf_counter()
        for path in paths:
            document = self.documents.get(path)
            text = repository.text_of(document.data) if document else repository.read(self.root, path)
            if text is None:
                self.counts.drop(path)
            else:
                self.counts.put(path, text)
            if time.perf_counter() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()

    def _settle(self, path: str) -> None:
        """Take unsaved text of the other documents into the counts; the current one's stands around the cursor."""
        for other in sorted(self._unsaved - {path}):
            if other in self._paths and other in self.documents:
                self.counts.put(other, repository.text_of(self.documents[other].data))
            self._unsaved.discard(other)

    # ------------------------------------------------------------ completion

    async def complete(
        self,
        path: str,
        offset: int,
        version: int | None = None,
        *,
        mode: Mode = "line",
        selected: str | None = None,
        n: int = 3,
        wait: float = WAIT,
    ) -> Answer:
        """Return what to offer at byte `offset` of the open document `path`.

        `selected` is the text chosen in the editor's completion menu (suggestions then start with it); `wait` is in
        seconds.
        """
        began = time.perf_counter()
        document = self.documents.get(path)
        if document is None:
            return Answer(silence=CLOSED)
        refusal = document.refusal(offset, version)
        if refusal:
            return Answer(silence=refusal)
        if stop := self._stops.pop(path, None):
            stop()
        self._rest.cancel()
        view = look(path, document.data, offset)
        if typed := self._typed(document, view):
            return Answer(typed, ms={"total": _ms(began)})
        answer = await self._work_out(view, mode, selected, n, wait, began)
        if path in self.documents and self.documents[path] is document and answer.silence != SUPERSEDED:
            document.remember(offset, answer)
        return answer

    def _typed(self, document: Document, view: View) -> tuple[Suggestion, ...]:
        """Return what is left of the suggestions that the user is typing."""
        left = (shape(text, view, score, "typed") for text, score in document.typed_through(view))
        return tuple(item for item in left if isinstance(item, Suggestion))

    async def _work_out(
        self, view: View, mode: Mode, selected: str | None, n: int, wait: float, began: float
    ) -> Answer:
        ms: dict[str, float] = {}
        self._settle(view.path)
        proposals = self.counts.propose(view.path, view.prefix, view.suffix, n)
        counted = [shape(p.text, view, rank.counted(p), "counts") for p in proposals]
        ms["counts"] = _ms(began)
        why: str | None = None
        raw: dict[str, Any] = {}
        if mode == "line" and rank.certain(proposals, counted):
            why = "the counts were certain"
        elif not self.model.ready:
            why = self.model.why
        else:
            asked = time.perf_counter()
            raw, why = await self._ask(_request(view, mode, n, wait), wait)
            ms["model"] = _ms(asked)
            if why == SUPERSEDED:
                return Answer(silence=SUPERSEDED, ms={**ms, "total": _ms(began)}, model=why)
        modelled = [shape(c["text"], view, rank.modelled(c), "model", mode) for c in raw.get("candidates", ())]
        best, silence = rank.choose(counted, modelled, self.least, n)
        if selected is not None:
            best = tuple(item for item in best if item.text.startswith(selected))
            silence = silence if best or silence else "nothing begins with the entry chosen in the menu"
        if self.model.ready and (not raw or raw["cold"]):
            self._rest = asyncio.ensure_future(self._prepare(_request(view, mode, n, wait)))
        ms["total"] = _ms(began)
        if silence and why and why != "the counts were certain":
            silence = f"{silence}; {why}"
        return Answer(best, silence, ms, Tokens(**raw.get("tokens", {})), why)

    async def _prepare(self, request: dict[str, Any]) -> None:
        """Let the model read the whole prompt while nothing is asked; the next request here then finds it evaluated."""
        await asyncio.sleep(_PAUSE)
        with contextlib.suppress(ChildError):
            await self.model.idle(request)

    async def _ask(self, request: dict[str, Any], wait: float) -> tuple[dict[str, Any], str | None]:
        """Ask the model, until `wait` seconds are over or a newer request comes; the answer or why there is none."""
        path = request["path"]
        task = asyncio.ensure_future(self.model.complete(request))
        stopped = asyncio.Event()
        self._stops[path] = stopped.set
        stopping = asyncio.ensure_future(stopped.wait())
        try:
            await asyncio.wait({task, stopping}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not task.cancelled():
                return task.result(), None
            return {}, SUPERSEDED if stopped.is_set() else f"the model took longer than {wait * 1000:.0f} ms"
        except ChildError as error:
            return {}, self.model.why or str(error)
        finally:
            if self._stops.get(path) == stopped.set:
                del self._stops[path]
            stopping.cancel()
            if not task.done():
                task.cancel()

    # ------------------------------------------------------------ what it says of itself

    def explain(self, path: str, offset: int) -> dict[str, str]:
        """Return {"reason", "detail"}: why nothing was shown at `offset` of `path` when it was last asked."""
        document = self.documents.get(path)
        if document is None:
            return {"reason": CLOSED, "detail": f"{path} has not been opened in this repository"}
        refusal = document.refusal(offset, None)
        answer = document.answer
        reason = refusal or (answer.silence if answer else "nothing has been asked here yet") or SHOWN
        so_far = "" if self.indexed.is_set() else " so far"
        detail = f"{len(self.counts)} files are counted{so_far}; {self.model.why or 'the model is ready'}"
        if answer and answer.model:
            detail += f"; at the last request: {answer.model}"
        return {"reason": reason, "detail": detail}

    def status(self) -> dict[str, Any]:
        """Return counts and model in numbers, for a status line and for tests."""
        return {
            "indexed": self.indexed.is_set(),
            "files": len(self.counts),
            "tokens": self.counts.tokens,
            "skipped": list(self.counts.skipped),
            "documents": len(self.documents),
            "model": {
                "state": self.model.state,
                "why": self.model.why,
                "path": str(self.model.path) if self.model.path else None,
                "pid": self.model.pid,
                "restarts": self.model.restarts,
                "info": self.model.info,
            },
        }


def _request(view: View, mode: Mode, n: int, wait: float) -> dict[str, Any]:
    """Return what the worker needs to know of a cursor."""
    return {
        "path": view.path,
        "prefix": view.prefix,
        "suffix": view.suffix,
        "chunks": [],
        "mode": mode,
        "n": n,
        "seconds": wait * 0.9,
    }


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)
