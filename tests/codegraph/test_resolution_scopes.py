"""Names inside a file: scopes, comprehensions, captures, type parameters.

See `support.marks` for how cases are written.
"""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
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
    "f-strings": (
        """
        name = 1
        print(f"{name⟦a⟧!r:>{name⟦b⟧}} {name⟦c⟧=}")
        """,
        dict.fromkeys("abc", "main.py::name scope yes"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
