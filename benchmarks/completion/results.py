"""What all parts have found, as one page: `benchmarks/results/completion.md`, with pictures.

keep(state, name, report)   each run leaves its report in --state, with its command and the commit
write(state, into)          the page of all that is there; what is not there is named as not measured
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.completion import charts

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LESSONS = Path(__file__).with_name("lessons.md")
"""What reading the suggestions below taught; written by hand."""
Report = dict[str, Any]
Told = tuple[str, bool | None]
"""What was measured, in words, and whether it is what must be."""
_FEW = 80
"""Tasks below which no verdict is given."""
_RIVALS = ("infile", "ring")
_NO_FIGURES = frozenset(("schema", "part", "machine", "command", "commit", "pictures", "read"))
"""What a report holds beside figures."""


def keep(state: Path, name: str, report: Report) -> None:
    """Keep a report for the page."""
    argv = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    said = {"command": f"python -m benchmarks.completion {shlex.join(words)}", "commit": commit}
    (state / f"report-{name}.json").write_text(json.dumps({**said, **report}))


def write(state: Path, into: Path) -> None:
    """Write the page into the folder `into`, and the pictures beside the documentation's."""
    found = {
        path.stem.removeprefix("report-"): json.loads(path.read_text()) for path in sorted(state.glob("report-*.json"))
    }
    (into / "completion.md").write_text("\n".join([*_top(found), LESSONS.read_text(), *_tables(found)]) + "\n")
    (into / "completion-read.md").write_text("\n".join(_episodes(found)) + "\n")
    for name, picture in _pictures(found):
        (IMAGES / f"completion-{name}.svg").write_text(picture)


def _top(found: dict[str, Report]) -> Iterator[str]:
    yield "# Completion: measured"
    yield ""
    yield "Made by `python -m benchmarks.completion --page benchmarks/results --state STATE` of what is in STATE."
    yield "Intervals are 95 %, by bootstrap over tasks (in replay: over commits), paired between arms."
    yield "Twenty wins and twenty losses of each run stand in [completion-read.md](completion-read.md)."
    yield "All arms have the same weights. *Elsewhere*: the line stands in another place of the project, too."
    yield ""
    yield "| what | must | aim | measured | met | part, commit |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for what, must, aim, name, tell in _ROWS:
        report = found.get(name)
        told, met = tell(report) if report else ("not measured", None)
        says = "" if met is None else "yes" if met else "**no**"
        if report and report.get("done", _FEW) < _FEW:
            told, says = f"{told}; {report['done']} tasks are too few to say", ""
        by = f"{name}, {report['commit']}" if report else ""
        yield f"| {what} | {must} | {aim} | {told} | {says} | {by} |"
    yield ""
    for name in ("arms", "latency", "replay"):
        yield f"![{name}](../../docs/images/completion-{name}.svg)"
    yield ""
    for name, report in found.items():
        machine = report.get("machine", {})
        load, cores = machine.get("load") or 0, machine.get("cores")
        yield f"- {name}: `{report['command']}`, commit {report['commit']}, load {load:.1f}, {cores} cores"
    yield ""


def _tables(found: dict[str, Report]) -> Iterator[str]:
    from benchmarks.completion.arms import text

    for name, report in found.items():
        yield f"## {name}"
        yield ""
        if "exact_match" in report:
            yield text(report)
        else:
            yield from _cells(report)
        yield ""


def _cells(report: Report) -> Iterator[str]:
    """Yield a table of a part's figures: one column for each arm or project, one row for each figure."""
    columns = {name: _flat(part) for name, part in report.items() if isinstance(part, dict) and name not in _NO_FIGURES}
    single = {name: value for name, value in report.items() if name not in _NO_FIGURES | columns.keys()}
    if not columns:
        columns = {"": single}
    yield "| | " + " | ".join(columns) + " |"
    yield "| --- " * (len(columns) + 1) + "|"
    for row in dict.fromkeys(row for part in columns.values() for row in part):
        yield f"| {row} | " + " | ".join(str(part.get(row, "")) for part in columns.values()) + " |"


def _flat(part: Report) -> Report:
    flat: Report = {}
    for name, value in part.items():
        if isinstance(value, dict):
            flat |= {f"{name}: {inner}": found for inner, found in value.items()}
        else:
            flat[name] = value
    return flat


def _episodes(found: dict[str, Report]) -> Iterator[str]:
    yield "# Suggestions to be read"
    yield ""
    yield "Twenty wins and twenty losses of each run, drawn by hash; the offer stands between « and »."
    yield ""
    for name, report in found.items():
        if report.get("read"):
            yield f"# {name}"
            yield ""
            yield report["read"]


def _pictures(found: dict[str, Report]) -> Iterator[tuple[str, str]]:
    arms = {
        name: report["exact_match"] for name, report in found.items() if name.startswith("arms-") and report["done"]
    }
    if arms:
        groups = {}
        for name, match in arms.items():
            for kind in ("line", "api"):
                if kind in match:
                    bars = {
                        arm: tuple(bar) for arm, bar in match[kind].items() if arm not in ("tasks", "repeat", "copy")
                    }
                    groups[f"{name.removeprefix('arms-')} {kind}"] = bars
        yield "arms", charts.bars("Exact match", "% of tasks, 95 %", groups)
    replay = found.get("replay", {}).get("pictures")
    if replay:
        times = {
            arm: [(ms, (n + 1) / len(all_) * 100) for n, ms in enumerate(all_)]
            for arm, all_ in replay["ms"].items()
            if all_
        }
        yield "latency", charts.curves("Keystroke to suggestion in replay", "% shown by then", "milliseconds", times)
        yield (
            "replay",
            charts.curves("Replay: completed code", "characters", "characters typed or completed", replay["curves"]),
        )


