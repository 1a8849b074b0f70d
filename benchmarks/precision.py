"""Precision and recall of the code graph against type checkers that know nothing of it, on ten projects from PyPI.

    python -m benchmarks.precision REPOS --cache DIR [--seed N] [--json] [--write] [--only NAME,…]

REPOS holds the projects as `python -m benchmarks.sdists` makes them (made when missing). Of each, 300 references are
drawn by seed (`places`), and basedpyright is asked where they are defined; where it is silent, ty (`oracle`). A
disagreement counts against the graph until somebody has read the code: `results/precision-adjudicated.json` says who
is right there, and why. `--write` leaves the figures and every disagreement in `results/precision.json`.

- precision of `yes`: of what the graph says for certain (a definition, or "outside") and a checker has an opinion on;
- recall of `yes`: of what a checker resolves into the repository, what the graph says for certain; alone, and with the
  opinion of ty on what is unsure (ty alone: basedpyright, the reference, has no say in it);
- yes + unsure: of the same, what `references` of the definition lists, and how many unsure places such a question gets
  for definitions drawn by seed;
- decided calls: of calls whose name some function or class of the project has, those with a definition or "outside".

Bounds are exact binomial ones (Clopper and Pearson), at 95 %.
"""

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.search import Search
from familiar_codegraph.workspace import Workspace

from benchmarks import oracle, places, sdists
from benchmarks.bounds import exact
from benchmarks.places import Place

PROJECTS = ("attrs", "black", "click", "httpx", "jinja2", "networkx", "requests", "rich", "scrapy", "sqlalchemy")
RESULTS = Path(__file__).parent / "results"
FINAL_SEED = 20261122
REFERENCES, CALLS, QUERIES = 300, 1000, 60


class Judged(NamedTuple):
    """One reference: what was said, and what follows from it."""

    place: Place
    graph: str
    """`yes ID`, `yes outside`, `unsure ID, …`, `unsure` or `missed`."""
    checker: str
    """`CHECKER: ID, …`, `CHECKER: outside` or `silent`."""
    verdict: str
    """agreed, or adjudicated: graph, checker, both, ambiguous; open: not adjudicated; "" where nothing is claimed."""
    inside: bool
    """The checker resolves it into the repository (and was not found to be wrong)."""
    yes: bool
    opinion: bool
    """`yes`, or unsure and ty says where."""
    listed: bool
    """`references` of the definition has the place."""


# ---------------------------------------------------------------- one project


