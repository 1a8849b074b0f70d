"""What questions answer: references, families, look-ups of names."""

from pathlib import Path

from familiar_codegraph.graph import CodeGraph
from support.marks import graph_of


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


def test_a_name_that_a_class_lacks_is_one_of_its_subclasses(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        class Base:
            def use(self):
                self.part()
        class Sub(Base):
            def part(self): ...
        class Other:
            def part(self): ...
        """,
    )
    assert references(graph, "main.py::Sub.part") == [(3, "ambiguous", "unsure"), (5, "scope", "yes")]
    assert references(graph, "main.py::Other.part") == [(7, "scope", "yes")]
    path, offset = "main.py", graph.data("main.py").index(b"self.part") + 6
    assert [a.start for a in graph.definitions(path, offset).answers] == [graph.data("main.py").index(b"def part") + 4]


def test_an_unknown_receiver_may_be_the_one_module_with_the_name(tmp_path: Path) -> None:
    files = """
        #- main.py
        def f(x):
            x.alone()
            x.twice()
        #- a.py
        def alone(): ...
        def twice(): ...
        #- b.py
        def twice(): ...
        """
    graph, _ = graph_of(tmp_path, files)
    assert references(graph, "a.py::alone") == [(2, "unique", "unsure")]
    assert references(graph, "a.py::twice") == []


def test_a_keyword_names_a_member_only_where_a_constructor_takes_it(tmp_path: Path) -> None:
    graph, _ = graph_of(
        tmp_path,
        """
        from dataclasses import dataclass
        @dataclass
        class Field:
            size: int
        class Plain:
            size = 1
            def run(self): ...
        def f(make):
            make(size=1)
            make(run=2)
        """,
    )
    assert references(graph, "main.py::Field.size") == [(4, "scope", "yes"), (9, "ambiguous", "unsure")]
    assert references(graph, "main.py::Plain.size") == [(6, "scope", "yes")]
    assert references(graph, "main.py::Plain.run") == [(7, "scope", "yes")]


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
