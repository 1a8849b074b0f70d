"""The child's side of `familiar_codegraph.wire` for a process whose handlers are coroutines and run side by side.

Each call is a task of its own, started in order of arrival: what a handler does before its first `await` is therefore
done in that order too. A cancel from the parent cancels the task. The process ends when the parent's end of the pipe
closes.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from familiar_codegraph.collecting import collect_between
from familiar_codegraph.wire import _claim_stdio, _read_frame, encode

Handler = Callable[[Any], Awaitable[Any]]
_QUIET = 0.3
"""Seconds without a call after which nobody is expected to wait for what is tidied up."""


async def serve(handlers: Mapping[str, Handler]) -> None:
    """Answer calls until the parent is gone; exceptions of a handler become failures at the parent."""
    source, sink = _claim_stdio()
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    tasks: dict[int, asyncio.Task[None]] = {}
    resting = loop.call_later(_QUIET, collect_between)

    def send(frame: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            sink.write(encode(frame))
            sink.flush()

    async def answer(number: int, name: str, body: Any) -> None:
        nonlocal resting
        try:
            handler = handlers.get(name)
            if handler is None:
                send([number, "fail", "LookupError", f"no such call: {name}"])
            else:
                send([number, "done", "", await handler(body)])
        except asyncio.CancelledError:
            send([number, "fail", "Cancelled", "cancelled"])
        except Exception as error:
            send([number, "fail", type(error).__name__, str(error)])
        finally:
            tasks.pop(number, None)
            if not tasks:
                resting = loop.call_later(_QUIET, collect_between)

    def take(frame: list[Any]) -> None:
        number, kind, name, body = frame
        resting.cancel()
        if kind == "cancel":
            if task := tasks.get(number):
                task.cancel()
        else:
            tasks[number] = loop.create_task(answer(number, name, body))

    def read() -> None:
        with contextlib.suppress(RuntimeError):
            while (frame := _read_frame(source)) is not None:
                loop.call_soon_threadsafe(take, frame)
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, name="wire", daemon=True).start()
    await ended.wait()
    for task in list(tasks.values()):
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
