"""The next suggestion is worked out while one is on the screen, and is what would be answered anyway."""

import asyncio
from pathlib import Path

from familiar_completion.client import CompletionClient
from familiar_completion.values import Answer
from support.fixture import parse

REPOSITORY = """
    #- shop/orders.py
    def total(order):
        amount = sum_of(order.items, order.currency)
        record(amount, order.customer, order.date)
        return rounded(amount, order.currency)

    def discounted(order):
        amount = sum_of(order.items, order.currency)
        record(amount, order.customer, order.date)
        return rounded(amount, order.currency)
    #- shop/report.py
    def report(order):
        amount = sum_of($0
    """


async def _after_taking(root: Path, *, wait: float) -> Answer:
    fixture = parse(REPOSITORY)
    fixture.write(root)
    assert fixture.cursor
    path, offset = fixture.cursor
    client = CompletionClient(root)
    try:
        await client.put(path, 1, fixture.files[path])
        await client.ready(60)
        answer = await client.complete(path, offset, 1)
        first = answer.suggestions[0]
        await asyncio.sleep(wait)
        text = first.text.encode() + b"\n    "
        await client.edit(path, 2, [(first.start, first.end, text)])
        return await client.complete(path, first.start + len(text), 2)
    finally:
        await client.close()


def test_the_next_suggestion_is_ready(tmp_path: Path) -> None:
    for wait in (1.5, 6, 24):  # seconds; nobody is told when it is
        ready = asyncio.run(_after_taking(tmp_path / f"after {wait}", wait=wait))
        if "counts" not in ready.ms:
            break
    fresh = asyncio.run(_after_taking(tmp_path / "at once", wait=0))
    assert "counts" in fresh.ms and "counts" not in ready.ms
    assert ready.suggestions == fresh.suggestions
    assert ready.suggestions[0].text == "record(amount, order.customer, order.date)"
