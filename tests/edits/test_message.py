"""A commit message is drafted from what was done and what it was verified by."""

from pathlib import Path

import pytest
from familiar_edits.message import drafted
from familiar_edits.values import ChangeSet, Evidence, FileChange, Proposal, TestEvidence, TextEdit
from support.command import familiar
from support.project import project

EDIT = FileChange("edit", "a.py", "", (TextEdit(0, 1, "b"), TextEdit(4, 5, "b")))
TESTS = TestEvidence("pytest", 2, 5, {"t": "passed"}, {"t": "passed", "u": "failed"})
CASES = {
    "verified": (
        Proposal("verified", "", "", ChangeSet("rename a to b", (EDIT,)), (), Evidence((), TESTS, (1, 2), True)),
        "Rename a to b\n\n1 file edited, 2 places.\n1 test of 5 pass on the changed code; 1 of 2 changed lines run.\n",
    ),
    "not tested": (
        Proposal("unverified", "", "", ChangeSet("rename a to b", (EDIT, FileChange("delete", "x", "")))),
        "Rename a to b\n\n1 file deleted, 1 file edited, 2 places.\nNot tested.\n",
    ),
    "not verified": (
        Proposal("failed", "", "", ChangeSet("rename a to b", (EDIT,)), (), Evidence((), TESTS)),
        "Rename a to b\n\n1 file edited, 2 places.\n1 test of 5 pass on the changed code; 0 of 0 changed lines run.\n"
        "Not verified.\n",
    ),
    "refused": (Proposal("refused", "", "", ChangeSet("rename a to b")), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_it_says(name: str) -> None:
    proposal, expected = CASES[name]
    assert drafted(proposal) == expected


def test_a_long_subject_is_cut_at_a_word() -> None:
    text = drafted(Proposal("verified", "", "", ChangeSet("rename " + "very " * 30 + "long", (EDIT,))))
    subject = text.partition("\n")[0]
    assert len(subject) <= 72
    assert subject.endswith("very…")


def test_on_the_command_line_when_asked_for(tmp_path: Path) -> None:
    root = project(tmp_path, "#- a.py\ndef one():\n    return 1\n")
    words = ("refactor", "rename", "a.py:1:5", "two", "--verify", "static", "--json")
    assert "message" not in familiar(*words, cwd=root).document
    message = familiar(*words, "--message", cwd=root).document["message"]
    assert message == "Rename one to two\n\n1 file edited, 1 place.\nNot tested.\n"
