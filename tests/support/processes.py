"""The processes below a process, by the module that they run (Linux: reads /proc)."""

import asyncio
import os
import signal
from pathlib import Path


def below(pid: int) -> list[int]:
    """Return the processes below `pid`, zombies left out."""
    found = []
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    for child in map(int, children):
        if state(child) != "Z":
            found += [child, *below(child)]
    return found


def state(pid: int) -> str:
    """Return the state letter of a process, `Z` when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def running(pid: int, module: str) -> int | None:
    """Return the process below `pid` that runs `python -m module`."""
    for child in below(pid):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if module.encode() in words:
            return child
    return None


async def wait_for(pid: int, module: str, *, other_than: int | None = None, seconds: float = 60) -> int:
    """Wait until a process below `pid` runs `module`; return its id."""
    for _ in range(int(seconds * 50)):
        if (found := running(pid, module)) and found != other_than:
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nothing below {pid} runs {module}")


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)
