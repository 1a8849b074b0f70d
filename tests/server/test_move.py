"""Moving in the editor: offered on a definition, proposed with its evidence, applied as one, taken back as one."""

import json
from pathlib import Path
from typing import Any

import pytest
from familiar_edits import isolate
from support.aio import aio
from support.fixture import parse
from support.lsp import FULL, LspError, Server

PROJECT = """
    #- pyproject.toml
    [tool.pytest.ini_options]
    pythonpath = ["."]
    #- shop/__init__.py
    #- shop/cart.py
    RATE = 2


    def total(prices):
        def each(price):
            return price * RATE

        return sum(map(each, prices))


    class Cart:
        def size(self):
            return 0
    #- shop/till.py
    from shop.cart import total


    def pay(prices):
        return total(prices)
    #- shop/prices.py
    # Prices.
    #- tools/run.py
    print("run")
    #- tests/test_till.py
    from shop.till import pay


    def test_pay():
        assert pay([1, 2]) == 6
"""
isolated = pytest.mark.skipif(isolate.method()[0] == "plain", reason="tests cannot be isolated on this machine")


def server_of(tmp_path: Path, verify: str = "static", **more: Any) -> Server:
    settings = {"rename": {"wait": 200, "verify": verify}, "completion": {"model": "no-such-model"}}
    options = {"settings": settings, "trusted": True, **more.pop("options", {})}
    return Server(parse(PROJECT).write(tmp_path / "repo"), settings=settings, options=options, **more)


def at(server: Server, path: str, text: str) -> dict[str, Any]:
    return server.at(path, server.text(path).encode().index(text.encode()))


async def command(server: Server, name: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=200)


async def moved(server: Server, dest: str, text: str = "total", **more: Any) -> Any:
    return await command(server, "familiar.move", **at(server, "shop/cart.py", text), dest=dest, offer=False, **more)


def state(server: Server) -> dict[str, str]:
    """What the editor shows of every Python file."""
    root = server.roots[0]
    paths = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
    return {path: server.text(path) for path in paths}


@pytest.mark.slow
@isolated
@aio
async def test_a_move_is_verified_applied_and_taken_back(tmp_path: Path) -> None:
    async with server_of(tmp_path, "impacted") as server:
        await server.ready()
        await server.open("shop/cart.py", server.text("shop/cart.py") + "\n\nUNSAVED = 1\n")
        before = state(server)
        proposal = await moved(server, "shop/prices.py")
        assert (proposal["status"], proposal["evidence"]["tests"]["newly_failing"]) == ("verified", [])
        assert server.told("$/progress", "Moving to shop/prices.py")
        assert state(server) == before
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["applied"], done["reason"]
        after = state(server)
        assert "def total" in after["shop/prices.py"]
        assert "def total" not in after["shop/cart.py"]
        assert "from shop.prices import total" in after["shop/till.py"]
        undone = await command(server, "familiar.undo")
        assert undone["undone"] == done["undo"], undone["reason"]
        assert state(server) == before


