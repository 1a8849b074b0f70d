"""Keystroke to suggestion through the completion process.

At each of N places in Python files (chosen by hash, the same every time) the rest of a line is taken out and:

    cold    the file is opened and the question comes at once: nothing of the prompt is evaluated
    warm    one more character is typed, 150 ms later the next one, and the question comes with it
    typed   the first characters of the suggestion are typed (type-through), where one was shown

Milliseconds p50 / p95, how often something was shown, from which source, and the share of prompt tokens that were
reused. The same through the language server: `python -m benchmarks.smoke --only typing`.
"""

import asyncio
import hashlib
import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.discover import discover
from familiar_completion.client import CompletionClient
from familiar_completion.values import Answer

PAUSE = 0.15


def machine() -> dict[str, Any]:
    """Name the machine and how busy it is: a figure means nothing without both."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"system": platform.platform(), "cores": os.cpu_count(), "load": load, "python": platform.python_version()}


def places(root: Path, wanted: int) -> list[tuple[str, int, int, int]]:
    """Return (path, start, end, cut): lines as byte ranges, less indentation, and how much is typed before asking."""
    found = []
    for path in discover(root):
        offset = 0
        for line in (root / path).read_bytes().splitlines(keepends=True):
            code = line.strip()
            if len(code) >= 12 and code.isascii() and not code.startswith((b"#", b'"', b"'")):
                key = hashlib.sha256(f"{path}:{offset}".encode()).digest()
                start = offset + len(line) - len(line.lstrip())
                found.append((key, (path, start, offset + len(line.rstrip()), key[0] % 9)))
            offset += len(line)
    return [place for _, place in sorted(found)[:wanted]]


async def measure(root: Path, cursors: int, model: Path | None) -> dict[str, Any]:
    """Return the report's values for `root`."""
    client = CompletionClient(root, model)
    times: dict[str, list[float]] = {"cold": [], "warm": [], "typed": []}
    answers: dict[str, list[Answer]] = {"cold": [], "warm": [], "typed": []}
    try:
        began = time.perf_counter()
        status = await client.ready(120)
        ready = time.perf_counter() - began
        for place in places(root, cursors):
            await _at(client, root, place, times, answers)
    finally:
        await client.close()
    warm = answers["warm"]
    prompt = sum(answer.tokens.prompt for answer in warm)
    return {
        "cursors": len(times["cold"]),
        "ready_s": round(ready, 2),
        "files": status["files"],
        **{f"{name}_ms": quantiles(values) for name, values in times.items()},
        "shown": {
            name: f"{sum(bool(a.suggestions) for a in found)} of {len(found)}" for name, found in answers.items()
        },
        "sources": dict(Counter(answer.suggestions[0].source for answer in warm if answer.suggestions)),
        "reused_share": round(sum(answer.tokens.reused for answer in warm) / prompt, 3) if prompt else None,
        "model": status["model"]["info"] or status["model"]["why"],
    }


async def _at(
    client: CompletionClient,
    root: Path,
    place: tuple[str, int, int, int],
    times: dict[str, list[float]],
    answers: dict[str, list[Answer]],
) -> None:
    path, start, end, cut = place
    data = (root / path).read_bytes()
    line = data[start:end]
    version = 1

    async def ask(name: str, offset: int) -> Answer:
        began = time.perf_counter()
        answer = await client.complete(path, offset, version)
        times[name].append((time.perf_counter() - began) * 1000)
        answers[name].append(answer)
        return answer

    async def type_at(offset: int, text: bytes) -> None:
        nonlocal version
        version += 1
        await client.edit(path, version, [(offset, offset, text)])

    await client.put(path, version, data[:start] + line[:cut] + data[end:])
    await ask("cold", start + cut)
    await type_at(start + cut, line[cut : cut + 1])
    await asyncio.sleep(PAUSE)
    await type_at(start + cut + 1, line[cut + 1 : cut + 2])
    answer = await ask("warm", start + cut + 2)
    first = answer.suggestions[0].text if answer.suggestions else ""
    if len(first) > 3 and answer.suggestions[0].start == start + cut + 2:
        await type_at(start + cut + 2, first[:2].encode())
        await ask("typed", start + cut + 2 + len(first[:2].encode()))
    await client.drop(path)


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return median, 95th percentile and maximum."""
    ordered = sorted(values) or [0.0]
    return {
        "p50": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }
