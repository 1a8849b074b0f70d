"""Bytecode of the repository's own sources is kept from run to run, and never stands for anything but those sources."""

import marshal
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from familiar_codegraph.home import repository_dir
from familiar_edits import isolate, runner, runners
from familiar_edits.runner import Runner
from familiar_edits.verify import Verification, verify
from support.project import environment, project, replace, tree_digest

SHOP = """
#- rates.py
def rate():
    return 3
#- shop/__init__.py
#- shop/area.py
from rates import rate

def area(width, height):
    return width * height * rate()
#- tests/test_area.py
from shop.area import area

def test_area():
    assert area(1, 2) == 6
#- .gitignore
.venv/
"""
SAME = ("shop/area.py", "width * height", "height * width")
WORSE = ("shop/area.py", "width * height", "width + height")  # as many bytes as before


@pytest.fixture(params=[True, pytest.param(False, marks=pytest.mark.slow)], ids=["beside the sources", "elsewhere"])
def root(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose installed packages have their bytecode beside them, or have not."""
    if isolate.method()[0] == "plain":
        pytest.skip("bytecode is kept only where the copy stands at the repository's own path")
    project(tmp_path / "shop", SHOP)
    environment(tmp_path / "shop/.venv")
    found = msgspec.structs.replace(runner.find(tmp_path / "shop"), compiled=request.param)
    as_found: Callable[..., Runner] = lambda *_: found  # noqa: E731
    monkeypatch.setattr(runners, "find", as_found)
    return tmp_path / "shop"


def judged(root: Path, *edits: tuple[str, str, str], **options: object) -> Verification:
    return verify(root, replace(root, *edits), trusted=True, **options)  # type: ignore[arg-type]


def kept(root: Path) -> dict[str, Path]:
    """Return the kept bytecode by the stem of its source."""
    found = repository_dir(root).glob("bytecode/*/*.pyc")
    return {path.name.partition("-")[2].partition(".")[0]: path for path in found}


def test_it_is_kept_and_taken(root: Path) -> None:
    before = tree_digest(root)
    assert judged(root, SAME).status == "verified"
    assert set(kept(root)) == {"rates", "__init__", "area", "test_area"}
    stored = kept(root)["rates"]
    other = compile("def rate():\n    return 4\n", str(root / "rates.py"), "exec")
    # not what rates.py says, so it is seen where it is taken
    stored.write_bytes(stored.read_bytes()[:16] + marshal.dumps(other))
    verdict = judged(root, SAME)
    assert verdict.evidence.tests and verdict.evidence.tests.after == {"tests/test_area.py::test_area": "failed"}
    assert tree_digest(root) == before


def test_it_is_kept_of_what_a_change_leaves_alone(root: Path) -> None:
    """Where the outcomes on the unchanged tree are known, only the changed tree runs."""
    assert judged(root, SAME).status == "verified"
    for path in kept(root).values():
        path.unlink()
    assert judged(root, SAME).status == "verified"
    assert set(kept(root)) == {"rates", "__init__", "test_area"}


def test_a_change_of_the_same_length_is_what_is_tested(root: Path) -> None:
    for path in root.rglob("*.py"):
        if ".venv" not in path.parts:
            os.utime(path, (1_700_000_000, 1_700_000_000))
    assert judged(root, SAME).status == "verified"
    assert judged(root, WORSE).status == "failed"
    assert judged(root, SAME, sabotage=replace(root, WORSE)).evidence.witnessed is True


def test_a_file_that_differs_only_in_content_is_compiled_anew(root: Path) -> None:
    """The time and the size of a source are no proof that it is the one that was compiled."""
    assert judged(root, SAME).status == "verified"
    rates = root / "rates.py"
    info = rates.stat()
    rates.write_text("def rate():\n    return 4\n", encoding="utf-8")
    os.utime(rates, ns=(info.st_atime_ns, info.st_mtime_ns))
    verdict = judged(root, SAME)
    assert verdict.evidence.tests and verdict.evidence.tests.before == {"tests/test_area.py::test_area": "failed"}
    os.utime(rates, ns=(0, 0))
    rates.write_text("def rate():\n    return 3\n", encoding="utf-8")
    assert judged(root, SAME).status == "verified"


def test_an_unsaved_buffer_is_compiled_anew(root: Path) -> None:
    assert judged(root, SAME).status == "verified"
    buffer = (root / "rates.py").read_bytes().replace(b"3", b"4")
    verdict = judged(root, SAME, buffers={"rates.py": buffer})
    assert verdict.evidence.tests and verdict.evidence.tests.before == {"tests/test_area.py::test_area": "failed"}


def test_what_belongs_to_no_source_is_forgotten(root: Path) -> None:
    assert judged(root, SAME).status == "verified"
    first = kept(root)["rates"]
    half = first.with_name(f"{first.name}.1.part")  # of a process that was killed
    half.touch()
    (root / "rates.py").write_text("def rate():\n    return 1 + 2\n", encoding="utf-8")
    assert judged(root, SAME).status == "verified"
    assert not first.exists() and not half.exists() and "rates" in kept(root)
