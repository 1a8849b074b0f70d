"""The results as a page: the figures beside what they must and should reach, then the tables behind them."""

from collections.abc import Callable
from typing import Any

from benchmarks.conventions.tables import percent, table, tables

_LISTS = ("misses", "alarms", "worst")
GROUPS = {"seen": "projects", "unseen": "kept out", "together": "together"}
_TITLES = {
    "seen": "Projects",
    "unseen": "Projects that were kept out until the end",
    "together": "What is labelled on eight projects, all of them together",
}
ASKED = {
    "leave one file out, macro-average over questions: right at answered": (">= 92 % at >= 70 %", "96 % at 85 %"),
    "the same where a project departs from the default: points over it": (">= +15", "+40"),
    "injected violations found": (">= 85 % of >= 1,000", "95 %"),
    "untouched functions flagged": ("<= 3 %", "1 %"),
    "names of held-out definitions: case and affix right": (">= 97 %", "99 %"),
    "house helpers: precision": (">= 85 %", "95 %"),
    "house helpers: recall": (">= 70 % of >= 60", "90 %"),
    "completions where the default is wrong: wanted minus unwanted": (">= +0.35 of >= 150", "+0.7"),
    "the same: gain over the engine without conventions": (">= +0.2", ""),
    "drift of generated code, mean absolute difference in points": ("<= 8 on >= 4 projects", "3"),
    "TypeScript, JavaScript: leave one file out": ("(shown)", ""),
    "TypeScript, JavaScript: where a package departs from the default": ("(shown)", ""),
    "TypeScript, JavaScript: violations found; functions flagged": ("(shown)", ""),
    "a large project learned, beyond its index": ("<= 10 s (Django, two cores)", ""),
    "a saved file counted anew, p95": ("<= 20 ms", ""),
}
"""What is measured, with what it must and should reach."""


