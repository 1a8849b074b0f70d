"""How much of the processor completion may use: a share of one core, averaged over half a minute.

Measured are the completion process and the model; what the server and the code graph do for each key is added by rule.
Work ahead of the user (reading along, preparing the next suggestion) stops at half of the budget and while the machine
runs on its battery; at the whole of it the model rests, and the repository's counts answer alone.
"""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

WINDOW = 30.0
DEFAULT = 60
"""Percent of one core."""
_WHOLE = 1.5
"""All that a second of completion and model costs: server and code graph take about half as much again."""
_AHEAD = 0.5
_POWER = Path("/sys/class/power_supply")
_LOOK = 30.0


class Budget:
    """`percent` of one core; `clock` gives seconds, `battery` says whether the machine runs on one."""

    def __init__(
        self,
        percent: int = DEFAULT,
        clock: Callable[[], float] = time.monotonic,
        battery: Callable[[], bool] | None = None,
    ) -> None:
        self.percent = percent
        self._clock, self._battery = clock, battery or _on_battery
        self._spent: deque[tuple[float, float]] = deque()
        self._last: dict[str, float] = {}
        self._looked, self._unplugged = float("-inf"), False

    def note(self, process: str, seconds: float) -> None:
        """Take what a process has used since it began; less than before means that it is a new one."""
        before = self._last.get(process, 0.0)
        self._last[process] = seconds
        self._spent.append((self._clock(), seconds - before if seconds >= before else seconds))

    def used(self) -> float:
        """Return the percent of one core used by all of it, on average over the last half minute."""
        now = self._clock()
        while self._spent and now - self._spent[0][0] > WINDOW:
            self._spent.popleft()
        return 100 * _WHOLE * sum(seconds for _, seconds in self._spent) / WINDOW

    def spent(self) -> bool:
        """Whether the model has to rest."""
        return self.used() >= self.percent

    def ahead(self) -> bool:
        """Whether there is something left for work that nobody asked for yet."""
        now = self._clock()
        if now - self._looked > _LOOK:
            self._looked, self._unplugged = now, self._battery()
        return not self._unplugged and self.used() < _AHEAD * self.percent


def _on_battery(folder: Path = _POWER) -> bool:
    """Return whether a battery discharges (as Linux says; False where nothing is said)."""
    try:
        return any(
            (supply / "type").read_text().strip() == "Battery"
            and (supply / "status").read_text().strip() == "Discharging"
            for supply in sorted(folder.iterdir())
        )
    except OSError:
        return False
