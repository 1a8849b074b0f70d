"""Measures the parts of the benchmark, project by project, several at once; what was measured is not done again."""

import argparse
import gc
import hashlib
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from familiar_completion.models import WEIGHTS

from benchmarks.conventions import answers, completions, drift, naming, pairs, scripts, speed, violations
from benchmarks.conventions.corpus import QUICK, SCRIPTS, SEEN, UNSEEN, labelled
from benchmarks.conventions.labels import FOLDER

PARTS: dict[str, tuple[Callable[..., Any], Callable[[dict[str, Any]], Any]]] = {
    "answers": (answers.measure, answers.combine),
    "violations": (violations.measure, violations.combine),
    "naming": (naming.measure, naming.combine),
    "pairs": (pairs.measure, pairs.combine),
    "completions": (completions.measure, completions.combine),
    "drift": (drift.measure, drift.combine),
    "speed": (speed.measure, speed.combine),
    "scripts": (scripts.measure, scripts.combine),
}
TAKEN: dict[str, tuple[str, ...]] = {
    "pairs": pairs.PROJECTS,
    "completions": pairs.PROJECTS,
    "drift": drift.PROJECTS,
    "speed": speed.PROJECTS,
    "scripts": tuple(SCRIPTS),
}
"""Parts for which only some projects are taken."""
TOGETHER = ("pairs", "completions", "drift")
"""Parts whose projects were labelled as one set: also reported over the seen and the unseen ones together."""
ALONE = {"speed"}
"""Parts that are measured last, with nothing beside them, and only when they are named or all are asked for."""
LARGE = ("django", "twisted", "sphinx", "networkx", "scrapy")
"""Projects that are begun first, so that no core waits for one at the end."""
_GENERATING = {"completions", "drift"}
_APART = {"report", "tables", "running", "__main__", "predictions"}
"""Modules of the benchmark on which no result depends."""


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of the parts that were asked for: of the seen projects, the unseen ones, and together."""
    kept = given.sdists / "measured" / (given.run or "")
    kept.mkdir(parents=True, exist_ok=True)
    measured = given.only or [part for part in PARTS if given.whole or part not in ALONE]
    parts = list(PARTS) if given.out or given.report else measured
    python = given.project or (QUICK if given.quick else SEEN)
    groups = {
        "seen": (*python, *(() if given.project else SCRIPTS)),
        "unseen": UNSEEN if given.unseen and not given.project else (),
    }
    taken = {
        (group, part): [name for name in names if name in TAKEN.get(part, (*SEEN, *UNSEEN))]
        for group, names in groups.items()
        for part in parts
    }
    units = [(part, name) for (_, part), names in taken.items() for name in names]
    if not given.report:
        _measure(given, [unit for unit in units if unit[0] in measured and unit[0] not in ALONE], kept, given.jobs)
        _measure(given, [unit for unit in units if unit[0] in measured and unit[0] in ALONE], kept, 1)
    figures: dict[str, Any] = {"schema": 2, "seed": given.seed, "quick": given.quick, "missing": [], "cost": {}}
    found = {unit: _kept(given, *unit, kept) for unit in units}
    figures["missing"] = [f"{part} of {name}" for (part, name), result in found.items() if result is None]
    for part in parts:
        spent = [result["cpu_s"] for unit, result in found.items() if unit[0] == part and result]
        figures["cost"][part] = {"units": len(spent), "cpu_s": sum(spent)}
    for (group, part), names in taken.items():
        figures.setdefault(group, {}).update(_combined(part, {n: found[part, n] for n in names}))
    for part in TOGETHER if given.unseen and not given.project else ():
        if part in parts:
            every = {n: found[part, n] for group in groups for n in taken[group, part]}
            figures.setdefault("together", {}).update(_combined(part, every))
    return figures


def _combined(part: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return the part's figures by its name, nothing where nothing was measured."""
    measured = {name: result["result"] for name, result in found.items() if result is not None}
    return {part: PARTS[part][1](measured) | {"projects": list(measured)}} if measured else {}


def _measure(given: argparse.Namespace, units: Iterable[tuple[str, str]], kept: Path, jobs: int) -> None:
    """Measure what is not kept yet, a project's parts one after the other, `jobs` projects at once."""
    projects: dict[str, list[str]] = {}
    for part, name in units:
        if not _file(given, part, name, kept).is_file():
            projects.setdefault(name, []).append(part)
    ordered = sorted(projects, key=lambda name: (LARGE.index(name) if name in LARGE else len(LARGE), name))
    if not ordered:
        return
    spawned = get_context("spawn")
    with ProcessPoolExecutor(
        jobs, mp_context=spawned, initializer=_end_with, initargs=(os.getpid(),), max_tasks_per_child=1
    ) as pool:
        begun = [
            pool.submit(_measured, given, name, sorted(projects[name], key=[*PARTS].index), kept) for name in ordered
        ]
        for each in begun:
            each.result()


def _end_with(parent: int) -> None:
    """End this process when the one that started it is killed: nothing goes on unseen."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _measured(given: argparse.Namespace, name: str, parts: list[str], kept: Path) -> None:
    """Measure the parts on one project and keep each result as it is made."""
    gc.set_threshold(200_000, 20, 100)  # syntax trees are many objects and no garbage
    for part in parts:
        began, cpu = time.perf_counter(), processor()
        known = (name, given.sdists) if part == "scripts" else (labelled(name, given.sdists),)
        result = PARTS[part][0](*known, given.seed, given.quick)
        spent = {"wall_s": time.perf_counter() - began, "cpu_s": processor() - cpu}
        file = _file(given, part, name, kept)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps({**spent, "result": result}), encoding="utf-8")
        partial.replace(file)
        print(
            f"{part} {name}: {spent['wall_s']:.0f} s, {spent['cpu_s']:.0f} s of processor", file=sys.stderr, flush=True
        )


def processor() -> float:
    """Return the seconds of processor of this process and of those it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _kept(given: argparse.Namespace, part: str, name: str, kept: Path) -> Any:
    file = _file(given, part, name, kept)
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _file(given: argparse.Namespace, part: str, name: str, kept: Path) -> Path:
    """Return where a result is kept: by part, project, settings, and what it depends on unless the run has a name."""
    version = "" if given.run else f"-{_version(part in _GENERATING)}"
    return kept / f"{part}-{name}-{given.seed}{'-quick' if given.quick else ''}{version}.json"


_VERSIONS: dict[bool, str] = {}


def _version(generating: bool) -> str:
    """Return a short hash of what judges and what is judged: the graph's code, for completions the engine's as well."""
    if generating not in _VERSIONS:
        here = Path(__file__).parents[2]
        rooms = ("codegraph/familiar_codegraph", "completion/familiar_completion", "memory/familiar_memory")
        files = [p for room in rooms[: 3 if generating else 1] for p in sorted((here / room).rglob("*.py"))]
        files += [
            path for path in sorted(Path(__file__).parent.glob("*.*")) if path.is_file() and path.stem not in _APART
        ]
        files += [*sorted(FOLDER.glob("*.jsonl")), *([WEIGHTS] if generating else ())]
        _VERSIONS[generating] = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    return _VERSIONS[generating]
