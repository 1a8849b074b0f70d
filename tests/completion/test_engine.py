"""The completion process as its parent uses it: a real process, a repository on disk, no model (see test_worker)."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from familiar_completion.client import CompletionClient, complete_once
from familiar_completion.values import Answer
from support.fixture import Fixture, parse

REPOSITORY = """
    #- shop/orders.py
    from shop.prices import price_of

    def total(order):
        amount = sum(price_of(item, order.currency) for item in order.items)
        return amount

    def discounted(order):
        amount = sum(price_of(item, order.currency) for item in order.items)
        return amount * order.discount
    #- shop/prices.py
    def price_of(item, currency):
        return item.prices[currency]
    #- shop/report.py
    from shop.prices import price_of

    def report(order):
        amount = sum($0
    """


def run(
    root: Path,
    text: str,
    ask: Callable[[CompletionClient, Fixture], Awaitable[Answer]],
) -> Answer:
    """Write the fixture, open the file with the cursor, and let `ask` put its question once all is indexed."""
    fixture = parse(text)
    fixture.write(root)

    async def scenario() -> Answer:
        client = CompletionClient(root)
        try:
            if fixture.cursor:
                await client.put(fixture.cursor[0], 1, fixture.files[fixture.cursor[0]])
            await client.ready(60)
            return await ask(client, fixture)
        finally:
            await client.close()

    return asyncio.run(scenario())


async def at_cursor(client: CompletionClient, fixture: Fixture) -> Answer:
    assert fixture.cursor
    return await client.complete(*fixture.cursor, 1)


def test_a_line_of_the_repository_is_copied(tmp_path: Path) -> None:
    answer = run(tmp_path, REPOSITORY, at_cursor)
    assert [item.text for item in answer.suggestions][:1] == ["price_of(item, order.currency) for item in order.items)"]
    assert answer.suggestions[0].source == "counts"
    assert answer.silence is None
    assert answer.model == "no model is installed"


def test_ignored_and_secret_files_are_not_known(tmp_path: Path) -> None:
    text = REPOSITORY.replace("shop/orders.py", "ignored/orders.py") + "\n    #- .gitignore\n    ignored/\n"
    answer = run(tmp_path, text, at_cursor)
    assert answer.suggestions == ()
    assert answer.silence


def test_what_is_unsaved_elsewhere_counts(tmp_path: Path) -> None:
    async def ask(client: CompletionClient, fixture: Fixture) -> Answer:
        await client.put(
            "shop/prices.py", 1, b"def f(order):\n    amount = sum(unsaved_price(x) for x in order.lines)\n"
        )
        await client.put("shop/orders.py", 1, b"")
        return await at_cursor(client, fixture)

    assert run(tmp_path, REPOSITORY, ask).suggestions[0].text == "unsaved_price(x) for x in order.lines)"


def test_files_that_change_on_disk_count_after_refresh(tmp_path: Path) -> None:
    async def ask(client: CompletionClient, fixture: Fixture) -> Answer:
        (tmp_path / "shop/orders.py").unlink()
        (tmp_path / "shop/new.py").write_text("def f(order):\n    amount = sum(fresh(x) for x in order.lines)\n")
        await client.refresh(["shop/orders.py", "shop/new.py"])
        return await at_cursor(client, fixture)

    assert run(tmp_path, REPOSITORY, ask).suggestions[0].text == "fresh(x) for x in order.lines)"


def test_typing_along_is_answered_with_the_remainder(tmp_path: Path) -> None:
    async def ask(client: CompletionClient, fixture: Fixture) -> Answer:
        first = await at_cursor(client, fixture)
        assert fixture.cursor
        path, at = fixture.cursor
        for number, char in enumerate("price_"):
            await client.edit(path, 2 + number, [(at + number, at + number, char.encode())])
        rest = await client.complete(path, at + 6, 7)
        assert rest.suggestions[0].source == "typed"
        assert "price_" + rest.suggestions[0].text == first.suggestions[0].text
        await client.edit(path, 8, [(at, at + 6, b"other")])
        return await client.complete(path, at + 5, 8)

    answer = run(tmp_path, REPOSITORY, ask)
    assert all(item.source != "typed" for item in answer.suggestions)


def test_the_menus_entry_stands_in_front(tmp_path: Path) -> None:
    async def ask(client: CompletionClient, fixture: Fixture) -> Answer:
        assert fixture.cursor
        return await client.complete(*fixture.cursor, 1, selected="price_of")

    answer = run(tmp_path, REPOSITORY, ask)
    at = parse(REPOSITORY).cursor
    assert at
    assert answer.suggestions[0].text == "price_of(item, order.currency) for item in order.items)"
    assert (answer.suggestions[0].start, answer.suggestions[0].end) == (at[1], at[1])


REFUSED = {
    "a closed document": ("other.py", 0, None, "the document is not open here"),
    "an older version": ("main.py", 0, 0, "version 0 was asked for, but the document is at version 1"),
    "a place outside": ("main.py", 99, 1, "position 99 is outside the document, which has 6 bytes"),
    "a huge document": ("huge.py", 0, 1, "the document has 1,100,000 bytes; nothing is completed beyond 1,000,000"),
    "a very long line": ("long.py", 10, 1, "the line has 5,000 bytes; nothing is completed beyond 4,000"),
    "a binary": (
        "binary.py",
        0,
        1,
        "the document holds NUL bytes, so it is no source text; nothing is completed in it",
    ),
    "a file of secrets": (".env", 0, 1, ".env is a kind of file that holds secrets; nothing is completed in it"),
}


def test_what_cannot_be_completed_says_why(tmp_path: Path) -> None:
    async def scenario() -> None:
        client = CompletionClient(tmp_path)
        await client.put("main.py", 1, b"x = 1\n")
        await client.put("huge.py", 1, b"x = 1234567\n" * 91_666 + b"12345678")
        await client.put("long.py", 1, b"x" * 5_000)
        await client.put("binary.py", 1, b"x\0y")
        await client.put(".env", 1, b"KEY=")
        try:
            for path, offset, version, reason in REFUSED.values():
                answer = await client.complete(path, offset, version)
                assert (answer.suggestions, answer.silence) == ((), reason)
                assert (await client.explain(path, offset))["reason"]
        finally:
            await client.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n", b"\xff\xfe = ", "é = ".encode(), b"\xef\xbb\xbfx = ", b"\t"])
def test_odd_documents_are_answered(tmp_path: Path, data: bytes) -> None:
    answer, status = complete_once(tmp_path, "main.py", data, len(data))
    assert answer.silence
    assert status["model"]["state"] == "absent"


def test_a_file_outside_of_any_repository() -> None:
    text = b"def first(x):\n    return compute(x, depth=1)\n\ndef second(x):\n    return comp"
    answer, _ = complete_once(None, "/somewhere/else.py", text, len(text))
    assert answer.suggestions[0].text == "ute(x, depth=1)"


def test_a_killed_process_comes_back_with_its_documents(tmp_path: Path) -> None:
    async def ask(client: CompletionClient, fixture: Fixture) -> Answer:
        assert fixture.cursor and client.pid
        os.kill(client.pid, signal.SIGKILL)
        await client.complete(*fixture.cursor, 1)
        await client.ready(60)
        return await at_cursor(client, fixture)

    assert run(tmp_path, REPOSITORY, ask).suggestions[0].text.startswith("price_of(")


def test_same_answer_whatever_the_hash_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    for seed in ("0", "1", "4242"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        found = run(tmp_path, REPOSITORY, at_cursor)
        answers.append((found.suggestions, found.silence))
    assert answers[0] == answers[1] == answers[2]
