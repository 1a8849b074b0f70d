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
    """Texts that may follow, with their chances, as a next-token distribution after any beginning of them."""

    def __init__(self, texts: Sequence[tuple[str, float]], tokenize: Callable[[str], list[int]]) -> None:
        self._texts = [(text.encode("utf-8", "replace"), chance) for text, chance in texts if text and chance > 0]
        self._tokenize = tokenize

    def after(self, done: bytes) -> Sparse | None:
        """Return the distribution after `done`; None when no text goes on from there, so that the model speaks alone.

        What is missing from one is the caller's own doubt at the beginning; later it is taken to be as sure of each
        next token as its texts agree.
        """
        whole = sum(chance for text, chance in self._texts if text.startswith(done))
        found: dict[int, float] = {}
        for text, chance in self._texts:
            if text.startswith(done) and len(text) > len(done):
                token = self._tokenize(text[len(done) :].decode("utf-8", "replace"))[0]
                found[token] = found.get(token, 0.0) + chance
        if not found:
            return None
        sum_to = max(whole, 1.0) if not done else whole
        tokens = np.array(sorted(found), dtype=np.intp)
        chances = np.array([found[int(token)] / sum_to for token in tokens])
        return Sparse(tokens, np.log(chances).astype(np.float32))
