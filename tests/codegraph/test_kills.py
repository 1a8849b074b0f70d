"""kill -9 of the graph process at random moments of all its work: the next start answers as a fresh index does."""

import sqlite3
from pathlib import Path

import pytest
from familiar_codegraph.workspace import Workspace
from support.library import library

from benchmarks.graph import kills


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = library(tmp_path / "source", [f"json/{n}.py" for n in ("__init__", "decoder", "encoder", "scanner")])
    library(root, [f"email/{n}.py" for n in ("header", "message", "parser", "utils", "policy", "generator", "charset")])
    return library(root, ["ast.py", "cmd.py", "string.py", "shlex.py", "bisect.py", "sched.py", "queue.py"])


@pytest.mark.slow
@pytest.mark.parametrize("work", kills.WORK)
def test_killed_at_random_moments(source: Path, tmp_path: Path, work: str) -> None:
    for seed in range(list(kills.WORK).index(work), 3 * len(kills.WORK), len(kills.WORK)):
        did, _, difference = kills.one(source, tmp_path / "place", seed)
        assert (did, difference) == (work, ""), seed


def test_the_kills_see_a_difference(source: Path, familiar_home: Path) -> None:
    """A store that says something else of a content than its bytes do is found out."""
    workspace = Workspace(source)
    workspace.index()
    workspace.close()
    with sqlite3.connect(next(familiar_home.rglob("facts.sqlite"))) as database:
        rows = database.execute("SELECT key, facts FROM facts ORDER BY length(facts) DESC LIMIT 2").fetchall()
        database.execute("UPDATE facts SET facts = ? WHERE key = ?", (rows[0][1], rows[1][0]))
    database.close()
    assert kills.difference(source) != ""
