"""Added lines of real commits typed again, in real time, against the tree of the parent commit.

Rules: a suggestion counts only if it arrived before the next keystroke; it needs four characters beyond the cursor,
closers not counted; it is accepted only if every character is what was typed next; one accept is one keystroke; one
that survives type-through counts once; wrong is what was shown for 300 ms or more and then contradicted. The typist is
seeded: bursts of keys, longer at the beginning of words and lines, and pauses for thought. Indentation comes with the
line break, as editors give it, and is not counted as code. A suggestion is asked for at every key, when a line has been
opened and when one has been accepted, as editors do.

The arm `familiar` is the real server; others (`ring`, `infile`, `lexical`, `counts`) are its completion process alone.
"""

import asyncio
import difflib
import hashlib
import json
import os
import random
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from familiar_completion import models
from familiar_completion.client import CompletionClient
from familiar_memory import gate
from familiar_memory.values import Offer as Known
from familiar_server.demo.session import Offer, Session

from benchmarks.completion.bootstrap import Interval, drawn
from benchmarks.completion.latency import quantiles

LEAST = 4
VISIBLE = 0.3
CLOSERS = ")]}\"'`:,; \t\n"
LINES = range(3, 61)
"""Added lines of the commits that are drawn."""
PAUSE = 0.06
"""How often the typist stops to think."""


class Editor(Protocol):
    """What types and is shown suggestions."""

    def open(self, path: str, data: bytes | None = None) -> None: ...
    def replace(self, path: str, start: int, end: int, text: str) -> None: ...
    def close(self, path: str) -> None: ...
    async def suggestion(self, path: str, offset: int) -> Offer | None: ...


class Served:
    """An editor in front of the real server."""

    def __init__(self, session: Session) -> None:
        self.open, self.replace, self.close, self.suggestion = (
            session.open, session.replace, session.close, session.complete,
        )  # fmt: skip


class Bare:
    """An editor in front of a completion process of one arm."""

    def __init__(self, client: CompletionClient) -> None:
        self._client, self._data, self._versions = client, dict[str, bytes](), dict[str, int]()
        self._told: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))

    def _tell(self, call: Any) -> None:
        before = self._told

        async def tell() -> None:
            await before
            await call

        self._told = asyncio.ensure_future(tell())

    def open(self, path: str, data: bytes | None = None) -> None:
        self._data[path], self._versions[path] = data or b"", 1
        self._tell(self._client.put(path, 1, self._data[path]))

    def replace(self, path: str, start: int, end: int, text: str) -> None:
        self._data[path] = self._data[path][:start] + text.encode() + self._data[path][end:]
        self._versions[path] += 1
        self._tell(self._client.edit(path, self._versions[path], [(start, end, text.encode())]))

    def close(self, path: str) -> None:
        self._tell(self._client.drop(path))

    async def suggestion(self, path: str, offset: int) -> Offer | None:
        version = self._versions[path]
        await self._told
        answer = await self._client.complete(path, offset, version)
        if not answer.suggestions:
            return None
        first = answer.suggestions[0]
        text = first.text.removeprefix(self._data[path][first.start : offset].decode("utf-8", "replace"))
        return Offer(text, first.source, first.score, answer.ms.get("total", 0.0))


@dataclass
class Tally:
    """What came of typing; characters are those of code, without indentation and line breaks.

    `ms` are of suggestions when they were shown first, `through` of those typed through; `episodes` are (line before
    the cursor, suggestion, milliseconds, fate, the gate's signals when it was shown first) to be read.
    """

    characters: int = 0
    completed: int = 0
    keys: int = 0
    shown: int = 0
    accepted: int = 0
    wrong: int = 0
    late: int = 0
    ms: list[float] = field(default_factory=list)
    through: list[float] = field(default_factory=list)
    episodes: list[tuple[str, str, int, str, tuple[float, ...]]] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    curve: list[tuple[int, int]] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return {
            "characters": self.characters,
            "completed": self.completed,
            "ratio": round(self.completed / max(self.characters, 1), 4),
            "wrong per 100": round(100 * self.wrong / max(self.characters, 1), 3),
            "keys": self.keys,
            "shown": self.shown,
            "accepted": self.accepted,
            "wrong": self.wrong,
            "late": self.late,
            "ms shown": quantiles(self.ms),
            "ms typed through": quantiles(self.through),
            "cpu share": round(self.cpu / self.seconds, 3) if self.seconds else 0.0,
        }


