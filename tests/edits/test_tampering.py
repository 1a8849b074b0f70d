"""A change that makes the tests see less, or that strays from its plan, is caught; an honest one is not."""

import hashlib
from pathlib import Path

import pytest
from familiar_edits.process import Request, propose
from familiar_edits.tampering import Mandate, check, findings, mandate_of
from familiar_edits.values import ChangeSet, FileChange, Plan, TextEdit

from benchmarks import tampering as bench
from benchmarks.tampered import PROJECT, RENAME, STRAY, WEAKENED

TOP = Path(__file__).parents[2]


def before(path: str) -> bytes:
    return PROJECT[path].encode()


def test_enough_cases() -> None:
    assert len(WEAKENED) + len(STRAY) >= 50


@pytest.mark.parametrize("name", WEAKENED)
def test_weakened_tests_are_caught_though_tests_may_change(name: str) -> None:
    assert bench.weakened(WEAKENED[name])


@pytest.mark.parametrize("name", STRAY)
def test_what_strays_from_a_rename_is_caught(name: str) -> None:
    assert bench.stray(STRAY[name])


@pytest.mark.parametrize("name", WEAKENED)
def test_weakened_tests_are_caught_inside_a_rename(name: str) -> None:
    edits = WEAKENED[name]
    changeset = bench.changes(PROJECT, {**dict(PROJECT), **_after(edits)})
    mandate = Mandate({"total": "sum_all"}, only_names=True)
    assert findings(mandate, changeset, before)


def _after(edits: list[tuple[str, str, str | None]]) -> dict[str, str | None]:
    files: dict[str, str | None] = {}
    for path, old, new in edits:
        text = files.get(path, PROJECT.get(path))
        files[path] = new if new is None or text is None else text.replace(old, new)
    return files


def test_the_honest_rename_passes() -> None:
    assert bench.stray([]) == []


def test_honest_edits_pass() -> None:
    edits = bench.honest_edits(TOP / "tests" / "edits", 60, seed=1)
    alarms = [(edit.kind, edit.path, found) for edit in edits if (found := edit.judged())]
    assert len(edits) == 60
    assert len(alarms) <= 1, alarms


@pytest.mark.slow
def test_two_hundred_honest_edits_pass() -> None:
    edits = bench.honest_edits(TOP / "tests", 200, seed=2)
    alarms = [(edit.kind, edit.path, found) for edit in edits if (found := edit.judged())]
    assert len(edits) == 200
    assert len(alarms) <= 4, alarms


def test_what_a_finding_says() -> None:
    made = bench.made(PROJECT, WEAKENED["skip mark"])
    said = check(Mandate(tests=True), made, before)
    assert (said.name, said.verdict) == ("tampering", "fail")
    assert "tests/test_cart.py: test_total is skipped, expected to fail or left early" in said.detail


def test_files_that_the_plan_does_not_name() -> None:
    made = bench.made(PROJECT, [("README.md", "Shop", "Store")])
    assert findings(Mandate(paths=frozenset({"shop/cart.py"})), made, before) == [
        "README.md: the plan does not name this file"
    ]


def test_a_renamed_file_gives_its_new_name_to_the_tests() -> None:
    data = PROJECT["shop/tax.py"].encode()
    test = PROJECT["tests/test_cart.py"]
    after = test.replace("import tax", "import levy").replace("tax.", "levy.")
    moved = FileChange("rename", "shop/tax.py", hashlib.sha256(data).hexdigest(), new_path="shop/levy.py")
    changes = (moved, *bench.changes({"tests/test_cart.py": test}, {"tests/test_cart.py": after}).changes)
    plan = Plan("rename-file", ChangeSet("rename", changes))
    assert findings(mandate_of(plan), plan.changeset, before) == []


def test_every_proposal_of_a_rename_was_checked(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_text("def total(x):\n    return x\n")
    (tmp_path / "test_cart.py").write_text("from cart import total\n\ndef test_total():\n    assert total(1) == 1\n")
    found = propose(Request(str(tmp_path), "rename", "cart.py", 4, {"new_name": "sum_all"}, verify="static"))
    checks = {check.name: check.verdict for check in found.evidence.checks}
    assert found.status == "unverified"
    assert checks["tampering"] == "pass"


def test_a_renamed_test_that_is_no_longer_run_is_caught() -> None:
    """The names may be exchanged, and the test is gone all the same."""
    text = PROJECT["tests/test_cart.py"].encode()
    at = text.index(b"test_total")
    edit = FileChange(
        "edit", "tests/test_cart.py", hashlib.sha256(text).hexdigest(), (TextEdit(at, at + 10, "its_total"),)
    )
    found = findings(Mandate({"test_total": "its_total"}, only_names=True), ChangeSet("rename", (edit,)), before)
    assert found == ["tests/test_cart.py: a new name keeps a test from being run"]


def test_the_rename_of_the_cases_is_what_it_says() -> None:
    assert {path for path, _, _ in RENAME} == {"shop/cart.py", "shop/tax.py", "tests/test_cart.py"}
