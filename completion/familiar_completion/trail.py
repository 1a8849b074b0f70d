"""Where the user has been: places that were edited, looked at or copied from lately, and what differs from the commit.

A place is a stretch of `BLOCK` lines, so that typing on moves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

BLOCK = 16
"""Lines that are one place."""
MOST = 24
"""Places that are remembered."""
_COPIED = 2
"""Lines that are not blank from which on an insertion is looked for elsewhere."""

Why = Literal["copied", "edited", "viewed", "changed"]
Place = tuple[str, int]
"""A path and a block's number."""


class Trail:
    """Places of one repository, each with the strongest reason why it is remembered; files that are closed are gone."""

    def __init__(self) -> None:
        self._places: dict[Place, Why] = {}
        self._changed: dict[str, tuple[int, ...]] = {}

    def note(self, path: str, line: int, why: Why) -> None:
        """The user is at `line` (from 0) of `path`."""
        place = path, line // BLOCK
        known = self._places.pop(place, why)
        self._places[place] = why if known == "viewed" else known
        while len(self._places) > MOST:
            del self._places[next(iter(self._places))]

    def inserted(self, text: str, texts: Mapping[str, str]) -> None:
        """Some text came at once: note where else it stands, in the files that the user has been in."""
        wanted = text.strip("\n")
        if sum(bool(line.strip()) for line in wanted.split("\n")) < _COPIED:
            return
        for path in dict.fromkeys(path for path, _ in reversed(self._places)):
            at = texts.get(path, "").find(wanted)
            if at >= 0:
                self.note(path, texts[path].count("\n", 0, at), "copied")
                return

    def differ(self, changed: Iterable[tuple[str, Sequence[int]]]) -> None:
        """Take the lines (from 0) of each file that differ from the last commit, in place of what was known of it."""
        self._changed = {path: tuple(lines) for path, lines in changed}

    def forget(self, path: str) -> None:
        """The file is closed."""
        for place in [place for place in self._places if place[0] == path]:
            del self._places[place]

    def places(self, without: str) -> Iterator[tuple[str, int, Why]]:
        """Yield (path, block, why) outside of the file `without`: copied and edited ones, changed ones, viewed ones;
        the newest first of each."""
        seen: set[Place] = set()
        newest = [(place, why) for place, why in reversed(self._places.items()) if place[0] != without]
        changed: list[tuple[Place, Why]] = [
            ((path, block), "changed")
            for path, lines in sorted(self._changed.items())
            if path != without
            for block in dict.fromkeys(line // BLOCK for line in lines)
        ]
        worked = [item for item in newest if item[1] != "viewed"]
        for place, why in (*worked, *changed, *(item for item in newest if item[1] == "viewed")):
            if place not in seen:
                seen.add(place)
                yield *place, why
