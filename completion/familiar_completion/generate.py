"""Greedy decoding with several candidates, reuse of what is evaluated already, and limits at every token.

Two prompts are held: a `FULL` one with all the context that the model takes, and a `QUICK` one for a place where
nothing is evaluated yet and there is no time for more. Candidates are branches that share the prompt's state.
"""

import time
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from familiar_completion.llama import Aborted, Llama
from familiar_completion.prompt import GENERATE, Layout, Request, build
from familiar_completion.values import Mode

FULL, QUICK = 0, 1
_BRANCH = 2
_CHUNK = 128
_WORTH = 0.08
"""The probability from which a second first token is followed."""
_LEAST_PROMPT = 96


class Candidate(msgspec.Struct, frozen=True):
    """One text: `chance` is the product of its tokens' probabilities, `mean` and `least` are of their logarithms.

    `ended` is False when the time or the tokens ran out first.
    """

    text: str
    chance: float
    mean: float
    least: float
    ended: bool


class Generator:
    """A model's held prompts and its measured speed (`prompt_speed` in tokens a second, `token_seconds` for one)."""

    def __init__(self, llama: Llama, layout: Layout) -> None:
        self.llama, self.layout = llama, layout
        self.prompt_speed, self.token_seconds = 1000.0, 0.01
        self._held: dict[int, list[int]] = {FULL: [], QUICK: []}

    def place(self, request: Request, seconds: float) -> tuple[int, list[int]]:
        """Return the prompt to use and its sequence: the full one if what is new of it is evaluated in `seconds`."""
        full = build(self.llama, self.layout, request, self.llama.context)
        affordable = max(int(self.prompt_speed * seconds), _LEAST_PROMPT)
        if len(full) - common(full, self._held[FULL]) <= affordable:
            return FULL, full
        return QUICK, build(self.llama, self.layout, request, affordable)

    def full(self, request: Request) -> list[int]:
        """Return the full prompt."""
        return build(self.llama, self.layout, request, self.llama.context)

    def evaluate(self, sequence: int, tokens: Sequence[int], deadline: float) -> tuple[int, NDArray[np.float32] | None]:
        """Evaluate a prompt; return how many of its tokens were reused, and the log-probabilities of what follows.

        They are None when the deadline passed first; what was evaluated until then is kept.

        Raises:
            Aborted: `llama.stop` was set; what was evaluated until then is kept.
        """
        held = self._held[sequence]
        reused = min(common(tokens, held), len(tokens) - 1)
        self.llama.forget(sequence, reused)
        del held[reused:]
        began, new = time.perf_counter(), len(tokens) - reused
        while len(held) < len(tokens):
            if time.perf_counter() > deadline:
                return reused, None
            at = len(held)
            part = tokens[at : at + _CHUNK]
            self._decode(
                [(token, at + i, sequence, at + i == len(tokens) - 1) for i, token in enumerate(part)], sequence
            )
            held.extend(part)
        took = time.perf_counter() - began
        if new >= _CHUNK // 2:
            self.prompt_speed += 0.5 * (new / took - self.prompt_speed)
        return reused, self.llama.log_probabilities((new - 1) % _CHUNK)

    def _decode(self, rows: list[tuple[int, int, int, bool]], sequence: int) -> None:
        try:
            self.llama.decode(rows)
        except Aborted:
            self.llama.forget(sequence, len(self._held[sequence]))
            raise

    def branches(
        self, sequence: int, first: NDArray[np.float32], n: int, mode: Mode, indent: int, limit: int, deadline: float
    ) -> tuple[list[Candidate], int]:
        """Follow the `n` likeliest first tokens greedily to the end of the line or block; also count the tokens made.

        `indent` is the depth in columns whose undercutting ends a block; `limit` counts tokens a branch.

        Raises:
            Aborted: `llama.stop` was set.
        """
        top = np.argsort(first)[::-1][:n]
        starts = [int(token) for i, token in enumerate(top) if i == 0 or np.exp(first[token]) >= _WORTH]
        branches = [_Branch(self.llama, _BRANCH + i, token, float(first[token])) for i, token in enumerate(starts)]
        position, made = len(self._held[sequence]), 0
        for branch in branches:
            branch.settle(mode, indent)
            self.llama.fork(sequence, branch.sequence)
        try:
            live = [branch for branch in branches if not branch.ended]
            while live and position - len(self._held[sequence]) < limit and time.perf_counter() < deadline:
                began = time.perf_counter()
                self.llama.decode([(branch.token, position, branch.sequence, True) for branch in live])
                made += len(live)
                for row, branch in enumerate(live):
                    branch.take(self.llama.log_probabilities(row))
                    branch.settle(mode, indent)
                if len(live) == 1:
                    self.token_seconds += 0.1 * (time.perf_counter() - began - self.token_seconds)
                live = [branch for branch in live if not branch.ended]
                position += 1
        finally:
            for branch in branches:
                self.llama.forget(branch.sequence)
        return [branch.candidate() for branch in branches], made


class _Branch:
    """One candidate in the making; `token` is the newest one, not yet decoded."""

    def __init__(self, llama: Llama, sequence: int, token: int, log_probability: float) -> None:
        self._llama, self.sequence, self.token = llama, sequence, token
        self._logs = [log_probability]
        self._data = b""
        self.ended = False

    def take(self, logs: NDArray[np.float32]) -> None:
        """Choose the likeliest next token."""
        self.token = int(logs.argmax())
        self._logs.append(float(logs[self.token]))

    def settle(self, mode: Mode, indent: int) -> None:
        """Add the newest token's text, and notice the end of the text, of the line, or of the block."""
        if self._llama.ends(self.token):
            self.ended = True
            return
        self._data += self._llama.piece(self.token)
        if mode == "line":
            self.ended = b"\n" in self._data
        else:
            last = self._data.rpartition(b"\n")[2] if b"\n" in self._data else b""
            body = last.lstrip(b" \t")
            self.ended = bool(body) and len(last[: len(last) - len(body)].expandtabs()) < indent

    def candidate(self) -> Candidate:
        """Return what has come of it."""
        total = float(sum(self._logs))
        return Candidate(
            self._data.decode("utf-8", "replace"),
            float(np.exp(total)),
            total / len(self._logs),
            float(min(self._logs)),
            self.ended,
        )


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Return the length of the longest common beginning."""
    for i, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return i
    return min(len(a), len(b))


__all__ = ["FULL", "GENERATE", "QUICK", "Candidate", "Generator", "common"]
