"""Receivers: what annotations, returns, narrowing, loops and assignments say of them.

See `support.marks` for how cases are written.
"""

from pathlib import Path

import pytest
from support.marks import check

CASES = {
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
    "a bare Final or ClassVar says nothing of the type": (
        """
        from typing import ClassVar, Final
        class A:
            def go(self): ...
        one: Final = A()
        class B:
            two: ClassVar = A()
        one.go⟦a⟧()
        B.two.go⟦b⟧()
        """,
        dict.fromkeys("ab", "main.py::A.go constructor yes"),
    ),
    "iterators: next, send, parenthesised with": (
        """
        from typing import Generator
        class A:
            def go(self): ...
            def __enter__(self) -> "A": ...
        class It:
            def __next__(self) -> A: ...
        def flow() -> Generator[A, str, None]: ...
        next(It()).go⟦a⟧()
        next(flow()).go⟦b⟧()
        flow().send("x").go⟦c⟧()
        with (A() as one, A() as two,):
            one.go⟦d⟧(), two.go⟦e⟧()
        with (A() as three,):
            three.go⟦f⟧()
        """,
        dict.fromkeys("abcdef", "main.py::A.go annotation yes")
        | dict.fromkeys("bc", "main.py::A.go inferred yes")
        | dict.fromkeys("def", "main.py::A.go constructor yes"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])
