"""What git keeps out of the working tree cannot follow a refactoring: it is asked about, never passed over."""

from pathlib import Path

import pytest
from familiar_edits.process import Request, propose
from familiar_edits.values import Proposal
from support.project import project, run_git, tree_digest

SHOP = """
#- shop/__init__.py
#- shop/prices.py
def price(net):
    total = net * 2
    return total

def rebate(net):
    return net // 2
#- shop/till.py
from shop.prices import price, rebate
print(price(1), rebate(2))
#- reports/__init__.py
#- reports/daily.py
from shop.prices import price
total = price(3)
#- reports/plain.py
rate = 1
"""
PRICES = SHOP.split("#- shop/prices.py\n")[1].partition("#- ")[0]


def asked(root: Path, word: str, kind: str = "rename", **options: object) -> Proposal:
    args = {"rename": {"new_name": "fresh"}, "move": {"dest": "shop/other.py"}}.get(kind, {"new_path": "shop/costs.py"})
    request = Request(str(root), kind, "shop/prices.py", PRICES.index(word), args, verify="static", **options)  # type: ignore[arg-type]
    return propose(request)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project(tmp_path / "shop", SHOP)
    run_git(tmp_path / "shop", "sparse-checkout", "set", "--no-cone", "/*", "!reports/")
    assert not (tmp_path / "shop/reports/daily.py").exists()
    return tmp_path / "shop"


@pytest.mark.parametrize(
    ("word", "kind", "path"),
    [
        ("price", "rename", "reports/daily.py"),
        ("price", "move", "reports/daily.py"),
        ("prices", "rename-file", "reports/daily.py"),
        ("rebate", "rename", None),
        ("total", "rename", None),
    ],
    ids=["a function", "moved", "the module", "spelled nowhere there", "a local variable"],
)
def test_sparse_checkout(root: Path, word: str, kind: str, path: str | None) -> None:
    at = "price" if kind == "rename-file" else word
    found = asked(root, at, kind)
    if path is None:
        assert found.status == "unverified" and found.asks == ()
        return
    assert found.status == "asks" and [(ask.path, ask.text, ask.blocking) for ask in found.asks] == [(path, word, True)]
    assert "the file is not checked out here" in found.reason
    for answer in (found.asks[0].id, "all"):
        assert asked(root, at, kind, skip=(answer,)).status == "unverified"


def test_one_file_kept_out_and_one_that_lies_here_all_the_same(tmp_path: Path) -> None:
    root = project(tmp_path, SHOP)
    run_git(root, "update-index", "--skip-worktree", "shop/till.py", "reports/daily.py")
    (root / "shop/till.py").unlink()
    found = asked(root, "price")
    assert [change.path for change in found.changeset.changes] == ["reports/daily.py", "shop/prices.py"]
    assert [ask.path for ask in found.asks] == ["shop/till.py"]


def test_several_are_one_question(tmp_path: Path) -> None:
    root = project(tmp_path, SHOP)
    run_git(root, "sparse-checkout", "set", "--no-cone", "/*", "!reports/", "!shop/till.py")
    assert "as are 1 more that spell it" in asked(root, "price").reason


def test_contents_that_are_not_here_are_asked_about_and_not_fetched(tmp_path: Path) -> None:
    project(tmp_path / "far", SHOP)
    run_git(tmp_path / "far", "config", "uploadpack.allowFilter", "true")
    run_git(
        tmp_path, "clone", "-q", "--filter=blob:none", "--sparse", f"file://{tmp_path / 'far'}", str(tmp_path / "near")
    )
    run_git(tmp_path / "near", "sparse-checkout", "add", "shop")
    before = tree_digest(tmp_path / "near/.git/objects")
    found = asked(tmp_path / "near", "rebate")
    assert found.status == "asks" and found.asks[0].path == "reports/__init__.py"
    assert tree_digest(tmp_path / "near/.git/objects") == before


def test_the_repository_around_a_submodule(tmp_path: Path) -> None:
    project(tmp_path / "inner", SHOP)
    outer = project(tmp_path / "outer", "#- use.py\nfrom shop.prices import price\n#- notes.txt\nrebate\n")
    run_git(outer, "submodule", "--quiet", "add", str(tmp_path / "inner"), "inner")
    found = asked(outer / "inner", "price")
    assert found.status == "asks" and [ask.path for ask in found.asks] == ["../use.py"]
    assert f"is in the repository around this submodule, so it cannot follow: --root {outer}" in found.reason
    assert asked(outer / "inner", "price", skip=(found.asks[0].id,)).status == "unverified"
    assert asked(outer / "inner", "rebate").status == "unverified"


def test_without_git(tmp_path: Path) -> None:
    assert asked(project(tmp_path, SHOP, git=False), "price").status == "unverified"
