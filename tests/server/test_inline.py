"""`textDocument/inlineCompletion` over the real wire, from the repository's own counts: the model is left out, so that
what is offered does not depend on weights."""

# ruff: noqa: E501 - the sentences are compared as they are said

import asyncio
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import LspError, Server
from support.shop import COUNTS, SHOP

PROJECT = (
    SHOP
    + """
    #- .gitignore
    generated/
    #- generated/out.py
    x = 1
"""
)


def server_of(tmp_path: Path, completion: dict[str, Any] | None = None, **more: Any) -> Server:
    settings = {"completion": {**COUNTS["completion"], **(completion or {})}}
    root = parse(PROJECT).write(tmp_path / "repo")
    return Server(root, settings=settings, options={"settings": settings}, **more)


async def offered(server: Server, typed: str, after: str = "", **context: Any) -> tuple[str, str]:
    """Type in a new function of cart.py; return the line before and after taking the first item (`∅`: none)."""
    path = "shop/cart.py"
    before = (server.roots[0] / path).read_text()
    text = f"{before}\n\ndef fourth(prices, tax):\n    {typed}{after}"
    if server.uri(path) in server.documents:
        server.edit(path, 0, len(server.text(path).encode()), text)
    else:
        await server.open(path, text)
    offset = len(text.encode()) - len(after.encode())
    items = await server.suggest(path, offset, **context)
    if not items:
        return typed + "|" + after, "∅"
    start, end = (server._offset(_index(server, path), items[0]["range"][side]) for side in ("start", "end"))
    data = text.encode()
    assert start <= offset <= end
    # What VS Code asks for: the text that is replaced occurs in the text that replaces it.
    rest = iter(items[0]["insertText"])
    assert all(char in rest for char in data[start:end].decode())
    taken = data[:start].decode() + items[0]["insertText"] + data[end:].decode()
    return typed + "|" + after, taken.rsplit("\n", 1)[-1].strip()


def _index(server: Server, path: str) -> Any:
    from familiar_codegraph.text import LineIndex

    return LineIndex(server.documents[server.uri(path)][1])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@aio
async def test_suggestions_and_their_ranges(tmp_path: Path, encoding: str) -> None:
    async with server_of(tmp_path, encoding=encoding) as server:
        await server.ready()
        cases = [
            await offered(server, "return to"),
            await offered(server, "return total("),
            await offered(server, "return total(", ")"),
            await offered(server, "return total(pri", ")"),
            await offered(server, "if '𝒴𝒵': return total(pri"),
        ]
        assert cases == snapshot(
            [
                ("return to|", "return total(prices, tax)"),
                ("return total(|", "return total(prices, tax)"),
                ("return total(|)", "return total(prices, tax)"),
                ("return total(pri|)", "return total(prices, tax)"),
                ("if '𝒴𝒵': return total(pri|", "if '𝒴𝒵': return total(prices, tax)"),
            ]
        )
        assert (await offered(server, "return to"))[1] != "∅"
        items = await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()), kind=0)
        assert items, "vscode-languageclient 9 counts trigger kinds from 0"
        assert items[0]["command"]["arguments"][0]["source"] == "counts"
        assert await server.request("workspace/executeCommand", items[0]["command"] | {"title": None}) is None


@aio
async def test_a_visible_menu_has_precedence(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        line = (server.roots[0] / "shop" / "cart.py").read_text().count("\n") + 3

        def entry(text: str, start: int = 11, end: int = 13) -> dict[str, Any]:
            span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
            return {"selectedCompletionInfo": {"range": span, "text": text}}

        assert (await offered(server, "return to"))[1] == "return total(prices, tax)"
        assert (await offered(server, "return to", **entry("total")))[1] == "return total(prices, tax)"
        items = await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()), **entry("total"))
        assert items[0]["insertText"] == "total(prices, tax)"
        assert items[0]["range"]["start"] == {"line": line, "character": 11}
        assert (await offered(server, "return to", **entry("tobacco")))[1] == "∅"
        assert (await offered(server, "return to", **entry("bottom")))[1] == "∅"
        assert await why(server) == "the menu's selected entry does not begin with what is typed"
        server.settings["completion"]["menu"] = "hide"
        server.notify("workspace/didChangeConfiguration", {"settings": None})
        hidden = await eventually(lambda: offered(server, "return to", **entry("total")), lambda it: it[1] == "∅")
        assert hidden[1] == "∅"
        assert await why(server) == "a completion menu is open, and familiar.completion.menu is `hide`"


