"""kill -9 at random moments of a refactoring: the user's tree is as before or fully edited, and nothing is left behind.

    python -m benchmarks.killed [--kills 200] [--seed 0] [--into FOLDER] [--json]

Killed are, in turn: the command while it applies, the command while it verifies, a process of a test run, the server in
the middle of a rename, its graph process, its edit process. After each, the next start (the recovery and the sweep that
every request begins with) must leave all files as they were or all of them edited, `.git` untouched, no process and no
folder of ours. Resumable: `--into` keeps what was done, by seed and code.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from familiar_codegraph import home
from familiar_edits import apply, overlay, trust
from familiar_server.demo.session import Session

WORK = ("applying", "verifying", "test run", "server", "graph process", "edit process")
FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    **{
        f"shop/part{n}.py": f"from shop.cart import total\n\n\ndef part{n}(prices):\n    return total(prices) + {n}\n"
        for n in range(6)
    },
    "tests/test_parts.py": "import time\n\nfrom shop import part1\nfrom shop.cart import total\n\n\n"
    "def test_total():\n    time.sleep(0.3)\n    assert total([1]) == 1\n\n\n"
    "def test_part():\n    assert part1.part1([1]) == 2\n",
}
LONGEST = {"applying": 1.2, "verifying": 3.0, "test run": 0.6, "server": 2.5, "graph process": 1.0, "edit process": 2.0}
"""Seconds within which the kill falls, for each work; it is drawn evenly."""


def main() -> int:
    """Kill, and print what was found; exit 1 when anything was."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measured(options.kills, options.seed, options.into)
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 1 if report["found"] else 0


def measured(kills: int, seed: int = 0, into: Path | None = None) -> dict[str, Any]:
    """Return the counts by work and by state of the tree, and every finding."""
    code = hashlib.sha256(Path(__file__).read_bytes() + Path(apply.__file__).read_bytes()).hexdigest()[:12]
    state = into / f"killed-{seed}-{code}.json" if into else None
    done: dict[str, Any] = {
        "schema": 1,
        "code": code,
        "kills": 0,
        "by_work": {},
        "in_work": 0,
        "trees": {},
        "found": [],
    }
    if state and state.exists():
        done = json.loads(state.read_text())
    with tempfile.TemporaryDirectory(prefix="killed-") as folder, at_home(Path(folder) / "home"):
        root = project(Path(folder) / "repository")
        while done["kills"] < kills:
            number = done["kills"]
            work = WORK[number % len(WORK)]
            busy, tree, wrong = one(root, work, random.Random(f"{seed} {number}"))
            done["by_work"] = dict(Counter(done["by_work"]) + Counter([work]))
            done["trees"] = dict(Counter(done["trees"]) + Counter([tree]))
            done["in_work"] += busy
            done["found"] += [f"kill {number} of {work}: {what}" for what in wrong]
            done["kills"] = number + 1
            if state:
                state.parent.mkdir(parents=True, exist_ok=True)
                state.write_text(json.dumps(done))
    return done


def _table(report: dict[str, Any]) -> str:
    works = ", ".join(f"{work} {count}" for work, count in report["by_work"].items())
    trees = ", ".join(f"{tree} {count}" for tree, count in report["trees"].items())
    lines = [f"{report['kills']} kills, {report['in_work']} in the middle of work: {works}", f"trees: {trees}"]
    return "\n".join([*lines, f"wrong: {len(report['found'])}", *report["found"]])


def project(root: Path) -> Path:
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    trust.trust(root)
    return root


@contextlib.contextmanager
def at_home(folder: Path) -> Iterator[None]:
    before, os.environ["FAMILIAR_HOME"] = os.environ.get("FAMILIAR_HOME"), str(folder)
    try:
        yield
    finally:
        os.environ.pop("FAMILIAR_HOME")
        if before is not None:
            os.environ["FAMILIAR_HOME"] = before


# ---------------------------------------------------------------- one kill


def one(root: Path, work: str, draw: random.Random) -> tuple[bool, str, list[str]]:
    """Return whether it was in the middle of work, how the tree is then ("before", "after"), and what is wrong."""
    before = digest(root)
    if work in ("server", "graph process", "edit process"):
        busy = asyncio.run(_killed_server(root, work, draw))
    else:
        busy = _killed_command(root, work, draw)
    return (busy, *afterwards(root, before))


def digest(root: Path) -> dict[str, str]:
    """Return path -> hash of everything below `root`, `.git` too; bytecode left out."""
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else ""
        for p in sorted(root.rglob("*"))
        if "__pycache__" not in p.parts
    }


