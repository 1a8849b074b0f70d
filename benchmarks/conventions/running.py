"""Measures the parts of the benchmark on the projects, several at once; what was measured is not done again."""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.conventions import answers, completions, drift, naming, pairs, speed, violations
from benchmarks.conventions.corpus import QUICK, SEEN, UNSEEN, Labelled, labelled

PARTS: dict[str, tuple[Callable[[Labelled, int, bool], Any], Callable[[dict[str, Any]], Any]]] = {
    "answers": (answers.measure, answers.combine),
    "violations": (violations.measure, violations.combine),
    "naming": (naming.measure, naming.combine),
    "pairs": (pairs.measure, pairs.combine),
    "completions": (completions.measure, completions.combine),
    "drift": (drift.measure, drift.combine),
    "speed": (speed.measure, speed.combine),
}
TAKEN = {"pairs": pairs.PROJECTS, "completions": pairs.PROJECTS, "drift": drift.PROJECTS, "speed": speed.PROJECTS}
"""Parts for which only some projects are taken."""
ALONE = {"speed"}
"""Parts that are measured with nothing beside them, and only when they are named."""


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of the parts that were asked for, of the seen projects and of the unseen ones."""
    kept = given.sdists / "measured" / (given.run or _version())
    kept.mkdir(parents=True, exist_ok=True)
    groups = {"seen": given.project or (QUICK if given.quick else SEEN), "unseen": UNSEEN if given.unseen else ()}
    figures: dict[str, Any] = {"schema": 1, "seed": given.seed, "quick": given.quick}
    parts = given.only or [part for part in PARTS if part not in ALONE]
    taken = {
        (group, part): [name for name in names if name in TAKEN.get(part, names)]
        for group, names in groups.items()
        for part in parts
    }
    units = [(part, name) for (_, part), names in taken.items() for name in names]
    if given.jobs > 1 and not given.report:
        _measure_together(given, [unit for unit in units if unit[0] not in ALONE], kept)
    for (group, part), names in taken.items():
        measured = {name: result for name in names if (result := _measured(given, part, name, kept)) is not None}
        if measured:
            figures.setdefault(group, {})[part] = PARTS[part][1](measured) | {"projects": list(measured)}
    return figures


def _measure_together(given: argparse.Namespace, units: Iterable[tuple[str, str]], kept: Path) -> None:
    """Label the projects, then measure the units, `given.jobs` at once."""
    listed = list(units)
    names = list(dict.fromkeys(name for _, name in listed))
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(_prepare, names, [given.sdists] * len(names)))
        for done in [pool.submit(_measured, given, part, name, kept) for part, name in listed]:
            done.result()


def _prepare(name: str, archives: Path) -> None:
    labelled(name, archives)


def _version() -> str:
    """Return a short hash of everything that a result depends on besides the projects and the settings."""
    here = Path(__file__).parents[2]
    folders = ("codegraph/familiar_codegraph", "completion/familiar_completion", "benchmarks/conventions")
    files = [path for folder in folders for path in sorted((here / folder).rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _measured(given: argparse.Namespace, part: str, name: str, kept: Path) -> Any:
    """Return one part's result for one project, from an earlier run with the same settings where there is one."""
    found = kept / f"{part}-{name}-{given.seed}{'-quick' if given.quick else ''}.json"
    if not found.is_file():
        if given.report:
            return None
        began, cpu = time.perf_counter(), time.process_time()
        result = PARTS[part][0](labelled(name, given.sdists), given.seed, given.quick)
        partial = found.with_suffix(".partial")
        partial.write_text(json.dumps(result), encoding="utf-8")
        partial.replace(found)
        spent = f"{time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} s of processor"
        print(f"{part} {name}: {spent}", file=sys.stderr, flush=True)
    return json.loads(found.read_text(encoding="utf-8"))
