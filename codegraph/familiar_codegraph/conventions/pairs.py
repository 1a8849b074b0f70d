"""The house's own helpers beside what the world uses for the same: its own print, logger, path, JSON or test helper.

A helper is found by what it does and by what it is called: its body hands its parameters on to something from outside
and gives back what comes of it; it has the name of what it stands for; its docstring says what it is like; a module
passes on under its own roof what other files take from there (`compat`). It is a habit by who uses it: several other
files do, and what it stands for is rare outside of it.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph.conventions.defaults import BUILTINS, KNOWN, LEFT_ROOTS, PARTS, SYNONYMS, TYPES
from familiar_codegraph.conventions.habits import Class, FileHabits, Function
from familiar_codegraph.conventions.resolving import Resolver
from familiar_codegraph.conventions.values import Pair
from familiar_codegraph.conventions.votes import is_test, kind_of
from familiar_codegraph.conventions.weighing import wilson
from familiar_codegraph.conventions.words import words

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House

ENOUGH = 4.0
"""The evidence from which a definition counts as a helper."""
_SOURCES, _FILES = 2, 3
"""Other source files, or files with tests counted, that must use a helper."""
_MANY = 6
"""Files that use a helper, from which it is one although what it stands for is frequent."""
_LIKE = re.compile(
    r"\b(?:like|wrapper|wraps?|wrapping|replacement|replaces?|version|variant|equivalent|same as|similar|instead of|"
    r"drop-in|alternative|mimics?|shortcut|shorthand|helper|around|analogous|behaves)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*")
_DULL = frozenset(
    {"get", "set", "make", "new", "the", "from", "with", "for", "and", "call", "value", "name", "class", "info"}
)
TEXT = frozenset({"str.encode", "bytes.decode"})
_ENCODED = frozenset(
    {"bytes", "str", "text", "unicode", "native", "ascii", "b", "u", "utf", "latin", "encode", "decode"}
)
_COMPAT = frozenset({"compat", "py3k", "py3", "six", "moves", "backports", "polyfill"})
Own = tuple[str, str]
"""Path and name of a definition."""


class Helper(NamedTuple):
    """A definition that may be a helper: `evidence` grows with what speaks for it."""

    path: str
    line: int
    name: str
    owner: str
    default: str
    evidence: float


class Uses(NamedTuple):
    """Calls of the repository's own definitions and the files that use them; calls of what is from outside."""

    calls: Counter[Own]
    users: dict[Own, set[str]]
    outside: Counter[str]
    homes: dict[str, Counter[str]]
    """Outside name -> file -> calls."""


def pairs(house: "House") -> list[Pair]:
    """Return the pairs of a house, surest first."""
    resolver = house.resolver
    if resolver is None:
        return []
    uses = _uses(resolver)
    best: dict[tuple[str, str, str], Pair] = {}
    for path, habits in sorted(resolver.tables.habits.items()):
        if kind_of(path) == "docs":
            continue
        for helper in _helpers(resolver, path, habits):
            found = _pair(resolver, helper, uses)
            key = (path, helper.owner, helper.name)
            if found and (key not in best or found.confidence > best[key].confidence):
                best[key] = found
    return sorted(best.values(), key=lambda p: (-p.confidence, p.house, p.default))


def _pair(resolver: Resolver, helper: Helper, uses: Uses) -> Pair | None:
    if helper.evidence < ENOUGH:
        return None
    own = helper.path, helper.owner or helper.name
    users = uses.users.get(own, set()) - {helper.path}
    if len([p for p in users if not is_test(p)]) < _SOURCES and len(users) < _FILES:
        return None
    calls_house = max(uses.calls[own], len(users))
    calls_default = uses.outside[helper.default] - uses.homes[helper.default][helper.path]
    if calls_default > 2 * calls_house and len(users) < _MANY:
        return None
    preferred = wilson(calls_house / (calls_house + calls_default), calls_house + calls_default)
    sure = min(1.0, helper.evidence / (ENOUGH + 4))
    module = resolver.dotted(helper.path)
    name = f"{module}.{helper.owner}.{helper.name}" if helper.owner else f"{module}.{helper.name}"
    confidence = round(0.5 * sure + 0.5 * preferred, 4)
    return Pair(helper.default, name, helper.path, helper.line, calls_default, calls_house, confidence)


