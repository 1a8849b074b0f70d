"""The binding graph before, with the name mapped, must be the binding graph after.

Every occurrence of the old and of the new name, in every file that spells one of them, is resolved again on the files
as they would be. Whatever meant something for certain must mean the same thing afterwards, under its new name.
"""

from collections.abc import Iterable, Iterator, Mapping

from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex

from familiar_edits.afterwards import with_files
from familiar_edits.places import Renamed
from familiar_edits.textedits import moved
from familiar_edits.values import ChangeSet, TextEdit


def same(
    graph: CodeGraph, changeset: ChangeSet, after: Mapping[str, bytes], renamed: Renamed, new: str
) -> tuple[bool, str]:
    """Return whether every binding stays, and a sentence: how many were compared, or the first that does not."""
    later = with_files(graph, after)
    edits = {change.path: change.text_edits for change in changeset.changes}
    paths = sorted({*graph.mentions(renamed.name), *graph.mentions(new), *edits})
    renames = _Renames(renamed, new)
    count = 0
    for path in paths:
        first, second = graph.index(path), later.index(path)
        if first is None or second is None:
            continue
        for number, other in _pairs(first, second, edits.get(path, ()), {renamed.name, new}):
            count += 1
            if other < 0:
                return False, f"The name at {_where(graph, path, first, number)} would be read differently afterwards."
            if what := _changed(graph, later, first, second, number, other, renames):
                return False, f"At {_where(graph, path, first, number)} {what}."
    return True, f"{count} occurrences in {len(paths)} files mean the same afterwards."


class _Renames:
    """What ids become: those of the renamed symbols, and of what lies inside them."""

    def __init__(self, renamed: Renamed, new: str) -> None:
        self.members = renamed.members
        self._prefixes = {i: f"{i[: len(i) - len(renamed.name)]}{new}" for i in renamed.members}

    def after(self, symbol: str) -> str:
        path, _, qualname = symbol.partition("::")
        parts = qualname.split(".")
        for length in range(len(parts), 0, -1):
            head, copy = _numbered(".".join(parts[:length]))
            if (found := self._prefixes.get(f"{path}::{head}")) is not None:
                return ".".join([found + copy, *parts[length:]])
        return symbol


def _numbered(qualname: str) -> tuple[str, str]:
    """Split off the number that tells apart scopes of one name: `f#2` is (`f`, `#2`)."""
    head, mark, number = qualname.rpartition("#")
    return (head, mark + number) if mark and number.isdigit() else (qualname, "")


def _pairs(
    first: FileIndex, second: FileIndex, edits: Iterable[TextEdit], names: set[str]
) -> Iterator[tuple[int, int]]:
    """Yield (use before, the use at the same place after or -1) for the uses of `names` before."""
    edits = tuple(edits)
    later = {(use.start, use.role): number for number, use in enumerate(second.facts.uses)}
    for name in sorted(names):
        for number in first.uses_of.get(name, ()):
            use = first.facts.uses[number]
            yield number, later.get((moved(use.start, edits), use.role), -1)


def _changed(
    graph: CodeGraph, later: CodeGraph, first: FileIndex, second: FileIndex, number: int, other: int, renames: _Renames
) -> str:
    before = occurrences.meaning(graph.resolver, first, number)
    after = occurrences.meaning(later.resolver, second, other)
    name = second.facts.names[second.facts.uses[other].name]
    expected = {renames.after(target) for target in before.targets}
    if before.verdict == "yes":
        if set(after.targets) == expected and after.verdict == "yes":
            return ""
        return f"{name} would mean {_said(after)} instead of {_said(before)}"
    captured = [t for t in after.targets if t not in expected]
    return f"{name} would mean {captured[0]}" if captured and after.verdict == "yes" else ""


def _said(meaning: occurrences.Meaning) -> str:
    if meaning.targets:
        return " or ".join(meaning.targets)
    return "something outside the repository" if meaning.verdict == "yes" else "nothing that is known"


def _where(graph: CodeGraph, path: str, index: FileIndex, number: int) -> str:
    position = LineIndex(graph.data(path)).position(index.facts.uses[number].start)
    return f"{path}:{position.line}:{position.column}"
