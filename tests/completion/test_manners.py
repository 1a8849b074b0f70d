"""The house's way in completion: candidates are put into it, or left out, and the answer says what and why."""

import asyncio
import time
from pathlib import Path
from typing import Literal

import pytest
from familiar_codegraph.conventions.candidate import adapt
from familiar_codegraph.conventions.rules import Helper, Rules
from familiar_completion.client import CompletionClient
from familiar_completion.constraints import never, raises_foreign
from familiar_completion.manners import named_like
from familiar_completion.values import Answer
from familiar_completion.view import look
from support.fixture import parse

OTHERS = "".join(
    f"#- shop/m{n}.py\ndef load_{n}(path):\n    name = 'a'\n    kind = 'b'\n    return fetch(name, kind)\n"
    for n in range(14)
)
REPOSITORY = f"""{OTHERS}#- shop/old.py
def first(order):
    amount = convert(order.total, "euro", "round up")
    return amount
#- shop/new.py
def second(order):
    amount = convert($0
"""
RULES = Rules("shop/new.py", {"layout.quotes": "single"}, {"layout.quotes": "28 of 30"})


def complete(root: Path, house: Literal["own", "sent", "off"], rules: Rules | None = None) -> Answer:
    fixture = parse(REPOSITORY)
    fixture.write(root)
    assert fixture.cursor

    async def scenario() -> Answer:
        assert fixture.cursor
        path, offset = fixture.cursor
        client = CompletionClient(root, house=house)
        try:
            await client.put(path, 1, fixture.files[path])
            await client.ready(60)
            if rules:
                await client.rules(rules)
            return await client.complete(path, offset, 1)
        finally:
            await client.close()

    return asyncio.run(scenario())


def test_a_copy_from_elsewhere_gets_the_houses_quotes(tmp_path: Path) -> None:
    answer = complete(tmp_path, "own")
    assert answer.suggestions[0].text == "order.total, 'euro', 'round up')"
    assert answer.house == ("strings have single quotes (28 of 30 in shop/)",)


def test_rules_may_be_sent(tmp_path: Path) -> None:
    answer = complete(tmp_path, "sent", RULES)
    assert answer.suggestions[0].text == "order.total, 'euro', 'round up')"
    assert answer.house == ("strings have single quotes (28 of 30)",)


def test_without_conventions_it_is_a_copy(tmp_path: Path) -> None:
    answer = complete(tmp_path, "off", RULES)
    assert answer.suggestions[0].text == 'order.total, "euro", "round up")' and answer.house == ()


def test_a_candidate_takes_less_than_two_milliseconds() -> None:
    text = "import os\n" * 400 + "def f(a):\n    x = "
    view = look("shop/new.py", text.encode(), len(text))
    began = time.perf_counter()
    for _ in range(50):
        adapt(RULES, view, 'convert(a, "euro", Optional[int], f"a {b}", super(A, self))')
    assert (time.perf_counter() - began) / 50 < 0.002


MANY = Rules(
    "shop/sub/a.py",
    {"types.optional": "union", "errors.message": "percent", "tests.assert": "assert", "naming.logger": "log"},
    dict.fromkeys(("types.optional", "errors.message", "tests.assert", "naming.logger"), "9 of 9"),
    {},
    (
        Helper("json.dumps", "shop.tools.to_json", "shop/tools.py", 0.9),
        Helper("print", "shop.tools.say", "shop/tools.py", 0.9),
        Helper("json.loads", "shop.tools.from_json", "shop/tools.py", 0.9),
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = $0", ["f-strings in messages of errors", "Optional[X]"]),
        # a helper is named where the file can name it, and a builtin that anything may be called like is not
        (
            "from shop.tools import say, to_json as js\nx = $0",
            ["json.dumps( but js(", "f-strings in messages", "Optional[X]"],
        ),
        (
            "from shop import tools\nx = $0",
            ["json.dumps( but tools.to_json(", "json.loads( but", "f-strings", "Optional[X]"],
        ),
    ],
)
def test_a_server_is_told_little_and_only_what_never_is(text: str, expected: list[str]) -> None:
    said = never(MANY, look("shop/sub/a.py", text.replace("$0", "").encode(), text.index("$0")))
    assert [f"never {words}" in sentence for words, sentence in zip(expected, said, strict=True)] == [True] * len(said)
    assert all("has its own" in sentence or "9 of 9" in sentence for sentence in said)


def test_what_a_file_is_told_stays_while_its_lines_are_typed() -> None:
    before = "from shop.tools import to_json\n"
    said = [
        never(MANY, look("shop/sub/a.py", (before + line).encode(), len(before + line))) for line in ("", "x = jso")
    ]
    assert said[0] == said[1] != ()


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert never(Rules("a.py"), look("a.py", b"x = ", 4)) == ()


OWN = Rules("shop/sub/a.py", errors=(Helper("Exception", "shop.errors.Broken", "shop/errors.py", 0.9),))
RAISING = "from shop.errors import Broken\n" + "def f(a):\n    if a:\n        raise Broken(a)\n" * 3


@pytest.mark.parametrize(
    ("text", "candidate", "refused"),
    [
        (RAISING + "def g(a):\n    raise $0", "ValueError(", True),
        (RAISING + "def g(a):\n    $0", "raise ValueError(a)", True),
        (RAISING + "def g(a):\n    raise $0", "Broken(", False),
        (RAISING + "def g(a):\n    raise $0", "NotImplementedError(", False),
        (RAISING + "def g(a):\n    raise KeyError(a)\n    raise $0", "ValueError(", False),
        (RAISING[:80] + "\ndef g(a):\n    raise $0", "ValueError(", False),
    ],
)
def test_where_a_file_raises_the_houses_own_a_builtin_error_is_left_out(
    text: str, candidate: str, refused: bool
) -> None:
    why = raises_foreign(OWN, look("shop/sub/a.py", text.replace("$0", "").encode(), text.index("$0")), candidate)
    assert why == ("this file raises the house's own exceptions (3 of 3), none that is built in" if refused else "")


LIKE = Rules(
    "shop/sub/a.py",
    helpers=(
        Helper("multidict.CIMultiDict", "shop.net.HeadersDict", "shop/net.py", 0.9),
        Helper("http.cookiejar.DefaultCookiePolicy", "shop.net.CookiePolicy", "shop/net.py", 0.9),
        Helper("dict", "shop.net.CookieDict", "shop/net.py", 0.9),
    ),
)
NET = "from shop.net import CookieDict, CookiePolicy, HeadersDict\nx = HeadersDict(), CookiePolicy(), CookieDict()\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NET + "new_headers = $0", ["HeadersDict("]),
        (NET + "jar = Jar(policy=$0)", ["CookiePolicy("]),
        (NET + "cookie = $0", []),  # two are named so
        (NET + "new_dict = $0", []),
        (NET + "headers = $0 or {}", []),
        ("headers = $0", []),
    ],
)
def test_a_helper_is_proposed_for_what_is_named_like_it(text: str, expected: list[str]) -> None:
    before, _, after = text.partition("$0")
    view = look("shop/sub/a.py", (before + after).encode(), len(before))
    assert [proposal.text for proposal in named_like(LIKE, view)] == expected
