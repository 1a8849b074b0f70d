"""kill -9 of the graph process at random moments of its work: the next start answers as a fresh index does."""

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from familiar_codegraph.client import GraphClient
from familiar_codegraph.wire import ChildError
from familiar_codegraph.workspace import Workspace

from benchmarks.graph import corpus
from benchmarks.graph.dump import dump
from benchmarks.graph.figure import Figure, Given, code
from benchmarks.graph.keystrokes import typing


def kills(given: Given) -> list[Figure]:
    """Kill `given.kills` times; how far it got is kept, so that an interrupted run goes on."""
    source = corpus.some_python(given.root, given.work / "killed-source")
    state = given.work / f"kills-{code()}.json"
    start = {"kills": 0, "in_work": 0, "by_work": {}, "found": []}
    done = json.loads(state.read_text()) if given.resume and state.exists() else start
    while done["kills"] < given.kills:
        work, busy, differs = one(source, given.work / "killed", done["kills"])
        by_work = done["by_work"]
        by_work[work] = by_work.get(work, 0) + 1
        done["found"] += [f"seed {done['kills']} while {work}: {differs}"] if differs else []
        done |= {"kills": done["kills"] + 1, "in_work": done["in_work"] + busy}
        state.write_text(json.dumps(done))
    found = done["found"]
    return [
        Figure(
            "kills",
            "kill -9 of the graph process at random moments (indexing, typing, saving, switching branches, pruning)",
            "200 kills: the next start answers as a fresh index",
            "1,000",
            f"{done['kills']} kills ({done['in_work']} in the middle of work), {len(found)} wrong starts",
            False if found else True if done["kills"] >= 200 else None,
            done,
        )
    ]


def one(source: Path, place: Path, seed: int) -> tuple[str, bool, str]:
    """Return at what work it was killed, whether that was not done by then, and how the next start differs ("")."""
    draw = random.Random(seed)
    work = list(WORK)[seed % len(WORK)]
    root, store_home = place / "repository", place / "home"
    if seed % 20 == 0 or not root.exists():  # the store lives through many kills
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(source, root)
    with _home(store_home):
        busy = asyncio.run(_killed(root, WORK[work], draw))
        return work, busy, difference(root)


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    before, os.environ["FAMILIAR_HOME"] = os.environ.get("FAMILIAR_HOME"), str(folder)
    try:
        yield
    finally:
        del os.environ["FAMILIAR_HOME"]
        if before is not None:
            os.environ["FAMILIAR_HOME"] = before


def difference(root: Path) -> str:
    """Index from the store that was left, and from nothing; say what differs."""
    again = Workspace(root)
    with tempfile.TemporaryDirectory() as store:
        fresh = Workspace(root, store=Path(store))
        again.index()
        fresh.index(fresh=True)
        ours, theirs = dump(again.graph(), questions=6), dump(fresh.graph(), questions=6)
        again.close()
        fresh.close()
    if ours == theirs:
        return ""
    return next((a.partition(b"\n")[0].decode() for a, b in zip(ours, theirs, strict=False) if a != b), "other files")


async def _killed(
    root: Path, work: Callable[[GraphClient, random.Random], Awaitable[None]], draw: random.Random
) -> bool:
    client = GraphClient(root)
    await client.status()
    pid = client.pid
    assert pid
    task = asyncio.ensure_future(work(client, draw))
    await asyncio.sleep(draw.uniform(0.0, 1.2))
    busy = not task.done()
    os.kill(pid, signal.SIGKILL)
    task.cancel()
    while client.pid == pid:  # until the loop has seen it end
        await asyncio.sleep(0.005)
    with contextlib.suppress(asyncio.CancelledError, ChildError):
        await task
    await client.close()
    return busy


# ---------------------------------------------------------------- the work


async def indexing(client: GraphClient, draw: random.Random) -> None:
    """Index from nothing, over what is there."""
    await client.index(fresh=True)


async def typing_keys(client: GraphClient, draw: random.Random) -> None:
    """Index, then type in a buffer and ask."""
    await client.index()
    path = draw.choice(_files(client.root))
    data = (client.root / path).read_bytes()
    await client.put(path, data, 0)
    for version, change in enumerate(typing(data, draw, ["call"]), 1):
        await client.edit(path, version, [change[1:]])
        await client.ask("references", path, change.start)


async def saving(client: GraphClient, draw: random.Random) -> None:
    """Index, then save changed files, delete some, bring some back, and name them."""
    await client.index()
    while True:
        path = draw.choice(_files(client.root))
        data = (client.root / path).read_bytes()
        at = data.find(b"\n", draw.randrange(len(data) + 1)) + 1
        (client.root / path).write_bytes(data[:at] + b"saved = 1\n" + data[at:])
        await client.refresh([path])


async def switching(client: GraphClient, draw: random.Random) -> None:
    """Change half of the files and rename a folder, as another branch does, and index; then back, and again."""
    await client.index()
    while True:
        for path in draw.sample(_files(client.root), len(_files(client.root)) // 2):
            data = (client.root / path).read_bytes()
            (client.root / path).write_bytes(b"# branch %d\n" % draw.randrange(10**6) + data.partition(b"\n")[2])
        folder = draw.choice([p for p in sorted(client.root.iterdir()) if p.is_dir()])
        folder.rename(folder.with_name(f"{folder.name.partition('_')[0]}_{draw.randrange(10**6)}"))
        await client.refresh()


async def pruning(client: GraphClient, draw: random.Random) -> None:
    """Fill the store with contents that nobody needs any more, in a process of their own, and index."""
    while True:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _FILL, str(client.root))
        await process.wait()
        await client.index()


_FILL = """
import os, sqlite3, sys
from pathlib import Path
from familiar_codegraph import home
from familiar_codegraph.store import Row, Store
store = Store(home.repository_dir(Path(sys.argv[1])))
store.put([Row(os.urandom(16), b"", os.urandom(800), "left") for _ in range(4000)])
store.close()
database = sqlite3.connect(next(Path(os.environ["FAMILIAR_HOME"]).rglob("facts.sqlite")))
with database:
    database.execute("UPDATE contents SET used = 0 WHERE failure = 'left'")
database.close()
"""

WORK = {
    "indexing": indexing,
    "typing": typing_keys,
    "saving": saving,
    "switching branches": switching,
    "pruning": pruning,
}


def _files(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*.py"))
