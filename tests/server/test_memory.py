"""What is remembered of suggestions, over the real wire, and `familiar memory`."""

import asyncio
from pathlib import Path
from typing import Any

from support.aio import aio
from support.command import familiar
from support.fixture import parse
from support.lsp import Server
from support.shop import COUNTS, SHOP

PATH = "shop/cart.py"


def server_of(tmp_path: Path, **memory: Any) -> Server:
    settings = {**COUNTS, "memory": memory}
    root = parse(SHOP).write(tmp_path / "repo")
    return Server(root, settings=settings, options={"settings": settings})


async def offered(server: Server, typed: str) -> tuple[int, dict[str, Any]]:
    """Type a new function's line at the end of cart.py; return the cursor and the first item."""
    text = (server.roots[0] / PATH).read_text() + f"\n\ndef fourth(prices, tax):\n    {typed}"
    if server.uri(PATH) in server.documents:
        server.edit(PATH, 0, len(server.text(PATH).encode()), text)
    else:
        await server.open(PATH, text)
    items = await server.suggest(PATH, len(text.encode()))
    return len(text.encode()), items[0]


def remembered(root: Path) -> list[tuple[str, str, str]]:
    found = familiar("memory", "show", "--json", cwd=root).document["episodes"]
    return sorted((e["path"], e["text"], e["fate"]) for e in found)


@aio
async def test_what_was_taken_and_what_was_refused(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        cursor, item = await offered(server, "return to")
        assert item["insertText"] == "tal(prices, tax)"
        server.notify("textDocument/didShowCompletion", {"item": item})
        server.edit(PATH, cursor, cursor, item["insertText"])
        cursor, item = await offered(server, "return tot")
        await asyncio.sleep(0.35)
        server.edit(PATH, cursor, cursor, "q")
        status = await server.request("familiar/status")
        assert status["memory"] == {"enabled": True, "episodes": 2, "message": ""}
    root = server.roots[0]
    taken, refused = (PATH, "tal(prices, tax)", "taken"), (PATH, "al(prices, tax)", "refused")
    assert remembered(root) == sorted([taken, refused])
    shown = familiar("memory", "show", "shop", cwd=root)
    assert shown.code == 0 and "counts: 1 taken; taken or typed of those seen: 1 of 1" in shown.out
    assert familiar("memory", "forget", "1d", "--json", cwd=root).document["forgotten"] == 0
    assert familiar("memory", "forget", PATH, cwd=root).out == "2 episodes are forgotten.\n"
    assert remembered(root) == []
    assert "Nothing is remembered" in familiar("memory", "show", cwd=root).out
    assert familiar("memory", "forget", cwd=root).code == 2


@aio
async def test_what_was_refused_is_not_offered_first_at_the_same_place(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        cursor, item = await offered(server, "return tot")
        server.notify("textDocument/didShowCompletion", {"item": item})
        await asyncio.sleep(0.35)
        server.edit(PATH, cursor, cursor, "q")
        server.edit(PATH, cursor, cursor + 1, "")
        assert item["insertText"] not in [one["insertText"] for one in (await server.suggest(PATH, cursor))[:1]]
        server.edit(PATH, cursor, cursor, "al")
        assert (await server.suggest(PATH, cursor + 2))[0]["insertText"] == item["insertText"][2:]


@aio
async def test_switched_off_nothing_is_remembered(tmp_path: Path) -> None:
    async with server_of(tmp_path, enabled=False) as server:
        await server.ready()
        cursor, item = await offered(server, "return to")
        server.edit(PATH, cursor, cursor, item["insertText"])
        assert (await server.request("familiar/status"))["memory"]["episodes"] == 0
    assert remembered(server.roots[0]) == []


@aio
async def test_a_memory_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    from familiar_memory.store import file_of

    server = server_of(tmp_path)
    file_of(server.roots[0]).mkdir()
    async with server:
        await server.ready()
        for _ in range(2):
            cursor, item = await offered(server, "return to")
            server.edit(PATH, cursor, cursor, item["insertText"])
            await server.wait_for(lambda: server.told("window/logMessage", "Nothing is remembered"))
        assert len(server.told("window/logMessage", "Nothing is remembered")) == 1
