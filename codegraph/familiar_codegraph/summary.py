"""What is kept in memory of every file, so that questions know which files' facts to read."""

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
    return Summary(
        names=" ".join(facts.names),
        members=" ".join(sorted(facts.names[m] for m in members)),
        imports=facts.imports,
        problems=facts.problems,
        interface=facts.interface,
        lines=facts.lines,
        symbols=len(symbols - imports),
        references=sum(u.role not in (f.STORE, f.ATTRIBUTE_STORE) for u in facts.uses),
        resolved=_resolved(facts, imports),
        tests=any(_is_test(facts, d) for d in facts.defs),
    )


def _is_test(facts: f.FileFacts, row: f.Def) -> bool:
    return row.kind == "test" or facts.names[row.name].startswith("test") or "fixture" in row.decorator_names


def _resolved(facts: f.FileFacts, imports: set[tuple[int, int]]) -> dict[str, int]:
    """Count references by what decides them; those with a receiver are decided when they are asked about."""
    counts = dict.fromkeys(("scope", "import", "string", "receiver", "outside"), 0)
    for use in facts.uses:
        if use.role == f.LOAD:
            kind = "outside" if use.ref < 0 else "import" if (use.ref, use.name) in imports else "scope"
        elif use.role in (f.IMPORTED, f.MODULE):
            kind = "import"
        elif use.role == f.STRING:
            kind = "string"
        elif use.role in (f.ATTRIBUTE, f.KEYWORD):
            kind = "receiver"
        else:
            continue
        counts[kind] += 1
    return {kind: count for kind, count in counts.items() if count}
