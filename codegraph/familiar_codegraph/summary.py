"""What is kept in memory of every file, so that questions know which files' facts to read."""

from collections import Counter
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph.languages.sections import Joined
from familiar_codegraph.languages.tally import is_test


class Summary(f.Row, frozen=True):
    names: str
    """Every identifier of the file, and every segment of its strings that may name code, separated by blanks."""
    members: str
    """Names bound in class scopes, separated by blanks."""
    imports: tuple[f.Import, ...]
    problems: tuple[f.Problem, ...]
    interface: str
    lines: int
    symbols: int
    references: int
    resolved: dict[str, int]
    tests: bool
    """Whether a function is named like a test or decorated as a fixture."""


def summarize(facts: f.FileFacts) -> Summary:
    """Return what `facts` contribute to the look-ups of a repository."""
    counted = _joined(facts) if isinstance(facts.uses, Joined) else _counted(facts)
    return Summary(
        names=" ".join(facts.names),
        members=" ".join(sorted(counted.members)),
        imports=facts.imports,
        problems=facts.problems,
        interface=facts.interface,
        lines=facts.lines,
        symbols=counted.symbols,
        references=len(facts.uses) - counted.roles[f.STORE] - counted.roles[f.ATTRIBUTE_STORE],
        resolved=_resolved(counted),
        tests=counted.tests,
    )


class _Counted(NamedTuple):
    """What a file holds; `imported` names are bound by an import, `outside` ones by nothing in it."""

    members: set[str]
    symbols: int
    roles: Counter[int]
    imported: int
    outside: int
    tests: bool


def _counted(facts: f.FileFacts) -> _Counted:
    names = facts.names
    members = {b.name for b in facts.binds if b.name >= 0 and facts.scopes[b.scope].kind in f.MEMBER_SCOPES}
    symbols = {(b.scope, b.name) for b in facts.binds if b.name >= 0 and b.kind != f.IMPORT}
    imports = {(b.scope, b.name) for b in facts.binds if b.kind == f.IMPORT}
    loads = Counter([(use.ref, use.name) for use in facts.uses if use.role == f.LOAD])
    return _Counted(
        members={names[member] for member in members},
        symbols=len(symbols - imports),
        roles=Counter([use.role for use in facts.uses]),
        imported=sum(count for key, count in loads.items() if key[0] >= 0 and key in imports),
        outside=sum(count for (ref, _), count in loads.items() if ref < 0),
        tests=any(is_test(d.kind, names[d.name], d.decorator_names) for d in facts.defs),
    )


def _joined(facts: f.FileFacts) -> _Counted:
    """Return the same of a file in sections."""
    assert isinstance(facts.uses, Joined)
    sections = facts.uses.sections
    tallies = [section.tally() for section in sections]
    shared, imports, roles = set[tuple[int, str]](), set[tuple[int, str]](), Counter[int]()
    for section, own in zip(sections, tallies, strict=True):
        shared.update([(scope, name) for inner, name in own.shared if (scope := section.scope(inner)) >= 0])
        imports.update([(section.scope(inner), name) for inner, name in own.imports])
        for role, times in own.roles:
            roles[role] += times
    imported = outside = 0
    for section, own in zip(sections, tallies, strict=True):
        for inner, name, times in own.read:
            scope = section.scope(inner)
            if scope < 0:
                outside += times
            elif (scope, name) in imports:
                imported += times
    return _Counted(
        members=set().union(*(own.members for own in tallies)),
        symbols=len(shared - imports) + sum(own.symbols for own in tallies),
        roles=roles,
        imported=imported + sum(own.imported for own in tallies),
        outside=outside,
        tests=any(own.tests for own in tallies),
    )


def _resolved(counted: _Counted) -> dict[str, int]:
    """Count references by what decides them; those with a receiver are decided when they are asked about."""
    roles = counted.roles
    counts = {
        "scope": roles[f.LOAD] - counted.outside - counted.imported,
        "import": counted.imported + roles[f.IMPORTED] + roles[f.MODULE],
        "string": roles[f.STRING],
        "receiver": roles[f.ATTRIBUTE] + roles[f.KEYWORD],
        "outside": counted.outside,
    }
    return {kind: count for kind, count in counts.items() if count}
