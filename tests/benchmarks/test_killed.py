"""kill -9 in the middle of a refactoring: a few of the benchmark's kills, one of each kind of work."""

import random
from pathlib import Path

import pytest
from familiar_edits import isolate

from benchmarks import killed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(isolate.method()[0] == "plain", reason="tests cannot be isolated on this machine"),
]


@pytest.mark.parametrize("work", killed.WORK)
def test_the_tree_is_whole_and_nothing_is_left(tmp_path: Path, work: str) -> None:
    with killed.at_home(tmp_path / "home"):
        root = killed.project(tmp_path / "repository")
        _, tree, wrong = killed.one(root, work, random.Random(f"test {work}"))
    assert (tree in ("before", "after"), wrong) == (True, [])


def test_a_half_edited_tree_is_found(tmp_path: Path) -> None:
    """The benchmark sees what it is there to see."""
    with killed.at_home(tmp_path / "home"):
        root = killed.project(tmp_path / "repository")
        before = killed.digest(root)
        path = root / "shop/part1.py"
        path.write_text(path.read_text().replace("total", "sum_all"))
        (root / ".git/config").write_text("[core]\n")
        tree, wrong = killed.afterwards(root, before)
    assert tree == "half"
    assert wrong[0] == ".git has changed"
    assert "shop/part1.py" in wrong[1]
