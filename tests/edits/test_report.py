"""A proposal as programs and as people read it."""

import io
import json

import pytest
from familiar_edits import report
from familiar_edits.overlay import _sha256
from familiar_edits.values import Ask, ChangeSet, Check, Evidence, FileChange, Proposal, TestEvidence, TextEdit
from inline_snapshot import snapshot
from rich.console import Console

BEFORE = {"a.py": "# ünïcode 🐍\nx = 'é'; one = 1\n".encode(), "README.md": b"see `one`\n", "b.py": b"two = 2\n"}
AT = BEFORE["a.py"].index(b"one")
PROPOSAL = Proposal(
    "verified",
    "2 tests pass on the changed code as before.",
    "/repo",
    ChangeSet(
        "rename one to uno",
        (
            FileChange("edit", "a.py", _sha256(BEFORE["a.py"]), (TextEdit(AT, AT + 3, "uno"),)),
            FileChange("rename", "b.py", _sha256(BEFORE["b.py"]), (), "c.py"),
            FileChange("create", "d.py", _sha256(b""), (TextEdit(0, 0, "new = 1\n"),)),
        ),
    ),
    (Ask("1", "README.md", 5, 8, "see `one`", "this text mentions the name", False),),
    Evidence(
        (Check("parse", "pass", "1 file compiles [afterwards].", 0.0012),),
        TestEvidence(
            "pytest", 2, 5, {"t.py::a": "passed"}, {"t.py::a": "passed"}, (), ("t.py::f",), "the environment .venv"
        ),
        (1, 1),
        True,
    ),
)


def test_json() -> None:
    document = report.to_json(PROPOSAL, BEFORE)
    json.dumps(document)
    assert set(document) == {"status", "reason", "root", "applied", "undo", "changes", "asks", "evidence"}
    assert document["changes"][0]["text_edits"] == [{"start": [2, 10], "end": [2, 13], "new_text": "uno"}]
    assert document["changes"][1]["new_path"] == "c.py" and "new_path" not in document["changes"][0]
    assert document["changes"][2]["text_edits"] == [{"start": [1, 1], "end": [1, 1], "new_text": "new = 1\n"}]
    assert document["asks"][0] == {
        "id": "1", "path": "README.md", "start": [1, 6], "end": [1, 9], "text": "see `one`",
        "why": "this text mentions the name", "blocking": False,
    }  # fmt: skip
    assert document["evidence"]["tests"]["flaky"] == ["t.py::f"]
    assert document["evidence"]["changed_lines_executed"] == [1, 1]


@pytest.mark.parametrize("empty", [Evidence(), Evidence(checks=())])
def test_json_without_tests(empty: Evidence) -> None:
    assert report.evidence_json(empty) == {
        "checks": [],
        "tests": None,
        "changed_lines_executed": [0, 0],
        "witnessed": None,
    }


def test_terminal() -> None:
    sink = io.StringIO()
    report.show(PROPOSAL, BEFORE, Console(file=sink, width=100, color_system=None))
    assert "\n".join(line.rstrip() for line in sink.getvalue().splitlines()) == snapshot("""\
--- a/a.py
+++ b/a.py
@@ -1,2 +1,2 @@
 # ünïcode 🐍
-x = 'é'; one = 1
+x = 'é'; uno = 1
rename from b.py
rename to c.py
--- /dev/null
+++ b/d.py
@@ -0,0 +1 @@
+new = 1

✓ parse: 1 file compiles [afterwards]. 1 ms
✓ tests: 2 of 5 by pytest; before 1 passed; after 1 passed
  with the environment .venv
  flaky t.py::f
✓ changed lines executed: 1 of 1
✓ an incomplete edit, on purpose: noticed
? 1  README.md:1:6  see `one`  this text mentions the name
verified  2 tests pass on the changed code as before.\
""")
