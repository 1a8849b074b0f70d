"""A suggestion that needs an import is offered with it, and the import is added when the suggestion is taken."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from support.aio import aio, eventually
from support.fixture import parse
from support.lsp import Server

PROJECT = """
    #- pyproject.toml
    #- shop/__init__.py
    #- shop/prices.py
    class Price:
        def __init__(self, amount, currency):
            self.amount = amount
            self.currency = currency
    #- shop/orders.py
    from shop.prices import Price


    def total(order):
        count(order)
        price = Price(order.amount, order.currency)
        return price


    def rebate(order):
        count(order)
        price = Price(order.amount, order.currency)
        return price
    #- shop/report.py
    import json


    def count(order):
        return json.dumps(order)


    def report(order):
        count(order)
        price = $0
"""
COUNTS = {"completion": {"model": "no-such-model"}}


async def _offered(server: Server, path: str, offset: int) -> dict[str, Any] | None:
    """Ask by hand until the code graph has said that the name is not here: it is asked in the background."""

    async def importing() -> dict[str, Any] | None:
        items = await server.suggest(path, offset, kind=1)
        return next((item for item in items if item["command"]["arguments"][0]["imports"]), None)

    return await eventually(importing)


@aio
async def test_the_import_is_added(tmp_path: Path) -> None:
    fixture = parse(PROJECT)
    assert fixture.cursor
    path, offset = fixture.cursor
    async with Server(fixture.write(tmp_path / "repo"), options={"settings": COUNTS}) as server:
        await server.ready()
        await server.open(path, fixture.files[path].decode())
        item = await _offered(server, path, offset)
        assert item is not None and item["insertText"] == "Price(order.amount, order.currency)"
        server.edit(path, offset, offset, item["insertText"])
        await server.request("workspace/executeCommand", item["command"])
        await server.wait_for(lambda: "from shop.prices import Price\n" in server.text(path))
        assert server.text(path).startswith("import json\nfrom shop.prices import Price\n\n\ndef count(order):")
        assert server.text(path).count("import Price") == 1


@aio
async def test_an_editor_that_applies_no_edits_is_offered_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from support import lsp

    monkeypatch.setitem(lsp.FULL["workspace"], "applyEdit", False)
    fixture = parse(PROJECT)
    assert fixture.cursor
    path, offset = fixture.cursor
    async with Server(fixture.write(tmp_path / "repo"), options={"settings": COUNTS}) as server:
        await server.ready()
        await server.open(path, fixture.files[path].decode())
        for _ in range(10):
            for item in await server.suggest(path, offset):
                assert not item["command"]["arguments"][0]["imports"]
            await asyncio.sleep(0.2)
