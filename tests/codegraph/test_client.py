"""The graph process over the wire: answers while it indexes, crashes, replayed buffers."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph.client import GraphClient
from familiar_codegraph.wire import ChildError, ChildGone
from support.fixture import parse

CODE = """
#- a.py
class A:
    def go(self): ...
#- b.py
from a import A
A().go()
"""
GO = CODE.index("go") - len("\n#- a.py\n")


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 90))


def test_questions_and_changes(tmp_path: Path) -> None:
    parse(CODE).write(tmp_path)

    async def work() -> None:
        client = GraphClient(tmp_path)
        early = await client.ask("references", "a.py", GO)
        assert not early.complete
        seen: list[tuple[int, int]] = []
        report = await client.index(progress=lambda done, total: seen.append((done, total)))
        assert (report.files, seen[-1]) == (2, (2, 2))
        answers = await client.ask("callers", "a.py", GO)
        assert answers.symbol is not None
        assert answers.symbol.id == "a.py::A.go"
        assert [(a.path, a.via, a.verdict) for a in answers.answers] == [("b.py", "constructor", "yes")]
        assert answers.complete
        await client.put("b.py", (tmp_path / "b.py").read_bytes(), 1)
        await client.edit("b.py", 2, [(0, 0, b"# first\n"), (8, 8, b"# second\n")])
        assert (await client.ask("callers", "a.py", GO)).answers[0].start == answers.answers[0].start + 17
        await client.drop("b.py")
        assert (await client.ask("callers", "a.py", GO)).answers == answers.answers
        (tmp_path / "b.py").unlink()
        await client.refresh(["b.py"])
        assert (await client.ask("callers", "a.py", GO)).answers == ()
        assert [item.name for item in await client.outline("a.py")] == ["A"]
        with pytest.raises(ChildError, match="does not follow"):
            await client.put("a.py", b"x = 1\n", 5)
            await client._child.call("edit", {"path": "a.py", "version": 5, "edits": []})
        await client.close()

    run(work())


def test_a_killed_process_comes_back_with_its_buffers(tmp_path: Path) -> None:
    parse(CODE).write(tmp_path)

    async def work() -> None:
        down: list[int] = []
        client = GraphClient(tmp_path, on_down=down.append)
        await client.index()
        await client.put("c.py", b"from a import A\nA().go()\n", 1)
        for _ in range(3):
            assert client.pid
            os.kill(client.pid, signal.SIGKILL)
            with pytest.raises(ChildGone):
                await client.status()
            await client.edit("c.py", (client._buffers["c.py"][0]) + 1, [(0, 0, b"\n")])
            while not (await client.status())["complete"]:
                await asyncio.sleep(0.05)
            answers = await client.ask("callers", "a.py", GO)
            assert [a.path for a in answers.answers] == ["b.py", "c.py"]
        assert len(down) == 3
        await client.close()

    run(work())
