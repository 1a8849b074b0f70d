"""Where the last tokens of a context stand in a text: for any number of them, with few searches.

The places of a longer context are among those of a shorter one. So contexts are tried from the shortest, which is found
at once where it is common, and as soon as all the places of one are known, those of longer ones are picked from them.
Only one search goes through the whole of a large text, instead of one for each length.
"""

from collections.abc import Iterator
from itertools import islice

_STEPS = (3, 4, 5, 7, 10, 14, 20)
"""Tokens of the contexts that are tried before a longer one."""


class Occurrences:
    """The places of `context`'s ends in `text`."""

    def __init__(self, text: str, context: str) -> None:
        self._text, self._context = text, context
        self._searches: dict[int, _Search] = {}

    def ends(self, order: int, limit: int) -> list[int]:
        """Return the indices just behind the last `order` tokens of the context, last first, up to `limit` of them."""
        if order > len(self._context):
            return []
        for size in [step for step in _STEPS if step < order]:
            if (search := self._searches.get(size) or self._searched(size, limit)).done:
                return self._among(search.found, order)[:limit]
        return self._searched(order, limit).found[:limit]

    def _searched(self, order: int, limit: int) -> "_Search":
        """Return the search for the last `order` tokens, once it has found `limit` places or all."""
        if order not in self._searches:
            self._searches[order] = _Search(self._text, self._context[-order:])
        self._searches[order].find(limit)
        return self._searches[order]

    def _among(self, places: list[int], order: int) -> list[int]:
        needle, text = self._context[-order:], self._text
        return [at for at in places if at >= order and text.startswith(needle, at - order)]


class _Search:
    """One search that goes on where it stopped: what was `found` so far, and whether that is all."""

    def __init__(self, text: str, needle: str) -> None:
        self._rest = ends(text, needle)
        self.found: list[int] = []
        self.done = False

    def find(self, wanted: int) -> None:
        """Go on until `wanted` places are found."""
        missing = wanted - len(self.found)
        if missing > 0 and not self.done:
            more = list(islice(self._rest, missing))
            self.found += more
            self.done = len(more) < missing


def ends(text: str, needle: str) -> Iterator[int]:
    """Yield the indices just after `needle`, last first."""
    at = len(text)
    while (at := text.rfind(needle, 0, at)) >= 0:
        yield at + len(needle)
        at += len(needle) - 1
