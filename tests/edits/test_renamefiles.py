"""Several files renamed at once: one change, which is what one after the other would have made."""

from pathlib import Path

import pytest
from familiar_codegraph.workspace import Workspace
from familiar_edits import renamefile, renamefiles
from familiar_edits.textedits import edited
from familiar_edits.values import Plan
from support.fixture import parse

PROJECT = """
    #- shop/__init__.py
    from .cart import total
    #- shop/cart.py
    from . import till
    from shop.desk import NAME
    def total(): return till.PRICE, NAME
    #- shop/till.py
    PRICE = 1
    #- shop/desk.py
    NAME = "shop.cart is here"
    #- parts/__init__.py
    #- main.py
    import shop.cart
    from shop import till, desk
    print(shop.cart.total(), till.PRICE, desk.NAME)
"""

MOVES = {
    "other names": [("shop/cart.py", "shop/basket.py"), ("shop/till.py", "shop/coins.py")],
    "the other way round": [("shop/till.py", "shop/coins.py"), ("shop/cart.py", "shop/basket.py")],
    "other folders": [("shop/till.py", "parts/till.py"), ("shop/desk.py", "parts/desk.py")],
    "a folder and a file": [("parts", "pieces"), ("shop/till.py", "shop/coins.py")],
    "into a folder that is renamed": [("shop/till.py", "parts/till.py"), ("parts", "pieces")],
    "a chain": [("shop/till.py", "shop/coins.py"), ("shop/desk.py", "shop/till.py")],
}


def planned(root: Path, moves: list[tuple[str, str]]) -> Plan:
    workspace = Workspace(root)
    try:
        workspace.index()
        graph = workspace.graph()
        return renamefiles.plan(graph, moves) if len(moves) > 1 else renamefile.plan(graph, *moves[0])
    finally:
        workspace.close()


def carry_out(root: Path, plan: Plan) -> None:
    assert plan.refused is None, plan.refused
    after = {}
    for change in plan.changeset.changes:
        after[change.new_path or change.path] = edited((root / change.path).read_bytes(), change.text_edits)
    for change in plan.changeset.changes:
        (root / change.path).unlink()
    for path, data in after.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)


def state(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.py"))}


@pytest.mark.parametrize("name", MOVES)
def test_all_at_once_is_one_after_the_other(tmp_path: Path, name: str) -> None:
    together, single = (parse(PROJECT).write(tmp_path / part) for part in ("together", "single"))
    carry_out(together, planned(together, MOVES[name]))
    for move in MOVES[name]:
        carry_out(single, planned(single, [move]))
    assert state(together) == state(single)
    assert state(together) != state(parse(PROJECT).write(tmp_path / "before"))


@pytest.mark.parametrize(
    ("moves", "said"),
    [
        (
            [("shop/cart.py", "shop/basket.py"), ("shop/till.py", "shop/class.py")],
            "shop/till.py cannot be shop/class.py",
        ),
        ([("shop/cart.py", "shop/x.py"), ("shop/till.py", "shop/x.py")], "shop/x.py exists already"),
        ([("shop/cart.py", "shop/till.py"), ("shop/till.py", "shop/cart.py")], "shop/till.py exists already"),
        ([("shop", "store"), ("shop/till.py", "shop/desk2.py")], "rename one after the other"),
    ],
)
def test_one_that_cannot_be_refuses_all(tmp_path: Path, moves: list[tuple[str, str]], said: str) -> None:
    plan = planned(parse(PROJECT).write(tmp_path / "repo"), moves)
    assert said in (plan.refused or "")
    assert not plan.changeset.changes
