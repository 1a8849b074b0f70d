"""From bytes to stored facts, in this process or in several."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from familiar_codegraph.discover import Skipped, check, read
from familiar_codegraph.languages import extract, language_of
from familiar_codegraph.store import Row, encode, key_of
from familiar_codegraph.summary import summarize

_ALONE = 1_500_000
"""Bytes up to which starting other processes takes longer than doing the work here."""


def key(path: str, data: bytes) -> bytes:
    """Return the store's key of a file's content."""
    language = language_of(path)
    return key_of(data, language.name if language else "")


def row_of(path: str, data: bytes) -> Row:
    """Return what is stored of a file: its facts, or why there are none."""
    try:
        check(data)
        facts = extract(path, data)
        return Row(key(path, data), encode(summarize(facts)), encode(facts), "")
    except Skipped as error:
        return Row(key(path, data), b"", b"", str(error))
    except (ValueError, RecursionError) as error:
        return Row(key(path, data), b"", b"", f"could not be read: {type(error).__name__}: {error}")


def rows(root: Path, work: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, Row]]]:
    """Yield stored rows of the files in `work` (path, size), some at a time, by as many processes as have a core."""
    total, processes = sum(size for _, size in work), free_cores()
    if processes < 2 or total < _ALONE:
        for start in range(0, len(work), 32):
            yield _part(root, work[start : start + 32])
        return
    ordered = sorted(work, key=lambda item: (-item[1], item[0]))
    parts = [ordered[n :: max(1, len(ordered) // 32)] for n in range(max(1, len(ordered) // 32))]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        waiting = {pool.submit(_part, root, part) for part in parts}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()


def _part(root: Path, work: Sequence[tuple[str, int]]) -> list[tuple[str, Row]]:
    out = []
    for path, _ in work:
        try:
            out.append((path, row_of(path, read(root, path))))
        except Skipped as error:
            out.append((path, Row(b"", b"", b"", str(error))))
    return out


def free_cores() -> int:
    """Return how many cores may be used: those that we are allowed, less those that are busy."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = 0.0
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            busy = os.getloadavg()[0]
    return max(1, allowed - int(busy + 0.3))
