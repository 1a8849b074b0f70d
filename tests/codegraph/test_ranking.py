"""What matters to a place: local pushes over the symbol graph, bounded and deterministic."""

import asyncio
import itertools
from pathlib import Path

import pytest
from familiar_codegraph import links, ranking
from familiar_codegraph.client import GraphClient
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

SHOP = """
#- shop/cart.py
from shop.money import Price, rounded
from shop.base import Thing
class Cart(Thing):
    currency = "EUR"
    def total(self) -> Price:
        value = sum(self.amounts())
        return Price(rounded(value), self.currency)
    def amounts(self):
        return [1]
    def clear(self): ...
#- shop/money.py
class Price:
    def __init__(self, value, currency): ...
def rounded(value):
    return half_up(value)
def half_up(value): ...
def unrelated(): ...
#- shop/base.py
class Thing: ...
#- shop/unknown.py
def touch(cart):
    return cart.clear()
#- shop/other.py
class Bin:
    def clear(self): ...
"""


def opened(root: Path, text: str = SHOP) -> CodeGraph:
    parse(text).write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph()


def names(ranked: ranking.Ranked) -> list[str]:
    return [id.rpartition("/")[2] for id, _ in ranked]


def test_links_say_what_a_definition_leads_to_and_how_strongly(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    found = dict(links.links(graph, "shop/cart.py::Cart.total"))
    called = {"shop/cart.py::Cart.amounts", "shop/money.py::Price", "shop/money.py::rounded"}
    assert set(found) == {*called, "shop/cart.py::Cart"}, "an attribute leads to its class; a local leads nowhere"
    assert found["shop/money.py::Price"] > found["shop/money.py::rounded"], "called once, and named as the result"
    own = dict(links.links(graph, "shop/cart.py::Cart"))
    assert own["shop/base.py::Thing"] == max(own.values()), "a base is the strongest link"
    assert own.keys() >= {"shop/cart.py::Cart.clear", "shop/cart.py"}


def test_what_is_certain_counts_more_than_what_is_not(tmp_path: Path) -> None:
    graph = opened(
        tmp_path,
        """
        #- a.py
        from b import sure, one
        if one():
            from c import maybe
        else:
            from d import maybe
        def use():
            sure()
            maybe()
        #- b.py
        def sure(): ...
        def one(): ...
        #- c.py
        def maybe(): ...
        #- d.py
        def maybe(): ...
        """,
    )
    found = dict(links.links(graph, "a.py::use"))
    assert found["b.py::sure"] == 1.0
    assert found["c.py::maybe"] == found["d.py::maybe"] == 0.3


def test_the_rank_is_of_what_is_near(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    ranked = names(graph.rank(["shop/cart.py::Cart.total"]))
    assert ranked[0] == "cart.py::Cart.total"
    assert set(ranked[1:5]) == {"cart.py::Cart", "money.py::Price", "money.py::rounded", "cart.py::Cart.amounts"}
    assert ranked.index("money.py::half_up") < ranked.index("cart.py::Cart.clear"), "called by what is called"
    assert "other.py::Bin" not in ranked


def test_a_name_that_stands_everywhere_is_damped(tmp_path: Path) -> None:
    users = "".join(f"#- user{n}.py\nfrom lib import log\nlog()\n" for n in range(30))
    graph = opened(tmp_path, f"#- lib.py\ndef log(): ...\ndef rare(): ...\ndef work():\n    log()\n    rare()\n{users}")
    score = dict(graph.rank(["lib.py::work"]))
    assert score["lib.py::rare"] > 1.5 * score["lib.py::log"]


def test_the_cursor_seeds_the_function_around_it_and_what_was_just_named(tmp_path: Path) -> None:
    files = parse(SHOP.replace("rounded(value), self", "rounded(value), $0self"))
    files.write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    assert files.cursor is not None
    seeds = ranking.seeds_at(workspace.graph(), *files.cursor)
    assert max(seeds, key=lambda id: seeds[id]) == "shop/cart.py::Cart.total"
    assert seeds["shop/money.py::rounded"] > seeds["shop/cart.py::Cart.amounts"], "the nearer the more"


def test_pushes_bound_the_work() -> None:
    """A grid without an end: what is asked for is as many nodes as there are pushes, not more."""
    asked = []

    def neighbours(id: str) -> list[tuple[str, float]]:
        asked.append(id)
        x, y = map(int, id.split(","))
        return [(f"{x + dx},{y + dy}", 1.0) for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0))]

    found = ranking.push(neighbours, {"0,0": 1.0}, 50)
    assert len(asked) == 50
    assert found.ranked[0][0] == "0,0"
    assert sum(score for _, score in found.ranked) <= 1.0
    assert found.complete
    assert not ranking.push(neighbours, {"0,0": 1.0}, 50, stop=lambda: len(asked) > 60).complete