@aio
async def test_a_module_that_does_not_exist_yet_is_made_and_unmade(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        before = state(server)
        proposal = await moved(server, "shop.sums")
        assert [c["path"] for c in proposal["changes"] if c["kind"] == "create"] == ["shop/sums.py"]
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert done["applied"], done["reason"]
        assert server.text("shop/sums.py").startswith("from shop.cart import RATE\n\n\ndef total(prices):")
        assert server.text("shop/till.py").startswith("from shop.sums import total\n")
        undone = await command(server, "familiar.undo")
        assert undone["undone"], undone["reason"]
        assert state(server) == before
        # A module that somebody has made meanwhile is not written over.
        proposal = await moved(server, "shop.sums")
        (server.roots[0] / "shop/sums.py").write_text("mine = 1\n")
        done = await command(server, "familiar.apply", id=proposal["id"])
        assert (done["applied"], done["reason"].partition(";")[0]) == (
            False,
            "shop/sums.py changed since the proposal was made",
        )


@aio
async def test_the_editor_that_makes_no_files_is_told(tmp_path: Path) -> None:
    capabilities = json.loads(json.dumps(FULL))
    del capabilities["workspace"]["workspaceEdit"]["resourceOperations"]
    async with server_of(tmp_path, capabilities=capabilities) as server:
        await server.ready()
        await server.open("shop/cart.py")
        proposal = await moved(server, "shop.sums")
        with pytest.raises(LspError) as caught:
            await command(server, "familiar.apply", id=proposal["id"])
        assert caught.value.message == (
            "This editor cannot be asked to create shop/sums.py; `familiar refactor … --apply` can."
        )
        proposal = await moved(server, "shop/prices.py")
        assert (await command(server, "familiar.apply", id=proposal["id"]))["applied"]


@aio
async def test_the_code_action_stands_on_definitions_of_modules(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        await server.open("shop/till.py")

        async def titles(path: str, text: str, **context: Any) -> list[str]:
            place = at(server, path, text)
            params = {
                "textDocument": place["textDocument"],
                "range": {"start": place["position"], "end": place["position"]},
                "context": {"diagnostics": [], **context},
            }
            return [action["title"] for action in await server.request("textDocument/codeAction", params, timeout=60)]

        offered = "Familiar: move {} to another module…".format
        assert await titles("shop/cart.py", "total") == [offered("total")]
        assert await titles("shop/cart.py", "Cart") == [offered("Cart")]
        assert await titles("shop/cart.py", "RATE") == [offered("RATE")]
        assert await titles("shop/cart.py", "size") == []
        assert await titles("shop/cart.py", "each") == []
        assert await titles("shop/cart.py", "prices") == []
        assert await titles("shop/till.py", "total") == []
        assert await titles("shop/cart.py", "total", only=["refactor"]) == [offered("total")]
        assert await titles("shop/cart.py", "total", only=["refactor.move"]) == [offered("total")]
        assert await titles("shop/cart.py", "total", only=["quickfix"]) == []


@aio
async def test_the_nearest_modules_come_first(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        await server.open("shop/till.py")
        found = await command(server, "familiar.destinations", **at(server, "shop/cart.py", "total"))
        assert (found["name"], found["from"]) == ("total", "shop/cart.py")
        near = ["shop/__init__.py", "shop/prices.py", "shop/till.py"]
        assert found["modules"] == [*near, "tests/test_till.py", "tools/run.py"]
        # Where it is used, it is the definition that moves.
        assert (await command(server, "familiar.destinations", **at(server, "shop/till.py", "total"))) == found
        with pytest.raises(LspError) as caught:
            await command(server, "familiar.destinations", **at(server, "shop/cart.py", "size"))
        assert "size is no function, class or constant of a module" in caught.value.message


@aio
async def test_a_client_without_a_picker_is_asked_by_a_message(tmp_path: Path) -> None:
    async with server_of(tmp_path, options={"evidence": False}) as server:
        await server.ready()
        await server.open("shop/cart.py")
        done = await command(server, "familiar.move", **at(server, "shop/cart.py", "total"))
        assert done["reason"] == "No module was chosen; nothing was changed."
        server.answers["To which module shall total be moved?"] = "shop/prices.py"
        server.answers["Move total to shop/prices.py"] = "Apply"
        done = await command(server, "familiar.move", **at(server, "shop/cart.py", "total"))
        assert done["applied"], done["reason"]
        assert "def total" in server.text("shop/prices.py")


@pytest.mark.parametrize(
    ("text", "dest", "said"),
    [
        ("total", "shop/cart.py", "is where it is already"),
        ("total", "nowhere/at.py", "nowhere is no folder with Python files of this repository: make it first."),
        ("total", "shop/2.py", "2 is no name that Python can import"),
        ("size", "shop/prices.py", "size"),
    ],
)
@aio
async def test_what_cannot_be_moved_says_why(tmp_path: Path, text: str, dest: str, said: str) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await server.open("shop/cart.py")
        proposal = await moved(server, dest, text)
        assert proposal["status"] == "refused"
        assert said in proposal["reason"]
