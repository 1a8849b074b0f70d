"""The Neovim that is driven, the repository that it opens, and where pictures go.

`.ci/neovim.sh FOLDER` installs it; FAMILIAR_NVIM names the program. Where there is none the tests are skipped; where
one should be (CI, or the variable is set) its absence is a failure.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from e2e.neovim.editor import Editor
from familiar_server import __file__ as server

SAMPLE = Path(server).parent / "sample"
IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
Open = Callable[..., Editor]


@pytest.fixture(scope="session")
def nvim() -> Path:
    """Neovim >= 0.12."""
    named = os.environ.get("FAMILIAR_NVIM")
    found = named or shutil.which("nvim")
    wrong = _wrong_with(found)
    if wrong is None and found:
        return Path(found)
    if named or os.environ.get("CI") == "true":
        pytest.fail(f"{wrong} (bash .ci/neovim.sh FOLDER installs one)", pytrace=False)
    pytest.skip(f"{wrong}: run `bash .ci/neovim.sh FOLDER` and set FAMILIAR_NVIM=FOLDER/bin/nvim")


def _wrong_with(found: str | None) -> str | None:
    if not found or not shutil.which(found):
        return f"FAMILIAR_NVIM is {found}, which cannot be run" if found else "no Neovim on PATH and no FAMILIAR_NVIM"
    if not shutil.which("tmux"):
        return "no tmux, in which Neovim is run"
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    version = re.search(r"NVIM v(\d+)\.(\d+)", said)
    if not version or (int(version[1]), int(version[2])) < (0, 12):
        return f"{found} is not Neovim 0.12 or later"
    return None


def _harbor(root: Path) -> Path:
    """The sample repository in a folder of its own."""
    shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    who = ["-c", "user.name=harbor", "-c", "user.email=harbor@localhost", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Harbor"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


def _start(nvim: Path, folder: Path, *, setup: str = "", path: str | None = None) -> Editor:
    """Neovim in the sample repository with the plugin and, unless `path` says else, our `familiar` on its PATH."""
    home = folder / "home"
    home.mkdir()
    ours = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return Editor(nvim, home, _harbor(folder / "harbor"), path=path or ours, setup=setup)


@pytest.fixture(scope="module")
def shared_editor(nvim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One editor with one server for the tests that leave nothing behind."""
    with _start(nvim, tmp_path_factory.mktemp("neovim")) as editor:
        yield editor


@pytest.fixture
def editor(shared_editor: Editor) -> Editor:
    """The shared editor, as if just started."""
    shared_editor.start_over()
    return shared_editor


@pytest.fixture
def open_editor(nvim: Path, tmp_path: Path) -> Iterator[Open]:
    """Starts an editor of the test's own."""
    with ExitStack() as stack:
        yield lambda **given: stack.enter_context(_start(nvim, tmp_path, **given))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Where pictures go: the documentation's when FAMILIAR_IMAGES asks for new ones, else a temporary folder."""
    return IMAGES if os.environ.get("FAMILIAR_IMAGES") else tmp_path
