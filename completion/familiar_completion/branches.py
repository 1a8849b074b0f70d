"""Several candidates in one batch: they share the prompt's state, each goes on greedily, drafts are verified.

What is chosen at each place is the likeliest token of one distribution: the model's, mixed with the caller's, cut down
to what the caller allows. A drafted token is kept exactly if it is that choice.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from familiar_completion.drafting import Draft, Drafting
from familiar_completion.llama import Llama
from familiar_completion.masks import Allowed
from familiar_completion.mixing import Continuations, mix
from familiar_completion.stops import Stops

Logs = NDArray[np.float32]
_WORTH = 0.08
"""The probability from which a second first token is followed."""


class Candidate(msgspec.Struct, frozen=True):
    """One text: `chance` is the product of its tokens' probabilities; `logs` are their natural logarithms.

    `mean` and `least` are of `logs`. `ended` is False when the time or the tokens ran out first. `own` is the chance
    that the model alone gives the same tokens, without what is mixed in.
    """

    text: str
    chance: float
    mean: float
    least: float
    ended: bool
    logs: tuple[float, ...] = ()
    own: float = 1.0


class Choice(msgspec.Struct, frozen=True):
    """A token, the logarithm of its probability, and of that which the model alone gives it."""

    token: int
    log: float
    own: float


class Rules(msgspec.Struct, frozen=True):
    """What holds for every branch: where a text ends, what may come, what else speaks for a token.

    `healed` are bytes that stand before the cursor and are written again; they are no part of the answer.
    """

    stops: Stops
    allowed: Allowed | None = None
    mixture: Continuations | None = None
    weight: float = 0.0
    healed: bytes = b""

    def choose(self, logs: Logs, done: bytes) -> Choice:
        """Return the likeliest token after `done`; `logs` is the model's distribution."""
        return self._likeliest(logs, done, 1)[0]

    def firsts(self, logs: Logs, n: int) -> list[Choice]:
        """Return the likeliest first token, and up to `n` in all that are likely enough."""
        found = self._likeliest(logs, b"", n)
        return [choice for i, choice in enumerate(found) if i == 0 or np.exp(choice.log) >= _WORTH]

    def _likeliest(self, own: Logs, done: bytes, n: int) -> list[Choice]:
        """Return the `n` likeliest tokens of the mixture that are allowed after `done`, the likeliest first."""
        mixed = own
        if self.mixture is not None and (other := self.mixture.after(done)) is not None:
            mixed = mix(own, other, self.weight)
        ids = self.allowed.tokens(done) if self.allowed is not None else None
        if ids is not None and len(ids):
            own, mixed = _normalised(own[ids]), _normalised(mixed[ids])
        else:
            ids = None
        if n == 1:
            top = np.array([mixed.argmax()])
        else:
            size = min(n, len(mixed))
            top = np.argpartition(mixed, -size)[-size:]
            top = top[np.argsort(-mixed[top], kind="stable")]
        tokens = top if ids is None else ids[top]
        return [Choice(int(t), float(mixed[at]), float(own[at])) for t, at in zip(tokens, top, strict=True)]


def _normalised(logs: Logs) -> Logs:
    """Return logarithms of probabilities that sum to one."""
    top = logs.max()
    shifted: Logs = logs - (top + np.log(np.exp(logs - top).sum()))
    return shifted


