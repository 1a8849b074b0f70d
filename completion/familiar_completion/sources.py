"""What completion knows of a repository: counts, imports and context library, kept up with disk and open documents."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from familiar_completion import repository
from familiar_completion.context import Library
from familiar_completion.context import windows as windows_of
from familiar_completion.counts import Counts
from familiar_completion.documents import Document
from familiar_completion.imports import Imports
from familiar_completion.readings import Readings

_SLICE = 0.02


class Sources:
    """Counts and library of the repository at `root` (None: of no repository). `documents` are the open ones, by path.

    Open documents stand in place of their files. Work is done in slices, so that questions are answered meanwhile;
    `indexed` is set when all files have been read once and `also` is done. The library is left empty unless
    `with_library`. `kept` is the file that keeps what was read from one start to the next (see `readings`).
    """

    def __init__(
        self,
        root: Path | None,
        documents: dict[str, Document],
        *,
        with_library: bool,
        also: Callable[[], Awaitable[None]] | None = None,
        kept: Path | None = None,
    ) -> None:
        self.root, self.counts, self.library, self.imports = root, Counts(), Library(), Imports()
        self.indexed = asyncio.Event()
        self._documents, self._with_library, self._also, self._kept = documents, with_library, also, kept
        self._nothing_kept = Readings(None, self.counts.vocabulary)
        self._paths: set[str] = set()
        self._unsaved: set[str] = set()

    async def index(self) -> None:
        """Read the whole repository, a slice at a time."""
        readings = Readings(self._kept, self.counts.vocabulary)
        paths = await asyncio.to_thread(repository.readable, self.root) if self.root else []
        await asyncio.to_thread(readings.load)
        for _ in readings.adopt():
            await asyncio.sleep(0)
        self._paths = set(paths)
        await self._take(paths, readings)
        if self._also:
            await self._also()
        self.indexed.set()
        await asyncio.to_thread(readings.save)

    async def refresh(self, paths: Iterable[str] | None) -> None:
        """Read changed files again; None means that anything may have changed. Paths are relative to the root."""
        if self.root is None:
            return
        if paths is None:
            changed = set(await asyncio.to_thread(repository.readable, self.root))
            gone = self._paths - changed
        else:
            changed = {path for path in paths if repository.is_readable(self.root, path)}
            gone = self._paths & set(paths) - changed
        for path in gone:
            self._forget(path)
        self._paths = (self._paths - gone) | changed
        await self._take(sorted(changed))

    def touched(self, path: str) -> None:
        """Note that the open document `path` differs from what is held of it."""
        self._unsaved.add(path)

    async def closed(self, path: str) -> None:
        """Take `path` as it is on disk again."""
        self._unsaved.discard(path)
        if path in self._paths:
            await self._take([path])

    def settle(self, path: str) -> None:
        """Take unsaved text of all documents but `path`, whose text stands around the cursor."""
        for other in sorted(self._unsaved - {path}):
            if other in self._paths and other in self._documents:
                self._put(other, repository.unsaved(self._documents[other].data), self._nothing_kept)
            self._unsaved.discard(other)

    async def _take(self, paths: Iterable[str], readings: Readings | None = None) -> None:
        readings = readings or self._nothing_kept
        began = time.perf_counter()
        for path in paths:
            document = self._documents.get(path)
            self._put(path, repository.unsaved(document.data) if document else self._read(path), readings)
            if time.perf_counter() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.perf_counter()

    def _read(self, path: str) -> str | None:
        return repository.read(self.root, path) if self.root else None

    def _put(self, path: str, text: str | None, readings: Readings) -> None:
        if text is None:
            self._forget(path)
            return
        reading = readings.read(path, text)
        self.counts.take(path, reading.hay)
        self.imports.take(path, reading.file)
        if path not in self.counts:  # there are too many tokens already
            self.library.drop(path)
            return
        if self._with_library:
            windows = reading.windows or windows_of(text)
            self.library.take(path, text, windows)
            reading = reading.having(windows)
        readings.keep(path, reading)

    def _forget(self, path: str) -> None:
        self.counts.drop(path)
        self.imports.drop(path)
        self.library.drop(path)
