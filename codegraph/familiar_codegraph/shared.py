"""Files that several processes use at once: one at a time in a block, and contents that appear whole or not at all."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock an open file for this handle alone, until it is closed or its process ends, however it ends.

        Raises:
            OSError: another holds it, and we do not `wait` (or have waited for 10 s).
        """
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    def _unlock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock an open file for this handle alone, until it is closed or its process ends, however it ends.

        Raises:
            OSError: another holds it, and we do not `wait`.
        """
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def alone(path: Path, *, seconds: float = 5.0) -> Iterator[None]:
    """Be the only process and the only thread in a block that names this lock file.

    Whoever holds it for longer than `seconds` is not waited for (it may have been stopped), and where the file cannot
    be made nothing else can be written: the block runs all the same.
    """
    with contextlib.ExitStack() as until_done:
        with contextlib.suppress(OSError):
            file = until_done.enter_context(path.open("wb"))
            if _locked(file, seconds):
                until_done.callback(_unlock, file)  # a child that was forked meanwhile has the handle, too
        yield


def _locked(file: IO[bytes], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while True:
        try:
            lock(file, wait=False)
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        else:
            return True


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in place of what `path` holds: whoever reads it finds the one or the other, whole.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
