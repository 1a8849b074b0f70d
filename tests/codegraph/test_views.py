"""The networkx view: complete within its scope, with the tier on every edge, the same for the same files."""

from pathlib import Path

import networkx as nx
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace
from inline_snapshot import snapshot
from support.fixture import parse

CODE = """
#- a/first.py
from z.last import Base, work
class Own(Base):
    @work
    def go(self):
        return [work() for _ in range(3)]
def maybe(x):
    x.go()
    return Own
#- z/last.py
import os
class Base: ...
def work(*_): ...
#- tests/test_a.py
from a.first import Own
def test_own():
    Own().go()
"""


def opened(root: Path) -> CodeGraph:
    parse(CODE).write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph()


def lines(view: "nx.DiGraph[str]") -> list[str]:
    return [f"{a} -> {b} {' '.join(str(v) for v in data.values())}" for a, b, data in view.edges(data=True)]


def test_edges_lead_to_files_that_come_later_too(tmp_path: Path) -> None:
    view = opened(tmp_path).to_networkx()
    assert lines(view) == snapshot(
        [
            "a/first.py -> a/first.py::Own contains",
            "a/first.py -> a/first.py::Own.go contains",
            "a/first.py -> a/first.py::maybe contains",
            "a/first.py -> z/last.py imports",
            "a/first.py -> z/last.py::Base refers import yes 1",
            "a/first.py -> z/last.py::work refers import yes 1",
            "tests/test_a.py -> tests/test_a.py::test_own contains",
            "tests/test_a.py -> a/first.py imports",
            "tests/test_a.py -> a/first.py::Own refers import yes 1",
            "z/last.py -> z/last.py::Base contains",
            "z/last.py -> z/last.py::work contains",
            "a/first.py::Own -> z/last.py::Base refers import yes 1",
            "a/first.py::Own.go -> z/last.py::work refers import yes 2",
            "a/first.py::maybe -> a/first.py::Own refers scope yes 1",
            "tests/test_a.py::test_own -> a/first.py::Own refers import yes 1",
            "tests/test_a.py::test_own -> a/first.py::Own.go refers constructor yes 1",
        ]
    )
    assert dict(view.nodes(data="kind")) == snapshot(
        {
            "a/first.py": "module",
            "tests/test_a.py": "module",
            "z/last.py": "module",
            "a/first.py::Own": "class",
            "a/first.py::Own.go": "function",
            "a/first.py::maybe": "function",
            "tests/test_a.py::test_own": "function",
            "z/last.py::Base": "class",
            "z/last.py::work": "function",
        }
    )


def test_the_most_certain_mention_speaks_for_an_edge(tmp_path: Path) -> None:
    parse(
        """
        #- a.py
        if unknown:
            from b import f
        else:
            from c import f
        def use():
            f()
            import b
            b.f()
        #- b.py
        def f(): ...
        #- c.py
        def f(): ...
        """
    ).write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    view = workspace.graph().to_networkx()
    assert view.edges["a.py::use", "b.py::f"] == {"kind": "refers", "via": "import", "verdict": "yes", "count": 2}
    assert view.edges["a.py::use", "c.py::f"]["verdict"] == "unsure"


def test_a_scope_holds_nothing_else(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    inside = graph.to_networkx(lambda path: path.startswith("a/"))
    assert {node.partition("::")[0] for node in inside} == {"a/first.py"}
    assert lines(graph.to_networkx(["gone.py", "a/first.py"])) == lines(inside)
    assert not graph.to_networkx([])


def test_the_same_for_the_same_files_and_fit_for_algorithms(tmp_path: Path) -> None:
    one, two = opened(tmp_path), opened(tmp_path)
    two.to_networkx(["z/last.py"])
    two.references("a/first.py", 30)
    assert list(one.to_networkx().edges(data=True)) == list(two.to_networkx().edges(data=True))
    assert nx.has_path(one.to_networkx(), "tests/test_a.py::test_own", "z/last.py::work")
