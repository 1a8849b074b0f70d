"""How proposals look in Neovim's floating window: made by the plugin's own code, in a Neovim without a server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e.neovim.editor import PLUGIN
from inline_snapshot import snapshot

pytestmark = [pytest.mark.editor]

SCRIPT = """
vim.opt.runtimepath:prepend(arg[1])
local evidence = require("familiar.evidence")
local given = require("familiar.wire").without_nulls(vim.json.decode(io.read("a")))
local page = evidence.page(given.proposal, given.taken or vim.empty_dict())
for _, mark in ipairs(page.marks) do
  assert(mark.to <= #page.lines[mark.row + 1], vim.inspect(mark))
end
table.insert(page.lines, evidence.keys(given.proposal))
io.write(table.concat(page.lines, "\\n"))
"""


def proposal(**given: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "id": "p1",
        "status": "verified",
        "reason": "",
        "root": "/nowhere",
        "applied": False,
        "undo": None,
    }
    evidence = {"checks": [], "tests": None, "changed_lines_executed": [0, 0], "witnessed": None}
    return {**defaults, "changes": [], "asks": [], "evidence": evidence, **given}


@pytest.fixture
def page(nvim: Path, tmp_path: Path):
    script = tmp_path / "page.lua"
    script.write_text(SCRIPT)

    def show(given: dict[str, Any], taken: tuple[str, ...] = ()) -> str:
        said = json.dumps({"proposal": given, "taken": dict.fromkeys(taken, True)})
        command = [str(nvim), "--clean", "-l", str(script), str(PLUGIN)]
        done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return "\n".join(line.rstrip() for line in done.stdout.splitlines())

    return show


def test_a_failure_names_the_tests(page) -> None:
    tests = {
        "runner": "pytest",
        "selected": 3,
        "total": 9,
        "before": {"a": "passed", "b": "passed", "c": "skipped"},
        "after": {"a": "passed", "b": "failed", "c": "skipped"},
        "newly_failing": ["tests/test_x.py::b"],
        "flaky": ["tests/test_x.py::a"],
    }
    checks = [{"name": "parse", "verdict": "pass", "detail": "all files parse", "seconds": 0.0121}]
    evidence = {"checks": checks, "tests": tests, "changed_lines_executed": [2, 4], "witnessed": False}
    assert page(proposal(status="failed", reason="A test fails.", evidence=evidence)) == snapshot("""\
Failed: A test fails.

Checks
  ✓ parse  all files parse  12 ms

Tests  pytest, 3 of 9 run
  before  2 passed, 1 skipped
  after   1 failed, 1 passed, 1 skipped
  ✗ newly failing: tests/test_x.py::b
  – flaky: tests/test_x.py::a
  2 of 4 changed lines were executed by these tests
  they pass on a deliberately wrong change too
 q close\
""")


def test_a_refusal_offers_nothing_to_apply(page) -> None:
    checks = [{"name": "clash", "verdict": "fail", "detail": "`find` is taken", "seconds": 0}]
    refused = proposal(status="refused", reason="`find` exists already.", evidence={"checks": checks, "tests": None})
    assert page(refused) == snapshot("""\
Refused: `find` exists already.

Checks
  ✗ clash  `find` is taken
 q close\
""")


def test_questions_are_ticked(page) -> None:
    where = {"start": [3, 1], "end": [3, 4]}
    asks = [
        {
            "id": "q1",
            "path": "a.py",
            "text": "  getattr(x, 'old')",
            "why": "the string may name it",
            "blocking": True,
            **where,
        },
        {"id": "q2", "path": "README.md", "text": "old", "why": "text", "blocking": False, **where},
    ]
    assert page(proposal(status="asks", reason="A place is uncertain.", asks=asks), taken=("q2",)) == snapshot("""\
Needs your answer: A place is uncertain.

Only you can decide  <Space> ticks what shall change too
  [ ] a.py:3  getattr(x, 'old')  decides whether the change is right
      the string may name it
  [x] README.md:3  old
      text
 <Space> tick · v verify again with these answers · q close\
""")


@pytest.mark.parametrize(
    ("before", "edits", "lines"),
    [
        ("é = 'ß' + x\nx\n", [((1, 11), (1, 12), "why")], ["1 - é = 'ß' + x", "1 + é = 'ß' + why"]),
        ("a\nb\nc\n", [((1, 1), (1, 2), "z"), ((3, 1), (3, 2), "y")], ["1 - a", "1 + z", "3 - c", "3 + y"]),
        ("a\nb\nc\n", [((2, 1), (3, 1), "")], ["2 - b"]),
        ("a\n", [((1, 2), (1, 2), "\nnew")], ["2 + new"]),
        ("x x\n", [((1, 1), (1, 2), "long"), ((1, 3), (1, 4), "long")], ["1 - x x", "1 + long long"]),
    ],
)
def test_changes_are_shown_as_a_diff(page, tmp_path: Path, before: str, edits: list[Any], lines: list[str]) -> None:
    (tmp_path / "m.py").write_text(before)
    text_edits = [{"start": start, "end": end, "new_text": text} for start, end, text in edits]
    change = {"kind": "edit", "path": "m.py", "before_sha256": "", "text_edits": text_edits}
    shown = page(proposal(root=str(tmp_path), changes=[change])).splitlines()
    assert [line.strip() for line in shown[shown.index("  m.py") + 1 : -1]] == lines
