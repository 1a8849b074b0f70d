"""The benchmark's own parts: trials are drawn alike each time, oracles object where they must, bounds are exact."""

from pathlib import Path

import pytest

from benchmarks import judge
from benchmarks.refactor import upper_bound
from benchmarks.targets import targets, trials

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
        ("def f(old, new): return old\n", "def f(new, new): return new\n", "scopes"),
        ("new = 1\ndef f(old): return new\n", "new = 1\ndef f(new): return new\n", "scopes"),
        ("x.old(old=1)\n", "x.new(new=1)\n", ""),
        ("x.old\n", "x.other\n", "syntax"),
        ("old = 1\n", "new = \n", "syntax"),
    ],
)
def test_oracles_object(before: str, after: str, oracle: str) -> None:
    objection = judge._syntax(before.encode(), after.encode(), "old", "new")
    found = "syntax" if objection else ""
    if not found and judge._scopes(before.encode(), after.encode(), "main.py", "old", "new"):
        found = "scopes"
    assert found == oracle


@pytest.mark.parametrize(
    "bad, of, bound", [(0, 300, 0.00994), (0, 60, 0.0487), (1, 100, 0.04656), (0, 0, 1.0), (5, 5, 1.0)]
)
def test_bounds_are_exact(bad: int, of: int, bound: float) -> None:
    assert upper_bound(bad, of) == pytest.approx(bound, abs=1e-4)
