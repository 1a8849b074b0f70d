"""Code elsewhere that matters to a place, for whoever has to write there: what is called, what is held, what is alike.

Signatures of what the lines around call, classes whose members are in play, the method that is overridden here, the
same method of sibling classes, callers and tests of this function, and what calls of other packages take. All is taken
from one snapshot, in which an open file is as the editor has it: what is not written yet is nowhere. Work is bounded by
counts, never by a clock, so that the same snapshot gives the same pieces.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from familiar_codegraph import classes, fixtures, hierarchy, links, outsiders, ranking, surroundings
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.types import Value

Kind = Literal["callee", "class", "overridden", "sibling", "caller", "test", "outside"]
FILES = 12
"""Files that are named, at most."""
_PLAY = 1_500
"""Bytes on each side of the place in which something is in play."""
_SEEN = 2_500
"""Bytes on each side of the place that whoever writes there sees anyway."""
_USES, _NODES, _OUTSIDE = 60, 12, 3
_LINES, _WIDTH, _MEMBERS = 20, 110, 24
_CROWD = 12
"""A name in more files than this is not followed to its callers."""
_PUSHES = 60
_PATIENCE = 0.01
"""Seconds that a file of another package is waited for; it is read in the background then."""


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """Some code: `path` is relative to the root, or a dotted module outside of it; `start` is a byte of the file."""

    kind: Kind
    path: str
    start: int
    text: str


class Nearby(msgspec.Struct, frozen=True):
    """For `path` from byte `start` to `end`: pieces, the most telling first, and the files that matter most."""

    path: str
    start: int
    end: int
    pieces: tuple[Piece, ...]
    files: tuple[str, ...]


def nearby(graph: CodeGraph, path: str, offset: int) -> Nearby | None:
    """Return what matters at `offset` of a Python file of the snapshot, None for other files."""
    index = graph.index(path)
    if index is None or index.is_ecma:
        return None
    scope = surroundings.scope_at(index, graph.data(path), offset)
    found = dict.fromkeys(
        piece
        for piece in (
            *_overridden(graph, index, scope),
            *_in_play(graph, index, scope, offset),
            *_siblings(graph, index, scope),
            *_callers(graph, index, scope),
        )
        if piece.path != path or abs(piece.start - offset) > _SEEN
    )
    row = index.facts.scopes[scope]
    return Nearby(path, row.start, row.end, tuple(found), _files(graph, path, offset))


def _files(graph: CodeGraph, path: str, offset: int) -> tuple[str, ...]:
    scores: dict[str, float] = {}
    for id, score in ranking.rank(graph, ranking.seeds_at(graph, path, offset), _PUSHES).ranked:
        file = id.partition("::")[0]
        scores[file] = scores.get(file, 0.0) + score
    scores.pop(path, None)
    return tuple(sorted(scores, key=lambda file: (-scores[file], file))[:FILES])


# ---------------------------------------------------------------- what the lines around use


def _in_play(graph: CodeGraph, index: FileIndex, scope: int, offset: int) -> Iterator[Piece]:
    """Yield what is called and held around the place, the nearest first; methods of a shown class stand in it."""
    nodes: dict[str, bool] = {}
    outside: dict[str, None] = {}
    for number in _uses(index, scope, offset):
        targets = [id for id, verdict in links.targets(graph, index, number) if verdict == "yes"]
        nodes.update({id: True for id in targets[:2] if "::" in id})
        if not targets and index.facts.uses[number].extra == 1 and len(outside) < _OUTSIDE:
            name = outsiders.name_of(graph.resolver, index, number)
            if name and not name.startswith("builtins."):
                outside[name] = None
    for name in outside:
        yield from _outside(graph, name)
    nodes |= dict.fromkeys(_held(graph, index, scope, offset), True)
    shown = [id for id in nodes if not _inside(index, id, scope)][:_NODES]
    whole = {id for id in shown if (symbol := graph.symbol(id)) is not None and symbol.kind == "class"}
    for id in shown:
        if id.rpartition(".")[0] not in whole:
            yield from _definition(graph, id)


def _uses(index: FileIndex, scope: int, offset: int) -> list[int]:
    """Return the names that are read around the place within its scope, the nearest first, what stands before first."""
    row = index.facts.scopes[scope]
    first, last = max(row.start, offset - _PLAY), min(max(row.end, offset), offset + _PLAY)
    numbers = range(bisect_left(index.starts, first), bisect_left(index.starts, last))
    uses = index.facts.uses
    read = [number for number in numbers if uses[number].role in (f.LOAD, f.ATTRIBUTE)]
    return sorted(read, key=lambda n: (abs(uses[n].start - offset), n))[:_USES]


def _held(graph: CodeGraph, index: FileIndex, scope: int, offset: int) -> Iterator[str]:
    """Yield the classes of what stands before a dot near the place."""
    for types in surroundings.held(graph.resolver, index, graph.data(index.path), scope, offset, _PLAY).values():
        for value in types.values[:2]:
            if value.kind in ("instance", "class") and hierarchy.class_values(graph, f"{value.path}::{value.name}"):
                yield f"{value.path}::{value.name}"


def _inside(index: FileIndex, id: str, scope: int) -> bool:
    """Whether a symbol is the function or class that is being written, or one around it."""
    own = f"{index.path}::{index.facts.scopes[scope].qualname}"
    return own == id or own.startswith(f"{id}.")


def _outside(graph: CodeGraph, name: str) -> Iterator[Piece]:
    with graph.library.patience(_PATIENCE):
        found = graph.library.describe(name)
    if found is None or not found.signature:
        return
    head = f"{'class' if found.kind == 'class' else 'def'} {name.rpartition('.')[2]}{found.signature}"
    yield Piece("outside", name.rpartition(".")[0], 0, _with_doc(head, found.doc))


# ---------------------------------------------------------------- what is alike


def _method(index: FileIndex, scope: int) -> tuple[Value, str] | None:
    """Return the class and the name of the method that is being written."""
    row = index.facts.scopes[scope]
    if row.kind != f.FUNCTION_SCOPE or row.definition < 0 or index.facts.scopes[row.parent].kind != f.CLASS_SCOPE:
        return None
    name = index.facts.names[index.facts.defs[row.definition].name]
    return Value("class", index.path, index.facts.scopes[row.parent].qualname), name


def _overridden(graph: CodeGraph, index: FileIndex, scope: int) -> Iterator[Piece]:
    """Yield the method that this one overrides; in a class's own body, the classes that it inherits from."""
    method = _method(index, scope)
    if method is None:
        row = index.facts.scopes[scope]
        own = Value("class", index.path, row.qualname) if row.kind == f.CLASS_SCOPE else None
        for base in classes.mro(graph.resolver, own)[1:3] if own else ():
            if base.kind == "class":
                yield from _class(graph, f"{base.path}::{base.name}", "overridden")
        return
    for base in classes.mro(graph.resolver, method[0])[1:]:
        id = f"{base.path}::{base.name}.{method[1]}"
        if base.kind == "class" and graph.symbols.definition(id):
            yield from _body(graph, id, "overridden")
            return


