"""Drafting: tokens that probably come next are decoded together with the one that is known, and kept as far as they
are what the model would have chosen (speculative decoding, Leviathan et al. 2023, with greedy choice: the text is the
same as without).

Drafters look things up: in the prompt (prompt lookup, Saxena 2023), in the whole file and the chunks by a suffix
automaton, in the texts that the repository's counts propose. How often each was right, for matches of each length,
decides how many tokens are worth a row of the batch, and whether any is.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from familiar_completion.automaton import SuffixAutomaton

MOST = 15
_HISTORY = 16
_SHORTEST = 2
_WORTH = 1.2
"""Drafting has to be faster by this factor, by expectation, to be tried: looking up has its price too."""
_FADE = 0.98


class Draft(msgspec.Struct, frozen=True):
    """Tokens that may come next; `kind` names the drafter and how good its match is."""

    tokens: tuple[int, ...]
    kind: tuple[str, int]


Worth = Callable[[tuple[str, int]], int]
"""How many tokens of a draft of a kind to try."""


class Drafter(Protocol):
    """One source of drafts."""

    def propose(self, written: Sequence[int], done: bytes, worth: "Worth") -> Draft | None:
        """Return what may follow, as many tokens as a draft of its kind is worth; None where that is none.

        `written` are the tokens before, without the prompt's marks; `done` is the answer so far.
        """
        ...


class Lookup:
    """What followed the last tokens where they last stood in the prompt (marks are never drafted)."""

    def __init__(self, prompt: Sequence[int], is_mark: Callable[[int], bool]) -> None:
        self._text = array("I", prompt).tobytes()
        self._prompt, self._is_mark = prompt, is_mark

    def propose(self, written: Sequence[int], done: bytes, worth: Worth) -> Draft | None:
        for size in range(min(8, len(written)), _SHORTEST - 1, -1):
            most = worth(("lookup", size))
            # The last place may be the cursor itself, from which nothing follows but a mark.
            for at in self._places(array("I", written[-size:]).tobytes()) if most else ():
                if tokens := _until(self._prompt[at + size : at + size + most], self._is_mark):
                    return Draft(tokens, ("lookup", size))
        return None

    def _places(self, needle: bytes) -> Iterator[int]:
        """Yield where the tokens of `needle` stand, last first (tokens are four bytes; what lies across is passed)."""
        end = len(self._text)
        while (at := self._text.rfind(needle, 0, end)) >= 0:
            if at % 4 == 0:
                yield at // 4
            end = at + len(needle) - 1


class Copied:
    """What followed the longest match in the file and the chunks, beyond what the prompt has room for."""

    def __init__(self, automaton: SuffixAutomaton) -> None:
        self._automaton = automaton

    def propose(self, written: Sequence[int], done: bytes, worth: Worth) -> Draft | None:
        length, after = self._automaton.longest(written[-_HISTORY:])
        most = worth(("copied", min(length, 8))) if length >= _SHORTEST else 0
        tokens = _until(self._automaton.tokens[after : after + most], lambda token: token < 0)
        return Draft(tokens, ("copied", min(length, 8))) if tokens else None


class Counted:
    """Texts with their chances, as the repository's counts propose them: the likeliest that agrees so far."""

    def __init__(self, texts: Sequence[tuple[str, float]], tokenize: Callable[[str], list[int]]) -> None:
        self._texts = sorted(((-chance, text.encode("utf-8", "replace")) for text, chance in texts if text))
        self._tokenize = tokenize

    def propose(self, written: Sequence[int], done: bytes, worth: Worth) -> Draft | None:
        for chance, text in self._texts:
            if text.startswith(done) and len(text) > len(done):
                kind = ("counted", min(int(-chance * 5), 4))
                if not (most := worth(kind)):
                    return None
                rest = self._tokenize(text[len(done) :].decode("utf-8", "replace"))
                return Draft(tuple(rest[:most]), kind)
        return None


