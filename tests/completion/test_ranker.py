"""The second look: what the text around the cursor says of names, calls written out, what becomes of the weights."""

import pytest
from familiar_codegraph import facts as f
from familiar_codegraph.surroundings import Holder, Parameter, Surroundings
from familiar_completion import clues, filling, ranker
from familiar_completion.attention import Weighed
from familiar_completion.counts import Look
from familiar_completion.scope import Scope, binds, roots
from familiar_completion.view import View, look


def at(text: str) -> View:
    before, after = text.split("$0")
    return look("a.py", (before + after).encode(), len(before.encode()))


CODE = """import json

def pay(self, order, *, currency, **options):
    rate = rate_of(currency)
    for item in order.items:
        price = item.price
    $0
    record(total, order)
"""


def test_what_the_text_says_of_names() -> None:
    scope = Scope(at(CODE))
    assert scope.function == "pay" and scope.indent == 4
    assert set(scope.bound) == {"self", "order", "currency", "rate", "item", "price"}
    assert scope.fresh == {"rate", "price"}
    assert scope.needed == {"record", "total"}
    assert scope.splats == ("**options",)
    assert scope.visible("json") and not scope.visible("total")


@pytest.mark.parametrize(
    ("text", "names", "bound"),
    [
        ("total = price * rate", ["total", "price", "rate"], ["total"]),
        ("with open(path) as file:", ["open", "path", "file"], ["file"]),
        ("a, *b = f(x, key=y.z)", ["a", "b", "f", "x", "y"], ["a", "b"]),
        ("(data, addr) = receive()", ["data", "addr", "receive"], ["data", "addr"]),
        ("return 'text of name'", [], []),
        ('assert match(r"^<(begun', ["match"], []),
    ],
)
def test_names_of_a_line(text: str, names: list[str], bound: list[str]) -> None:
    assert list(roots(text)) == names
    assert list(binds(text)) == bound


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("1e5 + x1 * 0xff - 7", {"e5": 1, "x1": 1, "xff": 1}),
        ("a.b = [a, _1, __, c_2]", {"a": 2, "b": 1, "_1": 1, "__": 1, "c_2": 1}),
        ("größe = 2größe + x\u0663", {"größe": 2, "x\u0663": 1}),
    ],
)
def test_how_often_names_stand_in_a_text(text: str, uses: dict[str, int]) -> None:
    assert Scope(at(f"{text}\n$0")).uses == uses


def test_names_that_nothing_uses() -> None:
    text = "import json\nfrom a import (\n    b,\n)\n\n\nclass _Used:\n    async def _idle(self): ...\n    undef _no\n"
    assert Scope(at(f"{text}\n\n$0\n\nx = b(_Used)\n")).idle == {"json", "_idle"}


def test_a_call_is_written_in_the_names_of_the_place() -> None:
    scope = Scope(at("def pay(self, order, currency):\n    total = self.$0\n"))
    taken = (Parameter("currency", f.POSITIONAL, True), Parameter("order", f.POSITIONAL, True))
    around = Surroundings("a.py", 0, 99, {}, (), {"self": Holder({"price_of": taken}, True)}, False)
    assert next(filling.fill(scope, around, ["price_of("])) == "price_of(currency, order)"


def test_what_closes_too_much_is_no_candidate() -> None:
    scope = Scope(at("x = f(a, $0"))
    assert not clues.closes_too_much(scope, "b)") and clues.closes_too_much(scope, "b))")


def test_the_committed_weights_are_of_these_signals() -> None:
    for network in (ranker.ranking().line, ranker.ranking().within):
        assert network.signals == clues.SIGNALS


def test_a_name_that_waits_is_preferred_and_the_order_is_fixed() -> None:
    view = at("def pay(order):\n    price = order.price\n    rate = 2\n    old = 3\n    print(old)\n    return $0\n")
    both = [Weighed(text, 0.1, None, 1) for text in ("old * old", "price * rate")]
    ranked = [ranker.rank(view, None, Look(first, "", [])) for first in (both, both[::-1])]
    chances = {text: sum(item.chance for found in ranked for item in found if item.text == text)
               for text in ("old * old", "price * rate")}  # fmt: skip
    assert chances["price * rate"] > chances["old * old"]
    assert ranked[0] == ranker.rank(view, None, Look(both, "", []))
