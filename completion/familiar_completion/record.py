"""Whether drafting pays: how often each kind of draft was right, against what its rows cost.

A kind is a drafter and how good its match is. Two limits keep it from losing: a draft must promise more than it
costs, and each kind has a balance in times of one decode, from which its losses are paid. What is spent comes back by
drafts that win, and by a small share of every token decoded: so no kind can lose more than that share in the long run,
whatever the estimates say, and one that is given up is tried again now and then.
"""

from familiar_completion.costs import Costs

Kind = tuple[str, int]
MOST = 15
_WORTH = 1.1
"""Drafting has to be faster by this factor, by expectation, to be tried: looking up has its price too."""
_FADE = 0.98
_PRIORS = {
    "repeated": (0.5, 0.05),
    "copied": (0.3, 0.06),
    "lookup": (0.3, 0.06),
    "counted": (0.3, 0.1),
    "counted, begun": (0.5, 0.1),
    "mixed": (0.3, 0.15),
}
"""Chance of a token by kind: at the weakest match, and more for each step of it."""
_START, _RICHEST = 0.8, 6.0
"""The balance that a kind begins with, and the most that it can have."""
_SHARE = 0.003
"""Of each decoded token's time, what every kind is given to try itself with."""


class Record:
    """Experience of one worker with one model."""

    def __init__(self, costs: Costs | None = None) -> None:
        self.costs = costs or Costs()
        self._right: dict[tuple[Kind, bool], tuple[float, float]] = {}
        self._spent: dict[Kind, float] = {}
        self._known: dict[tuple[Kind, int], int] = {}
        self._decoded = 0

    def chance(self, kind: Kind, later: bool = False) -> float:
        """Return the estimated chance that a draft's first token is right, or a `later` one when all before it were.

        Before there is experience, a guess: what repeats itself goes on so, and the longer the model has been writing
        what a text of the repository says, the likelier it is to go on with it.
        """
        right, tried = self._right.get((kind, later), (0.0, 0.0))
        begin, step = _PRIORS[kind[0]]
        return (right + 4 * (begin + step * kind[1])) / (tried + 4)

    def learn(self, kind: Kind, offered: int, accepted: int, rows: int = 1) -> None:
        """Take in that `accepted` of the `offered` tokens were right (behind the first wrong one nothing is known)."""
        self._note(kind, False, min(accepted, 1), 1)
        if accepted:
            self._note(kind, True, accepted - 1, accepted - 1 + (accepted < offered))
        lost = (self.costs(rows + offered) - self.costs(rows)) / self.costs(rows) - accepted / rows
        self._spent[kind] = max(self._spent.get(kind, 0.0) + lost, self._given() - _RICHEST)
        self._known.clear()

    def _note(self, kind: Kind, later: bool, accepted: int, tested: int) -> None:
        right, tried = self._right.get((kind, later), (0.0, 0.0))
        self._right[kind, later] = right * _FADE + accepted, tried * _FADE + tested

    def decoded(self, rows: int, tokens: int, seconds: float) -> None:
        """Take in what a batch took, and the `tokens` that came of it."""
        self.costs.learn(rows, seconds)
        if tokens and (self._decoded + tokens) // 16 != self._decoded // 16:
            self._known.clear()  # balances and costs have moved on
        self._decoded += tokens

    def _given(self) -> float:
        return _START + _SHARE * self._decoded

    def worth(self, kind: Kind, rows: int) -> int:
        """Return how many tokens of a draft of this kind to try beside `rows` rows; 0 where it would cost time."""
        if (kind, rows) not in self._known:
            self._known[kind, rows] = self._worth(kind, rows)
        return self._known[kind, rows]

    def _worth(self, kind: Kind, rows: int) -> int:
        balance = self._given() - self._spent.get(kind, 0.0)
        first, later = self.chance(kind), self.chance(kind, later=True)
        best, most, expected, power = 0, _WORTH * rows / self.costs(rows), 0.0, first
        for size in range(1, MOST + 1):
            expected += power
            power *= later
            if (self.costs(rows + size) - self.costs(rows)) / self.costs(rows) > balance:
                break
            rate = (rows + expected) / self.costs(rows + size)
            if rate > most:
                best, most = size, rate
        return best
