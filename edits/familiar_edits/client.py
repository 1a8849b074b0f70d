"""Ask the edit process from an asyncio loop: a process for each request, ended whole when the request is cancelled."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from familiar_codegraph.home import log_dir
from familiar_codegraph.wire import Child, ChildGone

from familiar_edits.apply import Undone
from familiar_edits.process import Request
from familiar_edits.values import EditError, Proposal, Verify

Progress = Callable[[str, int], None]
_T = TypeVar("_T")


class Edits:
    """A process for each request, and one that waits for the next: starting and importing cost it 0.3 s, waiting 35 MB.

    Belongs to one event loop. What is asked raises:
        EditError: something that the user can mend (see `process.propose`).
        ChildError, ChildGone: the edit process failed or died.
    """

    def __init__(self) -> None:
        self._next: Child | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def ready(self) -> None:
        """Let a process wait for the next request."""
        if self._next is None and not self._closed:
            self._next = Child([sys.executable, "-P", "-m", "familiar_edits"], log=log_dir() / "edits.log")
            self._spawn(self._start(self._next))

    async def propose(self, request: Request, progress: Progress | None = None) -> Proposal:
        """Return the proposal for `request`; `progress` is told (message, percentage).

        Cancelling the awaiting task ends the edit process and everything that it has started.
        """

        def told(name: str, value: Any) -> None:
            if progress and name == "progress":
                progress(value["message"], value["percentage"])

        return await self._ask("propose", msgspec.structs.asdict(request), Proposal, told)

    async def apply(self, proposal: Proposal, level: Verify) -> Proposal:
        """Apply a proposal to the disk; see `process.apply_proposal`."""
        params = {"proposal": msgspec.to_builtins(proposal), "verify": level}
        return await self._ask("apply", params, Proposal)

    async def undo(self, root: Path, entry_id: str | None = None) -> Undone:
        """Take back an applied change; see `apply.undo`."""
        return await self._ask("undo", {"root": str(root), "id": entry_id}, Undone)

    async def close(self) -> None:
        """End the process that waits, and see the others end; nothing can be asked afterwards."""
        self._closed = True
        if self._next:
            self._spawn(self._next.close())
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> "Edits":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _ask(
        self, method: str, params: object, kind: type[_T], on_event: Callable[[str, Any], None] | None = None
    ) -> _T:
        child = await self._taken()
        try:
            answer = await child.call(method, params, on_event=on_event)
        finally:
            self._spawn(child.close())  # the answer does not wait for it to clear its memory away
            self.ready()
        if "error" in answer:
            error = answer["error"]
            raise EditError(error["kind"], error["message"], error["do"])
        return msgspec.convert(answer["done"], kind)

    async def _taken(self) -> Child:
        """Return a process that lives: the one that waited, or another where that has died."""
        while True:
            self.ready()
            child, self._next = self._next, None
            if child is None:
                raise ChildGone("ChildGone", "closed")
            waited = child.running
            try:
                await child.call("here")
            except asyncio.CancelledError:
                self._spawn(child.close())
                raise
            except ChildGone:
                self._spawn(child.close())
                if not waited:  # a new one would fare no better
                    raise
            else:
                return child

    async def _start(self, child: Child) -> None:
        with contextlib.suppress(ChildGone):  # whoever asks it next is told
            await child.start()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
