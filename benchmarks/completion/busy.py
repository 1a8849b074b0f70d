"""What typing costs: CPU seconds of the server and all its processes while somebody types five characters a second.

The second half of a file is taken away in a copy and typed again, character by character, at the file's end, with the
indentation as an editor sets it; a suggestion is asked for at every key, as editors do, and none is taken. Percent of
one core on average, and by minute.
"""

import asyncio
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from familiar_server.demo.session import Session

from benchmarks.completion.replay import below, processes

_KEYS = re.compile(r"\n[ \t]*|.")
EVERY = 0.2
"""Seconds between two keys."""


async def measure(root: Path, seconds: float) -> dict[str, Any]:
    """Type for `seconds` in a copy of `root`, and return the shares."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / root.name
        shutil.copytree(root, tree, ignore=shutil.ignore_patterns(".git", "node_modules", ".venv"))
        path, text = _halved(tree)
        async with Session(tree, env=dict(os.environ)) as session:
            await session.ready(300, model=True)
            session.open(path)
            return {"file": path, **await _type(session, path, text, seconds)}


async def _type(session: Session, path: str, text: list[str], seconds: float) -> dict[str, Any]:
    at, keys, shown, minutes = len(session.buffer(path)), 0, 0, list[float]()
    began = minute = time.monotonic()
    first = before = below()
    at_first = processes()
    asked: asyncio.Task[Any] | None = None
    while (now := time.monotonic()) < began + seconds:
        typed = text[keys % len(text)]
        session.replace(path, at, at, typed)
        at, keys = at + len(typed.encode()), keys + 1
        if asked is not None and asked.done() and not asked.cancelled() and asked.exception() is None:
            shown += asked.result() is not None
        asked = asyncio.ensure_future(session.complete(path, at))
        if now - minute >= 60:
            used = below()
            minutes.append(round(100 * (used - before) / (now - minute), 1))
            minute, before = now, used
        await asyncio.sleep(max(0.0, began + keys * EVERY - time.monotonic()))
    if asked is not None:
        await asyncio.wait({asked}, timeout=5)
    passed = time.monotonic() - began
    used = below() - first
    return {
        "seconds": round(passed, 1),
        "keys": keys,
        "shown": shown,
        "cpu seconds": round(used, 2),
        "percent of one core": round(100 * used / passed, 1),
        "by process": {name: round(100 * (s - at_first.get(name, 0.0)) / passed, 1) for name, s in processes().items()},
        "by minute": minutes,
    }


def _halved(tree: Path) -> tuple[str, list[str]]:
    """Cut the longest Python file that is typed from in half; return its path and the keys that make the other half."""
    files = sorted(tree.rglob("*.py"), key=lambda file: (-file.stat().st_size, str(file)))
    fitting = [file for file in files if file.stat().st_size < 200_000] or files
    text = fitting[0].read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    half = text.find("\n\n", len(text) // 2) + 2
    fitting[0].write_text(text[:half], encoding="utf-8")
    return fitting[0].relative_to(tree).as_posix(), _KEYS.findall(text[half:])
