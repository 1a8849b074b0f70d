"""Which tokens may come next: sets of token ids by what their bytes begin with, without a loop over the vocabulary.

The vocabulary's pieces are sorted once; the tokens that begin with given bytes are then one stretch of that order, and
those that given bytes begin with are at most as many as there are bytes. Token healing (Lundberg 2023) is the case of
one text: the last token of the prompt is taken away, and what is written next has to begin with its bytes.
"""

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.intp]
_LAST = b"\xff"


class Vocabulary:
    """Every token's bytes, in order; tokens without bytes (marks) are in no set."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        order = sorted((piece, token) for token, piece in enumerate(pieces) if piece)
        self._pieces = [piece for piece, _ in order]
        self._ids: Ids = np.array([token for _, token in order], dtype=np.intp)
        self._exact: dict[bytes, list[int]] = {}
        for piece, token in order:
            self._exact.setdefault(piece, []).append(token)

    def beginning_with(self, data: bytes) -> Ids:
        """Return the tokens whose bytes begin with `data`."""
        low = bisect.bisect_left(self._pieces, data)
        high = bisect.bisect_left(self._pieces, data + _LAST * 64)
        return self._ids[low:high]

    def within(self, data: bytes) -> list[int]:
        """Return the tokens whose bytes `data` begins with, shorter ones first; `data` itself is one of them."""
        return [token for size in range(1, len(data) + 1) for token in self._exact.get(data[:size], ())]


class Allowed:
    """The text must begin with one of `texts`, and is free once it has a whole one."""

    def __init__(self, vocabulary: Vocabulary, texts: Sequence[bytes]) -> None:
        self._vocabulary, self._texts = vocabulary, tuple(dict.fromkeys(text for text in texts if text))

    def tokens(self, done: bytes) -> Ids | None:
        """Return the tokens that may follow `done`, None when any may."""
        if not self._texts or any(done.startswith(text) for text in self._texts):
            return None
        ids: list[Ids] = []
        for text in self._texts:
            if text.startswith(done):
                rest = text[len(done) :]
                ids += [np.array(self._vocabulary.within(rest), dtype=np.intp), self._vocabulary.beginning_with(rest)]
        return np.unique(np.concatenate(ids)) if ids else np.empty(0, np.intp)
