"""What matters most to a place in the repository, or to the repository as a whole.

Personalised PageRank by local pushes (Andersen, Chung and Lang 2006, "Local Graph Partitioning using PageRank
Vectors"): mass flows from the seeds along the links until what is left over is small or the pushes are spent. The cost
is bounded by the number of pushes, whatever the size of the repository, and the largest remainder is always pushed
first, ties by id, so that equal questions have equal answers.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph import fixtures, links, reach

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

PUSHES = 120
_STAYS = 0.25
"""The share of the mass that a symbol keeps; the rest goes on along its links."""
_ENOUGH = 1e-4
_NEAR = 8
"""How many of the names before the cursor are seeds."""

Ranked = list[tuple[str, float]]
Neighbours = Callable[[str], Iterable[tuple[str, float]]]


class Rank(NamedTuple):
    """(id, score) best first, scores at most 1 in sum; `complete` is False when it was stopped before its end."""

    ranked: Ranked
    complete: bool


def push(
    neighbours: Neighbours,
    seeds: Mapping[str, float],
    budget: int = PUSHES,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Rank:
    """Return the nodes around `seeds` (id -> weight), after at most `budget` pushes."""
    total = sum(seeds.values())
    rest = {id: weight / total for id, weight in sorted(seeds.items()) if weight > 0}
    score: dict[str, float] = defaultdict(float)
    heap = [(-mass, id) for id, mass in rest.items()]
    heapq.heapify(heap)
    complete = True
    while heap and budget > 0:
        if stop():
            complete = False
            break
        mass, id = heapq.heappop(heap)
        mass = -mass
        if rest[id] != mass:
            continue  # it has grown since, and stands further up again
        if mass < _ENOUGH:
            break
        budget -= 1
        rest[id] = 0.0
        found = [(to, weight) for to, weight in neighbours(id) if weight > 0]
        whole = sum(weight for _, weight in found)
        score[id] += mass * _STAYS
        goes = (1 - _STAYS) * mass * min(1.0, whole)  # weak links take only a part along; the rest is lost
        for to, weight in found:
            rest[to] = rest.get(to, 0.0) + goes * weight / whole
            heapq.heappush(heap, (-rest[to], to))
    for id, mass in rest.items():  # what has arrived but was not pushed counts as if it stayed
        if mass > 0:
            score[id] += mass * _STAYS
    return Rank(sorted(score.items(), key=lambda item: (-item[1], item[0])), complete)


def rank(
    graph: "CodeGraph",
    seeds: Iterable[str] | Mapping[str, float],
    budget: int = PUSHES,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Rank:
    """Return what matters to the symbols `seeds` (ids, or id -> weight), the seeds themselves included."""
    weights = dict(seeds) if isinstance(seeds, Mapping) else dict.fromkeys(seeds, 1.0)
    damped: dict[str, float] = {}

    def neighbours(id: str) -> Iterable[tuple[str, float]]:
        for to, weight in links.links(graph, id):
            if to not in damped:
                damped[to] = links.damping(graph, to)
            yield to, weight * damped[to]

    return push(neighbours, {id: w for id, w in weights.items() if graph.symbol(id)}, budget, stop=stop)


def seeds_at(graph: "CodeGraph", path: str, offset: int) -> dict[str, float]:
    """Return the seeds of a cursor: the function around it (else the module), and what was mentioned just before."""
    index = graph.index(path)
    if index is None:
        return {}
    around = reach.enclosing(index, offset)
    seeds = {f"{path}::{index.facts.scopes[around.inner].qualname}" if around else path: 1.0}
    numbers = links.before(index, offset)
    near = 0
    for number in numbers:
        if near == _NEAR:
            break
        for id, verdict in links.targets(graph, index, number):
            weight = (1.0 if verdict == "yes" else 0.3) / (2 + near)
            seeds[id] = max(seeds.get(id, 0.0), weight)
        near += index.facts.uses[number].role in (f.LOAD, f.ATTRIBUTE)
    return seeds


# ---------------------------------------------------------------- the whole repository


def imported(graph: "CodeGraph") -> dict[str, dict[str, int]]:
    """Return for each file what it imports and how often: files, and ids of names at the top of files.

    A name that a package hands on (`from .core import Command` in its `__init__.py`) counts where it is defined. Only
    what is in memory of every file is looked at.
    """
    found: dict[str, dict[str, int]] = {}
    for path in graph.files():
        summary, counts = graph.summary(path), dict[str, int]()
        for row in summary.imports if summary else ():
            id = _origin(graph, path, row)
            if id is not None and id.partition("::")[0] != path:
                counts[id] = counts.get(id, 0) + 1
        found[path] = counts
    return found


def _origin(graph: "CodeGraph", path: str, row: f.Import) -> str | None:
    for _ in range(8):  # a chain of packages that hand a name on
        target = graph.target_file(path, row)
        if target is None or (target.package and row.name in ("", "*")):
            return None
        if row.name in ("", "*"):
            return target.path
        inner = graph.modules.submodule(target, row.name)
        if inner is not None and not inner.package:
            return inner.path
        if target.package:
            return None
        path, name = target.path, row.name
        summary = graph.summary(path)
        handed = [r for r in (summary.imports if summary else ()) if (r.alias or r.name) == name and r.name]
        if not handed:
            return f"{path}::{name}"
        row = handed[-1]
    return None


def files(
    graph: "CodeGraph", imports: Mapping[str, Mapping[str, int]], seeds: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the standing of each file by who imports it (`imports` as `imported` gives it); near to `seeds` if given.

    The mass flows from a file to what it imports, and around seeds to their importers too. Tests, examples and scripts
    pass on less of it.
    """
    edges: dict[str, dict[str, float]] = {path: defaultdict(float) for path in imports}
    for path, counts in imports.items():
        for id, count in counts.items():
            target = id.partition("::")[0]
            edges[path][target] += count
            if seeds and target in edges:
                edges[target][path] += 0.3 * standing(path)
    known = seeds or {path: standing(path) for path in graph.files()}
    found = push(lambda path: sorted(edges.get(path, {}).items()), known, 4 * len(graph.files())).ranked
    return dict(found)


def standing(path: str) -> float:
    """Return how much a file says about its repository: tests, examples and scripts less than its code."""
    if fixtures.is_test_file(path):
        return 0.2
    return 0.3 if _ASIDE & set(path.split("/")[:-1]) else 1.0


_ASIDE = frozenset({"docs", "doc", "examples", "example", "benchmarks", "scripts", "tools", "vendor", "_vendor"})
