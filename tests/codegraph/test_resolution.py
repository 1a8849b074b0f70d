"""What names mean: each case is a few files with marks, `⟦n⟧` behind an occurrence, and what each marked place means.

Expected: `id via verdict`; `-` for a place that is known to be outside the repository, `?` for one that is not known;
several ids are joined by `|`.
"""

from pathlib import Path

import pytest
from familiar_codegraph.graph import CodeGraph
from support.marks import graph_of, means

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
    "what pytest.raises has caught": (
        """
        import pytest
        class Late(Exception):
            when = 1
        with pytest.raises(Late) as caught:
            raise Late
        caught.value.when⟦a⟧
        """,
        {"a": "main.py::Late.when inferred yes"},
    ),
    "a union inside a container": (
        """
        class A:
            x = 1
        class B:
            x = 2
        def f(items: list[A | B] | None):
            for item in items:
                item.x⟦a⟧
        """,
        {"a": "main.py::A.x|main.py::B.x ambiguous unsure"},
    ),
    "isinstance tells the alternative, the annotation what is in it": (
        """
        class Signer:
            def __init__(self, salt): ...
        def f(items: list[dict[str, int] | tuple[type[Signer], int] | type[Signer]]):
            for item in items:
                if isinstance(item, tuple):
                    item, number = item
                item(salt⟦a⟧=1)
        """,
        {"a": "main.py::Signer.__init__.salt scope yes"},
    ),
    "a name read where it is bound anew": (
        """
        class Node:
            def up(self) -> "Tree": ...
        class Tree:
            def up(self): ...
        def f():
            x = Node()
            x = x.up⟦a⟧()
            x.up⟦b⟧()
        """,
        {"a": "main.py::Node.up constructor yes", "b": "main.py::Tree.up annotation yes"},
    ),
    "a local shadows a global": (
        """
        x = 1
        def f():
            x = 2
            return x⟦a⟧
        print(x⟦b⟧)
        """,
        {"a": "main.py::f.x scope yes", "b": "main.py::x scope yes"},
    ),
    "class scope is not seen from methods": (
        """
        x = 1
        class C:
            x = 2
            y = x⟦a⟧
            z = [x⟦b⟧ for _ in range(3)]
            def f(self):
                return x⟦c⟧
        """,
        {"a": "main.py::C.x scope yes", "b": "main.py::x scope yes", "c": "main.py::x scope yes"},
    ),
    "the first iterable of a comprehension is evaluated outside": (
        """
        x = [1]
        class C:
            x = [2]
            y = [e⟦b⟧ for e in x⟦a⟧]
        """,
        {"a": "main.py::C.x scope yes", "b": "main.py::C.<comprehension>.e scope yes"},
    ),
    "walrus in a comprehension binds outside of it": (
        """
        def f(items):
            if any((hit⟦a⟧ := i) for i in items):
                return hit⟦b⟧
        """,
        {"a": "main.py::f.hit scope yes", "b": "main.py::f.hit scope yes"},
    ),
    "global and nonlocal": (
        """
        n = 0
        def f():
            global n⟦a⟧
            n⟦b⟧ = 1
            k = 0
            def g():
                nonlocal k⟦c⟧
                k⟦d⟧ += 1
                return k⟦e⟧
        """,
        {
            "a": "main.py::n scope yes",
            "b": "main.py::n scope yes",
            "c": "main.py::f.k scope yes",
            "d": "main.py::f.k scope yes",
            "e": "main.py::f.k scope yes",
        },
    ),
    "lambda parameters and defaults": (
        """
        a = 1
        f = lambda a, b=a⟦x⟧: a⟦y⟧ + b⟦z⟧
        """,
        {
            "x": "main.py::a scope yes",
            "y": "main.py::<lambda>.a scope yes",
            "z": "main.py::<lambda>.b scope yes",
        },
    ),
    "match captures and class patterns": (
        """
        class P:
            left: int = 0
        def f(v):
            match v:
                case P(left⟦a⟧=got⟦b⟧):
                    return got⟦c⟧
                case [first, *rest]:
                    return rest⟦d⟧
                case {"k": found}:
                    return found⟦e⟧
        """,
        {
            "a": "main.py::P.left inferred yes",
            "b": "main.py::f.got scope yes",
            "c": "main.py::f.got scope yes",
            "d": "main.py::f.rest scope yes",
            "e": "main.py::f.found scope yes",
        },
    ),
    "except, with, for and del": (
        """
        class E(Exception):
            code = 1
        class M:
            def __enter__(self) -> "M": return self
            def __exit__(self, *a): ...
            def go(self): ...
        try:
            pass
        except E as e:
            e⟦a⟧.code⟦b⟧
        with M() as m:
            m.go⟦c⟧()
        for i in range(3):
            del i⟦d⟧
        """,
        {
            "a": "main.py::e scope yes",
            "b": "main.py::E.code inferred yes",
            "c": "main.py::M.go constructor yes",
            "d": "main.py::i scope yes",
        },
    ),
    "type parameters": (
        """
        class Box[T]:
            def get(self, d: T⟦a⟧) -> T⟦b⟧: ...
        def first[K](xs: list[K⟦c⟧]) -> K: ...
        type Pair[V] = tuple[V⟦d⟧, V]
        """,
        {
            "a": "main.py::<type>.T scope yes",
            "b": "main.py::<type>.T scope yes",
            "c": "main.py::<type>#2.K scope yes",
            "d": "main.py::<type>#3.V scope yes",
        },
    ),
    "imports: absolute, relative, aliased, submodules": (
        """
        #- pkg/__init__.py
        from .a import one⟦i⟧ as uno
        #- pkg/a.py
        def one(): ...
        #- pkg/b.py
        import pkg.a
        import pkg.a as pa
        from . import a⟦m⟧
        from .a import one⟦j⟧
        from pkg import uno⟦k⟧
        pkg.a⟦n⟧.one⟦p⟧()
        pa⟦q⟧.one⟦r⟧()
        a.one⟦s⟧()
        one⟦t⟧()
        uno⟦u⟧()
        """,
        {
            "i": "pkg/a.py::one import yes",
            "m": "pkg/a.py import yes",
            "j": "pkg/a.py::one import yes",
            "k": "pkg/a.py::one import yes",
            "n": "pkg/a.py import yes",
            "p": "pkg/a.py::one import yes",
            "q": "pkg/a.py import yes",
            "r": "pkg/a.py::one import yes",
            "s": "pkg/a.py::one import yes",
            "t": "pkg/a.py::one import yes",
            "u": "pkg/a.py::one import yes",
        },
    ),
    "star imports follow __all__": (
        """
        #- a.py
        __all__ = ["shown⟦z⟧"]
        def shown(): ...
        def hidden(): ...
        #- b.py
        def plain(): ...
        def _private(): ...
        #- main.py
        from a import *
        from b import *
        shown⟦a⟧()
        hidden⟦b⟧()
        plain⟦c⟧()
        _private⟦d⟧()
        """,
        {
            "z": "a.py::shown string yes",
            "a": "a.py::shown import yes",
            "b": "? ambiguous unsure",
            "c": "b.py::plain import yes",
            "d": "? ambiguous unsure",
        },
    ),
    "conditional imports": (
        """
        #- fast.py
        def run(): ...
        #- main.py
        try:
            import orjson as json
        except ImportError:
            import json
        try:
            from fast import run⟦a⟧
        except ImportError:
            def run⟦b⟧(): ...
        run⟦c⟧()
        json.dumps⟦d⟧({})
        """,
        {
            "a": "fast.py::run|main.py::run ambiguous unsure",
            "b": "fast.py::run|main.py::run ambiguous unsure",
            "c": "fast.py::run|main.py::run ambiguous unsure",
            "d": "- import yes",
        },
    ),
    "function-level and TYPE_CHECKING imports": (
        """
        #- m.py
        class C:
            def go(self): ...
        #- main.py
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from m import C
        def f(c: "C⟦a⟧"):
            c.go⟦b⟧()
            from m import C as D
            D⟦c⟧().go⟦d⟧()
        """,
        {
            "a": "m.py::C import yes",
            "b": "m.py::C.go annotation yes",
            "c": "m.py::C import yes",
            "d": "m.py::C.go constructor yes",
        },
    ),
    "src layout and namespace packages": (
        """
        #- src/pkg/sub/mod.py
        def f(): ...
        #- tests/test_it.py
        from pkg.sub.mod import f⟦a⟧
        from pkg.sub import mod⟦b⟧
        import pkg⟦c⟧.sub⟦d⟧.mod⟦e⟧
        """,
        {
            "a": "src/pkg/sub/mod.py::f import yes",
            "b": "src/pkg/sub/mod.py import yes",
            "c": "- import yes",
            "d": "- import yes",
            "e": "src/pkg/sub/mod.py import yes",
        },
    ),
    "roots from pyproject": (
        """
        #- pyproject.toml
        [tool.setuptools.package-dir]
        "" = "lib"
        #- lib/pkg/__init__.py
        def f(): ...
        #- app/main.py
        from pkg import f⟦a⟧
        """,
        {"a": "lib/pkg/__init__.py::f import yes"},
    ),
    "self through the method resolution order": (
        """
        class A:
            def go(self): ...
            def stay(self): ...
        class B(A):
            def go(self): ...
        class M:
            def mixed(self): ...
        class C(M, B):
            def run(self):
                self.go⟦a⟧()
                self.stay⟦b⟧()
                self.mixed⟦c⟧()
                super().go⟦d⟧()
                self.run⟦e⟧()
        """,
        {
            "a": "main.py::B.go base yes",
            "b": "main.py::A.stay base yes",
            "c": "main.py::M.mixed base yes",
            "d": "main.py::B.go base yes",
            "e": "main.py::C.run self yes",
        },
    ),
    "cls, classmethods, alternative constructors": (
        """
        class C:
            @classmethod
            def make(cls):
                return cls()
            @staticmethod
            def tool(): ...
            def go(self): ...
        class D(C):
            def only(self): ...
        C.make⟦a⟧().go⟦b⟧()
        D.make().only⟦c⟧()
        C.tool⟦d⟧()
        """,
        {
            "a": "main.py::C.make scope yes",
            "b": "main.py::C.go inferred yes",
            "c": "main.py::D.only inferred yes",
            "d": "main.py::C.tool scope yes",
        },
    ),
    "attributes set in __init__": (
        """
        class Wheel:
            def turn(self): ...
        class Car:
            def __init__(self, spare: Wheel):
                self.wheel = Wheel()
                self.spare = spare
                self.none = None
            def drive(self):
                self.wheel⟦a⟧.turn⟦b⟧()
                self.spare.turn⟦c⟧()
        Car(Wheel()).wheel.turn⟦d⟧()
        """,
        {
            "a": "main.py::Car.wheel self yes",
            "b": "main.py::Wheel.turn constructor yes",
            "c": "main.py::Wheel.turn annotation yes",
            "d": "main.py::Wheel.turn constructor yes",
        },
    ),
    "properties": (
        """
        class Point:
            x = 1
        class Shape:
            @property
            def origin(self) -> Point: ...
            @origin.setter
            def origin(self, value): ...
            @property
            def computed(self):
                return Point()
        Shape().origin⟦a⟧.x⟦b⟧
        Shape().computed.x⟦c⟧
        """,
        {
            "a": "main.py::Shape.origin constructor yes",
            "b": "main.py::Point.x annotation yes",
            "c": "main.py::Point.x constructor yes",
        },
    ),
    "dataclass fields as keywords": (
        """
        from dataclasses import dataclass, replace
        from typing import NamedTuple, TypedDict
        @dataclass
        class P:
            left: int
        class N(NamedTuple):
            right: int
        class T(TypedDict):
            key: int
        p = P(left⟦a⟧=1)
        replace(p, left⟦b⟧=2)
        n = N(right⟦c⟧=1)
        n._replace(right⟦d⟧=2)
        T(key⟦e⟧=1)
        """,
        {
            "a": "main.py::P.left constructor yes",
            "b": "main.py::P.left constructor yes",
            "c": "main.py::N.right constructor yes",
            "d": "main.py::N.right constructor yes",
            "e": "main.py::T.key constructor yes",
        },
    ),
    "keywords of functions, constructors, methods and partial": (
        """
        from functools import partial
        class C:
            def __init__(self, size): ...
            def go(self, fast=False): ...
        class D(C): ...
        def f(name, **rest): ...
        f(name⟦a⟧=1, other⟦b⟧=2)
        D(size⟦c⟧=1).go(fast⟦d⟧=True)
        partial(f, name⟦e⟧=1)
        """,
        {
            "a": "main.py::f.name scope yes",
            "b": "? ambiguous unsure",
            "c": "main.py::C.__init__.size scope yes",
            "d": "main.py::C.go.fast scope yes",
            "e": "main.py::f.name scope yes",
        },
    ),
    "enum members": (
        """
        from enum import Enum
        class Colour(Enum):
            RED = 1
            def paint(self): ...
        Colour.RED⟦a⟧.paint⟦b⟧()
        Colour["RED"].paint⟦c⟧()
        for c in Colour:
            c.paint⟦d⟧()
        """,
        {
            "a": "main.py::Colour.RED scope yes",
            "b": "main.py::Colour.paint inferred yes",
            "c": "main.py::Colour.paint inferred yes",
            "d": "main.py::Colour.paint inferred yes",
        },
    ),
    "annotations": (
        """
        from typing import Optional, Union
        class A:
            def go(self): ...
        def f(a: A, b: "A", c: Optional[A], d: A | None, e: "Optional['A']", g: Union[A, None], h: list[A],
              i: dict[str, A], j: tuple[int, A], k: type[A], *args: A, **kw: A):
            a.go⟦a⟧(); b.go⟦b⟧(); c.go⟦c⟧(); d.go⟦d⟧(); e.go⟦e⟧(); g.go⟦g⟧(); h[0].go⟦h⟧()
            i["k"].go⟦i⟧(); j[1].go⟦j⟧(); k().go⟦k⟧(); args[0].go⟦l⟧(); kw["x"].go⟦m⟧()
            for x in h:
                x.go⟦n⟧()
            for key, v in i.items():
                v.go⟦o⟧()
            for n, x2 in enumerate(h):
                x2.go⟦p⟧()
            [y.go⟦q⟧() for y in h]
        """,
        dict.fromkeys("abcdeglmnpq", "main.py::A.go annotation yes")
        | dict.fromkeys("hijo", "main.py::A.go inferred yes")
        | {"k": "main.py::A.go constructor yes"},
    ),
    "return annotations and inferred returns": (
        """
        class A:
            def go(self) -> "A": ...
        def made() -> A: ...
        def inferred():
            return A()
        async def later() -> A: ...
        async def use():
            (await later()).go⟦c⟧()
        made().go⟦a⟧().go⟦b⟧()
        inferred().go⟦d⟧()
        """,
        {
            "a": "main.py::A.go annotation yes",
            "b": "main.py::A.go annotation yes",
            "c": "main.py::A.go annotation yes",
            "d": "main.py::A.go constructor yes",
        },
    ),
    "narrowing by isinstance": (
        """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def f(x, y, z):
            if isinstance(x, A):
                x.go⟦a⟧()
            else:
                x.go⟦b⟧()
            assert isinstance(y, B)
            y.go⟦c⟧()
            if not isinstance(z, A):
                return
            z.go⟦d⟧()
        """,
        {
            "a": "main.py::A.go inferred yes",
            "b": "? ambiguous unsure",
            "c": "main.py::B.go inferred yes",
            "d": "main.py::A.go inferred yes",
        },
    ),
    "the assignment that reaches the use": (
        """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def f(flag):
            x = A()
            x.go⟦a⟧()
            x = B()
            x.go⟦b⟧()
            if flag:
                x = A()
            x.go⟦c⟧()
        """,
        {
            "a": "main.py::A.go constructor yes",
            "b": "main.py::B.go constructor yes",
            "c": "main.py::B.go|main.py::A.go ambiguous unsure",
        },
    ),
    "a loop brings later assignments back": (
        """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def f(items):
            x = A()
            for i in items:
                x.go⟦a⟧()
                x = B()
        """,
        {"a": "main.py::A.go|main.py::B.go ambiguous unsure"},
    ),
    "unknown receivers": (
        """
        class A:
            def alone(self): ...
            def twin(self): ...
        class B:
            def twin(self): ...
        def f(x):
            x.alone⟦a⟧()
            x.twin⟦b⟧()
            x.nowhere⟦c⟧()
        """,
        {
            "a": "main.py::A.alone unique unsure",
            "b": "? ambiguous unsure",
            "c": "? ambiguous unsure",
        },
    ),
    "a partly known receiver stays unsure": (
        """
        class A:
            def go(self): ...
        def f(x=A(), y=None):
            x.go⟦a⟧()
            y = y or A()
            y.go⟦b⟧()
        """,
        {"a": "main.py::A.go inferred unsure", "b": "main.py::A.go inferred unsure"},
    ),
    "bases outside the repository": (
        """
        import threading
        class T(threading.Thread):
            def run(self):
                self.start⟦a⟧()
                self.run⟦b⟧()
        """,
        {"a": "- import yes", "b": "main.py::T.run self yes"},
    ),
    "builtins and other packages": (
        """
        import os.path
        import requests
        print⟦a⟧("x".upper⟦b⟧())
        os.path.join⟦c⟧("a")
        requests.get⟦d⟧("u")
        """,
        {"a": "- import yes", "b": "- import yes", "c": "- import yes", "d": "- import yes"},
    ),
    "private names belong to their class": (
        """
        class A:
            def __secret(self): ...
            def f(self):
                self.__secret⟦a⟧()
        class B(A):
            def g(self):
                self.__secret⟦b⟧()
        """,
        {"a": "main.py::A.__secret self yes", "b": "? ambiguous unsure"},
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
    "decorated functions keep their identity": (
        """
        import functools
        def deco(fn):
            @functools.wraps(fn)
            def inner(*a, **k):
                return fn(*a, **k)
            return inner
        class A:
            def go(self): ...
        @deco
        def f() -> A: ...
        f⟦a⟧().go⟦b⟧()
        @functools.lru_cache
        def g() -> A: ...
        g⟦c⟧().go⟦d⟧()
        """,
        {
            "a": "main.py::f scope yes",
            "b": "main.py::A.go inferred unsure",
            "c": "main.py::g scope yes",
            "d": "main.py::A.go annotation yes",
        },
    ),
    "context managers": (
        """
        from contextlib import contextmanager
        from typing import Iterator
        class A:
            def go(self): ...
            def __enter__(self): return self
            def __exit__(self, *a): ...
        @contextmanager
        def opened() -> Iterator[A]:
            yield A()
        with opened() as a:
            a.go⟦a⟧()
        with A() as b:
            b.go⟦b⟧()
        """,
        {"a": "main.py::A.go inferred yes", "b": "main.py::A.go constructor yes"},
    ),
    "__slots__ and __match_args__": (
        """
        class A:
            __slots__ = ("x⟦a⟧",)
            def __init__(self):
                self.x⟦b⟧ = 1
        """,
        {"a": "main.py::A.x string yes", "b": "main.py::A.x self yes"},
    ),
    "union of two classes": (
        """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def f(x: A | B):
            x.go⟦a⟧()
        """,
        {"a": "main.py::A.go|main.py::B.go ambiguous unsure"},
    ),
    "f-strings": (
        """
        name = 1
        print(f"{name⟦a⟧!r:>{name⟦b⟧}} {name⟦c⟧=}")
        """,
        dict.fromkeys("abc", "main.py::name scope yes"),
    ),
    "overloads are one function": (
        """
        from typing import overload
        @overload
        def go(fast: int) -> int: ...
        @overload
        def go(fast: str) -> str: ...
        def go(fast): return fast⟦a⟧
        go(fast⟦b⟧=1)
        """,
        {"a": "main.py::go#3.fast scope yes", "b": "main.py::go.fast|main.py::go#2.fast|main.py::go#3.fast scope yes"},
    ),
    "import_module with a literal": (
        """
        #- pkg/m.py
        def go(): ...
        #- main.py
        import importlib
        importlib.import_module("pkg.m").go⟦a⟧()
        """,
        {"a": "pkg/m.py::go import yes"},
    ),
    "a module's __getattr__": (
        """
        #- lazy.py
        def __getattr__(name): ...
        #- main.py
        from lazy import thing⟦a⟧
        thing⟦b⟧()
        """,
        {"a": "? ambiguous unsure", "b": "? ambiguous unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    graph, marks = graph_of(tmp_path, text)
    assert {mark: means(graph, *marks[mark]) for mark in expected} == expected


def references(graph: CodeGraph, id: str) -> list[tuple[int, str, str]]:
    """Return (line, via, verdict) of each reference in main.py."""
    data = graph.data("main.py")
    found = [a for a in graph.references_of(id) if a.path == "main.py"]
    return [(data.count(b"\n", 0, a.start) + 1, a.via, a.verdict) for a in found]


def test_unknown_receivers_are_never_left_out(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def f(x, y: A):
            x.go()
            y.go()
            getattr(x, "go")
            f("go")
        """,
    )
    assert references(graph, "main.py::A.go") == [
        (2, "scope", "yes"),
        (6, "ambiguous", "unsure"),
        (7, "annotation", "yes"),
        (8, "string", "unsure"),
        (9, "string", "unsure"),
    ]
    assert references(graph, "main.py::B.go") == [
        (4, "scope", "yes"),
        (6, "ambiguous", "unsure"),
        (8, "string", "unsure"),
        (9, "string", "unsure"),
    ]


def test_keywords_that_are_handed_on_are_never_left_out(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        class A:
            def __init__(self, size=0): ...
        def make(**options):
            return A(**options)
        make(size=1)
        def f(callback):
            callback(size=2)
            callback.other(size=3)
        def other(x): ...
        A(size=4)
        """,
    )
    assert references(graph, "main.py::A.__init__.size") == [
        (2, "scope", "yes"),
        (5, "inferred", "unsure"),
        (7, "ambiguous", "unsure"),
        (10, "scope", "yes"),
    ]


def test_a_mixin_whose_other_base_is_elsewhere(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        from vendor import View
        class Page(View):
            def show(self):
                return self.title
        class Titled:
            title = ""
        class Both(Page, Titled): ...
        class Apart:
            title = ""
        """,
    )
    assert references(graph, "main.py::Titled.title") == [(4, "ambiguous", "unsure"), (6, "scope", "yes")]
    assert references(graph, "main.py::Apart.title") == [(9, "scope", "yes")]


def test_families(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        import threading
        from typing import Protocol
        class Base:
            def go(self, fast): ...
            def run(self): ...
        class Mixin:
            def go(self, fast): ...
        class Child(Mixin, Base):
            def go(self, fast): ...
        class Thread(Base, threading.Thread):
            pass
        class Other:
            def go(self, fast): ...
        class Goer(Protocol):
            def halt(self): ...
        class Halter:
            def halt(self): ...
        """,
    )
    go = graph.family("main.py::Child.go")
    assert go.members == ("main.py::Base.go", "main.py::Child.go", "main.py::Mixin.go")
    assert go == graph.family("main.py::Base.go") == graph.family("main.py::Mixin.go")
    assert go.outside == ()
    fast = graph.family("main.py::Mixin.go.fast")
    assert fast.members == ("main.py::Base.go.fast", "main.py::Child.go.fast", "main.py::Mixin.go.fast")
    run = graph.family("main.py::Base.run")
    assert run.outside == ("Thread (main.py) inherits from threading.Thread, which defines run",)
    halt = graph.family("main.py::Goer.halt")
    assert (halt.members, halt.unsure) == (("main.py::Goer.halt",), ("main.py::Halter.halt",))


def test_lookup_says_what_a_new_name_would_mean(tmp_path: Path) -> None:
    graph, marks = graph_of(
        tmp_path,
        """
        import os
        x = 1
        class C:
            y = 2
            def f(self, z):
                return z⟦a⟧
        """,
    )
    place = marks["a"]
    found = {name: graph.lookup(*place, name) for name in ("x", "y", "z", "len", "os", "nothing")}
    ids = {name: s if s is None or isinstance(s, str) else s.id for name, s in found.items()}
    assert ids == {
        "x": "main.py::x",
        "y": None,
        "z": "main.py::C.f.z",
        "len": "builtin",
        "os": "main.py::os",
        "nothing": None,
    }


def test_questions(tmp_path: Path) -> None:
    graph, marks = graph_of(
        tmp_path,
        """
        #- src/lib/core.py
        class A⟦class⟧:
            def go⟦go⟧(self):
                return helper⟦call⟧()
        class B(A): ...
        class C(B): ...
        def helper(): ...
        #- src/lib/__init__.py
        from .core import A
        #- tests/test_core.py
        import lib
        def test_direct():
            lib.A().go()
        class TestMore:
            def test_more(self):
                assert lib.A()
        #- tests/test_far.py
        import test_core
        def test_far(): ...
        #- tests/test_none.py
        def test_none(): ...
        """,
    )

    def places(question: str, mark: str) -> list[str]:
        answers = getattr(graph, question)(*marks[mark])
        assert answers.complete, answers.reason
        return [f"{a.path}:{graph.data(a.path)[a.start : a.end].decode()}:{a.via}:{a.verdict}" for a in answers.answers]

    assert places("definitions", "call") == ["src/lib/core.py:helper:scope:yes"]
    assert places("callers", "go") == ["tests/test_core.py:go:constructor:yes"]
    assert places("callees", "go") == ["src/lib/core.py:helper:scope:yes"]
    assert places("importers", "class") == ["src/lib/__init__.py:A:import:yes"]
    assert places("subclasses", "class") == ["src/lib/core.py:B:base:yes", "src/lib/core.py:C:base:yes"]
    assert places("tests", "go") == ["tests/test_core.py:test_direct:inferred:unsure"]
    assert [t.id for t in graph.tests_for(["src/lib/core.py::A.go"])] == [
        "tests/test_core.py::test_direct",
        "tests/test_core.py::TestMore::test_more",
        "tests/test_far.py::test_far",
    ]
    assert graph.importers_of("src/lib/core.py", transitive=False) == ["src/lib/__init__.py"]
    view = graph.to_networkx()
    assert view.has_edge("src/lib/core.py::C", "src/lib/core.py::B")
    nothing = graph.references("src/lib/core.py", 6_000)
    assert (nothing.symbol, nothing.reason) == (None, "there is no name at byte 6000 of src/lib/core.py")
    assert graph.references("gone.py", 0).reason == "gone.py is not in the index"
