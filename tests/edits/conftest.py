"""The tests' homes are their own, but the bytecode of the environment, which is the same for all, is compiled once.

What is installed for JavaScript is shared too: `.ci/javascript.sh FOLDER` installs it, FAMILIAR_JAVASCRIPT names the
folder.
"""

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(autouse=True)
def compiled_once(familiar_home: Path, bytecode: Path) -> None:
    (familiar_home / "cache").mkdir()
    (familiar_home / "cache" / "bytecode").symlink_to(bytecode)


@pytest.fixture(scope="session")
def kit() -> Path:
    """The folder that `.ci/javascript.sh` made."""
    named = os.environ.get("FAMILIAR_JAVASCRIPT")
    if named and (Path(named) / "installed").is_file():
        return Path(named).resolve()
    reason = (
        f"FAMILIAR_JAVASCRIPT is {named}, which .ci/javascript.sh has not finished"
        if named
        else "no vitest and jest: run `bash .ci/javascript.sh FOLDER` and set FAMILIAR_JAVASCRIPT=FOLDER"
    )
    if named or os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def repository(tmp_path: Path, kit: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with what is installed, and node on the PATH."""
    monkeypatch.setenv("PATH", f"{kit / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    try:
        shutil.copytree(kit / "node_modules", tmp_path / "node_modules", symlinks=True, copy_function=os.link)
    except shutil.Error:  # another file system
        shutil.rmtree(tmp_path / "node_modules")
        shutil.copytree(kit / "node_modules", tmp_path / "node_modules", symlinks=True)
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    return tmp_path
