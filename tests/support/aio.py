"""Run a coroutine as a test, in a loop of its own, and wait in it for what is to come."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def aio(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a plain test of a coroutine function."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def eventually(ask: Callable[[], Awaitable[T]], is_it: Callable[[T], object] = bool, seconds: float = 60) -> T:
    """Ask again and again until the answer is the one waited for, or the time is up; return the last answer."""
    end = time.monotonic() + seconds
    while not is_it(answer := await ask()) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    return answer
