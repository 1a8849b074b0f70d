"""What one file answers by itself: a pure function of its bytes and its language, small enough to keep of each."""

from typing import NamedTuple

import msgspec

from familiar_codegraph.conventions.values import Occurrence

MARKS = "=~+"
"""Before a delegate: its result is given back; something made of it is, or it had a name; a parameter is handed on."""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of one of the tables below; lines count from 1."""


class Imported(Row, frozen=True):
    """One name that an import binds: `from ..module import name as local` has level 2; `import module` no name.

    `line` is the statement's, `start:end` the name's.
    """

    local: str
    level: int
    module: str
    name: str
    line: int
    start: int = 0
    end: int = 0
    top: bool = True
    """Whether it stands on the module's level (in `if` and `try` too)."""


class Open(Row, frozen=True):
    """An occurrence whose answer needs other files: `kind` says how it is found (see `resolving`)."""

    kind: str
    text: str
    extra: str
    line: int
    start: int
    end: int
    count: int = 1
    """How many alike: a file's habits hold them once."""


class Function(Row, frozen=True):
    """A function: `owner` is the class around it ("" for the module's), parameters as they are named.

    `positional` counts those that may be given by position, the receiver left out.
    """

    name: str
    owner: str
    line: int
    parameters: tuple[str, ...]
    positional: int
    decorators: tuple[str, ...]
    doc: str
    """The first line of the docstring."""
    statements: int
    delegates: tuple[str, ...]
    """What the body hands its parameters to (dotted, by local names), the returned one first."""
    shape: int
    """Hash of the statements' kinds, 0 when it is too small to be a template."""
    top: bool


class Class(Row, frozen=True):
    name: str
    line: int
    bases: tuple[str, ...]
    methods: tuple[str, ...]
    doc: str
    decorators: tuple[str, ...]


class Call(Row, frozen=True):
    """Calls alike: what is called (dotted, by local names), positional arguments, keywords, how often, and where first.

    -1 positional arguments: some are unpacked.
    """

    target: str
    positional: int
    keywords: tuple[str, ...]
    count: int
    line: int


class Made(Row, frozen=True):
    """`name = target` or, when `called`, `name = target(...)` on the module's level; `target` is dotted."""

    name: str
    target: str
    called: bool
    line: int


class FileHabits(msgspec.Struct, frozen=True, array_like=True):
    """One file's tables. `counts` are (question, answer, occurrences, line of the first)."""

    counts: tuple[tuple[str, str, int, int], ...] = ()
    opens: tuple[Open, ...] = ()
    imports: tuple[Imported, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    calls: tuple[Call, ...] = ()
    names: tuple[tuple[str, str, int], ...] = ()
    """(kind, name, how often it is bound): what the file defines."""
    made: tuple[Made, ...] = ()


class Walked(NamedTuple):
    """A file's habits with the places of its occurrences."""

    occurrences: list[Occurrence]
    habits: FileHabits
    sites: list[tuple[Call, int, int]]
    """Each call with its place."""
