"""A caller's distribution over what comes next, mixed into the model's: in log space, on the tokens it names alone.

    log p(t) = logaddexp(log(1 - w) + log p_model(t), log w + log p_caller(t))

A caller knows texts and not tokens, so it hands in whole continuations with their chances; after any beginning, those
that agree with it are left, each names its next token, and their chances (of those left) are the distribution.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Logs = NDArray[np.float32]


class Sparse(msgspec.Struct, frozen=True):
    """A distribution over few tokens: ids and natural logarithms of their probabilities, which sum to at most one."""

    tokens: NDArray[np.intp]
    logs: Logs


def mix(model: Logs, other: Sparse, weight: float) -> Logs:
    """Return the mixture of a dense distribution and a sparse one, which has `weight` (0..1), both in logarithms."""
    if not len(other.tokens) or weight <= 0:
        return model
    weight = min(weight, 0.999)
    mixed: Logs = model + np.float32(np.log1p(-weight))
    mixed[other.tokens] = np.logaddexp(mixed[other.tokens], other.logs + np.float32(np.log(weight)))
    return mixed


class Continuations:
    """Texts that may follow, with their chances, as a next-token distribution after any beginning of them.

    `end` is the token that ends an answer, if the texts are whole ones: it follows each of them.
    """

    def __init__(
        self, texts: Sequence[tuple[str, float]], tokenize: Callable[[str], list[int]], end: int | None = None
    ) -> None:
        self._texts = [(text.encode("utf-8", "replace"), chance) for text, chance in texts if text and chance > 0]
        self._tokenize, self._end = tokenize, end
        self._known: dict[bytes, tuple[int, ...]] = {}

    def after(self, done: bytes) -> Sparse | None:
        """Return the distribution after `done`; None when no text goes on from there, so that the model speaks alone.

        What is missing from one is the caller's own doubt at the beginning; later it is taken to be as sure of each
        next token as its texts agree.
        """
        found: dict[int, float] = {}
        whole = 0.0
        for text, chance in self._agreeing(done):
            whole += chance
            if tokens := self._tokens(text[len(done) :]):
                found[tokens[0]] = found.get(tokens[0], 0.0) + chance
        if not found:
            return None
        sum_to = max(whole, 1.0) if not done else whole
        ids = np.array(sorted(found), dtype=np.intp)
        chances = np.array([found[int(token)] / sum_to for token in ids])
        return Sparse(ids, np.log(chances).astype(np.float32))

    def likeliest(self, done: bytes) -> tuple[tuple[int, ...], float]:
        """Return the tokens with which the likeliest text goes on after `done`, and its share of those that do."""
        agreeing = self._agreeing(done)
        if not agreeing:
            return (), 0.0
        text, chance = max(agreeing, key=lambda item: item[1])
        return self._tokens(text[len(done) :]), chance / sum(chance for _, chance in agreeing)

    def _agreeing(self, done: bytes) -> list[tuple[bytes, float]]:
        return [item for item in self._texts if item[0].startswith(done)]

    def _tokens(self, rest: bytes) -> tuple[int, ...]:
        if rest not in self._known:
            tokens = self._tokenize(rest.decode("utf-8", "replace")) if rest else []
            self._known[rest] = (*tokens, *(() if self._end is None else (self._end,)))
        return self._known[rest]
