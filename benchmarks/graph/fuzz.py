"""Incremental == fresh: random edits over real files; what is known after each is what the bytes give from scratch.

Compared after two of three edits (the third is read together with the next): bytes, facts, summary. After every 20th
edit and at the end also: what each occurrence in the edited file, and in a file that imports it, means, against a
workspace that starts with the same buffers.
"""

import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from familiar_codegraph.languages import extract
from familiar_codegraph.store import encode
from familiar_codegraph.summary import summarize
from familiar_codegraph.workspace import Workspace

from benchmarks.graph import corpus
from benchmarks.graph.figure import Figure, Given, code
from benchmarks.graph.keystrokes import typing

EACH = 100
"""Edits of one seed, in one file."""
_WHOLE = 20

_PIECES = [
    b"x = 1\n", b"def f(a, b=2): return a\n", b"    ", b"(", b")", b'"', b"'''", b"\n", b"class C(D):\n    y = 1\n",
    b"import os\n", b"from . import a as b\n", b"# \xc3\xa9\n", b"\r\n", b"\xff", b"\\\n", b"async ", b"\f",
    b"self.z = q.w(k=3)\n", b":", b"\t", b"[", b"lambda: x", b"@d\n", b"if x:\n    pass\n", b"f'{a!r:>{b}}'", b"{",
    b"    def go(self, x: int) -> None:\n        self.x = x\n", b"global x\n", b"__all__ = ['f']\n", b"del x\n", b"}",
    b"match x:\n    case {'a': b}: pass\n", b"yield ", b"await ", b"*", b"**k", b"=", b"\xef\xbb\xbf", b"else:\n",
]  # fmt: skip


class Different(AssertionError):
    """An incremental result is not the fresh one; the message says where and how to see it again."""


def edits(given: Given) -> list[Figure]:
    """Fuzz in seeds of 100 edits; how far it got is kept, so that an interrupted run goes on."""
    root = corpus.some_python(given.root, given.work / "fuzz")
    state = given.work / f"fuzz-{code()}.json"
    done = json.loads(state.read_text()) if given.resume and state.exists() else {"seeds": 0, "edits": 0, "found": []}
    began = time.perf_counter()
    while done["edits"] < given.edits:
        try:
            one(root, done["seeds"], EACH)
        except Different as error:
            done["found"].append(str(error))
        done |= {"seeds": done["seeds"] + 1, "edits": done["edits"] + EACH}
        state.write_text(json.dumps(done))
    found = done["found"]
    return [
        Figure(
            "edits",
            "incremental == fresh: random edits over real files (insert, delete, move, undo, paste, broken syntax)",
            "20,000 edits, 0 differences",
            "200,000",
            f"{done['edits']:,} edits, {len(found)} differences",
            False if found else True if done["edits"] >= 20_000 else None,
            {**done, "seconds": round(time.perf_counter() - began, 1)},
        )
    ]


def one(root: Path, seed: int, count: int, *, whole: int = _WHOLE) -> None:
    """Edit one file of the repository `count` times.

    Raises:
        Different: at the first difference.
    """
    draw = random.Random(seed)
    files = sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py") if 200 < p.stat().st_size < 60_000)
    path, other = draw.sample(files, 2)
    with tempfile.TemporaryDirectory() as store:
        workspace = Workspace(root, store=Path(store))
        workspace.index()
        neighbour = next(iter(workspace.graph().importers_of(path, transitive=False)), None)
        original = (root / path).read_bytes()
        data = original
        workspace.put(path, data, 0)
        for version, (start, end, new) in enumerate(_edits(data, (root / other).read_bytes(), draw, count), 1):
            workspace.edit(path, version, [(start, end, new)])
            data = data[:start] + new + data[end:]
            place = f"seed {seed}, edit {version} of {path}"
            if version % 3:
                _compare(workspace, path, data, place)
            if version % whole == 0 or version == count:
                _compare_whole(workspace, [path, neighbour] if neighbour else [path], data, place, Path(store))
        workspace.close()


def _compare(workspace: Workspace, path: str, data: bytes, place: str) -> None:
    graph = workspace.graph()
    if graph.data(path) != data:
        raise Different(f"{place}: other bytes")
    facts, fresh = graph.facts(path), extract(path, data)
    if facts is None or encode(facts) != encode(fresh):
        digest = hashlib.sha256(data).hexdigest()[:8]
        raise Different(f"{place}: other facts ({digest}, {len(data)} bytes)")
    summary = graph.summary(path)
    if summary is None or encode(summary) != encode(summarize(fresh)):
        raise Different(f"{place}: other summary")


def _compare_whole(workspace: Workspace, paths: list[str], data: bytes, place: str, store: Path) -> None:
    again = Workspace(workspace.root, store=store)
    again.index()
    again.put(paths[0], data, 0)
    for path in paths:
        if workspace.graph().bindings(path) != again.graph().bindings(path):
            raise Different(f"{place}: other bindings of {path}")
    again.close()


def _edits(data: bytes, other: bytes, draw: random.Random, count: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield random edits: half of them as a person types, half of them wild."""
    original, history = data, [data]
    hand = typing(data, random.Random(draw.random()), ["call", "self.make"])
    made = 0
    while made < count:
        if draw.random() < 0.05:  # a stretch of typing, in the file as it is now
            hand = typing(data, random.Random(draw.random()), ["call", "self.make"])
            batch = [tuple(change[1:]) for _, change in zip(range(draw.randrange(1, 30)), hand, strict=False)]
        else:
            batch = [_wild(data, other, history, draw)]
        for start, end, new in batch[: count - made]:
            yield start, end, new
            history.append(data)
            data = data[:start] + new + data[end:]
            made += 1
        if len(data) > 3 * len(original) + 20_000 and made < count:
            yield 0, len(data), original
            data, made = original, made + 1


def _wild(data: bytes, other: bytes, history: list[bytes], draw: random.Random) -> tuple[int, int, bytes]:
    start = draw.randrange(len(data) + 1)
    end = min(len(data), start + draw.choice([0, 0, 0, 1, 3, 20, 200]))
    kind = draw.random()
    if kind < 0.12:  # lines of the file elsewhere
        return 0, 0, data[start:end]
    if kind < 0.22:  # paste from another file
        begin = draw.randrange(len(other) + 1)
        return start, end, other[begin : begin + draw.choice([10, 80, 600])]
    if kind < 0.32:  # whole lines deleted
        line = data.rfind(b"\n", 0, start) + 1
        return line, min(len(data), data.find(b"\n", end) + 1 or len(data)) if end > line else line, b""
    if kind < 0.5 and len(history) > 1:  # undo, to any state before
        return 0, len(data), history.pop(draw.randrange(max(0, len(history) - 20), len(history)))
    return start, end, draw.choice(_PIECES)
