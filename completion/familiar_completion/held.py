"""The prompts whose state llama.cpp still has, so that the next one evaluates only what is new.

One prompt is live in llama.cpp's cache: attention pays for every cell up to the last one in use, whoever it belongs
to, so that four live prompts made each token up to twice as dear. The others (the file before, another place, a quick
prompt) are copies outside (`llama_state_seq_get_data`), and come back in a millisecond or two. A new prompt takes over
the longest common beginning of any of them; nothing is ever shifted.
"""

from collections.abc import Sequence

from familiar_completion.llama import Llama

LIVE = 0
"""The sequence of the live prompt; the ones above it are branches."""
_SAME = 0.5
"""A live prompt of which this share is common is continued; otherwise it is another place's, and a copy is kept."""
_LEAST = 64
"""Tokens from which on a state is worth a copy."""
_COPIES, _ROOM, _MOST = 3, 24_000_000, 192_000_000
"""Copies of whole prompts that there is room for, and the bytes that they may take at least and at most."""


class Held:
    """Tokens of the live prompt, and copies of others."""

    def __init__(self, llama: Llama) -> None:
        self._llama = llama
        self._room = max(_ROOM, min(_MOST, _COPIES * llama.context * llama.cell_bytes))
        self.tokens: list[int] = []
        self._copies: list[tuple[list[int], bytes]] = []

    def shared(self, tokens: Sequence[int]) -> int:
        """Return how many of the first `tokens` need no evaluation."""
        return max([common(tokens, self.tokens), *(common(tokens, copied) for copied, _ in self._copies)])

    def claim(self, tokens: Sequence[int]) -> int:
        """Make the longest known beginning of `tokens` live, and nothing more; return its length.

        At least one token is left to evaluate.
        """
        live = common(tokens, self.tokens)
        best = max(self._copies, key=lambda copy: common(tokens, copy[0]), default=None)
        if best is not None and common(tokens, best[0]) > max(live, _LEAST):
            self._copies.remove(best)
            self._put_aside()
            if self._llama.restore(LIVE, best[1]):
                self.tokens = best[0]
        elif live < _SAME * len(self.tokens):
            self._put_aside(live)
        reused = min(common(tokens, self.tokens), len(tokens) - 1)
        self.cut(reused)
        return reused

    def cut(self, length: int) -> None:
        """Forget all behind the first `length` tokens of the live prompt."""
        self._llama.forget(LIVE, length)
        del self.tokens[length:]

    def _put_aside(self, keep: int = 0) -> None:
        """Keep a copy of what is live, in place of older ones of the same place, and go on from its first `keep`."""
        tokens = self.tokens
        if len(tokens) >= _LEAST:
            size = _SAME * len(tokens)
            self._copies = [copy for copy in self._copies if common(tokens, copy[0]) < size]
            self._copies.append((list(tokens), self._llama.snapshot(LIVE)))
            while self._copies and sum(len(data) for _, data in self._copies) > self._room:
                del self._copies[0]
        self.cut(keep)


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Return the length of the longest common beginning."""
    size = min(len(a), len(b))
    a, b = list(a[:size]), list(b[:size])
    if a == b:
        return size
    low, high = 0, size
    while high - low > 16:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return next(i for i in range(low, size) if a[i] != b[i])
