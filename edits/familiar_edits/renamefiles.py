"""Plan other names or places for several files and folders at once: one after the other, each on the graph as the ones
before leave it, and the whole as one change. It is all of them or, with one that cannot be, none.
"""

import difflib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from familiar_codegraph.graph import CodeGraph
from msgspec.structs import replace

from familiar_edits import renamefile
from familiar_edits.afterwards import with_files
from familiar_edits.textedits import edited
from familiar_edits.values import Ask, ChangeSet, Check, FileChange, Plan, TextEdit

Others = Callable[[str], Mapping[str, bytes]]
"""The files of a folder that are no code, by path, with their bytes."""


def plan(
    graph: CodeGraph,
    moves: Sequence[tuple[str, str]],
    *,
    texts: Mapping[str, bytes] | None = None,
    others: Others = lambda _: {},
) -> Plan:
    """Return the plan to call each first path of `moves` by its second; `texts` is as in `rename.plan`.

    A plan with `refused` set has no changes, and says for which file. Questions are not numbered for answers: what
    they are about is left as it is.
    """
    description = "rename " + ", ".join(f"{old} to {new}" for old, new in moves)
    for old, _ in moves:
        if inner := [other for other, _ in moves if other.startswith(f"{old}/")]:
            why = f"{inner[0]} lies in {old}, which is renamed as well: rename one after the other."
            return Plan(renamefile.KIND, ChangeSet(description), refused=why)
    going = _Going(graph, texts or {}, others)
    for old, new in moves:
        if why := going.take(old, new):
            return Plan(renamefile.KIND, ChangeSet(description), refused=f"{old} cannot be {new}: {why}")
    changes = tuple(going.changes())
    return Plan(
        renamefile.KIND, ChangeSet(description, changes), tuple(going.asks), tuple(going.checks), targets=going.targets
    )


class _Going:
    """How the files stand after each step; paths of now lead back to the paths of the beginning."""

    def __init__(self, graph: CodeGraph, texts: Mapping[str, bytes], others: Others) -> None:
        self.graph, self.texts, self.others = graph, dict(texts), others
        self.origin: dict[str, str] = {}
        self.before: dict[str, bytes] = {}
        self.now: dict[str, bytes] = {}
        self.asks: list[Ask] = []
        self.checks: list[Check] = []
        self.targets: tuple[str, ...] = ()

    def take(self, old: str, new: str) -> str:
        """Go one step further; return why not, or nothing."""
        others = {**self.others(old), **{p: d for p, d in self.now.items() if p.startswith(f"{old}/")}}
        others = {path: data for path, data in others.items() if path not in set(self.graph.files())}
        step = renamefile.plan(self.graph, old, new, texts=self.texts, others=others)
        if step.refused is not None:
            return step.refused
        self.asks += [
            replace(ask, id=f"{old}:{ask.id}", path=self.origin.get(ask.path, ask.path), edit=None) for ask in step.asks
        ]
        self.checks += step.checks
        self.targets += tuple(self.origin.get(path, path) for path in step.targets)
        known = set(self.graph.files())
        code, gone = {}, []
        for change in step.changeset.changes:
            data = self._data(change.path, others)
            first = self.origin.pop(change.path, change.path)
            self.before.setdefault(first, data)
            self.now.pop(change.path, None)
            place, after = change.new_path or change.path, edited(data, change.text_edits)
            self.origin[place], self.now[place] = first, after
            if change.path in known:
                code[place] = after
                gone += [change.path] if place != change.path else []
            if self.texts.pop(change.path, None) is not None:
                self.texts[place] = after
        self.graph = with_files(self.graph, code, gone)
        return ""

    def _data(self, path: str, others: Mapping[str, bytes]) -> bytes:
        for known in (self.now, others, self.texts):
            if path in known:
                return known[path]
        return self.graph.data(path)

    def changes(self) -> Iterator[FileChange]:
        """Return what changes from the beginning to now."""
        for place, first in sorted(self.origin.items(), key=lambda item: item[1]):
            before = self.before[first]
            edits, sha = tuple(_edits(before, self.now[place])), hashlib.sha256(before).hexdigest()
            if place != first:
                yield FileChange("rename", first, sha, edits, place)
            elif edits:
                yield FileChange("edit", first, sha, edits)


def _edits(before: bytes, after: bytes) -> Iterator[TextEdit]:
    """Return the lines that differ as edits."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield TextEdit(starts[a], starts[b], b"".join(new[c:d]).decode("utf-8", "surrogateescape"))
