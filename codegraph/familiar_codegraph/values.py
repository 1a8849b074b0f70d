"""What the graph answers with. Spans are byte offsets, ends exclusive; paths are relative to the root, with `/`."""

from typing import Literal

import msgspec

Via = Literal[
    "scope",
    "import",
    "self",
    "base",
    "constructor",
    "annotation",
    "inferred",
    "checker",
    "unique",
    "ambiguous",
    "string",
]
Verdict = Literal["yes", "unsure"]


class Symbol(msgspec.Struct, frozen=True):
    """Something with a name. `id` is the same for the same code: `path::Class.method`; of a module it is the path.

    `start:end` is the name where it is first bound (0:0 for a module); `scope` is the id of the symbol around it.
    """

    id: str
    name: str
    kind: str
    """module, class, function, method, property, attribute, variable, parameter; alias: an import under another name,
    or of something outside the repository."""
    path: str
    start: int
    end: int
    qualname: str
    scope: str


class Answer(msgspec.Struct, frozen=True, order=True):
    path: str
    start: int
    end: int
    via: Via
    verdict: Verdict


class Opinion(msgspec.Struct, frozen=True):
    """What became of the unsure places of an answer by asking a type checker (`opinion`).

    `yes` were confirmed, `no` dropped, `silent` are still unsure; `reason` says why the checker is absent or stopped.
    """

    checker: str = ""
    yes: int = 0
    no: int = 0
    silent: int = 0
    reason: str = ""


class Answers(msgspec.Struct, frozen=True):
    """`complete` is False when something was left out; `reason` then says what. `opinion`: where it was asked for."""

    symbol: Symbol | None
    answers: tuple[Answer, ...] = ()
    complete: bool = True
    reason: str = ""
    opinion: Opinion | None = None


class Binding(msgspec.Struct, frozen=True):
    """One occurrence of an identifier and what it means.

    `target` is a symbol's id; None with verdict `yes` is something outside the repository (a builtin, another
    package), None with `unsure` is not known. `alias` is the id of the local name that stands in between: an
    import under another name, or the parameter that receives a pytest fixture.
    """

    start: int
    end: int
    name: str
    target: str | None
    via: Via
    verdict: Verdict
    alias: str | None = None


class Family(msgspec.Struct, frozen=True):
    """A member with everything that must keep the same name: what it overrides and what overrides it.

    `outside` names the parts of the hierarchy that are not in the repository and may define the name too;
    `unsure` holds members that may belong (a base class could not be resolved).
    """

    members: tuple[str, ...]
    outside: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


class Test(msgspec.Struct, frozen=True, order=True):
    """A test that can reach something; `id` is what pytest calls it (without parameters)."""

    __test__ = False

    path: str
    qualname: str
    id: str


class ScopeInfo(msgspec.Struct, frozen=True):
    """A scope of a file: `id` is its symbol's id, `kind` module, class, function, lambda, comprehension or type."""

    id: str
    kind: str
    start: int
    end: int
    index: int


class OutlineItem(msgspec.Struct, frozen=True):
    """A function or class with what it holds. `start:end` is all of it, `name_start:name_end` its name."""

    name: str
    kind: str
    start: int
    end: int
    name_start: int
    name_end: int
    signature: str
    doc: str
    children: tuple["OutlineItem", ...] = ()


class RankedSymbols(msgspec.Struct, frozen=True):
    """(id, score) of what matters to a place, best first; `versions` are those of the open buffers at the time."""

    ranked: tuple[tuple[str, float], ...]
    complete: bool
    versions: dict[str, int]


class IndexReport(msgspec.Struct, frozen=True):
    """What indexing found. `resolved` counts references by how they are resolved; `receiver` ones need inference,
    which happens when they are asked about."""

    files: int
    lines: int
    symbols: int
    references: int
    resolved: dict[str, int]
    failed: tuple[tuple[str, str], ...]
    seconds: float
    peak_mb: float
    from_cache: int
    stopped: bool = False
    store: str = ""
    """Why facts are not kept on disk; empty when they are."""
