"""What the code graph costs on a repository: cold and warm index, restart, edits, references.

    python -m benchmarks.graph PATH [--json] [--rounds N] [--symbols N]

Seconds are wall clock beside CPU seconds of our processes, because a busy machine says more about its other work than
about ours; `load` is the load average at the start. Every figure is a median (p50) with its p95 over the rounds. The
store is one of its own, so the user's is left alone.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.client import GraphClient
from familiar_codegraph.workspace import Workspace


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the repository to measure on")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--rounds", type=int, default=3, help="how often index and restart are measured")
    parser.add_argument("--symbols", type=int, default=60, help="how many symbols' references are asked for")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as home:
        os.environ["FAMILIAR_HOME"] = home
        figures = measure(given.path.resolve(), given.rounds, given.symbols)
    print(json.dumps(figures, indent=None if given.json else 2))
    return 0


def measure(root: Path, rounds: int, symbols: int) -> dict[str, Any]:
    """Return all figures for the repository at `root`."""
    figures: dict[str, Any] = {"schema": 1, "root": root.name, "load": os.getloadavg()[0], "cores": _cores()}
    workspace = Workspace(root)
    report, cold = _series(rounds, lambda: workspace.index(fresh=True))
    warm_report, warm = _series(rounds, lambda: Workspace(root).index())
    figures |= {
        "files": report.files,
        "lines": report.lines,
        "symbols": report.symbols,
        "references": report.references,
        "failed": len(report.failed),
        "cold_index": cold,
        "warm_index": warm,
        "from_cache": warm_report.from_cache,
        "peak_mb": report.peak_mb,
    }
    figures["references_ms"] = references(workspace, symbols)
    figures["edit_ms"] = edits(workspace)
    figures["restart"] = asyncio.run(restart(workspace, root, rounds))
    figures["peak_mb_after"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return figures


def references(workspace: Workspace, count: int) -> dict[str, Any]:
    """Time references of methods and functions drawn with a fixed seed, each for the first time and once more."""
    graph = workspace.graph()
    candidates = [
        (path, inner.name_start)
        for path in graph.files()
        for item in graph.outline(path)
        for inner in (*item.children, item)
        if not inner.name.startswith(("test", "__"))
    ]
    drawn = random.Random(1).sample(candidates, min(count, len(candidates)))
    first, again, unsure, incomplete = [], [], [], 0
    for path, offset in drawn:
        first.append(_milliseconds(lambda path=path, offset=offset: graph.references(path, offset)))
        again.append(_milliseconds(lambda path=path, offset=offset: graph.references(path, offset)))
        answers = graph.references(path, offset)
        unsure.append(sum(a.verdict == "unsure" for a in answers.answers))
        incomplete += not answers.complete
    return {
        "asked": len(drawn),
        "first": _spread(first),
        "again": _spread(again),
        "unsure_places_mean": round(statistics.mean(unsure), 2) if unsure else 0,
        "incomplete": incomplete,
    }


def edits(workspace: Workspace) -> dict[str, Any]:
    """Time from a keystroke in a buffer to a fresh answer about it, in files of about 500 and 3,000 lines."""
    graph = workspace.graph()
    found = {}
    for wanted in (500, 3000):
        sizes = {p: s.lines for p in graph.files() if (s := graph.summary(p)) and not s.problems and graph.outline(p)}
        path = min(sizes, key=lambda p: (abs(sizes[p] - wanted), p))
        data, samples, cpu, touched = graph.data(path), [], [], []
        workspace.put(path, data, 0)
        offset = graph.outline(path)[0].name_start
        at = data.rfind(b"\n", 0, len(data) * 2 // 3)
        for version in range(1, 41):
            before = workspace.graph()
            began, cpu_began = time.perf_counter(), time.process_time()
            change = (at, at, b"  # x") if version % 2 else (at, at + 5, b"")
            workspace.edit(path, version, [change])
            workspace.graph().definitions(path, offset)
            samples.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - cpu_began) * 1000)
            after = workspace.graph()
            others = [p for p in list(graph.files())[:20] if p != path]
            touched.append(sum(after.index(p) is not before.index(p) for p in others))
        workspace.drop(path)
        found[str(wanted)] = {
            "path": path,
            "lines": sizes[path],
            **_spread(samples),
            "cpu": _spread(cpu),
            "other_files_touched": max(touched),
        }
    return found


async def restart(workspace: Workspace, root: Path, rounds: int) -> dict[str, Any]:
    """Time from the start of the graph process to its first complete answer, the tree unchanged."""
    graph = workspace.graph()
    path = next(p for p in graph.files() if graph.outline(p))
    offset = graph.outline(path)[0].name_start
    seconds = []
    for _ in range(rounds):
        client = GraphClient(root)
        began = time.perf_counter()
        await client.index()
        answers = await client.ask("references", path, offset)
        seconds.append(time.perf_counter() - began)
        assert answers.answers
        await client.close()
    return {"seconds": _spread(seconds, 3)}


def _series(rounds: int, work: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    walls, cpus, result = [], [], None
    for _ in range(rounds):
        began, cpu = time.perf_counter(), _cpu()
        result = work()
        walls.append(time.perf_counter() - began)
        cpus.append(_cpu() - cpu)
    return result, {"seconds": _spread(walls, 3), "cpu_seconds": _spread(cpus, 3)}


def _cpu() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _spread(samples: Sequence[float], digits: int = 2) -> dict[str, float]:
    ordered = sorted(samples)
    last = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"p50": round(statistics.median(ordered), digits), "p95": round(last, digits)}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
