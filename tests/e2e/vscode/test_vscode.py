"""What a user of the editor does: take a suggestion; rename and move with evidence, files too."""

import ast
import json
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
        first=["", "", "def tell_twice(day: plan.DayPlan) -> None:", "    for line in l"],
        second=["", "        voice.say("],
        third="        voi",
        images=str(images),
    )
    added = path.read_text().removeprefix(before)
    begun = "\n\ndef tell_twice(day: plan.DayPlan) -> None:\n    for line in l"
    assert added.startswith(begun + seen["first"]["ghost"])
    # A word was taken before the rest.
    assert seen["first"]["ghost"].endswith(seen["rest"]) and seen["rest"] != seen["first"]["ghost"]
    # The bracket that the editor had closed by itself stands there once.
    ast.parse(before + added)
    lines = added.splitlines()
    assert lines[-2].startswith("        voice.say(") and seen["second"]["ghost"]
    # Beside an open menu ghost text continues the selected entry, or there is none; Tab takes the entry.
    assert seen["third"]["label"] == lines[-1].strip() == "voice"
    assert ("voi" + seen["third"]["ghost"]).startswith("voice") or not seen["third"]["ghost"]


def test_a_cell_of_a_notebook_is_completed(workbench: Workbench, harbor: Path, images: Path) -> None:
    path = harbor / "study.ipynb"
    code = [
        "from harbor import plan\n\ndef told(day: plan.DayPlan) -> None:\n    for line in day.lines():\n"
        "        print(line)",
        "",
    ]
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": c} for c in code]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    typed = "def again(day: plan.DayPlan) -> None:\n    for line in d"
    seen = workbench.play(
        "notebook", harbor, file="harbor/plan.py", notebook="study.ipynb", typed=typed, images=str(images)
    )
    saved = ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]
    assert saved[0] == code[0]
    assert seen["shown"] and saved[1].endswith("    for line in d" + seen["shown"])
    ast.parse(saved[1] + "\n        pass")


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


def test_a_definition_is_moved_to_a_new_module_and_back(workbench: Workbench, harbor: Path, images: Path) -> None:
    changed = ["harbor/berths.py", "harbor/clock.py", "tests/test_clock.py"]
    before = {path: path.read_text() for path in sorted(harbor.rglob("*.py"))}
    seen = workbench.play(
        "move",
        harbor,
        file=f"harbor/clock.py:{place_of(harbor / 'harbor/clock.py', 'overlap')}",
        known="harbor/berths.py",
        dest="harbor/spans.py",
        created=str(harbor / "harbor/spans.py"),
        source=str(harbor / "harbor/clock.py"),
        text="overlap",
        files=[str(harbor / path) for path in changed],
        images=str(images),
    )
    assert "Familiar: move overlap to another module…" in seen["titles"]
    proposal = seen["proposal"]
    assert proposal["status"] == "verified", proposal
    assert set(proposal["files"]) == {*changed, "harbor/spans.py (create)"}
    assert not seen["said"], "nothing went wrong"
    berths, clock, tests = seen["applied"]
    assert seen["created"].startswith("def overlap(")
    assert "def overlap(" not in clock
    assert "spans.overlap(" in berths
    assert "spans.overlap(" in tests
    assert "Taken back in" in seen["undone"]
    assert {path: path.read_text() for path in sorted(harbor.rglob("*.py"))} == before


def test_a_module_is_renamed_where_it_is_imported(workbench: Workbench, harbor: Path) -> None:
    (harbor / ".vscode").mkdir()
    settings = {"familiar.rename.verify": "static", "familiar.rename.wait": 200}
    (harbor / ".vscode/settings.json").write_text(json.dumps(settings))
    (harbor / ".git/info/exclude").write_text(".vscode\n__pycache__\n")
    before = {path: path.read_text() for path in sorted(harbor.rglob("*.py"))}
    seen = workbench.play(
        "module",
        harbor,
        file=f"harbor/berths.py:{place_of(harbor / 'harbor/berths.py', 'trouble')}",
        newName="alarm",
        root=str(harbor),
        module=str(harbor / "harbor/trouble.py"),
        renamed=str(harbor / "harbor/alarm.py"),
    )
    assert seen["asked"] == "trouble"
    assert "only a part" not in seen["said"]
    assert "No import was edited" not in seen["said"]
    changed = {line[3:] for line in seen["renamed"]}
    assert {"harbor/trouble.py", "harbor/alarm.py", "harbor/berths.py", "tests/test_berths.py"} <= changed
    assert "harbor/trouble.py → harbor/alarm.py" in seen["proposal"]["files"]
    assert not seen["then"], "nothing went wrong"
    assert {path: path.read_text() for path in sorted(harbor.rglob("*.py"))} == before


def place_of(path: Path, name: str) -> str:
    """Where `name` stands first in a file, as LINE:COLUMN."""
    before = path.read_text().partition(name)[0].splitlines()
    return f"{len(before)}:{len(before[-1]) + 1}"
