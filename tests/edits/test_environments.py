"""The environment that a project declares is the one its tests run in."""

import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from familiar_edits import runner
from familiar_edits.values import EditError
from familiar_edits.verify import verify
from support.project import environment, replace

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


@pytest.mark.parametrize("folder", [".venv", ".tox/py311", ".tox/3.12", ".nox/tests-3-11", ".nox/unit"])
def test_inside_the_project(root: Path, folder: str) -> None:
    environment(root / folder)
    assert runner.find(root).python == root / folder / "bin/python"
    assert runner.find(root).found == f"the environment {folder}"


@pytest.mark.parametrize(
    ("folders", "best"),
    [
        ([".tox/py39", ".tox/py313", ".tox/pypy310"], ".tox/py313"),
        ([".tox/3.9", ".tox/3.13"], ".tox/3.13"),
        ([".nox/docs", ".nox/tests-3-9", ".nox/tests-3-12"], ".nox/tests-3-12"),
        ([".nox/tests-3-12", ".tox/py39"], ".tox/py39"),
        ([".tox/py311", ".venv"], ".venv"),
    ],
)
def test_which_of_several(root: Path, folders: list[str], best: str) -> None:
    for folder in folders:
        environment(root / folder)
    assert runner.find(root).found == f"the environment {best}"


def test_an_environment_without_pytest_gives_way_where_the_tests_need_it(root: Path) -> None:
    """`.venv` for the editor and tox for the tests; an environment of tox for the linter."""
    for folder in (".venv", ".tox/lint"):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / folder)], check=True)
    assert (runner.find(root).kind, runner.find(root).found) == ("unittest", "the environment .venv")
    (root / "conftest.py").touch()
    with pytest.raises(EditError, match=r"need pytest, which the environment \.venv does not have"):
        runner.find(root)
    environment(root / ".tox/py311")
    assert (runner.find(root).kind, runner.find(root).found) == ("pytest", "the environment .tox/py311")


def poetry(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As poetry.utils.env names them: the project, and eight characters of the hash of where it lies."""
    (root / "poetry.lock").touch()
    monkeypatch.setenv("POETRY_CACHE_DIR", str(elsewhere))
    key = base64.urlsafe_b64encode(hashlib.sha256(str(root).encode()).digest()).decode()[:8]
    environment(elsewhere / "virtualenvs" / f"shop-{key}-py3.9")
    environment(elsewhere / "virtualenvs" / "shop-elsewher-py3.13")
    return elsewhere / "virtualenvs" / f"shop-{key}-py3.12"


def poetry_by_its_own_file(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = poetry(root, elsewhere, monkeypatch)
    (root / "poetry.toml").write_text(f'[virtualenvs]\npath = "{elsewhere / "mine"}"\n')
    return elsewhere / "mine" / folder.name


def pipenv(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (root / "Pipfile").touch()
    monkeypatch.setenv("WORKON_HOME", str(elsewhere))
    for name, project in (("shop-Ab3x9Zk1", root), ("shop-other", elsewhere)):
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / ".project").write_text(str(project))
    return elsewhere / "shop-Ab3x9Zk1"


def uv(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (root / "uv.lock").touch()
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(elsewhere / "of-uv"))
    return elsewhere / "of-uv"


def pdm(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (root / ".pdm-python").write_text(str(elsewhere / "of-pdm/bin/python"))
    return elsewhere / "of-pdm"


def active(root: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIRTUAL_ENV", str(elsewhere / "active"))
    return elsewhere / "active"


@pytest.mark.parametrize("tool", [poetry, poetry_by_its_own_file, pipenv, uv, pdm, active])
def test_outside_the_project(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: Callable[[Path, Path, pytest.MonkeyPatch], Path]
) -> None:
    folder = tool(root, tmp_path / "elsewhere", monkeypatch)
    environment(folder, root)
    assert runner.find(root).python == folder / "bin/python"


TOX = {
    "tox.ini": "[testenv]\nsetenv =\n    # x\n    SHOP = {toxinidir}/x=1\n    HOME = /\n    OTHER = {envdir}/y\n",
    "tox.toml": '[env_run_base]\nset_env = { SHOP = "{tox_root}/x=1", OTHER = "{env_dir}/y" }\n',
    "setup.cfg": "[testenv]\nset_env =\n    SHOP={tox_root}/x=1\n",
}


@pytest.mark.parametrize("name", TOX)
def test_what_tox_sets_is_set_in_its_environments(root: Path, name: str) -> None:
    (root / name).write_text(TOX[name])
    environment(root / ".tox/py311")
    assert runner.find(root).variables == (("SHOP", f"{root}/x=1"),)
    first = runner.find(root).stamp
    (root / name).write_text(TOX[name].replace("x=1", "x=2"))
    assert runner.find(root).stamp != first, "outcomes with other variables are not remembered as these"
    environment(root / ".venv")
    assert runner.find(root).variables == ()


def test_what_hatch_sets(root: Path, tmp_path: Path) -> None:
    (root / "hatch.toml").write_text('[envs.default.env-vars]\nA = "1"\nB = "1"\n[envs.hatch-test.env-vars]\nB = "2"\n')
    environment(tmp_path / "hatch/env/virtual/shop/Ab3_x9Zk/hatch-test.py3.11", root)
    assert runner.find(root).variables == (("A", "1"), ("B", "2"))


def test_the_tests_run_with_what_is_set(root: Path) -> None:
    (root / "tox.ini").write_text("[testenv]\nset_env =\n    SHOP_RATE = 3\n    PYTHONPATH = {tox_root}/lib\n")
    (root / "lib").mkdir()
    (root / "lib/rates.py").write_text("import os\n\ndef rate():\n    return int(os.environ['SHOP_RATE']) * 1\n")
    (root / "test_rates.py").write_text("import rates\n\ndef test_rate():\n    assert rates.rate() == 3\n")
    environment(root / ".tox/py311")
    good = verify(root, replace(root, ("lib/rates.py", ") * 1", ") * (1)")), trusted=True)
    assert good.evidence.tests and good.evidence.tests.after == {"test_rates.py::test_rate": "passed"}, good.reason
