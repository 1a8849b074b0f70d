"""An editor that makes half of an edit, and says that it made all of it: found out, named, and taken back.

Neovim skips a stale first document and edits the others, checks no versions from the second on, leaves out a file whose
confirmation was declined, and answers `applied: true` each time.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio
from support.fixture import parse
from support.lsp import Server

PROJECT = """
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)


    def half(prices):
        return total(prices) // 2
    #- shop/till.py
    from shop.cart import total


    def pay(prices):
        return total(prices)
    #- shop/report.py
    from shop.cart import total


    def shown(prices):
        return str(total(prices))
"""
PATHS = ("shop/cart.py", "shop/report.py", "shop/till.py")
Answer = dict[str, Any]
Behaviour = Callable[[Server, list[dict[str, Any]]], Answer]


def without(*left_out: int, applied: bool = True) -> Behaviour:
    def answer(server: Server, changes: list[dict[str, Any]]) -> Answer:
        for number, change in enumerate(changes):
            if number not in left_out:
                server.apply(change["textDocument"]["uri"], change["edits"])
        return {"applied": applied}

    return answer


def typed_meanwhile(number: int) -> Behaviour:
    """The user types in a document just before the edit arrives, which is written all the same."""

    def answer(server: Server, changes: list[dict[str, Any]]) -> Answer:
        uri = changes[number]["textDocument"]["uri"]
        server.apply(uri, [])
        server._edit(uri, 0, 0, "x = 1\n")
        return without()(server, changes)

    return answer


def one_edit_of(number: int) -> Behaviour:
    def answer(server: Server, changes: list[dict[str, Any]]) -> Answer:
        changes = [dict(change) for change in changes]
        changes[number]["edits"] = changes[number]["edits"][:1]
        return without()(server, changes)

    return answer


def elsewhere(server: Server, changes: list[dict[str, Any]]) -> Answer:
    """Lines counted from one: every edit lands a line too low."""
    first = changes[0]
    moved = [
        {"newText": e["newText"], "range": {k: {**v, "line": v["line"] + 1} for k, v in e["range"].items()}}
        for e in first["edits"][:1]
    ]
    server.apply(first["textDocument"]["uri"], moved)
    return {"applied": True}


HALVES: dict[str, Behaviour] = {
    "the first is skipped": without(0),
    "the second is skipped": without(1),
    "the last is skipped": without(2),
    "only the first": without(1, 2),
    "only the last": without(0, 1),
    "half, and it says no": without(0, applied=False),
    "only one, and it says no": without(0, 1, applied=False),
    "typed in the first meanwhile": typed_meanwhile(0),
    "typed in the second meanwhile": typed_meanwhile(1),
    "typed in the last meanwhile": typed_meanwhile(2),
    "one edit of the first file": one_edit_of(0),
    "one edit of the last file": one_edit_of(2),
    "at the wrong places": elsewhere,
}


def server_of(root: Path) -> Server:
    settings = {"rename": {"wait": 200, "verify": "static"}, "completion": {"model": "no-such-model"}}
    return Server(parse(PROJECT).write(root), settings=settings, options={"settings": settings, "trusted": True})


async def proposed(server: Server) -> Any:
    await server.ready()
    await server.open("shop/cart.py")
    place = server.at("shop/cart.py", server.text("shop/cart.py").index("total"))
    argument = {**place, "newName": "sum_all", "offer": False}
    return await server.request(
        "workspace/executeCommand", {"command": "familiar.rename", "arguments": [argument]}, timeout=200
    )


async def command(server: Server, name: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=60)


@pytest.mark.parametrize("name", HALVES)
@aio
async def test_half_an_edit_is_found_out_and_taken_back(tmp_path: Path, name: str) -> None:
    async with server_of(tmp_path / "repo") as server:
        proposal = await proposed(server)
        before = {path: server.text(path) for path in PATHS}
        server.handlers["workspace/applyEdit"] = lambda p: HALVES[name](server, p["edit"]["documentChanges"])
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["applied"] is False
        assert "made only a part of the edit" in done["reason"]
        after = {path: server.text(path) for path in PATHS}
        wrong = [path for path in PATHS if "sum_all" not in after[path] or "total" in after[path]]
        wrong += [path for path in PATHS if "x = 1" in after[path]]
        assert wrong
        assert all(path in done["reason"] for path in wrong)
        del server.handlers["workspace/applyEdit"]
        undone = await command(server, "familiar.undo")
        if "differ from the proposal" in done["reason"]:  # what somebody typed is not overwritten
            assert undone["undone"] is None
            assert {path: server.text(path) for path in PATHS} == after
        else:
            assert undone["undone"], undone["reason"]
            assert {path: server.text(path) for path in PATHS} == before


@aio
async def test_nothing_made_is_said_too(tmp_path: Path) -> None:
    async with server_of(tmp_path / "repo") as server:
        proposal = await proposed(server)
        server.handlers["workspace/applyEdit"] = lambda p: {"applied": True}
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done == {
            "applied": False,
            "reason": "The editor says it applied the edit, but nothing changed.",
            "undo": None,
        }
        server.handlers["workspace/applyEdit"] = lambda p: {"applied": False, "failureReason": "no"}
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["reason"] == "The editor did not apply the edit: no."


@pytest.mark.parametrize("name", ["the first is skipped", "only the last", "one edit of the first file"])
@aio
async def test_half_of_the_answer_to_a_rename_is_named(tmp_path: Path, name: str) -> None:
    async with server_of(tmp_path / "repo") as server:
        await server.ready()
        await server.open("shop/cart.py")
        place = server.at("shop/cart.py", server.text("shop/cart.py").index("total"))
        edit = await server.request("textDocument/rename", {**place, "newName": "sum_all"}, timeout=200)
        HALVES[name](server, edit["documentChanges"])
        await server.wait_for(lambda: server.told("window/showMessage", "made only a part of the edit"), 60)


@aio
async def test_a_message_is_drafted_from_the_proposal(tmp_path: Path) -> None:
    async with server_of(tmp_path / "repo") as server:
        proposal = await proposed(server)
        assert await command(server, "familiar.message", id=proposal["id"]) == {
            "message": "Rename total to sum_all\n\n3 files edited, 6 places.\nNot tested.\n"
        }
