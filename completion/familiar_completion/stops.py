"""Where a generated text ends, as automata over its bytes: at the end of its line, of its block, or before given words.

A state is an immutable value, so that branches and drafts can be followed and given up without undoing anything. An
automaton answers for each byte with the next state, or with how many of the last bytes are not part of the text.
"""

from collections import deque
from collections.abc import Hashable, Sequence
from typing import Protocol

from familiar_completion.values import Mode

State = Hashable


class End:
    """The text is over; its last `surplus` bytes do not belong to it."""

    __slots__ = ("surplus",)

    def __init__(self, surplus: int) -> None:
        self.surplus = surplus


class Automaton(Protocol):
    """One condition."""

    @property
    def start(self) -> State: ...
    def step(self, state: State, byte: int) -> State | End: ...


class LineEnd:
    """Ends with the first line break, which belongs to the text: what shapes suggestions strips it."""

    start: State = 0

    def step(self, state: State, byte: int) -> State | End:
        return End(0) if byte == 0x0A else state


class BlockEnd:
    """Ends with the first character of a line that is indented by less than `indent` columns.

    That character belongs to the text (what shapes suggestions cuts it, and knows by it that the block was over). A
    state is the column in a line's indentation, -1 behind it.
    """

    start: State = -1

    def __init__(self, indent: int) -> None:
        self._indent = indent

    def step(self, state: State, byte: int) -> State | End:
        assert isinstance(state, int)
        if byte in (0x0A, 0x0D):
            return 0
        if state < 0:
            return state
        if byte == 0x20:
            return state + 1
        if byte == 0x09:
            return state + 8 - state % 8
        return End(0) if state < self._indent else -1


class Words:
    """Ends before the first occurrence of any of `words` (Aho and Corasick 1975); empty words are left out."""

    start: State = 0

    def __init__(self, words: Sequence[bytes]) -> None:
        self._next: list[dict[int, int]] = [{}]
        self._ends = [0]
        for word in filter(None, words):
            node = 0
            for byte in word:
                if byte not in self._next[node]:
                    self._next[node][byte] = len(self._next)
                    self._next.append({})
                    self._ends.append(0)
                node = self._next[node][byte]
            self._ends[node] = len(word)
        self._fail = [0] * len(self._next)
        waiting = deque(self._next[0].values())
        while waiting:
            node = waiting.popleft()
            for byte, child in self._next[node].items():
                self._fail[child] = self._after(self._fail[node], byte)
                self._ends[child] = self._ends[child] or self._ends[self._fail[child]]
                waiting.append(child)

    def _after(self, node: int, byte: int) -> int:
        while node and byte not in self._next[node]:
            node = self._fail[node]
        return self._next[node].get(byte, 0)

    def step(self, state: State, byte: int) -> State | End:
        assert isinstance(state, int)
        node = self._after(state, byte)
        return End(self._ends[node]) if self._ends[node] else node


States = tuple[State, ...]


class Stops:
    """Several conditions together: the first one that ends, ends the text."""

    def __init__(self, automata: Sequence[Automaton]) -> None:
        self._automata = tuple(automata)
        self.start: States = tuple(automaton.start for automaton in automata)

    def feed(self, states: States, data: bytes) -> tuple[States, bytes | None]:
        """Return the states after `data`; and, when the text ends within it, what of `data` was consumed until then.

        A surplus that reaches back before `data` is left to `cut`.
        """
        for at, byte in enumerate(data):
            after = []
            for automaton, state in zip(self._automata, states, strict=True):
                found = automaton.step(state, byte)
                if isinstance(found, End):
                    return (found.surplus,), data[: at + 1]
                after.append(found)
            states = tuple(after)
        return states, None

    @staticmethod
    def cut(text: bytes, states: States) -> bytes:
        """Return a text that ended in `states` without its surplus."""
        surplus = states[0]
        assert isinstance(surplus, int)
        return text[: len(text) - surplus] if surplus else text


def stops(mode: Mode, indent: int, words: Sequence[str] = ()) -> Stops:
    """Return the conditions of a request: the end of its line or block, and before any of `words`."""
    automata: list[Automaton] = [LineEnd() if mode == "line" else BlockEnd(indent)]
    if any(words):
        automata.append(Words([word.encode("utf-8", "replace") for word in words]))
    return Stops(automata)


def indent_of(line: str) -> int:
    """Return the indentation of a line in columns."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs())
