"""Run a coroutine as a test: each test has a loop of its own."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any


def aio(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a plain test of a coroutine function."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
