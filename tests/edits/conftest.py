"""The tests' homes are their own, but the bytecode of the environment, which is the same for all, is compiled once."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(autouse=True)
def compiled_once(familiar_home: Path, bytecode: Path) -> None:
    (familiar_home / "cache").mkdir()
    (familiar_home / "cache" / "bytecode").symlink_to(bytecode)
