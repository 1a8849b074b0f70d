"""Cold index beside aider's map and ctags; restart from the store."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.client import GraphClient
from familiar_codegraph.discover import discover
from familiar_codegraph.workspace import Workspace

from benchmarks.graph import corpus
from benchmarks.graph.figure import Figure, Given, ratio, spread

_AIDER = Path(__file__).parent / "peers" / "aider_map.py"


def index(given: Given) -> list[Figure]:
    """Cold index as the command does it (process start to exit), rounds alternating with the other tools."""
    files = [path for path in discover(given.root) if path.endswith((".py", ".pyi"))]
    theirs = _copy_for_aider(given, files)
    walls: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    report: dict[str, Any] = {}
    command = [sys.executable, "-P", "-m", "familiar_server", "index", str(given.root), "--fresh", "--json"]
    for _ in range(given.rounds):
        text = _timed("familiar", command, walls, cpus)
        report = json.loads(text)
        walls.setdefault("familiar_reported", []).append(report["seconds"])
        if theirs is not None and given.aider:
            shutil.rmtree(theirs / ".aider.tags.cache.v4", ignore_errors=True)
            for name in ("aider_cold", "aider_warm"):
                run = [str(given.aider), str(_AIDER), str(theirs)]
                said = json.loads(_timed(name, run, walls, cpus, "\n".join(files)).splitlines()[-1])
                walls.setdefault(f"{name}_map_alone", []).append(said["seconds"])
        if shutil.which("ctags"):
            _timed("ctags", ["ctags", "-f", os.devnull, "--languages=Python", "-R", str(given.root)], walls, cpus)
    seconds = {name: spread(found) for name, found in walls.items()}
    own, aider = seconds["familiar"], seconds.get("aider_cold_map_alone", {})
    beside = f"; aider's map {aider['p50']} s ({ratio(aider, own)}x)" if aider else "; aider not measured"
    beside += f", warm {seconds['aider_warm_map_alone']['p50']} s" if aider else ""
    beside += f"; ctags, definitions only, {seconds['ctags']['p50']} s" if "ctags" in seconds else ""
    data = {
        "seconds": seconds,
        "cpu_seconds": {name: spread(found) for name, found in cpus.items()},
        "ratio_to_aider": ratio(aider, own) if aider else None,
        **{name: report[name] for name in ("files", "lines", "symbols", "references", "peak_mb")},
    }
    fast = own["p50"] <= 9
    return [
        Figure(
            "index",
            f"cold index, {report['files']} files, {report['lines']} lines, --fresh, the whole command",
            "<= 9 s and faster than aider's map in the same run",
            "<= 6 s",
            f"{own['p50']} s{beside}",
            fast and own["p50"] < aider["p50"] if aider else None if fast else False,
            data,
        )
    ]


def _copy_for_aider(given: Given, files: Sequence[str]) -> Path | None:
    """aider keeps its cache inside the repository, so it gets a copy, of the same files."""
    if given.aider is None:
        return None
    copy = given.work / "aider"
    shutil.rmtree(copy, ignore_errors=True)
    for path in files:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(given.root / path, copy / path)
    return copy


def _timed(
    name: str, command: Sequence[str], walls: dict[str, list[float]], cpus: dict[str, list[float]], given: str = ""
) -> str:
    """Run a command; note its seconds and the processor time of it and all its processes."""
    began = time.perf_counter()
    before = os.times()
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    after = os.times()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:6])} failed: {done.stderr.strip()[-500:]}")
    walls.setdefault(name, []).append(time.perf_counter() - began)
    used = after.children_user - before.children_user + after.children_system - before.children_system
    cpus.setdefault(name, []).append(used)
    return done.stdout


def restart(given: Given) -> list[Figure]:
    """Start of the graph process to its first complete and right answer, the tree unchanged, about a method whose name
    stands in about 100 files."""
    workspace = Workspace(given.root)
    workspace.index()
    graph = workspace.graph()
    path, offset, name = min(
        corpus.common_methods(graph, 400), key=lambda place: (abs(len(graph.mentions(place[2])) - 100), place[2])
    )
    expected = graph.references(path, offset)
    workspace.close()
    walls, cpus = [], []
    for _ in range(max(5, given.rounds)):
        wall, cpu = asyncio.run(_restart(given.root, path, offset, expected))
        walls.append(wall)
        cpus.append(cpu)
    seconds = spread(walls, 3)
    return [
        Figure(
            "restart",
            "restart: process start to first correct `references` answer, unchanged tree",
            "<= 1.5 s",
            "<= 0.8 s",
            f"{seconds['p50']} s (p95 {seconds['p95']} s)",
            seconds["p50"] <= 1.5,
            {
                "seconds": seconds,
                "cpu_seconds": spread(cpus, 3),
                "asked": name,
                "files": len(graph.mentions(name)),
                "answers": len(expected.answers),
            },
        )
    ]


async def _restart(root: Path, path: str, offset: int, expected: object) -> tuple[float, float]:
    before = os.times()
    client = GraphClient(root)
    began = time.perf_counter()
    await client.index()
    answers = await client.ask("references", path, offset)
    seconds = time.perf_counter() - began
    await client.close()
    after = os.times()
    if answers != expected:
        raise AssertionError("the restarted process answers differently")
    return seconds, after.children_user - before.children_user + after.children_system - before.children_system
