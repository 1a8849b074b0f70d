"""What is proved of a change of names in TypeScript and JavaScript: it parses, says the same, and binds the same.

There is no compiled form to compare, so the tokens are: those before, with the name exchanged at the edited places,
must be those after, each of the same type.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits.afterwards import with_files
from familiar_edits.javascript import parts, syntax
from familiar_edits.javascript.evidence import where
from familiar_edits.javascript.families import Renamed
from familiar_edits.javascript.parts import Spot
from familiar_edits.steps import Step, checked
from familiar_edits.textedits import Place, edited, moved
from familiar_edits.values import ChangeSet, Check


def run(
    graph: CodeGraph,
    changeset: ChangeSet,
    spots: Sequence[Spot],
    renamed: Renamed,
    new: str,
    read: Callable[[str], bytes],
) -> tuple[Check, ...]:
    """Return the checks of a change set, in the order made; it ends with the first that fails.

    `spots` are the places in code; `read` gives the bytes of every file that is changed.
    """
    code = [change for change in changeset.changes if reads(change.path)]
    before = {change.path: read(change.path) for change in code}
    after = {change.path: edited(before[change.path], change.text_edits) for change in code}
    steps: tuple[Step, ...] = (
        ("parse", lambda: _parse(after, renamed.name, new)),
        ("tokens", lambda: _tokens(graph, before, after, spots, renamed.name, new)),
        ("bindings", lambda: _Bindings(graph, changeset, after, spots, renamed, new).same()),
    )
    return checked(steps)


def _parse(after: Mapping[str, bytes], old: str, new: str) -> tuple[bool, str]:
    for path, data in sorted(after.items()):
        if line := syntax.problem(path, data, old, new):
            return False, f"Afterwards {path}:{line} would not parse."
    return True, f"{_files(after)} parse afterwards."


def _files(after: Mapping[str, bytes]) -> str:
    return "1 file" if len(after) == 1 else f"{len(after)} files"


# ---------------------------------------------------------------- tokens


def _tokens(
    graph: CodeGraph, before: Mapping[str, bytes], after: Mapping[str, bytes], spots: Sequence[Spot], old: str, new: str
) -> tuple[bool, str]:
    count = 0
    for path, data in sorted(after.items()):
        forms = {spot.place.start: spot.form for spot in spots if spot.place.path == path}
        first, second = syntax.tree(path, before[path]), syntax.tree(path, data)
        if first is None or second is None:
            return False, f"{path} takes too long to read."
        wanted, early = list[tuple[str, str, int]](), before[path]
        for leaf in syntax.leaves(first.root_node):
            wanted += _expected(leaf.type, early[leaf.start_byte : leaf.end_byte], leaf.start_byte, forms, old, new)
        found = [(leaf.type, _text(data, leaf.start_byte, leaf.end_byte)) for leaf in syntax.leaves(second.root_node)]
        for expected, given in zip_longest(wanted, found):
            count += 1
            if expected is None or given is None or not _same(expected, given):
                at = expected[2] if expected is not None else len(before[path]) - 1
                return False, f"The code would be read differently at {where(graph, path, at)}."
    return True, f"{count} tokens are the same, up to the name."


def _text(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8", "replace")


def _expected(
    kind: str, text: bytes, start: int, forms: Mapping[int, parts.Form], old: str, new: str
) -> list[tuple[str, str, int]]:
    form = forms.get(start)
    if form is not None and form != "plain" and text == old.encode():
        return [("", word, start) for word in parts.text(form, old, new).replace(":", " :").split()]
    for at in sorted((at for at in forms if start <= at < start + len(text)), reverse=True):
        text = text[: at - start] + new.encode() + text[at - start + len(old.encode()) :]
    return [(kind, text.decode("utf-8", "replace"), start)]


def _same(expected: tuple[str, str, int], given: tuple[str, str]) -> bool:
    return expected[1] == given[1] and expected[0] in ("", given[0])


# ---------------------------------------------------------------- bindings


class _Bindings:
    """Compares what the old and the new name mean, in every file that spells one of them, before and after.

    Symbols are compared by where they are defined, for their ids change with the names around them.
    """

    def __init__(
        self,
        graph: CodeGraph,
        changeset: ChangeSet,
        after: Mapping[str, bytes],
        spots: Sequence[Spot],
        renamed: Renamed,
        new: str,
    ) -> None:
        self._before, self._later = graph, with_files(graph, after)
        self._edits = {change.path: change.text_edits for change in changeset.changes if reads(change.path)}
        self._forms = {spot.place: spot.form for spot in spots}
        self._old, self._new, self._renamed = renamed.name, new, renamed

    def same(self) -> tuple[bool, str]:
        """Return whether every binding stays, and a sentence: how many were compared, or the first that does not."""
        graph, count = self._before, 0
        paths = sorted({*graph.mentions(self._old), *graph.mentions(self._new), *self._edits})
        for path in filter(reads, paths):
            first, second = graph.index(path), self._later.index(path)
            if first is None or second is None:
                continue
            at = {(use.start, use.role): number for number, use in enumerate(second.facts.uses)}
            for name in (self._old, self._new):
                for number in first.uses_of.get(name, ()):
                    use = first.facts.uses[number]
                    if use.role in (f.STRING, f.MODULE) or parts.is_title(first, number):
                        continue
                    count += 1
                    if what := self._differs(first, second, number, at):
                        return False, f"At {where(graph, path, use.start)} {what}."
        return True, f"{count} occurrences in {len(paths)} files mean the same afterwards."

    def _differs(self, first: FileIndex, second: FileIndex, number: int, at: Mapping[tuple[int, int], int]) -> str:
        use = first.facts.uses[number]
        name = first.facts.names[use.name]
        place = Place(first.path, use.start, use.end)
        start = self._moved(place, parts.part_of(first, use))
        roles = (use.role, f.STORE) if self._forms.get(place) == "old as new" else (use.role,)
        other = next((n for role in roles if (n := at.get((start, role), -1)) >= 0), -1)
        if other < 0:
            return f"{name} would be read differently"
        before = occurrences.meaning(self._before.resolver, first, number)
        after = occurrences.meaning(self._later.resolver, second, other)
        expected = {self._mapped(target) for target in before.targets}
        found = {self._place(self._later, target) for target in after.targets}
        now = second.facts.names[second.facts.uses[other].name]
        if before.verdict == "yes":
            if found == expected and after.verdict == "yes":
                return ""
            return f"{now} would mean {_said(after)} instead of {_said(before)}"
        if after.verdict == "yes" and found - expected:
            return f"{now} would mean {_said(after)}"
        return ""

    def _moved(self, place: Place, part: str) -> int:
        form = self._forms.get(place, "plain")
        start = moved(place.start, self._edits.get(place.path, ()))
        return start + parts.shift(form, part, self._old, self._new)

    def _mapped(self, id: str) -> tuple[str, int] | str:
        """Return where a symbol is defined afterwards."""
        places = self._before.symbols.places(id)
        if "::" not in id or not places:
            return id
        place = Place(*places[0])
        path, _, qualname = id.partition("::")
        index = self._before.index(path)
        scope = index.scope_of.get(qualname.rpartition(".")[0], -1) if index else -1
        is_key = index is not None and scope >= 0 and parts.is_member_scope(index, scope)
        return path, self._moved(place, "key" if is_key else "value")

    def _place(self, graph: CodeGraph, id: str) -> tuple[str, int] | str:
        places = graph.symbols.places(id)
        return (places[0][0], places[0][1]) if "::" in id and places else id


def _said(meaning: occurrences.Meaning) -> str:
    if meaning.targets:
        return " or ".join(meaning.targets)
    return "something outside the repository" if meaning.verdict == "yes" else "nothing that is known"
