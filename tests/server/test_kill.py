"""kill -9 of any process of ours, in mid-request: it is answered, nothing typed is lost, and it is said once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import Server
from support.processes import kill, wait_for

PROJECT = """
    #- pyproject.toml
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)


    def total_with_tax(prices, tax):
        return total(prices) * (1 + tax)


    def total_without_tax(prices, tax):
        return total(prices) * (1 - tax)
"""
TYPED = "\n\ndef typed_but_not_saved(prices):\n    return total(prices)\n\n\ndef next_one(prices):\n    return tot"
BACK = 5.0
"""Seconds, the figure that must hold; on a quiet machine it is a fraction of one."""


async def setting(tmp_path: Path) -> Server:
    return Server(parse(PROJECT).write(tmp_path / "repo"))


async def killed(server: Server, module: str, times: int, ask: Callable[[], Awaitable[Any]]) -> None:
    """Kill the process `times` times, each during `ask`, which must be answered rightly."""
    rng = random.Random(0)
    for _ in range(times):
        pid = await wait_for(server.process.pid, module)
        asking = asyncio.ensure_future(ask())
        await asyncio.sleep(rng.uniform(0, 0.03))
        kill(pid)
        began = time.monotonic()
        await asking
        await wait_for(server.process.pid, module, other_than=pid)
        await ask()
        assert time.monotonic() - began < BACK * 2  # this machine runs other tests beside us


@aio
async def test_the_graph_process(tmp_path: Path) -> None:
    async with await setting(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        end = len(server.text("shop/cart.py").encode())
        server.edit("shop/cart.py", end, end, TYPED)
        at = server.text("shop/cart.py").index("typed_but_not_saved")

        async def name() -> None:
            found = await server.request("textDocument/prepareRename", server.at("shop/cart.py", at))
            assert found["placeholder"] == "typed_but_not_saved"

        await killed(server, "familiar_codegraph", 4, name)
        # Edits that arrive while it is down are not lost either.
        pid = await wait_for(server.process.pid, "familiar_codegraph")
        kill(pid)
        for letter in "xyz":
            server.edit("shop/cart.py", at, at, letter)
            await asyncio.sleep(0.05)
        found = await server.request("textDocument/prepareRename", server.at("shop/cart.py", at))
        assert found["placeholder"] == "zyxtyped_but_not_saved"
        assert len(server.told("window/logMessage", "The graph process of repo ended")) == 1


@aio
async def test_the_completion_process(tmp_path: Path) -> None:
    async with await setting(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        end = len(server.text("shop/cart.py").encode())
        server.edit("shop/cart.py", end, end, TYPED)

        async def suggest() -> None:
            await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()))

        await killed(server, "familiar_completion", 4, suggest)
        end = len(server.text("shop/cart.py").encode())
        items = await eventually(lambda: server.suggest("shop/cart.py", end))
        assert items[0]["insertText"].startswith("al(prices)")
        assert len(server.told("window/logMessage", "The completion process of repo ended")) == 1


@pytest.mark.model
@pytest.mark.slow
@aio
async def test_the_model_worker(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp")
    async with await setting(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        end = len(server.text("shop/cart.py").encode())
        server.edit("shop/cart.py", end, end, TYPED)

        async def model_is_there() -> bool:
            return (await server.request("familiar/status"))["model"] == "familiar-py"

        async def suggest() -> None:
            await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()))

        assert await eventually(model_is_there)
        await killed(server, "familiar_completion.worker", 4, suggest)
        assert await eventually(model_is_there)