def _killed_command(root: Path, work: str, draw: random.Random) -> bool:
    level = "static" if work == "applying" else "impacted"
    words = ["refactor", "rename", "shop/cart.py:1:5", "sum_all", "--verify", level, "--apply", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "familiar_server", *words], cwd=root, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    journal = home.data_dir() / "journal"
    known = set(journal.iterdir()) if journal.is_dir() else set()
    victim = process.pid
    if work == "applying" and draw.random() < 0.7:  # writing takes some ten milliseconds: most kills are to fall there
        _until(lambda: process.poll() is not None or (journal.is_dir() and set(journal.iterdir()) - known))
        time.sleep(draw.uniform(0, 0.03))
    elif work == "test run":
        _until(lambda: process.poll() is not None or _runs(process.pid))
        time.sleep(draw.uniform(0, LONGEST[work]))
        victim = draw.choice(_runs(process.pid) or [process.pid])
    else:
        time.sleep(draw.uniform(0.1, LONGEST[work]))
    busy = process.poll() is None
    _kill(victim)
    process.wait()
    return busy


async def _killed_server(root: Path, work: str, draw: random.Random) -> bool:
    session = Session(root, env=dict(os.environ))
    await session.__aenter__()
    server = _below(os.getpid(), "familiar_server")
    session.open("shop/cart.py")
    asking = asyncio.ensure_future(session.rename("shop/cart.py", 5, "sum_all"))
    module = {"graph process": "familiar_codegraph", "edit process": "familiar_edits"}.get(work)
    if module:
        for _ in range(200):
            if _below(os.getpid(), module):
                break
            await asyncio.sleep(0.02)
    await asyncio.sleep(draw.uniform(0, LONGEST[work]))
    victims = _below(os.getpid(), module) if module else server
    busy = not asking.done()
    _kill(victims[0] if victims else server[0])
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await asyncio.wait_for(asking, 0.05 if not module else 20)
    end = session.__aexit__(None, None, None) if module else session._client.stop()
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await asyncio.wait_for(end, 10)
    for pid in _below(os.getpid(), "familiar_server"):
        _kill(pid)
    return busy


def afterwards(root: Path, before: dict[str, str]) -> tuple[str, list[str]]:
    """Start again, look, and put the tree back for the next kill."""
    wrong = []
    if not _until(lambda: not _ours(root), 30.0):
        wrong.append(f"left running: {_ours(root)}")
    apply.recover()
    overlay.sweep()
    now = digest(root)
    if {p: d for p, d in now.items() if p.startswith(".git")} != {
        p: d for p, d in before.items() if p.startswith(".git")
    }:
        wrong.append(".git has changed")
    edited = {p for p in now if b"sum_all" in ((root / p).read_bytes() if now[p] else b"")}
    if now == before:
        tree = "before"
    elif now.keys() == before.keys() and edited == {p for p, text in FILES.items() if "total" in text}:
        tree = "after"
    else:
        tree = "half"
        wrong.append(f"the tree is neither as before nor edited: {sorted(p for p in now if now[p] != before.get(p))}")
    left = [folder.name for folder in overlay.runs_dir().iterdir()]
    if left:
        wrong.append(f"folders of runs are left: {left}")
    for path, text in FILES.items():
        (root / path).write_text(text)
    for path in now.keys() - before.keys():
        (root / path).unlink(missing_ok=True)
    return tree, wrong


# ---------------------------------------------------------------- processes (Linux: reads /proc)


def _processes() -> dict[int, tuple[int, list[bytes]]]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if stat[0] != "Z":
                    found[int(entry.name)] = int(stat[1]), (entry / "cmdline").read_bytes().split(b"\0")
    return found


def _descendants(pid: int) -> dict[int, list[bytes]]:
    processes = _processes()
    found: dict[int, list[bytes]] = {}
    waiting = [pid]
    while waiting:
        above = waiting.pop()
        for child, (parent, words) in processes.items():
            if parent == above and child not in found:
                found[child] = words
                waiting.append(child)
    return found


def _below(pid: int, module: str) -> list[int]:
    return [child for child, words in _descendants(pid).items() if module.encode() in words]


def _runs(pid: int) -> list[int]:
    """Return the processes of test runs below `pid`, as this process sees them."""
    return [
        c for c, words in _descendants(pid).items() if any(w.endswith((b"sandbox.py", b"inside.py")) for w in words)
    ]


def _ours(root: Path) -> list[int]:
    """Return the processes that still work on the repository: ours by their home, or of a test run."""
    mark = f"FAMILIAR_HOME={os.environ['FAMILIAR_HOME']}".encode()
    own = os.environ["FAMILIAR_HOME"].encode()
    found = []
    for pid, (_, words) in _processes().items():
        with contextlib.suppress(OSError):
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if pid != os.getpid() and (mark in environment or any(own in word for word in words)):
                found.append(pid)
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _until(what: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.002)
    return False


if __name__ == "__main__":
    sys.exit(main())
