"""The page of `benchmarks.model`: every row of what the model and its runtime have to reach, with what was measured.

page(report) -> Markdown     of the parts in a report; what is not in it is named as not measured
"""

from collections.abc import Callable, Sequence
from typing import Any

Report = dict[str, Any]
Told = tuple[str, bool | None]
"""What was measured, in words, and whether it is what must be (None: shown only)."""
_COMMAND = "`python -m benchmarks.model --only {}`"


def page(report: Report) -> str:
    """Return the page; each row says where its figures come from and how busy the machine was."""
    lines = [
        "# The embedded model and its runtime: measured",
        "",
        "Made by `python -m benchmarks.model --only all --page benchmarks/results` (with `--server` and "
        "`--repositories`). What a row is, says `benchmarks/model.py`; what a CPU cannot reach, the model card.",
        "",
        f"{_machine(report)}",
        "",
        "| what | must | aim | measured | met | command | load |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for part, what, must, aim, tell in _ROWS:
        found = report.get(part)
        told, met = tell(found) if found else ("not measured", None)
        load = found["machine"]["load"] if found else ""
        says = "" if met is None else "yes" if met else "**no**"
        lines.append(
            f"| {what} | {must} | {aim} | {told} | {says} | {_COMMAND.format(part)} | {load and round(load, 1)} |"
        )
    lines.append(
        "| a GPU: whole line; 8 candidates beside one; a 7B file beside the bandwidth limit "
        "| p50 <= 15 ms; 1.5 x; 60 % | 80 % | not measured: there was none | | | |"
    )
    return "\n".join([*lines, "", *_differences(report), *_repositories(report)])


def _machine(report: Report) -> str:
    machines = {
        f"{found['machine']['cpu']}, {found['machine']['cores']} cores, Python {found['machine']['python']}, no GPU; "
        f"model `{found['model']}` (sha256 `{found['weights'][:12]}…`)"
        for found in report.values()
        if isinstance(found, dict)
    }
    return "; ".join(sorted(machines)) + ". Milliseconds are by the clock, unless processor time is said."


def _repoeval(found: Report) -> Told:
    left, right = found.get("left"), found.get("right")
    texts = []
    for name, arm in (("left context only", left), ("both sides", right)):
        if arm:
            low, high = arm["ci95"]
            texts.append(f"{name}: {arm['line exact match, %']} % of {arm['tasks']} lines (95 %: {low} to {high})")
    return "; ".join(texts), bool(left) and left["line exact match, %"] >= 14


def _latency(found: Report) -> Told:
    one, three = found["candidates 1"], found["candidates 3"]
    text = (
        f"p50 {one['ms']['p50']}, p95 {one['ms']['p95']} ms (processor {one['processor ms']['p50']}, "
        f"{one['processor ms']['p95']}); three candidates {three['ms']['p50']}, {three['ms']['p95']} ms; "
        f"{found['places']} places, {found['threads']} threads"
    )
    return text, one["ms"]["p50"] <= 100 and one["ms"]["p95"] <= 200


def _server(found: Report) -> Told:
    ratios = {
        state: (found[f"ours / theirs, {state}"], found[f"ours / theirs, {state}, processor"]) for state in _STATES
    }
    text = ", ".join(f"{state} {clock} x (processor {cpu} x)" for state, (clock, cpu) in ratios.items())
    return f"{text}; {found['places']} prompts", all(clock <= 1.1 for clock, _ in ratios.values())


def _reuse(found: Report) -> Told:
    return f"{found['reused, %']} % of {found['prompt']:,} tokens, {found['asked']} requests", found["reused, %"] >= 85


def _drafting(found: Report) -> Told:
    texts, met = [], True
    for name, said in (("mixed", "as the engine asks (counts mixed in)"), ("alone", "the model alone")):
        pair = [found[name][group]["speed-up of whole requests, processor time"] for group in _GROUPS]
        clock = [found[name][group]["speed-up of decoding"] for group in _GROUPS]
        texts.append(
            f"{said} {pair[0]} x / {pair[1]} x in processor time, decoding by the clock {clock[0]} / {clock[1]}"
        )
        met = met and (name == "alone" or pair[0] >= 1.3) and pair[1] >= 0.97
    return "; ".join(texts), met


def _equal(found: Report) -> Told:
    wanted, same = 2 * found["prompts"], found["mixed"]["equal"] + found["alone"]["equal"]
    return f"{same} of {wanted} (each of {found['prompts']} prompts alone and mixed)", same >= 0.999 * wanted


def _kills(found: Report) -> Told:
    times, back = found["answered, ms"], found["back, ms"]
    text = (
        f"{found['kills']} kills, {found['in mid-request']} in mid-request: p50 {times['p50']}, p95 {times['p95']}, "
        f"max {times['max']} ms ({found['later than 50 ms']} later than 50); back p50 {back['p50'] / 1000:.2f}, "
        f"max {back['max'] / 1000:.2f} s; {found['unanswered']} unanswered"
    )
    return text, times["max"] <= 50 and back["max"] <= 3000 and not found["unanswered"]


def _memory(found: Report) -> Told:
    sizes = found["PSS, MB"]
    return ", ".join(f"{name} {size} MB" for name, size in sizes.items()), max(sizes.values()) <= 250


_STATES, _GROUPS = ("cold", "warm"), ("elsewhere", "others")
_ROWS: Sequence[tuple[str, str, str, str, Callable[[Report], Told]]] = (
    (
        "repoeval",
        "RepoEval drawn anew, lines, in-file, the model alone (CodeGen-350M: 29.6 %)",
        "14 % where only a CPU trained it",
        "25 %",
        _repoeval,
    ),
    ("latency", "whole line, warm cache", "p50 <= 100, p95 <= 200 ms", "60, 120 ms", _latency),
    ("server", "the same file and prompts beside llama-server, no drafts", "1.1 x, cold and warm", "faster", _server),
    ("reuse", "prompt tokens reused while typing", "85 %", "95 %", _reuse),
    (
        "drafting",
        "drafting: lines that stand elsewhere in the project / the others",
        "1.3 x / 0.97 x",
        "2 x / 1.1 x",
        _drafting,
    ),
    ("drafting", "drafting: text equal to plain greedy", "99.9 %", "", _equal),
    ("kills", "worker killed while it is asked: answered from counts; model back", "50 ms; 3 s", "1 s", _kills),
    ("memory", "worker's memory (PSS): loaded, and after much typing", "250 MB", "150 MB", _memory),
)


def _differences(report: Report) -> list[str]:
    """Return each place where drafts changed the text, with both texts' probabilities there."""
    found = report.get("drafting")
    rows = [row for name in ("mixed", "alone") for row in found[name]["differences"]] if found else []
    told = [f"- `{row['plain']!r}` without, `{row['drafted']!r}` with drafts: {row['probabilities']}" for row in rows]
    return ["Texts that drafts changed:", "", *told, ""] if told else []


def _repositories(report: Report) -> list[str]:
    found = report.get("repoeval", {}).get("left")
    if not found:
        return []
    by = ", ".join(f"{name} {share}" for name, share in found["by repository"].items())
    return [f"RepoEval, left context only, by repository: {by}.", ""]
