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
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import sdists
from benchmarks.bounds import exact
from benchmarks.comparing import Compared, Project, compare_project

PROJECTS = ("attrs", "black", "click", "httpx", "jinja2", "networkx", "requests", "rich", "scrapy", "sqlalchemy")
RESULTS = Path(__file__).parent / "results"
FINAL_SEED = 20261122


class Judged(NamedTuple):
    """A comparison with what follows from it, after reading."""

    row: Compared
    verdict: str
    """agreed, or adjudicated: graph, checker, both, ambiguous; open: not adjudicated; "" where nothing is claimed."""
    inside: bool
    """The checker resolves it into the repository, and was not found to be wrong."""
    yes: bool
    opinion: bool
    """`yes`, or unsure and ty says where."""
    listed: bool


Table = Mapping[tuple[str, str, str, str], str]
"""Verdicts by project, place, and what the graph and the checker said."""


def _judge(project: str, row: Compared, adjudicated: Table) -> Judged:
    verdict = "agreed" if row.agreed and row.sure else ""
    if row.sure and row.checker != "silent" and not row.agreed:
        verdict = adjudicated.get((project, row.place.where, row.graph, row.checker), "open")
    inside = row.resolved and verdict not in ("graph", "ambiguous")
    yes = inside and row.sure and verdict in ("agreed", "both")
    listed = inside and (yes or row.listed)
    return Judged(row, verdict, inside, yes, yes or (listed and not row.sure and row.second), listed)


# ---------------------------------------------------------------- all of them


def measure(repos: Path, cache: Path, seed: int = FINAL_SEED, projects: Sequence[str] = PROJECTS) -> dict[str, Any]:
    """Return the figures for each project and in all, and every disagreement."""
    adjudicated = {
        (row["project"], row["place"], row["graph"], row["checker"]): row["verdict"] for row in _adjudicated()
    }
    cache.mkdir(parents=True, exist_ok=True)
    found = []
    for name in projects:
        root = repos / sdists.PINS[name].stem
        if not root.is_dir():
            sdists.fetch(name, repos)
        found.append(compare_project(root, cache, seed))
        print(_line(figures([found[-1]], adjudicated)), file=sys.stderr, flush=True)
    return {
        "schema": 1,
        "seed": seed,
        "figures": _rows(figures(found, adjudicated)),
        "all": figures(found, adjudicated),
        "projects": [
            figures([one], adjudicated) | {"seconds": one.seconds, "references": one.references} for one in found
        ],
        "disagreements": [row for one in found for row in _disagreements(one, adjudicated, "checker")],
        "unresolved": [row for one in found for row in _disagreements(one, adjudicated, "recall")],
    }


def figures(found: Sequence[Project], adjudicated: Table) -> dict[str, Any]:
    """Sum up projects: each share as [hits, of, lower, upper]."""
    judged = [_judge(_name(one), row, adjudicated) for one in found for row in one.compared]
    claimed = [j for j in judged if j.row.sure and j.verdict and j.verdict != "ambiguous"]
    inside = [j for j in judged if j.inside]
    unsure = [n for one in found for n in one.unsure]

    def share(hits: Iterable[bool]) -> list[float]:
        all_hits = list(hits)
        return exact(sum(all_hits), len(all_hits))

    right = ("agreed", "graph", "both")
    return {
        "project": found[0].name if len(found) == 1 else f"{len(found)} projects",
        "sampled": len(judged),
        "precision": share(j.verdict in right for j in claimed),
        "precision_inside": share(j.verdict in right for j in claimed if j.row.graph != "yes outside"),
        "recall_alone": share(j.yes for j in inside),
        "recall_opinion": share(j.opinion for j in inside),
        "yes_or_unsure": share(j.listed for j in inside),
        "unsure_places_mean": round(sum(unsure) / len(unsure), 2) if unsure else 0.0,
        "unsure_places_median": statistics.median(unsure) if unsure else 0,
        "unsure_places_p95": sorted(unsure)[int(0.95 * (len(unsure) - 1))] if unsure else 0,
        "decided_calls": exact(sum(one.decided for one in found), sum(one.calls for one in found)),
        "silent": sum(j.row.checker == "silent" for j in judged),
        "verdicts": dict(sorted(Counter(j.verdict for j in judged if j.verdict).items())),
        "recall_by_kind": {
            kind: share(j.yes for j in inside if j.row.place.kind == kind)
            for kind in ("name", "attribute", "keyword", "import")
        },
    }


def _name(one: Project) -> str:
    return one.name.rpartition("-")[0]


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


def _disagreements(one: Project, adjudicated: Table, what: str) -> list[dict[str, Any]]:
    """Return what was claimed otherwise than by the checker (`checker`), or not found for certain (`recall`)."""
    judged = [_judge(_name(one), row, adjudicated) for row in one.compared]
    chosen = [
        j
        for j in judged
        if (j.verdict not in ("", "agreed") if what == "checker" else j.inside and not j.yes and not j.verdict)
    ]
    return [
        {
            "project": _name(one),
            "place": j.row.place.where,
            "text": j.row.place.excerpt,
            "kind": j.row.place.kind,
            "graph": j.row.graph,
            "checker": j.row.checker,
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
