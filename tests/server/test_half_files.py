"""Half of an edit in which files are made, renamed and deleted: found out, named, and taken back."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio
from support.fixture import parse
from support.lsp import FULL, Server

PROJECT = """
    #- shop/__init__.py
    #- shop/cart.py
    def total(prices):
        return sum(prices)


    def again(prices):
        import shop.cart

        return shop.cart.total(prices)
    #- shop/till.py
    from shop.cart import total


    def pay(prices):
        return total(prices)
    #- main.py
    from shop import cart

    print(cart.total([]))
"""
ITSELF = """

    def again(prices):
        import shop.cart

        return shop.cart.total(prices)"""
Change = dict[str, Any]
Behaviour = Callable[[Server, list[Change]], dict[str, Any]]
CART = "shop/cart.py (to be shop/basket.py)"


def without(*left_out: str, applied: bool = True) -> Behaviour:
    """Leave out some operations: by their kind, or by the end of the path whose text is edited."""

    def answer(server: Server, changes: list[Change]) -> dict[str, Any]:
        for change in changes:
            name = change.get("kind") or change["textDocument"]["uri"]
            if not name.endswith(left_out):
                server.operate(change)
        return {"applied": applied}

    return answer


def and_then(path: str, text: str) -> Behaviour:
    """Make all of the edit; then somebody writes a file."""

    def answer(server: Server, changes: list[Change]) -> dict[str, Any]:
        without("nothing")(server, changes)
        if server.uri(path) in server.documents:
            server.edit(path, 0, 0, text)
        else:
            (server.roots[0] / path).write_text(text)
        return {"applied": True}

    return answer


RENAMED: dict[str, tuple[Behaviour, str]] = {
    "the file keeps its name": (without("rename"), f"{CART} changed in part"),
    "the file keeps its name, and it says no": (without("rename", applied=False), f"{CART} changed in part"),
    "only the name": (without(".py"), "main.py, shop/till.py did not change"),
    "the text of the file itself is skipped": (without("cart.py"), f"{CART} changed in part"),
    "an importer is skipped": (without("main.py"), "main.py did not change"),
    "only an importer": (without("rename", "cart.py", "till.py"), "main.py changed as proposed"),
    "both names are there": (and_then("shop/cart.py", "x = 1\n"), f"{CART} differ from the proposal"),
    "somebody types in it": (and_then("shop/basket.py", "x = 1\n"), f"{CART} differ from the proposal"),
}
CREATED: dict[str, tuple[Behaviour, str]] = {
    "the new file stays empty": (without("sums.py"), "shop/sums.py changed in part"),
    "no new file": (without("create", "sums.py"), "shop/sums.py did not change"),
    "no new file, and it says no": (without("create", "sums.py", applied=False), "shop/sums.py did not change"),
    "only the new file": (without("cart.py", "till.py", "main.py"), "shop/sums.py changed as proposed"),
    "an importer is skipped": (without("till.py"), "shop/till.py did not change"),
    "somebody types in the new file": (and_then("shop/sums.py", "x = 1\n"), "shop/sums.py differ from the proposal"),
}


def server_of(tmp_path: Path, kind: str = "rename", failure_handling: str | None = None) -> Server:
    capabilities = json.loads(json.dumps(FULL))
    if failure_handling:
        capabilities["workspace"]["workspaceEdit"]["failureHandling"] = failure_handling
    settings = {"rename": {"wait": 200, "verify": "static"}, "completion": {"model": "no-such-model"}}
    options = {"settings": settings, "trusted": True}
    # A module that imports itself is renamed well, and refused when something shall leave it.
    root = parse(PROJECT if kind == "rename" else PROJECT.replace(ITSELF, "")).write(tmp_path / "repo")
    return Server(root, settings=settings, options=options, capabilities=capabilities)


async def command(server: Server, name: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=200)


async def proposed(server: Server, kind: str) -> str:
    """Propose to rename the module cart, or to move total to a module that is not there; return the proposal's id."""
    await server.ready()
    await server.open("main.py")
    await server.open("shop/cart.py")
    path, name = ("main.py", "cart") if kind == "rename" else ("shop/cart.py", "total")
    place = server.at(path, server.text(path).index(name))
    what = {"newName": "basket"} if kind == "rename" else {"dest": "shop/sums.py"}
    proposal = await command(server, f"familiar.{kind}", **place, **what, offer=False)
    assert proposal["status"] == "unverified", proposal["reason"]
    return str(proposal["id"])


def state(server: Server) -> dict[str, str]:
    root = server.roots[0]
    paths = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
    return {path: server.text(path) for path in paths}


