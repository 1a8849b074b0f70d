"""One file's facts with the look-ups that resolution needs; each is built when it is first asked for."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from weakref import WeakMethod

from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.languages.sections import Binds, Joined, Starts, uses_of
from familiar_codegraph.packed import column

SCOPE_KINDS = ("module", "class", "function", "lambda", "comprehension", "type", "block", "object")


class UsesOf:
    """The uses of each name, found when asked for: a file is asked about few of its names."""

    __slots__ = ("_names", "_of_uses", "_uses")

    def __init__(self, uses: Sequence[f.Use], names: dict[str, int]) -> None:
        """`names` gives each name's number."""
        self._uses, self._names = uses, names
        self._of_uses = () if isinstance(uses, Joined) else column(uses, "name")

    def get(self, name: str, default: Sequence[int] = ()) -> Sequence[int]:
        """Return the indices of the uses of `name`, in text order."""
        number = self._names.get(name)
        if number is None:
            return default
        if isinstance(self._uses, Joined):
            return uses_of(self._uses, name)
        found, at = [], -1
        with suppress(ValueError):
            while True:
                at = self._of_uses.index(number, at + 1)
                found.append(at)
        return found


class FileIndex:
    """`binds[scope, name]` are indices of binds in text order, `scope_of[qualname]` a scope's index."""

    def __init__(self, path: str, facts: f.FileFacts) -> None:
        self.path, self.facts = path, facts
        types = not reads(path)  # type parameters of Python share the names around them
        self.scope_of = {s.qualname: i for i, s in enumerate(facts.scopes) if s.kind != f.TYPE_SCOPE or not types}

    @cached_property
    def binds(self) -> Mapping[tuple[int, str], Sequence[int]]:
        facts, found = self.facts, defaultdict[tuple[int, str], list[int]](list)
        if isinstance(facts.binds, Joined):
            return Binds(facts.binds)
        columns = column(facts.binds, "scope"), column(facts.binds, "name")
        for index, (scope, name) in enumerate(zip(*columns, strict=True)):
            if name >= 0:
                found[scope, facts.names[name]].append(index)
        return found

    @cached_property
    def names(self) -> dict[str, int]:
        """The number of each name."""
        return {name: i for i, name in enumerate(self.facts.names)}

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where each use starts."""
        uses = self.facts.uses
        return Starts(uses) if isinstance(uses, Joined) else column(uses, "start")

    @cached_property
    def uses_of(self) -> "UsesOf":
        return UsesOf(self.facts.uses, self.names)

    @cached_property
    def holding(self) -> Mapping[int, Sequence[int]]:
        """The subscripts and calls in which a constant stands directly, by its reference."""
        exprs, found = self.facts.exprs, defaultdict[int, list[int]](list)
        for number, row in enumerate(exprs):
            if row.op in (f.SUBSCRIPT, f.CALL):
                for item in row.items:
                    if item >= 0 and exprs[item].op == f.CONST:
                        found[exprs[item].a].append(number)
        return found

    @cached_property
    def narrows_of(self) -> dict[str, list[f.Narrow]]:
        found: dict[str, list[f.Narrow]] = defaultdict(list)
        for row in self.facts.narrows:
            found[row.key].append(row)
        return found

    @cached_property
    def is_ecma(self) -> bool:
        """Whether the file is JavaScript or TypeScript."""
        return reads(self.path)

    @cached_property
    def exported_names(self) -> frozenset[str]:
        return frozenset(self.facts.names[self.facts.uses[u].name] for u in self.facts.exports or ())

    @cached_property
    def export_rows(self) -> dict[str, list[f.Import]]:
        """Exports of JavaScript under another name or from another module, by the name that others see."""
        found: dict[str, list[f.Import]] = defaultdict(list)
        for row in self.facts.imports:
            seen = row.alias or row.name
            if row.bind < 0 and seen and row.name != "*" and (row.name != "export=" or row.alias):
                found[seen].append(row)
        return found

    @cached_property
    def stars(self) -> tuple[f.Import, ...]:
        return tuple(i for i in self.facts.imports if i.name == "*")

    @cached_property
    def spread(self) -> dict[int, list[int]]:
        """The calls that a name (by its use) is unpacked into by `**`."""
        exprs, found = self.facts.exprs, defaultdict[int, list[int]](list)
        for number, row in enumerate(exprs):
            for item in row.items if row.op == f.CALL else ():
                given = exprs[item] if item >= 0 else None
                inner = exprs[given.a] if given is not None and given.op == f.STARRED and given.a >= 0 else None
                if inner is not None and inner.op == f.NAME and given is not None and given.b == 2:
                    found[inner.a].append(number)
        return found

    @cached_property
    def reads(self) -> dict[int, str]:
        """The attribute that is read of a name (by its use)."""
        facts, found = self.facts, dict[int, str]()
        for row in facts.exprs:
            if row.op == f.ATTR and row.a >= 0 and (inner := facts.exprs[row.a]).op == f.NAME:
                found[inner.a] = facts.names[facts.uses[row.b].name]
        return found

    @cached_property
    def call_of(self) -> dict[int, int]:
        """The call that a name or attribute (by its use) is the callee of."""
        exprs, found = self.facts.exprs, dict[int, int]()
        for number, row in enumerate(exprs):
            callee = exprs[row.a] if row.op == f.CALL and row.a >= 0 else None
            if callee is not None and callee.op in (f.NAME, f.ATTR):
                found[callee.a if callee.op == f.NAME else callee.b] = number
        return found

    @cached_property
    def keywords_of(self) -> dict[int, list[int]]:
        """The keywords (uses) of each call."""
        found = defaultdict[int, list[int]](list)
        for number, use in enumerate(self.facts.uses):
            if use.role == f.KEYWORD and use.extra:
                found[use.ref].append(number)
        return found

    @cached_property
    def dynamic_calls(self) -> tuple[int, ...]:
        """Calls of `cls`, of `type(...)` and of `....__class__`: what makes another instance of the same class."""
        facts, found = self.facts, []
        for number, row in enumerate(facts.exprs):
            callee = facts.exprs[row.a] if row.op == f.CALL and row.a >= 0 else None
            if callee is None or callee.op not in (f.NAME, f.ATTR, f.CALL):
                continue
            use = facts.uses[callee.b if callee.op == f.ATTR else callee.a] if callee.op != f.CALL else None
            name = facts.names[use.name] if use is not None else ""
            if callee.op == f.CALL and callee.a >= 0 and (inner := facts.exprs[callee.a]).op == f.NAME:
                name = "cls" if facts.names[facts.uses[inner.a].name] == "type" else ""
            if name == "__class__" or name == "cls":
                found.append(number)
        return tuple(found)

    @cached_property
    def base_of(self) -> dict[int, int]:
        """The class definition that a name or attribute (by its use) is a base of."""
        exprs, found = self.facts.exprs, dict[int, int]()
        for number, row in enumerate(self.facts.defs):
            for base in row.bases:
                while base >= 0 and exprs[base].op == f.SUBSCRIPT:
                    base = exprs[base].a
                if base >= 0 and exprs[base].op in (f.NAME, f.ATTR):
                    found[exprs[base].a if exprs[base].op == f.NAME else exprs[base].b] = number
        return found

    @cached_property
    def type_uses(self) -> frozenset[int]:
        """Names and attributes (by their uses) that stand in annotations, `isinstance` and `except`."""
        facts = self.facts
        waiting = [b.annotation for b in facts.binds] + [d.returns for d in facts.defs]
        waiting += [n.type for n in facts.narrows]
        for row in facts.exprs:
            callee = facts.exprs[row.a] if row.op == f.CALL and len(row.items) == 2 and row.a >= 0 else None
            name = facts.names[facts.uses[callee.a].name] if callee is not None and callee.op == f.NAME else ""
            if row.op == f.INSTANCE:
                waiting.append(row.a)
            elif name in ("isinstance", "issubclass"):
                waiting.append(row.items[1])
        found: set[int] = set()
        while waiting:
            number = waiting.pop()
            if number < 0:
                continue
            row = facts.exprs[number]
            if row.op == f.NAME:
                found.add(row.a)
            elif row.op == f.ATTR:
                found.add(row.b)
            elif row.op in (f.SUBSCRIPT, f.ALTERNATIVES, f.DISPLAY, f.TUPLE_OF, f.DICT_OF):
                waiting += [row.a, *row.items]
        return frozenset(found)

    @cached_property
    def members(self) -> dict[int, list[str]]:
        """Names bound in each scope, in text order."""
        found: dict[int, list[str]] = defaultdict(list)
        for scope, name in self.binds:
            if name != "()":
                found[scope].append(name)
        return found

    def uses_at(self, offset: int) -> list[int]:
        """Return the uses whose span holds `offset` (or ends there), the narrowest first."""
        last = bisect_right(self.starts, offset)
        found = [i for i in range(max(0, last - 8), last) if self.facts.uses[i].end >= offset]
        return sorted(found, key=lambda i: (self.facts.uses[i].end == offset, self.facts.uses[i].role == f.STRING, i))

    def scope_at(self, offset: int) -> int:
        """Return the innermost scope that holds `offset` or ends there."""
        best = 0
        for index, scope in enumerate(self.facts.scopes):
            if scope.start <= offset <= scope.end and scope.start >= self.facts.scopes[best].start:
                best = index
        return best

    def enclosing_class(self, scope: int) -> int:
        """Return the class scope nearest around `scope`, -1 when there is none."""
        while scope >= 0 and self.facts.scopes[scope].kind != f.CLASS_SCOPE:
            scope = self.facts.scopes[scope].parent
        return scope


class Indices:
    """The files of one snapshot with their look-ups, loaded when asked for; beyond a limit the first are let go.

    It knows nothing of the graph around: a graph that nobody holds any more is freed at once, with all its tables.
    """

    def __init__(self, facts: Callable[[str], f.FileFacts | None], limit: int) -> None:
        """`limit`: how many occurrences may be held."""
        self._facts, self._limit, self._size = facts, limit, 0
        self._loaded: dict[str, FileIndex] = {}
        self.forget: WeakMethod[Callable[[str], None]] | None = None
        """Told which files are let go."""

    def get(self, path: str) -> FileIndex | None:
        """Return a file's facts with their look-ups, None when it has none."""
        found = self._loaded.get(path)
        if found is None:
            facts = self._facts(path)
            if facts is None:
                return None
            found = self._loaded[path] = FileIndex(path, facts)
            self._size += len(facts.uses)
            while self._size > self._limit and len(self._loaded) > 1:
                self._drop(next(iter(self._loaded)))
        return found

    def _drop(self, path: str) -> None:
        self._size -= len(self._loaded.pop(path).facts.uses)
        forget = self.forget() if self.forget is not None else None
        if forget is not None:
            forget(path)

    def take(self, other: "Indices", *, without: str) -> None:
        """Hold what another snapshot has loaded, but for one file."""
        self._loaded = {path: index for path, index in other._loaded.items() if path != without}
        self._size = sum(len(index.facts.uses) for index in self._loaded.values())
