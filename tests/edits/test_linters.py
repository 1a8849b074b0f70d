"""The project's own linter and type checker must not find more after a change than before it."""

import sysconfig
from pathlib import Path

import pytest
from familiar_edits import linters
from familiar_edits.values import Check
from familiar_edits.verify import verify
from support.project import environment, project, replace

CONFIGURED: dict[str, tuple[str, str, list[str]]] = {
    "ruff": ("pyproject.toml", "[tool.ruff]\n", ["ruff"]),
    "ruff, rules only": ("pyproject.toml", '[tool.ruff.lint]\nselect = ["F"]\n', ["ruff"]),
    "ruff's own file": ("ruff.toml", "", ["ruff"]),
    "mypy": ("mypy.ini", "[mypy]\n", ["mypy"]),
    "mypy in setup.cfg": ("setup.cfg", "[mypy]\nstrict = true\n", ["mypy"]),
    "flake8 in tox.ini": ("tox.ini", "[flake8]\nmax-line-length = 99\n", ["flake8"]),
    "flake8's own file": (".flake8", "[flake8]\n", ["flake8"]),
    "pyright": ("pyrightconfig.json", "{}", ["pyright"]),
    "basedpyright": ("pyproject.toml", "[tool.basedpyright]\n", ["basedpyright"]),
    "pylint's own file": (".pylintrc", "[MAIN]\n", ["pylint"]),
    "pylint's tables": ("pyproject.toml", "[tool.pylint.main]\njobs = 1\n", ["pylint"]),
    "ty": ("pyproject.toml", "[tool.ty.rules]\n", ["ty"]),
    "nothing": ("setup.cfg", "[metadata]\nname = x\n", []),
    "broken": ("pyproject.toml", "[tool.ruff\n", []),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_what_a_project_configures(tmp_path: Path, name: str) -> None:
    path, text, expected = CONFIGURED[name]
    (tmp_path / path).write_text(text)
    assert [tool.name for tool in linters.configured(tmp_path)] == expected


def test_findings_are_the_same_up_to_names_and_lines(tmp_path: Path) -> None:
    said = f"shop.py:3:1: F841 `old` unused\n{tmp_path}/a.py:9: error: No old [attr]\na.py:1: note: x\nFound 1\n"
    said += "************* Module a\na.py:2: E1101: Has no 'old' member\nb.py:2:7: error[unresolved-reference] `old`\n"
    assert list(linters.findings(said, tmp_path, {"old": "new"}, {"a.py": "b.py"})) == [
        ("shop.py", "F841 `new` unused"),
        ("b.py", "No new [attr]"),
        ("b.py", "E1101: Has no 'new' member"),
        ("b.py", "error[unresolved-reference] `new`"),
    ]


SHOP = """
#- pyproject.toml
[tool.ruff.lint]
select = ["F", "E501"]
[tool.mypy]
strict = true
#- shop.py
import os
def area(width: int, height: int) -> int:
    return width * height
#- test_shop.py
from shop import area
def test_area() -> None:
    assert area(2, 3) == 6
#- .gitignore
.venv/
"""


def checks(root: Path, *edits: tuple[str, str, str]) -> tuple[str, str, dict[str, Check]]:
    found = verify(root, replace(root, *edits), trusted=True)
    return found.status, found.reason, {check.name: check for check in found.evidence.checks}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose environment has ruff and mypy as ours has them."""
    project(tmp_path / "shop", SHOP)
    environment(tmp_path / "shop" / ".venv")
    for name in ("ruff", "mypy"):
        program = Path(sysconfig.get_paths()["scripts"]) / name
        if not program.is_file():
            pytest.skip(f"{name} is not installed beside the tests")
        (tmp_path / "shop" / ".venv" / "bin" / name).write_bytes(program.read_bytes())
        (tmp_path / "shop" / ".venv" / "bin" / name).chmod(0o755)
    return tmp_path / "shop"


@pytest.mark.slow
def test_findings_that_were_there_already_do_not_count(root: Path) -> None:
    status, reason, found = checks(root, ("shop.py", "width * height", "height * width"))
    assert status == "verified", reason
    assert found["ruff"].verdict == found["mypy"].verdict == "pass"
    assert "1 findings" in found["ruff"].detail, "the unused import that was there"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "tool", "says"),
    [
        (("shop.py", "    return width", "    unused = 1\n    return width"), "ruff", "F841"),
        (("shop.py", "return width * height", "return int(str(width * height)) or None"), "mypy", "Incompatible"),
    ],
)
def test_a_new_finding_fails(root: Path, edit: tuple[str, str, str], tool: str, says: str) -> None:
    status, reason, found = checks(root, edit)
    assert status == "failed"
    assert reason.startswith(f"The check {tool} failed: {tool} would find in shop.py: {says}")
    assert found[tool].verdict == "fail"


@pytest.mark.slow
def test_layout_is_told_and_stops_nothing(root: Path) -> None:
    long = "width * height  # " + "long " * 30
    status, reason, found = checks(root, ("shop.py", "width * height", long))
    assert status == "unverified" or status == "verified", reason
    assert (found["ruff"].verdict, "E501" in found["ruff"].detail) == ("pass", True)


@pytest.mark.slow
def test_a_checker_that_is_not_there_is_skipped_with_a_reason(root: Path) -> None:
    (root / ".venv/bin/ruff").unlink()
    status, reason, found = checks(root, ("shop.py", "width * height", "height * width"))
    assert status == "verified", reason
    assert found["ruff"].verdict == "skipped"
    assert found["ruff"].detail == "the project configures ruff, but the environment .venv does not have it."
