"""How long it takes to learn a house and to count a saved file anew, and how much memory learning adds.

Timed figures are apart from the others, so that they can be taken on a quiet machine. Each project is learned in a
process of its own: indexed before, with nothing known of its habits, on the cores that are there. A save adds a
function to a file that was drawn, in the editor's buffer; nothing is written. Memory is the resident set after learning
less that before, in the process that holds the house.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.conventions.learning import Keeper
from familiar_codegraph.workspace import Workspace

from benchmarks.conventions.corpus import Labelled

PROJECTS = ("click", "django", "scrapy")
SAVED = b"\n\ndef familiar_saved(value, other=None):\n    return str(value) or other\n"


def measure(labelled: Labelled, seed: int, quick: bool) -> dict[str, Any]:
    """Return one project's figures, taken in a fresh process."""
    command = [sys.executable, "-m", __spec__.name, str(labelled.root), str(seed), "50" if quick else "200"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[2])
    return dict(msgspec.json.decode(done.stdout))


def combine(measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return each project's figures, with the quantiles of its saves."""
    return {"by_project": {name: _row(result) for name, result in measured.items()}}


def _row(result: dict[str, Any]) -> dict[str, Any]:
    row = {key: value for key, value in result.items() if not key.endswith("_ms")}
    for kind in ("save", "save_cpu"):
        times = sorted(result[f"{kind}_ms"])
        row |= {f"{kind}_p{q}_ms": times[min(len(times) - 1, len(times) * q // 100)] for q in (50, 95)}
    return row | {"saves": len(result["save_ms"])}


def timed(root: Path, seed: int, saves: int) -> dict[str, Any]:
    """Index, learn and save in this process; a large project's files are read by workers of it."""
    workspace = Workspace(root)
    workspace.index()
    graph = workspace.graph()
    with tempfile.TemporaryDirectory() as folder:
        keeper = Keeper(workspace.root, folder=Path(folder))
        before, began, cpu = _resident(), time.perf_counter(), _processor()
        house = keeper.build(graph)
        learned, spent, after = time.perf_counter() - began, _processor() - cpu, _resident()
        times, processor = [], []
        for path in random.Random(seed).choices(sorted(house.files()), k=saves):
            data = (root / path).read_bytes()
            for content in (data + SAVED, data):
                workspace.put(path, content)
                changed = workspace.graph()
                began, cpu = time.perf_counter(), time.process_time()
                keeper.update(changed, path)
                times.append(1000 * (time.perf_counter() - began))
                processor.append(1000 * (time.process_time() - cpu))
            workspace.drop(path)
        keeper.close()
    workspace.close()
    figures = {"files": len(house.files()), "learn_s": learned, "learn_cpu_s": spent, "memory_mb": after - before}
    return {
        **figures,
        "resident_mb": after,
        "save_ms": times,
        "save_cpu_ms": processor,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def _processor() -> float:
    """Return the seconds of processor of this process and of those it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(timed(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
