"""`familiar graph references --opinion` and the doctor's word on the checker."""

from pathlib import Path

from support.command import familiar
from support.fixture import parse

CODE = """
#- shop.py
from typing import Any, Literal, overload

class Cart:
    def total(self): ...

class Bill:
    def total(self): ...

@overload
def newest(kind: Literal["cart"]) -> Cart: ...
@overload
def newest(kind: Literal["bill"]) -> Bill: ...
def newest(kind: str) -> Any:
    return Cart() if kind == "cart" else Bill()
#- use.py
from shop import newest

newest("cart").total()
newest("bill").total()
"""


def test_references_with_a_second_opinion(tmp_path: Path) -> None:
    root = parse(CODE).write(tmp_path / "shop")
    alone = familiar("graph", "references", "shop.py:4:9", "--json", cwd=root).document
    assert [(a["path"], a["start"][0], a["verdict"]) for a in alone["answers"]] == [
        ("shop.py", 4, "yes"),
        ("use.py", 3, "unsure"),
        ("use.py", 4, "unsure"),
    ]
    assert "opinion" not in alone
    asked = familiar("graph", "references", "shop.py:4:9", "--opinion", "--json", cwd=root).document
    assert [(a["path"], a["start"][0], a["via"]) for a in asked["answers"]] == [
        ("shop.py", 4, "scope"),
        ("use.py", 3, "checker"),
    ]
    said = asked["opinion"]
    assert (said["yes"], said["no"], said["silent"], said["reason"]) == (1, 1, 0, "")
    shown = familiar("graph", "references", "shop.py:4:9", "--opinion", cwd=root).out
    assert "confirmed 1, dropped 1 and left 0" in shown


def test_the_doctor_names_the_checker(tmp_path: Path) -> None:
    checks = familiar("doctor", "--json", cwd=tmp_path).document["checks"]
    (found,) = [check for check in checks if check["name"] == "opinion"]
    assert found["status"] == "ok"
    assert found["found"].startswith("ty 0.")
