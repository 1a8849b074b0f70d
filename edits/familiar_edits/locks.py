"""A lock on an open file, held until the file is closed or its process ends, however it ends."""

import sys
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock `file` for this process alone.

        Raises:
            OSError: another process holds it, and we do not `wait` (or have waited for 10 s).
        """
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock(file: IO[bytes], *, wait: bool) -> None:
        """Lock `file` for this process alone.

        Raises:
            OSError: another process holds it, and we do not `wait`.
        """
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
