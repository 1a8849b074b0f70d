"""How fast somebody types: what comes after the next key comes too late.

Between two keys lies less time than a model may need. Where the repository's counts have something to show, the model
is waited for as long as typing leaves room, and no longer; where they have nothing, waiting loses nothing.
"""

from collections import deque
from statistics import median

_BURST = 0.6
"""Seconds between two keys beyond which somebody has stopped to think."""
_KEYS = 12
_ROOM = 0.5
"""The part of the usual time between two keys within which an answer has to be ready: it has a way to go yet."""


class Pace:
    """The usual time between two keys, of the last few that belong to one burst."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._between: deque[float] = deque(maxlen=_KEYS)

    def key(self, now: float) -> None:
        """A key was pressed at `now` (seconds of a monotonic clock)."""
        if now - self._last < _BURST:
            self._between.append(now - self._last)
        self._last = now

    def room(self) -> float:
        """Return the seconds after a key within which an answer is in time; without end while nothing is known."""
        return _ROOM * median(self._between) if len(self._between) >= _KEYS // 3 else float("inf")
