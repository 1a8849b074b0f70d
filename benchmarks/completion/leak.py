"""Whether the answer of a task can be found anywhere: a unique word stands in every hole on disk.

A copy of the project is made in which each task's target holds a word that is nowhere else. Then the tasks are asked,
with the file as prefix and suffix alone, and the word is looked for in everything that reaches an answer: what is
offered, what the counts know of the cursor, the calls and names of the code graph, the chunks and the text that the
model is given. Found once is a leak.
"""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.client import GraphClient
from familiar_completion import gathering, ranker
from familiar_completion.engine import Engine
from familiar_completion.runtime import Model
from familiar_completion.view import look


async def measure(root: Path, tasks: Sequence[dict[str, Any]], model: Path | None) -> dict[str, Any]:
    """Return how many tasks were asked and in which sources the words were found."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / root.name
        shutil.copytree(root, tree, ignore=shutil.ignore_patterns(".git", "node_modules", ".venv"))
        found: dict[str, int] = {}
        for task in tasks:
            for source in await _ask(tree, task, model):
                found[source] = found.get(source, 0) + 1
        return {"tasks": len(tasks), "found in": found}


async def _ask(tree: Path, task: dict[str, Any], model: Path | None) -> list[str]:
    word = "leak_" + hashlib.sha256(str(task["id"]).encode()).hexdigest()[:16]
    path, file = task["path"], tree / task["path"]
    before, after = task["prefix"], task["suffix"]
    original = file.read_bytes()
    file.write_text(f"{before}{word} = {word}_{after}", encoding="utf-8", errors="surrogateescape")
    runtime = Model(model)
    engine, graph = Engine(tree, runtime, least=0.0), GraphClient(tree)
    try:
        await engine.sources.index()
        await graph.index()
        await runtime.start()
        offset = len(before.encode("utf-8", "surrogateescape"))
        data = (before + after).encode("utf-8", "surrogateescape")
        engine.put(path, 1, data)
        await graph.put(path, data, 1)
        around = await graph.surroundings(path, offset)
        nearby = await graph.nearby(path, offset)
        if around:
            engine.surround(around)
        if nearby:
            engine.near(nearby)
        answer = await engine.complete(path, offset, 1, n=12, wait=10.0)
        view = look(path, data, offset)
        seen = engine.sources.counts.weighed(path, view.prefix, view.suffix)
        said = {
            "offers": str(answer.suggestions),
            "counts": str([item.text for item in seen.weighed]),
            "written out": str([item.text for item in ranker.pool(view, around, seen).candidates]),
            "code graph": msgspec.json.encode([around, nearby]).decode(),
            **{f"chunks of {arm}": str(gather(view, engine.sources.library))
               for arm, gather in gathering.STRATEGIES.items()},
        }  # fmt: skip
        return [source for source, text in said.items() if word in text]
    finally:
        await runtime.close()
        await graph.close()
        file.write_bytes(original)


def run(root: Path, tasks: Sequence[dict[str, Any]], model: Path | None) -> dict[str, Any]:
    """Return what `measure` does."""
    return asyncio.run(measure(root, tasks, model))
