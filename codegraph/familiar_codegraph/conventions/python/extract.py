"""All of Python's questions in one walk."""

from collections import Counter

import msgspec
from tree_sitter import Node, Tree

from familiar_codegraph.conventions.habits import FileHabits, Open, Walked
from familiar_codegraph.conventions.python import (
    annotations,
    definitions,
    documentation,
    errors,
    idioms,
    imports,
    layout,
    naming,
    testing,
)
from familiar_codegraph.conventions.python.pieces import Pieces
from familiar_codegraph.conventions.python.walk import Handler, Walk

_PARTS = (imports, naming, layout, annotations, documentation, errors, idioms, testing, definitions)


def _merged() -> dict[str, tuple[Handler, ...]]:
    found: dict[str, tuple[Handler, ...]] = {}
    for part in _PARTS:
        for kind, handlers in getattr(part, "HANDLERS").items():  # noqa: B009
            found[kind] = (*found.get(kind, ()), *handlers)
    return found


_HANDLERS = _merged()
_ENTER: tuple[Handler, ...] = (
    *naming.ENTER, *layout.ENTER, *annotations.ENTER, *documentation.ENTER, *definitions.ENTER,
)  # fmt: skip


def walk(data: bytes, tree: Tree, pieces: Pieces | None = None) -> Walked:
    """Return a file's occurrences and habits. Never raises on broken code: what cannot be read is passed over.

    `pieces`: functions that were counted before. Broken code is counted as a whole, for there it hangs on the rest of
    the file what is read of a function.
    """
    w = Walk(data, _HANDLERS, _ENTER, definitions.LEAVE)
    root = tree.root_node
    w.pieces = None if root.has_error else pieces
    doc = documentation.of_block(root)
    if doc is not None:
        documentation.docstring(w, doc)
    w.visit(root)
    for finish in (imports.finish, naming.finish, testing.finish):
        finish(w)
    _exports(w, root)
    for _, start, end in w.notes.get("tests.file", ()):
        w.opens.append(Open("test-file", "", "", data.count(b"\n", 0, start) + 1, start, end))
    return Walked(w.occurrences, _habits(w, data), w.sites)


def _exports(w: Walk, root: Node) -> None:
    """Does a module with public definitions say what it exports?"""
    names = [*(f.name for f in w.functions if f.top), *(c.name for c in w.classes)]
    nodes = [
        c for c in root.named_children if c.type in ("function_definition", "class_definition", "decorated_definition")
    ]
    if nodes and any(not name.startswith("_") for name in names):
        named = any(name == "__all__" for name, _, _ in w.notes.get("bound", ()))
        w.add("structure.all", "yes" if named else "no", nodes[0])


def _habits(w: Walk, data: bytes) -> FileHabits:
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for occurrence in w.occurrences:
        key = occurrence.question, occurrence.answer
        counts[key] += 1
        first[key] = min(first.get(key, occurrence.start), occurrence.start)
    lines = _lines(data, sorted(set(first.values())))
    return FileHabits(
        counts=tuple((q, a, n, lines[first[q, a]]) for (q, a), n in sorted(counts.items())),
        opens=tuple(w.opens),
        imports=tuple(w.imports),
        functions=tuple(w.functions),
        classes=tuple(w.classes),
        calls=w.call_rows(),
        made=tuple(w.made),
        names=tuple((kind, name, n) for (kind, name), n in sorted(w.names.items())),
    )


def _lines(data: bytes, offsets: list[int]) -> dict[int, int]:
    found, line, at = {}, 1, 0
    for offset in offsets:
        line += data.count(b"\n", at, offset)
        at = offset
        found[offset] = line
    return found


def condensed(habits: FileHabits) -> FileHabits:
    """Return what is kept of a file: what is open alike stands once, with its count."""
    alike: dict[tuple[str, str, str], Open] = {}
    for row in habits.opens:
        key = row.kind, row.text, row.extra
        known = alike.get(key)
        alike[key] = msgspec.structs.replace(known, count=known.count + 1) if known else row
    return msgspec.structs.replace(habits, opens=tuple(alike.values()))
