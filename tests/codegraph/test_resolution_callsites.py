"""Parameters without annotation: what all calls in the repository give them. See `support.marks` for the notation."""

from pathlib import Path

import pytest
from familiar_codegraph.workspace import Workspace
from support.fixture import parse
from support.marks import check, means

TWO = """
        class A:
            def go(self): ...
        class B:
            def go(self): ...
"""

CASES = {
    "a private function gets what its calls give": (
        TWO
        + """
        def _run(x, n=None):
            x.go⟦a⟧()
            n.go⟦b⟧()
        _run(A())
        _run(A(), n=B())
        """,
        {"a": "main.py::A.go inferred yes", "b": "main.py::B.go inferred yes"},
    ),
    "a public one may be called from elsewhere: unsure, but not of other classes": (
        TWO
        + """
        def run(x):
            x.go⟦a⟧()
        run(A())
        """,
        {"a": "main.py::A.go inferred unsure"},
    ),
    "two kinds of arguments": (
        TWO
        + """
        def _run(x):
            x.go⟦a⟧()
        _run(A())
        _run(B())
        """,
        {"a": "main.py::A.go|main.py::B.go ambiguous unsure"},
    ),
    "a function that is passed on, decorated or unpacked into is not known": (
        TWO
        + """
        def _run(x):
            x.go⟦a⟧()
        def _mapped(x):
            x.go⟦b⟧()
        def _starred(x):
            x.go⟦c⟧()
        @unknown
        def _decorated(x):
            x.go⟦d⟧()
        _run(A())
        register(_run)
        _mapped(A())
        map(_mapped, things)
        _starred(*things)
        _decorated(A())
        """,
        dict.fromkeys("abcd", "? ambiguous unsure"),
    ),
    "constructors, also through subclasses": (
        TWO
        + """
        class _Holder:
            def __init__(self, thing):
                self.thing = thing
            def use(self):
                self.thing.go⟦a⟧()
        class _Sub(_Holder):
            def __init__(self, thing):
                super().__init__(thing)
        class _Plain(_Holder): ...
        _Holder(A())
        _Sub(A())
        _Plain(A())
        """,
        {"a": "main.py::A.go inferred yes"},
    ),
    "a subclass that passes something else": (
        TWO
        + """
        class _Holder:
            def __init__(self, thing):
                self.thing = thing
            def use(self):
                self.thing.go⟦a⟧()
        class _Sub(_Holder): ...
        _Holder(A())
        _Sub(B())
        """,
        {"a": "main.py::B.go|main.py::A.go ambiguous unsure"},
    ),
    "methods whose name no other class has; recursion adds nothing": (
        TWO
        + """
        class _Walker:
            def visit_all(self, node):
                node.go⟦a⟧()
                self.visit_all(node)
        _Walker().visit_all(A())
        """,
        {"a": "main.py::A.go inferred yes"},
    ),
    "what the calls give lacks the name: more is passed than we know": (
        TWO
        + """
        def run(x):
            x.go⟦a⟧()
        run("text")
        """,
        {"a": "? ambiguous unsure"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_meaning(name: str, tmp_path: Path) -> None:
    check(tmp_path, *CASES[name])


def test_the_inside_of_another_file_may_change_what_a_parameter_gets(tmp_path: Path) -> None:
    """An edit that leaves every interface alone still is seen by what leans on calls."""
    text = """
        #- shop.py
        class A:
            def go(self): ...
        class B:
            def go(self): ...
        def _run(x):
            x.go()
        #- main.py
        from shop import A, B, _run
        def start():
            _run(A())
    """
    fixture = parse(text)
    fixture.write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    data = fixture.files["shop.py"]
    end = data.index(b"x.go") + 4
    assert means(workspace.graph(), "shop.py", end) == "shop.py::A.go inferred yes"
    workspace.put("main.py", fixture.files["main.py"].replace(b"_run(A())", b"_run(B())"), 1)
    assert means(workspace.graph(), "shop.py", end) == "shop.py::B.go inferred yes"
    workspace.close()
