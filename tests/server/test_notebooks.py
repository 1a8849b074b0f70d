"""Cells of notebooks over the real wire, as an editor tells them (LSP 3.17, notebook document synchronization)."""

import json
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph.languages.notebook.cells import neutral
from familiar_server.documents import Document
from familiar_server.notebooks import Notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import FULL, Server
from support.shop import COUNTS, SHOP

IMPORT, CALL = "from shop.cart import total\n%matplotlib inline\nprices, tax = [1, 2], 3", "paid = total(pri"


def capable(*, registers: bool = True, notebooks: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(FULL))
    made["textDocument"]["inlineCompletion"] = {"dynamicRegistration": registers}
    if notebooks:
        made["notebookDocument"] = {"synchronization": {"dynamicRegistration": True}}
    return made


class Jupyter:
    """An editor that shows one notebook: cells with text, in order; each change is told as VS Code tells it."""

    def __init__(self, server: Server, path: str, *cells: str) -> None:
        self.server, self.uri, self.version, self.made = server, server.uri(path), 1, len(cells)
        self.cells = [self._item(number, text) for number, text in enumerate(cells)]
        document = {
            "uri": self.uri,
            "notebookType": "jupyter-notebook",
            "version": 1,
            "cells": [{"kind": 2, "document": cell["uri"]} for cell in self.cells],
        }
        server.notify("notebookDocument/didOpen", {"notebookDocument": document, "cellTextDocuments": self.cells})

    def _item(self, number: int, text: str) -> dict[str, Any]:
        place = self.uri.removeprefix("file://")
        uri = f"vscode-notebook-cell:{place}#W{number}sZmlsZQ%3D%3D"
        return {"uri": uri, "languageId": "python", "version": 1, "text": text}

    def _tell(self, cells: dict[str, Any]) -> None:
        self.version += 1
        params = {"notebookDocument": {"uri": self.uri, "version": self.version}, "change": {"cells": cells}}
        self.server.notify("notebookDocument/didChange", params)

    def type(self, number: int, text: str) -> None:
        """Type at the end of a cell, key by key."""
        cell = self.cells[number]
        for key in text:
            lines = cell["text"].split("\n")
            at = {"line": len(lines) - 1, "character": len(lines[-1])}
            cell["text"] += key
            cell["version"] += 1
            change = {"range": {"start": at, "end": at}, "text": key}
            document = {"uri": cell["uri"], "version": cell["version"]}
            self._tell({"textContent": [{"document": document, "changes": [change]}]})

    def insert(self, number: int, text: str) -> None:
        """Put a new cell in front of cell `number`."""
        item = self._item(self.made, text)
        self.made += 1
        self.cells.insert(number, item)
        array = {"start": number, "deleteCount": 0, "cells": [{"kind": 2, "document": item["uri"]}]}
        self._tell({"structure": {"array": array, "didOpen": [item]}})

    def delete(self, number: int) -> None:
        gone = self.cells.pop(number)
        array = {"start": number, "deleteCount": 1}
        self._tell({"structure": {"array": array, "didClose": [{"uri": gone["uri"]}]}})

    def at(self, number: int) -> dict[str, Any]:
        """The end of a cell."""
        lines = self.cells[number]["text"].split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        return {"textDocument": {"uri": self.cells[number]["uri"]}, "position": place}

    async def suggest(self, number: int, **context: Any) -> list[str]:
        """What stands in the last line of a cell when an item is taken there, of each item."""
        params = {**self.at(number), "context": {"triggerKind": 1, **context}}
        out, lines = [], self.cells[number]["text"].split("\n")
        for item in (await self.server.request("textDocument/inlineCompletion", params))["items"]:
            start, end = item["range"]["start"], item["range"]["end"]
            assert start["line"] == end["line"] == len(lines) - 1, "a suggestion stays in its cell"
            out.append(lines[-1][: start["character"]] + item["insertText"] + lines[-1][end["character"] :])
        return out

    async def why(self, number: int) -> str:
        said: dict[str, str] = await self.server.request("familiar/explainSilence", self.at(number))
        return said["reason"]


def server_of(tmp_path: Path, **more: Any) -> Server:
    root = parse(SHOP).write(tmp_path / "repo")
    more.setdefault("capabilities", capable())
    settings_ = {**COUNTS, "answer": {"references": True}}
    return Server(root, settings=settings_, options={"settings": settings_}, **more)


