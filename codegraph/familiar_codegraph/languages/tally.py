"""What one piece adds to the summary of its file."""

from collections import Counter
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Piece


class Tally(NamedTuple):
    """Counts and names; what concerns scopes that other pieces share is counted when the whole file is known.

    Scopes are numbered as in the piece (see `Piece`), names written out.
    """

    roles: tuple[tuple[int, int], ...]
    """How many uses there are of each role."""
    imported: int
    """How many of its own names are read that an import binds inside of it."""
    read: tuple[tuple[int, str, int], ...]
    """Names of shared scopes, or of none, that are read: scope, name, how often."""
    symbols: int
    """How many names are bound in its own scopes, imports left out."""
    shared: frozenset[tuple[int, str]]
    """Names bound in shared scopes, imports left out."""
    imports: frozenset[tuple[int, str]]
    """Names that imports bind in shared scopes."""
    members: frozenset[str]
    """Names bound in classes."""
    tests: bool
    """Whether a function is named like a test or decorated as a fixture."""


def tally(piece: Piece, kinds: tuple[int, ...], shared: int) -> Tally:
    """Return what a piece adds; `kinds` are those of the scopes around it, its first `shared` scopes are shared."""
    names, kinds = piece.names, (*kinds, *(row[0] for row in piece.scopes))
    bound = {(row[0], names[row[1]]) for row in piece.binds if row[1] >= 0 and row[2] != f.IMPORT}
    imports = {(row[0], names[row[1]]) for row in piece.binds if row[1] >= 0 and row[2] == f.IMPORT}
    loads = Counter([(row[5], row[2]) for row in piece.uses if row[4] == f.LOAD])
    imported, read = 0, []
    for (scope, name), count in loads.items():
        if scope < shared:
            read.append((scope, names[name], count))
        elif (scope, names[name]) in imports:
            imported += count
    return Tally(
        roles=tuple(Counter([row[4] for row in piece.uses]).items()),
        imported=imported,
        read=tuple(read),
        symbols=sum(scope >= shared for scope, _ in bound - imports),
        shared=frozenset(key for key in bound if key[0] < shared),
        imports=frozenset(key for key in imports if key[0] < shared),
        members=frozenset(
            names[row[1]] for row in piece.binds if row[1] >= 0 and row[0] >= 0 and kinds[row[0]] in f.MEMBER_SCOPES
        ),
        tests=any(is_test(row["kind"], names[row["name"]], row["decorator_names"]) for row in piece.defs),
    )


def is_test(kind: str, name: str, decorators: tuple[str, ...]) -> bool:
    """Return whether a definition of this name is a test, or what tests use."""
    return kind == "test" or name.startswith("test") or "fixture" in decorators
