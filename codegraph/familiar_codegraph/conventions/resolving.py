"""What an occurrence means beside other files: is this import ours, does this method override something from outside?

`Tables` are what all files together say; `Resolver.closed` answers one file's open occurrences from them. Every look-up
is by name, so that it is known which files a change of another file can touch (`needs`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import intern
from typing import NamedTuple

from msgspec.structs import replace

from familiar_codegraph.conventions.habits import Call, FileHabits, Function, Imported, Made, Open
from familiar_codegraph.conventions.packed import Packed
from familiar_codegraph.conventions.store import decode, encode
from familiar_codegraph.conventions.values import Occurrence
from familiar_codegraph.conventions.votes import is_test
from familiar_codegraph.modules import Modules

_PLAIN_BASES = frozenset({"object", "Generic", "Protocol", "ABC"})
_FOLLOWED = 8
"""Re-exports that are followed from an import to a definition."""


class Target(NamedTuple):
    """A function of a module: `module` is dotted."""

    path: str
    module: str
    function: Function


class Tables:
    """Definitions of all files, by name."""

    def __init__(self) -> None:
        self.habits = Packed[FileHabits](encode, decode)
        self.classes: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        """Class name -> path -> bases."""
        self.functions: dict[str, dict[str, Function]] = {}
        self.imports: dict[str, dict[str, Imported]] = {}
        self.made: dict[str, dict[str, Made]] = {}

    def put(self, path: str, habits: FileHabits | None) -> None:
        """Take a file's definitions in place of those that it had."""
        old = self.habits.pop(path, None)
        for row in old.classes if old else ():
            self.classes[row.name].pop(path, None)
            if not self.classes[row.name]:
                del self.classes[row.name]
        self.functions.pop(path, None)
        self.imports.pop(path, None)
        self.made.pop(path, None)
        if habits is None:
            return
        self.habits[path] = habits
        for row in habits.classes:
            self.classes[row.name][path] = row.bases
        self.functions[path] = {
            f.name: replace(f, name=intern(f.name), parameters=_interned(f.parameters), doc="", delegates=(), shape=0)
            for f in habits.functions
            if f.top
        }
        self.imports[path] = {
            i.local: replace(i, local=intern(i.local), module=intern(i.module), name=intern(i.name))
            for i in habits.imports
            if i.top
        }
        self.made[path] = {m.name: replace(m, name=intern(m.name), target=intern(m.target)) for m in habits.made}


def _interned(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(intern, names))


def interface(habits: FileHabits | None) -> dict[str, object]:
    """Return what other files' answers can depend on, by name."""
    found: dict[str, list[object]] = defaultdict(list)
    if habits is not None:
        for row in habits.classes:
            found[row.name].append((row.bases,))
        for function in habits.functions:
            if function.top:
                found[function.name].append((function.parameters, function.positional))
        for bound in habits.imports:
            if bound.top:
                found[bound.local].append((bound.level, bound.module, bound.name))
    return {name: tuple(map(repr, rows)) for name, rows in found.items()}


def needs(habits: FileHabits) -> set[str]:
    """Return the names whose meaning elsewhere a file's answers depend on."""
    found = {o.text for o in habits.opens if o.kind == "raise"}
    for row in habits.classes:
        found.update(base.rpartition(".")[2] for base in row.bases)
    for call in habits.calls:
        found.update(call.target.split("."))
    return found


