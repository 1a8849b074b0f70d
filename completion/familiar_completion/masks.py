"""Which tokens may come next: sets of token ids by what their bytes begin with, without a loop over the vocabulary.

The vocabulary's pieces are sorted once; the tokens that begin with given bytes are then one stretch of that order, and
those that given bytes begin with are at most as many as there are bytes. Token healing (Lundberg 2023) is the case of
one text: the last token of the prompt is taken away, and what is written next has to begin with its bytes. Names that
exist are the case of many: after a whole one no letter may follow, unless it leads to a longer one.
"""

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.intp]
_LAST = b"\xff"
_MARKS = ((0x00, 0x30), (0x3A, 0x41), (0x5B, 0x5F), (0x60, 0x61), (0x7B, 0x80))
"""Bytes that no name holds, as ranges; those of other scripts may be letters."""


class Vocabulary:
    """Every token's bytes, in order; tokens without bytes are in no set, but for those that end a text (`ends`)."""

    def __init__(self, pieces: Sequence[bytes], ends: Sequence[int] = ()) -> None:
        order = sorted((piece, token) for token, piece in enumerate(pieces) if piece)
        self._pieces = [piece for piece, _ in order]
        self._ids: Ids = np.array([token for _, token in order], dtype=np.intp)
        self._exact: dict[bytes, list[int]] = {}
        for piece, token in order:
            self._exact.setdefault(piece, []).append(token)
        self._ends: Ids = np.array(ends, dtype=np.intp)

    def beginning_with(self, data: bytes) -> Ids:
        """Return the tokens whose bytes begin with `data`."""
        return self._between(data, data + _LAST * 64)

    def ending_name(self, data: bytes) -> Ids:
        """Return the tokens whose bytes are `data` and then a byte that no name holds; for no bytes, also an end."""
        found = [self._between(data + bytes([low]), data + bytes([high])) for low, high in _MARKS]
        return np.concatenate(found if data else [*found, self._ends])

    def within(self, data: bytes) -> list[int]:
        """Return the tokens whose bytes `data` begins with, shorter ones first; `data` itself is one of them."""
        return [token for size in range(1, len(data) + 1) for token in self._exact.get(data[:size], ())]

    def _between(self, low: bytes, high: bytes) -> Ids:
        return self._ids[bisect.bisect_left(self._pieces, low) : bisect.bisect_left(self._pieces, high)]


class Allowed:
    """The text must begin with one of `texts`, and is free once it has a whole one.

    `names`: what it begins with is a whole name, not the beginning of a longer one. `before` stands in front of each
    of `texts` and has to be written again.
    """

    def __init__(
        self, vocabulary: Vocabulary, texts: Sequence[bytes], *, names: bool = False, before: bytes = b""
    ) -> None:
        self._vocabulary, self._names = vocabulary, names
        self._texts = tuple(before + text for text in dict.fromkeys(texts) if before + text or names)

    def tokens(self, done: bytes) -> Ids | None:
        """Return the tokens that may follow `done`, None when any may."""
        if not self._texts or any(self._whole(done, text) for text in self._texts):
            return None
        ids: list[Ids] = []
        for text in self._texts:
            if text.startswith(done):
                rest = text[len(done) :]
                over = self._vocabulary.ending_name(rest) if self._names else self._vocabulary.beginning_with(rest)
                ids += [np.array(self._vocabulary.within(rest), dtype=np.intp), over]
        return np.unique(np.concatenate(ids)) if ids else np.empty(0, np.intp)

    def _whole(self, done: bytes, text: bytes) -> bool:
        if not done.startswith(text):
            return False
        return not self._names or any(low <= byte < high for byte in done[len(text) :][:1] for low, high in _MARKS)
