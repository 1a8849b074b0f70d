"""What a measurement gives, and the small tools that all of them share."""

import hashlib
import os
import platform
import re
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

TOP = Path(__file__).parents[2]


class Figure(msgspec.Struct, frozen=True):
    """One row of the table. `ok`: whether `must` is met; None when this run cannot say (too few, nothing beside it)."""

    name: str
    what: str
    must: str
    aim: str
    value: str
    ok: bool | None
    data: dict[str, Any]


class Given(msgspec.Struct, frozen=True):
    """What was asked for: where to measure, with which other tools, and how long."""

    root: Path
    work: Path
    """A folder of our own for copies, stores and states."""
    rounds: int = 3
    symbols: int = 30
    keys: int = 300
    edits: int = 2000
    kills: int = 30
    lines: tuple[int, ...] = (100_000, 300_000, 1_000_000)
    aider: Path | None = None
    """The Python of an environment that has aider-chat."""
    peers: Path | None = None
    """The Python of an environment that has jedi and basedpyright."""
    resume: bool = False


def spread(samples: Sequence[float], digits: int = 2) -> dict[str, float]:
    """Return median, 95th percentile and extremes."""
    ordered = sorted(samples)
    if not ordered:
        return {}
    last = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    found = {"p50": statistics.median(ordered), "p95": last, "min": ordered[0], "max": ordered[-1]}
    return {name: round(value, digits) for name, value in found.items()} | {"n": len(ordered)}


def ratio(theirs: dict[str, float], ours: dict[str, float]) -> float:
    """Return by what factor our median is the smaller one."""
    return round(theirs["p50"] / ours["p50"], 1) if theirs and ours and ours["p50"] else 0.0


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.*)", info.read_text()) if info.exists() else None
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 2),
    }


def code() -> str:
    """Return a hash of what is measured and what measures: results of other code are not taken for this one's."""
    digest = hashlib.sha256(sys.version.encode())
    for folder in ("codegraph/familiar_codegraph", "benchmarks/graph"):
        for path in sorted((TOP / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
