"""From Python 3.12 on lines and functions are seen by sys.monitoring: the same verdicts as with a trace function."""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from familiar_codegraph import testmap
from familiar_codegraph.home import repository_dir
from familiar_edits.verify import verify
from support.project import project, replace

AREA = """
#- area.py
def area(width, height):
    return width * height

def unused():
    return None
#- test_area.py
from area import area

def test_area():
    assert area(2, 3) == 6

def test_nothing():
    assert True
#- .gitignore
.venv/
"""
SAME = ("area.py", "width * height", "height * width")
WORSE = ("area.py", "width * height", "width + height")


def newer() -> Iterator[Path]:
    """Yield interpreters that have sys.monitoring: on the PATH, or as pyenv lays them out."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    named = (shutil.which(f"python3.{minor}") for minor in range(12, 16))
    for python in [*map(Path, filter(None, named)), *sorted(pyenv.glob("3.*/bin/python"))]:
        asked = [str(python), "-I", "-S", "-c", "import sys; sys.exit(not hasattr(sys, 'monitoring'))"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            yield python


@pytest.fixture
def root(tmp_path: Path) -> Path:
    python = next(newer(), None)
    if python is None:
        pytest.skip("no Python from 3.12 on is installed here")
    root = project(tmp_path / "shop", AREA)
    subprocess.run([str(python), "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    site = next((root / ".venv").glob("lib/python*/site-packages"))
    (site / "pytest_of_ours.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return root


@pytest.mark.slow
def test_lines_and_functions_are_seen(root: Path) -> None:
    good = verify(root, replace(root, SAME), trusted=True, sabotage=replace(root, WORSE))
    assert good.status == "verified", good.reason
    assert (good.evidence.changed_lines_executed, good.evidence.witnessed) == ((1, 1), True)
    found = testmap.load(repository_dir(root))
    assert found is not None and {(test.id, test.complete) for test in found.tests} == {
        ("test_area.py::test_area", True),
        ("test_area.py::test_nothing", True),
    }
    assert [test.id for test in found.named(found.executing("area.py", "area"))] == ["test_area.py::test_area"]
    unseen = verify(root, replace(root, ("area.py", "return None", "return 0")), trusted=True)
    assert unseen.reason == "2 tests pass, but they execute none of the 1 changed lines."
    assert verify(root, replace(root, WORSE), trusted=True).status == "failed"
