"""Type variables: solved from arguments, receivers and subscripted classes. See `support.marks` for the notation."""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
    "a variable is what the call passes": (
        """
        from typing import Callable, TypeVar
        T = TypeVar("T")
        class A:
            def go(self): ...
        def same(x: T) -> T: ...
        def made(cls: type[T], *args) -> T: ...
        def first(xs: list[T]) -> T: ...
        def done(f: Callable[..., T]) -> T: ...
        def make() -> A: ...
        same(A()).go⟦a⟧()
        made(A, 1).go⟦b⟧()
        first([A()]).go⟦c⟧()
        done(make).go⟦d⟧()
        done(A).go⟦e⟧()
        same(x=A()).go⟦f⟧()
        same(unknown).go⟦g⟧()
        """,
        dict.fromkeys("abcdef", "main.py::A.go annotation yes") | {"g": "main.py::A.go unique unsure"},
    ),
    "bounds, Self and variables of the receiver": (
        """
        from typing import Self, TypeVar
        class A:
            def go(self): ...
            def me(self) -> Self: ...
            async def __aenter__(self: "U") -> "U": ...
            @classmethod
            def make(cls: type["U"]) -> "U": ...
        U = TypeVar("U", bound=A)
        class B(A):
            def only(self): ...
        def f(x: U):
            x.go⟦a⟧()
        B().me().only⟦b⟧()
        B.make().only⟦c⟧()
        async def g():
            async with B() as b:
                b.only⟦d⟧()
        """,
        {
            "a": "main.py::A.go annotation yes",
            "b": "main.py::B.only annotation yes",
            "c": "main.py::B.only annotation yes",
            "d": "main.py::B.only constructor yes",
        },
    ),
    "a repository's generic classes": (
        """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class A:
            def go(self): ...
        class Box(Generic[T]):
            item: T
            def get(self) -> T: ...
            def all(self) -> list[T]: ...
            @property
            def one(self) -> T: ...
        class Sub(Box[A]): ...
        class New[K]:
            def key(self) -> K: ...
        def f(box: Box[A], sub: Sub, new: New[A], bare: Box):
            box.get().go⟦a⟧()
            box.item.go⟦b⟧()
            box.one.go⟦c⟧()
            for x in box.all():
                x.go⟦d⟧()
            sub.get().go⟦e⟧()
            new.key().go⟦f⟧()
            Box[A]().get().go⟦g⟧()
            bare.get().go⟦h⟧()
        """,
        dict.fromkeys("abcdefg", "main.py::A.go annotation yes") | {"h": "main.py::A.go unique unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
