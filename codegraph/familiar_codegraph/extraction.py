"""From bytes to stored facts, in this process or in several."""

import contextlib
import gc
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from familiar_codegraph.discover import Skipped, check, read
from familiar_codegraph.languages import extract, language_of
from familiar_codegraph.languages.parsing import TooSlow
from familiar_codegraph.store import Row, encode, key_of
from familiar_codegraph.summary import summarize

_ALONE = 1_500_000
"""Bytes up to which starting other processes takes longer than doing the work here."""
_MOST_PROCESSES = 8
"""Each takes some 60 MB; from here on the disk and this process are what is waited for."""


def key(path: str, data: bytes) -> bytes:
    """Return the store's key of a file's content."""
    language = language_of(path)
    return key_of(data, language.name if language else "")


def row_of(path: str, data: bytes) -> Row:
    """Return what is stored of a file: its facts, or why there are none.

    A fault of ours in one file costs that file alone; it has no key then, for it is not to be remembered.
    """
    try:
        check(data)
        facts = extract(path, data)
        return Row(key(path, data), encode(summarize(facts)), encode(facts), "")
    except (Skipped, TooSlow) as error:
        return Row(key(path, data), b"", b"", str(error))
    except (ValueError, RecursionError) as error:
        return Row(key(path, data), b"", b"", f"could not be read: {type(error).__name__}: {error}")
    except Exception as error:
        return Row(b"", b"", b"", f"could not be read: {type(error).__name__}: {error}")


def rows(root: Path, work: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, Row]]]:
    """Yield stored rows of the files in `work` (path, size), some at a time, by as many processes as we have cores.

    They have a low priority: what else the machine does goes first. When one of them dies (out of memory, a fault in a
    parser), its files are read one by one, and the one that does it again is named.
    """
    total, processes = sum(size for _, size in work), min(cores(), _MOST_PROCESSES)
    if processes < 2 or total < _ALONE:
        for start in range(0, len(work), 32):
            yield _part(root, work[start : start + 32])
        return
    ordered = sorted(work, key=lambda item: (-item[1], item[0]))
    count = max(1, len(ordered) // 32)
    left = {n: ordered[n::count] for n in range(count)}
    try:
        yield from _by_processes(root, left, processes)
    except BrokenProcessPool:
        can_start = _alone(root, []) is not None
        for part in list(left.values()):
            made = _alone(root, part) if can_start else _part(root, part)
            yield made if made is not None else [_by_itself(root, item) for item in part]


def _by_processes(
    root: Path, left: dict[int, list[tuple[str, int]]], processes: int
) -> Iterator[list[tuple[str, Row]]]:
    """Yield the rows of the parts in `left`, which loses those that are done."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_start) as pool:
        waiting = {pool.submit(_part, root, part): n for n, part in left.items()}
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    made = future.result()
                    del left[waiting.pop(future)]
                    yield made
        finally:
            for future in waiting:
                future.cancel()


def _start() -> None:
    gc.disable()
    if hasattr(os, "nice"):
        os.nice(5)


def _alone(root: Path, part: Sequence[tuple[str, int]]) -> list[tuple[str, Row]] | None:
    """Read files in a new process; None when it dies."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_start) as pool:
        try:
            return pool.submit(_part, root, part).result()
        except BrokenProcessPool:
            return None


def _by_itself(root: Path, item: tuple[str, int]) -> tuple[str, Row]:
    made = _alone(root, [item])
    return made[0] if made else (item[0], Row(b"", b"", b"", "the process that read it died"))


def _part(root: Path, work: Sequence[tuple[str, int]]) -> list[tuple[str, Row]]:
    out = []
    for path, _ in work:
        try:
            out.append((path, row_of(path, read(root, path))))
        except Skipped as error:
            out.append((path, Row(b"", b"", b"", str(error))))
    return out


def cores() -> int:
    """Return how many cores we are allowed to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_cores() -> int:
    """Return how many cores may be used: those that we are allowed, less those that are busy."""
    busy = 0.0
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            busy = min(os.getloadavg()[0], _others_running())
    return max(1, cores() - int(busy + 0.3))


def _others_running() -> float:
    """Return how many tasks but this one run or wait for a core right now; where nobody says so, infinitely many.

    The load average alone would count what this very process did in the last minute.
    """
    most = 0
    for _ in range(3):
        try:
            with Path("/proc/loadavg").open(encoding="ascii") as file:
                most = max(most, int(file.read().split()[3].partition("/")[0]) - 1)
        except (OSError, ValueError, IndexError):
            return math.inf
        time.sleep(0.005)
    return most
