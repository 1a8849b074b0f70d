"""Whether suggestions name attributes that do not exist, by the word of a type checker that had no part in them.

The first line of what `familiar` offered for a task is put into the file and the file is checked with ty, and once more
with the right text. What is said of an attribute on that line with the suggestion, and not with the right text, counts.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.completion.arms import Rows

_TY = Path(sys.executable).with_name("ty")


def measure(roots: dict[Path, list[dict[str, Any]]], rows: Rows, wanted: int) -> dict[str, Any]:
    """Check up to `wanted` offers that access an attribute; tasks are taken by hash."""
    ours, asked, wrong = rows.get("familiar", {}), 0, list[str]()
    drawn = [(root, task) for root, tasks in roots.items() for task in tasks]
    drawn.sort(key=lambda item: hashlib.sha256(str(item[1]["id"]).encode()).digest())
    with tempfile.TemporaryDirectory() as folder:
        for root, task in drawn:
            offered = ours.get(task["id"], {}).get("completion", "").partition("\n")[0]
            if "." not in offered or asked >= wanted:
                continue
            tree = Path(folder) / root.name
            if not tree.is_dir():
                shutil.copytree(root, tree, ignore=shutil.ignore_patterns(".git", ".venv", "node_modules"))
            asked += 1
            new = _said(tree, task, offered) - _said(tree, task, task["target"])
            wrong += [f"{task['id']}: {offered.strip()}: {what}" for what in sorted(new)[:1]]
    return {"asked": asked, "wrong": len(wrong), "checker": _version(), "which": wrong}


def _said(tree: Path, task: dict[str, Any], text: str) -> set[str]:
    """Return what the checker says of attributes on the lines that `text` stands on."""
    file = tree / task["path"]
    before = file.read_bytes()
    first = task["prefix"].count("\n") + 1
    try:
        file.write_text(task["prefix"] + text + task["suffix"], encoding="utf-8", errors="surrogateescape")
        argv = [str(_TY), "check", "--output-format", "concise", "--python", sys.prefix, task["path"]]
        told = subprocess.run(argv, cwd=tree, capture_output=True, text=True, check=False).stdout
    finally:
        file.write_bytes(before)
    out = set()
    for line in told.splitlines():
        place, _, what = line.partition(" ")
        row = place.split(":")[1:2]
        if "unresolved-attribute" in what and row and first <= int(row[0]) <= first + text.count("\n"):
            out.add(what)
    return out


def _version() -> str:
    return subprocess.run([str(_TY), "--version"], capture_output=True, text=True, check=True).stdout.strip()
