"""The prompts whose state llama.cpp still has, so that the next one evaluates only what is new.

Several sequences are held: the current file, the one before, a quick prompt, what was read in the background. A new
prompt takes over the longest common beginning of any of them; nothing is ever shifted. Where it would cost another
file's state, it gets a sequence of its own that shares the beginning. What has to go is kept as a copy outside
(`llama_state_seq_get_data`), one per file, and comes back when its file does.
"""

from collections.abc import Sequence

from familiar_completion.llama import Llama

SLOTS = 4
SNAPSHOTS = 24_000_000
"""Bytes of states kept outside."""
_SAME = 0.5
"""A sequence of which this share is common is continued; otherwise it belongs to something else, and is left alone."""
_LEAST = 64
"""Tokens from which on a state is worth a copy."""


class Held:
    """Tokens of each sequence 0..`SLOTS`-1, in the order in which they were used (the last one last)."""

    def __init__(self, llama: Llama) -> None:
        self._llama = llama
        self.tokens: dict[int, list[int]] = {sequence: [] for sequence in range(SLOTS)}
        self._labels: dict[int, str] = {}
        self._order = list(range(SLOTS))
        self._copies: dict[str, tuple[list[int], bytes]] = {}

    def shared(self, tokens: Sequence[int]) -> int:
        """Return how many of the first `tokens` need no evaluation."""
        live = max(common(tokens, held) for held in self.tokens.values())
        return max([live, *(common(tokens, copied) for copied, _ in self._copies.values())])

    def claim(self, label: str, tokens: Sequence[int], room: int) -> tuple[int, int]:
        """Return a sequence that holds the longest known beginning of `tokens` and nothing more, and its length.

        `label` names the file; `room` is the number of cells that must be free besides. At least one token is left to
        evaluate.
        """
        lengths = {sequence: common(tokens, held) for sequence, held in self.tokens.items()}
        best = max(reversed(self._order), key=lambda sequence: lengths[sequence])
        kept = self._copies.get(label)
        if kept and common(tokens, kept[0]) > lengths[best]:
            sequence = self._restore(label, kept, room)
        elif not self.tokens[best] or lengths[best] >= _SAME * len(self.tokens[best]):
            sequence = best
        else:
            sequence = self._fork(best, lengths[best], room)
        self._use(sequence)
        reused = min(common(tokens, self.tokens[sequence]), len(tokens) - 1)
        self.cut(sequence, reused)
        self._labels[sequence] = label
        self._make_room(len(tokens) - reused + room, sequence)
        return sequence, reused

    def cut(self, sequence: int, length: int) -> None:
        """Forget all of a sequence behind its first `length` tokens."""
        self._llama.forget(sequence, length)
        del self.tokens[sequence][length:]

    def _use(self, sequence: int) -> None:
        self._order.remove(sequence)
        self._order.append(sequence)

    def _fork(self, source: int, length: int, room: int) -> int:
        target = next(sequence for sequence in self._order if sequence != source)
        self._drop(target)
        if length:
            self._llama.fork(source, target)
            self.tokens[target] = list(self.tokens[source])
        return target

    def _drop(self, sequence: int) -> None:
        """Give a sequence up; its state is kept outside."""
        tokens, label = self.tokens[sequence], self._labels.pop(sequence, None)
        if label is not None and len(tokens) >= _LEAST:
            self._copies.pop(label, None)
            self._copies[label] = list(tokens), self._llama.snapshot(sequence)
            while sum(len(data) for _, data in self._copies.values()) > SNAPSHOTS:
                del self._copies[next(iter(self._copies))]
        self.cut(sequence, 0)

    def _restore(self, label: str, kept: tuple[list[int], bytes], room: int) -> int:
        target = self._order[0]
        self._drop(target)
        self._make_room(len(kept[0]) + room, target)
        if self._llama.restore(target, kept[1]):
            self.tokens[target] = list(kept[0])
        self._copies.pop(label, None)
        return target

    def _make_room(self, cells: int, keep: int) -> None:
        """Drop what was used longest ago until so many cells are free (shared ones are counted twice)."""
        for sequence in list(self._order):
            if sum(map(len, self.tokens.values())) + cells <= self._llama.cells:
                return
            if sequence != keep:
                self._drop(sequence)


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
