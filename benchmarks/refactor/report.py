"""The figures of all trials: read from the lines that the runs appended, written as results/refactor.md."""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.refactor.projects import LEFT_OUT, MEASURED
from benchmarks.refactor.trial import Result

RESULTS = Path(__file__).parents[1] / "results" / "refactor.md"
_FILE = re.compile(r"^(?P<project>.+)-(?P<seed>\d+)-(?P<engine>[a-z]+)-(?P<code>[0-9a-f]+)\.jsonl$")
_OTHERS = ("rope", "basedpyright")
SAME = "static, the others' trials"
_APPLIED = ("correct", "silently broken")


def read(out: Path) -> list[Result]:
    """Return the results in a file; a line that was cut off is left out."""
    lines = out.read_bytes().splitlines() if out.is_file() else []
    return [msgspec.json.decode(line, type=Result) for line in lines if line.endswith(b"}")]


def gathered(folder: Path) -> dict[str, list[Result]]:
    """Return the results by engine, of all seeds: those of the code that each ran on last."""
    files = [
        (match, path)
        for path in sorted(folder.glob("*.jsonl"), key=lambda p: p.stat().st_mtime)
        if (match := _FILE.match(path.name)) and match["project"] not in LEFT_OUT
    ]
    last = {match["engine"]: match["code"] for match, _ in files}
    found: dict[str, list[Result]] = defaultdict(list)
    for match, path in sorted(files, key=lambda file: file[1].name):
        if match["code"] == last[match["engine"]]:
            found[match["engine"]] += read(path)
            if match["engine"] == "static":
                found[f"static, seed {match['seed']}"] += read(path)
    if beside := {(row.project, row.trial) for engine in _OTHERS for row in found.get(engine, [])}:
        found[SAME] = [row for row in found.get("static", []) if (row.project, row.trial) in beside]
    return dict(sorted(found.items()))


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of one engine; bounds are exact (Clopper-Pearson, one-sided, 95 %)."""
    counts = Counter(result.outcome for result in results)
    applied = sum(counts[name] for name in _APPLIED)
    possible = sum(result.possible for result in results)
    answered = sum(result.outcome == "asked" and result.answered for result in results)
    faults = Counter(result.fault.split(" ")[0].strip(":") for result in results if result.fault)
    planted = sum(faults.values())
    noticed = faults["flagged"] / planted if planted else 0.0
    bound = upper_bound(counts["silently broken"], applied)
    seconds = sorted(result.product_seconds for result in results) or [0.0]
    return {
        "projects": len({result.project for result in results}),
        "trials": len(results),
        "classes": dict(sorted(counts.items())),
        "statuses": dict(sorted(Counter(result.status for result in results if result.status).items())),
        "applied": applied,
        "silently_broken": counts["silently broken"],
        "broken_at_most": bound,
        "broken_at_most_given_faults": round(bound / noticed, 5) if noticed else None,
        "possible": possible,
        "usefulness": round((counts["correct"] + answered / 2) / possible, 4) if possible else None,
        "asked_and_answered": answered,
        "faults": {"planted": planted, "flagged": faults["flagged"], "rate": round(noticed, 4)},
        "void": noticed < 0.99,
        "inverse": dict(sorted(Counter(r.inverse.split(":")[0] for r in results if r.inverse).items())),
        "plan_seconds": {"p50": _at(seconds, 0.5), "p95": _at(seconds, 0.95)},
        "judge_cpu_seconds": {"mean": round(sum(r.cpu_seconds for r in results) / max(1, len(results)), 2)},
    }


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 4)


def upper_bound(bad: int, of: int, confidence: float = 0.95) -> float:
    """Return the largest rate that `bad` of `of` does not exclude (exact binomial); 1.0 without trials."""
    if of == 0 or bad >= of:
        return 1.0
    low, high = bad / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        seen = sum(math.comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(bad + 1))
        low, high = (middle, high) if seen > 1 - confidence else (low, middle)
    return round(high, 5)


def write(found: dict[str, list[Result]], latency: Path) -> None:
    """Write the page of all engines: figures, projects, every failure as a case; times from the file `latency`."""
    RESULTS.parent.mkdir(exist_ok=True)
    times = _times(json.loads(latency.read_bytes())) if latency.is_file() else []
    RESULTS.write_text("\n".join([*_page(found), *times]) + "\n", encoding="utf-8")


def _times(figures: dict[str, Any]) -> list[str]:
    names = {
        "plan": "static answer on a warm graph",
        "plan_cpu": "the same, of the CPU",
        "request": "static answer by a fresh edit process",
        "overhead": "verified answer, beyond one run of its tests",
    }
    lines = ["", "## Times", "", f"{figures['project']}, at a load of {figures['load']}.", ""]
    lines += ["| seconds | n | median | 95 % |", "| --- | ---: | ---: | ---: |"]
    return [*lines, *(f"| {names[k]} | {f['n']} | {f['p50']} | {f['p95']} |" for k in names for f in [figures[k]])]


def _page(found: dict[str, list[Result]]) -> list[str]:
    figures = {engine: summary(rows) for engine, rows in found.items()}
    lines = [
        "# Random refactorings, judged",
        "",
        "Written by `python -m benchmarks.refactor --report`. How a trial is judged: `benchmarks/refactor/judge.py`.",
        "Bounds are exact (Clopper-Pearson, one-sided, 95 %); the second is divided by the share of planted faults",
        "that the judge noticed. All rows of a kind are of one state of the code: a hash of the graph's and the edits'",
        "modules stands in the names of their files. A run that was cut short goes on with the same command.",
        *(f"Tried and left out: {name}, for {why}." for name, why in LEFT_OUT.items()),
        *_unbegun(found),
        "",
        f"| | {' | '.join(figures)} |",
        f"| --- |{' ---: |' * len(figures)}",
    ]
    for name, cell in _ROWS.items():
        lines.append(f"| {name} | {' | '.join(cell(row) for row in figures.values())} |")
    for engine, rows in found.items():
        if not engine.startswith("static, "):
            lines += ["", f"## {engine}", "", *_projects(rows), *_cases(rows)]
    return lines


_ROWS = {
    "projects": lambda f: str(f["projects"]),
    "trials": lambda f: str(f["trials"]),
    "applied": lambda f: str(f["applied"]),
    "silently broken": lambda f: str(f["silently_broken"]),
    "broken at most": lambda f: f"{f['broken_at_most']:.2%}",
    "the same, faults unnoticed counted": lambda f: _share(f["broken_at_most_given_faults"], 2),
    "usefulness": lambda f: _share(f["usefulness"]),
    "correct": lambda f: str(f["classes"].get("correct", 0)),
    "asked (one answer to all gives a correct edit)": lambda f: (
        f"{f['classes'].get('asked', 0)} ({f['asked_and_answered']})"
    ),
    "refused rightly": lambda f: str(f["classes"].get("refused rightly", 0)),
    "refused needlessly": lambda f: str(f["classes"].get("refused needlessly", 0)),
    "crash, no-op": lambda f: str(f["classes"].get("crash", 0) + f["classes"].get("no-op", 0)),
    "planted faults noticed": lambda f: f"{f['faults']['flagged']} of {f['faults']['planted']}",
    "seconds to answer, median / 95 %": lambda f: f"{f['plan_seconds']['p50']:.3f} / {f['plan_seconds']['p95']:.3f}",
}


def _unbegun(found: dict[str, list[Result]]) -> list[str]:
    """Say which projects have no rows yet, so that a part is not taken for the whole."""
    seen = {row.project.rpartition("-")[0] for row in found.get("static", [])}
    missing = [name for name in MEASURED if name not in seen]
    return [f"Static renames not begun for: {', '.join(missing)}."] if missing else []


def _share(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}%}"


def _projects(rows: Sequence[Result]) -> list[str]:
    lines = ["| project | trials | applied | broken | usefulness | planted noticed |", "| --- |" + " ---: |" * 5]
    for name in sorted({row.project for row in rows}):
        f = summary([row for row in rows if row.project == name])
        faults = f"{f['faults']['flagged']} of {f['faults']['planted']}"
        cells = name, f["trials"], f["applied"], f["silently_broken"], _share(f["usefulness"]), faults
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _cases(rows: Sequence[Result]) -> list[str]:
    """Every trial that went wrong or was no use."""
    lines = []
    for title, wanted in (
        ("Silently broken", [r for r in rows if r.outcome == "silently broken"]),
        ("Crashes and no-ops", [r for r in rows if r.outcome in ("crash", "no-op")]),
        ("Refused needlessly", [r for r in rows if r.outcome == "refused needlessly"]),
        ("Asked where a correct edit exists", [r for r in rows if r.outcome == "asked" and r.possible]),
        ("Planted faults that the judge missed", [r for r in rows if r.fault.startswith("missed")]),
    ):
        if wanted:
            lines += ["", f"### {title}", "", *map(_case, wanted)]
    return lines


def _case(row: Result) -> str:
    t = row.trial
    said = row.fault if row.fault.startswith("missed") else row.detail
    place = f"{row.project} `{t.target.path}` at byte {t.target.offset}"
    return f"- {place}, {t.target.kind} `{t.target.name}` to `{t.new_name}`: {' '.join(said.split())[:240]}"