@pytest.mark.parametrize(
    ("kind", "name"), [*(("rename", name) for name in RENAMED), *(("move", name) for name in CREATED)]
)
@aio
async def test_half_an_edit_is_found_out_and_taken_back(tmp_path: Path, kind: str, name: str) -> None:
    behaviour, said = (RENAMED if kind == "rename" else CREATED)[name]
    async with server_of(tmp_path, kind) as server:
        id = await proposed(server, kind)
        before = state(server)
        server.handlers["workspace/applyEdit"] = lambda p: behaviour(server, p["edit"]["documentChanges"])
        done = await command(server, "familiar.apply", id=id)
        assert done["applied"] is False
        assert "made only a part of the edit" in done["reason"]
        assert said in done["reason"]
        after = state(server)
        assert after != before
        del server.handlers["workspace/applyEdit"]
        undone = await command(server, "familiar.undo")
        if "differ from the proposal" in done["reason"]:  # what somebody typed is not overwritten
            assert undone["undone"] is None
            assert state(server) == after
        else:
            assert undone["undone"], undone["reason"]
            assert state(server) == before


@pytest.mark.parametrize(("kind", "left_out"), [("rename", "rename"), ("rename", "main.py"), ("move", "delete")])
@aio
async def test_half_of_an_undo_is_named_and_finished_by_another(tmp_path: Path, kind: str, left_out: str) -> None:
    async with server_of(tmp_path, kind) as server:
        id = await proposed(server, kind)
        before = state(server)
        done = await command(server, "familiar.apply", id=id)
        assert done["applied"], done["reason"]
        half = without(left_out)
        server.handlers["workspace/applyEdit"] = lambda p: half(server, p["edit"]["documentChanges"])
        undone = await command(server, "familiar.undo")
        assert undone["undone"] is None
        assert "made only a part of the edit" in undone["reason"]
        del server.handlers["workspace/applyEdit"]
        undone = await command(server, "familiar.undo")
        assert undone["undone"], undone["reason"]
        assert state(server) == before


@aio
async def test_half_of_the_answer_to_a_rename_is_named(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py")
        place = server.at("main.py", server.text("main.py").index("cart"))
        edit = await server.request("textDocument/rename", {**place, "newName": "basket"}, timeout=200)
        without("rename")(server, edit["documentChanges"])
        (told,) = await server.wait_for(lambda: server.told("window/showMessage", "made only a part of the edit"), 60)
        assert f"{CART} changed in part" in told["message"]


@pytest.mark.parametrize("handling", ["abort", "textOnlyTransactional", None])
@aio
async def test_an_editor_that_stops_says_where(tmp_path: Path, handling: str | None) -> None:
    """The place counts only from an editor that says how it handles failures."""

    def stopping(server: Server, changes: list[Change]) -> dict[str, Any]:
        for change in changes[:1]:
            server.operate(change)
        return {"applied": False, "failureReason": "locked", "failedChange": 1}

    async with server_of(tmp_path, "rename", handling) as server:
        id = await proposed(server, "rename")
        server.handlers["workspace/applyEdit"] = lambda p: stopping(server, p["edit"]["documentChanges"])
        done = await command(server, "familiar.apply", id=id)
        where = " (it failed at shop/cart.py)" if handling else ""
        assert done["reason"].endswith(f"The editor did not apply the edit: locked{where}.")
        assert "main.py changed as proposed" in done["reason"]


@pytest.mark.parametrize("handling", ["undo", "transactional"])
@aio
async def test_an_editor_that_takes_back_what_failed_has_changed_nothing(tmp_path: Path, handling: str) -> None:
    async def failing(server: Server, changes: list[Change]) -> dict[str, Any]:
        if handling == "undo":  # some of it is made, and taken back after the answer
            text = server.text("main.py")
            server.operate(changes[0])

            async def back() -> None:
                await asyncio.sleep(1)
                server.edit("main.py", 0, len(server.text("main.py")), text)

            server.task = asyncio.create_task(back())  # type: ignore[attr-defined]
        return {"applied": False, "failureReason": "locked", "failedChange": 3}

    async with server_of(tmp_path, "rename", handling) as server:
        id = await proposed(server, "rename")
        before = state(server)
        server.handlers["workspace/applyEdit"] = lambda p: failing(server, p["edit"]["documentChanges"])
        done = await command(server, "familiar.apply", id=id)
        assert done["reason"] == "The editor did not apply the edit: locked (it failed at shop/cart.py)."
        assert state(server) == before
        # Nothing is left to take back, so the last change is another's, or none.
        assert (await command(server, "familiar.undo"))["undone"] is None
