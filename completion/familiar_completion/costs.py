"""What a batch of several rows costs, in times of one of a single row: measured at the start, then followed.

On a large model a batch is bound by the weights that it reads, and eight rows cost little more than one; on a small
one by arithmetic, and they cost four times as much. Another program on the machine, a longer prompt or another number
of threads move it, so every batch that is decoded anyway is a measurement.
"""

from collections.abc import Mapping

_FOLLOW = 0.1
_STEEPEST = 2.0


class Costs:
    """`Costs(rows)` is 1 + slope x (rows - 1); `single` is the time of one row in seconds."""

    def __init__(self, measured: Mapping[int, float] | None = None, single: float = 0.0) -> None:
        """Begin with `measured`, times of batches by rows, in times of one of a single row."""
        many = [(rows, cost) for rows, cost in (measured or {}).items() if rows > 1]
        self.slope = sum((cost - 1) / (rows - 1) for rows, cost in many) / len(many) if many else 0.3
        self.single = single

    def __call__(self, rows: int) -> float:
        return 1 + self.slope * (rows - 1)

    def learn(self, rows: int, seconds: float) -> None:
        """Take in how long a batch took; what is far out of line (the machine did something else) counts less."""
        if rows == 1:
            known = self.single or seconds
            self.single = known + _FOLLOW * (min(seconds, 2 * known) - known)
        elif self.single:
            slope = (seconds / self.single - 1) / (rows - 1)
            self.slope += _FOLLOW * (min(max(slope, 0.0), _STEEPEST * max(self.slope, 0.1)) - self.slope)
