"""Exact match by arm on the same tasks, with paired intervals.

Tasks are made by `make_tasks` (its docstring is the format), scored by `familiar_completion.scoring`. That rule ends a
call at its closing bracket, and the right text may go on to the end of the line (a comma, `.shape == ...`): nobody can
win such a task. Calls are therefore also compared to the end of the line on which the bracket closes, and of how many
the rule can be met is said. Two baselines stand beside the arms: the previous line again, and the line after the
nearest copy of the previous line.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from familiar_completion import evaluate
from familiar_completion.scoring import cut, exact

from benchmarks.completion import page
from benchmarks.completion.bootstrap import difference, mean, ratio

ROUND = 20
"""Tasks of one project and arm that are done before the next arm has its turn."""
BASELINES = ("repeat", "copy")
_DUPLICATES = ("dup_before", "dup_after", "dup_repo")

Rows = dict[str, dict[str, dict[str, Any]]]
"""Arm -> task -> prediction."""


class Plan(msgspec.Struct, frozen=True):
    """Which tasks are drawn of each project; `left`: nothing after the cursor is known to anybody."""

    protocol: str
    seed: int
    line: int
    api: int
    midline: int
    block: int
    left: bool

    @property
    def key(self) -> str:
        return "-".join(str(value) for value in msgspec.structs.astuple(self))


def run(
    roots: Sequence[Path], plan: Plan, arms: Sequence[str], model: Path | None, state: Path, seconds: float
) -> dict[str, Any]:
    """Do what is left to do within `seconds`, and report all that is done."""
    until = time.monotonic() + seconds
    tasks = {root: tasks_of(root, plan, state) for root in roots}
    log = state / f"predictions-{plan.key}.jsonl"
    rows = _read(log)
    with log.open("a", encoding="utf-8") as out:
        for root, arm, part in _rounds(tasks, arms, rows):
            if time.monotonic() > until:
                break
            keep = _keeper(arm, rows, out)
            asyncio.run(evaluate.evaluate(root, part, arm, model, on_done=keep))
            out.flush()
    everything = [task for found in tasks.values() for task in found]
    for baseline in BASELINES:
        rows[baseline] = {task["id"]: _baseline(baseline, task) for task in everything}
    return {**report(everything, rows, [*arms, *BASELINES]), "read": page.page(everything, rows)}


def made(state: Path, plan: Plan) -> Rows:
    """Return the predictions of what is done."""
    return _read(state / f"predictions-{plan.key}.jsonl")


def _keeper(arm: str, rows: Rows, out: Any) -> Callable[[evaluate.Prediction], None]:
    def keep(made: evaluate.Prediction) -> None:
        row = {"arm": arm, **msgspec.to_builtins(made)}
        rows.setdefault(arm, {})[made.id] = row
        out.write(json.dumps(row) + "\n")

    return keep


def tasks_of(root: Path, plan: Plan, state: Path) -> list[dict[str, Any]]:
    """Return the project's tasks, made the first time; the order is by hash, so that any beginning is a fair draw."""
    path = state / f"tasks-{root.name}-{plan.key}.jsonl"
    if not path.is_file():
        maker = Path(__file__).with_name("make_tasks.py")
        numbers = [f"--n-{kind}={getattr(plan, kind)}" for kind in ("line", "api", "midline", "block")]
        command = [
            sys.executable,
            str(maker),
            "--repo",
            str(root),
            "--name",
            root.name,
            "--commit",
            root.name,
            *numbers,
        ]
        more = ["--include-tests"] if plan.protocol == "repoeval" else ["--langs", "python"]
        options = ["--seed", str(plan.seed), "--protocol", plan.protocol, "--out", f"{path}.part", *more]
        subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        Path(f"{path}.part").rename(path)
    tasks = sorted(evaluate.read_tasks(path), key=lambda task: hashlib.sha256(str(task["id"]).encode()).digest())
    return [{**task, "suffix": ""} if plan.left else task for task in tasks]


def _read(log: Path) -> Rows:
    rows: Rows = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.is_file() else ():
        row = json.loads(line)
        rows.setdefault(row["arm"], {})[row["id"]] = row
    return rows


def _rounds(
    tasks: dict[Path, list[dict[str, Any]]], arms: Sequence[str], rows: Rows
) -> Iterable[tuple[Path, str, list[dict[str, Any]]]]:
    longest = max(map(len, tasks.values()), default=0)
    for start in range(0, longest, ROUND):
        for root, found in tasks.items():
            for arm in arms:
                left = [task for task in found[start : start + ROUND] if task["id"] not in rows.get(arm, {})]
                if left:
                    yield root, arm, left


def _baseline(name: str, task: dict[str, Any]) -> dict[str, Any]:
    above = [line.strip() for line in task["prefix"].split("\n")[:-1] if line.strip()]
    text = above[-1] if above else ""
    if name == "copy":
        at = next((i for i in range(len(above) - 2, -1, -1) if above[i] == text), -1)
        text = above[at + 1] if at >= 0 else ""
    return {"exact": exact(task, text), "ms": 0.0, "prompt_tokens": 0, "reused_tokens": 0}


