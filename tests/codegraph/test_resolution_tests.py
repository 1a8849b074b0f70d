"""Names in tests: fixtures by parameter name, and strings that name code.

See `support.marks` for how cases are written.
"""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
    "fixtures of a test class come from its bases, and are made for it": (
        """
        #- shop.py
        class Cart:
            def pay(self, amount): ...
        class Quick(Cart):
            def pay(self, amount, at=None): ...
        #- test_cart.py
        from functools import partial
        import pytest
        from shop import Cart, Quick
        class TestCart:
            @pytest.fixture(params=(Cart, partial(Cart)))
            def factory(self, request):
                return partial(request.param)
            @pytest.fixture
            def cart(self, factory):
                return factory()
            def test_pay(self, cart):
                cart.pay⟦a⟧(1)
        class TestQuick(TestCart):
            @pytest.fixture
            def factory(self):
                return Quick
            def test_at(self, cart⟦b⟧):
                cart.pay⟦c⟧(1, at⟦d⟧=2)
        """,
        {
            "a": "shop.py::Cart.pay constructor yes",
            "b": "test_cart.py::TestCart.cart scope yes",
            "c": "shop.py::Quick.pay constructor yes",
            "d": "shop.py::Quick.pay.at scope yes",
        },
    ),
    "fixtures by parameter name": (
        """
        #- conftest.py
        import pytest
        from app import Client
        @pytest.fixture
        def client() -> Client: ...
        #- app.py
        class Client:
            def get(self): ...
        #- tests/test_app.py
        import pytest
        @pytest.fixture
        def local(client⟦a⟧):
            yield client⟦b⟧
        @pytest.mark.usefixtures("local⟦e⟧")
        @pytest.mark.parametrize("n⟦f⟧", [1])
        def test_get(client⟦c⟧, local, n⟦g⟧):
            client.get⟦d⟧()
        """,
        {
            "a": "conftest.py::client scope yes",
            "b": "conftest.py::client scope yes",
            "c": "conftest.py::client scope yes",
            "d": "app.py::Client.get annotation yes",
            "e": "tests/test_app.py::local string yes",
            "f": "tests/test_app.py::test_get.n string yes",
            "g": "tests/test_app.py::test_get.n scope yes",
        },
    ),
    "strings that name code": (
        """
        #- pkg/mod.py
        class C:
            def meth(self): ...
        #- pkg/__init__.py
        #- tests/test_c.py
        from unittest import mock
        from pkg.mod import C
        def test_it():
            with mock.patch("pkg⟦a⟧.mod⟦b⟧.C⟦c⟧.meth⟦d⟧"):
                pass
            mock.patch.object(C, "meth⟦e⟧")
            getattr(C(), "meth⟦f⟧")
            x = "meth⟦g⟧"
        """,
        {
            "a": "pkg/__init__.py string yes",
            "b": "pkg/mod.py string yes",
            "c": "pkg/mod.py::C string yes",
            "d": "pkg/mod.py::C.meth string yes",
            "e": "pkg/mod.py::C.meth string yes",
            "f": "pkg/mod.py::C.meth string yes",
            "g": "? string unsure",
        },
    ),
    "a request that nothing is known of": (
        """
        #- test_it.py
        import pytest
        class A:
            def go(self): ...
        @pytest.fixture
        def thing(request: pytest.FixtureRequest):
            return request.param.go⟦a⟧()
        """,
        {"a": "test_it.py::A.go unique unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
