"""The completion process: `python -m familiar_completion`, a child on `familiar_codegraph.wire`.

Calls (places are byte offsets; paths are relative to the root with `/`, or absolute outside of it):

    open     {root, model?, least?}       start indexing and loading; model is a GGUF's path, or null for none
    put      {path, version, data}        open a document, or replace its text
    edit     {path, version, changes: [[start, end, text]]}
    drop     {path}                       close it
    refresh  {paths | null}               files changed on disk
    rules, surround, near                 what the house wants, and what the code graph knows, at a place
    changed  {lines}                      what differs from the last commit
    complete {path, offset, version?, mode?, selected?, n?, wait?}   -> Answer
    ready    {seconds}                    wait for the index and the model -> status
    status   {}                           -> status
    explain  {path, offset}               -> {reason, detail}
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.collecting import collect_young, keep
from familiar_codegraph.conventions.rules import Rules
from familiar_codegraph.home import repository_dir
from familiar_codegraph.nearby import Nearby
from familiar_codegraph.surroundings import Surroundings
from familiar_memory.store import mixing_file_of

from familiar_completion import readings
from familiar_completion.asyncwire import serve
from familiar_completion.engine import Engine
from familiar_completion.gathering import STRATEGIES
from familiar_completion.remote_server import Server
from familiar_completion.runtime import Backend, Model
from familiar_completion.values import CompletionError


class Process:
    """The calls of one process, around one engine."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, params: Any) -> None:
        if self._engine:
            await self.close()
        root = Path(params["root"]) if params.get("root") else None
        path = params.get("model")
        model: Backend = Model(Path(path)) if path else Model(None, params.get("why") or "no model is installed")
        if server := params.get("remote"):
            from familiar_completion.remote import Remote

            model = Remote(msgspec.convert(server, Server))
        least = params.get("least")
        how = {} if least is None else {"least": least}
        house = params.get("house", "own")
        arm = params.get("arm", "familiar")
        self._engine = Engine(
            root,
            model,
            conventions=house != "off",
            rules_come=house == "sent",
            counting=arm in ("counts", "familiar"),
            gather=STRATEGIES[arm],
            budget=params.get("budget"),
            learned=mixing_file_of(root) if root else None,
            kept=repository_dir(root) / readings.NAME if root else None,
            **how,
        )
        for work in (_indexed(self._engine), model.start()):
            task = asyncio.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def put(self, params: Any) -> None:
        self.engine.put(params["path"], params["version"], params["data"])

    async def edit(self, params: Any) -> None:
        self.engine.edit(params["path"], params["version"], params["changes"])

    async def drop(self, params: Any) -> None:
        await self.engine.drop(params["path"])

    async def refresh(self, params: Any) -> None:
        await self.engine.sources.refresh(params.get("paths"))

    async def complete(self, params: Any) -> object:
        wanted = {
            key: params[key] for key in ("version", "mode", "selected", "n", "wait") if params.get(key) is not None
        }
        return msgspec.to_builtins(await self.engine.complete(params["path"], params["offset"], **wanted))

    async def rules(self, params: Any) -> None:
        self.engine.manners.put(msgspec.convert(params["rules"], Rules))

    async def surround(self, params: Any) -> None:
        self.engine.surround(msgspec.convert(params["around"], Surroundings))

    async def near(self, params: Any) -> None:
        self.engine.near(msgspec.convert(params["nearby"], Nearby))

    async def changed(self, params: Any) -> None:
        self.engine.changed(params["lines"])

    async def ready(self, params: Any) -> object:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(params["seconds"]):
                await self.engine.sources.indexed.wait()
                while self.engine.model.state == "loading":
                    await asyncio.sleep(0.02)
        return self.engine.status()

    async def status(self, params: Any) -> object:
        return self.engine.status()

    async def explain(self, params: Any) -> object:
        return self.engine.explain(params["path"], params["offset"])

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._engine:
            await self._engine.model.close()

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise CompletionError("no repository is open: call open first")
        return self._engine


async def _indexed(engine: Engine) -> None:
    await engine.sources.index()
    keep()


async def main() -> None:
    """Serve until the parent is gone, then end the worker."""
    collect_young()
    process = Process()
    names = ("open", "put", "edit", "drop", "refresh", "complete", "rules", "surround", "near", "changed", "ready")
    try:
        await serve({name: getattr(process, name) for name in (*names, "status", "explain")})
    finally:
        await process.close()


if __name__ == "__main__":
    asyncio.run(main())
