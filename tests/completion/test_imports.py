"""How a name is imported in a repository, whether an import line finds anything, and where it belongs."""

import pytest
from familiar_completion.imports import Imports, missing, place

FILES = {
    "src/shop/__init__.py": "from .order import Order\n",
    "src/shop/order.py": "import json\nfrom pathlib import Path\n\nclass Order:\n    total = 0\n\nLIMIT = 3\n",
    "src/shop/cart.py": "from pathlib import Path\nfrom shop.order import Order\nfrom .money import rounded\n",
    "src/shop/money.py": "def rounded(x):\n    return x\n\nif True:\n    def late(): ...\n",
    "src/shop/open.py": "from .money import *\n",
    "tests/test_shop.py": "from shop.order import Order, LIMIT\nimport numpy as np\n",
    "tests/test_more.py": "from collections.abc import (\n    Iterator,\n    Sequence,  # both\n)\n",
}


def repository() -> Imports:
    known = Imports()
    for path, text in FILES.items():
        known.put(path, text)
    return known


@pytest.mark.parametrize(
    ("name", "path", "line"),
    [
        ("Path", "tests/test_new.py", "from pathlib import Path"),
        ("Order", "tests/test_new.py", "from shop.order import Order"),
        ("rounded", "src/shop/new.py", "from .money import rounded"),
        ("rounded", "tests/test_new.py", "from shop.money import rounded"),
        ("np", "tests/test_new.py", "import numpy as np"),
        ("Sequence", "tests/test_new.py", "from collections.abc import Sequence"),
        ("nowhere", "tests/test_new.py", None),
    ],
)
def test_a_name_is_imported_as_the_repository_does(name: str, path: str, line: str | None) -> None:
    known = repository()
    if name == "rounded" and path.startswith("tests"):
        known.drop("src/shop/cart.py")
    assert known.way(name, path) == line


def test_two_ways_of_equal_rank_are_no_way() -> None:
    known = repository()
    known.put("a.py", "from fast import dump\n")
    known.put("b.py", "from slow import dump\n")
    assert known.way("dump", "c.py") is None
    known.drop("b.py")
    assert known.way("dump", "c.py") == "from fast import dump"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("from shop.order import Order", None),
        ("from shop.order import LIMIT, Basket", "shop.order has no Basket"),
        ("from shop.basket import Basket", "there is no module shop.basket"),
        ("from .basket import Basket", "there is no module .basket"),
        ("from .order import Order as O", None),
        ("from . import order", None),
        ("from shop import cart", None),
        ("from shop.money import late", None),
        ("from shop.open import anything", None),
        ("import shop.nothing", "there is no module shop.nothing"),
        ("import outside.thing", None),
        ("x = 1", None),
    ],
)
def test_an_import_finds_something(line: str, wrong: str | None) -> None:
    assert repository().problem(line, "src/shop/cart.py") == wrong


@pytest.mark.parametrize(
    "text",
    [
        "import json\n$from .order import Order\n\n\ndef f(): ...\n",
        '"""Doc."""\n\n$def f(): ...\n',
        '"""Doc."""\n\nfrom __future__ import annotations\n$\ndef f():\n    import late\n',
        "$x = 1\n",
        "from typing import (\n    Any,\n)\n$x = 1\n",
    ],
)
def test_an_import_has_its_place(text: str) -> None:
    at = text.index("$")
    assert place(text.replace("$", ""), "from pathlib import Path") == at


def test_what_is_there_is_not_missing() -> None:
    assert not missing("import json", "import json  # fast\nx = 1\n")
    assert missing("import json", "import jsonschema\n")
