"""The state of one snapshot's resolution: files on demand, and answers worked out once.

Inference may run in circles. A result that was cut short by a circle is not kept, except at the circle's entrance, so
that what is remembered does not depend on which question came first.
"""

from collections.abc import Callable, Hashable, Sequence, Set
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.modules import Found

if TYPE_CHECKING:
    from familiar_codegraph.library import Library

T = TypeVar("T")
Entry = tuple[str, Hashable]
"""What is remembered: the file that it is about, and the question."""
_MAX_DEPTH = 48
_MAX_WORK = 20_000


class Finder(Protocol):
    """What imports mean: `modules.Modules` of a repository, `packages.Packages` of what is installed."""

    def absolute(self, name: str, importer: str) -> Found | None: ...
    def in_repository(self, name: str, importer: str) -> bool: ...
    def relative(self, level: int, name: str, importer: str) -> Found | None: ...
    def submodule(self, package: Found, name: str) -> Found | None: ...


class Resolver:
    """`file` returns a file's index, or None when it has no facts; `modules` says what imports mean.

    `library` knows what lies outside, `mentions` which files name something. `watch` counts what could not be
    waited for: what is worked out while it rises is not kept.
    """

    def __init__(
        self,
        file: Callable[[str], FileIndex | None],
        modules: Finder,
        *,
        library: "Library | None" = None,
        mentions: Callable[[str], Sequence[str]] | None = None,
        watch: Callable[[], int] = lambda: 0,
    ) -> None:
        self.file, self.modules, self.library, self._watch = file, modules, library, watch
        self.mentions = mentions
        self.leans = frozenset[str]()
        self._leaning: dict[Entry, frozenset[str]] = {}
        self._leaning_on: dict[str, set[Entry]] = {}
        self._memo: dict[str, dict[Hashable, Any]] = {}
        self._active: dict[tuple[str, Hashable], int] = {}
        self._cut, self._work = _MAX_DEPTH + 1, 0
        self.context: Hashable = None

    def once(self, path: str, key: Hashable, compute: Callable[[], T], unknown: T) -> T:
        """Return `compute()`, remembered for `path`; `unknown` when it runs in a circle, too deep or too long.

        What is worked out within a `context` (the test class for which a fixture is made) is remembered for it alone.
        """
        if self.context is not None:
            key = key, self.context
        memo = self._memo.setdefault(path, {})
        entry = path, key
        if key in memo:
            if entry in self._leaning:
                self.leans |= self._leaning[entry]
            return memo[key]  # type: ignore[no-any-return]
        depth = len(self._active)
        if entry in self._active:
            self._cut = min(self._cut, self._active[entry])
            return unknown
        if depth == 0:
            self._work = 0
        self._work += 1
        if depth >= _MAX_DEPTH or self._work > _MAX_WORK:
            self._cut = -1 if depth else self._cut
            return unknown
        self._active[entry] = depth
        missed, leaned, self.leans = self._watch(), self.leans, frozenset()
        try:
            result = compute()
        finally:
            del self._active[entry]
        if self._cut >= depth or depth == 0:
            if self._watch() == missed:
                memo[key] = result
                self._lean(entry)
            self._cut = _MAX_DEPTH + 1
        self.leans |= leaned
        return result

    def lean(self, name: str) -> None:
        """Note that what is being worked out depends on the insides of functions, in the files that mention `name`."""
        self.leans |= {name}

    def _lean(self, entry: Entry) -> None:
        if self.leans:
            self._leaning[entry] = self.leans
            for name in self.leans:
                self._leaning_on.setdefault(name, set()).add(entry)

    def keep(self, path: str, key: Hashable, compute: Callable[[], T]) -> T:
        """Return `compute()`, remembered for `path`: for what stands on top of resolution and runs in no circle."""
        memo, entry = self._memo.setdefault(path, {}), (path, key)
        if key not in memo:
            leaned, self.leans = self.leans, frozenset()
            memo[key] = compute()
            self._lean(entry)
            self.leans |= leaned
        elif entry in self._leaning:
            self.leans |= self._leaning[entry]
        return memo[key]  # type: ignore[no-any-return]

    def forget(self, path: str) -> None:
        """Let go of what was worked out about one file."""
        self._memo.pop(path, None)

    def inherit(self, other: "Resolver", *, without: str, words: Set[str]) -> None:
        """Take over what was worked out about all files but `without`, whose interface is as it was.

        What leans on the insides of functions is left behind where they may be what has changed: where one of the
        `words` is mentioned, which are those of the file before and after.
        """
        self._memo = {path: memo for path, memo in other._memo.items() if path != without}
        self._leaning, self._leaning_on = dict(other._leaning), dict(other._leaning_on)
        for name in words & self._leaning_on.keys():
            for path, key in self._leaning_on.pop(name):
                self._leaning.pop((path, key), None)
                memo = self._memo.get(path, {})
                if key in memo:
                    if memo is other._memo[path]:
                        memo = self._memo[path] = dict(memo)
                    del memo[key]