def _siblings(graph: CodeGraph, index: FileIndex, scope: int) -> Iterator[Piece]:
    """Yield the same method of classes that share a base; without a base, of the few others that have one so named."""
    method = _method(index, scope)
    if method is None:
        return
    own, name = method
    base = next((entry for entry in classes.mro(graph.resolver, own)[1:] if entry.kind == "class"), None)
    if base is not None:
        found = [f"{id}.{name}" for id in hierarchy.descendants(graph, f"{base.path}::{base.name}")]
    elif name.startswith("__") or len(graph.member_files(name)) > _CROWD:
        return
    else:
        found = list(graph.members(name, like=index.path))
    mine = f"{own.path}::{own.name}.{name}"
    folder = index.path.rpartition("/")[0]
    others = sorted(
        (id for id in found if id != mine and graph.symbols.definition(id)),
        key=lambda id: (id.partition("::")[0].rpartition("/")[0] != folder, id),
    )
    for id in others[:2]:
        yield from _body(graph, id, "sibling")


def _callers(graph: CodeGraph, index: FileIndex, scope: int) -> Iterator[Piece]:
    """Yield lines that call the function that is being written: one of the tests, one of the code."""
    row = index.facts.scopes[scope]
    if row.kind != f.FUNCTION_SCOPE or row.definition < 0:
        return
    name = index.facts.uses[index.facts.defs[row.definition].use]
    if len(graph.mentions(index.facts.names[name.name])) > _CROWD:
        return
    seen: set[Kind] = set()
    for answer in graph.callers(index.path, name.start).answers:
        kind: Kind = "test" if fixtures.is_test_file(answer.path) else "caller"
        if kind in seen or (answer.path == index.path and row.start <= answer.start < row.end):
            continue
        seen.add(kind)
        lines, at = graph.data(answer.path).split(b"\n"), graph.data(answer.path).count(b"\n", 0, answer.start)
        text = b"\n".join(lines[max(at - 2, 0) : at + 3]).decode("utf-8", "replace")
        yield Piece(kind, answer.path, answer.start, text.strip("\n"))