def run(
    roots: Sequence[Path], commits: int, seed: int, state: Path, seconds: float, arms: Sequence[str]
) -> dict[str, Any]:
    """Type what is left to type within `seconds`, the arms in turn for each commit; report all that is done."""
    until = time.monotonic() + seconds
    log = state / f"replay-{seed}.jsonl"
    done = [json.loads(line) for line in log.read_text().splitlines()] if log.is_file() else []
    chosen = [(root, commit) for root in roots for commit in _commits(root, commits, seed)]
    chosen.sort(key=lambda item: hashlib.sha256(f"{seed}{item[1]}".encode()).digest())
    with log.open("a") as out:
        for root, commit in chosen:
            for arm in arms:
                if any(row["commit"] == commit and row["arm"] == arm for row in done):
                    continue
                if time.monotonic() > until:
                    break
                tally = asyncio.run(_replay(root, commit, arm, seed, until))
                done.append({"root": root.name, "commit": commit, "arm": arm, "tally": vars(tally)})
                if time.monotonic() <= until:  # a commit that was cut off is reported, and typed again next time
                    out.write(json.dumps(done[-1]) + "\n")
                    out.flush()
    return {
        "drawn": len(chosen),
        **{arm: _total([row for row in done if row["arm"] == arm]) for arm in arms},
        "paired": _paired(done, arms),
        "pictures": {
            "ms": {arm: sorted(ms for row in done if row["arm"] == arm for ms in row["tally"]["ms"]) for arm in arms},
            "curves": {arm: _curve([row["tally"] for row in done if row["arm"] == arm]) for arm in arms},
        },
    }