# ---------------------------------------------------------------- rows


def _against(report: Report) -> Told:
    paired, parts, met = report["paired"], [], True
    for arm in _RIVALS:
        times, points = paired[f"familiar / {arm}"], paired[f"familiar - {arm}"]
        parts.append(
            f"over {arm} {times[0]} x ({times[1]}-{times[2]}), {points[0]:+} points ({points[1]:+} to {points[2]:+})"
        )
    met = paired["familiar / infile"][0] >= 1.5 and paired["familiar / infile"][1] > 1
    met = met and paired["familiar - ring"][0] >= 6 and paired["familiar - ring"][1] > 0
    return f"{'; '.join(parts)}; {report['done']} tasks", met


def _shares(line: float, api: float) -> Callable[[Report], Told]:
    def tell(report: Report) -> Told:
        match = report["exact_match"]
        ours = {kind: match[kind]["familiar"] for kind in ("line", "api") if kind in match}
        text = "; ".join(f"{kind} {v[0]} ({v[1]}-{v[2]}), n = {match[kind]['tasks']}" for kind, v in ours.items())
        ends = match.get("api, to the end of the line", {}).get("familiar")
        text += f"; calls to the end of the line {ends[0]} ({ends[1]}-{ends[2]})" if ends else ""
        wanted = {"line": line, "api": api}
        return text, len(ours) == len(wanted) and all(ours[kind][0] >= wanted[kind] for kind in wanted)

    return tell


def _elsewhere(report: Report) -> Told:
    group = report["exact_match"]["lines that occur elsewhere"]
    value = group["familiar"]
    return f"{value[0]} % ({value[1]}-{value[2]}), n = {group['tasks']}", value[0] >= 45


def _wrongs(report: Report) -> Told:
    cost = report["cost"]["familiar"]
    syntax, unknown = cost["syntax errors, % of shown"], cost["unknown attributes, % of shown"]
    return (
        f"{syntax} % / {unknown} % of {cost['shown']} (the graph's own word: a lower bound)",
        syntax <= 1 and unknown <= 2,
    )


def _outside(report: Report) -> Told:
    return f"{report['wrong']} of {report['asked']} ({report['checker']})", 100 * report["wrong"] <= 2 * report["asked"]


def _replay(report: Report) -> Told:
    ours, pair = report["familiar"], report["paired"]
    value = pair["familiar"]
    times = pair.get("familiar / ring", (0, 0, 0))
    text = (
        f"{value[0]} ({value[1]}-{value[2]}); {times[0]} x ({times[1]}-{times[2]}); {ours['wrong per 100']}; "
        f"{pair['commits']} commits, {ours['characters']} characters, {ours['late']} of {ours['keys']} keys late"
    )
    return text, value[0] >= 0.2 and times[0] >= 1.3 and ours["wrong per 100"] <= 2


def _speed(report: Report) -> Told:
    shown, through = report["familiar"]["ms shown"], report["familiar"]["ms typed through"]
    text = f"p50 {shown['p50']}, p95 {shown['p95']} ms; typed through p50 {through['p50']}, p95 {through['p95']} ms"
    return text, shown["p50"] <= 120 and shown["p95"] <= 300 and through["p50"] <= 5


def _leak(report: Report) -> Told:
    found = {name: part for name, part in report.items() if isinstance(part, dict) and "found in" in part}
    asked, hits = sum(p["tasks"] for p in found.values()), [p["found in"] for p in found.values() if p["found in"]]
    return f"{hits or 'found nowhere'}, {asked} words", not hits


def _cpu(report: Report) -> Told:
    parts = [part for part in report.values() if isinstance(part, dict) and "percent of one core" in part]
    share = sum(part["cpu seconds"] for part in parts) / sum(part["seconds"] for part in parts) * 100
    return f"{share:.1f} % in {sum(part['seconds'] for part in parts):.0f} s", share <= 60


_ROWS: tuple[tuple[str, str, str, str, Callable[[Report], Told]], ...] = (
    (
        "same weights: over infile / over ring, six projects",
        ">= 1.5 x / >= +6 points",
        "2 x / +12",
        "arms-ours",
        _against,
    ),
    (
        "RepoEval drawn anew, left context only: line / API",
        "29.6 / 22.2",
        "41.9 / 31.8",
        "arms-repoeval-left",
        _shares(29.6, 22.2),
    ),
    ("the same with right context", "36 / 27", "51.2 / 43.9", "arms-repoeval", _shares(36, 27)),
    ("the same: over infile / over ring", "", "", "arms-repoeval", _against),
    ("lines that occur elsewhere (six projects)", ">= 45 %", "65 %", "arms-ours", _elsewhere),
    ("lines that occur elsewhere (RepoEval)", ">= 45 %", "65 %", "arms-repoeval", _elsewhere),
    (
        "replay: ratio of completed code; over ring; wrong per 100",
        ">= 0.20; >= 1.3 x; <= 2",
        "0.35; 1.6 x; 1",
        "replay",
        _replay,
    ),
    ("keystroke to suggestion; type-through", "p50 <= 120, p95 <= 300; <= 5 ms", "60 / 150; 1 ms", "replay", _speed),
    ("new syntax error / unknown attribute", "<= 1 % / <= 2 %", "0.2 / 0.5 %", "arms-repoeval", _wrongs),
    ("unknown attribute, by a type checker", "<= 2 %", "0.5 %", "attributes", _outside),
    ("leak test", "found nowhere", "", "leak", _leak),
    ("CPU at five characters a second", "<= 60 % of a core", "30 %", "cpu", _cpu),
)
