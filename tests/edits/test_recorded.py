"""A verified run records which functions each test executes, and the graph's answers get sharper by it.

Real projects, real runs of their tests, in the overlay.
"""

import sys
from pathlib import Path

import pytest
from familiar_codegraph import testmap
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.home import repository_dir
from familiar_codegraph.testmap import Recorded
from familiar_codegraph.workspace import Workspace
from familiar_edits.verify import verify
from support.command import familiar
from support.project import environment, project, replace

pytestmark = pytest.mark.slow

SHOP = """
#- shop/__init__.py
#- shop/core.py
import functools
import subprocess
import sys
from shop import plugins

def registered(function):
    plugins.known.append(function)
    return function

@registered
def first(x):
    return x + 1

@registered
def second(x):
    return helper(x)

def helper(x):
    def inner():
        return [y for y in (x, x)]
    return inner()

@functools.lru_cache
def table():
    return made()

def made():
    return {1: 2}

def connect():
    return object()

def elsewhere():
    return subprocess.run([sys.executable, "-c", "1"]).returncode

def never():
    return None
#- shop/plugins.py
known = []
def run(number, *args):
    return known[number](*args)
#- tests/conftest.py
import pytest
from shop import core

@pytest.fixture(scope="session")
def connection():
    return core.connect()
#- tests/test_shop.py
import pytest
from shop import core, plugins

def test_first():
    assert core.first(1) == 2

def test_by_number():
    assert plugins.run(1, 3) == [3, 3]

@pytest.mark.parametrize("x", [1, 2, 3])
def test_table(x):
    assert core.table()

def test_table_again():
    assert core.table()

class TestConnection:
    def test_one(self, connection):
        assert connection
    def test_two(self, connection):
        assert connection

def test_elsewhere():
    assert core.elsewhere() == 0

def test_late_import():
    from shop import late
    assert late.VALUE == 5

def test_late_import_again():
    from shop import late
    assert late.VALUE == 5
#- shop/late.py
def compute():
    return 5
VALUE = compute()
#- tests/test_other.py
from shop import core
def test_other():
    assert 1
#- .gitignore
.venv/
"""
ALL = {
    "test_shop.py::test_first", "test_shop.py::test_by_number", "test_shop.py::test_table", "test_other.py::test_other",
    "test_shop.py::test_table_again", "test_shop.py::TestConnection::test_one",
    "test_shop.py::TestConnection::test_two", "test_shop.py::test_elsewhere", "test_shop.py::test_late_import",
    "test_shop.py::test_late_import_again",
}  # fmt: skip


def recorded(root: Path) -> Recorded:
    """Verify a harmless change of the project at `root`, and return what that recorded."""
    verdict = verify(root, replace(root, ("shop/core.py", "return x + 1", "return 1 + x")), trusted=True)
    assert verdict.status == "verified", verdict.reason
    found = testmap.load(repository_dir(root))
    assert found is not None
    return found


def shop(root: Path, text: str = SHOP) -> Path:
    project(root, text)
    environment(root / ".venv")
    return root


def graph_of(root: Path) -> CodeGraph:
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph()


def short(ids: list[str]) -> set[str]:
    return {id.removeprefix("tests/") for id in ids}


def executing(found: Recorded, name: str, path: str = "shop/core.py") -> set[str]:
    return short([test.id for test in found.named(found.executing(path, name))])


def chosen(graph: CodeGraph, *targets: str) -> set[str]:
    return short([test.id for test in graph.tests_for(targets)])


def test_what_each_test_executes(tmp_path: Path) -> None:
    found = recorded(shop(tmp_path))
    assert {short([t.id]).pop() for t in found.tests} == ALL
    assert executing(found, "first") == {"test_shop.py::test_first"}
    assert executing(found, "helper") == {"test_shop.py::test_by_number"}, "through a list that the graph cannot see"
    assert executing(found, "helper.inner") == {"test_shop.py::test_by_number"}
    assert executing(found, "connect") == {
        "test_shop.py::TestConnection::test_one",
        "test_shop.py::TestConnection::test_two",
    }, "what a shared fixture executes belongs to every test that has it"
    assert executing(found, "made") == {"test_shop.py::test_table"}
    assert not executing(found, "never")
    assert found.ambient == {"shop/core.py": ("registered",), "shop/late.py": ("compute",)}
    partial = {t.id for t in found.tests if not t.complete}
    assert short(list(partial)) == {"test_shop.py::test_elsewhere"}, "another process cannot be seen"
    assert all(t.seconds > 0 for t in found.tests)


def test_a_change_of_a_function_selects_what_executes_it(tmp_path: Path) -> None:
    root = shop(tmp_path)
    assert chosen(graph_of(root), "shop/core.py::helper") == ALL, "without a record: all that import the file"
    recorded(root)
    graph = graph_of(root)
    unseen = {"test_shop.py::test_elsewhere"}
    assert chosen(graph, "shop/core.py::helper") == {"test_shop.py::test_by_number"} | unseen
    assert chosen(graph, "shop/core.py::never") == unseen
    assert chosen(graph, "shop/core.py::first", "shop/core.py::helper") == unseen | {
        "test_shop.py::test_first",
        "test_shop.py::test_by_number",
    }
    first = graph.tests_for(["shop/core.py::helper"])[0]
    assert first.id == "tests/test_shop.py::test_by_number", "what is known to execute it comes first"


