"""One repository's memory while the server runs: offers and changes go to the watcher, episodes to the store.

Nothing is written on the event loop: the store has a thread of its own. When it cannot write, the user is told once and
nothing more is remembered.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_memory.gate import LEAST, Gate, signals
from familiar_memory.store import Store, StoreError
from familiar_memory.values import Episode, Offer
from familiar_memory.watcher import Watcher
from msgspec import structs

from familiar_server.documents import ByteEdit, Document

if TYPE_CHECKING:
    from familiar_server.server import FamiliarServer

REGRET = 0.5
"""Less of a taken text than this left after half a minute: it was not wanted."""


class Memory:
    """Episodes of the repository at `root`."""

    def __init__(self, server: "FamiliarServer", root: Path, data: Callable[[str], bytes | None]) -> None:
        """`data` returns the bytes of an open document by its path."""
        self._server, self._data = server, data
        self._watcher, self._store = Watcher(), Store(root)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="memory")
        self._timer: asyncio.TimerHandle | None = None
        self._broken = ""
        self._gate = Gate()
        self.written = 0
        self._write(self._load_gate)

    @property
    def enabled(self) -> bool:
        """Whether anything is remembered."""
        return self._server.settings.memory.enabled and not self._broken

    def offered(self, path: str, document: Document, caret: int, offers: Sequence[Offer]) -> None:
        """Suggestions were sent for byte `caret` of the document; none says that what was shown is withdrawn."""
        if self.enabled and document.data is not None:
            self._add(self._watcher.offered(path, document.language, document.data, caret, offers, time.time()))

    def worth(self, path: str, offers: Sequence[Offer], document: Document, caret: int) -> tuple[list[Offer], str]:
        """Return the offers in the order of their chance to be wanted, those that are worth showing; or why none is.

        One that was refused at the same place before comes after the others, and is not shown alone.
        """
        if document.data is None or not offers:
            return list(offers), ""
        known = [structs.replace(offer, signals=signals(offer, document.data, caret)) for offer in offers]
        known.sort(key=lambda offer: -self._gate.chance(offer.signals))
        best = self._gate.chance(known[0].signals)
        kept = [offer for offer in known if self._gate.chance(offer.signals) >= LEAST]
        if not kept:
            return [], f"it would hardly be wanted ({best:.0%}; `familiar memory show gate`)"
        again = {offer: self._watcher.refused(path, document.data, caret, offer) for offer in kept}
        kept.sort(key=again.__getitem__)
        return (kept, "") if not again[kept[0]] else ([], "it was refused at this place")

    def changed(self, path: str, document: Document, edits: list[ByteEdit] | None) -> None:
        """The document was changed by `edits`, or as a whole (None)."""
        if self.enabled and document.data is not None:
            self._add(self._watcher.changed(path, document.data, edits, time.time()))

    def closed(self, path: str) -> None:
        """The document was closed."""
        self._add(self._watcher.closed(path, time.time()))

    def shown(self, text: str) -> None:
        """The client says which text it shows."""
        self._watcher.shown(text.encode("utf-8", "replace"))

    def status(self) -> dict[str, object]:
        """Return the `memory` of `familiar/status`."""
        return {"enabled": self.enabled, "episodes": self.written, "message": self._broken}

    async def close(self) -> None:
        """Write what is still open, and end."""
        for path in self._watcher.paths():
            self.closed(path)
        if self._timer:
            self._timer.cancel()
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._store.close)

    def _add(self, episodes: Sequence[Episode]) -> None:
        if episodes and self.enabled:
            self.written += len(episodes)
            self._write(lambda: self._store.add(episodes))
            for episode in episodes:
                self._learned(self._gate.learned(episode))
            self._wait()

    def _wait(self) -> None:
        """Look again when something that was taken has the age at which it is measured."""
        due = self._watcher.due()
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if due is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due - time.time()) + 0.01, self._measure)

    def _measure(self) -> None:
        now = time.time()
        found = [
            kept
            for path in self._watcher.following()
            if (data := self._data(path)) is not None
            for kept in self._watcher.measure(path, data, now)
        ]
        if found:
            self._write(lambda: self._store.keep(found))
        for kept in found:
            if kept.age == 0 and kept.share < REGRET:
                self._learned(self._gate.regretted(kept.signals))
        self._wait()

    def _load_gate(self) -> None:
        if self.enabled:
            self._gate = self._store.gate()

    def _learned(self, gate: Gate) -> None:
        if gate != self._gate:
            self._gate = gate
            self._write(lambda: self._store.keep_gate(gate))

    def _write(self, work: Callable[[], None]) -> None:
        writing = self._thread.submit(work)

        async def write() -> None:
            try:
                await asyncio.shield(asyncio.wrap_future(writing))
            except StoreError as error:
                if not self._broken:
                    self._broken = str(error)
                    self._server.tell("warning", f"{error} Nothing is remembered until the server starts again.")
            if self._store.set_aside:
                aside, self._store.set_aside = self._store.set_aside, None
                self._server.tell("warning", f"The memory could not be read; it was put aside as {aside}.")

        self._server.spawn(write(), "writing to the memory")
