"""A rename asks the type checker before it asks the user: fewer questions, the same numbers."""

import sys
from pathlib import Path

import pytest
from familiar_edits.process import Request, propose
from familiar_edits.values import Proposal
from support.fixture import parse

# Which overload a literal chooses, the graph leaves open; ty follows it.
CODE = """
#- shop.py
from typing import Any, Literal, overload

class Cart:
    def tot$0al(self): ...

class Bill:
    def total(self): ...

@overload
def newest(kind: Literal["cart"]) -> Cart: ...
@overload
def newest(kind: Literal["bill"]) -> Bill: ...
def newest(kind: str) -> Any:
    return Cart() if kind == "cart" else Bill()

def unknown(thing):
    return thing.total()
#- use.py
from shop import newest

newest("cart").total()
newest("bill").total()
"""


def rename(root: Path, **more: tuple[str, ...]) -> Proposal:
    cursor = parse(CODE).cursor
    assert cursor
    arguments = {"new_name": "price"}
    return propose(Request(str(root), "rename", *cursor, arguments, verify="static", **more))  # type: ignore[arg-type]


def edited(proposal: Proposal) -> dict[str, int]:
    return {change.path: len(change.text_edits) for change in proposal.changeset.changes}


def test_what_the_checker_decides_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = parse(CODE).write(tmp_path / "shop")
    with_checker = rename(root)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))  # no ty beside it, and none on the PATH
    monkeypatch.setenv("PATH", str(tmp_path))
    alone = rename(root)

    assert [(ask.id, ask.path) for ask in alone.asks] == [("1", "shop.py"), ("2", "use.py"), ("3", "use.py")]
    assert edited(alone) == {"shop.py": 1}
    assert [(ask.id, ask.path) for ask in with_checker.asks] == [("1", "shop.py")]
    assert edited(with_checker) == {"shop.py": 1, "use.py": 1}
    (told,) = [check for check in with_checker.evidence.checks if check.name == "second opinion"]
    assert "decided 2 of 3 unsure places: 1 mean it, 1 do not" in told.detail
    assert not [check for check in alone.evidence.checks if check.name == "second opinion"]


def test_the_user_has_the_last_word(tmp_path: Path) -> None:
    root = parse(CODE).write(tmp_path / "shop")
    assert edited(rename(root, take=("3",), skip=("1", "2"))) == {"shop.py": 1, "use.py": 1}
    both = rename(root, take=("3",), skip=("1",))
    assert edited(both) == {"shop.py": 1, "use.py": 2}
    assert edited(rename(root, take=("all",))) == {"shop.py": 2, "use.py": 1}
    assert edited(rename(root, skip=("all",))) == {"shop.py": 1, "use.py": 1}


STORED = """
#- errors.py
class Invalid(Exception):
    def __init__(self):
        self.ki$0nd = ""

def run(check):
    found = []
    try:
        check()
    except Invalid as error:
        found.append(error)
    for error in found:
        error.kind = "x"
"""


def test_an_attribute_that_is_defined_by_storing_it_is_found(tmp_path: Path) -> None:
    fixture = parse(STORED)
    assert fixture.cursor
    root = fixture.write(tmp_path / "shop")
    found = propose(Request(str(root), "rename", *fixture.cursor, {"new_name": "sort"}, verify="static"))
    assert edited(found) == {"errors.py": 2}
