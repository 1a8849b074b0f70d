"""The graph process as its parent sees it: started on the first question, restarted after a crash with its buffers."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from familiar_codegraph import discover, home
from familiar_codegraph.conventions.rules import Rules
from familiar_codegraph.conventions.values import Violation
from familiar_codegraph.nearby import Nearby
from familiar_codegraph.surroundings import Surroundings
from familiar_codegraph.values import Answers, IndexReport, OutlineItem, RankedSymbols, Symbol
from familiar_codegraph.wire import Child, ChildError, ChildGone

Question = Literal["definitions", "references", "callers", "callees", "importers", "subclasses", "tests"]


class GraphClient:
    """Calls `python -m familiar_codegraph` for one root. Places are byte offsets, paths relative to the root.

    Open buffers are remembered and replayed when the process has to be started again, and the index is brought up to
    date in the background (from the store, so it is quick).
    """

    def __init__(
        self,
        root: Path,
        *,
        on_down: Callable[[int], None] | None = None,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.root = root
        self._buffers: dict[str, tuple[int, bytes]] = {}
        self._indexed = False
        self._indexing: asyncio.Task[None] | None = None
        self._child = Child(
            [sys.executable, "-P", "-m", "familiar_codegraph"],
            log=log or home.log_dir() / "graph.log",
            on_start=self._replay,
            on_down=on_down,
            env=env,
            longest_wait=1.0,
        )

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid

    async def _replay(self, child: Child) -> None:
        await child.setup("open", {"root": str(self.root)})
        for path, (version, data) in list(self._buffers.items()):
            await child.setup("put", {"path": path, "data": data, "version": version})
        if self._indexed:  # beside the calls that wait: until it is done, answers say that they are incomplete
            self._indexing = asyncio.create_task(self._index_again(child))

    async def _index_again(self, child: Child) -> None:
        with contextlib.suppress(ChildError):
            await child.setup("index", {})

    async def index(self, *, fresh: bool = False, progress: Callable[[int, int], None] | None = None) -> IndexReport:
        """Bring the index up to date; questions are answered meanwhile. Cancelling the task stops the indexing.

        Raises:
            ChildError: the process failed or ended.
        """

        def event(name: str, value: Any) -> None:
            if progress and name == "progress":
                progress(value["done"], value["total"])

        report = await self._child.call("index", {"fresh": fresh}, on_event=event)
        self._indexed = True
        return msgspec.convert(report, IndexReport)

    async def put(self, path: str, data: bytes, version: int) -> None:
        """A document is open, or has changed as a whole."""
        self._buffers[path] = version, data
        await self._tell("put", {"path": path, "data": data, "version": version})

    async def edit(self, path: str, version: int, edits: Sequence[tuple[int, int, bytes]]) -> None:
        """A document has changed: each edit (start, end, new bytes) applies to the result of the one before."""
        data = self._buffers[path][1]
        for start, end, new in edits:
            data = data[:start] + new + data[end:]
        was_running = self._child.running
        self._buffers[path] = version, data
        if was_running:
            await self._tell("edit", {"path": path, "version": version, "edits": edits})
        else:  # it may be starting, with the replay of this buffer behind it
            await self._child.call("put", {"path": path, "data": data, "version": version})

    async def drop(self, path: str) -> None:
        """A document is closed."""
        self._buffers.pop(path, None)
        await self._tell("drop", {"path": path})

    async def _tell(self, method: str, params: dict[str, Any]) -> None:
        """Hand on a change; if the process ends meanwhile, its successor gets the state as a whole."""
        with contextlib.suppress(ChildGone):
            await self._child.call(method, params)

    async def refresh(self, paths: Sequence[str] | None = None) -> None:
        """Files have changed on disk; None means any. Where many have, questions are answered meanwhile."""
        if paths is None or len(paths) > discover.MANY:
            await self._child.call("index", {})
        else:
            await self._child.call("refresh", {"paths": list(paths)})

    async def ask(self, question: Question, path: str, offset: int) -> Answers:
        """Return the answers to one of the graph's questions.

        Raises:
            ChildError: the process failed or ended.
        """
        return msgspec.convert(await self._child.call(question, {"path": path, "offset": offset}), Answers)

    async def opinion(self, path: str, offset: int, *, seconds: float = 10.0) -> Answers:
        """Return the references, with a type checker's word on those that the graph is unsure of (see `opinion`).

        Takes up to `seconds`; other questions are answered meanwhile. Cancelling the task ends the checker.

        Raises:
            ChildError: the process failed or ended.
        """
        params = {"path": path, "offset": offset, "seconds": seconds}
        return msgspec.convert(await self._child.call("opinion", params), Answers)

    async def symbol_at(self, path: str, offset: int) -> Symbol | None:
        """Return what the identifier at `offset` means."""
        found = await self._child.call("symbol_at", {"path": path, "offset": offset})
        return msgspec.convert(found, Symbol) if found else None

    async def outline(self, path: str) -> list[OutlineItem]:
        """Return the functions and classes of a file."""
        return msgspec.convert(await self._child.call("outline", {"path": path}), list[OutlineItem])

    async def rank(self, path: str, offset: int, *, budget: int = 120, ms: float = 5.0) -> RankedSymbols:
        """Return what matters to a cursor, best first, within `ms` milliseconds of the graph process.

        The first answer about a place may be cut (`complete` is False): asked again, it is complete soon.
        """
        params = {"path": path, "offset": offset, "budget": budget, "ms": ms}
        return msgspec.convert(await self._child.call("rank", params), RankedSymbols)

    async def surroundings(self, path: str, offset: int) -> Surroundings | None:
        """Return what code at a place can name, None where nothing is known.

        Raises:
            ChildError: the process failed or ended.
        """
        found = await self._child.call("surroundings", {"path": path, "offset": offset})
        return msgspec.convert(found, Surroundings) if found else None

    async def nearby(self, path: str, offset: int) -> Nearby | None:
        """Return code elsewhere that matters to a place, None where nothing is known.

        Raises:
            ChildError: the process failed or ended.
        """
        found = await self._child.call("nearby", {"path": path, "offset": offset})
        return msgspec.convert(found, Nearby) if found else None

    async def together(self, path: str) -> list[tuple[str, float]] | None:
        """Return (path, score) of the files that change together with `path`; None while the history is being read."""
        return msgspec.convert(await self._child.call("together", {"path": path}), list[tuple[str, float]] | None)

    async def recent(self) -> list[tuple[str, float]] | None:
        """Return (path, weight) of the files that changed lately and often; None while the history is being read."""
        return msgspec.convert(await self._child.call("recent"), list[tuple[str, float]] | None)

    async def changed(self) -> dict[str, list[int]] | None:
        """Return the lines (from 0) of each file that differ from the last commit; None while that is not known."""
        return msgspec.convert(await self._child.call("changed"), dict[str, list[int]] | None)

    async def rules(self, path: str) -> Rules:
        """Return what the house wants at `path`; the first time, the whole house is learned."""
        return msgspec.convert(await self._child.call("rules", {"path": path}), Rules)

    async def violations(self, path: str, data: bytes, spans: Sequence[tuple[int, int]]) -> list[Violation]:
        """Return what the house does otherwise in the new `spans` of `data`, which stands at `path`."""
        params = {"path": path, "data": data, "spans": [list(span) for span in spans]}
        return msgspec.convert(await self._child.call("violations", params), list[Violation])

    async def spelling(self, kind: str, text: str, path: str) -> str:
        """Return one sentence when the house names things of this kind otherwise, else nothing."""
        found: str = await self._child.call("spelling", {"kind": kind, "text": text, "path": path})
        return found

    async def status(self) -> dict[str, Any]:
        """Return {root, files, buffers, complete, reason}."""
        found: dict[str, Any] = await self._child.call("status")
        return found

    async def close(self) -> None:
        """End the process."""
        await self._child.close()