# ---------------------------------------------------------------- how it is shown


def _definition(graph: CodeGraph, id: str) -> Iterator[Piece]:
    symbol = graph.symbol(id)
    if symbol is not None and symbol.kind == "class":
        yield from _class(graph, id, "class")
    elif symbol is not None and symbol.kind in ("function", "method", "property"):
        found = graph.symbols.definition(id)
        if found is not None:
            yield Piece("callee", symbol.path, found[1].start, _function(found[0], found[1]))


def _class(graph: CodeGraph, id: str, kind: Kind) -> Iterator[Piece]:
    """Yield a class without bodies: its methods' signatures, and the lines that bind its other members first."""
    found = graph.symbols.definition(id)
    if found is None:
        return
    index, row = found
    name, data = index.facts.names[row.name], graph.data(index.path)
    lines: list[tuple[int, str]] = []
    for member in index.members.get(row.inner, ()):
        binds = [index.facts.binds[number] for number in index.binds.get((row.inner, member), ())]
        if not binds or (member.startswith("_") and member != "__init__"):
            continue
        bind = next((b for b in binds if b.kind == f.DEFINE), binds[0])
        start = index.facts.uses[bind.use].start
        inner = index.facts.defs[bind.value] if bind.kind == f.DEFINE else None
        lines.append((start, _function(index, inner, doc=False) if inner else _line(data, start)))
    text = [_with_doc(f"class {name}{row.signature}", row.doc), *dict.fromkeys(line for _, line in sorted(lines))]
    body = "\n".join(f"    {line}" for line in text[1 : _MEMBERS + 1])
    yield Piece(kind, index.path, row.start, f"{text[0]}\n{body}".rstrip())


def _function(index: FileIndex, row: f.Def, *, doc: bool = True) -> str:
    head = f"{'async ' * row.is_async}def {index.facts.names[row.name]}{row.signature}"
    return _with_doc(head, row.doc if doc else "")


def _with_doc(head: str, doc: str) -> str:
    cut = head if len(head) <= 2 * _WIDTH else head[: 2 * _WIDTH - 1] + "…"
    return f"{cut}:  # {doc[: max(_WIDTH - len(cut), 30)]}" if doc else f"{cut}: ..."


def _line(data: bytes, offset: int) -> str:
    start, end = data.rfind(b"\n", 0, offset) + 1, data.find(b"\n", offset)
    return data[start : end if end >= 0 else len(data)].decode("utf-8", "replace").strip()[:_WIDTH]


def _body(graph: CodeGraph, id: str, kind: Kind) -> Iterator[Piece]:
    """Yield the first lines of a function, with the name of its class."""
    found = graph.symbols.definition(id)
    if found is None:
        return
    index, row = found
    data = graph.data(index.path)
    start = data.rfind(b"\n", 0, row.start) + 1
    lines = data[start : row.end].decode("utf-8", "replace").splitlines()[:_LINES]
    above = _named(index, row)
    yield Piece(kind, index.path, row.start, "\n".join([*above, *lines]))


def _named(index: FileIndex, row: f.Def) -> Iterable[str]:
    outer = index.facts.scopes[row.scope]
    return [f"class {outer.qualname}:"] if outer.kind == f.CLASS_SCOPE else []
