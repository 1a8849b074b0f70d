"""What the code graph knows around the cursor, on its way to completion: asked in the background, never waited for.

One question at a time for a document, and none sooner than `REST` seconds after the last unless the cursor has left the
function that was looked at: a keystroke changes little of what can be named.
"""

import time
from typing import TYPE_CHECKING

from familiar_codegraph.wire import ChildError

if TYPE_CHECKING:
    from familiar_server.repository import Repository

REST, NEAR_REST = 3.0, 20.0
"""Seconds between two questions about names, and about code elsewhere, while the cursor stays in a function."""


class Looking:
    """The surroundings of cursors in the documents of one repository."""

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._asking: set[str] = set()
        self._seen: dict[str, tuple[float, int, int]] = {}
        self._near: dict[str, tuple[float, int, int]] = {}
        self._changed: dict[str, list[int]] = {}

    def at(self, path: str, offset: int) -> None:
        """A suggestion was asked for at byte `offset` of an open document."""
        now = time.monotonic()
        when, start, end = self._seen.get(path, (float("-inf"), 0, -1))
        inside = start <= offset <= end
        if path in self._asking or not path.endswith((".py", ".pyi")) or (inside and now - when < REST):
            return
        self._asking.add(path)
        self._repository.spawn(self._look(path, offset, now), f"looking around in {path}")

    def closed(self, path: str) -> None:
        """The document is closed."""
        self._seen.pop(path, None)
        self._near.pop(path, None)

    async def _look(self, path: str, offset: int, now: float) -> None:
        try:
            around = await self._repository.graph.surroundings(path, offset)
            if around is not None:
                await self._repository.completion.surround(around)
                self._seen[path] = now, around.start, max(around.end, offset)
            when, start, end = self._near.get(path, (float("-inf"), 0, -1))
            if self._repository.has_model and not (start <= offset <= end and now - when < NEAR_REST):
                await self._look_further(path, offset, now)
        except ChildError:
            pass  # the process is started again, and asked again at the next keystroke
        finally:
            self._asking.discard(path)

    async def _look_further(self, path: str, offset: int, now: float) -> None:
        """Hand on code elsewhere that matters at the cursor, and what differs from the last commit: for the model."""
        graph, completion = self._repository.graph, self._repository.completion
        nearby = await graph.nearby(path, offset)
        if nearby is not None:
            await completion.near(nearby)
            self._near[path] = now, nearby.start, max(nearby.end, offset)
        changed = await graph.changed()
        if changed is not None and changed != self._changed:
            self._changed = changed
            await completion.changed(changed)
