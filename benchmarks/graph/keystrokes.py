"""From a keystroke to a fresh answer about the place of the keystroke, through the graph process."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.client import GraphClient
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace

from benchmarks.graph.figure import Figure, Given, cpu_seconds, spread

MUST = {500: 10.0, 3000: 30.0}
AIM = {500: 3.0, 3000: 10.0}


class Edit(NamedTuple):
    """Bytes `start:end` become `new`; `kind` says what the hand did."""

    kind: str
    start: int
    end: int
    new: bytes


def typing(data: bytes, draw: random.Random, names: list[str]) -> Iterator[Edit]:
    """Yield what a person does to a file, without end: statements key by key (their brackets and quotes open for a
    while: broken syntax), lines opened, deleted, moved and pasted, undo. Edits apply one after the other."""
    while True:
        lines = data.split(b"\n")
        inside = [n for n, line in enumerate(lines) if line.startswith(b"        ") and line.strip()]
        number = draw.choice(inside or range(len(lines)))
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        end = sum(len(line) + 1 for line in lines[: number + 1]) - 1
        start = end - len(lines[number])
        action = draw.choice(("statement", "statement", "delete", "paste", "move", "undo"))
        edits: list[Edit]
        if action == "statement":
            text = f'{draw.choice(("value", "result"))} = {draw.choice(names)}(item, key="x")[0]'.encode()
            edits = [Edit("newline", end, end, b"\n" + indent)]
            at = end + 1 + len(indent)
            for typed in range(1, len(text) + 1):
                shut = all(text.count(a, 0, typed) == text.count(b, 0, typed) for a, b in ((b"(", b")"), (b"[", b"]")))
                edits.append(Edit("key" if shut else "broken", at, at, text[typed - 1 : typed]))
                at += 1
            edits.append(Edit("delete line", end, at, b""))
        elif action == "delete":
            gone = data[start : min(len(data), end + 1)]
            edits = [Edit("delete line", start, start + len(gone), b""), Edit("undo", start, start, gone)]
        elif action == "paste":
            block = b"\n".join(lines[max(0, number - 5) : number]) + b"\n"
            edits = [Edit("paste", start, start, block), Edit("undo", start, start + len(block), b"")]
        elif action == "move":
            gone = data[start : min(len(data), end + 1)]
            back = start - len(lines[number - 1]) - 1 if number else start
            edits = [Edit("delete line", start, start + len(gone), b""), Edit("newline", back, back, gone)]
            edits += [Edit("delete line", back, back + len(gone), b""), Edit("undo", start, start, gone)]
        else:
            edits = [Edit("key", end, end, b"x"), Edit("undo", end, end + 1, b"")]
        for edit in edits:
            yield edit
            data = data[: edit.start] + edit.new + data[edit.end :]


def edit(given: Given) -> list[Figure]:
    """Time `given.keys` edits in files of about 500 and 3,000 lines; count the files that body-only edits touch."""
    workspace = Workspace(given.root)
    workspace.index()
    graph = workspace.graph()
    figures = []
    for wanted in (500, 3000):
        path = _nearest(graph, wanted)
        names = [item.name for item in graph.outline(path)]
        touched = _touched(workspace, path)
        kinds, cpu = asyncio.run(_typed(given, path, names))
        every = spread([ms for samples in kinds.values() for ms in samples])
        lines = graph.data(path).count(b"\n")
        figures.append(
            Figure(
                f"edit_{wanted}",
                f"edit to fresh answer, {lines} lines ({path}); files that body-only edits touch",
                f"p95 <= {MUST[wanted]:.0f} ms; 1 file",
                f"{AIM[wanted]:.0f} ms",
                f"p50 {every['p50']} ms, p95 {every['p95']} ms (CPU {cpu} ms an edit); {touched} file",
                every["p95"] <= MUST[wanted] and touched == 1,
                {"ms": every, "by_kind": {kind: spread(s) for kind, s in sorted(kinds.items())}, "cpu_ms_mean": cpu,
                 "files_touched": touched, "path": path, "lines": lines},
            )
        )  # fmt: skip
    workspace.close()
    return figures


def _nearest(graph: CodeGraph, wanted: int) -> str:
    sizes = {p: s.lines for p in graph.files() if (s := graph.summary(p)) and not s.problems and s.symbols > 20}
    return min(sizes, key=lambda p: (abs(sizes[p] - wanted), p))


async def _typed(given: Given, path: str, names: list[str]) -> tuple[dict[str, list[float]], float]:
    """Return milliseconds by kind of edit, and the graph process's processor milliseconds an edit."""
    client = GraphClient(given.root)
    await client.index()
    data = Path(given.root / path).read_bytes()
    await client.put(path, data, 0)
    await client.ask("definitions", path, data.index(b"\n"))
    kinds: dict[str, list[float]] = {}
    assert client.pid
    before = cpu_seconds(client.pid)
    for version, change in zip(range(1, given.keys + 1), typing(data, random.Random(5), names), strict=False):
        began = time.perf_counter()
        await client.edit(path, version, [change[1:]])
        await client.ask("definitions", path, change.start + len(change.new))
        kinds.setdefault(change.kind, []).append((time.perf_counter() - began) * 1000)
    used = cpu_seconds(client.pid) - before
    await client.close()
    return kinds, round(used * 1000 / given.keys, 2)


def _touched(workspace: Workspace, path: str) -> int:
    """Return how many of 40 loaded files have other look-ups after edits inside of functions: the edited one."""
    graph = workspace.graph()
    others = [p for p in graph.files() if p != path][:39]
    workspace.put(path, graph.data(path), 0)
    most = 0
    data = graph.data(path)
    item = next(i for outer in graph.outline(path) for i in (*outer.children, outer) if data[i.end - 1 : i.end] != b")")
    for version in range(1, 7):
        before = workspace.graph()
        loaded = {p: before.index(p) for p in (*others, path)}
        edit = (item.end, item.end, b"  # x") if version % 2 else (item.end, item.end + 5, b"")
        workspace.edit(path, version, [edit])
        after = workspace.graph()
        most = max(most, sum(after.index(p) is not index for p, index in loaded.items()))
    workspace.drop(path)
    return most
