"""Members: the method resolution order, fields, properties, keywords of constructors.

See `support.marks` for how cases are written.
"""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
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
    "__slots__ and __match_args__": (
        """
        class A:
            __slots__ = ("x⟦a⟧",)
            def __init__(self):
                self.x⟦b⟧ = 1
        """,
        {"a": "main.py::A.x string yes", "b": "main.py::A.x self yes"},
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
    "keywords that are handed on, and those of an unpacked TypedDict": (
        """
        from typing import TypedDict, Unpack
        class Base:
            def __init__(self, size=0): ...
        class Sub(Base):
            def __init__(self, **kwargs):
                kwargs.pop("colour", None)
                super().__init__(**kwargs)
        class Anything:
            def __init__(self, **kwargs):
                register(kwargs)
        class Options(TypedDict):
            depth: int
        def get(**options: Unpack[Options]): ...
        Sub(size⟦a⟧=1)
        Anything(size⟦b⟧=1)
        get(depth⟦c⟧=1)
        """,
        {
            "a": "main.py::Base.__init__.size inferred unsure",
            "b": "? ambiguous unsure",
            "c": "main.py::Options.depth constructor yes",
        },
    ),
    "members of a metaclass; a name that the whole hierarchy lacks": (
        """
        class Meta(type):
            def register(cls): ...
        class Base(metaclass=Meta):
            def use(self):
                self.part⟦b⟧()
        class Sub(Base):
            def part(self): ...
        class Other:
            def part(self): ...
            def register(self): ...
        Sub.register⟦a⟧()
        """,
        {"a": "main.py::Meta.register scope yes", "b": "? ambiguous unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
