"""The results as a page: the figures beside what they must and should reach, then the tables behind them."""

from collections.abc import Iterable
from typing import Any

_LISTS = ("misses", "alarms", "wrong_pairs", "worst")


def brief(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures with at most 20 examples in each list."""

    def short(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: short(v, k) for k, v in value.items()}
        if isinstance(value, list) and key in _LISTS:
            return value[:: max(1, len(value) // 20)][:20]
        return round(value, 4) if isinstance(value, float) else value

    return dict(short(figures))


def page(figures: dict[str, Any]) -> str:
    """Return the Markdown page."""
    lines = [
        "# House conventions: measured",
        "",
        "Made by `python -m benchmarks.conventions --sdists DIR --unseen --jobs 2 --out benchmarks/results`"
        + (" (here with `--quick`)." if figures["quick"] else "."),
        f"Seed {figures['seed']}. Intervals are exact (Clopper-Pearson, 95 %). "
        "The labels were committed before the detector that they judge, by another hand than the detector's.",
    ]
    for group, title in (("seen", "Projects"), ("unseen", "Projects that were kept out until the end")):
        if group in figures:
            lines += ["", f"## {title}", "", *_summary(figures[group])]
            lines += _answers(figures[group].get("answers"))
            lines += _violations(figures[group].get("violations"))
            lines += _naming(figures[group].get("naming"))
            lines += _pairs(figures[group].get("pairs"))
            lines += _completions(figures[group].get("completions"))
            lines += _drift(figures[group].get("drift"))
    return "\n".join(lines) + "\n"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _points(one: float, other: float) -> str:
    return f"{100 * (one - other):+.1f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    titles = list(head)
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return ["", "| " + " | ".join(titles) + " |", "| " + " | ".join("---" for _ in titles) + " |", *body, ""]


def _summary(parts: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    if (found := parts.get("answers")) and found["questions"]:
        macro, departing = found["macro"], found["departing"]["macro"]
        rows.append(
            [
                f"leave one file out, {len(found['projects'])} projects, {found['questions']} questions, macro-average",
                f"**{_percent(macro['right'])}** right at **{_percent(macro['answered'])}** answered "
                f"(default {_percent(macro['default'])} of all, {_percent(macro['default_answered'])} of the answered; "
                f"plain majority {_percent(macro['majority'])} of all)",
                ">= 92 % at >= 70 %",
                "96 % at 85 %",
            ]
        )
        if departing:
            rows.append(
                [
                    f"the same where projects depart from the default ({found['departing']['cases']} cases)",
                    f"**{_points(departing['with_default'], departing['default'])}** points over the default, an "
                    f"abstention counting as the default; {_percent(departing['right'])} right at "
                    f"{_percent(departing['answered'])} answered",
                    "+15",
                    "+40",
                ]
            )
    if found := parts.get("violations"):
        rows.append(
            [
                f"injected violations ({found['injected']}) found; untouched functions ({found['untouched']}) flagged",
                f"**{_percent(found['found'])}** {_ci(found['found_ci95'])}; **{_percent(found['flagged'])}** "
                f"{_ci(found['flagged_ci95'])}",
                ">= 85 %; <= 3 %",
                "95 %; 1 %",
            ]
        )
    if found := parts.get("naming"):
        rows.append(
            [
                f"names of held-out definitions ({found['definitions']}): case and affix right",
                f"**{_percent(found['right'])}** {_ci(found['right_ci95'])} at {_percent(found['answered'])} answered",
                ">= 97 %",
                "99 %",
            ]
        )
    if found := parts.get("pairs"):
        rows.append(
            [
                f"house helpers, {len(found['projects'])} projects, {found['must']} labelled pairs",
                f"precision **{_percent(found['precision'])}** {_ci(found['precision_ci95'])}, recall "
                f"**{_percent(found['recall'])}** {_ci(found['recall_ci95'])}",
                ">= 85 %, >= 70 %",
                "95 / 90 %",
            ]
        )
    if (found := parts.get("completions")) and "without" in found:
        with_, without = found["conventions"], found["without"]
        rows.append(
            [
                f"completions where the default is wrong ({with_['cursors']} cursors): wanted minus unwanted",
                f"**{with_['difference']:+.2f}**, without conventions {without['difference']:+.2f}, "
                f"gain **{found['gain']:+.2f}**; {with_['by_hand']['cursors']} of them chosen by hand: "
                f"{with_['by_hand']['difference']:+.2f}, without {without['by_hand']['difference']:+.2f}",
                ">= +0.35, gain >= +0.2",
                "+0.7",
            ]
        )
    if found := parts.get("drift"):
        with_, without = found["conventions"]["points"], found["without"]["points"]
        shown = [f"{value:.1f}" if value is not None else "-" for value in (with_, without)]
        rows.append(
            [
                f"drift of generated code ({found['conventions']['rates']} rates), mean absolute difference in points",
                f"**{shown[0]}**, without conventions {shown[1]}",
                "<= 8",
                "3",
            ]
        )
    if found := parts.get("speed"):
        for name, row in found["by_project"].items():
            told = f"learned in **{row['learn_s']:.1f} s** ({row['learn_cpu_s']:.1f} s of processor)"
            saves = f"saved file p50 {row['save_p50_ms']:.1f} ms, p95 **{row['save_p95_ms']:.1f} ms**"
            label = f"{name}: {row['files']} files, {row['cores']} cores"
            rows.append([label, f"{told}, {saves}, {row['memory_mb']:+.0f} MB", "Django <= 10 s; save <= 20 ms", ""])
    taken = [f"{part}: {', '.join(found['projects'])}" for part, found in parts.items()]
    return [*_table(("what", "measured", "must", "aim"), rows), "Measured on: " + "; ".join(taken) + ".", ""]


def _ci(bounds: list[float]) -> str:
    return f"({100 * bounds[0]:.1f}-{100 * bounds[1]:.1f})"


def _answers(found: dict[str, Any] | None) -> list[str]:
    if not found or not found["questions"]:
        return []
    head = ("question", "projects", "answered", "right", "default", "majority", "departing", "right there")
    departing = found["departing"]["by_question"]
    rows = []
    for question, row in sorted(found["by_question"].items()):
        there = departing.get(question, {"cases": 0})
        shares = [_percent(row[key]) for key in ("answered", "right", "default", "majority")]
        rows.append([question, row["cases"], *shares, there["cases"], _percent(there.get("right"))])
    projects = [
        [name, row["cases"], *(_percent(row.get(key)) for key in ("answered", "right", "default", "majority"))]
        for name, row in found["by_project"].items()
    ]
    pooled = found["pooled"]
    return [
        "### Leave one file out",
        "",
        "`right` is of what was answered, `default` (the world's answer) and `majority` (plain counting) of all. "
        f"With every file weighing the same: {_percent(pooled['right'])} right at {_percent(pooled['answered'])} "
        f"answered, default {_percent(pooled['default'])}.",
        *_table(head, rows),
        *_table(("project", "questions", "answered", "right", "default", "majority"), projects),
    ]


def _violations(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    alarms = found["alarms_by_question"]
    rows = [
        [question, row["flips"], row["found"], _percent(row["found"] / row["flips"]), alarms.get(question, 0)]
        for question, row in found["by_question"].items()
    ]
    return ["### Injected violations", *_table(("question", "flips", "found", "share", "false alarms"), rows)]


def _naming(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = [
        [kind, row["definitions"], _percent(row["answered"]), _percent(row["right"])]
        for kind, row in found["by_kind"].items()
    ]
    return ["### Names", *_table(("kind", "definitions", "answered", "right"), rows)]


def _pairs(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = [
        [
            name,
            row["must"],
            row["found"],
            _percent(row["recall"]),
            row["right"],
            row["wrong"],
            row["fair"],
            _percent(row["precision"]),
        ]
        for name, row in found["by_project"].items()
    ]
    head = ("project", "labelled", "found", "recall", "right", "wrong", "counted neither way", "precision")
    return ["### House helpers", *_table(head, rows)]


def _completions(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = []
    arms = {arm: found[arm] for arm in ("conventions", "without")} if "without" in found else {"said": found}
    for arm, counted in arms.items():
        for kind, counts in counted["by_kind"].items():
            rows.append([kind, arm, *(counts.get(key, 0) for key in ("wanted", "unwanted", "other", "silent"))])
    return ["### Completions", *_table(("kind", "arm", "wanted", "unwanted", "other", "silent"), sorted(rows))]


def _drift(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    rows = [
        [row["project"], row["question"], f"{row['own']:.0f}", f"{row['generated']:.0f}"]
        for row in found["conventions"]["worst"]
    ]
    return ["### Drift: the ten largest differences", *_table(("project", "question", "own %", "generated %"), rows)]
