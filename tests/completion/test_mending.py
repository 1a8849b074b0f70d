"""Candidates that would not run are mended where that is plain, else refused with the reason."""

import pytest
from familiar_codegraph.surroundings import Holder, Surroundings
from familiar_completion.imports import Imports
from familiar_completion.mending import Mended, mend
from familiar_completion.view import look

FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": "class Price: ...\n\nclass Rebate: ...\n",
    "shop/basket.py": "from shop.prices import Price\n",
}
AROUND = Surroundings(
    "shop/cart.py",
    0,
    1000,
    {"order": None, "self": None},
    ("order", "self"),
    {"order": Holder({"total_price": None, "items": None, "item_at": None}, True)},
    False,
)


@pytest.mark.parametrize(
    ("before", "text", "mended"),
    [
        ("return ", "order.items", Mended("order.items")),
        ("return ", "order.total_prices", Mended("order.total_price")),
        ("return order.", "total_prices", Mended("total_price")),
        ("return ", "order.nothing", Mended("order.nothing", (), "order has no attribute nothing")),
        ("return ", "order.item", Mended("order.items")),
        ("x = ", "Price(order)", Mended("Price(order)", ("from shop.prices import Price",))),
        ("x = ", "Rebate(order)", Mended("Rebate(order)", ("from shop.prices import Rebate",))),
        ("x = ", "Unheard(order)", Mended("Unheard(order)", (), "nothing here is called Unheard")),
        ("from shop.prices ", "import Price", Mended("import Price")),
        ("from shop.prices ", "import Cost", Mended("import Cost", (), "shop.prices has no Cost")),
        ("", "from shop.tax import Tax", Mended("from shop.tax import Tax", (), "there is no module shop.tax")),
        ("x = '", "order.nothing", Mended("order.nothing")),
    ],
)
def test_what_becomes_of_a_candidate(before: str, text: str, mended: Mended) -> None:
    known = Imports()
    for path, source in FILES.items():
        known.put(path, source)
    data = f"def pay(self, order):\n    {before}".encode()
    assert mend(look("shop/cart.py", data, len(data)), text, AROUND, known) == mended


def test_nothing_is_refused_before_the_graph_has_answered() -> None:
    data = b"x = "
    assert mend(look("a.py", data, 4), "anything(at, all)", None, Imports()) == Mended("anything(at, all)")
