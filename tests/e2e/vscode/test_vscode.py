"""The two things that a user of the editor does first: take a suggestion, and rename with evidence."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from e2e.vscode.conftest import Workbench
from familiar_server import __file__ as server

SAMPLE = Path(server).parent / "sample"
IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"

pytestmark = [pytest.mark.editor, pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture
def harbor(tmp_path: Path) -> Path:
    """The sample repository in a folder of its own."""
    root = tmp_path / "harbor"
    shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    who = ["-c", "user.name=harbor", "-c", "user.email=harbor@localhost"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "Harbor"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Where pictures go: the documentation's when FAMILIAR_IMAGES asks for new ones, else a temporary folder."""
    return IMAGES if os.environ.get("FAMILIAR_IMAGES") else tmp_path


def test_suggestions_are_shown_and_taken(workbench: Workbench, harbor: Path, images: Path) -> None:
    path = harbor / "harbor/report.py"
    before = path.read_text()
    seen = workbench.play(
        "ghost_text",
        harbor,
        file="harbor/report.py",
        first=["", "", "def tell_twice(day: plan.DayPlan) -> None:", "    for line in "],
        second=["", "        voice.say("],
        third="        voi",
        images=str(images),
    )
    added = path.read_text().removeprefix(before)
    assert added.startswith("\n\ndef tell_twice(day: plan.DayPlan) -> None:\n    for line in " + seen["first"]["ghost"])
    # A word was taken before the rest.
    assert seen["first"]["ghost"].endswith(seen["rest"]) and seen["rest"] != seen["first"]["ghost"]
    # The bracket that the editor had closed by itself stands there once.
    ast.parse(before + added)
    lines = added.splitlines()
    assert lines[-2].startswith("        voice.say(") and seen["second"]["ghost"]
    # Beside an open menu ghost text continues the selected entry, or there is none; Tab takes the entry.
    assert seen["third"]["label"] == lines[-1].strip() == "voice"
    assert ("voi" + seen["third"]["ghost"]).startswith("voice") or not seen["third"]["ghost"]


def test_a_rename_shows_its_evidence_is_applied_and_taken_back(
    workbench: Workbench, harbor: Path, images: Path
) -> None:
    before = {path: path.read_text() for path in sorted(harbor.rglob("*.py")) if "is_free" in path.read_text()}
    assert len(before) > 1
    seen = workbench.play(
        "rename",
        harbor,
        file="harbor/berths.py:17:12",
        name="is_free",
        taken="fits",
        free="is_open",
        files=[str(path) for path in before],
        images=str(images),
    )
    refused, verified = seen["refused"], seen["verified"]
    assert (refused["status"], refused["buttons"]) == ("refused", ["Close"])
    assert "fits" in refused["headline"]

    assert verified["status"] == "verified", verified
    assert verified["buttons"] == ["Apply", "Open as diff", "Discard"]
    assert verified["tiles"]["Would tests notice?"] == "yes"
    assert verified["tiles"]["Before"] == verified["tiles"]["After"]
    assert set(verified["checks"]) == {"✓"}
    assert set(verified["files"]) == {path.relative_to(harbor).as_posix() for path in before}

    assert sorted(seen["compared"]) == sorted(path.name + path.parent.name for path in before)

    assert not seen["said"], "nothing went wrong"
    assert seen["applied"] == [text.replace("is_free", "is_open") for text in before.values()]
    assert "Taken back in" in seen["undone"]
    assert {path: path.read_text() for path in before} == before
    assert {"Why no suggestion here?", "Snooze for 10 minutes", "Off for python"} <= set(seen["menu"])
