"""Memory of the server and the graph process in an editor's session, and how it grows with the repository."""

import asyncio
import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from familiar_codegraph.client import GraphClient
from familiar_codegraph.text import LineIndex
from familiar_codegraph.workspace import Workspace
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from benchmarks.graph import corpus
from benchmarks.graph.editor import Editor
from benchmarks.graph.figure import Figure, Given, spread
from benchmarks.graph.keystrokes import typing


def memory(given: Given) -> list[Figure]:
    """An editor's session with an empty store: index, open files, ask 60 questions, type 200 keys, rest."""
    workspace = Workspace(given.root)
    workspace.index()
    places = _places(workspace, 60)
    workspace.close()
    found = asyncio.run(_session(given.root, places))
    peak, steady = found["peak_mb"], found["steady_mb"]
    return [
        Figure(
            "memory",
            "memory (PSS), server + graph process with its helpers, an editor's session",
            "<= 450 MB peak, <= 300 MB steady",
            "<= 200 MB steady",
            f"{peak} MB peak, {steady} MB steady (server {found['server_mb']}, graph process {found['graph_mb']}); "
            f"beside them a type checker when asked: {found['checker_mb']} MB",
            peak <= 450 and steady <= 300,
            found,
        )
    ]


def growth(given: Given) -> list[Figure]:
    """Index, questions and memory of the graph process on made-up repositories of more and more lines."""
    rows = []
    for lines in given.lines:
        root = corpus.synthetic(lines, given.work / "synthetic")
        workspace = Workspace(root)
        report = workspace.index()
        places = _places(workspace, 60)
        workspace.close()
        rows.append({"lines": report.lines, "files": report.files, **asyncio.run(_grown(root, places))})
    text = "; ".join(
        f"{r['lines']:,} lines: index {r['index_seconds']} s, {r['peak_mb']} MB peak, {r['steady_mb']} MB steady, "
        f"references p95 {r['references_ms']['p95']} ms, edit p95 {r['edit_ms']['p95']} ms, "
        f"restart {r['restart_seconds']} s"
        for r in rows
    )
    what = "the graph process alone on made-up repositories up to 1 MLOC"
    return [Figure("growth", what, "shown", "", text, True, {"rows": rows})]


def _places(workspace: Workspace, count: int) -> list[tuple[str, int, str]]:
    """Return common methods and, as many, definitions drawn at random."""
    graph = workspace.graph()
    common = corpus.common_methods(graph, count // 2)
    draw, rest = random.Random(2), []
    for path in draw.sample(list(graph.files()), min(4 * count, len(graph.files()))):
        rest += [(path, item.name_start, item.name) for item in graph.outline(path)[:1]]
    return [*common, *rest[: count - len(common)]]


async def _session(root: Path, places: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "familiar_server", "serve"]
    settings = {"answer": {"references": True}}
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "FAMILIAR_HOME": home}
        async with Editor(root, command, settings=settings, env=env) as editor:
            with sampled(editor.pid) as samples:
                while (await editor.request("familiar/status", {})).state != "ready":
                    await asyncio.sleep(0.2)
                indexed = samples[-1]
                answers = await _asked_and_typed(editor, root, places)
                await asyncio.sleep(3)
                asked = len(samples)
                await asyncio.sleep(3)
            rest = samples[asked:] or samples[-1:]
    return {
        "peak_mb": round(max(s["server"] + s["graph"] for s in samples), 1),
        "steady_mb": round(max(s["server"] + s["graph"] for s in rest), 1),
        "indexed_mb": indexed["server"] + indexed["graph"],
        "server_mb": rest[-1]["server"],
        "graph_mb": rest[-1]["graph"],
        "completion_mb": rest[-1]["completion"],
        "checker_mb": max(s["checker"] for s in samples),
        "answers": answers,
        "samples": len(samples),
    }


async def _asked_and_typed(editor: Editor, root: Path, places: Sequence[tuple[str, int, str]]) -> int:
    answers = 0
    for path, offset, _ in places:
        editor.open(path)
        place = LineIndex((root / path).read_bytes()).lsp_position(offset, "utf-16")
        for _ in range(2):  # on a busy machine the server may have said that the graph process is late
            with contextlib.suppress(JsonRpcException):
                answers += len(await editor.references(path, lsp.Position(*place)))
                break
    path, draw = places[0][0], random.Random(3)
    data = (root / path).read_bytes()
    for _, change in zip(range(200), typing(data, draw, ["name"]), strict=False):
        editor.replace(path, *change[1:])
        await asyncio.sleep(0.01)
    return answers


async def _grown(root: Path, places: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        client = GraphClient(root, env={**os.environ, "FAMILIAR_HOME": home})
        await client.status()
        assert client.pid
        with sampled(client.pid) as samples:
            report = await client.index()
            times = []
            for path, offset, _ in places:
                began = time.perf_counter()
                await client.ask("references", path, offset)
                times.append((time.perf_counter() - began) * 1000)
            edits = await _edited(client, root, places[0][0])
            await asyncio.sleep(2)
        await client.close()
        again = GraphClient(root, env={**os.environ, "FAMILIAR_HOME": home})
        began = time.perf_counter()
        await again.index()
        await again.ask("references", *places[0][:2])
        restart = time.perf_counter() - began
        await again.close()
    return {
        "index_seconds": report.seconds,
        "peak_mb": max(s["server"] for s in samples),
        "steady_mb": samples[-1]["server"],
        "references_ms": spread(times),
        "edit_ms": spread(edits),
        "restart_seconds": round(restart, 2),
    }


async def _edited(client: GraphClient, root: Path, path: str) -> list[float]:
    data, times = (root / path).read_bytes(), []
    await client.put(path, data, 0)
    for version, change in zip(range(1, 101), typing(data, random.Random(4), ["name"]), strict=False):
        began = time.perf_counter()
        await client.edit(path, version, [change[1:]])
        await client.ask("definitions", path, change.start)
        times.append((time.perf_counter() - began) * 1000)
    return times


# ---------------------------------------------------------------- sampling


@contextmanager
def sampled(pid: int) -> Iterator[list[dict[str, float]]]:
    """Sample the memory of a process and its children, by part, twenty times a second until the block ends."""
    samples, done = [_by_part(pid)], threading.Event()

    def run() -> None:
        while not done.wait(0.05):
            samples.append(_by_part(pid))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def _by_part(pid: int) -> dict[str, float]:
    """Return megabytes: the process itself, its graph process and its completion process with their helpers.

    Programs of others (the type checker that gives a second opinion) are a part of their own.
    """
    children = _children()
    found = {"server": 0.0, "graph": 0.0, "completion": 0.0, "checker": 0.0}
    waiting = [(pid, "server")]
    while waiting:
        one, part = waiting.pop()
        command = _command(one) if one != pid else ""
        if command and "familiar_c" not in command and "multiprocessing" not in command:
            part = "checker"
        elif part == "server" and command:
            part = "graph" if "familiar_codegraph" in command else "completion"
        found[part] = round(found[part] + _pss(one), 1)
        waiting += [(child, part) for child in children.get(one, ())]
    return found


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1]) if folder.name.isdigit() else 0
            if parent:
                found.setdefault(parent, []).append(int(folder.name))
    return found


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _pss(pid: int) -> float:
    """Return the proportional share of memory of a process: pages shared with others count in part."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
