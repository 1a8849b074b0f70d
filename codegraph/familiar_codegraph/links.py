"""The symbol graph, one symbol at a time: what a function, class or module leads to, and how strongly.

Nodes are modules, classes, functions and module-level names; what is local to a function belongs to the function, and
a class's attributes to the class. Nothing is built ahead: the links of a symbol cost the lines of its own definition.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import log2, sqrt
from typing import TYPE_CHECKING

from familiar_codegraph import facts as f
from familiar_codegraph import reach
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.values import Verdict

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

Links = tuple[tuple[str, float], ...]
"""(id, weight) of each symbol that is led to, by id."""

_BASE, _CALL, _MENTION, _IMPORT, _CLASS, _MODULE, _MEMBERS = 1.5, 1.0, 0.6, 0.3, 0.4, 0.1, 0.8
_UNSURE = 0.3
_READ = (f.LOAD, f.ATTRIBUTE, f.STRING)


def links(graph: "CodeGraph", id: str) -> Links:
    """Return what a symbol leads to: by calls, bases, mentions, imports and containment."""
    path, _, qualname = id.partition("::")
    index = graph.index(path)
    if index is None:
        return ()
    return graph.resolver.keep(path, ("links", qualname), lambda: _links(graph, index, id, qualname))


def _links(graph: "CodeGraph", index: FileIndex, id: str, qualname: str) -> Links:
    if not qualname:
        found = _of_module(graph, index)
    else:
        definition = graph.symbols.definition(id)
        found = _of_definition(graph, index, definition[1]) if definition else _up(index.path, qualname)
    found.pop(id, None)
    return tuple(sorted(found.items()))


def damping(graph: "CodeGraph", id: str) -> float:
    """Return what a link to a symbol counts less because its name stands in many files: 1 for a rare one."""
    name = id.rpartition("::")[2].rpartition(".")[2].partition("#")[0]
    return 1.0 / sqrt(1.0 + log2(1 + len(graph.mentions(name))))


def _up(path: str, qualname: str) -> dict[str, float]:
    outer = qualname.rpartition(".")[0]
    return {f"{path}::{outer}": _CLASS} if outer else {path: _MODULE}


def _of_module(graph: "CodeGraph", index: FileIndex) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    own = [row for row in index.facts.defs if index.facts.scopes[row.scope].kind == f.MODULE_SCOPE]
    for row in own:
        found[_id(index, row)] += _MEMBERS / len(own)
    for brought in index.facts.imports:
        for target in reach.imported_files(graph, index.path, brought):
            found[target] += _IMPORT
    return found


def _of_definition(graph: "CodeGraph", index: FileIndex, row: f.Def) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    inner = _inner(index, row) if row.kind == "class" else []
    for member in inner:
        found[_id(index, member)] += _MEMBERS / len(inner)
    for id, weight in _up(index.path, index.facts.scopes[row.inner].qualname).items():
        found[id] += weight
    bases = {_use(index, expression) for expression in row.bases}
    counts: dict[tuple[str, float], int] = defaultdict(int)
    for number in own_uses(index, row, inner):
        for id, verdict in targets(graph, index, number):
            use = index.facts.uses[number]
            kind = _BASE if number in bases else _CALL if use.extra == 1 and use.role != f.STRING else _MENTION
            counts[id, kind * (1.0 if verdict == "yes" else _UNSURE)] += 1
    for (id, weight), count in counts.items():
        found[id] += weight * sqrt(count)
    return found


def _inner(index: FileIndex, row: f.Def) -> list[f.Def]:
    """Return the definitions directly inside a class."""
    return [d for d in index.facts.defs if d.scope == row.inner]


def own_uses(index: FileIndex, row: f.Def, without: Iterable[f.Def] = ()) -> Iterator[int]:
    """Yield the uses in a definition, decorators and header included, but for those inside `without`."""
    spans = [(d.start, d.end) for d in without]
    for number in range(bisect_left(index.starts, row.start), bisect_left(index.starts, row.end)):
        start = index.facts.uses[number].start
        if number != row.use and not any(a <= start < b for a, b in spans):
            yield number


def targets(graph: "CodeGraph", index: FileIndex, number: int) -> list[tuple[str, Verdict]]:
    """Return the nodes that a use leads to; of one that may mean several, those are `unsure`."""
    use = index.facts.uses[number]
    if use.role not in _READ:
        return []
    means = meaning(graph.resolver, index, number)
    found = (node(graph, id) for id in means.targets)
    return [(id, means.verdict) for id in found if id is not None]


def node(graph: "CodeGraph", id: str) -> str | None:
    """Return the node that stands for a symbol: itself, or the class of an attribute; None for what is local."""
    symbol = graph.symbol(id)
    if symbol is None or symbol.kind in ("parameter", "alias"):
        return None
    if symbol.kind == "attribute":
        return symbol.scope
    if symbol.kind == "variable" and symbol.scope != symbol.path:
        return None
    return id


def _use(index: FileIndex, expression: int) -> int:
    row = index.facts.exprs[expression] if expression >= 0 else None
    while row is not None and row.op == f.SUBSCRIPT and row.a >= 0:
        row = index.facts.exprs[row.a]
    if row is None or row.op not in (f.NAME, f.ATTR):
        return -1
    return row.a if row.op == f.NAME else row.b


def _id(index: FileIndex, row: f.Def) -> str:
    return f"{index.path}::{index.facts.scopes[row.inner].qualname}"


def before(index: FileIndex, offset: int) -> Iterator[int]:
    """Yield the uses that end before `offset`, the nearest first, those of the same function or class only."""
    around = reach.enclosing(index, offset)
    first = around.start if around else 0
    for number in range(bisect_left(index.starts, offset) - 1, -1, -1):
        use = index.facts.uses[number]
        if use.start < first:
            return
        if use.end <= offset:
            yield number
