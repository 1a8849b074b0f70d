"""Drafting: tokens that probably come next are decoded together with the one that is known, and kept as far as they
are what the model would have chosen (speculative decoding, Leviathan et al. 2023, with greedy choice: the text is the
same as without).

Drafters look things up: in the prompt (prompt lookup, Saxena 2023), in the whole file and the chunks by a suffix
automaton, in the answer itself, in the texts that the repository's counts propose or that are mixed in.
`record.Record` decides how many of them are worth a row of the batch, and whether any is.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from familiar_completion.automaton import SuffixAutomaton
from familiar_completion.mixing import Continuations
from familiar_completion.record import Kind, Record

_HISTORY = 16
_SHORTEST, _LONGEST = 2, 8
_TRIED = 8
"""Places of the prompt that are compared for the longest match."""


class Draft(msgspec.Struct, frozen=True):
    """Tokens that may come next; `kind` names the drafter and how good its match is."""

    tokens: tuple[int, ...]
    kind: Kind


Worth = Callable[[Kind], int]
"""How many tokens of a draft of a kind to try."""


class Drafter(Protocol):
    """One source of drafts."""

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: "Worth") -> Draft | None:
        """Return what may follow, as many tokens as a draft of its kind is worth; None where that is none.

        `written` are the tokens before, without the prompt's marks; the last `made` of them are the answer so far,
        and `done` is its text.
        """
        ...


class Lookup:
    """What followed the last tokens where they last stood in the prompt (marks are never drafted)."""

    def __init__(self, prompt: Sequence[int], is_mark: Callable[[int], bool]) -> None:
        self._text = array("I", prompt).tobytes()
        self._prompt, self._is_mark = prompt, is_mark

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft | None:
        if len(written) < _SHORTEST or not worth(("lookup", _LONGEST)):
            return None
        best, found = 0, 0
        for at in self._places(array("I", written[-_SHORTEST:]).tobytes()):
            size = _common_end(self._prompt, at + _SHORTEST, written)
            # The last place may be the cursor itself, from which nothing follows but a mark.
            if size > best and not self._is_mark(self._prompt[at + _SHORTEST]):
                best, found = size, at + _SHORTEST
        kind = ("lookup", min(best, made, _LONGEST))
        tokens = _until(self._prompt[found : found + worth(kind)], self._is_mark) if best else ()
        return Draft(tokens, kind) if tokens else None

    def _places(self, needle: bytes) -> Iterator[int]:
        """Yield where the tokens of `needle` stand, last first (tokens are four bytes; what lies across is passed)."""
        end, left = len(self._text) - 4, _TRIED
        while left and (at := self._text.rfind(needle, 0, end)) >= 0:
            if at % 4 == 0:
                left -= 1
                yield at // 4
            end = at + len(needle) - 1


class Repeated:
    """What followed the last tokens where they last stood in the answer itself: small models go round in circles."""

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft | None:
        size = len(written)
        for period in range(1, size // 2 + 1) if worth(("repeated", _LONGEST)) else ():
            if written[-1] == written[-1 - period]:
                length = _common_end(written, size - period, written)
                if length >= max(_SHORTEST, period):
                    most = worth(("repeated", length))
                    tokens = tuple(written[size - period + i % period] for i in range(most))
                    return Draft(tokens, ("repeated", length)) if tokens else None
        return None


class Copied:
    """What followed the longest match in the file and the chunks, beyond what the prompt has room for."""

    def __init__(self, automaton: SuffixAutomaton) -> None:
        self._automaton = automaton

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft | None:
        if not worth(("copied", _LONGEST)):
            return None
        length, after = self._automaton.longest(written[-_HISTORY:])
        kind = ("copied", min(length, made, _LONGEST))
        most = worth(kind) if length >= _SHORTEST else 0
        tokens = _until(self._automaton.tokens[after : after + most], lambda token: token < 0)
        return Draft(tokens, kind) if tokens else None


class Counted:
    """Texts with their chances, as the repository's counts propose them: the likeliest that agrees so far."""

    def __init__(self, texts: Sequence[tuple[str, float]], tokenize: Callable[[str], list[int]]) -> None:
        self._texts = sorted(((-chance, text.encode("utf-8", "replace")) for text, chance in texts if text))
        self._tokenize = tokenize

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft | None:
        for chance, text in self._texts:
            if text.startswith(done) and len(text) > len(done):
                kind = ("counted" if made < _SHORTEST else "counted, begun", min(int(-chance * 5), 4))
                if not (most := worth(kind)):
                    return None
                rest = self._tokenize(text[len(done) :].decode("utf-8", "replace"))
                return Draft(tuple(rest[:most]), kind)
        return None


class Mixed:
    """The likeliest of the texts that are mixed into the model's distribution, each of which ends with its line.

    The more weight they have and the more of them agree, the surer it is that the mixture goes on like this.
    """

    def __init__(self, texts: Continuations, weight: float) -> None:
        self._texts, self._weight = texts, weight

    def propose(self, written: Sequence[int], done: bytes, made: int, worth: Worth) -> Draft | None:
        tokens, share = self._texts.likeliest(done)
        kind = ("mixed", min(int(self._weight * share * 5), 4))
        tokens = tokens[: worth(kind)]
        return Draft(tokens, kind) if tokens else None


class Drafting:
    """The drafters of one request; the draft that is likeliest to be right is taken."""

    def __init__(self, record: Record, drafters: Sequence[Drafter]) -> None:
        self.record, self._drafters = record, drafters
        self.drafted = self.accepted = 0

    def draft(self, written: Sequence[int], done: bytes, made: int, rows: int, most: int) -> Draft | None:
        """Return at most `most` tokens to try after `written` in a batch that has `rows` rows without them.

        The last `made` of `written` are the answer so far, `done` is its text.
        """
        best: Draft | None = None
        for drafter in self._drafters if most > 0 else ():
            found = drafter.propose(written, done, made, lambda kind: min(self.record.worth(kind, rows), most))
            if found and (best is None or self.record.chance(found.kind) > self.record.chance(best.kind)):
                best = found
        return best

    def settle(self, draft: Draft, accepted: int, rows: int = 1) -> None:
        """Take in what became of a draft in a batch that had `rows` rows without it."""
        self.drafted += len(draft.tokens)
        self.accepted += accepted
        self.record.learn(draft.kind, len(draft.tokens), accepted, rows)


def _common_end(tokens: Sequence[int], end: int, written: Sequence[int]) -> int:
    """Return how many tokens before `end` are the last ones of `written`, at most `_LONGEST`."""
    size = 0
    while size < min(end, len(written), _LONGEST) and tokens[end - 1 - size] == written[-1 - size]:
        size += 1
    return size


def _until(tokens: Sequence[int], is_end: Callable[[int], bool]) -> tuple[int, ...]:
    size = next((i for i, token in enumerate(tokens) if is_end(token)), len(tokens))
    return tuple(tokens[:size])