@pytest.mark.parametrize(
    "target",
    ["shop/core.py", "shop/core.py::registered", "shop/core.py::table", "shop/late.py::compute"],
    ids=["a file", "runs at import", "remembers", "runs at a late import"],
)
def test_other_changes_leave_nothing_out(tmp_path: Path, target: str) -> None:
    root = shop(tmp_path)
    without = chosen(graph_of(root), target)
    recorded(root)
    assert chosen(graph_of(root), target) == without != set()


def test_a_stale_record_leaves_nothing_out(tmp_path: Path) -> None:
    """What a test executed has changed since: it may execute something else now."""
    root = shop(tmp_path)
    recorded(root)
    file = root / "shop/core.py"
    file.write_text(file.read_text(encoding="utf-8").replace("return x + 1", "return 1 + helper(x)[0]"), "utf-8")
    found = chosen(graph_of(root), "shop/core.py::helper")
    assert found == {"test_shop.py::test_by_number", "test_shop.py::test_first", "test_shop.py::test_elsewhere"}
    file.write_text(file.read_text(encoding="utf-8") + "\nx = 1\n", "utf-8")
    assert chosen(graph_of(root), "shop/core.py::helper") == ALL, "the rest of a file may concern all who import it"


def test_comments_between_functions_count_as_the_rest(tmp_path: Path) -> None:
    root = shop(tmp_path)
    recorded(root)
    (root / "tests/test_other.py").write_text("# new\n" + (root / "tests/test_other.py").read_text("utf-8"), "utf-8")
    found = chosen(graph_of(root), "shop/core.py::never")
    assert found == {"test_shop.py::test_elsewhere", "test_other.py::test_other"}


def test_runs_add_to_what_is_known(tmp_path: Path) -> None:
    """A later run of some tests keeps what is known of the others, as far as it still holds."""
    root = shop(tmp_path)
    recorded(root)
    file = root / "shop/core.py"
    file.write_text(file.read_text(encoding="utf-8").replace("return {1: 2}", "return {1: 3}"), "utf-8")
    change = replace(root, ("shop/core.py", "return x + 1", "return 1 + x"))
    assert verify(root, change, tests=["tests/test_other.py"], trusted=True).evidence.tests
    found = testmap.load(repository_dir(root))
    assert found is not None
    kept = short([t.id for t in found.tests if t.id])
    assert kept == ALL - {"test_shop.py::test_table"}, "what executed the changed function is forgotten"
    assert executing(found, "helper") == {"test_shop.py::test_by_number"}
    assert not executing(found, "made")


def test_the_command_says_what_is_known(tmp_path: Path) -> None:
    root = shop(tmp_path)
    recorded(root)
    line = SHOP.split("#- shop/core.py\n")[1].splitlines().index("def helper(x):") + 1
    answers = familiar("graph", "tests", f"shop/core.py:{line}:5", "--json", cwd=root).document["answers"]
    assert [(a["path"], a["verdict"]) for a in answers] == [("tests/test_shop.py", "yes")]


def test_another_environment_starts_afresh(tmp_path: Path) -> None:
    root = shop(tmp_path)
    first = recorded(root)
    taken = testmap.take(first, "another", testmap.Tree(root), [])
    assert (taken.tests, taken.functions) == ((), {})
    assert testmap.known(first, "another", testmap.Tree(root)) == []
    assert short(testmap.known(first, first.environment, testmap.Tree(root))) == ALL - {"test_shop.py::test_elsewhere"}


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    root = shop(tmp_path)
    recorded(root)
    file = repository_dir(root) / testmap.NAME
    file.write_bytes(file.read_bytes()[:100])
    assert testmap.load(repository_dir(root)) is None
    assert chosen(graph_of(root), "shop/core.py::helper") == ALL


UNITTEST = """
#- lib.py
def one():
    return 1
def two():
    return 2
#- test_lib.py
import unittest
import lib
class One(unittest.TestCase):
    def setUp(self):
        lib.two()
    def test_one(self):
        self.assertEqual(lib.one(), 1)
class Two(unittest.TestCase):
    def test_two(self):
        self.assertEqual(lib.two(), 2)
"""


def test_unittest(tmp_path: Path) -> None:
    root = project(tmp_path / "r", UNITTEST)
    environment(root / ".venv")
    (next((root / ".venv").glob("lib/python*/site-packages")) / "pytest_of_ours.pth").unlink()
    verdict = verify(root, replace(root, ("lib.py", "return 1", "return 2 - 1")), trusted=True)
    assert verdict.evidence.tests is not None
    assert verdict.evidence.tests.runner == "unittest"
    found = testmap.load(repository_dir(root))
    assert found is not None
    assert executing(found, "one", "lib.py") == {"test_lib.py::One::test_one"}
    assert executing(found, "two", "lib.py") == {"test_lib.py::One::test_one", "test_lib.py::Two::test_two"}


def test_a_test_that_traces_is_not_complete(tmp_path: Path) -> None:
    """Up to Python 3.11 two cannot trace at once: what the second hides is not claimed to be known."""
    body = "    import sys\n    core.first(1)\n    sys.settrace(None)\n    core.helper(1)"
    text = SHOP.replace("    assert core.first(1) == 2", body)
    found = recorded(shop(tmp_path, text))
    complete = {t.id for t in found.tests if t.complete}
    assert ("tests/test_shop.py::test_first" in complete) == (sys.version_info >= (3, 12))
    assert "tests/test_shop.py::test_by_number" in complete, "the tests after it are seen again"
