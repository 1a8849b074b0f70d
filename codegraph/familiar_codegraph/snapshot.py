"""What a graph is made of: for each path the key of its content, its summary, and the way to its bytes and facts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph import discover, extraction, testmap
from familiar_codegraph.facts import FileFacts
from familiar_codegraph.languages import extract
from familiar_codegraph.modules import Modules
from familiar_codegraph.store import Store
from familiar_codegraph.summary import Summary

_REBASE = 64


class Entry(NamedTuple):
    """One file: `data` and `facts` only of open buffers, whose content is not on disk.

    `late` says why these are not what the buffer holds now, but what it held before.
    """

    key: bytes
    summary: Summary | None
    failure: str
    data: bytes | None = None
    facts: FileFacts | None = None
    late: str = ""

    @property
    def why(self) -> str:
        """Why there are no facts, or only of a part; empty when all has been read."""
        problems = self.summary.problems if self.summary else ()
        return self.failure or self.late or (problems[0].message if problems else "")


class StaleFile(Exception):
    """A file on disk is no longer what the snapshot was made of; `Workspace.refresh` takes it in."""


class Snapshot:
    """Immutable. `changed` makes the next one, which shares the word indices of the files that stay."""

    def __init__(
        self,
        root: Path,
        store: Store,
        entries: Mapping[str, Entry] | None = None,
        projects: Mapping[str, bytes] | None = None,
    ) -> None:
        self.root, self.entries = root, dict(entries or {})
        self._store, self._projects = store, dict(projects or {})
        self._base: Snapshot | None = None  # itself
        self._over: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._modules: Modules | None = None

    def changed(self, path: str, entry: Entry | None) -> "Snapshot":
        """Return the snapshot in which `path` is `entry`, or gone."""
        entries = dict(self.entries)
        same_files = (path in entries) == (entry is not None)
        if entry is None:
            entries.pop(path, None)
        else:
            entries[path] = entry
        new = Snapshot(self.root, self._store, entries, self._projects)
        if same_files:
            new._modules, new._files = self._modules, self._files
        new.failed = {p: why for p, why in self.failed.items() if p != path}
        if entry is not None and entry.why:
            new.failed[path] = entry.why
        if len(self._over) < _REBASE:
            new._base = self._base or self
            summary = entry.summary if entry else None
            words = (_words(summary.names), _words(summary.members)) if summary else (frozenset(), frozenset())
            new._over = {**self._over, path: words}
        return new

    def files(self) -> Sequence[str]:
        return self._files

    @cached_property
    def failed(self) -> dict[str, str]:
        """Why files are not read, or only partly, by path."""
        return {path: why for path, entry in self.entries.items() if (why := entry.why)}

    @cached_property
    def _files(self) -> list[str]:
        return sorted(self.entries)

    def summary(self, path: str) -> Summary | None:
        entry = self.entries.get(path)
        return entry.summary if entry else None

    def data(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            KeyError: there is no such file.
            StaleFile: the disk holds something else by now.
        """
        entry = self.entries[path]
        if entry.data is not None:
            return entry.data
        try:
            # What was indexed was checked then, and the key says that these are the same bytes.
            data = (discover.read if entry.failure else discover.read_unchecked)(self.root, path)
        except discover.Skipped as error:
            raise StaleFile(f"{path}: {error}") from error
        if extraction.key(path, data) != entry.key:
            raise StaleFile(f"{path} has changed on disk since it was indexed")
        return data

    def recorded(self) -> testmap.Recorded | None:
        """Return what earlier runs of the tests have recorded."""
        return testmap.load(self._store.folder)

    def key(self, path: str) -> bytes:
        """Return the key of a file's content; empty when there is no such file."""
        entry = self.entries.get(path)
        return entry.key if entry else b""

    def facts(self, path: str) -> FileFacts | None:
        """Return a file's facts; worked out again when the store has lost them."""
        entry = self.entries.get(path)
        if entry is None or entry.failure:
            return None
        if entry.facts is not None:
            return entry.facts
        found = self._store.facts(entry.key)
        if found is None:
            try:
                data = self.data(path)
            except StaleFile:
                return None
            row = extraction.row_of(path, data)
            self._store.put([row])
            found = None if row.failure else extract(path, data)
        return found

    def modules(self) -> Modules:
        if self._modules is None:
            self._modules = Modules(self._files, self._projects)
        return self._modules

    # ------------------------------------------------------------ words

    def mentions(self, name: str) -> Sequence[str]:
        """Return the files in which `name` occurs, sorted."""
        return self._with(0, name)

    def member_files(self, name: str) -> Sequence[str]:
        """Return the files in which a class binds `name`, sorted."""
        return self._with(1, name)

    def _with(self, field: int, name: str) -> Sequence[str]:
        base = (self._base or self).words[field].get(name, ())
        if not self._over:
            return base
        kept = [p for p in base if p not in self._over]
        return sorted([*kept, *(p for p, words in self._over.items() if name in words[field])])

    @cached_property
    def words(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        names: dict[str, list[str]] = defaultdict(list)
        members: dict[str, list[str]] = defaultdict(list)
        for path in self._files:
            summary = self.summary(path)
            if summary is not None:
                for word in summary.names.split(" "):
                    names[word].append(path)
                for word in summary.members.split(" "):
                    members[word].append(path)
        return names, members


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split(" "))
