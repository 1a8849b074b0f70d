"""Type checkers as the second opinion, side by side: what they cost, and what they say where the graph is unsure.

    python -m benchmarks.checkers REPOS --cache DIR [--seed N] [--only NAME,…] [--json]

Places are calls that the graph leaves unsure, drawn by seed from the projects of `precision`. A checker's answer counts
as `agreed` when one of the other two says the same, as `alone` when both others are silent, and as `contradicted` when
another answers and none says the same. Costs are wall clock from the start of the process to the first answer, for each
answer after it, and the peak of resident memory with all children, of one project at a time.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.opinion_lsp import LanguageClient
from familiar_codegraph.text import LineIndex
from familiar_codegraph.workspace import Workspace

from benchmarks import comparing, oracle, places, precision, sdists
from benchmarks.places import Place

_MOST = 100
"""Places of one project."""


def measure(repos: Path, cache: Path, seed: int, projects: Sequence[str]) -> dict[str, Any]:
    """Return for each checker what it costs, and counts of its answers over all projects."""
    said: dict[str, Counter[str]] = {name: Counter() for name in oracle.CHECKERS}
    costs: dict[str, list[dict[str, Any]]] = {name: [] for name in oracle.CHECKERS}
    asked = 0
    for project in projects:
        root = repos / sdists.PINS[project].stem
        drawn = _unsure(root, seed, cache)
        asked += len(drawn)
        folders = [name for name in ("src", "lib") if (root / name).is_dir()]
        answers = {
            name: oracle.answers(name, root, drawn, folders, cache, f"unsure-{seed}") for name in oracle.CHECKERS
        }
        for place in drawn:
            told = {name: _plain(found[place.where], place) for name, found in answers.items()}
            for name in told:
                said[name][_verdict(name, told)] += 1
        for name in oracle.CHECKERS:
            costs[name].append({"project": root.name, **_cost(name, root, drawn[:40], folders)})
            print(name, costs[name][-1], file=sys.stderr, flush=True)
    return {"schema": 1, "seed": seed, "asked": asked, "said": {n: dict(c) for n, c in said.items()}, "costs": costs}


def _unsure(root: Path, seed: int, cache: Path) -> list[Place]:
    _, calls, _ = places.drawn(root, seed, comparing.REFERENCES, comparing.CALLS, cache)
    workspace = Workspace(root)
    workspace.index()
    graph: CodeGraph = workspace.graph()
    found = [place for place in calls if not comparing.is_decided(graph, place)][:_MOST]
    workspace.close()
    return found


def _plain(said: oracle.Said, place: Place) -> frozenset[tuple[str, int]]:
    """The places in the repository by offset, those outside by one sign for all of them."""
    kept = [row for row in said if row[2] in ("", place.name)]
    return frozenset((path, offset) if offset >= 0 else ("", -1) for path, offset, _ in kept)


def _verdict(name: str, told: dict[str, frozenset[tuple[str, int]]]) -> str:
    own, others = told[name], [found for other, found in told.items() if other != name]
    if not own:
        return "silent"
    if any(own & found for found in others):
        return "agreed"
    return "contradicted" if any(others) else "alone"


def _cost(name: str, root: Path, drawn: Sequence[Place], folders: Sequence[str]) -> dict[str, Any]:
    checker = oracle.CHECKERS[name]
    paths = [str(root / folder) for folder in folders]
    if not drawn:
        return {}
    began = time.perf_counter()
    client = LanguageClient([oracle.command(name), *checker.argv[1:]], root, settings=checker.settings(root, paths))
    times = []
    try:
        client.initialize(time.monotonic() + 120, checker.options(root, paths))
        started = time.perf_counter() - began
        for path in dict.fromkeys(place.path for place in drawn):
            lines = LineIndex((root / path).read_bytes())
            client.open(path, lines.data.decode())
            for place in (p for p in drawn if p.path == path):
                at = time.perf_counter()
                number = client.ask_definition(path, lines.lsp_position(place.offset, client.encoding))
                client.definition(number, time.monotonic() + 120)
                times.append((time.perf_counter() - at) * 1000)
        total = time.perf_counter() - began
        client.weigh()
    finally:
        client.end()
    return {
        "start_s": round(started, 2),
        "first_answer_ms": round(times[0], 1),
        "answer_ms_p50": round(statistics.median(times), 1),
        "forty_s": round(total, 2),
        "peak_mb": round(client.peak_mb),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repos", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(precision.PROJECTS))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("FAMILIAR_HOME", home)
        found = measure(given.repos.resolve(), given.cache.resolve(), given.seed, given.only.split(","))
    print(json.dumps(found, indent=None if given.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
