"""`workspace/willRenameFiles`: what imports a file follows when it gets another name in the editor."""

from pathlib import Path

from support.aio import aio
from support.fixture import parse
from support.lsp import Server

PROJECT = """
    #- shop/__init__.py
    #- shop/cart.py
    from . import till
    def total(): return till.PRICE
    #- shop/till.py
    PRICE = 1
    #- main.py
    from shop import cart
    print(cart.total())
    #- notes.md
    Nothing.
"""


def server_of(tmp_path: Path) -> Server:
    settings = {"completion": {"model": "no-such-model"}}
    return Server(parse(PROJECT).write(tmp_path / "repo"), settings=settings, options={"settings": settings})


def renaming(server: Server, old: str, new: str) -> dict[str, object]:
    return {"files": [{"oldUri": server.uri(old), "newUri": server.uri(new)}]}


@aio
async def test_imports_follow_a_file(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py", server.text("main.py") + "cart\n")
        edit = await server.request("workspace/willRenameFiles", renaming(server, "shop/cart.py", "shop/basket.py"))
        assert server.apply_workspace_edit(edit)
        assert server.text("main.py") == "from shop import basket\nprint(basket.total())\nbasket\n"
        other = await server.request("workspace/willRenameFiles", renaming(server, "shop/till.py", "shop/desk.py"))
        # The file that imports by a relative name is edited too.
        assert {c["textDocument"]["uri"] for c in other["documentChanges"]} == {server.uri("shop/cart.py")}


@aio
async def test_imports_follow_a_folder(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        edit = await server.request("workspace/willRenameFiles", renaming(server, "shop", "store"))
        assert server.apply_workspace_edit(edit)
        assert server.text("main.py").startswith("from store import cart\n")


@aio
async def test_what_is_not_edited_is_said(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        asked = renaming(server, "shop/cart.py", "shop/class.py")
        assert await server.request("workspace/willRenameFiles", asked) is None
        assert server.told("window/showMessage", "class is no name that Python can import")
        assert await server.request("workspace/willRenameFiles", renaming(server, "notes.md", "more.md")) is None
