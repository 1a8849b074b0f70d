"""How precision is measured: bounds, the places that are drawn, and what reading a disagreement changes."""

import subprocess
from pathlib import Path

import pytest
from support.fixture import parse

from benchmarks import places, precision
from benchmarks.bounds import exact
from benchmarks.comparing import Compared, Project


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # as R's binom.test gives them
    [(99, 100, 0.94554, 0.99975), (0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (2970, 3000, 0.98575, 0.99324)],
)
def test_bounds_are_exact(hits: int, of: int, low: float, high: float) -> None:
    assert exact(hits, of) == [hits, of, low, high]


def test_every_kind_of_reference_is_found_by_ast_alone(tmp_path: Path) -> None:
    code = """
    #- a.py
    import os.path
    from pkg.b import thing as other
    class A:
        def go(self, é=1):
            self.x = other(é, key=os.path)
            return self.x.go()
    """
    parse(code).write(tmp_path)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    project = places.read(tmp_path)
    data = (tmp_path / "a.py").read_bytes()
    assert all(data[p.offset : p.offset + len(p.name.encode())] == p.name.encode() for p in project.references)
    assert [(p.line, p.name, p.kind, p.called) for p in project.references] == [
        (1, "os", "import", False),
        (1, "path", "import", False),
        (2, "pkg", "import", False),
        (2, "b", "import", False),
        (2, "thing", "import", False),
        (5, "self", "name", False),
        (5, "other", "name", True),
        (5, "é", "name", False),
        (5, "key", "keyword", False),
        (5, "os", "name", False),
        (5, "path", "attribute", False),
        (6, "self", "name", False),
        (6, "x", "attribute", False),
        (6, "go", "attribute", True),
    ]
    assert [p.name for p in project.calls(1, 10)] == ["go"]
    assert project.sample(1, 5) == project.sample(1, 5) != project.sample(2, 5)


def row(line: int, graph: str, checker: str, *, agreed: bool = False, listed: bool = True) -> Compared:
    place = places.Place("a.py", 0, line, 1, "x", "name")
    inside = checker.endswith("::x")
    return Compared(place, graph, checker, graph.startswith("yes"), agreed, inside, inside and listed, False)


def test_only_what_was_read_counts_for_the_graph() -> None:
    rows = (
        row(1, "yes a.py::x", "ty: a.py::x", agreed=True),
        row(2, "yes a.py::x", "ty: b.py::x"),
        row(3, "yes outside", "ty: b.py::x"),
        row(4, "unsure", "ty: a.py::x"),
        row(5, "unsure", "silent"),
    )
    one = Project("p-1", 5, rows, 1, 1, (0, 2), 0.1)
    unread = precision.figures([one], {})
    assert unread["verdicts"] == {"agreed": 1, "open": 2}
    assert [unread[n][:2] for n in ("precision", "recall_alone", "yes_or_unsure")] == [[1, 3], [1, 4], [4, 4]]
    table = {
        ("p", "a.py:2:1", "yes a.py::x", "ty: b.py::x"): "graph",
        ("p", "a.py:3:1", "yes outside", "ty: b.py::x"): "checker",
    }
    read = precision.figures([one], table)
    assert [read[n][:2] for n in ("precision", "recall_alone", "yes_or_unsure")] == [[2, 3], [1, 3], [3, 3]]
    assert read["unsure_places_mean"] == 1
