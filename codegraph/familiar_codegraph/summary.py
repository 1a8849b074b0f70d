"""What is kept in memory of every file, so that questions know which files' facts to read."""

from collections import Counter

from familiar_codegraph import facts as f


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
    members = {b.name for b in facts.binds if b.name >= 0 and facts.scopes[b.scope].kind in f.MEMBER_SCOPES}
    symbols = {(b.scope, b.name) for b in facts.binds if b.name >= 0 and b.kind != f.IMPORT}
    imports = {(b.scope, b.name) for b in facts.binds if b.kind == f.IMPORT}
    roles = Counter([use.role for use in facts.uses])
    return Summary(
        names=" ".join(facts.names),
        members=" ".join(sorted(facts.names[m] for m in members)),
        imports=facts.imports,
        problems=facts.problems,
        interface=facts.interface,
        lines=facts.lines,
        symbols=len(symbols - imports),
        references=len(facts.uses) - roles[f.STORE] - roles[f.ATTRIBUTE_STORE],
        resolved=_resolved(facts, roles, imports),
        tests=any(_is_test(facts, d) for d in facts.defs),
    )


def _is_test(facts: f.FileFacts, row: f.Def) -> bool:
    return row.kind == "test" or facts.names[row.name].startswith("test") or "fixture" in row.decorator_names


def _resolved(facts: f.FileFacts, roles: Counter[int], imports: set[tuple[int, int]]) -> dict[str, int]:
    """Count references by what decides them; those with a receiver are decided when they are asked about."""
    loads = Counter([(use.ref, use.name) for use in facts.uses if use.role == f.LOAD])
    outside = sum(count for (ref, _), count in loads.items() if ref < 0)
    imported = sum(count for key, count in loads.items() if key[0] >= 0 and key in imports)
    counts = {
        "scope": roles[f.LOAD] - outside - imported,
        "import": imported + roles[f.IMPORTED] + roles[f.MODULE],
        "string": roles[f.STRING],
        "receiver": roles[f.ATTRIBUTE] + roles[f.KEYWORD],
        "outside": outside,
    }
    return {kind: count for kind, count in counts.items() if count}
