"""The questions that can be asked about one consistent snapshot of a repository.

Resolution is lazy: a question about a name reads the facts of the files that mention it, and of what those need. Every
answer has its tier (`via`) and verdict; what may be missing makes an answer incomplete, with the reason.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol
from weakref import WeakMethod

import msgspec

from familiar_codegraph import facts as f
from familiar_codegraph import hierarchy, outsiders, ranking, reach, selection, views
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import SCOPE_KINDS, FileIndex, Indices
from familiar_codegraph.languages import language_of
from familiar_codegraph.library import Library, OutsideSymbol
from familiar_codegraph.modules import Found, Modules
from familiar_codegraph.names import bound, symbol_id, unbound
from familiar_codegraph.occurrences import Meaning, meaning
from familiar_codegraph.outside import BUILTINS
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.search import Search, crowd
from familiar_codegraph.summary import Summary
from familiar_codegraph.symbols import Symbols, module_names
from familiar_codegraph.testmap import Recorded
from familiar_codegraph.values import (
    Answer,
    Answers,
    Binding,
    Family,
    OutlineItem,
    ScopeInfo,
    Symbol,
    Test,
    Verdict,
    Via,
)

if TYPE_CHECKING:
    import networkx as nx

_MAX_LOADED = 500_000
"""Occurrences of files whose facts are kept in memory; beyond it the files read first are let go (about 80 MB)."""


class Source(Protocol):
    """What a snapshot is made of: paths, bytes, facts and summaries that belong together."""

    def files(self) -> Sequence[str]: ...
    def data(self, path: str) -> bytes: ...
    def key(self, path: str) -> bytes: ...
    def facts(self, path: str) -> f.FileFacts | None: ...
    def summary(self, path: str) -> Summary | None: ...
    def recorded(self) -> Recorded | None: ...
    def mentions(self, name: str) -> Sequence[str]: ...
    def member_files(self, name: str) -> Sequence[str]: ...


class CodeGraph:
    """A snapshot: it does not change, whatever happens to the files."""

    def __init__(
        self,
        source: Source,
        modules: Modules,
        library: Library,
        *,
        failed: Mapping[str, str] | None = None,
        incomplete: str = "",
    ) -> None:
        """`failed`: files without facts, by reason; `incomplete`: why the whole snapshot lacks something."""
        self._source, self.modules, self.library = source, modules, library
        self.failed, self._incomplete = dict(failed or {}), incomplete
        self._indices = Indices(source.facts, _MAX_LOADED)
        self._leaning: dict[str, dict[tuple[str, str], frozenset[str]]] = {}
        self._found: dict[str, dict[tuple[str, str], tuple[tuple[f.Use, Via, Verdict], ...]]] = {}
        self.resolver = Resolver(
            self._indices.get, modules, library=library, mentions=source.mentions, watch=lambda: library.misses
        )
        self._indices.forget = WeakMethod(self.resolver.forget)
        self.symbols = Symbols(self.resolver)

    def after_body_edit(self, source: Source, path: str, failed: Mapping[str, str]) -> "CodeGraph":
        """Return the graph of `source`, which differs by the inside of functions of `path`: all else is kept."""
        new = CodeGraph(source, self.modules, self.library, failed=failed, incomplete=self._incomplete)
        new._indices.take(self._indices, without=path)
        words = _words(self._source.summary(path)) | _words(source.summary(path))
        new.resolver.inherit(self.resolver, without=path, words=words)
        for other, found in self._found.items():
            leaning = {k: names for k, names in self._leaning.get(other, {}).items() if names.isdisjoint(words)}
            gone = self._leaning.get(other, {}).keys() - leaning
            if other != path:
                new._found[other] = {key: places for key, places in found.items() if key not in gone}
                new._leaning[other] = leaning
        return new

    # ------------------------------------------------------------ files

    def files(self) -> Sequence[str]:
        """Return the paths of all files of the snapshot, sorted."""
        return self._source.files()

    def data(self, path: str) -> bytes:
        """Return the bytes of a file, unsaved edits included.

        Raises:
            KeyError: the snapshot has no such file.
        """
        return self._source.data(path)

    def recorded(self) -> Recorded | None:
        """Return which functions each test executed in earlier runs, as far as that is known."""
        return self._source.recorded()

    def key(self, path: str) -> bytes:
        """Return what stands for a file's bytes: the same for the same content; empty when there is no such file."""
        return self._source.key(path)

    def facts(self, path: str) -> f.FileFacts | None:
        """Return the facts of a file, None when it has none (see `failed`)."""
        return self._source.facts(path)

    def summary(self, path: str) -> Summary | None:
        """Return what is kept in memory of a file."""
        return self._source.summary(path)

    def index(self, path: str) -> FileIndex | None:
        """Return a file's facts with their look-ups."""
        return self._indices.get(path)

    def mentions(self, name: str) -> Sequence[str]:
        """Return the files in which `name` occurs as an identifier or in a string that may name code."""
        return self._source.mentions(name)

    def member_files(self, name: str) -> Sequence[str]:
        """Return the files in which a class binds `name`, sorted."""
        return self._source.member_files(name)

    def members(self, name: str, *, like: str = "") -> tuple[str, ...]:
        """Return the ids of all class members called `name`; with `like`, in files that can share code with that one:
        Python's members are none of JavaScript's."""
        found: list[str] = []
        for path in self._source.member_files(name):
            if like and reads(path) != reads(like):
                continue
            index = self.index(path)
            for scope, row in enumerate(index.facts.scopes if index else ()):
                if index and row.kind in f.MEMBER_SCOPES and (scope, name) in index.binds:
                    found.append(symbol_id(path, row.qualname, name))
        return tuple(dict.fromkeys(found))

    # ------------------------------------------------------------ symbols

    def symbol(self, id: str) -> Symbol | None:
        """Return the symbol with this id, None when the snapshot has none."""
        return self.symbols.get(id)

    def symbol_at(self, path: str, offset: int) -> Symbol | None:
        """Return what the identifier at (or ending at) `offset` means; the local alias where one stands in between."""
        found = self._use_at(path, offset)
        if found is None:
            return None
        means = self._meaning(*found)
        if means.alias and (not means.targets or self._is_import_alias(means.alias)):
            return self.symbol(means.alias)
        return self.symbol(means.targets[0]) if means.targets else None

    def _is_import_alias(self, id: str) -> bool:
        symbol = self.symbol(id)
        return symbol is not None and symbol.kind == "alias"

    def _use_at(self, path: str, offset: int) -> tuple[FileIndex, int] | None:
        index = self.index(path)
        for number in index.uses_at(offset) if index else ():
            assert index
            return index, number
        return None

    def _meaning(self, index: FileIndex, number: int) -> Meaning:
        """Return what a use means; where inference found nothing, a member whose name is unique is its target."""
        means = meaning(self.resolver, index, number)
        if means.open and not means.targets and index.facts.uses[number].role != f.KEYWORD:
            members = self.members(index.facts.names[index.facts.uses[number].name], like=index.path)
            if len(members) == 1:
                return means._replace(targets=members, via="unique" if means.via != "string" else "string")
        return means

    # ------------------------------------------------------------ occurrences

    def bindings(self, path: str) -> Sequence[Binding]:
        """Return every occurrence of an identifier in the file with what it means, in order.

        An occurrence with several possible targets has one row for each; one without known target has one row.
        """
        index = self.index(path)
        if index is None:
            return ()
        out: list[Binding] = []
        for number, use in enumerate(index.facts.uses):
            means = self._meaning(index, number)
            name = index.facts.names[use.name]
            for target in means.targets or (None,):
                out.append(Binding(use.start, use.end, name, target, means.via, means.verdict, means.alias))
        return out

    def references_of(self, id: str, *, tiers: Collection[Via] | None = None) -> tuple[Answer, ...]:
        """Return the occurrences of a symbol, its definition included, sorted; only those of `tiers` when given.

        Attributes of unknown receivers that may mean it are included as `unsure`, and strings that spell its name as
        `string`.
        """
        symbol = self.symbol(id)
        if symbol is None:
            return ()
        answers: dict[tuple[str, int, int], Answer] = {}
        for path, use, via, verdict in self._occurrences(symbol):
            if tiers is None or via in tiers:
                answers[path, use.start, use.end] = Answer(path, use.start, use.end, via, verdict)
        return tuple(answers[key] for key in sorted(answers))

    def _occurrences(self, symbol: Symbol) -> Iterator[tuple[str, f.Use, Via, Verdict]]:
        names = [symbol.name] if symbol.kind != "module" else module_names(symbol.path)
        search = Search(self, symbol)
        for name in [*names, *self.aliases(symbol)]:
            for path in self.mentions(name):
                known = self._found.setdefault(path, {})
                places = known.get((symbol.id, name))
                if places is None:
                    missed, self.resolver.leans = self.library.misses, frozenset()
                    places = tuple(search.within(path, name))
                    if self.library.misses == missed:
                        known[symbol.id, name] = places
                        if self.resolver.leans:
                            self._leaning.setdefault(path, {})[symbol.id, name] = self.resolver.leans
                for use, via, verdict in places:
                    yield path, use, via, verdict

    def aliases(self, symbol: Symbol) -> list[str]:
        """Return the other names under which files import the symbol."""
        if symbol.scope != symbol.path and symbol.kind != "module":
            return []
        if reads(symbol.path):
            return reach.export_aliases(self, symbol)
        last = module_names(symbol.path)[0] if symbol.kind == "module" else symbol.name
        found: dict[str, None] = {}
        for path in self.mentions(last):
            summary = self._source.summary(path)
            for row in summary.imports if summary else ():
                name = row.name or row.module.rpartition(".")[2]
                if row.alias and row.alias != last and name == last:
                    found[row.alias] = None
        return sorted(found)

    # ------------------------------------------------------------ questions

    def definitions(self, path: str, offset: int) -> Answers:
        """Return where the thing at `offset` is defined; several places when it is defined or may be defined often."""
        found = self._use_at(path, offset)
        if found is None:
            return self._nothing(path, offset)
        index, number = found
        means = meaning(self.resolver, index, number)
        name = index.facts.names[index.facts.uses[number].name]
        targets, via, verdict = means.targets, means.via, means.verdict
        if means.open and not targets and index.facts.uses[number].role != f.KEYWORD:
            targets = self.members(name, like=path)
            via = "unique" if len(targets) == 1 else "ambiguous"
        elif means.mixed and not targets:
            owners = {m: m.rpartition(".")[0] for m in self.members(name)}
            targets = tuple(m for m, owner in owners.items() if hierarchy.may_mix(self, means.mixed, owner))
        answers = [
            Answer(p, start, end, via, verdict) for target in targets for p, start, end in self.symbols.places(target)
        ]
        reason = f"{name} could not be resolved" if not targets and verdict != "yes" else ""
        said = self._answers(self.symbol_at(path, offset), sorted(set(answers)), reason)
        if targets or reason or said.reason:
            return said
        outside = outsiders.name_of(self.resolver, *found) or name
        return msgspec.structs.replace(said, reason=f"{outside} is outside the repository")

    def outside_signature(self, path: str, offset: int, seconds: float = 0.02) -> OutsideSymbol | None:
        """Return the signature and documentation of what `offset` means in another package, None when not known.

        Files that would take longer than `seconds` in all are read in the background: ask again later.
        """
        with self.library.patience(seconds):
            found = self._use_at(path, offset)
            name = outsiders.name_of(self.resolver, *found) if found else ""
            return self.library.describe(name) if name else None

    def references(self, path: str, offset: int) -> Answers:
        """Return where the symbol at `offset` is mentioned, its definition included; strings only where they name
        it for certain or are used as names, and unknown receivers only where the name is not that of a crowd."""
        symbol = self.symbol_at(path, offset)
        if symbol is None:
            return self._nothing(path, offset)
        found = [a for a in self.references_of(symbol.id) if a.via != "string" or not self._is_plain_string(a)]
        return self._telling(symbol, found)

    def _telling(self, symbol: Symbol, answers: Sequence[Answer]) -> Answers:
        """Return the answers but those that say next to nothing, which are counted in the reason."""
        vague = {a for a in answers if a.via == "ambiguous"}
        others = crowd(self, symbol) if vague else 0
        if not others:
            return self._answers(symbol, answers)
        reason = f"{len(vague)} more places have {symbol.name} of something unknown, and {others} others have that name"
        return self._answers(symbol, [a for a in answers if a not in vague], reason)

    def _is_plain_string(self, answer: Answer) -> bool:
        found = self._use_at(answer.path, answer.start)
        if found is None or answer.verdict == "yes":
            return False
        use = found[0].facts.uses[found[1]]
        return use.role == f.STRING and found[0].facts.strings[use.ref].kind == f.PLAIN

    def callers(self, path: str, offset: int) -> Answers:
        """Return the places that call the function, method or class at `offset`."""
        symbol = self.symbol_at(path, offset)
        if symbol is None:
            return self._nothing(path, offset)
        found = {
            Answer(p, use.start, use.end, via, verdict)
            for p, use, via, verdict in self._occurrences(symbol)
            if use.extra == 1 and use.role in (f.LOAD, f.ATTRIBUTE)
        }
        return self._telling(symbol, sorted(found))

    def callees(self, path: str, offset: int) -> Answers:
        """Return the definitions of what the function or class at `offset` calls."""
        symbol = self.symbol_at(path, offset)
        span = self.symbols.span(symbol.id) if symbol else None
        index = self.index(symbol.path) if symbol else None
        if symbol is None or span is None or index is None:
            return self._nothing(path, offset)
        found: set[Answer] = set()
        for number, use in enumerate(index.facts.uses):
            if use.extra == 1 and span[0] <= use.start < span[1] and use.role in (f.LOAD, f.ATTRIBUTE):
                means = self._meaning(index, number)
                for target in means.targets:
                    places = self.symbols.places(target)[:1]
                    found |= {Answer(p, start, end, means.via, means.verdict) for p, start, end in places}
        return self._answers(symbol, sorted(found))

    def importers(self, path: str, offset: int) -> Answers:
        """Return the import statements that import the symbol at `offset`, or the module when there is none there."""
        symbol = self.symbol_at(path, offset) or self.symbol(path)
        if symbol is None:
            return self._nothing(path, offset)
        if symbol.kind == "module":
            places = reach.import_places(self, symbol.path)
            return self._answers(symbol, [Answer(p, s, e, "import", "yes") for p, s, e in places])
        found = {
            Answer(p, use.start, use.end, via, verdict)
            for p, use, via, verdict in self._occurrences(symbol)
            if use.role == f.IMPORTED
        }
        return self._answers(symbol, sorted(found))

    def subclasses(self, path: str, offset: int) -> Answers:
        """Return the classes that inherit from the class at `offset`, directly or not."""
        symbol = self.symbol_at(path, offset)
        if symbol is None or symbol.kind not in f.CLASSES:
            return self._nothing(path, offset) if symbol is None else self._answers(symbol, [])
        found = []
        for id, sure in hierarchy.descendants(self, symbol.id).items():
            for p, start, end in self.symbols.places(id)[:1]:
                found.append(Answer(p, start, end, "base", "yes" if sure else "unsure"))
        return self._answers(symbol, sorted(found))

    def tests(self, path: str, offset: int) -> Answers:
        """Return the tests that can reach the symbol at `offset`: first, as `yes`, those that a recorded run has seen
        execute it, then those that reach it by calls and mentions."""
        symbol = self.symbol_at(path, offset)
        if symbol is None:
            return self._nothing(path, offset)
        answers: dict[Answer, None] = {}
        for test, known in selection.select(self, [symbol.id], reach.tests_reaching(self, [symbol.id])):
            verdict: Verdict = "yes" if known else "unsure"
            answers.update({Answer(p, s, e, "inferred", verdict): None for p, s, e in reach.place(self, test)})
        return self._answers(symbol, sorted(answers, key=lambda a: (a.verdict != "yes", a)))

    def _nothing(self, path: str, offset: int) -> Answers:
        if path in self.failed:
            return Answers(None, (), False, f"{path}: {self.failed[path]}")
        if path not in self.files():
            return Answers(None, (), False, f"{path} is not in the index")
        return Answers(
            None, (), not self._incomplete, self._incomplete or f"there is no name at byte {offset} of {path}"
        )

    def _answers(self, symbol: Symbol | None, answers: Sequence[Answer], reason: str = "") -> Answers:
        reasons = [r for r in (self._incomplete, reason) if r]
        if symbol is not None:
            broken = [p for p in self.mentions(symbol.name) if (s := self._source.summary(p)) and s.problems]
            reasons += [f"{p} could not be read whole: {self._problem(p)}" for p in broken[:3]]
            reasons += [f"{p}: {why}" for p, why in sorted(self.failed.items())[:3] if _related(p, symbol)]
        return Answers(symbol, tuple(answers), not reasons, "; ".join(dict.fromkeys(reasons)))

    def _problem(self, path: str) -> str:
        summary = self._source.summary(path)
        return summary.problems[0].message if summary and summary.problems else ""

    # ------------------------------------------------------------ scopes

    def scope_at(self, path: str, offset: int) -> ScopeInfo | None:
        """Return the innermost scope around `offset`."""
        index = self.index(path)
        return self._scope(index, index.scope_at(offset)) if index else None

    def scopes(self, path: str) -> Sequence[ScopeInfo]:
        """Return all scopes of a file, the module's first."""
        index = self.index(path)
        return [self._scope(index, n) for n in range(len(index.facts.scopes))] if index else []

    def _scope(self, index: FileIndex, number: int) -> ScopeInfo:
        row = index.facts.scopes[number]
        id = f"{index.path}::{row.qualname}" if row.qualname else index.path
        return ScopeInfo(id, SCOPE_KINDS[row.kind], row.start, row.end, number)

    def names_in(self, path: str, scope: ScopeInfo) -> Sequence[Symbol]:
        """Return the symbols that the scope binds, in text order; of a class also its instances' attributes."""
        index = self.index(path)
        if index is None:
            return []
        qualname = index.facts.scopes[scope.index].qualname
        found = (self.symbol(symbol_id(path, qualname, n)) for n in index.members.get(scope.index, ()))
        return [s for s in found if s is not None]

    def lookup(self, path: str, offset: int, name: str) -> Symbol | Literal["builtin"] | None:
        """Return what a bare `name` would mean if it stood at `offset`: a symbol, a builtin, or nothing known.

        A name that an import brings from outside the repository is the symbol of the import itself.
        """
        index = self.index(path)
        if index is None:
            return None
        start = scope = index.scope_at(offset)
        while scope >= 0:
            kind = index.facts.scopes[scope].kind
            own = [b for b in index.binds.get((scope, name), ()) if index.facts.binds[b].kind != f.MEMBER]
            if own and (scope == start or kind != f.CLASS_SCOPE):
                targets = bound(self.resolver, index, scope, name)
                local = symbol_id(path, index.facts.scopes[scope].qualname, name)
                id = targets[0].id if len(targets) == 1 else local
                return self.symbol(id or local)
            scope = index.facts.scopes[scope].parent
        targets = unbound(self.resolver, index, name)
        if targets[0].id:
            return self.symbol(targets[0].id)
        return "builtin" if name in BUILTINS else None

    # ------------------------------------------------------------ structure

    def family(self, id: str) -> Family:
        """Return what must keep the same name as a member: overridden and overriding ones, and why some are unsure."""
        return hierarchy.family(self, id)

    def importers_of(self, path: str, *, transitive: bool = True) -> Sequence[str]:
        """Return the files that import `path`, directly or through others, sorted."""
        return reach.importers(self, [path], transitive=transitive)

    def tests_for(self, targets: Iterable[str]) -> tuple[Test, ...]:
        """Return the tests that a change of these functions' bodies, or of these files, can reach: those that were
        seen to execute them first, then those that mention them through calls, then the others of test files that
        import them, directly or not. Left out are tests whose recorded execution is complete and elsewhere."""
        return reach.tests_for(self, list(targets))

    def rank(self, seeds: Iterable[str] | Mapping[str, float], budget: int = ranking.PUSHES) -> ranking.Ranked:
        """Return (id, score) of what matters to these symbols, best first, after at most `budget` pushes."""
        return ranking.rank(self, seeds, budget).ranked

    def outline(self, path: str) -> Sequence[OutlineItem]:
        """Return the functions and classes of a file as a tree."""
        return self.symbols.outline(path)

    def to_networkx(self, scope: Iterable[str] | Callable[[str], bool] | None = None) -> "nx.DiGraph[str]":
        """Return the files of `scope` (all by default) as a graph, and nothing else: nodes are files and their
        definitions, by `kind`; edges `imports`, `contains`, and `refers` with `via`, `verdict` and `count`."""
        return views.networkx_view(self, scope)

    def target_file(self, path: str, row: f.Import) -> Found | None:
        """Return the module that an import in `path` names."""
        if row.level:
            return self.modules.relative(row.level, row.module, path)
        return self.modules.absolute(row.module, path)


def _related(path: str, symbol: Symbol) -> bool:
    """Return whether a file that could not be read may mention the symbol."""
    return language_of(path) is not None and reads(path) == reads(symbol.path)


def _words(summary: Summary | None) -> frozenset[str]:
    return frozenset(summary.names.split(" ")) if summary else frozenset()