def brief(figures: dict[str, Any]) -> dict[str, Any]:
    """Return the figures with at most 20 examples in each long list."""

    def short(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: short(v, k) for k, v in value.items()}
        if isinstance(value, list) and key in _LISTS:
            return value[:: max(1, len(value) // 20)][:20]
        return round(value, 4) if isinstance(value, float) else value

    return dict(short(figures))


def page(figures: dict[str, Any]) -> str:
    """Return the Markdown page."""
    groups = {group: title for group, title in GROUPS.items() if figures.get(group)}
    cells = {group: _cells(figures[group]) for group in groups}
    rows = [
        [what, *asked, *(cells[group].get(what, "") for group in groups)]
        for what, asked in ASKED.items()
        if any(what in found for found in cells.values())
    ]
    lines = [
        "# House conventions: measured",
        "",
        "Made by `python -m benchmarks.conventions --sdists DIR --whole --unseen --jobs 2 --out benchmarks/results`"
        + (" (here with `--quick`)." if figures["quick"] else "."),
        f"Seed {figures['seed']}. Intervals (95 %) are exact (Clopper-Pearson) for shares, and percentiles over "
        "projects, cursors or rates drawn again for the rest. The labels of Python were committed before the detector "
        "that they judge, by another hand; those of TypeScript and JavaScript (by the TypeScript compiler's "
        "parser) after the detector's first version, by another hand that had read it, before anything was measured.",
        *table(("what", "must", "aim", *groups.values()), rows),
        *_missing(figures.get("missing", [])),
        *_cost(figures.get("cost", {})),
    ]
    for group in groups:
        lines += ["", f"## {_TITLES[group]}", "", _measured_on(figures[group]), ""]
        if group != "together":
            lines += tables(figures[group])
    return "\n".join(lines) + "\n"


def _missing(units: list[str]) -> list[str]:
    return ["**Not a full run.** Not measured: " + ", ".join(units) + ".", ""] if units else []


def _cost(cost: dict[str, Any]) -> list[str]:
    spent = [f"{part} {row['cpu_s']:.0f}" for part, row in cost.items() if row["units"]]
    total = sum(row["cpu_s"] for row in cost.values())
    return [f"Seconds of processor: {', '.join(spent)}; together {total:.0f}.", ""] if spent else []


def _measured_on(parts: dict[str, Any]) -> str:
    return "; ".join(f"{part}: {', '.join(found['projects'])}" for part, found in parts.items()) + "."


def _ci(bounds: list[float]) -> str:
    return f"({100 * bounds[0]:.1f}-{100 * bounds[1]:.1f})"


def _cells(parts: dict[str, Any]) -> dict[str, str]:
    """Return what was reached, by what is asked."""
    cells: dict[str, str] = {}
    for part, reached in _REACHED.items():
        if part in parts:
            cells |= dict(zip((what for what in ASKED if _PART[what] == part), reached(parts[part]), strict=False))
    return cells


def _answers(found: dict[str, Any]) -> list[str]:
    if not found["questions"]:
        return []
    macro, departing, bounds = found["macro"], found["departing"]["macro"], found["ci95"]
    cells = [
        f"**{percent(macro['right'])}** {_ci(bounds['right'])} at **{percent(macro['answered'])}** "
        f"{_ci(bounds['answered'])}; {found['questions']} questions, {len(found.get('projects', found['by_project']))} "
        f"projects. Default {percent(macro['default'])} of all, {percent(macro['default_answered'])} of the answered; "
        f"plain majority {percent(macro['majority'])} of all"
    ]
    if departing:
        gain = departing["with_default"] - departing["default"]
        cells.append(
            f"**{100 * gain:+.1f}** {_ci(bounds['departing'])} ({found['departing']['cases']} cases, an abstention "
            f"counting as the default; {percent(departing['right'])} right at {percent(departing['answered'])})"
        )
    return cells


def _violations(found: dict[str, Any]) -> list[str]:
    return [
        f"**{percent(found['found'])}** {_ci(found['found_ci95'])} of {found['injected']}",
        f"**{percent(found['flagged'])}** {_ci(found['flagged_ci95'])} of {found['untouched']}",
    ]


def _naming(found: dict[str, Any]) -> list[str]:
    answered = percent(found["answered"])
    return [f"**{percent(found['right'])}** {_ci(found['right_ci95'])} at {answered} of {found['definitions']}"]


def _pairs(found: dict[str, Any]) -> list[str]:
    said, alone = found["right"] + found["wrong"], found["by_labels_alone"]
    return [
        f"**{percent(found['precision'])}** {_ci(found['precision_ci95'])} of {said}; by the labels alone "
        f"{percent(alone['precision'])}",
        f"**{percent(found['recall'])}** {_ci(found['recall_ci95'])} of {found['must']}; by the labels alone "
        f"{percent(alone['recall'])}",
    ]


def _completions(found: dict[str, Any]) -> list[str]:
    if "without" not in found:  # another tool's answers
        return [f"**{found['difference']:+.2f}** of {found['cursors']}"]
    with_, without, low = found["conventions"], found["without"], found["gain_ci95"]
    hand, bare = with_["by_hand"], without["by_hand"]
    return [
        f"**{with_['difference']:+.2f}** ({with_['difference_ci95'][0]:+.2f} to {with_['difference_ci95'][1]:+.2f}) of "
        f"{with_['cursors']}; {hand['cursors']} chosen by hand: {hand['difference']:+.2f}",
        f"**{found['gain']:+.2f}** ({low[0]:+.2f} to {low[1]:+.2f}), without {without['difference']:+.2f}; by hand "
        f"{hand['difference'] - bare['difference']:+.2f}, without {bare['difference']:+.2f}",
    ]


def _drift(found: dict[str, Any]) -> list[str]:
    with_, without = found["conventions"], found["without"]
    if with_["points"] is None or without["points"] is None:
        return []
    low, high = with_["points_ci95"]
    return [
        f"**{with_['points']:.1f}** ({low:.1f}-{high:.1f}), without conventions {without['points']:.1f}; "
        f"{with_['rates']} rates; chance alone would give {with_['chance']:.1f}"
    ]


def _scripts(found: dict[str, Any]) -> list[str]:
    answers = _answers(found["answers"])
    return [*answers, *([""] * (2 - len(answers))), "; ".join(_violations(found["violations"]))]


def _speed(found: dict[str, Any]) -> list[str]:
    rows = found["by_project"]
    learned = [f"{name} **{row['learn_s']:.1f} s**, {row['memory_mb']:+.0f} MB" for name, row in rows.items()]
    saved = [f"{name} **{row['save_p95_ms']:.1f} ms**" for name, row in rows.items()]
    return ["; ".join(learned), "; ".join(saved)]


_REACHED: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "answers": _answers,
    "violations": _violations,
    "naming": _naming,
    "pairs": _pairs,
    "completions": _completions,
    "drift": _drift,
    "scripts": _scripts,
    "speed": _speed,
}
_COUNTS = {
    "answers": 2,
    "violations": 2,
    "naming": 1,
    "pairs": 2,
    "completions": 2,
    "drift": 1,
    "scripts": 3,
    "speed": 2,
}
_PART = dict(zip(ASKED, (part for part, count in _COUNTS.items() for _ in range(count)), strict=True))
"""The part that measures each row."""
