"""One repository as it is now: files on disk, unsaved buffers on top, facts in the store, snapshots to ask.

The only place that mutates. `graph()` gives an immutable snapshot; a change makes the next one, which keeps what was
worked out about files that cannot have noticed: after a body-only edit that is everything but the edited file.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tree_sitter import Tree

from familiar_codegraph import discover, extraction, home
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.history import Changes, History, Recorder
from familiar_codegraph.languages import language_of, parsing
from familiar_codegraph.languages.pieces import Memo
from familiar_codegraph.library import Library
from familiar_codegraph.modules import is_project_file
from familiar_codegraph.snapshot import Entry, Snapshot, StaleFile
from familiar_codegraph.store import Row, Store, decode_summary
from familiar_codegraph.summary import Summary, summarize
from familiar_codegraph.values import IndexReport

Progress = Callable[[int, int], None]
_REST, _SLOW = 4.0, 1.0
"""A buffer that took long to read is read again after four times as long, and a second at least."""


class Buffer(NamedTuple):
    """An open document: its bytes, its version, and what the next reading starts from: the tree and the pieces."""

    data: bytes
    version: int
    tree: Tree | None
    pieces: Memo
    read: int = -1
    """The version that the facts are of; -1: of the file on disk."""


class VersionError(ValueError):
    """A change does not follow on the version that we hold."""


class Workspace:
    """Facts and snapshots of the repository at `root`.

    `index` may run in a thread of its own: the other methods answer meanwhile, from the snapshot before.
    """

    def __init__(self, root: Path, *, store: Path | None = None) -> None:
        """`store`: the folder for the facts, by default one of our own for this root."""
        self.root = root.resolve()
        folder = store or home.repository_dir(self.root)
        self._store, self._history = Store(folder), Recorder(self.root, folder)
        self._changes = Changes(self.root)
        self._snapshot = Snapshot(self.root, self._store)
        self._library = Library(self.root)
        self._buffers: dict[str, Buffer] = {}
        self._unread: set[str] = set()
        """Buffers that have been edited since they were read."""
        self._late: set[str] = set()
        """Buffers that could not be read in time, and are read again when they have rested."""
        self._rests: dict[str, float] = {}  # until when a buffer is not read
        self._skipped: dict[str, str] = {}
        self._incomplete = "the repository has not been indexed yet"
        self._graph: CodeGraph | None = None
        self._processes = 0
        self._lock, self._indexing = threading.RLock(), threading.Lock()
        self._running = self._again = False
        self._touched: set[str] = set()

    # ------------------------------------------------------------ indexing

    def index(
        self,
        *,
        fresh: bool = False,
        progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IndexReport:
        """Bring every file's facts up to date with the disk; open buffers stay on top.

        `progress(done, total)` counts files. When `stop()` turns true, what is done is kept and the snapshot says
        that it is incomplete. `fresh` works everything out again. One runs at a time; what `refresh` is told meanwhile
        is taken in before it returns.
        """
        with self._indexing:
            self._running = True
            try:
                while True:
                    self._again = False
                    report = self._index(fresh, progress, stop)
                    with self._lock:
                        if report.stopped or not self._again:
                            self._running = False
                            return report
                    fresh = False
            finally:
                self._running = False

    def _index(self, fresh: bool, progress: Progress | None, stop: Callable[[], bool] | None) -> IndexReport:
        began = time.perf_counter()
        with self._lock:
            self._touched = set()
        self._incomplete = "indexing" if self._incomplete else ""
        skipped: list[tuple[str, str]] = []
        files, projects = self._scan(skipped)
        self._skipped = dict(skipped)
        known = {} if fresh else self._store.summaries({key for key, _ in files.values()})
        entries = {p: Entry(k, *known[k]) for p, (k, _) in files.items() if k in known}
        cached, total = len(entries), len(files)
        if progress:
            progress(cached, total)
        stopped = self._extract([(p, s) for p, (_, s) in files.items() if p not in entries], entries, progress, stop)
        with self._lock:
            self._incomplete = "indexing was stopped before all files were read" if stopped else ""
            self._snapshot = Snapshot(self.root, self._store, entries, projects)
            self._library.close()
            self._graph, self._library = None, Library(self.root)  # packages may have come and gone
            for path, buffer in list(self._buffers.items()):
                self._wake(path)
                self._rests[path] = 0.0  # as much time as for a file on disk
                self._set_buffer(path, buffer._replace(read=-1))
            for path in sorted(self._touched - self._buffers.keys()):
                self._reread(path)  # it may have been looked at before it changed
        if not stopped:
            self._store.prune({e.key for e in entries.values()})
        return self._report(entries, time.perf_counter() - began, cached, stopped)

    def _scan(self, skipped: list[tuple[str, str]]) -> tuple[dict[str, tuple[bytes, int]], dict[str, bytes]]:
        """Return key and size of each file of our languages, and the project files' bytes."""
        files: dict[str, tuple[bytes, int]] = {}
        projects: dict[str, bytes] = {}
        for path, size in discover.walk(self.root, skipped, discover.wanted):
            is_project = is_project_file(path)
            if not is_project and language_of(path) is None:
                continue
            try:
                data = discover.read_unchecked(self.root, path)
            except discover.Skipped as error:
                skipped.append((path, str(error)))
                continue
            if is_project:
                projects[path] = data
            if language_of(path) is not None:
                files[path] = extraction.key(path, data), size
        return dict(sorted(files.items())), projects

    def _extract(
        self,
        work: list[tuple[str, int]],
        entries: dict[str, Entry],
        progress: Progress | None,
        stop: Callable[[], bool] | None,
    ) -> bool:
        total = len(entries) + len(work)
        pending: list[Row] = []
        with contextlib.closing(extraction.rows(self.root, work)) as parts:  # type: ignore[type-var]
            for part in parts:
                for path, row in part:
                    if not row.key:
                        self._skipped[path] = row.failure
                        continue
                    entries[path] = Entry(row.key, None if row.failure else decode_summary(row.summary), row.failure)
                    pending.append(row)
                if len(pending) >= 500:
                    self._store.put(pending)
                    pending = []
                if progress:
                    progress(len(entries), total)
                if stop and stop():
                    break
            else:
                stop = None
        self._store.put(pending)
        return stop is not None and len(entries) < total

    def _report(self, entries: dict[str, Entry], seconds: float, cached: int, stopped: bool) -> IndexReport:
        resolved: dict[str, int] = {}
        summaries = [e.summary for e in entries.values() if e.summary]
        for summary in summaries:
            for via, count in summary.resolved.items():
                resolved[via] = resolved.get(via, 0) + count
        return IndexReport(
            files=len(entries),
            lines=sum(s.lines for s in summaries),
            symbols=sum(s.symbols for s in summaries),
            references=sum(s.references for s in summaries),
            resolved=dict(sorted(resolved.items())),
            failed=tuple(sorted(self.failed().items())),
            seconds=round(seconds, 3),
            peak_mb=_peak_mb(self._processes),
            from_cache=cached,
            stopped=stopped,
            store=self._store.problem,
        )

    @property
    def incomplete(self) -> str:
        """Why answers may lack something now; empty when nothing does."""
        return self._incomplete

    def failed(self) -> dict[str, str]:
        """Return why files are left out or only partly read, by path."""
        return {**self._skipped, **self._snapshot.failed}

    # ------------------------------------------------------------ changes

    def put(self, path: str, data: bytes, version: int = 0) -> None:
        """Lay an unsaved buffer over a file (which need not exist on disk)."""
        with self._lock:
            before = self._buffers.get(path)
            self._set_buffer(path, Buffer(data, version, None, Memo(), before.read if before else -1))

    def edit(self, path: str, version: int, edits: Sequence[tuple[int, int, bytes]]) -> None:
        """Apply edits (start, end, new bytes), each to the result of the one before, to a buffer.

        It is read when something is asked: nobody asks between most keystrokes.

        Raises:
            KeyError: no buffer is open for `path`.
            VersionError: the version is not newer than the one that we hold.
            ValueError: an edit lies outside the buffer.
        """
        with self._lock:  # the tree is changed in place
            self._edit(path, version, edits)

    def _edit(self, path: str, version: int, edits: Sequence[tuple[int, int, bytes]]) -> None:
        buffer = self._buffers[path]
        if version <= buffer.version:
            raise VersionError(f"{path}: version {version} does not follow {buffer.version}")
        data, tree = buffer.data, buffer.tree
        for start, end, new in edits:
            if not 0 <= start <= end <= len(data):
                raise ValueError(f"{path}: edit {start}:{end} lies outside the buffer of {len(data)} bytes")
            after = data[:start] + new + data[end:]
            if tree is not None:
                tree.edit(
                    start_byte=start,
                    old_end_byte=end,
                    new_end_byte=start + len(new),
                    start_point=_point(data, start),
                    old_end_point=_point(data, end),
                    new_end_point=_point(after, start + len(new)),
                )
            data = after
        self._buffers[path] = buffer._replace(data=data, version=version, tree=tree)
        self._unread.add(path)

    def drop(self, path: str) -> None:
        """Close a buffer: the file is again what is on disk."""
        with self._lock:
            if self._buffers.pop(path, None) is not None:
                self._unread.discard(path)
                self._wake(path)
                self._reread(path)

    def buffers(self) -> dict[str, int]:
        """Return by path which versions of the open buffers the graph answers from."""
        with self._lock:
            self._catch_up()
            return {path: buffer.read for path, buffer in self._buffers.items()}

    def refresh(self, paths: Iterable[str] | None = None) -> None:
        """Take in what happened on disk: the named files (changed, new, deleted), or everything."""
        wanted = None if paths is None else sorted(set(paths))
        if wanted is None or len(wanted) > discover.MANY or any(map(self._concerns_many, wanted)):
            with self._lock:
                self._again = self._running
            if not self._again:
                self.index()
            return
        for path in wanted:
            gone = [p for p in self._snapshot.entries if p.startswith(f"{path}/")]
            for inner in [path, *gone]:
                if inner not in self._buffers and language_of(inner) is not None:
                    with self._lock:
                        self._reread(inner)

    def _concerns_many(self, path: str) -> bool:
        return path.rpartition("/")[2] == ".gitignore" or is_project_file(path) or (self.root / path).is_dir()

    def _reread(self, path: str) -> None:
        self._touched.add(path)
        self._skipped.pop(path, None)
        if not (self.root / path).is_file() or discover.is_ignored(self.root, path):
            self._change(path, None)
            return
        try:
            data = discover.read(self.root, path)
        except discover.Skipped as error:
            self._skipped[path] = str(error)
            self._change(path, None)
            return
        row = extraction.row_of(path, data)
        self._store.put([row])
        self._change(path, Entry(row.key, decode_summary(row.summary) if not row.failure else None, row.failure))

    def _set_buffer(self, path: str, buffer: Buffer) -> None:
        self._unread.discard(path)
        self._buffers[path] = self._overlay(path, buffer)

    def _overlay(self, path: str, buffer: Buffer) -> Buffer:
        language = language_of(path)
        if language is None:
            return buffer._replace(read=buffer.version)
        key = extraction.key(path, buffer.data)
        try:
            discover.check(buffer.data)
        except discover.Skipped as error:
            return self._unreadable(path, buffer, str(error))
        if buffer.tree is None and not buffer.pieces.pieces and (summary := self._known(key)) is not None:
            self._wake(path)  # opened and not edited: the stored facts do, and nothing is kept for an edit
            self._change(path, Entry(key, summary, "", buffer.data))
            return buffer._replace(read=buffer.version)
        if time.monotonic() < self._rests.get(path, 0.0):
            return self._put_off(path, buffer, "is being read")
        usual = path in self._buffers and path not in self._rests
        began = time.thread_time()
        try:
            with parsing.within(parsing.EDIT_SECONDS if usual else parsing.seconds_for(buffer.data)):
                tree = language.parser().parse(buffer.data, buffer.tree) if buffer.tree is not None else None
                if tree is None or tree.root_node.has_error:  # recovery depends on the way here: start afresh
                    tree = language.parser().parse(buffer.data)
            facts = language.extract(buffer.data, tree, buffer.pieces)
            entry = Entry(key, summarize(facts), "", buffer.data, facts)
        except parsing.TooSlow as error:
            self._rest(path, time.thread_time() - began)
            return self._put_off(path, buffer, str(error))
        except Exception as error:  # a fault of ours: it costs this file alone, and no question
            return self._unreadable(path, buffer, f"could not be read: {type(error).__name__}: {error}")
        self._wake(path)
        self._change(path, entry)
        if time.thread_time() - began > _SLOW:
            self._rest(path, time.thread_time() - began)
        keeps = not tree.root_node.has_error and parsing.without_comment_runs(buffer.data) is buffer.data
        return buffer._replace(tree=tree if keeps else None, read=buffer.version)

    def _known(self, key: bytes) -> Summary | None:
        found = self._store.summaries([key]).get(key)
        return found[0] if found else None

    def _unreadable(self, path: str, buffer: Buffer, why: str) -> Buffer:
        self._wake(path)
        self._change(path, Entry(extraction.key(path, buffer.data), None, why, buffer.data))
        return buffer._replace(tree=None, read=buffer.version)

    def _put_off(self, path: str, buffer: Buffer, why: str) -> Buffer:
        """Keep the facts that we have, with the bytes that they are of, while the buffer moves on."""
        if path in self._late:
            return buffer
        entry, kept = self._snapshot.entries.get(path), None
        if entry is not None and entry.summary is not None:
            with contextlib.suppress(StaleFile):
                data, facts = self._snapshot.data(path), self._snapshot.facts(path)
                kept = entry._replace(data=data, facts=facts, late=f"{why}; earlier facts are kept")
        self._late.add(path)
        self._change(path, kept or Entry(extraction.key(path, buffer.data), None, why, buffer.data))
        return buffer if kept else buffer._replace(read=buffer.version)

    def _rest(self, path: str, seconds: float) -> None:
        self._rests[path] = time.monotonic() + max(1.0, _REST * seconds)

    def _wake(self, path: str) -> None:
        self._late.discard(path)
        self._rests.pop(path, None)

    def _catch_up(self) -> None:
        """Read the buffers that have been edited, and those that are ahead of their facts and have rested."""
        rested = [p for p in self._late if time.monotonic() >= self._rests.get(p, 0.0)]
        for path in sorted({*self._unread, *rested}):
            self._set_buffer(path, self._buffers[path])

    def _change(self, path: str, entry: Entry | None) -> None:
        """Make the next snapshot; keep what was worked out when nothing that others can see has changed."""
        before = self._snapshot.entries.get(path)
        self._snapshot = self._snapshot.changed(path, entry)
        old = before.summary.interface if before and before.summary else None
        new = entry.summary.interface if entry and entry.summary else None
        if self._graph is not None and old is not None and old == new:
            self._graph = self._graph.after_body_edit(self._snapshot, path, self.failed())
        else:
            self._graph = None

    # ------------------------------------------------------------ asking

    def graph(self) -> CodeGraph:
        """Return a snapshot of now; cheap when nothing has changed. It is for one thread at a time."""
        with self._lock:
            self._catch_up()
            if self._graph is None:
                self._graph = self._made()
            return self._graph

    def apart(self) -> CodeGraph:
        """Return a snapshot of now that shares nothing that changes with `graph()`: for another thread."""
        with self._lock:
            self._catch_up()
            return self._made()

    def _made(self) -> CodeGraph:
        return CodeGraph(
            self._snapshot,
            self._snapshot.modules(),
            self._library,
            failed=self.failed(),
            incomplete=self._incomplete,
        )

    def history(self) -> History:
        """Return what changes together and what changed lately; waits until the history has been read."""
        return self._history.wait()

    def history_now(self) -> History | None:
        """Return the history as far as it is known: None at first, when the question starts its reading."""
        return self._history.now()

    def changed_now(self) -> dict[str, list[int]] | None:
        """Return the lines that differ from the last commit, as far as that is known: None at first."""
        return self._changes.now()

    def close(self) -> None:
        """Close the stores."""
        self._store.close()
        self._library.close()


def _peak_mb(processes: int) -> float:
    """Megabytes at most, of this process and the `processes` that helped; 0.0 where the system does not tell."""
    if sys.platform == "win32":
        return 0.0
    import resource

    own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round((own + others * processes) / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _point(data: bytes, offset: int) -> tuple[int, int]:
    return data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1)