def _curve(tallies: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return (characters, completed) after each piece of text, one commit after the other."""
    points, characters, completed = [(0, 0)], 0, 0
    for tally in tallies:
        points += [(characters + typed, completed + done) for typed, done in tally["curve"]]
        characters, completed = characters + tally["characters"], completed + tally["completed"]
    return points


def _paired(rows: Sequence[dict[str, Any]], arms: Sequence[str]) -> dict[str, Any]:
    """Return the ratios of the commits that all arms have typed whole; commits are drawn again, for all arms alike."""
    by = {arm: {row["commit"]: row["tally"] for row in rows if row["arm"] == arm} for arm in arms}
    both = sorted(set.intersection(*(set(found) for found in by.values())))

    def ratio(arm: str, chosen: Sequence[int]) -> float:
        tallies = [by[arm][both[i]] for i in chosen]
        return float(sum(t["completed"] for t in tallies) / max(sum(t["characters"] for t in tallies), 1))

    out: dict[str, Interval | int] = {"commits": len(both)}
    for arm in arms:
        out[arm] = drawn(len(both), lambda chosen, arm=arm: ratio(arm, chosen), 4)  # type: ignore[misc]
    for arm in arms[1:]:
        name = f"{arms[0]} / {arm}"
        out[name] = drawn(len(both), lambda chosen, arm=arm: ratio(arms[0], chosen) / max(ratio(arm, chosen), 0.001), 2)  # type: ignore[misc]
    return out


def _total(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    whole = Tally()
    for row in rows:
        for name, value in row["tally"].items():
            setattr(whole, name, getattr(whole, name) + value)
    return {"commits": len(rows), **whole.plain()}


# ---------------------------------------------------------------- commits


def _commits(root: Path, wanted: int, seed: int) -> list[str]:
    """Return commits that add a few lines of Python, drawn by hash from the last ones without merges."""
    listed = _git(root, "log", "--no-merges", "-n", "600", "--numstat", "--format=@%H %P", "--", "*.py").decode()
    found: list[str] = []
    for part in listed.split("@")[1:]:
        head, *rows = part.strip().splitlines()
        commit, *parents = head.split()
        added = sum(int(row.split()[0]) for row in rows if row and row.split()[0].isdigit())
        if len(parents) == 1 and added in LINES:
            found.append(commit)
    return sorted(found, key=lambda commit: hashlib.sha256(f"{seed}:{commit}".encode()).digest())[:wanted]


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True).stdout


def _changes(root: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    """Yield (path, text before, text after) of the Python files that a commit changes or adds."""
    rows = _git(root, "diff-tree", "-r", "--no-renames", "--name-status", f"{commit}^", commit, "--", "*.py").decode()
    for row in rows.splitlines():
        status, path = row.split("\t")
        if status in "AM":
            old = _git(root, "show", f"{commit}^:{path}").decode("utf-8", "replace") if status == "M" else ""
            yield path, old, _git(root, "show", f"{commit}:{path}").decode("utf-8", "replace")


# ---------------------------------------------------------------- typing


async def _replay(root: Path, commit: str, arm: str, seed: int, until: float) -> Tally:
    tally, rng = Tally(), random.Random(f"{seed}{commit}")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / root.name
        archive = tarfile.open(fileobj=BytesIO(_git(root, "archive", f"{commit}^")))  # noqa: SIM115
        archive.extractall(tree, filter="data")
        _git(tree, "init", "-q")
        if arm == "familiar":
            async with Session(tree, env=dict(os.environ)) as session:
                await session.ready(180, model=True)
                await _type_all(Served(session), root, commit, rng, tally, until)
        else:
            model = None if arm == "counts" else models.WEIGHTS
            client = CompletionClient(tree, model, house="off", arm=arm)
            try:
                await client.ready(180)
                await _type_all(Bare(client), root, commit, rng, tally, until)
            finally:
                await client.close()
    return tally


async def _type_all(editor: Editor, root: Path, commit: str, rng: random.Random, tally: Tally, until: float) -> None:
    began, cpu = time.monotonic(), below()
    for path, old, new in _changes(root, commit):
        editor.open(path, old.encode())
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
        shift = 0
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            at = len("".join(after[:j1]).encode())
            gone = len("".join(before[i1:i2]).encode())
            if gone:
                editor.replace(path, at, at + gone, "")
            shift += (j2 - j1) - (i2 - i1)
            if j2 > j1 and time.monotonic() < until:
                await _type(editor, path, at, "".join(after[j1:j2]), rng, tally, until)
        editor.close(path)
    tally.seconds += time.monotonic() - began
    tally.cpu += below() - cpu


async def _type(editor: Editor, path: str, at: int, text: str, rng: random.Random, tally: Tally, until: float) -> None:
    """Type `text`, whole lines, in front of byte `at`, which begins a line."""
    if text.endswith("\n"):
        editor.replace(path, at, at, "\n")
        text, tally.keys = text[:-1], tally.keys + 1
    shown, since, index, opened, took, signals = "", 0.0, 0, True, 0, tuple[float, ...]()
    while index < len(text) and time.monotonic() < until:
        size = _indentation(text, index) or int(not opened)
        typed, opened = text[index : index + size], False
        if shown and not shown.startswith(typed):
            wrong = time.monotonic() - since >= VISIBLE
            tally.wrong += wrong
            tally.episodes.append((_line(text, index), shown, took, "wrong" if wrong else "brief", signals))
            shown = ""
        elif shown and shown == typed:
            tally.episodes.append((_line(text, index), shown, took, "typed", signals))
            shown = ""
        shown = shown[size:]
        if typed:
            editor.replace(path, at, at, typed)
        at, index, tally.keys = at + len(typed.encode()), index + size, tally.keys + bool(typed)
        pause, began = _pause(typed, rng), time.monotonic()
        offer = asyncio.ensure_future(editor.suggestion(path, at))
        done, _ = await asyncio.wait({offer}, timeout=pause)
        if not done:
            tally.late += 1
            offer.add_done_callback(lambda task: task.cancelled() or task.exception())
            continue
        offered = offer.result()
        fresh = offered.text if offered else ""
        if offered and len(fresh.rstrip(CLOSERS)) >= LEAST:
            now = time.monotonic()
            if fresh == shown:
                tally.through.append((now - began) * 1000)
            else:
                tally.shown, since, took = tally.shown + 1, now, round((now - began) * 1000)
                tally.ms.append((since - began) * 1000)
                signals = _signals(offered, _line(text, index))
            shown = fresh
            if text.startswith(fresh, index):
                tally.episodes.append((_line(text, index), shown, took, "taken", signals))
                editor.replace(path, at, at, fresh)
                at, index = at + len(fresh.encode()), index + len(fresh)
                tally.completed += sum(len(line.strip()) for line in fresh.split("\n"))
                tally.accepted, tally.keys, shown, opened = tally.accepted + 1, tally.keys + 1, "", True
        elif not fresh:
            shown = ""
        await asyncio.sleep(max(0.0, pause - (time.monotonic() - began)))
    tally.characters += sum(len(line.strip()) for line in text[:index].split("\n"))
    tally.curve.append((tally.characters, tally.completed))


def _line(text: str, index: int) -> str:
    return text[text.rfind("\n", 0, index) + 1 : index]


def _signals(offer: Offer, before: str) -> tuple[float, ...]:
    """Return the gate's signals of an offer behind `before` in its line."""
    known = Known(offer.text.encode(), 0, 0, offer.source, offer.score)
    return gate.signals(known, before.encode(), len(before.encode()))


def _indentation(text: str, index: int) -> int:
    """Return how many characters come with one key: a line break brings the indentation of the next line."""
    if index and text[index] != "\n":
        return 0
    end = index + (text[index] == "\n")
    while end < len(text) and text[end] in " \t":
        end += 1
    return end - index


def _pause(typed: str, rng: random.Random) -> float:
    """Return seconds until the next key: about seven a second within words, slower between them, with thoughts."""
    base = 0.13 if typed.strip() and (typed[-1].isalnum() or typed[-1] == "_") else 0.2
    if rng.random() < PAUSE:
        base += rng.uniform(0.4, 1.5)
    return base * rng.lognormvariate(0, 0.35)


def below() -> float:
    """Return the CPU seconds of all processes below this one (Linux; 0 elsewhere)."""
    return sum(processes().values())


def processes() -> dict[str, float]:
    """Return the CPU seconds of the processes below this one, by the module that they run (Linux alone)."""
    parents, used, names = dict[int, int](), dict[int, float](), dict[int, str]()
    for entry in Path("/proc").iterdir() if Path("/proc/self/stat").exists() else ():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            except OSError:
                continue
            pid = int(entry.name)
            names[pid] = words[words.index("-m") + 1] if "-m" in words else words[0]
            parents[pid] = int(stat[1])
            used[pid] = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    out: dict[str, float] = {}
    for pid, seconds in used.items():
        if pid != os.getpid() and _descends(pid, parents):
            out[names[pid]] = out.get(names[pid], 0.0) + seconds
    return out


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == os.getpid():
            return True
    return False