async def why(server: Server, path: str = "shop/cart.py") -> str:
    at = server.at(path, len(server.text(path).encode()))
    return str((await server.request("familiar/explainSilence", at))["reason"])


async def run(server: Server, command: str, **argument: Any) -> Any:
    return await server.request("workspace/executeCommand", {"command": command, "arguments": [argument]})


@aio
async def test_silence_is_explained(tmp_path: Path) -> None:
    async with server_of(tmp_path, {"disabledLanguages": ["markdown"]}) as server:
        await server.ready()
        assert (await offered(server, "return to"))[1] != "∅"
        said = {}
        assert await run(server, "familiar.snooze", minutes=2) == {"minutes": 2}
        assert (await offered(server, "return to"))[1] == "∅"
        said["snoozed"] = await why(server)
        assert (await server.request("familiar/status"))["state"] == "snoozed"
        assert (await offered(server, "return to", kind=1))[1] != "∅", "asked for by hand, it answers all the same"
        await run(server, "familiar.snooze", minutes=0)
        assert await run(server, "familiar.toggle", language="python") == {"enabled": False, "language": "python"}
        assert (await offered(server, "return to"))[1] == "∅"
        said["language"] = await why(server)
        await run(server, "familiar.toggle", language="python")
        assert await run(server, "familiar.toggle") == {"enabled": False, "language": None}
        said["off"] = await why(server)
        await run(server, "familiar.toggle")
        assert (await offered(server, "return to"))[1] != "∅"
        await server.open("notes.md", "# total\n", language="markdown")
        assert await server.suggest("notes.md", 3) == []
        said["markdown"] = await why(server, "notes.md")
        await server.open("generated/out.py")
        assert await server.suggest("generated/out.py", 3) == []
        said["ignored"] = await why(server, "generated/out.py")
        assert (await offered(server, "zzzqqq"))[1] == "∅"
        said["nothing"] = await why(server)
        assert said == snapshot(
            {
                "snoozed": "completion is snoozed for 2 more minutes",
                "language": "completion is switched off for python (familiar.completion.disabledLanguages, or the command `familiar.toggle`)",
                "off": "completion is switched off (familiar.completion.enabled, or the command `familiar.toggle`)",
                "markdown": "completion is switched off for markdown (familiar.completion.disabledLanguages, or the command `familiar.toggle`)",
                "ignored": "generated/out.py is ignored by git or may hold secrets, so it is not read",
                "nothing": "nothing like this stands in the repository; No model is called 'no-such-model'; there are: familiar-py. Use `familiar model add PATH` first.",
            }
        )


@aio
async def test_a_cell_of_a_notebook_that_nothing_is_known_of_says_so(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        uri = f"vscode-notebook-cell:{tmp_path}/a.ipynb#W0sZmlsZQ"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": "total = "}
        server.notify("textDocument/didOpen", {"textDocument": document})
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 8}}
        context = {"context": {"triggerKind": 1}}
        assert (await server.request("textDocument/inlineCompletion", place | context))["items"] == []
        said = await server.request("familiar/explainSilence", place)
        assert said["reason"] == "this editor says nothing of the notebook that the cell is in"


@aio
async def test_a_newer_request_replaces_an_older_one_and_a_cancelled_one_is_an_error(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await offered(server, "return to")
        at = server.at("shop/cart.py", len(server.text("shop/cart.py").encode()))
        params = {**at, "context": {"triggerKind": 2}}
        requests = [server.begin("textDocument/inlineCompletion", params)[1] for _ in range(8)]
        answers = await asyncio.gather(*requests)
        assert all(isinstance(answer["items"], list) for answer in answers)
        assert answers[-1]["items"]
        number, future = server.begin("textDocument/inlineCompletion", params)
        server.notify("$/cancelRequest", {"id": number})
        try:
            await future
        except LspError as error:
            assert error.code == -32800
        # An answer for a text that has changed meanwhile would be wrong: it is empty.
        _, future = server.begin("textDocument/inlineCompletion", params)
        server.edit("shop/cart.py", 0, 0, "# changed\n")
        stale = (await future)["items"]
        assert stale == [] or stale[0]["range"]["start"]["line"] == at["position"]["line"]
        assert await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()))


@aio
async def test_what_clients_tell_is_accepted(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        await offered(server, "return to")
        (item, *_) = await server.suggest("shop/cart.py", len(server.text("shop/cart.py").encode()))
        server.notify("textDocument/didShowCompletion", {"item": item})
        server.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 3})
        server.notify("textDocument/somethingNew", {"item": item})
        assert (await server.request("familiar/status"))["state"] == "ready"
        assert not server.told("window/showMessage")
