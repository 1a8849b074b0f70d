"""Suggestions to be read: twenty that were right where the model alone was not, and twenty that were wrong.

Drawn by hash from the predictions of a run, so that nobody chooses them; written as Markdown.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

EACH = 20
_ABOVE, _BELOW = 4, 2


def page(tasks: Sequence[dict[str, Any]], rows: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return the wins and losses of the arm `familiar`; beside each what the model alone (`infile`) wrote."""
    ours, alone = rows.get("familiar", {}), rows.get("infile", {})
    done = [task for task in tasks if task["id"] in ours]
    won = [task for task in done if ours[task["id"]]["exact"] and not alone.get(task["id"], {}).get("exact")]
    lost = [task for task in done if not ours[task["id"]]["exact"] and ours[task["id"]]["completion"]]
    parts = [f"{len(done)} tasks; {len(won)} won against the model alone, {len(lost)} shown and wrong."]
    for title, found in (("Wins", won), ("Losses", lost)):
        parts += ["", f"## {title}", ""]
        for task in _drawn(found):
            parts += _one(task, ours[task["id"]], alone.get(task["id"]))
    return "\n".join(parts) + "\n"


def _drawn(tasks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(tasks, key=lambda task: hashlib.sha256(str(task["id"]).encode()).digest())[:EACH]


def _one(task: dict[str, Any], ours: dict[str, Any], alone: dict[str, Any] | None) -> list[str]:
    above = task["prefix"].split("\n")
    before, rest = above[-1], task["suffix"].split("\n")
    shown = [*above[-1 - _ABOVE : -1], f"{before}«{ours['completion']}»{rest[0]}", *rest[1 : 1 + _BELOW]]
    out = [f"**{task['id']}** `{task['path']}` ({task['kind']}, by {ours['source'] or 'nobody'})", "", "```python"]
    out += [line.replace("```", "'''") for line in shown]
    out += ["```", ""]
    if not ours["exact"]:
        out += [f"right: `{task['target'].strip()}`", ""]
    if alone is not None:
        out += [f"the model alone: `{alone['completion'].strip()}`", ""]
    return out
