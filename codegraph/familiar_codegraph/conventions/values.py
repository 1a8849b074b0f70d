"""The values of house conventions. Spans are byte offsets, ends exclusive; paths are relative to the root, with `/`."""

from typing import Literal, NamedTuple

import msgspec

Trend = Literal["rising", "falling", "steady", "unknown"]


class Occurrence(NamedTuple):
    """One place where a file answers a question."""

    question: str
    answer: str
    start: int
    end: int


class Edit(NamedTuple):
    """Replace bytes `start:end` by `text`."""

    start: int
    end: int
    text: str


class Example(msgspec.Struct, frozen=True, order=True):
    """A place that shows a fact; `line` counts from 1."""

    path: str
    line: int


class Answer(msgspec.Struct, frozen=True):
    """What the house does at a place: `share` of the weighed votes, `confidence` its Wilson lower bound.

    `scope` is "" for the repository, `kind:tests` and its like for a kind of file, else a folder that ends with `/`.
    `source` names the configuration that demands it, and is empty when it was counted.
    """

    question: str
    answer: str
    share: float
    confidence: float
    scope: str = ""
    source: str = ""
    support: int = 0
    total: int = 0


class Fact(msgspec.Struct, frozen=True):
    """A convention with its evidence: `support` of `total` occurrences in `files` files answer so.

    `contested` holds the other answers with their shares when none is firm; `source` names the configuration that
    demands the answer (then it is law, and `support` only says how far it is followed).
    """

    question: str
    answer: str
    support: int
    total: int
    files: int
    share: float
    confidence: float
    scope: str
    trend: Trend
    examples: tuple[Example, ...] = ()
    contested: tuple[tuple[str, float], ...] = ()
    source: str = ""
    default: str = ""


class Pair(msgspec.Struct, frozen=True):
    """The house's own `house` stands where the world uses `default`; calls of both are counted outside of `house`."""

    default: str
    house: str
    path: str
    line: int
    calls_default: int
    calls_house: int
    confidence: float


class Violation(msgspec.Struct, frozen=True):
    """`here` is written where the house writes `house`; `fix` are edits that make it so, empty when a person must."""

    path: str
    start: int
    end: int
    question: str
    here: str
    house: str
    confidence: float
    message: str
    fix: tuple[Edit, ...] = ()
