"""The completion process as its parent sees it: an asynchronous client, and one blocking question for the CLI."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from familiar_codegraph.conventions.rules import Rules
from familiar_codegraph.home import log_dir
from familiar_codegraph.nearby import Nearby
from familiar_codegraph.surroundings import Surroundings
from familiar_codegraph.wire import Child, ChildError, ChildGone

from familiar_completion.documents import Document
from familiar_completion.remote_server import Server
from familiar_completion.values import Answer, Mode


class CompletionClient:
    """One completion process for one repository. It remembers the open documents and replays them after a crash.

    `model` is the path of a GGUF, or None to complete from counts alone (`why` then says why). Nothing is started
    before the first call; `start()` starts it early. `remote`: a server that completes in the model's place. `house`:
    the repository's conventions are learned there ("own"), sent by `rules`, or left alone. `arm`: for comparisons, how
    context is chosen and whether counts take part (see `evaluate`). `budget`: the share of one core that completion may
    use, in percent (None: all of it).
    """

    def __init__(
        self,
        root: Path | None,
        model: Path | None = None,
        *,
        why: str = "no model is installed",
        least: float | None = None,
        remote: Server | None = None,
        house: Literal["own", "sent", "off"] = "own",
        arm: str = "familiar",
        budget: int | None = None,
        on_down: Callable[[int], None] | None = None,
    ) -> None:
        self._open = {
            "root": str(root.absolute()) if root else None,
            "model": str(model) if model else None,
            "why": why,
            "least": least,
            "remote": msgspec.to_builtins(remote) if remote else None,
            "house": house,
            "arm": arm,
            "budget": budget,
        }
        self._documents: dict[str, Document] = {}
        self._rules: dict[str, Rules] = {}
        self._child = Child(
            [sys.executable, "-P", "-m", "familiar_completion"],
            log=log_dir() / "completion.log",
            on_start=self._replay,
            on_down=on_down,
        )

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid

    async def start(self) -> None:
        """Start the process, the index and the model; returns when calls are answered (from counts at first)."""
        await self._child.call("status", {})

    async def put(self, path: str, version: int, data: bytes) -> None:
        """Open a document or replace its text."""
        self._documents[path] = Document(data, version)
        await self._tell("put", {"path": path, "version": version, "data": data})

    async def edit(self, path: str, version: int, changes: Sequence[tuple[int, int, bytes]]) -> None:
        """Change an open document: replacements of bytes `start:end`, each on the result of the one before.

        Raises:
            KeyError: the document was never put.
            CompletionError: a place lies outside the document.
        """
        self._documents[path].edit(version, changes)
        await self._tell("edit", {"path": path, "version": version, "changes": [list(change) for change in changes]})

    async def drop(self, path: str) -> None:
        """Close a document."""
        self._documents.pop(path, None)
        self._rules.pop(path, None)
        await self._tell("drop", {"path": path})

    async def rules(self, rules: Rules) -> None:
        """Say what the house wants in one document."""
        self._rules[rules.path] = rules
        await self._tell("rules", {"rules": msgspec.to_builtins(rules)})

    async def surround(self, around: Surroundings) -> None:
        """Say what the code graph knows of the cursor's place in an open document."""
        await self._tell("surround", {"around": msgspec.to_builtins(around)})

    async def near(self, nearby: Nearby) -> None:
        """Say what code elsewhere matters to the cursor's place in an open document."""
        await self._tell("near", {"nearby": msgspec.to_builtins(nearby)})

    async def changed(self, lines: dict[str, list[int]]) -> None:
        """Say which lines (from 0) of each file differ from the last commit."""
        await self._tell("changed", {"lines": lines})

    async def refresh(self, paths: Sequence[str] | None = None) -> None:
        """Say which files changed on disk (None: any may have)."""
        await self._tell("refresh", {"paths": None if paths is None else list(paths)})

    async def complete(
        self,
        path: str,
        offset: int,
        version: int | None = None,
        *,
        mode: Mode = "line",
        selected: str | None = None,
        n: int | None = None,
        wait: float | None = None,
    ) -> Answer:
        """Return what to offer at byte `offset`; cancelling the awaiting task cancels the work.

        Never raises for a crash.
        """
        params = {"path": path, "offset": offset, "version": version, "mode": mode, "selected": selected, "n": n}
        try:
            return msgspec.convert(await self._child.call("complete", {**params, "wait": wait}), Answer)
        except ChildGone as error:
            return Answer(silence=f"the completion process is starting again ({error})")

    async def ready(self, seconds: float) -> dict[str, Any]:
        """Wait for the index and the model, at most `seconds`; return the status."""
        status: dict[str, Any] = await self._child.call("ready", {"seconds": seconds})
        return status

    async def status(self) -> dict[str, Any]:
        """Return the process's status (see `Engine.status`)."""
        status: dict[str, Any] = await self._child.call("status", {})
        return status

    async def explain(self, path: str, offset: int) -> dict[str, str]:
        """Return {"reason", "detail"}: why nothing was shown at `offset`."""
        reason: dict[str, str] = await self._child.call("explain", {"path": path, "offset": offset})
        return reason

    async def close(self) -> None:
        """End the process and its worker."""
        await self._child.close()

    async def _tell(self, method: str, params: object) -> None:
        try:
            await self._child.call(method, params)
        except ChildGone:
            await self._child.call("status", {})  # starts it again; the replay has brought the new state

    async def _replay(self, child: Child) -> None:
        await child.setup("open", self._open)
        for path, document in self._documents.items():
            await child.setup("put", {"path": path, "version": document.version, "data": document.data})
        for rules in self._rules.values():
            await child.setup("rules", {"rules": msgspec.to_builtins(rules)})


def complete_once(
    root: Path | None,
    path: str,
    data: bytes,
    offset: int,
    *,
    model: Path | None = None,
    why: str = "no model is installed",
    n: int = 3,
    mode: Mode = "line",
    seconds: float = 60.0,
) -> tuple[Answer, dict[str, Any]]:
    """Return the answer at byte `offset` of `data` (the text of `path`) once index and model are ready, and the status.

    Blocks; for the command line.

    Raises:
        ChildError: the completion process could not be started or failed.
    """

    async def ask() -> tuple[Answer, dict[str, Any]]:
        client = CompletionClient(root, model, why=why)
        try:
            await client.put(path, 1, data)
            status = await client.ready(seconds)
            return await client.complete(path, offset, 1, n=n, mode=mode, wait=10.0), status
        finally:
            await client.close()

    return asyncio.run(ask())


__all__ = ["ChildError", "CompletionClient", "complete_once"]