class Record:
    """How often a drafted token was right, by kind; and what a batch of so many rows costs on this machine."""

    def __init__(self) -> None:
        self._right: dict[tuple[str, int], tuple[float, float]] = {}
        self._known: dict[tuple[tuple[str, int], int], int] = {}
        self._costs: dict[int, float] = {1: 1.0, 2: 1.25, 4: 1.7, 8: 2.8, 16: 4.6}

    @property
    def costs(self) -> dict[int, float]:
        """Times of batches, by rows, in times of one of a single row."""
        return self._costs

    @costs.setter
    def costs(self, measured: dict[int, float]) -> None:
        self._costs = measured
        self._known.clear()

    def chance(self, kind: tuple[str, int]) -> float:
        """Return the estimated chance that one more token of a draft is right.

        Before there is experience, a guess that rises with the match: its length, or the counts' own chance.
        """
        right, tried = self._right.get(kind, (0.0, 0.0))
        prior = 0.6 + 0.08 * kind[1] if kind[0] == "counted" else 0.5 + 0.05 * min(kind[1], 8)
        return (right + 4 * prior) / (tried + 4)

    def learn(self, kind: tuple[str, int], offered: int, accepted: int) -> None:
        """Take in that `accepted` of the `offered` tokens were right (behind the first wrong one nothing is known)."""
        right, tried = self._right.get(kind, (0.0, 0.0))
        tested = accepted + (accepted < offered)
        self._known.clear()
        self._right[kind] = right * _FADE + accepted, tried * _FADE + tested

    def cost(self, rows: int) -> float:
        """Return the time of a batch of `rows` in times of one of a single row, between what was measured."""
        sizes = sorted(self.costs)
        if rows >= sizes[-1]:
            return self.costs[sizes[-1]] * rows / sizes[-1]
        above = next(i for i, size in enumerate(sizes) if size >= rows)
        if sizes[above] == rows:
            return self.costs[rows]
        low, high = sizes[above - 1], sizes[above]
        share = (rows - low) / (high - low)
        return self.costs[low] + share * (self.costs[high] - self.costs[low])

    def worth(self, kind: tuple[str, int], rows: int) -> int:
        """Return how many tokens of a draft of this kind to try beside `rows` rows; 0 where it would cost time."""
        if (kind, rows) not in self._known:
            self._known[kind, rows] = self._worth(kind, rows)
        return self._known[kind, rows]

    def _worth(self, kind: tuple[str, int], rows: int) -> int:
        chance = self.chance(kind)
        best, most, expected, power = 0, _WORTH * rows / self.cost(rows), 0.0, 1.0
        for size in range(1, MOST + 1):
            power *= chance
            expected += power
            rate = (rows + expected) / self.cost(rows + size)
            if rate > most:
                best, most = size, rate
        return best


class Drafting:
    """The drafters of one request; the draft that is likeliest to be right is taken."""

    def __init__(self, record: Record, drafters: Sequence[Drafter]) -> None:
        self.record, self._drafters = record, drafters
        self.drafted = self.accepted = 0

    def draft(self, written: Sequence[int], done: bytes, rows: int, most: int) -> Draft | None:
        """Return at most `most` tokens to try after `written` in a batch that has `rows` rows without them."""
        best: Draft | None = None
        for drafter in self._drafters if most > 0 else ():
            found = drafter.propose(written, done, lambda kind: min(self.record.worth(kind, rows), most))
            if found and (best is None or self.record.chance(found.kind) > self.record.chance(best.kind)):
                best = found
        return best

    def settle(self, draft: Draft, accepted: int) -> None:
        """Take in what became of a draft."""
        self.drafted += len(draft.tokens)
        self.accepted += accepted
        self.record.learn(draft.kind, len(draft.tokens), accepted)


def _until(tokens: Sequence[int], is_end: Callable[[int], bool]) -> tuple[int, ...]:
    size = next((i for i, token in enumerate(tokens) if is_end(token)), len(tokens))
    return tuple(tokens[:size])
