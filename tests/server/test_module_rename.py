"""Renaming a module where it is imported: its file is renamed by the editor, and everything that imports it follows."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio
from support.fixture import parse
from support.lsp import FULL, LspError, Server

PROJECT = """
    #- shop/__init__.py
    #- shop/cart.py
    from . import till


    def total():
        return till.PRICE
    #- shop/till.py
    PRICE = 1
    #- shop/data.txt
    not code
    #- main.py
    from shop import cart

    print(cart.total())
"""


def server_of(tmp_path: Path, **more: Any) -> Server:
    settings = {"rename": {"wait": 200, "verify": "static"}, "completion": {"model": "no-such-model"}}
    options = {"settings": settings, "trusted": True}
    return Server(parse(PROJECT).write(tmp_path / "repo"), settings=settings, options=options, **more)


def at(server: Server, path: str, text: str) -> dict[str, Any]:
    return server.at(path, server.text(path).encode().index(text.encode()))


async def command(server: Server, name: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=200)


def state(server: Server) -> dict[str, str]:
    root = server.roots[0]
    files = (p for p in root.rglob("*") if p.is_file() and ".git" not in p.parts)
    return {p.relative_to(root).as_posix(): server.text(p.relative_to(root).as_posix()) for p in sorted(files)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@aio
async def test_a_module_by_the_rename_request(tmp_path: Path, encoding: str) -> None:
    async with server_of(tmp_path, encoding=encoding) as server:
        await server.ready()
        await server.open("main.py")
        await server.open("shop/cart.py", server.text("shop/cart.py") + "\n\nUNSAVED = 1\n")
        before = state(server)
        place = at(server, "main.py", "cart")
        found = await server.request("textDocument/prepareRename", place)
        assert found["placeholder"] == "cart"
        edit = await server.request("textDocument/rename", {**place, "newName": "basket"}, timeout=200)
        kinds = [change.get("kind", "edit") for change in edit["documentChanges"]]
        assert kinds == ["edit", "rename"]
        assert server.apply_workspace_edit(edit)
        after = state(server)
        assert "shop/cart.py" not in after
        assert after["shop/basket.py"] == before["shop/cart.py"]
        assert after["main.py"] == "from shop import basket\n\nprint(basket.total())\n"
        undone = await command(server, "familiar.undo")
        assert undone["undone"], undone["reason"]
        assert state(server) == before
        assert not server.told("window/showMessage", "only a part")


@aio
async def test_a_package_goes_as_a_whole(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py")
        before = state(server)
        proposal = await command(
            server, "familiar.rename", **at(server, "main.py", "shop"), newName="store", offer=False
        )
        assert proposal["status"] == "unverified"
        sent: list[Any] = []

        def apply(params: dict[str, Any]) -> dict[str, bool]:
            sent.extend(params["edit"]["documentChanges"])
            return {"applied": server.apply_workspace_edit(params["edit"])}

        server.handlers["workspace/applyEdit"] = apply
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["applied"], done["reason"]
        moves = [(c["oldUri"], c["newUri"]) for c in sent if c.get("kind") == "rename"]
        assert moves == [(server.uri("shop"), server.uri("store"))], "the folder, not each of its files"
        assert set(state(server)) == {path.replace("shop/", "store/") for path in before}
        assert server.text("main.py").startswith("from store import cart\n")
        undone = await command(server, "familiar.undo")
        assert undone["undone"], undone["reason"]
        assert state(server) == before


@aio
async def test_a_folder_that_holds_more_by_now_is_left_with_it(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py")
        proposal = await command(
            server, "familiar.rename", **at(server, "main.py", "shop"), newName="store", offer=False
        )
        (server.roots[0] / "shop/late.txt").write_text("late\n")
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["applied"], done["reason"]
        assert {p for p in state(server) if p.startswith("shop/")} == {"shop/late.txt"}
        assert "store/cart.py" in state(server)


@aio
async def test_an_editor_that_asks_back_about_its_renaming_is_told_nothing(tmp_path: Path) -> None:
    """VS Code asks `willRenameFiles` for every file that it renames, also when the edit came from the server."""
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py")
        edit = await server.request(
            "textDocument/rename", {**at(server, "main.py", "cart"), "newName": "basket"}, timeout=200
        )
        for change in edit["documentChanges"]:
            if change.get("kind") == "rename":
                asked = {"files": [{"oldUri": change["oldUri"], "newUri": change["newUri"]}]}
                assert await server.request("workspace/willRenameFiles", asked, timeout=60) is None
            server.operate(change)
        assert not server.told("window/showMessage", "No import was edited")
        assert server.text("main.py").startswith("from shop import basket")


@aio
async def test_a_taken_name_is_not_written_over(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py")
        place = at(server, "main.py", "cart")
        with pytest.raises(LspError) as caught:
            await server.request("textDocument/rename", {**place, "newName": "till"}, timeout=200)
        assert caught.value.message == "Not renamed: shop/till.py exists already."
        proposal = await command(server, "familiar.rename", **place, newName="basket", offer=False)
        (server.roots[0] / "shop/basket.py").write_text("mine = 1\n")
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["reason"].startswith("shop/basket.py changed since the proposal was made; nothing was applied.")
        assert (server.roots[0] / "shop/basket.py").read_text() == "mine = 1\n"


@aio
async def test_an_editor_that_renames_no_files_is_told(tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(FULL))
    capabilities["workspace"]["workspaceEdit"]["resourceOperations"] = ["create"]
    async with server_of(tmp_path, capabilities=capabilities) as server:
        await server.ready()
        await server.open("main.py")
        place = at(server, "main.py", "cart")
        with pytest.raises(LspError) as caught:
            await server.request("textDocument/prepareRename", place)
        assert caught.value.message == (
            "shop/cart.py would get another name, and this editor cannot be asked to rename files; "
            "`familiar refactor rename` can."
        )
        with pytest.raises(LspError) as caught:
            await server.request("textDocument/rename", {**place, "newName": "basket"}, timeout=200)
        assert "This editor cannot be asked to rename shop/cart.py" in caught.value.message
