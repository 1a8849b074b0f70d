"""What the model costs: `python -m benchmarks.model [--json] [--only PART,…]`.

    latency   the rest of a line at places whose prompt was read ahead, after one more key: ms and the worker's
              processor time, p50 and p95
    server    the same places cold and warm, beside llama.cpp's own server with the same file (--server PATH), in
              milliseconds and in processor time
    reuse     share of the prompt's tokens that needed no evaluation while lines of real files are typed key by key,
              with other files in context as in an editor
    drafting  the same prompts with and without drafts: times, and whether the texts are equal; by whether the line
              occurs elsewhere in the project
    kills     kill -9 of the worker in mid-request: ms until the answer, seconds until the model is back
    memory    PSS of the worker before and after many requests
    repoeval  exact match of the model alone on RepoEval's lines, in-file (--repositories DIR, see `repoeval`)

    all       each of them, but for those that --state has whole for these weights and numbers

Places are drawn by hash from pinned projects. What is done is kept in --state; the same command goes on from there.
Wall-clock figures want a quiet machine: the load is written beside them. `--page FOLDER` writes model.md and
model.json of all that is kept.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
from familiar_codegraph import home
from familiar_completion import models
from familiar_completion.client import CompletionClient
from familiar_completion.counts import Counts
from familiar_completion.remote import Remote, Server
from familiar_completion.runtime import Model

from benchmarks import modelpage, sdists
from benchmarks import repoeval as published
from benchmarks.rows import Rows
from benchmarks.smoke import machine

MIXED = 0.8
"""The weight of the counts' texts beside the model, about what the engine gives them."""
PARTS = ("latency", "server", "reuse", "drafting", "kills", "memory", "repoeval")


class Place(msgspec.Struct, frozen=True):
    """A line of a file, `elsewhere` if it stands in the project more than once."""

    path: str
    prefix: str
    line: str
    suffix: str
    elsewhere: bool

    def request(self, typed: int = 0, **more: Any) -> dict[str, Any]:
        """Return what the worker is asked when `typed` characters of the line are there."""
        rest = self.line[:typed]
        given = {"path": self.path, "prefix": self.prefix + rest, "suffix": self.suffix, "chunks": []}
        return {**given, "mode": "line", "n": 1, "seconds": 30.0, **more}


