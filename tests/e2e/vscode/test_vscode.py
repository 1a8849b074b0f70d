"""The two things that a user of the editor does first: take a suggestion, and rename with evidence."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from familiar_server import __file__ as server

SAMPLE = Path(server).parent / "sample"
IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"

pytestmark = [pytest.mark.editor, pytest.mark.slow, pytest.mark.timeout(300)]


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


def test_a_suggestion_is_shown_and_taken(workbench, harbor: Path, images: Path) -> None:
    path = harbor / "harbor/report.py"
    before = path.read_text()
    seen = workbench.play("ghost_text", harbor, file="report.py", at="1", typed="\nfrom harbor import cl", images=str(images))
    after = path.read_text()
    assert seen["shown"].strip()
    assert after == before + "\nfrom harbor import cl" + seen["shown"]


def test_a_rename_shows_its_evidence_and_is_applied(workbench, harbor: Path, images: Path) -> None:
    seen = workbench.play(
        "rename", harbor, file="berths.py", at="17:12", newName="is_open", press="Apply", until="applied", images=str(images)
    )
    assert seen["status"] == "verified"
    assert "is_open" in (harbor / "harbor/berths.py").read_text()
    print(seen)