@aio
async def test_a_cell_is_completed_from_the_cells_above_it_and_from_the_repository(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        book = Jupyter(server, "study/paid.ipynb", IMPORT, CALL)
        assert (await book.suggest(1))[0] == "paid = total(prices, tax)"
        assert (await book.suggest(0, triggerKind=2)) == []  # nothing to say, but the user is in another cell now
        book.insert(2, "paid = total(pri")
        assert (await book.suggest(2))[0] == "paid = total(prices, tax)"  # the bracket above is the other cell's
        book.delete(2)
        book.insert(2, "basket_of_mine = 7\nanother_basket = basket_of_mine + 1")
        book.insert(3, "last_basket = bas")
        assert (await book.suggest(3))[0] == "last_basket = basket_of_mine + 1"
        book.delete(2)
        assert await book.suggest(2) == []
        assert (await book.suggest(1))[0] == "paid = total(prices, tax)"


@aio
async def test_typing_in_a_cell_is_followed_magics_and_wide_characters_too(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        book = Jupyter(server, "paid.ipynb", "name = '🍇é'\n", IMPORT, "")
        book.type(0, "%time x = 1\n!ls\nhelp?\n")
        book.type(2, "# 🍇\n%timeit 2\npaid = total(")
        assert (await book.suggest(2))[0] == "paid = total(prices, tax)"
        book.type(2, "pri")
        assert (await book.suggest(2))[0] == "paid = total(prices, tax)"


@aio
async def test_a_suggestion_that_is_taken_in_a_cell_is_remembered(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        book = Jupyter(server, "paid.ipynb", IMPORT, CALL)
        params = {**book.at(1), "context": {"triggerKind": 1}}
        [item, *_] = (await server.request("textDocument/inlineCompletion", params))["items"]
        assert item["command"]["arguments"][0]["uri"] == book.cells[1]["uri"]
        rest = item["insertText"].removeprefix(CALL[item["range"]["start"]["character"] :])
        cell = book.cells[1]
        cell["text"], cell["version"] = cell["text"] + rest, 2
        at = params["position"]
        change = {"range": {"start": at, "end": at}, "text": rest}
        document = {"uri": cell["uri"], "version": 2}
        book._tell({"textContent": [{"document": document, "changes": [change]}]})
        book.type(1, "\n")
        server.notify("notebookDocument/didClose", {"notebookDocument": {"uri": book.uri}, "cellTextDocuments": []})

        async def remembered() -> bool:
            return bool((await server.request("familiar/status"))["memory"]["episodes"])

        await eventually(remembered)


@aio
async def test_the_graph_goes_on_reading_the_notebooks_file(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        cells = [{"cell_type": "code", "source": ["from shop.cart import total\n", "total([1], 2)\n"], "metadata": {}}]
        (server.roots[0] / "paid.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
        await server.request("workspace/executeCommand", {"command": "familiar.restart", "arguments": [{}]})
        await server.ready()
        await server.open("shop/cart.py")
        place = server.at("shop/cart.py", server.text("shop/cart.py").index("total"))

        async def in_the_notebook() -> int:
            found = await server.request("textDocument/references", {**place, "context": {"includeDeclaration": True}})
            return sum(item["uri"].endswith("paid.ipynb") for item in found)

        await eventually(lambda: _is(in_the_notebook, 2))
        book = Jupyter(server, "paid.ipynb", IMPORT, CALL)
        await book.suggest(1)
        assert await in_the_notebook() == 2


async def _is(found: Any, wanted: int) -> bool:
    return bool(await found() == wanted)


@aio
async def test_a_process_that_is_started_again_gets_the_cells(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        book = Jupyter(server, "paid.ipynb", IMPORT, CALL)
        assert await book.suggest(1)
        await server.request("workspace/executeCommand", {"command": "familiar.restart", "arguments": [{}]})
        await server.ready()

        async def again() -> bool:
            return (await book.suggest(1))[:1] == ["paid = total(prices, tax)"]

        await eventually(again)


@aio
async def test_silence_in_cells_has_its_reason(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        key = "AKIA" + "QX7MZK4WTPLV2BNC"
        secret = Jupyter(server, "secret.ipynb", f"AWS_ACCESS_KEY_ID = '{key}'", CALL)
        assert await secret.suggest(1) == []
        assert (
            await secret.why(1)
            == "secret.ipynb holds what looks like a private key or an access token, so it is not read"
        )
        book = Jupyter(server, "paid.ipynb", IMPORT, "zzzqqq")
        assert await book.suggest(1) == []
        assert (await book.why(1)).startswith("nothing like this stands in the repository")
        await server.open("raw.ipynb", '{"cells": []}', language="json")
        assert await server.suggest("raw.ipynb", 3) == []
        said = await server.request("familiar/explainSilence", server.at("raw.ipynb", 3))
        assert said["reason"].startswith("a notebook's file is not completed as text")


@aio
async def test_what_makes_no_sense_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    async with server_of(tmp_path) as server:
        await server.ready()
        book = Jupyter(server, "paid.ipynb", IMPORT, CALL)
        other = {"notebookDocument": {"uri": server.uri("unknown.ipynb"), "version": 2}, "change": {"cells": {}}}
        server.notify("notebookDocument/didChange", other)
        document = {"uri": "vscode-notebook-cell:/nowhere#1", "version": 2}
        book._tell({"textContent": [{"document": document, "changes": [{"text": "x"}]}]})
        book._tell({})
        server.notify("notebookDocument/didClose", {"notebookDocument": {"uri": "x:y"}, "cellTextDocuments": []})
        assert (await book.suggest(1))[0] == "paid = total(prices, tax)"
        told = [params["message"] for params in server.told("window/logMessage", "left out")]
        assert [message.partition(";")[0].partition("#")[0] for message in told] == [
            f"{server.uri('unknown.ipynb')} is not open in the editor",
            "vscode-notebook-cell:/nowhere",
        ]


@pytest.mark.parametrize(
    ("capabilities", "asked"),
    [(capable(), 1), (capable(registers=False), 0), (capable(notebooks=False), 0)],
    ids=["both", "no registration", "no notebooks"],
)
@aio
async def test_cells_are_asked_for_where_the_editor_has_them(
    tmp_path: Path, capabilities: dict[str, Any], asked: int
) -> None:
    async with server_of(tmp_path, capabilities=capabilities) as server:
        await server.ready()
        synced = server.capabilities_of_server.get("notebookDocumentSync")
        assert bool(synced) is ("notebookDocument" in capabilities)
        found = [
            registration
            for params in server.told("client/registerCapability", "familiar-notebooks")
            for registration in params["registrations"]
        ]
        assert len(found) == asked
        for registration in found:
            assert registration["method"] == "textDocument/inlineCompletion"
            assert registration["registerOptions"]["documentSelector"] == [{"notebook": "*", "language": "python"}]


# ---------------------------------------------------------------- the code of all cells, edit by edit

TEXT = st.text(alphabet="ab(%!?\n= é🍇", max_size=6)
STEP = st.tuples(st.sampled_from(["type", "replace", "insert", "delete"]), st.integers(0, 99), st.integers(0, 99), TEXT)


def closed(code: bytes) -> bool:
    return code.count(b"(") == 0


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=4), st.lists(STEP, max_size=12))
def test_the_code_is_that_of_the_cells_whatever_is_edited(
    texts: list[str], steps: list[tuple[str, int, int, str]]
) -> None:
    cells = [Document(f"cell:{number}", "python", 1, text) for number, text in enumerate(texts)]
    book = Notebook("file:///a.ipynb", cells)
    for kind, first, second, text in steps:
        told, version = book.code.data or b"", book.code.version
        if kind == "insert":
            book.cells.insert(first % (len(book.cells) + 1), Document(f"new:{version}", "python", 1, text))
            book.join()
        elif kind == "delete" and len(book.cells) > 1:
            del book.cells[first % len(book.cells)]
            book.join()
        else:
            cell = book.cells[first % len(book.cells)]
            lines = (cell.data or b"").decode().split("\n")
            line = second % len(lines)
            width = len(lines[line].encode("utf-16-le")) // 2 if kind == "replace" else 0
            place = types.Range(types.Position(line, 0), types.Position(line, width))
            change = types.TextDocumentContentChangePartial(range=place, text=text)
            if book.enter(cell):
                told = book.code.data or b""
            before = len(cell.data or b"")
            edits = book.changed(cell, cell.change(cell.version + 1, [change], "utf-16"), before)
            assert edits is not None
            for edit in edits:
                told = told[: edit.start] + edit.new + told[edit.end :]
            assert told == book.code.data
        code = [neutral(cell.data or b"") for cell in book.cells]
        entered = [cell is book._entered for cell in book.cells]
        shown = [text if here or closed(text) else b"#" * len(text) for text, here in zip(code, entered, strict=True)]
        assert (book.code.data or b"").replace(b"\n", b"#") == b"".join(
            text.replace(b"\n", b"#") + b"#" for text in shown
        )
        assert book.code.version > version or kind == "delete"
        for cell in book.cells:
            start = book.start(cell)
            lines = neutral(cell.data or b"").count(b"\n")
            assert (book.code.data or b"")[start : start + len(cell.data or b"") + 1].count(b"\n") == lines + 1