def report(tasks: Sequence[dict[str, Any]], rows: Rows, arms: Sequence[str]) -> dict[str, Any]:
    """Return the figures of the tasks that every one of `arms` has done."""
    done = [task for task in tasks if all(task["id"] in rows.get(arm, {}) for arm in arms)]
    hits = {arm: [bool(rows[arm][task["id"]]["exact"]) for task in done] for arm in arms}
    groups = {
        "all": lambda task: True,
        **{kind: (lambda task, kind=kind: task["kind"] == kind) for kind in sorted({t["kind"] for t in done})},
        "lines that occur elsewhere": lambda task: task["kind"] == "line" and elsewhere(task),
        "lines that do not": lambda task: task["kind"] == "line" and not elsewhere(task),
    }
    by_group = {}
    for name, belongs in groups.items():
        chosen = [i for i, task in enumerate(done) if belongs(task)]
        by_group[name] = {"tasks": len(chosen), **{arm: mean([hits[arm][i] for i in chosen]) for arm in arms}}
    calls = [task for task in done if task["kind"] == "api"]
    by_group["api, to the end of the line"] = {
        "tasks": len(calls),
        **{arm: mean([_to_the_end(task, rows[arm][task["id"]]) for task in calls]) for arm in arms},
    }
    compared: dict[str, Any] = {}
    if "familiar" in hits:
        for arm in arms:
            if arm != "familiar" and done:
                compared[f"familiar - {arm}"] = difference(hits["familiar"], hits[arm])
                compared[f"familiar / {arm}"] = ratio(hits["familiar"], hits[arm])
    return {
        "tasks": len(tasks),
        "done": len(done),
        "exact_match": by_group,
        "paired": compared,
        "calls that can be met by the rule": f"{sum(exact(task, task['target']) for task in calls)} of {len(calls)}",
        "cost": {arm: _cost([rows[arm][task["id"]] for task in done]) for arm in arms if arm not in BASELINES},
    }


def _to_the_end(task: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a call is right with the rest of the line on which its bracket closes."""
    text = str(row.get("completion", ""))
    at = len(cut(task, text))
    whole = text[:at] + text[at:].partition("\n")[0]
    return bool(row["exact"]) or exact({**task, "kind": "block", "suffix": ""}, whole)


def elsewhere(task: dict[str, Any]) -> bool:
    return any(task["meta"].get(key) for key in _DUPLICATES)


def _cost(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    times = sorted(row["ms"] for row in rows) or [0.0]
    return {
        "ms p50": times[len(times) // 2],
        "ms p95": times[int(0.95 * (len(times) - 1))],
        "prompt tokens": round(sum(row["prompt_tokens"] for row in rows) / max(len(rows), 1), 1),
        "reused tokens": round(sum(row["reused_tokens"] for row in rows) / max(len(rows), 1), 1),
        "shown": sum(bool(row["completion"]) for row in rows),
        "syntax errors, % of shown": _share(rows, "syntax"),
        "unknown attributes, % of shown": _share(rows, "unknown", " has no attribute "),
        "unknown names and arguments, % of shown": _share(rows, "unknown"),
    }


def _share(rows: Sequence[dict[str, Any]], what: str, part: str = "") -> float:
    shown = [row for row in rows if row["completion"]]
    hits = sum(bool(row.get(what)) and part in str(row[what]) for row in shown)
    return round(100 * hits / max(len(shown), 1), 2)


def text(report: dict[str, Any]) -> str:
    """Return the report as a Markdown table and lines."""
    groups = report["exact_match"]
    arms = [name for name in next(iter(groups.values())) if name != "tasks"]
    out = [
        f"{report['done']} of {report['tasks']} tasks",
        "",
        "| exact match, % (95 %) | tasks | " + " | ".join(arms) + " |",
    ]
    out.append("| --- " * (len(arms) + 2) + "|")
    for name, group in groups.items():
        cells = " | ".join(f"{group[arm][0]} ({group[arm][1]}-{group[arm][2]})" for arm in arms)
        out.append(f"| {name} | {group['tasks']} | {cells} |")
    out += [
        "",
        f"Calls that the rule lets anybody win: {report.get('calls that can be met by the rule', 'not counted')}.",
    ]
    out += ["", *_compared(report["paired"]), "", *_costs(report["cost"])]
    return "\n".join(out)


def _compared(paired: dict[str, Any]) -> list[str]:
    rivals = [name.removeprefix("familiar - ") for name in paired if " - " in name]
    out = ["| familiar against | points more (95 %) | times as many (95 %) |", "| --- | --- | --- |"]
    for rival in rivals:
        more, times = paired[f"familiar - {rival}"], paired[f"familiar / {rival}"]
        out.append(
            f"| {rival} | {more[0]:+} ({more[1]:+} to {more[2]:+}) | {times[0]} ({times[1]}-{times[2]}) |",
        )
    return out


def _costs(cost: dict[str, dict[str, Any]]) -> list[str]:
    names = list(next(iter(cost.values()), {}))
    out = ["| by arm | " + " | ".join(names) + " |", "| --- " * (len(names) + 1) + "|"]
    return [*out, *(f"| {arm} | " + " | ".join(str(row[name]) for name in names) + " |" for arm, row in cost.items())]
