"""Single tests run for what can be attributed to a function's body, every test that imports the file for the rest."""

import sys
from pathlib import Path

import msgspec
import pytest
from familiar_codegraph.workspace import Workspace
from familiar_edits import reaching, runner
from familiar_edits.process import Request, propose
from familiar_edits.values import Plan
from support.project import environment, project, replace

SHOP = """
#- shop/__init__.py
#- shop/core.py
RATE = 2

def first(x):
    '''One more.'''
    one = x + 1
    return one

def second(x, by=RATE):
    both = x * by
    return both

class Till:
    limit = 3
    def take(self, x):
        def inner(y):
            return y - 1
        return inner(x)
#- tests/test_first.py
from shop import core

def test_first():
    assert core.first(1) == 2

def test_first_again():
    assert core.first(2) == 3

def test_second():
    assert core.second(2) == 4
#- tests/test_till.py
import pytest
from shop.core import Till

def test_take():
    assert Till().take(2) == 1
#- tests/test_made.py
from shop import core

def make(n):
    def test():
        assert core.first(n) == n + 1
    return test

test_made_1 = make(1)

def test_said():
    assert core.second(1) == 2
#- .gitignore
.venv/
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project(tmp_path, SHOP)
    environment(tmp_path / ".venv")
    return tmp_path


FUNCTIONS: dict[str, tuple[list[tuple[str, str, str]], list[str] | None]] = {
    "a body": ([("shop/core.py", "return one", "return (one)")], ["shop/core.py::first"]),
    "two bodies": (
        [("shop/core.py", "return one", "return (one)"), ("shop/core.py", "x * by", "by * x")],
        ["shop/core.py::first", "shop/core.py::second"],
    ),
    "a function inside a method": ([("shop/core.py", "y - 1", "y - 1 + 0")], ["shop/core.py::Till.take.inner"]),
    "a module's constant": ([("shop/core.py", "RATE = 2", "RATE = 1 + 1")], None),
    "a class's attribute": ([("shop/core.py", "limit = 3", "limit = 4")], None),
    "a default": ([("shop/core.py", "by=RATE", "by=2")], None),
    "a name": ([("shop/core.py", "def first", "def primary")], None),
    "a docstring": ([("shop/core.py", "One more", "One on top")], None),
    "a body and a constant": (
        [("shop/core.py", "return one", "return (one)"), ("shop/core.py", "RATE = 2", "RATE = 1 + 1")],
        None,
    ),
    "a test": ([("tests/test_till.py", "== 1", "== 2 - 1")], ["tests/test_till.py::test_take"]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_whose_bodies_the_edits_lie(root: Path, name: str) -> None:
    edits, expected = FUNCTIONS[name]
    workspace = Workspace(root)
    workspace.index()
    assert reaching.functions_of(workspace.graph(), replace(root, *edits)) == expected


def selected(root: Path, *edits: tuple[str, str, str]) -> set[str] | None:
    workspace = Workspace(root)
    workspace.index()
    plan, environment = Plan("edit", replace(root, *edits)), runner.find(root).environment
    found = reaching.tests_of(root, workspace.graph(), plan, environment)
    return None if found is None else set(found)


def rename(root: Path, path: str, name: str, new: str) -> Request:
    offset = (root / path).read_bytes().index(name.encode())
    return Request(str(root), "rename", path, offset, {"new_name": new}, trusted=True)


@pytest.mark.slow
def test_a_recorded_body_selects_single_tests(root: Path) -> None:
    whole = {"tests/test_first.py", "tests/test_till.py", "tests/test_made.py"}
    body = ("shop/core.py", "return one", "return (one)")
    assert selected(root, body) == whole, "nothing is recorded yet"
    assert propose(rename(root, "shop/core.py", "RATE", "FACTOR")).status == "verified"
    made = "tests/test_made.py"  # holds tests that only the runner sees, so it is not divided
    assert selected(root, body) == {"tests/test_first.py::test_first", "tests/test_first.py::test_first_again", made}
    assert selected(root, ("shop/core.py", "y - 1", "y - 1 + 0")) == {"tests/test_till.py::test_take", made}
    assert selected(root, ("shop/core.py", "RATE = 2", "RATE = 1 + 1")) == whole, "a constant concerns all that import"

    found = propose(rename(root, "shop/core.py", "one = x", "result"))
    assert found.status == "verified", found.reason
    tests = found.evidence.tests
    assert tests is not None
    assert set(tests.before) == {
        "tests/test_first.py::test_first",
        "tests/test_first.py::test_first_again",
        "tests/test_made.py::test_made_1",
        "tests/test_made.py::test_said",
    }
    assert tests.total == 6


@pytest.mark.slow
def test_a_record_of_another_environment_divides_nothing(root: Path) -> None:
    assert propose(rename(root, "shop/core.py", "RATE", "FACTOR")).status == "verified"
    workspace = Workspace(root)
    workspace.index()
    plan = Plan("edit", replace(root, ("shop/core.py", "return one", "return (one)")))
    found = reaching.tests_of(root, workspace.graph(), plan, "pytest elsewhere")
    assert found is not None
    assert all("::" not in test for test in found)


# ---------------------------------------------------------------- what pytest collects beside test files

EXAMPLES = """
#- shop/__init__.py
#- shop/core.py
def first(x):
    one = x + 1
    return one

