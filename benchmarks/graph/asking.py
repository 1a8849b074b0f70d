"""References of common methods, warm, beside jedi and basedpyright."""

import asyncio
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from familiar_codegraph.client import GraphClient
from familiar_codegraph.text import LineIndex
from familiar_codegraph.workspace import Workspace
from lsprotocol import types as lsp

from benchmarks.graph import corpus
from benchmarks.graph.editor import Editor
from benchmarks.graph.figure import Figure, Given, spread

_JEDI = Path(__file__).parent / "peers" / "jedi_references.py"
_BESIDE = 4
"""So many methods are asked of the other tools: they take seconds to minutes for each."""
_LIMIT = 150.0

Place = tuple[str, int, str]


def references(given: Given) -> list[Figure]:
    """Ask for the references of the methods whose names are most common: first, after an edit elsewhere, again."""
    workspace = Workspace(given.root)
    workspace.index()
    graph = workspace.graph()
    places = corpus.common_methods(graph, given.symbols)
    bodies = [p for p in graph.files() if (s := graph.summary(p)) and 100 < s.lines < 400 and not s.problems][:1]
    workspace.close()
    own = asyncio.run(_own(given.root, places, bodies[0]))
    beside: dict[str, Any] = {}
    if given.peers:
        beside["jedi"] = _jedi(given.root, given.peers, places[:_BESIDE])
        beside["basedpyright"] = asyncio.run(_basedpyright(given.root, given.peers, places[:_BESIDE]))
    warm, edited, first = own["again"], own["after_an_edit_elsewhere"], own["first"]
    text = f"p50 {warm['p50']} ms, p95 {warm['p95']} ms"
    for when, spent in (("after an edit elsewhere", edited), ("first time", first)):
        text += f"; {when} p50 {spent['p50']}, p95 {spent['p95']}"
    for name, found in beside.items():
        text += f"; {name} warm p50 {found['again']['p50']} ms, first {found['first']['p50']} ms" if found else ""
    return [
        Figure(
            "references",
            f"references of the {len(places)} most common methods, warm, through the graph process",
            "p95 <= 100 ms",
            "30 ms",
            text if beside else f"{text}; jedi and basedpyright not measured",
            warm["p95"] <= 100,
            {**own, "beside": beside, "asked": [name for _, _, name in places]},
        )
    ]


async def _own(root: Path, places: Sequence[Place], edited: str) -> dict[str, Any]:
    client = GraphClient(root)
    await client.index()
    data = (root / edited).read_bytes()
    await client.put(edited, data, 0)
    first, after, again, sizes = [], [], [], []
    for path, offset, _ in places:
        ms, answers = await _asked(client, path, offset)
        first.append(ms)
        sizes.append(len(answers.answers))
    for version, (path, offset, _) in enumerate(places, 1):
        await client.edit(edited, version, [(len(data), len(data), b"#")])
        after.append((await _asked(client, path, offset))[0])
        again.append((await _asked(client, path, offset))[0])
    await client.close()
    return {
        "first": spread(first),
        "after_an_edit_elsewhere": spread(after),
        "again": spread(again),
        "answers": spread(sizes, 0),
    }


async def _asked(client: GraphClient, path: str, offset: int) -> tuple[float, Any]:
    began = time.perf_counter()
    answers = await client.ask("references", path, offset)
    return (time.perf_counter() - began) * 1000, answers


def _positions(root: Path, places: Sequence[Place]) -> list[tuple[str, int, int]]:
    return [(p, *LineIndex((root / p).read_bytes()).lsp_position(offset, "utf-16")) for p, offset, _ in places]


def _jedi(root: Path, python: Path, places: Sequence[Place]) -> dict[str, Any]:
    asked = [(path, line + 1, column) for path, line, column in _positions(root, places)]
    try:
        done = subprocess.run(
            [str(python), str(_JEDI), str(root)],
            input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=_LIMIT * 2,
        )  # fmt: skip
        lines, late = done.stdout, ""
    except subprocess.TimeoutExpired as error:
        lines = (error.stdout or b"").decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        late = f"ended after {_LIMIT * 2:.0f} s"
    rows = [json.loads(line) for line in lines.splitlines()]
    if not rows:
        return {}
    return {
        "first": spread([row["ms"] for row in rows[::2]]),
        "again": spread([row["ms"] for row in rows[1::2]] or [row["ms"] for row in rows]),
        "found": [row["found"] for row in rows[1::2]],
        "late": late,
    }


async def _basedpyright(root: Path, python: Path, places: Sequence[Place]) -> dict[str, Any]:
    first, again, found, late = [], [], [], 0
    server = [str(python.parent / "basedpyright-langserver"), "--stdio"]
    async with Editor(root, server) as editor:
        for path, line, column in _positions(root, places):
            editor.open(path)
            for samples in (first, again):
                began = time.perf_counter()
                try:
                    answer = await asyncio.wait_for(editor.references(path, lsp.Position(line, column)), _LIMIT)
                except TimeoutError:
                    late += 1
                    break
                samples.append((time.perf_counter() - began) * 1000)
            else:
                found.append(len(answer))
    return {"first": spread(first), "again": spread(again), "found": found, "late": late} if again else {}
