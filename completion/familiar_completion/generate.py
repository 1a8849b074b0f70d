"""One request to the model in the worker: the prompt with what is reused of it, then the candidates.

There is a full prompt with all the context that the model takes, and a quick one for a place where nothing is
evaluated yet and there is no time for more.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from familiar_completion.automaton import BREAK, SuffixAutomaton
from familiar_completion.branches import Branch, Candidate, Rules, grow
from familiar_completion.drafting import Copied, Counted, Drafter, Drafting, Lookup, Mixed, Repeated
from familiar_completion.held import LIVE, Held
from familiar_completion.llama import Aborted, Llama
from familiar_completion.masks import Allowed, Vocabulary
from familiar_completion.mixing import Continuations
from familiar_completion.prompt import GENERATE, Layout, Request, build
from familiar_completion.record import Record
from familiar_completion.stops import stops
from familiar_completion.trial import SEQUENCES
from familiar_completion.values import Mode

_CHUNK = 128
_LEAST_PROMPT = 96
_HISTORY = 16
_SPARE = 32
"""Tokens that a prompt read ahead leaves free: the next keys go on from it rather than move its start."""
_NEAR = 12_000
"""Characters of the file on each side of the cursor that the suffix automaton knows."""


class Wish(msgspec.Struct, frozen=True):
    """What is asked for beside the place: how many candidates, where they end, and what else is known of the answer.

    `drafts` and `mix` are (text, chance) from the cursor on; `mix` has `weight` (0..1) beside the model, and in a line
    its texts are whole ones, that end there; it is also what is drafted from, if it is given. The answer
    begins with one of `allow`, if there are any (`names`: as a whole name), and ends before any of `stop`. `heal`: the
    last token before the cursor may be written anew with what follows; None leaves it to the layout.
    """

    n: int = 1
    mode: Mode = "line"
    indent: int = 0
    limit: int = GENERATE
    drafts: tuple[tuple[str, float], ...] = ()
    mix: tuple[tuple[str, float], ...] = ()
    weight: float = 0.0
    allow: tuple[str, ...] = ()
    names: bool = False
    stop: tuple[str, ...] = ()
    heal: bool | None = None
    drafting: bool = True


class Made(msgspec.Struct, frozen=True):
    """Candidates and the tokens they took; `cold`: from the quick prompt."""

    candidates: list[Candidate]
    prompt: int
    reused: int
    generated: int
    drafted: int
    accepted: int
    cold: bool
    ready: float


class Generator:
    """A model's held prompts and its measured speed (`prompt_speed` in tokens a second, `token_seconds` for one)."""

    def __init__(self, llama: Llama, layout: Layout) -> None:
        self.llama, self.layout = llama, layout
        self.prompt_speed, self.token_seconds = 1000.0, 0.01
        self.record = Record()
        self._held = Held(llama)
        self._starts: dict[str, int] = {}
        self._vocabulary: Vocabulary | None = None
        self._known: tuple[object, SuffixAutomaton] | None = None

    # ------------------------------------------------------------ prompts

    def complete(
        self,
        request: Request,
        wish: Wish,
        prompt_seconds: float,
        deadline: float,
        said: Callable[[list[str]], None] = lambda texts: None,
    ) -> Made:
        """Answer one request; a prompt that needs more than `prompt_seconds` is cut to the quick one.

        `said` hears what the candidates say so far, each time that they have grown.

        Raises:
            Aborted: `llama.stop` was set; what was evaluated until then is kept.
        """
        request, healed = self._healed(request, wish)
        prompt, cold = self._affordable(request, prompt_seconds)
        reused, first = self.evaluate(prompt, deadline)
        ready = time.perf_counter()
        if first is None:
            return Made([], len(prompt), reused, 0, 0, 0, cold, ready)
        rules = self._rules(wish, healed)
        written = self._written(prompt)
        drafting = Drafting(self.record, self._drafters(prompt, request, wish, rules)) if wish.drafting else None
        firsts = rules.firsts(first, min(wish.n, SEQUENCES - 1))
        branches = [Branch(self.llama, rules, LIVE + 1 + i, len(prompt), start) for i, start in enumerate(firsts)]
        for branch in branches:
            self.llama.fork(LIVE, branch.sequence)
        grown = grow(self.llama, branches, written, drafting, wish.limit, deadline, said)
        for seconds in grown.single:
            self.token_seconds += 0.1 * (seconds - self.token_seconds)
        drafted, accepted = (drafting.drafted, drafting.accepted) if drafting else (0, 0)
        return Made(grown.candidates, len(prompt), reused, grown.generated, drafted, accepted, cold, ready)

    def prepare(self, request: Request, deadline: float) -> tuple[int, int]:
        """Evaluate the full prompt, and learn what can be copied; return (its length, tokens reused).

        Raises:
            Aborted: `llama.stop` was set; what was evaluated until then is kept.
        """
        prompt = self._full(request, _SPARE)
        reused, _ = self.evaluate(prompt, deadline)
        self._know(request)
        self.vocabulary.beginning_with(b"")  # sorting a large one takes a third of a second: not while one waits
        return len(prompt), reused

    def _affordable(self, request: Request, seconds: float) -> tuple[list[int], bool]:
        """Return the full prompt if what is new of it is evaluated in `seconds`, else the quick one; and whether so."""
        full = self._full(request)
        affordable = max(int(self.prompt_speed * seconds), _LEAST_PROMPT)
        if len(full) - self._held.shared(full) <= affordable:
            return full, False
        return build(self.llama, self.layout, request, affordable), True

    def _full(self, request: Request, spare: int = 0) -> list[int]:
        """Return the prompt with all the context there is room for, from where the last one of its file began."""
        return build(self.llama, self.layout, request, self.llama.context, self._starts, spare)

    def evaluate(self, tokens: list[int], deadline: float) -> tuple[int, NDArray[np.float32] | None]:
        """Evaluate a prompt; return how many tokens were reused, and log-probabilities of what follows.

        The last are None when the deadline passed first; what was evaluated until then is kept.

        Raises:
            Aborted: `llama.stop` was set; what was evaluated until then is kept.
        """
        reused = self._held.claim(tokens)
        held = self._held.tokens
        began, new = time.perf_counter(), len(tokens) - reused
        while len(held) < len(tokens):
            if time.perf_counter() > deadline:
                return reused, None
            at = len(held)
            part = tokens[at : at + _CHUNK]
            rows = [(token, at + i, LIVE, at + i == len(tokens) - 1) for i, token in enumerate(part)]
            try:
                self.llama.decode(rows)
            except Aborted:
                self.llama.forget(LIVE, at)
                raise
            held.extend(part)
        took = time.perf_counter() - began
        if new >= _CHUNK // 2:
            self.prompt_speed += 0.5 * (new / took - self.prompt_speed)
        return reused, self.llama.log_probabilities((new - 1) % _CHUNK)

    # ------------------------------------------------------------ what holds for the answer

    def _healed(self, request: Request, wish: Wish) -> tuple[Request, bytes]:
        """Take the token away in which the cursor stands, where tokens are healed; return what has to come again."""
        line = request.prefix.rpartition("\n")[2]
        heal = self.layout.heals if wish.heal is None else wish.heal
        if not heal or not line or not (line[-1].isalnum() or line[-1] == "_"):
            return request, b""
        piece = self.llama.piece(self.llama.tokenize(line)[-1])
        text = piece.decode("utf-8", "replace")
        if not text or not request.prefix.endswith(text):
            return request, b""
        return msgspec.structs.replace(request, prefix=request.prefix[: -len(text)]), piece

    def _rules(self, wish: Wish, healed: bytes) -> Rules:
        allowed = None
        again = healed.decode("utf-8", "replace")
        if healed or wish.allow:
            texts = [text.encode("utf-8", "replace") for text in wish.allow] or [b""]
            allowed = Allowed(self.vocabulary, texts, names=wish.names and bool(wish.allow), before=again.encode())
        mixture = None
        if wish.mix and wish.weight > 0:
            end = self.llama.end if wish.mode == "line" else None
            mixture = Continuations([(again + text, chance) for text, chance in wish.mix], self.llama.tokenize, end)
        return Rules(stops(wish.mode, wish.indent, wish.stop), allowed, mixture, wish.weight, healed)

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary by its tokens' bytes, made when first needed."""
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self.llama.pieces(), () if self.llama.end is None else (self.llama.end,))
        return self._vocabulary

    # ------------------------------------------------------------ drafts

    def _drafters(self, prompt: Sequence[int], request: Request, wish: Wish, rules: Rules) -> list[Drafter]:
        again = rules.healed.decode("utf-8", "replace")
        drafters: list[Drafter] = [
            Mixed(rules.mixture, rules.weight)
            if rules.mixture
            else Counted([(again + text, chance) for text, chance in wish.drafts], self.llama.tokenize),
            Lookup(prompt, self.llama.ends),
            Repeated(),
        ]
        if self._known is not None and self._known[0] == _surroundings(request):
            drafters.append(Copied(self._known[1]))
        return drafters

    def _know(self, request: Request) -> None:
        """Build the suffix automaton of the lines around the cursor and of the chunks, unless it is there."""
        key = _surroundings(request)
        if self._known is None or self._known[0] != key:
            before = request.prefix.rpartition("\n")[0][-_NEAR:]
            after = request.suffix.partition("\n")[2][:_NEAR]
            tokens: list[int] = []
            for text in (*(text for _, text in request.chunks), before, after):
                tokens += [*self.llama.tokenize(text), BREAK]
            self._known = key, SuffixAutomaton(tokens)

    def _written(self, prompt: Sequence[int]) -> list[int]:
        """Return the last tokens before the cursor, without marks."""
        end = len(prompt) - 1
        if not self.layout.suffix_first:
            end = _last(prompt, self.layout.suffix, end)
        start = _last(prompt, self.layout.prefix, end) + 1
        return list(prompt[max(start, end - _HISTORY) : end])


def _last(tokens: Sequence[int], wanted: int, before: int) -> int:
    return next((at for at in range(before - 1, -1, -1) if tokens[at] == wanted), -1)


def _surroundings(request: Request) -> object:
    """Return what stays the same while one types in a line: everything but that line."""
    before, after = request.prefix.rpartition("\n")[0], request.suffix.partition("\n")[2]
    return request.path, request.chunks, hash(before), hash(after)


__all__ = ["GENERATE", "Candidate", "Generator", "Made", "Wish"]