def second(x):
    return first(x)
#- shop/user.py
from shop.core import second

def used(x):
    \"\"\"Calls it.

    >>> used(1)
    2
    \"\"\"
    return second(x)
#- shop/other.py
def other():
    \"\"\"
    >>> other()
    1
    \"\"\"
    return 1
#- docs/guide.md
>>> from shop.core import first
>>> first(1)
2
#- docs/prose.md
Nothing to run.
#- test_notes.txt
>>> 1
1
#- checks/check_core.py
from shop.core import first

def test_checked():
    assert first(1) == 2
#- tests/test_core.py
from shop.core import first

def test_first():
    assert first(2) == 3
#- .gitignore
.venv/
"""
BODY = ("shop/core.py", "return one", "return (one)")
CONFIGURED: dict[str, tuple[str, str, set[str]]] = {
    "nothing": ("setup.cfg", "", {"test_notes.txt"}),
    "documents": ("pytest.ini", "[pytest]\naddopts = -q --doctest-glob=*.md\n", {"docs/guide.md"}),
    "documents of two kinds": (
        "tox.ini", "[pytest]\naddopts =\n    --doctest-glob='*.md'\n    --doctest-glob *.txt\n",
        {"docs/guide.md", "test_notes.txt"},
    ),
    "docstrings": (
        "pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--doctest-modules"]\n',
        {"shop/user.py", "test_notes.txt"},
    ),
    "only in some folders": (
        "setup.cfg", "[tool:pytest]\naddopts = --doctest-modules\ntestpaths = tests docs\n", set(),
    ),
    "files of other names": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\npython_files = ["test_*.py", "check_*.py"]\ntestpaths = "checks"\n',
        {"checks/check_core.py"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURED)
def test_what_else_is_collected(tmp_path: Path, name: str) -> None:
    path, text, expected = CONFIGURED[name]
    root = project(tmp_path, EXAMPLES)
    environment(root / ".venv")
    (root / path).write_text(text)
    assert selected(root, BODY) == {"tests/test_core.py", *expected}
    assert selected(root, ("shop/other.py", "return 1", "return (1)")) is None, "no test is known: all of them run"


@pytest.mark.slow
def test_examples_are_chosen_by_what_they_were_seen_to_execute(tmp_path: Path) -> None:
    """A docstring's by the record, as long as its file is the same; a document's always, for it is not read.

    doctest sets the trace function, so up to Python 3.11 it is not certain that all was seen.
    """
    unsure = {"shop/other.py", "shop/user.py"} if sys.version_info < (3, 12) else set()
    root = project(tmp_path, EXAMPLES)
    environment(root / ".venv")
    (root / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules --doctest-glob=*.md\n")
    request = rename(root, "shop/core.py", "one = x", "result")
    assert propose(msgspec.structs.replace(request, verify="full")).status == "verified"
    test = "tests/test_core.py::test_first"
    assert selected(root, BODY) == {test, "shop/user.py", "docs/guide.md"} | unsure
    other = ("shop/other.py", "return 1", "return (1)")
    assert selected(root, other) == {"shop/other.py", "docs/guide.md"} | unsure
    (root / "shop/user.py").write_text((root / "shop/user.py").read_text().replace(">>> used(1)", ">>> used(0 + 1)"))
    assert selected(root, other) == {"shop/other.py", "docs/guide.md", "shop/user.py"}
    (root / "docs/guide.md").unlink()
    assert selected(root, other) == {"shop/other.py", "shop/user.py"}
