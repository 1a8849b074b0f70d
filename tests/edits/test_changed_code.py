"""Permanent: it is the changed code that was tested, however the project is laid out and installed.

A plain copy of a project that is installed editable tests the old code and passes; so every layout is tried with an
error planted by the change, which must make the tests fail, and with a harmless change, which must pass.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from familiar_edits import isolate
from familiar_edits.values import ChangeSet
from familiar_edits.verify import Verification, verify
from support.project import commit, environment, project, replace, tree_digest

pytestmark = pytest.mark.slow

SRC = """
#- src/pack/__init__.py
#- src/pack/core.py
def double(x):
    return 2 * x
#- tests/test_core.py
from pack.core import double

def test_double():
    assert double(4) == 8
#- .gitignore
.venv/
"""
FLAT = SRC.replace("src/pack", "pack")
NAMESPACE = """
#- src/spaced/core.py
def double(x):
    return 2 * x
#- tests/test_core.py
from spaced.core import double

def test_double():
    assert double(4) == 8
"""
IMPORTLIB = (
    SRC
    + """
#- pyproject.toml
[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""
)
FINDER = """\
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
MAPPING: dict[str, str] = {'pack': '%s/src/pack'}

class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in MAPPING:
            return spec_from_file_location(name, MAPPING[name] + "/__init__.py")

def install():
    sys.meta_path.append(Finder)
"""


def editable(root: Path) -> None:
    environment(root / ".venv", root / "src")


def editable_outside(root: Path) -> None:
    environment(root.parent / "envs" / "project", root / "src")
    (root / ".venv").write_text(f"{root.parent}/envs/project\n", encoding="utf-8")


def editable_by_finder(root: Path) -> None:
    site = environment(root / ".venv")
    (site / "__editable___pack_finder.py").write_text(FINDER % root, encoding="utf-8")
    (site / "__editable__.pack.pth").write_text("import __editable___pack_finder as f; f.install()\n", encoding="utf-8")


def installed_copy(root: Path) -> None:
    site = environment(root / ".venv")
    shutil.copytree(root / "src" / "pack", site / "pack")


def environment_only(root: Path) -> None:
    environment(root / ".venv")


def no_environment(root: Path) -> None:
    pass


LAYOUTS: list[tuple[str, str, str, Callable[[Path], None]]] = [
    ("src, editable", SRC, "src/pack/core.py", editable),
    ("src, editable, environment elsewhere", SRC, "src/pack/core.py", editable_outside),
    ("src, editable by a finder", SRC, "src/pack/core.py", editable_by_finder),
    ("src, a copy installed", SRC, "src/pack/core.py", installed_copy),
    ("src, not installed", SRC, "src/pack/core.py", environment_only),
    ("flat", FLAT, "pack/core.py", environment_only),
    ("flat, no environment", FLAT, "pack/core.py", no_environment),
    ("namespace package, editable", NAMESPACE, "src/spaced/core.py", editable),
    ("import mode importlib, editable", IMPORTLIB, "src/pack/core.py", editable),
    ("import mode importlib, not installed", IMPORTLIB, "src/pack/core.py", environment_only),
]


@pytest.mark.parametrize(("text", "path", "install"), [c[1:] for c in LAYOUTS], ids=[c[0] for c in LAYOUTS])
def test_a_planted_error_is_seen(tmp_path: Path, text: str, path: str, install: Callable[[Path], None]) -> None:
    root = project(tmp_path / "repo", text)
    install(root)
    commit(root)
    before = tree_digest(root)

    planted = verify(root, replace(root, (path, "return 2 * x", "raise RuntimeError('planted')")), trusted=True)
    assert planted.status == "failed", planted.reason
    assert "planted" in planted.reason

    harmless = verify(root, replace(root, (path, "2 * x", "x + x")), trusted=True)
    assert harmless.status == "verified", harmless.reason
    assert harmless.evidence.changed_lines_executed == (1, 1)

    assert tree_digest(root) == before


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolate, "method", lambda: ("plain", "switched off"))


FEW = [LAYOUTS[0], LAYOUTS[5], LAYOUTS[7]]


@pytest.mark.usefixtures("no_namespaces")
@pytest.mark.parametrize(("text", "path", "install"), [c[1:] for c in FEW], ids=[c[0] for c in FEW])
def test_without_namespaces_it_is_honest(tmp_path: Path, text: str, path: str, install: Callable[[Path], None]) -> None:
    root = project(tmp_path / "repo", text)
    install(root)
    commit(root)

    def judged(change: ChangeSet) -> Verification:
        return verify(root, change, trusted=True)

    planted = judged(replace(root, (path, "return 2 * x", "raise RuntimeError('planted')")))
    assert planted.status == "failed", planted.reason
    harmless = judged(replace(root, (path, "2 * x", "x + x")))
    assert harmless.status == "unverified"
    assert "without isolation" in harmless.reason and "switched off" in harmless.reason


@pytest.mark.usefixtures("no_namespaces")
def test_without_namespaces_old_code_is_found_out(tmp_path: Path) -> None:
    """A conftest that puts the user's own folder first defeats the copy: the proof afterwards must say so."""
    root = project(tmp_path / "repo", SRC)
    (root / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(root / 'src')!r})\n", encoding="utf-8")
    environment(root / ".venv")
    commit(root)
    planted = verify(root, replace(root, ("src/pack/core.py", "2 * x", "1 / 0")), trusted=True)
    assert planted.status == "unverified"
    assert planted.reason == f"Not tested: the tests imported {root}/src/pack/core.py, not the changed file."


@pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")
@pytest.mark.parametrize(("text", "path", "install"), [c[1:] for c in FEW], ids=[c[0] for c in FEW])
def test_bubblewrap_does_as_well(
    tmp_path: Path, text: str, path: str, install: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolate, "method", lambda: ("bubblewrap", ""))
    test_a_planted_error_is_seen(tmp_path, text, path, install)
