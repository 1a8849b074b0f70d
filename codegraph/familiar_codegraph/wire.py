"""How our own processes talk: msgpack frames over a child's stdin and stdout, with cancel, progress and restart.

A frame is four bytes of little-endian length, then a msgpack array `[id, kind, name, body]`:

    parent -> child   [n, "call", method, params]      [n, "cancel", "", None]
    child -> parent   [n, "done", "", result]          [n, "fail", kind, message]      [n, "event", name, value]

A child's own stdout is moved away before anything else runs (`serve`), so that a chatty library cannot break the wire.
"""

import asyncio
import contextlib
import itertools
import os
import queue
import struct
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

Handler = Callable[["Job", Any], Any]
_HEAD = struct.Struct("<I")
_LIMIT = 512 * 1024 * 1024


class ChildError(Exception):
    """The child answered with a failure; `kind` is the name of the child's exception class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class ChildGone(ChildError):
    """The child ended (crash, kill, exit) before it answered."""


class Cancelled(Exception):
    """Raised by `Job.check` inside a child when the parent no longer wants the answer."""


def encode(frame: object) -> bytes:
    """Return the frame's bytes, length first."""
    body = msgspec.msgpack.encode(frame)
    return _HEAD.pack(len(body)) + body


# ---------------------------------------------------------------- the child's side


class Job:
    """One call as the child sees it: whether it is still wanted, and a way to say something before the answer."""

    def __init__(self, number: int, send: Callable[[object], None]) -> None:
        self._number, self._send, self._stop = number, send, threading.Event()
        self.on_cancel: Callable[[], None] | None = None

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def cancel(self) -> None:
        """Mark the call as unwanted and run `on_cancel` (on the reader's thread), which may interrupt work in C."""
        self._stop.set()
        if self.on_cancel:
            self.on_cancel()

    def check(self) -> None:
        """Raise `Cancelled` when the parent has cancelled this call."""
        if self._stop.is_set():
            raise Cancelled

    def event(self, name: str, value: object) -> None:
        """Send something ahead of the answer (progress, a partial result)."""
        self._send([self._number, "event", name, value])


def serve(handlers: Mapping[str, Handler], *, background: Collection[str] = ()) -> None:
    """Answer calls from the parent until its end of the pipe closes: one at a time, in order; cancels overtake.

    Calls named in `background` run in a thread of their own, beside the others. The reader is a thread of its own too,
    so `Job.cancelled` turns true while a handler works. Exceptions of a handler become failures at the parent; the
    process lives on.
    """
    source, sink = _claim_stdio()
    lock = threading.Lock()

    def send(frame: object) -> None:
        with lock:
            sink.write(encode(frame))
            sink.flush()

    jobs: dict[int, Job] = {}
    waiting: queue.SimpleQueue[tuple[Job, int, str, Any] | None] = queue.SimpleQueue()

    def read() -> None:
        while (frame := _read_frame(source)) is not None:
            number, kind, name, body = frame
            if kind == "cancel":
                if job := jobs.get(number):
                    job.cancel()
                continue
            jobs[number] = job = Job(number, send)
            waiting.put((job, number, name, body))
        for job in list(jobs.values()):
            job.cancel()
        waiting.put(None)

    def work(job: Job, number: int, name: str, body: Any) -> None:
        with contextlib.suppress(BrokenPipeError):
            send(_answer(handlers, job, number, name, body))
        jobs.pop(number, None)

    threading.Thread(target=read, name="wire", daemon=True).start()
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        while (item := waiting.get()) is not None:
            if item[2] in background:
                threading.Thread(target=work, args=item, name=item[2], daemon=True).start()
            else:
                work(*item)


def _answer(handlers: Mapping[str, Handler], job: Job, number: int, name: str, body: Any) -> list[object]:
    try:
        job.check()
        handler = handlers.get(name)
        if handler is None:
            return [number, "fail", "LookupError", f"no such call: {name}"]
        return [number, "done", "", handler(job, body)]
    except Exception as error:
        return [number, "fail", type(error).__name__, str(error)]


def _claim_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Take stdin and stdout for the wire; whatever else prints goes to stderr, whatever else reads finds nothing."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return source, sink


def _read_frame(source: BinaryIO) -> list[Any] | None:
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    (length,) = _HEAD.unpack(head)
    body = source.read(length) if length <= _LIMIT else b""
    if len(body) < length or not body:
        return None
    frame: list[Any] = msgspec.msgpack.decode(body)
    return frame


# ---------------------------------------------------------------- the parent's side


