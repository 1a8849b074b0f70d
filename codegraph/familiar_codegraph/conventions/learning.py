"""From a repository's files to its house, and one file at a time from then on.

`learn(root)` reads everything once; a `Keeper` holds the house beside a workspace: after a save it counts that file
anew, and those few others whose answers depend on a name that the file defines or mentions.
"""

import contextlib
import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from sys import intern

from familiar_codegraph import home
from familiar_codegraph.conventions import law
from familiar_codegraph.conventions.habits import FileHabits, Walked
from familiar_codegraph.conventions.helpers import FOREIGN
from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.python.pieces import Pieces
from familiar_codegraph.conventions.resolving import Resolver, interface, needs
from familiar_codegraph.conventions.store import HabitStore, decode, encode, key_of
from familiar_codegraph.conventions.weighing import recency
from familiar_codegraph.extraction import free_cores
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.history import History
from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.parsing import TooSlow
from familiar_codegraph.snapshot import StaleFile
from familiar_codegraph.summary import Summary
from familiar_codegraph.workspace import Workspace

_ALONE = 1_000_000
"""Bytes up to which starting other processes takes longer than doing the work here."""
_PART = 400_000
_ASKED = frozenset({"python", "javascript", "typescript", "tsx"})
"""Languages that there are questions about."""
_MANY = 64
"""Changed files from which all is counted anew."""


def learn(root: Path) -> House:
    """Return the house of the repository at `root`, as it stands on disk."""
    workspace = Workspace(root)
    try:
        workspace.index()
        history = workspace.history if (workspace.root / ".git").exists() else lambda: None
        return Keeper(workspace.root, history).build(workspace.graph())
    finally:
        workspace.close()


def is_foreign(path: str) -> bool:
    """Return whether a file is somebody else's, brought along: it has no say in what this house does."""
    return not FOREIGN.isdisjoint(path.split("/")[:-1])


def read(path: str, data: bytes, pieces: Pieces | None = None) -> Walked | None:
    """Return what a file answers by itself with its places; None for languages without questions.

    `pieces`: what is known of Python's functions, so that only those are counted that are not.
    """
    language = language_of(path)
    if language is None or path.endswith(".pyi"):
        return None
    if language.name == "python":
        from familiar_codegraph.conventions.python.extract import walk

        with contextlib.suppress(TooSlow):
            return walk(data, language.parser().parse(data), pieces)
    elif language.name in _ASKED:
        from familiar_codegraph.conventions import script

        with contextlib.suppress(TooSlow):
            return script.walk(data, language.parser().parse(data))
    return None


def habits_of(path: str, data: bytes, pieces: Pieces | None = None) -> FileHabits | None:
    """Return what is kept of a file (`pieces` as in `read`)."""
    from familiar_codegraph.conventions.python.extract import condensed

    walked = read(path, data, pieces)
    return condensed(walked.habits) if walked else None


