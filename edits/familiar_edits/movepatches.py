"""Who replaces or reads a name in a module from outside: `mock.patch`, and texts that name it by its module.

A patched name is replaced for those who look it up in that module. So a string that patches the moved name follows
those who look it up: it stays while the old module still uses the name, and goes where it is used by `module.name`.
"""

import re
from collections.abc import Mapping, Sequence

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex

from familiar_edits import modulenames
from familiar_edits.movecut import Piece
from familiar_edits.moveneeds import Need
from familiar_edits.moverefs import Mention, Moving, Rewriting
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place


def kept(graph: CodeGraph, moving: Moving, piece: Piece, files: Sequence[Rewriting]) -> list[int]:
    """Return where the old module uses the name outside of what is moved."""
    index = graph.index(moving.source)
    assert index
    uses = (index.facts.uses[n] for n in index.uses_of.get(moving.name, ()))
    return [u.start for u in uses if u.role == f.LOAD and u.ref == 0 and not piece.start <= u.start < piece.end]


def decide(
    graph: CodeGraph, moving: Moving, piece: Piece, needed: Sequence[Need], files: Sequence[Rewriting]
) -> list[tuple[Place, str]]:
    """Return the edits of the strings that patch the moved name.

    Raises:
        Refusal: no single module is right, or a name that the moved code needs is patched in its old module.
    """
    patches = [(file, number) for file in files for number in file.patched]
    through = [file for file in files if file.through]
    staying = kept(graph, moving, piece, files)
    if patches and staying and through:
        file, number = patches[0]
        use = file.index.facts.uses[number]
        raise Refusal(f"{file.at(use.start)} replaces {moving.name} in {moving.source}, where both this module and "
                      "others would look it up in different places: replace it there first.")  # fmt: skip
    _needed_patched(graph, moving, needed)
    if staying:
        return []
    out = []
    for file, number in patches:
        use = file.index.facts.uses[number]
        row = file.index.facts.strings[use.ref]
        if row.kind != f.PATH:
            raise Refusal(f"{file.at(use.start)} replaces {moving.name} in its old module by an object: change it "
                          "there first.")  # fmt: skip
        prefix = ".".join(row.text.split(".")[: use.extra])
        start = use.start - len(prefix.encode()) - 1
        out.append((Place(file.source.path, start, use.start - 1), modulenames.dotted(graph, moving.dest)))
    return out


def replaced(moving: Moving, staying: Sequence[int], files: Sequence[Rewriting]) -> bool:
    """Return whether the name is replaced in the old module, for those who look it up there; all of them do.

    Raises:
        Refusal: those who would look it up in the new module would no longer see it.
    """
    found = [(file, number) for file in files for number in file.stored]
    if found and (not staying or any(file.through and file.source.path == moving.dest for file in files)):
        file, number = found[0]
        raise Refusal(f"{file.at(file.index.facts.uses[number].start)} gives {moving.name} of the module another "
                      "value: what is moved could no longer be replaced there.")  # fmt: skip
    return bool(found)


def _needed_patched(graph: CodeGraph, moving: Moving, needed: Sequence[Need]) -> None:
    """Tests that replace what the moved code uses, in its old module, would no longer reach it."""
    for need in needed:
        for path in graph.mentions(need.name):
            index = graph.index(path)
            if index is None or path == moving.source:
                continue
            for number in index.uses_of.get(need.name, ()):
                use = index.facts.uses[number]
                if _replaces(graph, moving, index, use):
                    line = LineIndex(graph.data(path)).position(use.start).line
                    raise Refusal(f"{path}:{line} replaces {need.name} in {moving.source}; {moving.name}, which uses "
                                  "it, would no longer see that: change it there first.")  # fmt: skip


def _replaces(graph: CodeGraph, moving: Moving, index: FileIndex, use: f.Use) -> bool:
    def module(expression: int) -> str:
        row = index.facts.exprs[expression] if expression >= 0 else None
        if row is None or row.op not in (f.NAME, f.ATTR):
            return ""
        means = occurrences.meaning(graph.resolver, index, row.a if row.op == f.NAME else row.b)
        return means.targets[0] if len(means.targets) == 1 else ""

    if use.role == f.ATTRIBUTE_STORE:
        return module(use.ref) == moving.source
    if use.role != f.STRING:
        return False
    row = index.facts.strings[use.ref]
    if row.kind == f.GETATTR:
        return module(row.receiver) == moving.source
    if row.kind not in (f.PATH, f.PLAIN) or use.extra == 0:
        return False
    found = graph.modules.absolute(".".join(row.text.split(".")[: use.extra]), index.path)
    return found is not None and found.path == moving.source


def texts(graph: CodeGraph, moving: Moving, others: Mapping[str, bytes]) -> list[Mention]:
    """Return where comments, docstrings and other texts name the symbol by its module."""
    old, new = modulenames.dotted(graph, moving.source), modulenames.dotted(graph, moving.dest)
    pattern = re.compile(
        rb"(?<![\w.])" + re.escape(old.encode()) + rb"(?=[.:]" + re.escape(moving.name.encode()) + rb"(?!\w))"
    )
    out = []
    for path in graph.files():
        index = graph.index(path) if path.endswith((".py", ".pyi")) else None
        if index is None or pattern.search(graph.data(path)) is None:
            continue
        spans = [u.start for u in index.facts.uses]
        for match in pattern.finditer(graph.data(path)):
            if match.start() not in spans:
                out.append(Mention(Place(path, *match.span()), new, "a text that names it by its module", False))
    for path, data in sorted(others.items()):
        for match in pattern.finditer(data):
            out.append(Mention(Place(path, *match.span()), new, "a text that names it by its module", False))
    return out
