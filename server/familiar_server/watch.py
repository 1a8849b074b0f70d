"""Watching a root's files for clients that send no file events. Paths only: nothing is read here."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import watchfiles

# Folders whose files nobody edits by hand; what else is ignored, the graph process decides by the repository's rules.
_NEVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "__pycache__",
        "node_modules",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".eggs",
        "site-packages",
    }
)


async def watch(root: Path, changed: Callable[[set[Path]], None]) -> None:
    """Tell `changed` about changed, added and deleted paths, in groups, within half a second; runs until cancelled.

    Raises:
        OSError: the system watches no more files (inotify's limit), or `root` has gone.
    """
    base = len(root.parts)

    def wanted(_: watchfiles.Change, path: str) -> bool:
        return _NEVER.isdisjoint(Path(path).parts[base:])

    stop = asyncio.Event()
    try:
        async for group in watchfiles.awatch(
            root,
            watch_filter=wanted,
            debounce=400,
            step=50,
            stop_event=stop,
            rust_timeout=1_000,
            yield_on_timeout=False,
        ):
            changed({Path(path) for _, path in group})
    finally:
        stop.set()
