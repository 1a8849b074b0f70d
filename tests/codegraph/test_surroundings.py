"""What can be named at a place: names in scope, members of receivers, what callables take."""

from pathlib import Path

import pytest
from familiar_codegraph.surroundings import Surroundings, surroundings
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

PROJECT = """
#- pool.py
from elsewhere import Base

class Pool:
    def __init__(self, size, *, name="x"):
        self.size = size

    def get(self, timeout): ...

    @classmethod
    def make(cls, size): ...

class Open(Base):
    def known(self): ...

class Hooked:
    def __getattr__(self, name): ...
    def known(self): ...
#- use.py
import pool
from pool import Hooked, Open, Pool

LIMIT = 3

class Client:
    def __init__(self, pool: Pool):
        self.pool = pool

    def fetch(self, url, other: Open, hooked: Hooked):
        found = Pool(LIMIT)
        $0
        return self.pool.get(1), found, other.known(), hooked.known()
"""


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    fixture = parse(PROJECT)
    fixture.write(tmp_path)
    assert fixture.cursor
    workspace = Workspace(tmp_path)
    workspace.index()
    found = surroundings(workspace.graph(), *fixture.cursor)
    workspace.close()
    assert found
    return found


def test_names_in_scope(around: Surroundings) -> None:
    assert {"self", "url", "other", "found", "Client", "LIMIT", "Pool", "pool"} <= around.names.keys()
    assert "size" not in around.names
    assert set(around.local) == {"self", "url", "other", "hooked", "found"}
    assert not around.open_names


def test_what_callables_take(around: Surroundings) -> None:
    taken = around.names["Pool"] or ()
    assert [(p.name, p.required) for p in taken] == [("size", True), ("name", False)]
    assert [p.name for p in around.holders["self"].members["fetch"] or ()] == ["url", "other", "hooked"]
    assert [p.name for p in around.holders["Pool"].members["make"] or ()] == ["size"]
    assert [p.name for p in around.holders["Pool"].members["get"] or ()] == ["self", "timeout"]


@pytest.mark.parametrize(
    ("receiver", "closed"), [("self", True), ("self.pool", True), ("found", True), ("other", False), ("hooked", False)]
)
def test_who_may_have_other_members(around: Surroundings, receiver: str, closed: bool) -> None:
    assert around.holders[receiver].closed is closed


def test_the_module_is_a_holder(around: Surroundings) -> None:
    assert {"Pool", "Open", "Hooked"} <= around.holders["pool"].members.keys()


def test_files_of_other_languages_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("const x = 1;\n")
    workspace = Workspace(tmp_path)
    workspace.index()
    assert surroundings(workspace.graph(), "a.ts", 0) is None
    workspace.close()
