"""Which of a name's binds can still hold where it is used: the order of statements, blocks and loops."""

from collections.abc import Sequence

from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex

_NESTED = frozenset({
    f.ATTR, f.CALL, f.SUBSCRIPT, f.DISPLAY, f.ALTERNATIVES, f.AWAIT, f.ITERATE, f.ITEM, f.ENTER,
})  # fmt: skip
_INNER = frozenset({f.COMPREHENSION_SCOPE, f.BLOCK_SCOPE})


def dotted(index: FileIndex, number: int) -> str:
    """Return `a.b.c` for an expression of names and attributes, else an empty string."""
    parts: list[str] = []
    while number >= 0 and index.facts.exprs[number].op == f.ATTR:
        row = index.facts.exprs[number]
        parts.append(index.facts.names[index.facts.uses[row.b].name])
        number = row.a
    if number < 0 or index.facts.exprs[number].op != f.NAME:
        return ""
    parts.append(index.facts.names[index.facts.uses[index.facts.exprs[number].a].name])
    return ".".join(reversed(parts))


def same_run(index: FileIndex, use: f.Use) -> bool:
    """Return whether the use runs when its scope's statements run: only comprehensions lie in between."""
    scope = use.scope
    while scope != use.ref and index.facts.scopes[scope].kind in _INNER:
        scope = index.facts.scopes[scope].parent
    return scope == use.ref


def reaching(index: FileIndex, binds: Sequence[int], use: f.Use) -> Sequence[int]:
    """Return those of a name's binds whose value can still be there at `use`.

    The last bind before the use in a block that holds the use hides all earlier ones; binds in between (in branches)
    and, in loops that hold the use but not that bind, later ones count too.
    """
    if len(binds) < 2:
        return binds
    facts = index.facts

    def start(number: int) -> int:
        return facts.uses[facts.binds[number].use].start

    kept = [b for b in binds if facts.binds[b].kind not in (f.AUGMENT, f.DELETE)]
    later = {b for b in kept if start(b) > use.start or _made_of(facts, facts.binds[b], use)}
    last = None
    for number in kept:
        if number not in later and start(number) < use.start < facts.binds[number].block_end:
            last = number
    if last is None:
        return kept
    low = start(last)
    looped = [(s, e) for s, e in facts.loops if s <= use.start < e and s > low]
    return [
        b
        for b in kept
        if b == last
        or (b not in later and low < start(b) < use.start)
        or (b in later and any(s <= start(b) < e for s, e in looped))
    ]


def _made_of(facts: f.FileFacts, bind: f.Bind, use: f.Use) -> bool:
    """Return whether a bind's value is made of what is read at `use`: `x = x.next` reads the `x` of before."""
    waiting = [bind.value] if bind.kind == f.ASSIGN and bind.value >= 0 else []
    while waiting:
        row = facts.exprs[waiting.pop()]
        if row.op == f.NAME and facts.uses[row.a].start == use.start:
            return True
        if row.op in _NESTED:
            waiting += [inner for inner in (row.a, *row.items) if inner >= 0]
    return False


def rebound(index: FileIndex, key: str, start: int, use: f.Use) -> bool:
    name, end, scope = key.partition(".")[0], use.start, use.scope
    while scope >= 0 and (scope, name) not in index.binds:
        scope = index.facts.scopes[scope].parent
    binds = (index.facts.binds[b] for b in index.binds.get((scope, name), ()))
    if any(start <= index.facts.uses[b.use].start < end and not _made_of(index.facts, b, use) for b in binds):
        return True
    last = key.rpartition(".")[2]
    uses = (index.facts.uses[u] for u in index.uses_of.get(last, ())) if "." in key else ()
    return any(u.role == f.ATTRIBUTE_STORE and start <= u.start < end for u in uses)


def is_unbound(index: FileIndex, use: f.Use) -> bool:
    """Return whether a name of the module is read before any statement there binds it: `str = str`."""
    if use.ref != 0 or index.is_ecma or not same_run(index, use):
        return False
    facts = index.facts
    if any(start <= use.start < end for start, end in facts.loops):
        return False
    for number in index.binds.get((0, facts.names[use.name]), ()):
        bind = facts.binds[number]
        if facts.uses[bind.use].start < use.start and not _made_of(facts, bind, use):
            return False
    return True


def is_overloaded(index: FileIndex, binds: Sequence[int]) -> bool:
    rows = (index.facts.binds[b] for b in binds)
    names = (index.facts.defs[b.value].decorator_names for b in rows if b.kind == f.DEFINE)
    return any(n.rpartition(".")[2] == "overload" for found in names for n in found)