def test_push_agrees_with_pagerank() -> None:
    """With pushes enough, the scores are those of personalised PageRank, worked out here by its definition."""
    edges = {"a": [("b", 2.0), ("c", 1.0)], "b": [("a", 1.0)], "c": [("d", 1.0)], "d": [("a", 1.0), ("c", 3.0)]}
    expected = dict.fromkeys(edges, 0.0)
    mass = {"a": 1.0}
    for _ in range(400):
        after: dict[str, float] = {}
        for node, part in mass.items():
            expected[node] += 0.25 * part
            whole = sum(weight for _, weight in edges[node])
            for to, weight in edges[node]:
                after[to] = after.get(to, 0.0) + 0.75 * part * weight / whole
        mass = after
    found = dict(ranking.push(lambda id: edges[id], {"a": 1.0}, 10_000).ranked)
    assert found == pytest.approx(expected, abs=1e-3)


def test_ties_are_broken_by_id_whatever_the_order_of_questions(tmp_path: Path) -> None:
    text = "#- m.py\n" + "".join(f"def f{n}(): ...\n" for n in range(9))
    text += "def all_of_them():\n" + "".join(f"    f{n}()\n" for n in (5, 3, 8, 1, 0, 2, 7, 4, 6))
    graph = opened(tmp_path, text)
    ranked = graph.rank(["m.py::all_of_them"])
    same = [id for id, _ in ranked if id.startswith("m.py::f")]
    assert same == sorted(same)
    fresh = opened(tmp_path, text)
    for id in reversed(same):
        fresh.rank([id])
    assert fresh.rank(["m.py::all_of_them"]) == ranked


def test_seeds_that_do_not_exist_rank_nothing(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    assert graph.rank(["gone.py::f"]) == []
    assert graph.rank([]) == []
    assert ranking.seeds_at(graph, "gone.py", 0) == {}


def test_every_place_has_seeds_and_edits_do_not_change_what_is_said(tmp_path: Path) -> None:
    """After edits of a function's inside, the ranking is that of a fresh index."""
    parse(SHOP).write(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    data = workspace.graph().data("shop/cart.py")
    workspace.put("shop/cart.py", data, 0)
    at = data.index(b"        return Price")
    for version, (position, text) in enumerate(itertools.product([at], [b"        half_up(1)\n", b"\n"]), 1):
        workspace.edit("shop/cart.py", version, [(position, position, text)])
        workspace.graph().rank(["shop/cart.py::Cart.total"])
    (tmp_path / "shop/cart.py").write_bytes(workspace.graph().data("shop/cart.py"))
    fresh = Workspace(tmp_path)
    fresh.index()
    for offset in range(0, len(data), 7):
        seeds = ranking.seeds_at(workspace.graph(), "shop/cart.py", offset)
        assert seeds == ranking.seeds_at(fresh.graph(), "shop/cart.py", offset)
        assert seeds
        assert workspace.graph().rank(seeds) == fresh.graph().rank(seeds)


def test_over_the_process_boundary(tmp_path: Path) -> None:
    parse(SHOP).write(tmp_path)
    at = (tmp_path / "shop/cart.py").read_bytes().index(b"rounded(value)")

    async def work() -> None:
        client = GraphClient(tmp_path)
        await client.index()
        await client.put("shop/cart.py", (tmp_path / "shop/cart.py").read_bytes(), 7)
        cut = await client.rank("shop/cart.py", at, ms=0)
        assert (cut.ranked, cut.complete) == ((), False) or not cut.complete
        found = await client.rank("shop/cart.py", at, ms=5_000)
        assert (found.complete, found.versions) == (True, {"shop/cart.py": 7})
        assert {id for id, _ in found.ranked[:3]} >= {"shop/cart.py::Cart.total", "shop/cart.py::Cart.amounts"}
        await client.close()

    asyncio.run(asyncio.wait_for(work(), 60))


# ---------------------------------------------------------------- the whole repository

PACKAGE = """
#- pkg/__init__.py
from .core import Engine as Engine
from ._util import helper
#- pkg/core.py
from pkg._util import helper
class Engine: ...
class Unused: ...
#- pkg/_util.py
def helper(): ...
#- app/one.py
from pkg import Engine
#- app/two.py
from pkg import Engine
import pkg.core
#- tests/test_engine.py
from pkg import Engine
from app.one import Engine as Again
"""


def test_a_name_that_a_package_hands_on_counts_where_it_is_defined(tmp_path: Path) -> None:
    found = ranking.imported(opened(tmp_path, PACKAGE))
    assert found["app/one.py"] == {"pkg/core.py::Engine": 1}
    assert found["app/two.py"] == {"pkg/core.py::Engine": 1, "pkg/core.py": 1}
    assert found["tests/test_engine.py"] == {"pkg/core.py::Engine": 2}


def test_files_stand_by_who_imports_them(tmp_path: Path) -> None:
    graph = opened(tmp_path, PACKAGE)
    imports = ranking.imported(graph)
    score = ranking.files(graph, imports)
    assert score["pkg/core.py"] > score["app/one.py"] > score["tests/test_engine.py"]
    near = ranking.files(graph, imports, {"app/one.py": 1.0})
    assert near["app/one.py"] > near["app/two.py"]
