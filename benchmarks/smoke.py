"""The figures of the main job, through the real server: `python -m benchmarks.smoke [--json] [--only NAME,…]`.

    demo        seconds of `familiar demo`, and whether all five steps were ok
    typing      keystroke to suggestion in click's sources, 200 cursors, p50 / p95 in ms
    rename      rename request to verified proposal in itsdangerous, seconds
    kills       kill -9 of the model worker and of the graph process in mid-request, 50 times each
    setup       the README's first command on a fresh clone with an empty home (compiles llama.cpp; only by --only)

Random renames are `python -m benchmarks.refactor`. Prints the machine with the figures; close other programs first.
"""

import argparse
import asyncio
import hashlib
import json
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from familiar_edits import trust
from familiar_server.demo.session import Session

from benchmarks import sdists

TOP = Path(__file__).parents[1]


def main() -> int:
    """Measure what `--only` names (all but `setup` by default) and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default="demo,typing,rename,kills", help="comma-separated names")
    parser.add_argument("--cursors", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "demo": demo,
        "typing": lambda: asyncio.run(typing(options.cursors)),
        "rename": lambda: asyncio.run(rename()),
        "kills": lambda: asyncio.run(kills(options.kills)),
        "setup": setup,
    }
    report: dict[str, Any] = {"schema": 1, "machine": machine()}
    with _home():
        for name in options.only.split(","):
            print(f"{name} …", file=sys.stderr, flush=True)
            report[name] = measures[name]()
            print(json.dumps({name: report[name]}), file=sys.stderr, flush=True)
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*:\s*(.*)", info.read_text()) if info.exists() else None
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


# ---------------------------------------------------------------- demo


def demo() -> dict[str, Any]:
    """Seconds of the demo on the sample, and on two projects."""
    out: dict[str, Any] = {"sample": _demo([])}
    for name in ("itsdangerous", "click"):
        with _project(name) as root:
            out[name] = _demo(["--on", str(root)])
    return out


def _demo(arguments: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    command = [sys.executable, "-m", "familiar_server", "demo", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TOP, check=False)
    seconds = round(time.monotonic() - started, 2)
    steps = {step["name"]: step["status"] for step in json.loads(done.stdout)["steps"]} if done.stdout else {}
    return {"exit": done.returncode, "seconds": seconds, "steps": steps}


# ---------------------------------------------------------------- typing


async def typing(cursors: int) -> dict[str, Any]:
    """Type into click's modules as people do; time each request from its keystroke on."""
    with _project("click") as root:
        async with Session(root, env=dict(os.environ)) as session:
            await session.ready(120, model=True)
            places = _places(root, cursors)
            times, shown = [], 0
            for path, start, end, cut in places:
                ms, offered = await _keystroke(session, path, start, end, cut)
                times.append(ms)
                shown += offered
    return {"cursors": len(places), "shown": shown, "ms": _quantiles(times)}


def _places(root: Path, wanted: int) -> list[tuple[str, int, int, int]]:
    """Code lines drawn by hash: (path, start of the code, end of the line, how many characters are typed)."""
    found = []
    for file in sorted((root / "src").rglob("*.py")):
        offset = 0
        for line in file.read_bytes().splitlines(keepends=True):
            code = line.strip()
            if len(code) >= 12 and code.isascii() and not code.startswith(b"#"):
                start = offset + len(line) - len(line.lstrip())
                key = hashlib.sha256(f"{file.name}:{offset}".encode()).digest()
                found.append((key, str(file.relative_to(root)), start, offset + len(line.rstrip()), 1 + key[0] % 10))
            offset += len(line)
    return [place[1:] for place in sorted(found)[:wanted]]


async def _keystroke(session: Session, path: str, start: int, end: int, cut: int) -> tuple[float, bool]:
    """Empty the line, type `cut` of its characters, and time the request after the last of them."""
    session.open(path)
    text = session.buffer(path)[start:end].decode()
    session.replace(path, start, end, "")
    for at, char in enumerate(text[:cut]):
        if at == cut - 1:
            await asyncio.sleep(0.15)
        session.replace(path, start + at, start + at, char)
    begin = time.perf_counter()
    offer = await session.complete(path, start + cut)
    ms = (time.perf_counter() - begin) * 1000
    session.close(path)
    return ms, offer is not None


def _quantiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "max": round(ordered[-1], 1),
    }


# ---------------------------------------------------------------- rename

RENAMES = [
    ("src/itsdangerous/signer.py", "def derive_key", "derive_key", "make_key"),
    ("src/itsdangerous/serializer.py", "def dump_payload", "dump_payload", "write_payload"),
    ("src/itsdangerous/encoding.py", "def want_bytes", "want_bytes", "to_bytes"),
    ("src/itsdangerous/timed.py", "def get_timestamp", "get_timestamp", "now_stamp"),
    ("src/itsdangerous/exc.py", "class BadPayload", "BadPayload", "PayloadError"),
]


