"""A suffix automaton over token ids: all substrings of a text, and where each of them last ended.

Blumer et al. 1985, built online in amortised constant time a token. It answers which is the longest end of what was
just written that occurs in the text, and where: what followed there is worth trying.
"""

from collections.abc import Sequence

BREAK = -1
"""A token that no text has: it keeps matches from running across the places where texts were joined."""


class SuffixAutomaton:
    """The substrings of `tokens`. Memory: about half a kilobyte a token."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self.tokens = tuple(tokens)
        self._next: list[dict[int, int]] = [{}]
        self._link, self._length, self._end = [-1], [0], [-1]
        last = 0
        for at, token in enumerate(self.tokens):
            last = self._extend(last, token, at)

    def _extend(self, last: int, token: int, at: int) -> int:
        new = self._state({}, self._length[last] + 1, at)
        state = last
        while state >= 0 and token not in self._next[state]:
            self._next[state][token] = new
            state = self._link[state]
        if state < 0:
            self._link[new] = 0
            return new
        target = self._next[state][token]
        if self._length[target] == self._length[state] + 1:
            self._link[new] = target
            return new
        clone = self._state(dict(self._next[target]), self._length[state] + 1, self._end[target])
        self._link[clone] = self._link[target]
        while state >= 0 and self._next[state].get(token) == target:
            self._next[state][token] = clone
            state = self._link[state]
        self._link[target] = self._link[new] = clone
        return new

    def _state(self, following: dict[int, int], length: int, end: int) -> int:
        self._next.append(following)
        self._link.append(0)
        self._length.append(length)
        self._end.append(end)
        return len(self._next) - 1

    def longest(self, written: Sequence[int]) -> tuple[int, int]:
        """Return (how many of the last tokens of `written` occur in the text, the index after one such place)."""
        state, length = 0, 0
        for token in written:
            while state and token not in self._next[state]:
                state = self._link[state]
                length = self._length[state]
            if token in self._next[state]:
                state, length = self._next[state][token], length + 1
        return length, self._end[state] + 1
