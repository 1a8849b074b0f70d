"""Which tests a change concerns, by the graph alone and by records; how changes of code are recognised."""

import json
from pathlib import Path

import pytest
from familiar_codegraph import reach, testmap
from familiar_codegraph.fingerprint import fingerprint
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.home import repository_dir
from familiar_codegraph.testmap import Tree
from familiar_codegraph.workspace import Workspace
from support.fixture import parse


def opened(root: Path, text: str) -> CodeGraph:
    parse(text).write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph()


CODE = """
#- lib.py
class Tool:
    def __init__(self):
        self.ready = prepare()
    def use(self): ...
class Better(Tool):
    def use(self): ...
def prepare(): ...
#- tests/base.py
from lib import Tool
class TestTool:
    def test_use(self):
        Tool().use()
    def test_other(self): ...
class Mixin:
    def test_mixed(self): ...
def test_loose(): ...
#- tests/test_more.py
from base import Mixin, TestTool, test_loose
from base import TestTool as TestAgain
class TestBetter(TestTool):
    def test_other(self): ...
class TestBoth(Mixin): ...
class Helper(Mixin): ...
#- tests/test_case.py
import unittest
from base import Mixin
class Case(Mixin, unittest.TestCase): ...
"""


def test_tests_are_called_as_pytest_calls_them(tmp_path: Path) -> None:
    """Own ones, inherited ones by the class that inherits, imported ones by the file that imports."""
    graph = opened(tmp_path, CODE)
    found = {test.id.removeprefix("tests/test_more.py::") for test in reach.tests_in(graph, "tests/test_more.py")}
    assert found == {
        "TestBetter::test_other", "TestBetter::test_use", "TestBoth::test_mixed", "test_loose",
        "TestTool::test_use", "TestTool::test_other", "TestAgain::test_use", "TestAgain::test_other",
    }  # fmt: skip
    assert [test.id for test in reach.tests_in(graph, "tests/test_case.py")] == ["tests/test_case.py::Case::test_mixed"]


def test_what_a_constructor_calls_is_reached_by_who_makes_the_class(tmp_path: Path) -> None:
    graph = opened(tmp_path, CODE)
    assert [test.qualname for test in reach.tests_reaching(graph, ["lib.py::prepare"])] == ["TestTool.test_use"]
    assert [test.qualname for test in reach.tests_reaching(graph, ["lib.py::Tool.__init__"])] == ["TestTool.test_use"]


def test_by_imports_nothing_is_left_out(tmp_path: Path) -> None:
    graph = opened(tmp_path, CODE)
    possible = reach.possible_tests(graph, ["lib.py::Better.use"])
    assert {test.path for test in possible} == {"tests/base.py", "tests/test_more.py", "tests/test_case.py"}
    assert graph.tests_for(["lib.py::Better.use"]) == tuple(possible), "without a record that is what there is"


# ---------------------------------------------------------------- fingerprints

FILE = """\
import os

LIMIT = 5

@decorated
def outer(x=1):
    '''Text.'''
    def inner():
        return x
    return inner

class A:
    size = 3
    async def go(self): return [y for y in self.size]
"""


@pytest.mark.parametrize(
    ("old", "new", "functions", "rest"),
    [
        ("return x", "return -x", {"outer", "outer.inner"}, False),
        ("'''Text.'''", "'''Other.'''", {"outer"}, False),
        ("return [y", "return [-y", {"A.go"}, False),
        ("x=1", "x=2", {"outer"}, True),
        ("@decorated", "@other", {"outer"}, True),
        ("LIMIT = 5", "LIMIT = 6", set(), True),
        ("size = 3", "size = 4", set(), True),
    ],
)
def test_a_change_shows_where_it_is(old: str, new: str, functions: set[str], rest: bool) -> None:
    before, after = fingerprint("a.py", FILE.encode()), fingerprint("a.py", FILE.replace(old, new, 1).encode())
    assert before
    assert after
    assert {name for name in before.functions if before.functions[name] != after.functions[name]} == functions
    assert (before.rest != after.rest) == rest


def test_code_objects_belong_to_the_innermost_function() -> None:
    prints = fingerprint("a.py", FILE.encode())
    assert prints
    lines = FILE.splitlines()
    found = {line: prints.at(number) for number, line in enumerate(lines, 1) if prints.at(number)}
    assert found["@decorated"] == found["def outer(x=1):"] == "outer"
    assert found["        return x"] == "outer.inner"
    assert found[lines[-1]] == "A.go"
    assert "    size = 3" not in found
    assert fingerprint("a.ts", b"function f() {}") is None