async def rename() -> dict[str, Any]:
    """Ask the server for verified renames, impacted tests; seconds from request to proposal."""
    rows = []
    with _project("itsdangerous") as root:
        trust.trust(root)
        async with Session(root, env=dict(os.environ)) as session:
            await session.ready(60, model=False)
            for path, before, old, new in RENAMES:
                offset = (root / path).read_bytes().index(before.encode()) + len(before) - len(old)
                begin = time.perf_counter()
                proposal = await session.rename(path, offset, new)
                seconds = round(time.perf_counter() - begin, 2)
                rows.append({"rename": f"{old} -> {new}", "status": proposal["status"], "seconds": seconds})
    seconds = [row["seconds"] for row in rows]
    return {"median": statistics.median(seconds), "max": max(seconds), "renames": rows}


# ---------------------------------------------------------------- kills


async def kills(times: int) -> dict[str, Any]:
    """kill -9 in mid-request: was the request answered, and how long until the process serves again."""
    rng = random.Random(0)
    with _project("itsdangerous") as root:
        async with Session(root, env=dict(os.environ)) as session:
            await session.ready(60, model=True)
            path = "src/itsdangerous/signer.py"
            session.open(path)
            offset = session.buffer(path).index(b"def derive_key") + len("def deriv")

            async def completes() -> bool:
                await session.complete(path, offset)
                return True

            async def names() -> bool:
                answer = await session.prepare_rename(path, offset)
                return answer is not None

            async def model_is_back() -> bool:
                return (await session.status())["model"] == ready

            ready = (await session.status())["model"]
            worker = await _killing(times, "familiar_completion.worker", completes, model_is_back, rng)
            graph = await _killing(times, "familiar_codegraph", names, names, rng)
    return {"worker": worker, "graph": graph}


async def _killing(
    times: int,
    module: str,
    request: Callable[[], Awaitable[bool]],
    back: Callable[[], Awaitable[bool]],
    rng: random.Random,
) -> dict[str, Any]:
    answered, seconds = 0, []
    for _ in range(times):
        pid = await _pid_of(module)
        asking = asyncio.create_task(_answers(request))
        await asyncio.sleep(rng.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        begin = time.perf_counter()
        answered += await asking
        while not (_descendant(module) not in (None, pid) and await _answers(back)):
            if time.perf_counter() - begin > 30:
                break
            await asyncio.sleep(0.02)
        seconds.append(time.perf_counter() - begin)
    ordered = sorted(seconds)
    return {"kills": times, "answered": answered, "back_p50_s": round(statistics.median(ordered), 2),
            "back_max_s": round(ordered[-1], 2)}  # fmt: skip


async def _answers(request: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await asyncio.wait_for(request(), 10)
    except Exception:
        return False


async def _pid_of(module: str) -> int:
    for _ in range(500):
        if pid := _descendant(module):
            return pid
        await asyncio.sleep(0.02)
    raise RuntimeError(f"no process of ours runs {module}")


def _descendant(module: str) -> int | None:
    """The process below this one whose command line names `module` (Linux: reads /proc)."""
    parents: dict[int, int] = {}
    named: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat[1])
            if stat[0] != "Z" and module.encode() in words:
                named.append(int(entry.name))
    for pid in sorted(named):
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            return pid
    return None


# ---------------------------------------------------------------- setup


def setup() -> dict[str, Any]:
    """The README's first command on a fresh clone with an empty home; then again with uv's cache kept."""
    command = _first_command()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        network = {key: value for key, value in os.environ.items() if re.search("CERT|PROXY|CAINFO", key, re.I)}
        env = {**network, "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        cold = _clone_and_run(Path(folder) / "one", command, env)
        shutil.rmtree(Path(folder) / "one")
        warm = _clone_and_run(Path(folder) / "two", command, env)
    return {"command": command, "cold": cold, "wheel_cached": warm}


def _first_command() -> str:
    block = re.search(r"```(?:sh|bash|console)\n(.*?)```", (TOP / "README.md").read_text(), re.S)
    assert block, "the README has no command"
    return block[1].strip().splitlines()[0]


def _clone_and_run(into: Path, command: str, env: dict[str, str]) -> dict[str, Any]:
    subprocess.run(["git", "clone", "-q", str(TOP), str(into)], check=True)
    started = time.monotonic()
    done = subprocess.run(["bash", "-c", command], cwd=into, env=env, capture_output=True, text=True, check=False)
    seconds = round(time.monotonic() - started, 1)
    return {"exit": done.returncode, "seconds": seconds, "last": (done.stderr + done.stdout)[-200:]}


# ---------------------------------------------------------------- common


@contextmanager
def _project(name: str) -> Iterator[Path]:
    """A fresh copy of a pinned project, with its environment beside it."""
    with tempfile.TemporaryDirectory() as folder:
        yield sdists.fetch(name, Path(folder))


@contextmanager
def _home() -> Iterator[None]:
    """A home of ours that is empty at the start, so that nothing is cached from earlier runs."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAMILIAR_HOME"] = folder
        yield
        del os.environ["FAMILIAR_HOME"]


def _table(report: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {json.dumps(value)}" for name, value in report.items())


if __name__ == "__main__":
    raise SystemExit(main())
