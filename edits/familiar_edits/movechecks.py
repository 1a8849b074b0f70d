"""What is proved of a move without running anything: it parses, is the same code, imports, and binds the same."""

from collections.abc import Mapping

from familiar_codegraph.graph import CodeGraph

from familiar_edits import importcycles, modulenames, movecode
from familiar_edits.afterwards import with_files
from familiar_edits.movecut import Piece
from familiar_edits.moverefs import Moving
from familiar_edits.steps import Step, checked
from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, Check


def run(
    graph: CodeGraph, changeset: ChangeSet, moving: Moving, piece: Piece, texts: Mapping[str, bytes]
) -> tuple[Check, ...]:
    """Return the checks of a move, in the order made; it ends with the first that fails."""
    python = [c for c in changeset.changes if c.path.endswith((".py", ".pyi"))]
    before = {c.path: b"" if c.kind == "create" else graph.data(c.path) for c in python}
    after = {c.path: edited(before[c.path], c.text_edits) for c in python}
    later = with_files(graph, after)
    modules = modulenames.dotted(graph, moving.source), modulenames.dotted(graph, moving.dest)
    steps: tuple[Step, ...] = (
        ("parse", lambda: movecode.parse(after)),
        ("code", lambda: movecode.same(before, after, moving, piece, modules)),
        ("imports", lambda: importcycles.check(graph, later, after, texts)),
        ("bindings", lambda: movecode.bound(graph, later, changeset, moving, piece)),
    )
    return checked(steps)