def measure_project(
    root: Path, cache: Path, seed: int, adjudicated: Mapping[tuple[str, str, str, str], str]
) -> dict[str, Any]:
    """Return counts and judged references of one project."""
    began = time.perf_counter()
    sample, calls, total = places.drawn(root, seed, REFERENCES, CALLS, cache)
    folders = [name for name in ("src", "lib") if (root / name).is_dir()]
    first = oracle.answers("basedpyright", root, sample, folders, cache, str(seed))
    second = oracle.answers("ty", root, sample, folders, cache, str(seed))
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    name = root.name.rpartition("-")[0]
    judged = [_judge(graph, name, p, first[p.where], second[p.where], adjudicated) for p in sample]
    unsure = [_unsure_places(graph, path, offset) for path, offset in _definitions(graph, seed)]
    workspace.close()
    return {
        "name": root.name,
        "references": total,
        "judged": judged,
        "calls": len(calls),
        "decided": sum(is_decided(graph, place) for place in calls),
        "unsure_places": unsure,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _judge(
    graph: CodeGraph,
    project: str,
    place: Place,
    first: oracle.Said,
    second: oracle.Said,
    adjudicated: Mapping[tuple[str, str, str, str], str],
) -> Judged:
    first, second = _meant(place, first), _meant(place, second)
    targets, sure, names = _graph_says(graph, place)
    graph_text = "missed" if targets is None else " ".join(["yes" if sure else "unsure", ", ".join(targets)]).strip()
    if sure and not targets:
        graph_text = "yes outside"
    who, said = ("basedpyright", first) if first else ("ty", second)
    told = _checker_says(graph, said)
    checker_text = "silent" if not said else f"{who}: {', '.join(sorted(told)) or 'outside'}"
    wanted = {_plain(id) for id in told}
    outside = any(_is_outside(graph, *row) for row in said)
    agreed = _agree(set(targets or ()), set(names), told, outside and not (told and place.kind == "name"))
    verdict = "agreed" if agreed else ""
    if sure and said and not agreed:
        verdict = adjudicated.get((project, place.where, graph_text, checker_text), "open")
    inside = bool(wanted) and verdict not in ("graph", "ambiguous")
    yes = inside and sure and (agreed or verdict == "both")
    by_ty = bool({_plain(i) for i in _checker_says(graph, second)} & wanted)
    listed = inside and (yes or any(_lists(graph, id, place) for id in told))
    return Judged(place, graph_text, checker_text, verdict, inside, yes, yes or (listed and not sure and by_ty), listed)


def _meant(place: Place, said: oracle.Said) -> oracle.Said:
    """Leave out what is about something else: where basedpyright knows no definition it names the function around."""
    return [row for row in said if place.kind in ("name", "import") or row[2] in ("", place.name)]


def _graph_says(graph: CodeGraph, place: Place) -> tuple[tuple[str, ...] | None, bool, tuple[str, ...]]:
    """Return the targets (None: the graph has no such occurrence), whether they are certain, and the local name."""
    index = graph.index(place.path)
    for number in index.uses_at(place.offset) if index else ():
        assert index
        if index.facts.uses[number].start == place.offset:
            means = meaning(graph.resolver, index, number)
            return means.targets, means.verdict == "yes", (means.alias,) if means.alias else ()
    return None, False, ()


def _checker_says(graph: CodeGraph, said: oracle.Said) -> set[str]:
    """Return the symbols that stand where the checker points (also at the star of `*args`, or the quote of a slot);
    a file's first byte is the file."""
    found: set[str] = set()
    for path, offset, _ in said:
        if offset < 0:
            continue
        index = graph.index(path)
        start = offset
        if index is not None:
            head = graph.data(path)[offset : offset + 8]
            start += len(head) - len(head.lstrip(b"* \"'"))
        ids = set[str]()
        for number in index.uses_at(start) if index else ():
            assert index
            if index.facts.uses[number].start == start:
                means = meaning(graph.resolver, index, number)
                ids |= {means.alias} if means.alias else set(means.targets)
        if not ids and not _is_outside(graph, path, offset, ""):
            ids = {path if offset == 0 else f"{path}@{offset}"}
        found |= ids
    return found


def _is_outside(graph: CodeGraph, path: str, offset: int, name: str) -> bool:
    """Return whether a place is outside the repository, or the import of something that is."""
    index = graph.index(path) if offset >= 0 else None
    if index is None:
        return offset < 0
    imports = [n for n in index.uses_at(offset) if index.facts.uses[n].role in (f.MODULE, f.IMPORTED)]
    return any(not meaning(graph.resolver, index, number).targets for number in imports)


def _agree(own: set[str], aliases: set[str], wanted: set[str], outside: bool) -> bool:
    if not wanted:
        return outside and not own
    if {_plain(id) for id in own} & {_plain(id) for id in wanted}:  # a stub tells of the same thing once more
        wanted = {w for w in wanted if ".pyi" not in w or w in own} or wanted
    own, aliases, wanted = ({_plain(id) for id in ids} for ids in (own, aliases, wanted))
    wanted = {w.removesuffix(".__init__").removesuffix(".__new__") if w not in own else w for w in wanted}
    return not outside and (wanted == own or (bool(aliases) and wanted <= aliases))


def _plain(id: str) -> str:
    """Overloads and branches are one function; a stub file is its module."""
    path, sign, rest = id.partition("::")
    return path.replace(".pyi", ".py") + sign + re.sub(r"#\d+", "", rest)


def _lists(graph: CodeGraph, id: str, place: Place) -> bool:
    """Return whether the references of a symbol have the place; of the one file, for all of them take long."""
    symbol = graph.symbol(id)
    if symbol is None or place.path not in graph.mentions(place.name):
        return False
    found = Search(graph, symbol).within(place.path, place.name)
    return any(use.start == place.offset for use, _, _ in found)


def _definitions(graph: CodeGraph, seed: int) -> list[tuple[str, int]]:
    """Draw functions, classes and methods whose references are then asked for."""
    found = [
        (path, inner.name_start)
        for path in graph.files()
        if path.endswith(".py")
        for item in graph.outline(path)
        for inner in (item, *item.children)
        if not inner.name.startswith("test")
    ]
    return random.Random(seed).sample(found, min(QUERIES, len(found)))


def _unsure_places(graph: CodeGraph, path: str, offset: int) -> int:
    return sum(a.verdict == "unsure" for a in graph.references(path, offset).answers)


def is_decided(graph: CodeGraph, place: Place) -> bool:
    """Return whether the graph says for certain what stands there, be it "outside"."""
    return _graph_says(graph, place)[1]


# ---------------------------------------------------------------- all of them


def measure(repos: Path, cache: Path, seed: int = FINAL_SEED, projects: Sequence[str] = PROJECTS) -> dict[str, Any]:
    """Return the figures for each project and in all, and every disagreement."""
    adjudicated = {
        (row["project"], row["place"], row["graph"], row["checker"]): row["verdict"] for row in _adjudicated()
    }
    found = []
    for name in projects:
        root = repos / sdists.PINS[name].stem
        if not root.is_dir():
            sdists.fetch(name, repos)
        found.append(measure_project(root, cache, seed, adjudicated))
        print(_line(figures([found[-1]])), file=sys.stderr, flush=True)
    return {
        "schema": 1,
        "seed": seed,
        "load": os.getloadavg()[0],
        "figures": _rows(figures(found)),
        "all": figures(found),
        "projects": [figures([one]) | {"seconds": one["seconds"], "references": one["references"]} for one in found],
        "disagreements": [row for one in found for row in _disagreements(one, "checker")],
        "unresolved": [row for one in found for row in _disagreements(one, "recall")],
    }


def figures(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sum up projects: each share as [hits, of, lower, upper]."""
    judged: list[Judged] = [j for one in found for j in one["judged"]]
    claimed = [j for j in judged if j.graph.startswith("yes") and j.verdict and j.verdict != "ambiguous"]
    inside = [j for j in judged if j.inside]
    unsure = [n for one in found for n in one["unsure_places"]]

    def share(hits: Iterable[bool]) -> list[float]:
        all_hits = list(hits)
        return exact(sum(all_hits), len(all_hits))

    return {
        "project": found[0]["name"] if len(found) == 1 else f"{len(found)} projects",
        "sampled": len(judged),
        "precision": share(j.verdict in ("agreed", "graph", "both") for j in claimed),
        "precision_inside": share(
            j.verdict in ("agreed", "graph", "both") for j in claimed if j.graph != "yes outside"
        ),
        "recall_alone": share(j.yes for j in inside),
        "recall_opinion": share(j.opinion for j in inside),
        "yes_or_unsure": share(j.listed for j in inside),
        "unsure_places_mean": round(sum(unsure) / len(unsure), 2) if unsure else 0.0,
        "unsure_places_p95": sorted(unsure)[int(0.95 * (len(unsure) - 1))] if unsure else 0,
        "decided_calls": exact(sum(one["decided"] for one in found), sum(one["calls"] for one in found)),
        "silent": sum(j.checker == "silent" for j in judged),
        "verdicts": dict(sorted(Counter(j.verdict for j in judged if j.verdict).items())),
        "recall_by_kind": {
            kind: share(j.yes for j in inside if j.place.kind == kind)
            for kind in ("name", "attribute", "keyword", "import")
        },
    }


def _rows(all_: dict[str, Any]) -> list[dict[str, Any]]:
    def row(name: str, what: str, must: float, aim: float) -> dict[str, Any]:
        hits, of, low, high = all_[name]
        value = f"{hits / of:.2%} ({hits:.0f} of {of:.0f}; {low:.1%} to {high:.1%})" if of else "nothing was measured"
        return {"name": name, "what": what, "must": f">= {must:.1%}", "aim": f"{aim:.1%}", "value": value,
                "ok": bool(of) and hits / of >= must}  # fmt: skip

    listed = row("yes_or_unsure", "yes + unsure, with the mean of unsure places a question", 0.98, 0.995)
    mean = all_["unsure_places_mean"]
    listed |= {"must": f"{listed['must']}, <= 3", "value": f"{listed['value']}; {mean} places"}
    listed["ok"] = listed["ok"] and mean <= 3
    return [
        row("precision", "precision of yes against basedpyright and ty, disagreements read", 0.99, 0.997),
        row("recall_alone", "recall of yes, of what a checker resolves into the repository", 0.80, 0.90),
        row("recall_opinion", "the same with the second opinion", 0.95, 0.98),
        listed,
        row("decided_calls", "calls whose name the project defines: decided", 0.75, 0.85),
    ]


def _disagreements(one: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """Return what was claimed otherwise than by the checker (`checker`), or not found for certain (`recall`)."""
    judged: list[Judged] = one["judged"]
    chosen = [
        j
        for j in judged
        if (j.verdict not in ("", "agreed") if what == "checker" else j.inside and not j.yes and not j.verdict)
    ]
    return [
        {
            "project": one["name"].rpartition("-")[0],
            "place": j.place.where,
            "text": j.place.excerpt,
            "kind": j.place.kind,
            "graph": j.graph,
            "checker": j.checker,
            **({"verdict": j.verdict} if what == "checker" else {"opinion": j.opinion, "listed": j.listed}),
        }
        for j in chosen
    ]


def _adjudicated() -> list[dict[str, str]]:
    file = RESULTS / "precision-adjudicated.json"
    rows: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return rows


def _line(one: dict[str, Any]) -> str:
    def percent(name: str) -> str:
        hits, of, low, high = one[name]
        return f"{hits / of:6.1%} [{low:.1%} {high:.1%}]" if of else "-"

    shares = ("precision", "recall_alone", "recall_opinion", "yes_or_unsure", "decided_calls")
    texts = [f"{name} {percent(name)}" for name in shares]
    return f"{one['project']:18} " + "  ".join(texts) + f"  unsure places {one['unsure_places_mean']}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repos", type=Path, help="the folder of the projects")
    parser.add_argument("--cache", type=Path, required=True, help="the folder of the checkers' answers")
    parser.add_argument("--seed", type=int, default=FINAL_SEED, help="which references (default: the final ones)")
    parser.add_argument("--only", default=",".join(PROJECTS), help="comma-separated names")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--write", action="store_true", help="leave the results in benchmarks/results/precision.json")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("FAMILIAR_HOME", home)
        found = measure(given.repos.resolve(), given.cache.resolve(), given.seed, given.only.split(","))
    if given.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "precision.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found) if given.json else _line(found["all"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
