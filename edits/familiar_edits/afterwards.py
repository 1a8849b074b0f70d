"""The graph as it would be with some files changed; the snapshot that it is made from stays as it is."""

from collections.abc import Collection, Mapping, Sequence

from familiar_codegraph import extraction
from familiar_codegraph.facts import FileFacts
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.pieces import Memo
from familiar_codegraph.summary import Summary, summarize
from familiar_codegraph.testmap import Recorded

_MEMOS = 64
_memos: dict[str, Memo] = {}
"""Pieces of the files that were looked at last, by path: a plan is made again for each answer to its questions, and is
followed by others that change the same files."""


class _Changed:
    """A graph's files with other bytes laid over some of them."""

    def __init__(self, before: CodeGraph, after: Mapping[str, bytes], gone: Collection[str]) -> None:
        self._before, self._after, self._gone = before, dict(after), frozenset(gone)
        self._facts = {path: _facts(path, data) for path, data in after.items() if language_of(path)}

    def files(self) -> Sequence[str]:
        if not self._gone and all(self._before.key(path) for path in self._after):
            return self._before.files()
        return sorted({*self._before.files(), *self._after} - self._gone)

    def data(self, path: str) -> bytes:
        return self._after[path] if path in self._after else self._before.data(path)

    def key(self, path: str) -> bytes:
        if path in self._gone:
            return b""
        return extraction.key(path, self._after[path]) if path in self._after else self._before.key(path)

    def recorded(self) -> Recorded | None:
        return self._before.recorded()

    def facts(self, path: str) -> FileFacts | None:
        if path in self._gone:
            return None
        return self._facts[path] if path in self._facts else self._before.facts(path)

    def summary(self, path: str) -> Summary | None:
        if path in self._gone:
            return None
        return summarize(self._facts[path]) if path in self._facts else self._before.summary(path)

    def mentions(self, name: str) -> Sequence[str]:
        kept = [path for path in self._before.mentions(name) if path not in self._facts and path not in self._gone]
        return sorted([*kept, *(path for path, facts in self._facts.items() if name in facts.names)])

    def member_files(self, name: str) -> Sequence[str]:
        summaries = ((path, self.summary(path)) for path in self.mentions(name))
        return [path for path, summary in summaries if summary and name in summary.members.split()]


def _facts(path: str, data: bytes) -> FileFacts:
    language = language_of(path)
    assert language is not None
    memo = _memos.pop(path, None) or Memo()  # nobody else has it meanwhile
    memo.keep_older(memo.pieces)  # what this version changes, the next one has again
    facts = language.extract(data, language.parser().parse(data), memo)
    _memos[path] = memo
    while len(_memos) > _MEMOS:
        _memos.pop(next(iter(_memos)), None)
    return facts


def with_files(graph: CodeGraph, after: Mapping[str, bytes], gone: Collection[str] = ()) -> CodeGraph:
    """Return the graph with the bytes of `after` in place of those files', new ones among them, and without those of
    `gone`; nothing inferred is shared."""
    added = [path for path in after if not graph.key(path) and language_of(path)]
    modules = graph.modules.with_files(added, gone) if added or gone else graph.modules
    return CodeGraph(_Changed(graph, after, gone), modules, graph.library, failed=graph.failed)
