"""The tables behind the figures: by question, by project, every wrong pair, every cursor that conventions changed."""

from collections.abc import Iterable, Iterator
from typing import Any


def percent(share: float | None) -> str:
    """Return a share in percent with one decimal, "-" for none."""
    return "-" if share is None else f"{100 * share:.1f} %"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    """Return a Markdown table with empty lines around it."""
    titles = list(head)
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return ["", "| " + " | ".join(titles) + " |", "| " + " | ".join("---" for _ in titles) + " |", *body, ""]


def tables(parts: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of all tables of one group of projects."""
    for part, lines in _TABLES.items():
        if part in parts:
            yield from lines(parts[part])


def _answers(found: dict[str, Any]) -> list[str]:
    if not found["questions"]:
        return []
    head = ("question", "projects", "answered", "right", "default", "majority", "departing", "right there")
    departing = found["departing"]["by_question"]
    rows = []
    for question, row in sorted(found["by_question"].items()):
        there = departing.get(question, {"cases": 0})
        shares = [percent(row[key]) for key in ("answered", "right", "default", "majority")]
        rows.append([question, row["cases"], *shares, there["cases"], percent(there.get("right"))])
    projects = [
        [name, row["cases"], *(percent(row.get(key)) for key in ("answered", "right", "default", "majority"))]
        for name, row in found["by_project"].items()
    ]
    pooled = found["pooled"]
    return [
        "### Leave one file out",
        "",
        "`right` is of what was answered, `default` (the world's answer) and `majority` (plain counting) of all. "
        f"With every file weighing the same: {percent(pooled['right'])} right at {percent(pooled['answered'])} "
        f"answered, default {percent(pooled['default'])}.",
        *table(head, rows),
        *table(("project", "questions", "answered", "right", "default", "majority"), projects),
    ]


def _violations(found: dict[str, Any]) -> list[str]:
    alarms = found["alarms_by_question"]
    rows = [
        [question, row["flips"], row["found"], percent(row["found"] / row["flips"]), alarms.get(question, 0)]
        for question, row in found["by_question"].items()
    ]
    projects = [
        [
            name,
            row["flips"],
            percent(row["found"] / row["flips"] if row["flips"] else None),
            row["asked"],
            row["flagged"],
        ]
        for name, row in found["by_project"].items()
    ]
    return [
        "### Injected violations",
        *table(("question", "flips", "found", "share", "false alarms"), rows),
        *table(("project", "flips", "found", "untouched functions", "flagged"), projects),
    ]


def _naming(found: dict[str, Any]) -> list[str]:
    rows = [
        [kind, row["definitions"], percent(row["answered"]), percent(row["right"])]
        for kind, row in found["by_kind"].items()
    ]
    return ["### Names", *table(("kind", "definitions", "answered", "right"), rows)]


def _pairs(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            name,
            row["must"],
            row["found"],
            percent(row["recall"]),
            row["right"],
            row["wrong"],
            row["fair"],
            percent(row["precision"]),
        ]
        for name, row in found["by_project"].items()
    ]
    head = ("project", "labelled", "found", "recall", "right", "wrong", "counted neither way", "precision")
    alone = found["by_labels_alone"]
    said = [f"{pair['project']}: `{pair['house']}` for `{pair['default']}`" for pair in found["wrong_pairs"]]
    missed = [f"{pair['project']}: `{pair['house']}` for `{pair['default']}`" for pair in found["misses"]]
    return [
        "### House helpers",
        "",
        f"By the labels alone, before adjudication (`benchmarks/labels/README.md`): precision "
        f"{percent(alone['precision'])} ({alone['right']} of {alone['right'] + alone['wrong']}), recall "
        f"{percent(alone['recall'])}.",
        *table(head, rows),
        f"Named and wrong ({len(said)}):",
        "",
        *(f"- {each}" for each in said),
        "",
        f"Labelled and not named ({len(missed)}):",
        "",
        *(f"- {each}" for each in missed),
        "",
    ]


def _completions(found: dict[str, Any]) -> list[str]:
    rows = []
    arms = {arm: found[arm] for arm in ("conventions", "without")} if "without" in found else {"said": found}
    for arm, counted in arms.items():
        for kind, counts in counted["by_kind"].items():
            rows.append([kind, arm, *(counts.get(key, 0) for key in ("wanted", "unwanted", "other", "silent"))])
    lines = ["### Completions", *table(("kind", "arm", "wanted", "unwanted", "other", "silent"), sorted(rows))]
    if "changed" not in found:
        return lines
    keys = ("cursors", "wanted", "unwanted", "other", "silent")
    projects = [
        [name, arm, *(c[k] for k in keys)] for name, row in found["by_project"].items() for arm, c in row.items()
    ]
    changed = [
        [f"{each['project']} {each['path']}:{each['line']}", each["what"], _said(each, "with", "said"),
         _said(each, "without", "said_without")]
        for each in found["changed"]
    ]  # fmt: skip
    return [
        *lines,
        *table(("project", "arm", *keys), projects),
        f"Cursors at which the conventions changed the verdict ({len(changed)}):",
        *table(("cursor", "kind", "conventions", "without"), changed),
    ]


def _said(row: dict[str, Any], verdict: str, text: str) -> str:
    """Return a verdict with the first line of what was offered, as a cell."""
    offered = row[text].strip().split("\n")[0][:50].replace("|", "\\|").replace("`", "'")
    return f"{row[verdict]}: `{offered}`" if offered else str(row[verdict])


def _drift(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            row["project"],
            row["question"],
            f"{row['own']:.0f}",
            f"{row['generated']:.0f}",
            row["occurrences"],
            f"{row['chance']:.1f}",
        ]
        for row in found["conventions"]["worst"]
    ]
    head = ("project", "question", "own %", "generated %", "generated places", "points by chance alone")
    return ["### Drift: the ten largest differences", *table(head, rows)]


def _scripts(found: dict[str, Any]) -> list[str]:
    lines = [*_answers(found["answers"]), *_violations(found["violations"])]
    return [
        line.replace("### ", "### TypeScript and JavaScript: ", 1) if line.startswith("### ") else line
        for line in lines
    ]


def _speed(found: dict[str, Any]) -> list[str]:
    columns = {
        "files": "files", "cores": "cores", "learned s": "learn_s", "its processor s": "learn_cpu_s", "saves": "saves",
        "save p50 ms": "save_p50_ms", "save p95 ms": "save_p95_ms", "its processor p95 ms": "save_cpu_p95_ms",
        "memory MB": "memory_mb", "load": "load",
    }  # fmt: skip
    rows = [
        [name, *(f"{row[key]:.1f}" if isinstance(row[key], float) else row[key] for key in columns.values())]
        for name, row in found["by_project"].items()
    ]
    return ["### Speed", *table(("project", *columns), rows)]


_TABLES = {
    "answers": _answers,
    "violations": _violations,
    "naming": _naming,
    "pairs": _pairs,
    "completions": _completions,
    "drift": _drift,
    "scripts": _scripts,
    "speed": _speed,
}