class Child:
    """A process of ours under an asyncio loop: started on the first call, restarted after it died.

    `on_start` runs after each start, before any other call is let through (it replays state: the root, open buffers);
    `on_down` is told once per death. Restarts wait 0.05 s, doubled for each death in a row, at most `longest_wait` s.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        on_start: Callable[["Child"], Awaitable[None]] | None = None,
        on_down: Callable[[int], None] | None = None,
        env: Mapping[str, str] | None = None,
        longest_wait: float = 2.0,
    ) -> None:
        self._longest_wait = longest_wait
        self._argv, self._log, self._env = list(argv), log, dict(env) if env is not None else None
        self._on_start, self._on_down = on_start, on_down
        self._numbers = itertools.count(1)
        self._pending: dict[int, tuple[asyncio.Future[Any], Callable[[str, Any], None] | None]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._deaths, self._born, self._closed = 0, 0.0, False
        self._silent = False  # its output has ended, its exit status is not known yet

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        alive = self._process is not None and self._process.returncode is None and not self._silent
        return alive and self._starting is None

    @property
    def ended(self) -> bool:
        """Whether the process has ended, though this loop was too busy to hear of it; False where one cannot look."""
        if self._process is None or not hasattr(os, "waitid"):
            return False
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    async def call(
        self, method: str, params: object = None, *, on_event: Callable[[str, Any], None] | None = None
    ) -> Any:
        """Return the child's answer. Cancelling the awaiting task cancels the call in the child.

        Raises:
            ChildError: the child's handler raised.
            ChildGone: the child died before it answered, or could not be started.
        """
        await self.start()
        return await self._call(method, params, on_event)

    async def _call(self, method: str, params: object, on_event: Callable[[str, Any], None] | None = None) -> Any:
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending[number] = future, on_event
        try:
            await self._send([number, "call", method, params])
            return await future
        except asyncio.CancelledError:
            with contextlib.suppress(ChildGone):
                await self._send([number, "cancel", "", None])
            raise
        finally:
            self._pending.pop(number, None)

    async def setup(self, method: str, params: object = None) -> Any:
        """Call from within `on_start`, when ordinary calls still wait."""
        return await self._call(method, params)

    async def close(self) -> None:
        """End the child: its pipe is closed, and after half a second it is killed."""
        self._closed = True
        if self._starting:
            self._starting.cancel()
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 0.5)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reader:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def start(self) -> None:
        """Start the child ahead of the first call.

        Raises:
            ChildGone: it could not be started, or was closed.
        """
        if self._closed:
            raise ChildGone("ChildGone", "closed")
        if self.running:
            return
        if self._silent and self._reader:
            await asyncio.shield(self._reader)
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        try:
            await asyncio.shield(self._starting)
        except OSError as error:
            raise ChildGone("ChildGone", f"could not start {self._argv[0]}: {error}") from error

    async def _start(self) -> None:
        try:
            if self._deaths:
                await asyncio.sleep(min(0.05 * 2 ** (self._deaths - 1), self._longest_wait))
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._argv,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    env=self._env,
                    limit=_LIMIT,
                )
            self._born, self._silent = time.monotonic(), False
            self._reader = asyncio.create_task(self._read(self._process))
            if self._on_start:
                await self._on_start(self)
        finally:
            self._starting = None

    async def _send(self, frame: object) -> None:
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            raise ChildGone("ChildGone", "the process has ended")
        try:
            process.stdin.write(encode(frame))
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ChildGone("ChildGone", "the process has ended") from error

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while True:
                (length,) = _HEAD.unpack(await process.stdout.readexactly(_HEAD.size))
                number, kind, name, body = msgspec.msgpack.decode(await process.stdout.readexactly(length))
                self._take(number, kind, name, body)
        self._silent = True
        self._give_up("the process ended")  # who waits can go on before the system has cleared it away
        code = await process.wait()
        self._deaths = self._deaths + 1 if time.monotonic() - self._born < 10 else 1
        self._give_up(f"the process ended (exit status {code})")
        if self._on_down and not self._closed:
            self._on_down(code)

    def _give_up(self, why: str) -> None:
        for future, _ in list(self._pending.values()):
            if not future.done():
                future.set_exception(ChildGone("ChildGone", why))

    def _take(self, number: int, kind: str, name: str, body: Any) -> None:
        future, on_event = self._pending.get(number, (None, None))
        if future is None or future.done():
            return
        if kind == "event":
            if on_event:
                on_event(name, body)
        elif kind == "done":
            future.set_result(body)
        else:
            future.set_exception(ChildError(name, str(body)))
