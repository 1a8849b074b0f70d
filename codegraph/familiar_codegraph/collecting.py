"""When Python's garbage collector runs in a process that keeps a large graph and must answer at once.

By default a full pass walks over everything that is kept whenever that has grown by a quarter: 60 to 150 ms in the
middle of an edit of a large repository, and a smaller pass every few edits. What an edit leaves behind in circles (the
graph of the version before) is young when it becomes garbage, so a large youngest generation catches it, in a few
milliseconds every some dozen edits.
"""

import gc

_YOUNG = 50_000
"""Containers made and not freed since the last pass."""


def collect_young() -> None:
    """Let this process's collector look at young objects, in large portions, and hardly ever at all others."""
    gc.set_threshold(_YOUNG, 20, 100)


def keep() -> None:
    """Take all there is now, an index that was just read, out of what the collector looks at."""
    gc.freeze()


def collect_between() -> None:
    """Do while nobody waits what would soon be done in the middle of an answer: 25 to 100 ms of it."""
    if gc.get_count()[0] > _YOUNG // 2:
        gc.collect(1)