class Keeper:
    """One repository's house, kept up with its graph. Not for several threads at once."""

    def __init__(
        self, root: Path, history: Callable[[], History | None] = lambda: None, *, folder: Path | None = None
    ) -> None:
        """`history` is asked when everything is counted: recent files weigh more.

        `folder`: where what files answer is stored, by default our own for this root.
        """
        self.root, self._history = root, history
        self._store = HabitStore(folder or home.repository_dir(root))
        self.house = House()
        self._needs: dict[str, set[str]] = defaultdict(set)
        self._helpers: dict[str, set[str]] = defaultdict(set)
        self._summaries: dict[str, Summary | None] = {}
        self._keys: dict[str, bytes] = {}
        self._pieces = Pieces()

    # ------------------------------------------------------------ everything

    def build(self, graph: CodeGraph) -> House:
        """Read all files of `graph` (from the store where they are known) and return the house."""
        house = House(law.read(self.root))
        house.ages = ages(self._history())
        house.weights = {path: recency(age) for path, age in house.ages.items()}
        self._needs.clear()
        self._helpers.clear()
        self._summaries = {path: graph.summary(path) for path in graph.files()}
        self._keys = {path: graph.key(path) for path in graph.files()}
        for path, habits in sorted(self._all(graph)):
            house.tables.put(path, habits)
            self._remember(path, habits)
        house.resolver = Resolver(house.tables, graph.modules, graph.mentions)
        for path in sorted(house.tables.habits):
            house.count(path)
        self.house = house
        return house

    def _all(self, graph: CodeGraph) -> Iterator[tuple[str, FileHabits]]:
        keys: dict[str, bytes] = {}
        sizes: dict[str, int] = {}
        for path in graph.files():
            language = language_of(path)
            if language is None or language.name not in _ASKED or path.endswith(".pyi") or is_foreign(path):
                continue
            try:
                data = graph.data(path)
            except StaleFile:
                continue
            keys[path], sizes[path] = key_of(data, language.name), len(data)
        known = self._store.get(keys.values())
        missing = [path for path in sorted(keys) if keys[path] not in known]
        made: list[tuple[bytes, bytes]] = []
        for path, blob in _rows(graph, missing, sizes):
            made.append((keys[path], blob))
            known[keys[path]] = decode(blob)
        self._store.put(made)
        self._store.prune(set(keys.values()))
        for path, key in keys.items():
            if key in known:
                yield path, known[key]

    def _remember(self, path: str, habits: FileHabits) -> None:
        for name in needs(habits):
            self._needs[intern(name)].add(path)
        for row in habits.opens:
            if row.kind == "helper":
                self._helpers[row.text].add(path)

    def _forget(self, path: str, habits: FileHabits | None) -> None:
        for name in needs(habits) if habits else ():
            self._needs[name].discard(path)
        for row in habits.opens if habits else ():
            if row.kind == "helper":
                self._helpers[row.text].discard(path)

    # ------------------------------------------------------------ one file

    def refresh(self, graph: CodeGraph) -> House:
        """Count what has changed since the last time."""
        files = graph.files()
        changed = [path for path in files if self._keys.get(path) != graph.key(path)]
        gone = self._keys.keys() - set(files)
        if self.house.resolver is None or gone or len(changed) > _MANY:
            return self.build(graph)
        for path in changed:
            self.update(graph, path)
        return self.house

    def update(self, graph: CodeGraph, path: str) -> House:
        """Count `path` anew as `graph` has it (gone, when it has not)."""
        house, tables = self.house, self.house.tables
        before = tables.habits.get(path)
        words = _words(self._summaries.get(path)) ^ _words(graph.summary(path))
        self._summaries[path], self._keys[path] = graph.summary(path), graph.key(path)
        try:
            data = graph.data(path) if path in graph.files() else None
        except StaleFile:
            data = None
        after = habits_of(path, data, self._pieces) if data is not None and not is_foreign(path) else None
        if house.resolver is None or (before is None) != (after is None):
            return self.build(graph)  # which files there are decides what imports mean
        self._forget(path, before)
        tables.put(path, after)
        if after is not None:
            self._remember(path, after)
        old, new = interface(before), interface(after)
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        touched = {p for name in changed for p in self._needs.get(name, ())}
        touched |= {p for name in words for p in self._helpers.get(name, ())}
        house.resolver = Resolver(tables, graph.modules, graph.mentions)
        for other in sorted(touched | {path}):
            house.count(other)
        return house

    def close(self) -> None:
        self._store.close()


def ages(history: History | None) -> dict[str, float]:
    """Return the days between the newest commit and each file's last change."""
    commits = history.log.commits if history else ()
    found: dict[str, float] = {}
    for commit in commits:
        for path in commit.paths:
            found.setdefault(path, max(0, commits[0].time - commit.time) / 86400)
    return found


def _words(summary: Summary | None) -> frozenset[str]:
    return frozenset(summary.names.split(" ")) if summary else frozenset()


def _rows(graph: CodeGraph, paths: Sequence[str], sizes: dict[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield what is stored of each file, worked out by as many processes as have a core."""
    total, processes = sum(sizes[p] for p in paths), free_cores()
    if processes < 2 or total < _ALONE:
        yield from _part([(path, graph.data(path)) for path in paths])
        return
    parts: list[list[tuple[str, bytes]]] = [[]]
    size = 0
    for path in sorted(paths, key=lambda p: (-sizes[p], p)):
        if size > _PART:
            parts.append([])
            size = 0
        parts[-1].append((path, graph.data(path)))
        size += sizes[path]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=gc.disable) as pool:
        for found in pool.map(_part, parts):
            yield from found


def _part(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    found = []
    for path, data in files:
        try:
            habits = habits_of(path, data) or FileHabits()
        except RecursionError:
            habits = FileHabits()
        found.append((path, encode(habits)))
    return found
