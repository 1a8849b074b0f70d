"""How long a rename takes to be answered: `python -m benchmarks.refactor.latency [--project click] [--json]`.

    plan        the static answer on a warm graph: the plan with its checks, in seconds of the clock and of the CPU
    request     the same as the server asks for it: an edit process that waited (started while a name was typed), the
                graph from its store, the proposal
    overhead    a verified answer (`impacted`, the unchanged tree's outcomes known) less the seconds that the same test
                files take when pytest alone runs them once on the unchanged tree

Targets are drawn as in the trials, with new names that set no trap.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from familiar_codegraph import home
from familiar_codegraph.collecting import collect_young
from familiar_edits.client import Edits
from familiar_edits.process import Request
from familiar_edits.values import Proposal, Verify

from benchmarks.refactor.draw import Trial, trials
from benchmarks.refactor.familiar import Static
from benchmarks.refactor.projects import Project, project

_FOLDER = home.cache_dir() / "benchmarks" / "refactor"
_TYPED = 1.0
"""Seconds between the editor's question what would be renamed and the new name."""


def measure(found: Project, count: int, requests: int, verified: int, seed: int) -> dict[str, Any]:
    """Return the figures of one project."""
    drawn = trials(found.root, found.source, seed, count, 0.0)
    product = Static(found.root)
    product.rename(drawn[0])
    collect_young()  # as the edit process does
    plans, cpu = [], []
    for trial in drawn:
        began, used = time.monotonic(), time.process_time()
        product.rename(trial)
        plans.append(time.monotonic() - began)
        cpu.append(time.process_time() - used)
    product.end()
    asked, overheads = asyncio.run(_asked(found, drawn[:requests], drawn[:verified]))
    return {
        "project": found.root.name,
        "load": round(os.getloadavg()[0], 2),
        "plan": _spread(plans),
        "plan_cpu": _spread(cpu),
        "request": _spread(asked),
        "overhead": _spread(overheads),
    }


async def _asked(found: Project, static: Sequence[Trial], verified: Sequence[Trial]) -> tuple[list[float], list[float]]:
    async with Edits() as edits:
        asked = [(await _timed(edits, found, trial, "static"))[0] for trial in static]
        overheads = [await _overhead(edits, found, trial) for trial in verified]
    return asked, [seconds for seconds in overheads if seconds is not None]


async def _timed(edits: Edits, found: Project, trial: Trial, level: Verify) -> tuple[float, Proposal]:
    arguments = {"new_name": trial.new_name}
    target = trial.target
    request = Request(str(found.root), "rename", target.path, target.offset, arguments, verify=level, trusted=True)
    edits.ready()
    await asyncio.sleep(_TYPED)
    began = time.monotonic()
    said = await edits.propose(request)
    return time.monotonic() - began, said


async def _overhead(edits: Edits, found: Project, trial: Trial) -> float | None:
    """Return the seconds beyond the tests' own, None for what is not verified."""
    await _timed(edits, found, trial, "impacted")  # now the outcomes on the unchanged tree are known
    seconds, said = await _timed(edits, found, trial, "impacted")
    if said.status != "verified" or said.evidence.tests is None:
        return None
    ran = sorted({test.partition("::")[0] for test in said.evidence.tests.after})
    command = [str(found.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *ran]
    began = time.monotonic()
    subprocess.run(command, cwd=found.root, capture_output=True, check=False)
    return seconds - (time.monotonic() - began)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [0.0]
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"n": len(seconds), "p50": round(statistics.median(ordered), 3), "p95": round(p95, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", default="click")
    parser.add_argument("--count", type=int, default=100, help="plans")
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--verified", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = project(args.project, _FOLDER / "projects")
    os.environ["FAMILIAR_HOME"] = str(_FOLDER / "home" / f"{found.root.name}-latency")
    figures = measure(found, args.count, args.requests, args.verified, args.seed)
    out = _FOLDER / "latency.json"
    out.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    print(json.dumps({"schema": 1, **figures}) if args.json else json.dumps(figures, indent=1), file=sys.stdout)


if __name__ == "__main__":
    main()
