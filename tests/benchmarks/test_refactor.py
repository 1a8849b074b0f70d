"""The benchmark's own parts: trials are drawn alike each time, oracles object where they must, bounds are exact."""

import sys
from pathlib import Path

import pytest

from benchmarks.refactor import faults, hearing, shape
from benchmarks.refactor.draw import targets, trials
from benchmarks.refactor.report import upper_bound
from benchmarks.refactor.suite import Suite
from benchmarks.refactor.tokens import names, replaced

SOURCE = b"""\
import os

LIMIT = 3


class Cart:
    size: int = 0

    def __init__(self, owner, *rest, **more):
        self.owner = owner

    async def pay(self, amount=1):
        total = "\xf0\x9f\x98\x80"; paid = amount
        return paid, total
"""


def test_targets_name_what_is_defined_there() -> None:
    found = [(t.kind, t.name) for t in targets("cart.py", SOURCE)]
    assert found == [
        ("constant", "LIMIT"),
        ("class", "Cart"),
        ("attribute", "size"),
        ("method", "__init__"),
        ("parameter", "owner"),
        ("parameter", "rest"),
        ("parameter", "more"),
        ("attribute", "owner"),
        ("method", "pay"),
        ("parameter", "amount"),
        ("local", "total"),
        ("local", "paid"),
    ]
    assert all(SOURCE[t.offset :].startswith(t.name.encode()) for t in targets("cart.py", SOURCE))


def test_the_same_seed_draws_the_same_trials(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_bytes(SOURCE)
    first = trials(tmp_path, ["cart.py"], 1, 40)
    assert first == trials(tmp_path, ["cart.py"], 1, 40)
    assert first != trials(tmp_path, ["cart.py"], 2, 40)
    assert 4 <= sum(bool(trial.adversarial) for trial in first) <= 20


@pytest.mark.parametrize(
    "before, after, oracle",
    [
        ("def old(): return old\n", "def new(): return new\n", ""),
        ("def old(): return old\n", "def new(): return old\n", "scopes"),
        ("def f(old, new): return old\n", "def f(new, new): return new\n", "code"),
        ("new = 1\ndef f(old): return new\n", "new = 1\ndef f(new): return new\n", "code"),
        ("x.old(old=1)\n", "x.new(new=1)\n", ""),
        ("class C:\n  def f(s): return s.__old\n", "class C:\n  def f(s): return s.__new\n", ""),
        ("class old:\n  def f(s, __o: int): ...\n", "class new:\n  def f(s, __o: int): ...\n", ""),
        ("x in {'old', 'b'}\n", "x in {'new', 'b'}\n", ""),
        (
            "def f(b, m):\n  old = b\n  return lambda: (old, m)\n",
            "def f(b, m):\n  new = b\n  return lambda: (new, m)\n",
            "",
        ),
        ("x.old\n", "x.other\n", "syntax"),
        ("old = 1\n", "new = \n", "syntax"),
    ],
)
def test_oracles_object(before: str, after: str, oracle: str) -> None:
    one, other, renamed = before.encode(), after.encode(), {"old": "new"}
    renamed |= {"__old": "__new"}
    said = {
        "syntax": shape.syntax(one, other, renamed),
        "code": shape.code(one, other, "main.py", renamed),
        "scopes": shape.scopes(one, other, "main.py", "old", "new"),
    }
    assert next((name for name, objection in said.items() if objection), "") == oracle


def test_names_keep_their_places() -> None:
    data = b"\xef\xbb\xbfs = '\xf0\x9f\x98\x80'; old = s\r\n\told\n"
    found = names(data.replace(b"\t", b""))
    assert [(n.text, n.line, n.column) for n in found] == [("s", 0, 0), ("old", 0, 10), ("s", 0, 16), ("old", 1, 0)]
    assert replaced(data, found[1], "new") == data.replace(b"; old", b"; new")


def test_a_planted_fault_is_an_edit_left_out(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_bytes(b"def old(): pass\nold()\n")
    trial = next(t for t in trials(tmp_path, ["cart.py"], 1, 1, 0.0))
    new = trial.new_name
    planted = faults.plant(tmp_path, ["cart.py"], trial, {"cart.py": f"def {new}(): pass\n{new}()\n".encode()})
    assert planted is not None
    assert planted[1]["cart.py"].count(b"old") == 1


@pytest.mark.slow
def test_the_suite_says_outcomes_of_changed_code(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "cart.py").write_bytes(b"TOTAL = 3\n")
    (root / "test_cart.py").write_bytes(
        b"import cart\nimport pytest\n\ndef test_total(): assert cart.TOTAL == 3\n\n"
        b"@pytest.mark.skip\ndef test_later(): pass\n"
    )
    suite = Suite(root, Path(sys.executable), tmp_path / "work")
    assert suite.baseline == {"test_cart.py::test_total": "passed", "test_cart.py::test_later": "skipped"}
    assert suite.run({"cart.py": b"TOTAL = 4\n"})["test_cart.py::test_total"] == "failed"
    assert suite.run({"cart.py": b"TOTAL =\n"}) == {"collecting test_cart.py": "error"}
    assert suite.run({}) == suite.baseline


@pytest.mark.parametrize(
    "bad, of, bound", [(0, 300, 0.00994), (0, 60, 0.0487), (1, 100, 0.04656), (0, 0, 1.0), (5, 5, 1.0)]
)
def test_bounds_are_exact(bad: int, of: int, bound: float) -> None:
    assert upper_bound(bad, of) == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize(
    ("detail", "heard"),
    [
        ("a.py:3 reportUnknownArgumentType", True),
        ("a.py:3 reportUnknownArgumentType; b.py:1 reportUnknownMemberType", True),
        ("a.py:3 reportUnknownArgumentType; b.py:1 reportAttributeAccessIssue", False),
        ("; ".join(f"a.py:{n} reportUnknownArgumentType" for n in range(5)), False),
    ],
)
def test_only_what_the_checker_knows_less_of_is_heard_by_the_tests(detail: str, heard: bool) -> None:
    assert bool(hearing.KNOWS_LESS.fullmatch(detail)) == heard