def main() -> int:
    """Measure what `--only` names, and print JSON or lines."""
    options = _options()
    options.state.mkdir(parents=True, exist_ok=True)
    options.weights = hashlib.sha256(options.model.read_bytes()).hexdigest()
    asked_for = PARTS if options.only == "all" else options.only.split(",")
    numbers = {name: getattr(options, name) for name in ("places", "kills", "tasks", "arms", "project")}
    kept = options.state / "report.json"
    report: dict[str, Any] = json.loads(kept.read_text()) if kept.is_file() else {"schema": 1}
    root = sdists.unpack(options.project, options.state)
    os.environ["FAMILIAR_HOME"] = str(options.state / "home")
    for part in asked_for:
        kept_whole = report.get(part, {})
        if options.only == "all" and (kept_whole.get("weights"), kept_whole.get("of")) == (options.weights, numbers):
            continue
        print(f"{part} …", file=sys.stderr, flush=True)
        began, cpu = time.monotonic(), time.process_time()
        found = asyncio.run(globals()[part](options, root))
        found |= {"wall_s": round(time.monotonic() - began, 1), "own_cpu_s": round(time.process_time() - cpu, 1)}
        known = {"machine": machine(), "model": options.model.name, "weights": options.weights, "of": numbers}
        report[part] = {**found, **known}
        kept.write_text(json.dumps(report, indent=2))
    if options.page:
        options.page.mkdir(parents=True, exist_ok=True)
        measured = {name: report[name] for name in PARTS if name in report}
        (options.page / "model.md").write_text(modelpage.page(measured))
        (options.page / "model.json").write_text(json.dumps({"schema": 1, **measured}, indent=1) + "\n")
    asked = {name: report[name] for name in asked_for if name in report}
    if options.json:
        print(json.dumps({"schema": 1, **asked}, indent=2))
    else:
        for name, found in asked.items():
            print(f"{name}: {json.dumps(found)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="latency,reuse,drafting,kills,memory")
    parser.add_argument("--model", type=Path, default=models.WEIGHTS)
    parser.add_argument("--project", default="click", help="a pinned project")
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--server", type=Path, help="llama.cpp's llama-server")
    parser.add_argument("--repositories", type=Path, help="where RepoEval's eight repositories are cloned")
    parser.add_argument("--tasks", type=int, default=50, help="lines of each of them; 200 to quote")
    parser.add_argument("--arms", default="left,right", help="what of the file RepoEval's prompts show")
    parser.add_argument("--state", type=Path, default=home.cache_dir() / "benchmark-model")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--page", type=Path, metavar="FOLDER", help="write model.md and model.json there")
    return parser.parse_args()


def places(root: Path, wanted: int) -> list[Place]:
    """Return lines of code of the project's Python files, drawn by hash."""
    files = {str(path.relative_to(root)): path.read_text("utf-8", "replace") for path in sorted(root.rglob("*.py"))}
    lines: dict[str, int] = {}
    for text in files.values():
        for line in text.split("\n"):
            lines[line.strip()] = lines.get(line.strip(), 0) + 1
    found = []
    for name, text in files.items():
        every = text.split("\n")
        for at, line in enumerate(every):
            code = line.strip()
            if at >= 20 and len(code) >= 12 and not code.startswith(("#", '"', "'")):
                indent = line[: len(line) - len(line.lstrip())]
                prefix, suffix = "\n".join([*every[:at], indent]), "\n" + "\n".join(every[at + 1 :])
                draw = hashlib.sha256(f"{name}\0{at}\0{code}".encode()).hexdigest()
                found.append((draw, Place(name, prefix, code, suffix, lines[code] > 1)))
    return [place for _, place in sorted(found)[:wanted]]


@contextlib.asynccontextmanager
async def worker(path: Path) -> Any:
    """A worker that is ready."""
    model = Model(path)
    try:
        await model.start()
        if not model.ready:
            raise SystemExit(model.why)
        yield model
    finally:
        await model.close()


async def latency(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Warm whole lines, one candidate and three."""
    rows = _rows(options, "latency")
    async with worker(options.model) as model:
        for place in places(root, options.places)[len(rows.done) :]:
            row: dict[str, Any] = {}
            for n in (1, 3):
                await model.idle(place.request())
                began, cpu = time.perf_counter(), _cpu(model.pid)
                answer = await model.complete(place.request(1, n=n))
                row[str(n)] = {
                    "ms": (time.perf_counter() - began) * 1000,
                    "cpu": (_cpu(model.pid) - cpu) * 1000,
                    "tokens": answer["tokens"]["generated"],
                }
            rows.add(row)
        out: dict[str, Any] = {name: model.info[name] for name in ("threads", "token_ms", "step", "context")}
    for n in ("1", "3"):
        found = [row[n] for row in rows.done]
        out[f"candidates {n}"] = {
            "ms": _quantiles([row["ms"] for row in found]),
            "processor ms": _quantiles([row["cpu"] for row in found]),
            "tokens generated, mean": round(sum(row["tokens"] for row in found) / len(found), 1),
        }
    return {"places": len(rows.done), **out}


async def server(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Cold and warm beside llama.cpp's own server: one thread setting, greedy, no drafts, to the end of the line."""
    if options.server is None:
        raise SystemExit("--only server needs --server PATH of llama-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rows = _rows(options, "server")
    async with worker(options.model) as model:
        argv = [str(options.server), "-m", str(options.model), "--port", str(port), "--no-webui"]
        threads = str(model.info["threads"])
        process = subprocess.Popen([*argv, "-t", threads, "-c", "1024"], stdout=-3, stderr=-3)
        remote = Remote(Server("llama.cpp", f"http://127.0.0.1:{port}", template="familiar", seconds=60.0), 0.5)
        asked: list[tuple[str, Any, int]] = [("ours", model, model.pid or 0), ("theirs", remote, process.pid)]
        try:
            for _ in range(120):
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                        break
                await asyncio.sleep(0.5)
            await remote.start()
            for at, place in enumerate(places(root, min(options.places, 100))[len(rows.done) :], len(rows.done)):
                row: dict[str, Any] = {"threads": int(threads)}
                for state, typed in (("cold", 0), ("warm", 1)):
                    for name, backend, pid in asked if at % 2 else asked[::-1]:
                        began, cpu = time.perf_counter(), _cpu(pid)
                        answer = await backend.complete(_shortened(place).request(typed, drafting=False))
                        row[f"{name} {state}"] = (time.perf_counter() - began) * 1000
                        row[f"{name} {state}, processor"] = (_cpu(pid) - cpu) * 1000
                        row[f"{name} {state}, text"] = "".join(c["text"] for c in answer["candidates"])
                rows.add(row)
        finally:
            await remote.close()
            process.kill()
            process.wait()
    out: dict[str, Any] = {"places": len(rows.done), "threads": sorted({row["threads"] for row in rows.done})}
    for state in ("cold", "warm"):
        for what in (state, f"{state}, processor"):
            both = {name: [row[f"{name} {what}"] for row in rows.done] for name in ("ours", "theirs")}
            out |= {f"{name} {what}, ms": _quantiles(found) for name, found in both.items()}
            out[f"ours / theirs, {what}"] = round(sum(both["ours"]) / sum(both["theirs"]), 2)
        same = [r for r in rows.done if r[f"ours {state}, text"].rstrip() == r[f"theirs {state}, text"].rstrip()]
        out[f"same text, {state}"] = len(same)
        for what in (state, f"{state}, processor"):
            ours, theirs = (sum(row[f"{name} {what}"] for row in same) for name in ("ours", "theirs"))
            out[f"ours / theirs where the text is the same, {what}"] = round(ours / max(theirs, 1e-9), 2)
    return out


def _shortened(place: Place) -> Place:
    """The prompt that both can hold whole: 60 lines before and 10 after the cursor."""
    before, after = place.prefix.split("\n")[-60:], place.suffix.split("\n")[:10]
    return msgspec.structs.replace(place, prefix="\n".join(before), suffix="\n".join(after))


async def reuse(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Type a line and the one below it key by key, in two files by turns, through the completion process."""
    rows = _rows(options, "reuse")
    chosen = [_longer(place) for place in places(root, min(options.places, 40))]
    pairs = list(zip(chosen[::2], chosen[1::2], strict=True))
    client = CompletionClient(root, options.model, least=0.0, house="off", arm="lexical")
    try:
        await client.ready(120)
        for one, other in pairs[len(rows.done) :]:
            half, row = len(one.line) // 2, {"keys": 0, "asked": 0, "prompt": 0, "reused": 0}
            for place in (one, other):
                await client.put(place.path, 0, (place.prefix + place.suffix).encode())
            await _type(client, one, range(half), row)
            await _type(client, other, range(len(other.line)), row)
            await _type(client, one, range(half, len(one.line)), row)
            rows.add(row)
            for place in (one, other):
                await client.drop(place.path)
    finally:
        await client.close()
    total = {name: sum(row[name] for row in rows.done) for name in ("keys", "asked", "prompt", "reused")}
    return {**total, "reused, %": round(100 * total["reused"] / max(total["prompt"], 1), 2)}


async def _type(client: CompletionClient, place: Place, keys: range, row: dict[str, int]) -> None:
    """Type some letters of a place's line; every key asks. Answers from memory evaluate nothing and count nowhere."""
    for at in keys:
        offset = len((place.prefix + place.line[:at]).encode())
        letter = place.line[at].encode()
        await client.edit(place.path, at + 1, [(offset, offset, letter)])
        answer = await client.complete(place.path, offset + len(letter), at + 1, wait=10.0)
        row["keys"] += 1
        row["asked"] += bool(answer.tokens.prompt)
        row["prompt"] += answer.tokens.prompt
        row["reused"] += answer.tokens.reused


def _longer(place: Place) -> Place:
    below, _, rest = place.suffix[1:].partition("\n")
    return msgspec.structs.replace(place, line=f"{place.line}\n{below}", suffix=f"\n{rest}")


async def drafting(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Every prompt with and without drafts, in both orders: of the model alone, and mixed with the counts' texts as the
    engine asks; rows are kept in --state."""
    kept = _rows(options, "drafting")
    counts = Counts()
    for path in sorted(root.rglob("*.py")):
        counts.put(str(path.relative_to(root)), path.read_text("utf-8", "replace"))
    async with worker(options.model) as model:
        for at, place in enumerate(places(root, options.places)[len(kept.done) :], len(kept.done)):
            drafts = [(p.text, p.score) for p in counts.propose(place.path, place.prefix, place.suffix)]
            await model.idle(place.request())
            row: dict[str, Any] = {"elsewhere": place.elsewhere}
            for name, weight in (("alone", 0.0), ("mixed", MIXED)):
                wish = place.request(drafts=drafts, mix={"texts": drafts, "weight": weight})
                row[name] = await _both_ways(model, wish, drafted_first=at % 2 == 0)
            kept.add(row)
    out: dict[str, Any] = {"prompts": len(kept.done), "weight of the counts": MIXED}
    for name in ("alone", "mixed"):
        every = [row[name] for row in kept.done]
        groups = {
            "elsewhere": [row[name] for row in kept.done if row["elsewhere"]],
            "others": [row[name] for row in kept.done if not row["elsewhere"]],
        }
        out[name] = {
            "equal": sum(row["equal"] for row in every),
            "differences": [row["difference"] for row in every if not row["equal"]],
            **{group: _speed(found) for group, found in groups.items()},
        }
    return out


async def _both_ways(model: Model, wish: dict[str, Any], *, drafted_first: bool) -> dict[str, Any]:
    """One request with drafts and without, three times each by turns."""
    times: dict[bool, list[float]] = {True: [], False: []}
    used: dict[bool, list[float]] = {True: [], False: []}
    found: dict[bool, dict[str, Any]] = {}
    for drafted in ((True, False) if drafted_first else (False, True)) * 3:
        cpu = _cpu(model.pid)
        answer = await model.complete({**wish, "drafting": drafted})
        used[drafted].append((_cpu(model.pid) - cpu) * 1000)
        times[drafted].append(answer["ms"]["decode"])
        found[drafted] = answer
    return _compared(times, found) | {"plain_cpu": min(used[False]), "drafted_cpu": min(used[True])}


def _compared(times: dict[bool, list[float]], found: dict[bool, dict[str, Any]]) -> dict[str, Any]:
    plain, drafted = (found[which]["candidates"][0] for which in (False, True))
    row = {
        "plain_ms": min(times[False]),
        "drafted_ms": min(times[True]),
        "tokens": found[True]["tokens"],
        "equal": plain["text"] == drafted["text"],
    }
    if not row["equal"]:
        at = next((i for i, (a, b) in enumerate(zip(plain["logs"], drafted["logs"], strict=False)) if a != b), 0)
        row["difference"] = {
            "plain": plain["text"],
            "drafted": drafted["text"],
            "probabilities": [round(math.exp(which["logs"][at]), 5) for which in (plain, drafted)],
        }
    return row


def _speed(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    plain, drafted = sum(r["plain_ms"] for r in rows), sum(r["drafted_ms"] for r in rows)
    plain_cpu, drafted_cpu = sum(r["plain_cpu"] for r in rows), sum(r["drafted_cpu"] for r in rows)
    offered, accepted = (sum(r["tokens"][name] for r in rows) for name in ("drafted", "accepted"))
    return {
        "prompts": len(rows),
        "speed-up of decoding": round(plain / max(drafted, 1e-9), 3),
        "speed-up of whole requests, processor time": round(plain_cpu / max(drafted_cpu, 1e-9), 3),
        "drafted": offered,
        "accepted": accepted,
    }


async def kills(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """Kill the worker while it answers; the question goes through the completion process."""
    rows = _rows(options, "kills")
    client = CompletionClient(root, options.model, least=0.0, house="off")
    chosen = places(root, options.kills)
    try:
        await client.ready(120)
        for at in range(len(rows.done), options.kills):
            place = chosen[at % len(chosen)]
            text = (place.prefix + place.suffix).encode()
            await client.put(place.path, at + 1, text)
            pid = (await client.ready(60))["model"]["pid"]
            task = asyncio.create_task(client.complete(place.path, len(place.prefix.encode()), at + 1, wait=5.0))
            await asyncio.sleep(0.005 * (at % 16))  # while it counts, reads the prompt, decodes
            began = time.perf_counter()
            with contextlib.suppress(ProcessLookupError, TypeError):
                os.kill(pid, signal.SIGKILL)
            answer = await task
            took = (time.perf_counter() - began) * 1000
            without = bool(answer.silence and "process" in answer.silence and not answer.suggestions)
            hit = bool(answer.model and "ended" in answer.model)
            status = await client.ready(60)
            while status["model"]["state"] != "ready" or status["model"]["pid"] == pid:
                await asyncio.sleep(0.01)
                status = await client.status()
            back = (time.perf_counter() - began) * 1000
            own = answer.ms.get("counts", 0.0)
            rows.add({"answered": took, "counts": own, "back": back, "unanswered": without, "in mid-request": hit})
            await client.drop(place.path)
    finally:
        await client.close()
    return {
        "kills": len(rows.done),
        "in mid-request": sum(row["in mid-request"] for row in rows.done),
        "answered, ms": _quantiles([row["answered"] for row in rows.done]),
        "answered in mid-request, ms": _quantiles([row["answered"] for row in rows.done if row["in mid-request"]]),
        "of a request, the counts' own work, ms": _quantiles([row["counts"] for row in rows.done]),
        "back, ms": _quantiles([row["back"] for row in rows.done]),
        "later than 50 ms": sum(row["answered"] > 50 for row in rows.done),
        "unanswered": sum(row["unanswered"] for row in rows.done),
    }


async def memory(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """A worker's memory over many places and files."""
    async with worker(options.model) as model:
        out = {"loaded": _pss(model.pid)}
        chosen = places(root, options.places)
        for at, place in enumerate(chosen):
            await model.idle(place.request())
            for typed in range(1, 6):
                await model.complete(place.request(typed, n=3))
            if at in (len(chosen) // 4, len(chosen) // 2):
                out[f"after {at} places"] = _pss(model.pid)
        out[f"after {len(chosen)} places"] = _pss(model.pid)
    return {"PSS, MB": out}


async def repoeval(options: argparse.Namespace, root: Path) -> dict[str, Any]:
    """The model by itself on RepoEval's lines."""
    if options.repositories is None:
        raise SystemExit("--only repoeval needs --repositories DIR, in which RepoEval's eight repositories are cloned")
    try:
        wanted = published.tasks(options.repositories, options.state, options.tasks)
    except published.Missing as error:
        raise SystemExit(str(error)) from error
    async with worker(options.model) as model:
        return await published.measure(model, wanted, _rows(options, "repoeval"), tuple(options.arms.split(",")))


def _rows(options: argparse.Namespace, part: str) -> Rows:
    return Rows(options.state / f"{part}-{options.project}-{options.model.stem}-{options.weights[:8]}.jsonl")


def _cpu(pid: int | None) -> float:
    """Return the processor seconds of all threads of a process; unlike the clock, nearly the same on a busy machine."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def _pss(pid: int | None) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024, 1)


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    found = sorted(times)
    return {
        "p50": round(found[len(found) // 2], 1),
        "p95": round(found[int(0.95 * (len(found) - 1))], 1),
        "max": round(found[-1], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
