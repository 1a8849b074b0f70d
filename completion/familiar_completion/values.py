"""What completion says: a suggestion is a replacement of bytes, an answer is suggestions or the reason for silence."""

from typing import Literal

import msgspec

Source = Literal["counts", "model", "both", "typed"]
Mode = Literal["line", "statement", "block"]
"""How far a suggestion goes: to the end of its line, until its brackets are closed, to the end of the block."""


class Suggestion(msgspec.Struct, frozen=True):
    """Replace bytes `start:end` of the document by `text`.

    `start` is at or before the cursor and `end` at or after it; closers that stand right of the cursor are inside the
    range and again in `text`. `score` lies in 0..1 and estimates the chance that the text is what would have been
    typed. `imports` are lines that the file needs besides.
    """

    text: str
    start: int
    end: int
    score: float
    source: Source
    imports: tuple[str, ...] = ()


class Tokens(msgspec.Struct, frozen=True):
    """The model's work for one answer, in tokens; all zero when it was not asked."""

    prompt: int = 0
    reused: int = 0
    generated: int = 0
    drafted: int = 0
    accepted: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Suggestions, best first; `silence` says why there is none, and then only. `ms` holds milliseconds by stage.

    `model` is None when the model took part, else one sentence saying why it did not. `house` says what was changed or
    left out because this repository does it otherwise.
    """

    suggestions: tuple[Suggestion, ...] = ()
    silence: str | None = None
    ms: dict[str, float] = {}
    tokens: Tokens = Tokens()
    model: str | None = None
    house: tuple[str, ...] = ()


class CompletionError(Exception):
    """A request or a model that cannot be served; the message is one sentence for the user: what, where, what to do."""
