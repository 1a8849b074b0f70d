"""The model worker as the completion process sees it: whether it can be asked now, and if not, why."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any, Protocol

from familiar_codegraph.home import log_dir
from familiar_codegraph.wire import Child, ChildError, ChildGone

from familiar_completion.pending import Said

_CRASHES = {-getattr(signal, name, 0) for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE")} - {0}
_TRIES = 5
"""Deaths in a row before a load was done, or crashes of llama.cpp, until the worker is left alone."""


class Backend(Protocol):
    """What completes: a worker of our own (`Model`) or a server (`remote.Remote`).

    `state` is "absent", "loading", "ready" or "down"; `why` is a sentence unless ready; `path` is None where there is
    nothing to ask. `cpu` are the seconds that it has used of this machine's processor; `info` may hold its `context`
    in tokens.
    """

    cpu: float
    info: dict[str, Any]

    @property
    def path(self) -> Path | str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def ready(self) -> bool: ...
    async def start(self) -> None: ...
    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]: ...
    async def idle(self, request: dict[str, Any]) -> None: ...
    def status(self) -> dict[str, Any]: ...
    async def close(self) -> None: ...


class Model:
    """One worker process with one model. `state` is "absent", "loading", "ready" or "down".

    `why` is a sentence unless ready.
    """

    def __init__(self, path: Path | None, why: str = "no model is installed") -> None:
        self.path = path
        self.state = "absent" if path is None else "loading"
        self.why = why if path is None else "the model is loading"
        self.info: dict[str, Any] = {}
        self.restarts = 0
        self.cpu = 0.0
        self._crashes = self._failed_loads = 0
        self._loaded = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._log = log_dir() / "worker.log"
        self._child = Child(
            [sys.executable, "-P", "-m", "familiar_completion.worker"],
            log=self._log,
            on_start=self._load,
            on_down=self._down,
            longest_wait=0.2,
        )

    @property
    def ready(self) -> bool:
        """Whether the model can be asked; an end of the worker is seen here before its exit status is known."""
        if self.state == "ready" and self._child.ended:
            self._has_ended()
        return self.state == "ready"

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._child.pid

    async def start(self) -> None:
        """Start the worker and load the model; returns when it is ready or has failed (see `state`)."""
        if self.path is not None:
            with contextlib.suppress(ChildError):
                await self._child.call("ping")

    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
        """Return the worker's answer to `request` (see `worker.Worker.complete`); `said` hears of it as it comes.

        Raises:
            ChildError: the worker failed, or died in the middle.
        """
        if not self.ready:
            raise ChildGone("ChildGone", self.why)
        on_event = (lambda name, texts: said(texts)) if said else None
        try:
            answer: dict[str, Any] = await self._child.call("complete", request, on_event=on_event)
        except ChildGone:
            if self.state == "ready":  # its end is known here before its exit status is
                self._has_ended()
            raise
        self.cpu = answer.get("cpu", self.cpu)
        return answer

    async def idle(self, request: dict[str, Any]) -> None:
        """Let the worker read `request`'s whole prompt; cancelling the awaiting task stops it.

        Raises:
            ChildError: the worker failed, or died in the middle.
        """
        if self.ready:
            answer = await self._child.call("idle", request)
            self.cpu = answer.get("cpu", self.cpu)

    def status(self) -> dict[str, Any]:
        """Return what is known of model and worker."""
        return {
            "state": self.state,
            "why": self.why,
            "path": str(self.path) if self.path else None,
            "pid": self.pid,
            "restarts": self.restarts,
            "info": self.info,
        }

    async def close(self) -> None:
        """End the worker."""
        for task in self._tasks:
            task.cancel()
        await self._child.close()

    def _has_ended(self) -> None:
        self.state, self.why = "loading", "the model worker has ended and is starting again"

    async def _load(self, child: Child) -> None:
        try:
            known = self.info.get("measured")
            self.info = await child.setup("load", {"path": str(self.path), "safer": self._crashes, "measured": known})
            self.state, self.why, self._failed_loads, self._loaded = "ready", "", 0, True
        except ChildGone:
            raise
        except ChildError as error:
            self.state, self.why = "down", str(error)

    def _down(self, code: int) -> None:
        """Restart after a death, more carefully after a crash of llama.cpp (a kill from outside tells nothing)."""
        self._crashes += code in _CRASHES
        self._failed_loads += not self._loaded
        self._loaded = False
        if self._failed_loads >= _TRIES or self._crashes >= _TRIES:
            times = (
                f"ended {_TRIES} times while it loaded" if self._failed_loads >= _TRIES else f"crashed {_TRIES} times"
            )
            self.state, self.why = "down", f"the model worker {times} and is left alone; see {self._log}"
            return
        self.state, self.why = "loading", f"the model worker ended (exit status {code}) and is starting again"
        self.restarts += 1
        task = asyncio.get_running_loop().create_task(self.start())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