class Resolver:
    """Answers from tables, import roots and mentions (name -> files in which it stands)."""

    def __init__(self, tables: Tables, modules: Modules, mentions: Callable[[str], Sequence[str]]) -> None:
        self.tables, self.modules, self._mentions = tables, modules, mentions
        self._found: dict[tuple[str, int, str], str | None] = {}
        self._tops: dict[str, str] = {}

    def mentions(self, name: str) -> Sequence[str]:
        """Return the files in which a name stands."""
        return self._mentions(name)

    # ------------------------------------------------------------ one file

    def closed(
        self, path: str, opens: Iterable[Open], imports: Iterable[Imported]
    ) -> Iterator[tuple[Occurrence, Open | Imported]]:
        """Yield the answers to a file's open occurrences."""
        for row in opens:
            found = self._closed(path, row)
            if found is not None:
                yield Occurrence(*found, row.start, row.end), row
        seen: set[tuple[int, int, str]] = set()
        for bound in imports:
            target = self.module(path, bound.level, bound.module)
            if target is None:
                continue
            form = self._form(path, target, bound)
            if form:
                yield Occurrence("imports.form", form, bound.start, bound.end), bound
            statement = bound.line, bound.level, bound.module
            if statement not in seen and self._same_package(path, target):
                seen.add(statement)
                answer = "relative" if bound.level else "absolute"
                yield Occurrence("imports.relative", answer, bound.start, bound.end), bound

    def _closed(self, path: str, row: Open) -> tuple[str, str] | None:
        if row.kind == "method":
            return None if self.overrides_outside(path, row.extra) else ("naming.function", row.text)
        if row.kind == "helper":
            if is_test(path):
                return None
            others = any(p != path and p.endswith(".py") for p in self._mentions(row.text))
            return None if others else ("naming.helper", row.extra)
        if row.kind == "raise":
            return "errors.class", "own" if row.text in self.tables.classes else "other"
        if row.kind == "test-file":
            return ("tests.file", file_name(path)) if is_test(path) else None
        return None

    # ------------------------------------------------------------ modules

    def module(self, path: str, level: int, name: str) -> str | None:
        """Return the file or folder of the repository that an import in `path` names."""
        key = path.rpartition("/")[0], level, name
        if key not in self._found:
            found = self.modules.relative(level, name, path) if level else self.modules.absolute(name, path)
            beside = found is not None and not level and self.is_beside(path, name, found.path)
            self._found[key] = found.path if found and not beside else None
        return self._found[key]

    def is_beside(self, path: str, name: str, target: str) -> bool:
        """Return whether an absolute import seems to find a file of the importing package by its bare name.

        Python finds it so only when the package's folder is a script's; then it is another module of that name.
        """
        top = self.top_package(path)
        inside = bool(top) and target.startswith(f"{top}/")
        return inside and name.partition(".")[0] != top.rpartition("/")[2]

    def _form(self, path: str, target: str, bound: Imported) -> str:
        if bound.name == "*":
            return ""
        if not bound.name:
            return "module"
        sub = f"{bound.module}.{bound.name}" if bound.module else bound.name
        return "module" if self.module(path, bound.level, sub) is not None else "from"

    def _same_package(self, path: str, target: str) -> bool:
        top = self.top_package(path)
        return bool(top) and (target == top or target.startswith(f"{top}/"))

    def top_package(self, path: str) -> str:
        """Return the folder of the topmost package around a file, "" when it is in none."""
        folder = path.rpartition("/")[0]
        if folder not in self._tops:
            at, top = folder, ""
            while at and (f"{at}/__init__.py" in self.tables.habits):
                top, at = at, at.rpartition("/")[0]
            self._tops[folder] = top
        return self._tops[folder]

    def dotted(self, path: str) -> str:
        """Return the dotted name of the module in a file."""
        stem = path.rpartition(".")[0]
        stem = stem.removesuffix("/__init__")
        top = self.top_package(path)
        base = top.rpartition("/")[0] if top else stem.rpartition("/")[0]
        inside = stem[len(base) + 1 :] if base else stem
        return inside.replace("/", ".")

    # ------------------------------------------------------------ classes

    def overrides_outside(self, path: str, name: str, depth: int = 0) -> bool:
        """Return whether a class has a base that is not the repository's, however far up."""
        bases = self.tables.classes.get(name, {}).get(path, ())
        for base in bases:
            last = base.rpartition(".")[2].removesuffix("()")
            if last in _PLAIN_BASES:
                continue
            homes = self.tables.classes.get(last)
            if not homes or base.endswith("()"):
                return True
            home = path if path in homes else min(homes)
            if depth < _FOLLOWED and (home, last) != (path, name) and self.overrides_outside(home, last, depth + 1):
                return True
        return False

    # ------------------------------------------------------------ calls

    def function(self, path: str, target: str) -> Target | None:
        """Return the function of a module that a dotted name in `path` means (imports are already put in)."""
        if "." not in target:
            local = self.tables.functions.get(path, {}).get(target)
            return Target(path, self.dotted(path), local) if local else None
        level = len(target) - len(target.lstrip("."))
        module, _, name = target[level:].rpartition(".")
        return self._exported(path, level, module, name, 0)

    def _exported(self, path: str, level: int, module: str, name: str, depth: int) -> Target | None:
        home = self.module(path, level, module) if module or level else None
        if home is None or depth > _FOLLOWED:
            return None
        if home not in self.tables.habits:
            return None
        own = self.tables.functions[home].get(name)
        if own is not None:
            return Target(home, self.dotted(home), own)
        bound = self.tables.imports[home].get(name)
        if bound is None or not bound.name or bound.name == "*":
            return None
        return self._exported(home, bound.level, bound.module, bound.name, depth + 1)

    def definition(self, path: str, target: str) -> tuple[str, str] | None:
        """Return (path, name) of the repository's own function or class of a module that a dotted name means."""
        found = self.function(path, target)
        if found is not None:
            return found.path, found.function.name
        if "." not in target:
            return (path, target) if path in self.tables.classes.get(target, {}) else None
        level = len(target) - len(target.lstrip("."))
        return self._class(path, level, *target[level:].rpartition(".")[::2], 0)

    def _class(self, path: str, level: int, module: str, name: str, depth: int) -> tuple[str, str] | None:
        home = self.module(path, level, module) if module or level else None
        if home is None or depth > _FOLLOWED:
            if depth == 0 and "." in module:  # a method called on its class
                return self._class(path, level, *module.rpartition(".")[::2], _FOLLOWED)
            return None
        if home in self.tables.classes.get(name, {}):
            return home, name
        bound = self.tables.imports.get(home, {}).get(name)
        if bound is None or not bound.name or bound.name == "*":
            return None
        return self._class(home, bound.level, bound.module, bound.name, depth + 1)

    def exported(self, path: str, bound: Imported, depth: int = 0) -> tuple[str, str] | None:
        """Return (path, name) of what an import takes from the repository: where it is defined, or passed on from."""
        home = self.module(path, bound.level, bound.module)
        if home is None or home not in self.tables.habits or depth > _FOLLOWED:
            return None
        tables = self.tables
        if bound.name in tables.functions[home] or bound.name in tables.made[home]:
            return home, bound.name
        if home in tables.classes.get(bound.name, {}):
            return home, bound.name
        further = tables.imports[home].get(bound.name)
        if further is None or not further.name:
            return (home, bound.name) if further is not None else None
        return self.exported(home, further, depth + 1) or (home, bound.name)

    def is_own(self, path: str, target: str) -> bool:
        """Return whether a dotted name begins with a module of the repository or a name of the file itself."""
        if target.startswith("."):
            return True
        root = target.partition(".")[0]
        if root in self.tables.functions.get(path, {}) or path in self.tables.classes.get(root, {}):
            return True
        return "." in target and self.module(path, 0, root) is not None

    def keywords(self, path: str, calls: Iterable[Call]) -> Iterator[tuple[str, str, Call]]:
        """Yield (question, answer, call) of calls of the repository's functions: how is each parameter given?"""
        for call in calls:
            if (
                call.positional < 0
                or not (call.positional or call.keywords)
                or call.target.startswith(("self.", "cls."))
            ):
                continue
            found = self.function(path, call.target)
            if found is None:
                continue
            function = found.function
            base = f"api.keyword:{found.module}.{function.name}"
            for parameter in function.parameters[: min(call.positional, function.positional)]:
                yield f"{base}.{parameter}", "positional", call
            for keyword in call.keywords:
                if keyword in function.parameters[: function.positional]:
                    yield f"{base}.{keyword}", "keyword", call

    def tally(self, path: str, habits: FileHabits) -> tuple[dict[str, dict[str, int]], dict[tuple[str, str], int]]:
        """Return a file's counts, and the line of the first occurrence of each answer."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        lines: dict[tuple[str, str], int] = {}
        for question, answer, count, line in habits.counts:
            counts[question][answer] += count
            lines[question, answer] = line
        for occurrence, row in self.closed(path, habits.opens, habits.imports):
            counts[occurrence.question][occurrence.answer] += row.count if isinstance(row, Open) else 1
            key = occurrence.question, occurrence.answer
            lines[key] = min(lines.get(key, row.line), row.line)
        for question, answer, call in self.keywords(path, habits.calls):
            counts[question][answer] += call.count
            lines[question, answer] = min(lines.get((question, answer), call.line), call.line)
        return {q: dict(a) for q, a in counts.items()}, lines


def file_name(path: str) -> str:
    """Return the answer of `tests.file` that a file's name gives."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if stem.startswith("test_"):
        return "test_x.py"
    if stem.endswith("_test"):
        return "x_test.py"
    return "tests.py" if stem == "tests" else "other"
