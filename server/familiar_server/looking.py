"""What the code graph knows around the cursor, on its way to completion: asked in the background, never waited for.

One question at a time for a document. Names are asked for when the cursor comes to another function or line or behind a
dot, for then there may be others, and every `REST` seconds; code elsewhere in another function, and every `NEAR_REST`.
"""

import time
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph.wire import ChildError

if TYPE_CHECKING:
    from familiar_server.repository import Repository

REST, NEAR_REST = 3.0, 10.0


class Seen(NamedTuple):
    """When a function was looked at, from which line, and how many bytes stand before and after it.

    What is typed in it moves its end, and neither of the two.
    """

    when: float
    line: int
    before: int
    after: int


class Looking:
    """The surroundings of cursors in the documents of one repository."""

    def __init__(self, repository: "Repository") -> None:
        self._repository = repository
        self._asking: set[str] = set()
        self._seen: dict[str, Seen] = {}
        self._near: dict[str, tuple[float, int]] = {}
        self._changed: dict[str, list[int]] = {}

    def at(self, path: str, data: bytes, offset: int) -> None:
        """A suggestion was asked for at byte `offset` of an open document, which holds `data`."""
        if path in self._asking or not path.endswith((".py", ".pyi")):
            return
        now, line = time.monotonic(), data.count(b"\n", 0, offset)
        if (seen := self._seen.get(path)) and data[offset - 1 : offset] != b".":
            inside = seen.before <= offset <= len(data) - seen.after
            if inside and line == seen.line and now - seen.when < REST:
                return
        self._asking.add(path)
        self._repository.spawn(self._look(path, offset, len(data), line, now), f"looking around in {path}")

    def closed(self, path: str) -> None:
        """The document is closed."""
        self._seen.pop(path, None)
        self._near.pop(path, None)

    async def _look(self, path: str, offset: int, size: int, line: int, now: float) -> None:
        try:
            around = await self._repository.graph.surroundings(path, offset)
            if around is None:
                return
            await self._repository.completion.surround(around)
            self._seen[path] = Seen(now, line, around.start, size - max(around.end, offset))
            when, start = self._near.get(path, (float("-inf"), -1))
            if self._repository.has_model and (start != around.start or now - when >= NEAR_REST):
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
            self._near[path] = now, nearby.start
        changed = await graph.changed()
        if changed is not None and changed != self._changed:
            self._changed = changed
            await completion.changed(changed)
