"""`workspace/willRenameFiles`: what imports a file follows when it gets another name in the editor."""

from pathlib import Path
from typing import Any

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


def renaming(server: Server, *names: str) -> dict[str, object]:
    """The request for the files of `names`: old, new, old, new, …"""
    pairs = zip(names[::2], names[1::2], strict=True)
    return {"files": [{"oldUri": server.uri(old), "newUri": server.uri(new)} for old, new in pairs]}


async def asked(server: Server, *names: str) -> dict[str, Any] | None:
    """Ask before the editor renames files, and have it rename them; return the answer."""
    edit: dict[str, Any] | None
    edit = await server.request("workspace/willRenameFiles", renaming(server, *names), timeout=100)
    if edit:
        assert server.apply_workspace_edit(edit)
    for old, new in zip(names[::2], names[1::2], strict=True):
        server.rename(server.uri(old), server.uri(new))
    return edit


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


@aio
async def test_several_files_are_one_plan(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("main.py", server.text("main.py") + "cart.total\n")
        edit = await asked(server, "shop/cart.py", "shop/basket.py", "shop/till.py", "shop/desk.py")
        assert edit
        uris = [change["textDocument"]["uri"] for change in edit["documentChanges"]]
        assert uris == [server.uri("main.py"), server.uri("shop/cart.py")]
        assert server.text("main.py") == "from shop import basket\nprint(basket.total())\nbasket.total\n"
        assert server.text("shop/basket.py") == "from . import desk\ndef total(): return desk.PRICE\n"


@aio
async def test_several_files_go_to_another_folder(tmp_path: Path) -> None:
    """One imports the other, and a file that stays imports one; what is no code is renamed beside them."""
    async with server_of(tmp_path) as server:
        await server.ready()
        (server.roots[0] / "parts").mkdir()
        (server.roots[0] / "parts/__init__.py").write_text("")
        assert await asked(server, "shop/cart.py", "parts/cart.py", "shop/till.py", "parts/till.py", "notes.md", "n.md")
        assert server.text("main.py") == "from parts import cart\nprint(cart.total())\n"
        assert server.text("parts/cart.py") == "from parts import till\ndef total(): return till.PRICE\n"


@aio
async def test_one_of_several_that_cannot_be_leaves_all_as_they_are(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        answer = server.request(
            "workspace/willRenameFiles",
            renaming(server, "shop/cart.py", "shop/basket.py", "shop/till.py", "shop/class.py"),
            timeout=100,
        )
        assert await answer is None
        assert server.told(
            "window/showMessage",
            "No import was edited: shop/till.py cannot be shop/class.py: class is no name that Python can import",
        )
        nested = renaming(server, "shop", "store", "shop/till.py", "shop/desk.py")
        assert await server.request("workspace/willRenameFiles", nested, timeout=100) is None
        assert server.told("window/showMessage", "shop/till.py lies in shop, which is renamed as well")
        outside = {"files": [{"oldUri": server.uri("shop/till.py"), "newUri": (tmp_path / "till.py").as_uri()}]}
        assert await server.request("workspace/willRenameFiles", outside, timeout=100) is None
        assert server.told("window/showMessage", "till.py is outside")
