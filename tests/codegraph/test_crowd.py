"""Names that many classes have: a place on an unknown receiver is counted, not listed, and a rename still sees it."""

from pathlib import Path

import pytest
from familiar_codegraph.search import CROWD
from familiar_codegraph.workspace import Workspace
from support.fixture import parse


def code(others: int) -> str:
    rows = "\n".join(f"class C{n}:\n    def all(self): ..." for n in range(others))
    base = "class Result:\n    def all(self): ...\n\n\nclass Scalars(Result):\n    def all(self): ...\n"
    return f"#- a.py\n{base}\n\n{rows}\n#- b.py\nfrom a import Result\n\n\ndef f(x):\n    x.all()\n    Result().all()\n"


@pytest.mark.parametrize(("others", "listed"), [(CROWD - 1, True), (CROWD, False)])
def test_places_of_a_crowd_are_counted(tmp_path: Path, others: int, listed: bool) -> None:
    root = parse(code(others)).write(tmp_path)
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    offset = graph.data("a.py").index(b"all")
    unknown, known = graph.data("b.py").index(b"all()"), graph.data("b.py").rindex(b"all()")
    for answers in (graph.references("a.py", offset), graph.callers("a.py", offset)):
        places = {(a.path, a.start): a.verdict for a in answers.answers}
        assert places["b.py", known] == "yes"
        assert (("b.py", unknown) in places) is listed
        assert answers.complete is listed
        more = f"1 more places have all of something unknown, and {others} others have that name"
        assert answers.reason == ("" if listed else more)
    everything = {(a.path, a.start) for a in graph.references_of("a.py::Result.all")}
    assert ("b.py", unknown) in everything
    workspace.close()