class Branch:
    """One candidate in the making. `token` is the newest one, not yet decoded; its place is `position`."""

    def __init__(self, llama: Llama, rules: Rules, sequence: int, position: int, first: Choice) -> None:
        self._llama, self._rules = llama, rules
        self.sequence, self.position = sequence, position
        self.tokens: list[int] = []
        self.ended = False
        self.data = b""
        self._logs: list[float] = []
        self._own = 0.0
        self._states = rules.stops.start
        self._take(first)

    @property
    def token(self) -> int:
        return self.tokens[-1]

    @property
    def so_far(self) -> str:
        """The text from the cursor on, less a character of which not all bytes are there."""
        return self.data[len(self._rules.healed) :].decode("utf-8", "ignore")

    def advance(self, first_row: int, draft: Sequence[int]) -> int:
        """Choose after the newest token, and on along the draft as far as it is what is chosen; return how far."""
        for accepted in range(len(draft) + 1):
            logs = self._llama.log_probabilities(first_row + accepted)
            self.position += 1
            self._take(self._rules.choose(logs, self.data))
            if self.ended or accepted == len(draft) or self.token != draft[accepted]:
                return accepted + (accepted < len(draft) and self.token == draft[accepted])
        raise AssertionError

    def _take(self, choice: Choice) -> None:
        token = choice.token
        self.tokens.append(token)
        self._logs.append(choice.log)
        self._own += choice.own
        if self._llama.ends(token):
            self.ended = True
            return
        before = len(self.data)
        self.data += self._llama.piece(token)
        new = self.data[max(before, len(self._rules.healed)) :]
        self._states, consumed = self._rules.stops.feed(self._states, new)
        if consumed is not None:
            self.data = Stops.cut(self.data[: len(self.data) - len(new) + len(consumed)], self._states)
            self.ended = True

    def candidate(self) -> Candidate:
        """Return what has come of it."""
        total = float(sum(self._logs))
        return Candidate(
            self.data[len(self._rules.healed) :].decode("utf-8", "replace"),
            float(np.exp(total)),
            total / len(self._logs),
            float(min(self._logs)),
            self.ended,
            tuple(round(log, 4) for log in self._logs),
            float(np.exp(self._own)),
        )


class Grown(msgspec.Struct, frozen=True):
    """What came of one request: candidates, tokens chosen in decoding, and seconds for one token decoded alone."""

    candidates: list[Candidate]
    generated: int
    single: list[float]


def grow(
    llama: Llama,
    branches: Sequence[Branch],
    written: Sequence[int],
    drafting: Drafting | None,
    limit: int,
    deadline: float,
    said: Callable[[list[str]], None],
) -> Grown:
    """Let branches grow until each has ended, has `limit` tokens, or the deadline has passed (see `time.perf_counter`).

    `written` are the last tokens before the cursor; `said` hears the texts before each step.

    Raises:
        Aborted: `llama.stop` was set.
    """
    made, single = 0, []
    try:
        while live := [b for b in branches if not b.ended and len(b.tokens) <= limit]:
            began = time.perf_counter()
            if began >= deadline:
                break
            said([branch.so_far for branch in branches])
            rows: list[tuple[int, int, int, bool]] = []
            plans: list[tuple[Branch, int, Draft | None]] = []
            for branch in live:
                draft = None
                if drafting:
                    left = limit - len(branch.tokens)
                    before = [*written, *branch.tokens]
                    draft = drafting.draft(before, branch.data, len(branch.tokens), len(live), left)
                plans.append((branch, len(rows), draft))
                rows.append((branch.token, branch.position, branch.sequence, True))
                for at, token in enumerate(draft.tokens if draft else (), 1):
                    rows.append((token, branch.position + at, branch.sequence, True))
            decoding, used = time.perf_counter(), llama.clock()
            llama.decode(rows)
            took, used = time.perf_counter() - decoding, llama.clock() - used
            known = made
            for branch, first, draft in plans:
                size = len(branch.tokens)
                accepted = branch.advance(first, draft.tokens if draft else ())
                made += len(branch.tokens) - size
                if draft and drafting:
                    drafting.settle(draft, accepted, len(live))
                    llama.forget(branch.sequence, branch.position)
            if drafting:
                drafting.record.decoded(len(rows), made - known, used)
            if len(rows) == 1:
                single.append(took)
    finally:
        for branch in branches:
            llama.forget(branch.sequence)
    return Grown([branch.candidate() for branch in branches], made, single)
