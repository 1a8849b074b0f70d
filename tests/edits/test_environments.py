"""The environment that a project declares is the one its tests run in."""

from pathlib import Path

import pytest
from familiar_edits import runner
from support.project import environment

HATCH = '[project]\nname = "shop"\n[tool.hatch.envs.default]\ndependencies = ["pytest"]\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setenv("HATCH_DATA_DIR", str(tmp_path / "hatch"))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/pyproject.toml").write_text(HATCH)
    return tmp_path / "shop"


def test_hatch_keeps_environments_elsewhere_and_those_for_tests_come_first(root: Path, tmp_path: Path) -> None:
    for name in ("shop", "hatch-test.py3.11"):
        environment(tmp_path / "hatch/env/virtual/shop/Ab3_x9Zk" / name, root)
    assert runner.find(root).python == tmp_path / "hatch/env/virtual/shop/Ab3_x9Zk/hatch-test.py3.11/bin/python"


def test_an_environment_of_another_project_of_the_same_name_is_not_taken(root: Path, tmp_path: Path) -> None:
    environment(tmp_path / "hatch/env/virtual/shop/Other123/shop", tmp_path)
    assert "hatch" not in str(runner.find(root).python)


@pytest.mark.parametrize("folder", [".venv", ".tox/py311", ".nox/tests-3-11"])
def test_inside_the_project(root: Path, folder: str) -> None:
    environment(root / folder)
    assert runner.find(root).python == root / folder / "bin/python"
    assert runner.find(root).found == f"the environment {folder}"