# ---------------------------------------------------------------- records


def said(*tests: tuple[str, list[int]], functions: list[list[object]]) -> list[str]:
    rows = [{"functions": functions}]
    rows += [{"test": id, "seconds": 1.0, "complete": True, "executed": ran} for id, ran in tests]
    return [json.dumps(row) for row in [*rows, {"ambient": []}]]


def test_the_record_of_many_runs_is_that_of_the_last_of_each_test(tmp_path: Path) -> None:
    """Tests that are recorded again and again leave no holes that grow, and no bits behind."""
    parse("#- a.py\ndef f(): ...\ndef g(): ...\n#- test_a.py\n").write(tmp_path)
    tree, functions = Tree(tmp_path), [[0, "a.py", 1], [1, "a.py", 2]]
    recorded = None
    for number in range(12):
        lines = said(("test_a.py::one", [number % 2]), ("test_a.py::two", [1]), functions=functions)
        recorded = testmap.take(recorded, "env", tree, lines)
    assert recorded is not None
    assert {test.id for test in recorded.named(recorded.executing("a.py", "g"))} == {"test_a.py::one", "test_a.py::two"}
    assert list(recorded.named(recorded.executing("a.py", "f"))) == []
    assert len(recorded.tests) <= 4
    assert testmap.known(recorded, "env", tree) == ["test_a.py::one", "test_a.py::two"]


def test_cases_of_a_parametrized_test_count_as_one(tmp_path: Path) -> None:
    parse("#- a.py\ndef f(): ...\ndef g(): ...\n").write(tmp_path)
    lines = said(("t.py::x", [0]), ("t.py::x", [1]), functions=[[0, "a.py", 1], [1, "a.py", 2]])
    recorded = testmap.take(None, "env", Tree(tmp_path), lines)
    assert [(test.id, test.seconds) for test in recorded.tests] == [("t.py::x", 2.0)]
    assert recorded.executing("a.py", "f") == recorded.executing("a.py", "g") == recorded.complete() == 1


def test_what_is_kept_is_what_is_loaded(tmp_path: Path) -> None:
    parse("#- a.py\ndef f(): ...\n").write(tmp_path / "r")
    recorded = testmap.take(None, "env", Tree(tmp_path / "r"), said(("t.py::x", [0]), functions=[[0, "a.py", 1]]))
    assert testmap.load(tmp_path) is None
    testmap.keep(tmp_path, recorded)
    assert testmap.load(tmp_path) == recorded
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [testmap.NAME]


# ---------------------------------------------------------------- examples in documents and docstrings

EXAMPLES = """
#- lib.py
def one(): ...
def two(): ...
#- other.py
def three():
    \"\"\"
    >>> three()
    \"\"\"
#- tests/test_lib.py
from lib import one
def test_one():
    one()
"""


def test_examples_that_were_run_as_tests_are_chosen(tmp_path: Path) -> None:
    """The graph sees no test in them: what they executed is known from the record alone, a document's not for sure."""
    parse(EXAMPLES).write(tmp_path)
    workspace = Workspace(tmp_path)
    tree = Tree(tmp_path)
    functions = {"functions": [[0, "lib.py", 1], [1, "lib.py", 2], [2, "other.py", 1]]}
    ran = [
        {"test": "tests/test_lib.py::test_one", "seconds": 1.0, "complete": True, "executed": [0]},
        {"test": "tests/guide.md::guide.md", "seconds": 1.0, "complete": True, "executed": [1]},
        {"test": "other.py::other.three", "seconds": 1.0, "complete": True, "executed": [2]},
    ]
    lines = [json.dumps(line) for line in (functions, *ran, {"ambient": []})]
    testmap.keep(repository_dir(tmp_path), testmap.take(None, "pytest", tree, lines))
    workspace.index()
    graph = workspace.graph()
    assert [t.id for t in graph.tests_for(["lib.py::two"])] == ["tests/guide.md::guide.md"]
    assert [t.id for t in graph.tests_for(["lib.py::one"])] == [ran[0]["test"], ran[1]["test"]]
    assert [t.id for t in graph.tests_for(["other.py::three"])] == [ran[2]["test"], ran[1]["test"]]
    assert {t.id for t in graph.tests_for(["lib.py"])} == {test["test"] for test in ran}, "not a function's body"
    assert graph.tests("lib.py", graph.data("lib.py").index(b"two")).answers == (), "an example has no name to show"