def _uses(resolver: Resolver) -> Uses:
    uses = Uses(Counter(), defaultdict(set), Counter(), defaultdict(Counter))
    for path, habits in resolver.tables.habits.items():
        targets = [(c.target, c.count) for c in habits.calls]
        targets += [(base, 1) for row in habits.classes for base in row.bases]
        for target, count in targets:
            home = resolver.definition(path, target)
            if home is not None:
                uses.calls[home] += count
                uses.users[home].add(path)
            elif not target.startswith((".", "self.", "cls.")) and not resolver.is_own(path, target):
                uses.outside[target] += count
                uses.homes[target][path] += count
        for bound in habits.imports:
            home = resolver.exported(path, bound) if bound.name and bound.name != "*" else None
            if home is not None:
                uses.users[home].add(path)
    return uses


def _helpers(resolver: Resolver, path: str, habits: FileHabits) -> Iterator[Helper]:
    for function in habits.functions:
        if function.name.startswith("__") or (is_test(path) and function.name.startswith("test")):
            continue
        if not function.top and "staticmethod" not in function.decorators:
            continue
        for helper in _wrapping(resolver, path, habits, function):
            if function.top or _named_alike(function.name, helper.default) >= 3.0:
                yield helper
        yield from _alike(resolver, path, function.name, function.line, function.doc, function.owner)
        if function.top:
            yield from _namesake(resolver, path, function.name, function.line)
    for row in habits.classes:
        yield from _derived(resolver, path, row)
        yield from _alike(resolver, path, row.name, row.line, row.doc, "")
        yield from _namesake(resolver, path, row.name, row.line)
    yield from _passed_on(resolver, path, habits)


def is_default(resolver: Resolver, path: str, habits: FileHabits, target: str) -> bool:
    """Return whether a dotted name is from outside, and something that one may have a helper for."""
    if target in PARTS or target.startswith((".", "self", "cls", "super")):
        return False
    if target in TEXT:
        return True
    root, dot, _ = target.partition(".")
    if not dot:
        return root in BUILTINS and not resolver.is_own(path, root)
    if root in LEFT_ROOTS or target.endswith(("Error", "Exception", "Warning")):
        return False
    imported = any(i.module.partition(".")[0] == root and not i.level for i in habits.imports)
    return imported and not resolver.is_own(path, target)


def _wrapping(resolver: Resolver, path: str, habits: FileHabits, function: Function) -> Iterator[Helper]:
    """Yield what a function hands its parameters on to."""
    seen: dict[str, str] = {}
    for delegate in function.delegates:
        target = delegate.lstrip("=+")
        marks = delegate[: len(delegate) - len(target)]
        if is_default(resolver, path, habits, target):
            seen[target] = max(seen.get(target, ""), marks, key=len)
    if not seen or function.statements > 15:
        return
    around = "contextlib.contextmanager" in function.decorators
    for target, marks in seen.items():
        marks = marks or "+" * around
        if not marks and function.parameters:
            continue
        evidence = {"=+": 2.5, "=": 1.5, "+": 1.0}.get(marks, 0.5)
        evidence += 1.0 if function.statements <= 4 else 0.5 if function.statements <= 10 else -0.5
        evidence += 0.5 if target in TEXT and "=" in marks else 0.0
        evidence += 1.0 if len(seen) == 1 else -0.5 * (len(seen) > 2)
        evidence += 0.5 if len(function.delegates) <= 2 else -0.5 * (len(function.delegates) > 5)
        alike = _named_alike(function.name, target)
        mentioned = 1.5 if _mentions(function.doc, target) else 0.0
        plainly = marks == "=+" and len(function.delegates) == 1 and function.statements <= 2
        if alike < 2.0 and not mentioned and not plainly and not (alike and "=" in marks and len(seen) == 1):
            continue  # it calls a library on its way to something else
        yield Helper(path, function.line, function.name, function.owner, target, evidence + alike + mentioned)


def _named_alike(name: str, target: str) -> float:
    """Return how much the name of a helper says what it stands for."""
    last = target.rpartition(".")[2]
    if name.strip("_").lower().replace("_", "") == last.lower().replace("_", ""):
        return 3.0
    ours, theirs = set(words(name)) - _DULL, set(words(last)) - _DULL
    joined = "".join(words(name))
    if ours & theirs or (len(last) > 3 and last.lower() in joined):
        return 2.0
    if target in TEXT and not _ENCODED.isdisjoint(words(name)):
        return 2.0
    modules = set(words(target.rpartition(".")[0])) - _DULL
    return 1.0 if ours & modules else 0.0


