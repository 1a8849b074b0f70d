"""The wire between our processes, with a real child: answers, failures, cancel, death and restart."""

import asyncio
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from familiar_codegraph.wire import Child, ChildError, ChildGone

PROGRAM = textwrap.dedent(
    """
    import os, sys, time
    from familiar_codegraph.wire import serve

    state = {}

    def wait(job, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job.check()
            time.sleep(0.005)
        return "waited"

    def chatter(job, body):
        print("this goes to stderr")
        os.write(1, b"and so does this")
        job.event("progress", 50)
        return body

    def boom(job, body):
        raise ValueError(f"no good: {body}")

    serve({"wait": wait, "chatter": chatter, "boom": boom,
           "die": lambda job, body: os._exit(3),
           "put": lambda job, body: state.update(value=body),
           "get": lambda job, body: state.get("value")})
    """
)


@asynccontextmanager
async def child(tmp_path: Path, on_start: Callable[[Child], Awaitable[None]] | None = None) -> AsyncIterator[Child]:
    one = Child([sys.executable, "-c", PROGRAM], log=tmp_path / "log", on_start=on_start)
    try:
        yield one
    finally:
        await one.close()


def run(coroutine: Awaitable[None]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(coroutine, 60)

    asyncio.run(bounded())


def test_answers_events_and_a_chatty_library(tmp_path: Path) -> None:
    async def main() -> None:
        events = []
        async with child(tmp_path) as one:
            body = {"data": b"\x00\xff", "n": [1, None]}
            assert await one.call("chatter", body, on_event=lambda *event: events.append(event)) == body
        assert events == [("progress", 50)]
        assert b"and so does this" in (tmp_path / "log").read_bytes()

    run(main())


@pytest.mark.parametrize(
    ("method", "kind", "words"), [("boom", "ValueError", "no good: 7"), ("nothing", "LookupError", "no such call")]
)
def test_a_failure_reaches_the_caller_and_the_child_lives(tmp_path: Path, method: str, kind: str, words: str) -> None:
    async def main() -> None:
        async with child(tmp_path) as one:
            with pytest.raises(ChildError, match=words) as caught:
                await one.call(method, 7)
            assert caught.value.kind == kind
            assert await one.call("wait", 0) == "waited"

    run(main())


def test_cancel_frees_the_child_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with child(tmp_path) as one:
            await one.call("wait", 0)
            task = asyncio.create_task(one.call("wait", 60))
            await asyncio.sleep(0.05)
            task.cancel()
            begin = time.monotonic()
            assert await one.call("wait", 0) == "waited"
            assert time.monotonic() - begin < 5

    run(main())


def test_death_is_told_and_the_next_call_restarts_with_state(tmp_path: Path) -> None:
    async def replay(one: Child) -> None:
        await one.setup("put", "replayed")

    async def main() -> None:
        async with child(tmp_path, replay) as one:
            assert await one.call("get") == "replayed"
            waiting = asyncio.create_task(one.call("wait", 60))
            await asyncio.sleep(0.05)
            dying = asyncio.create_task(one.call("die"))
            waiting.cancel()
            with pytest.raises(ChildGone):
                await dying
            assert await one.call("get") == "replayed"

    run(main())


def test_a_program_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    async def main() -> None:
        one = Child([str(tmp_path / "absent")], log=tmp_path / "log")
        with pytest.raises(ChildGone, match="could not start"):
            await one.call("get")

    run(main())