def _mentions(doc: str, target: str) -> bool:
    found = set(_MENTION.findall(doc))
    return target in found or ("." in target and target.rpartition(".")[2] in found and bool(_LIKE.search(doc)))


def _alike(resolver: Resolver, path: str, name: str, line: int, doc: str, owner: str) -> Iterator[Helper]:
    """Yield what a definition says in its docstring that it is like."""
    if not doc or not _LIKE.search(doc):
        return
    for mention in _MENTION.findall(doc):
        root, dot, _ = mention.partition(".")
        known = root in sys.stdlib_module_names if dot else mention in BUILTINS
        if known and mention not in PARTS and not resolver.is_own(path, mention):
            yield Helper(path, line, name, owner, mention, 3.0 + _named_alike(name, mention))
            return


def _namesake(resolver: Resolver, path: str, name: str, line: int) -> Iterator[Helper]:
    """Yield the standard library's function of the same name, where the name says what it does."""
    if name in KNOWN and not is_test(path):
        yield Helper(path, line, name, "", KNOWN[name], 4.5)
    elif name in BUILTINS and not is_test(path):
        yield Helper(path, line, name, "", name, 4.5)
    elif name in SYNONYMS and not is_test(path):
        yield Helper(path, line, name, "", SYNONYMS[name], 4.2)


def _derived(resolver: Resolver, path: str, row: Class) -> Iterator[Helper]:
    """Yield what a class stands in for: an outside base whose name is in its own."""
    if not row.bases:
        return
    base = row.bases[0]
    root, dot, _ = base.partition(".")
    last = base.rpartition(".")[2]
    warning = last in ("DeprecationWarning", "PendingDeprecationWarning", "UserWarning", "FutureWarning")
    mapping = last in ("dict", "OrderedDict", "UserDict", "MutableMapping")
    if mapping and row.name.endswith(("Dict", "Map", "Mapping")) and not resolver.is_own(path, base):
        yield Helper(path, row.line, row.name, "", "dict" if last == "MutableMapping" else base, 4.2)
    if warning and not resolver.is_own(path, base):
        yield Helper(path, row.line, row.name, "", base, 4.5)
    if not dot or root in LEFT_ROOTS or resolver.is_own(path, base) or base.startswith("."):
        return
    if last.endswith(("Error", "Exception", "Warning")) or last in ("ABC", "NamedTuple", "Enum", "Protocol"):
        return
    alike = _named_alike(row.name, base)
    inside = last.lower() in row.name.lower()
    if alike >= 2.0 and inside and not (is_test(path) and row.name.startswith("Test") and row.name != "TestCase"):
        yield Helper(path, row.line, row.name, "", base, 2.5 + alike)


def _passed_on(resolver: Resolver, path: str, habits: FileHabits) -> Iterator[Helper]:
    """Yield what a module passes on: imports of a compat module, other names of outside things, loggers made once."""
    module = path.rpartition("/")[2].rpartition(".")[0]
    compat = not _COMPAT.isdisjoint(words(module)) or not _COMPAT.isdisjoint(words(path.rpartition("/")[0]))
    if is_test(path):
        return
    roots = BUILTINS | TYPES
    roots |= {i.module.partition(".")[0] for i in habits.imports if not i.level}
    for bound in habits.imports if compat else ():
        target = f"{bound.module}.{bound.name}" if bound.name else bound.module
        root = bound.module.partition(".")[0]
        left = bound.level or bound.name == "*" or root in LEFT_ROOTS or root == "sys"
        if bound.top and not left and not resolver.is_own(path, f"{target}."):
            yield Helper(path, bound.line, bound.local, "", target, 6.0)
    for row in habits.made:
        outside = row.target in roots or row.target.partition(".")[0] in roots
        if not outside or row.target.startswith((".", "self.")) or resolver.is_own(path, row.target):
            continue
        if row.called and row.target == "logging.getLogger":
            yield Helper(path, row.line, row.name, "", row.target, 6.0)
        elif not row.called and row.target.partition(".")[0] not in LEFT_ROOTS and row.target not in PARTS:
            plain = compat or row.target in TYPES
            evidence = 5.0 if plain else 2.5 + _named_alike(row.name, row.target)
            yield Helper(path, row.line, row.name, "", row.target, evidence)
