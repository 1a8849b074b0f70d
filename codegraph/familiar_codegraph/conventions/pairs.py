"""The house's own helpers beside what the world uses for the same: its own print, logger, path, JSON or test helper.

A helper is found by what it does and by what it is called: its body hands its parameters on to something from outside
and gives back what comes of it; it has the name of what it stands for; its docstring says what it is like. It is a
habit by who calls it: the helper's uses are held against those of what it wraps.
"""

import builtins
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph.conventions.habits import Class, FileHabits, Function
from familiar_codegraph.conventions.resolving import Resolver
from familiar_codegraph.conventions.values import Pair
from familiar_codegraph.conventions.votes import is_test, kind_of
from familiar_codegraph.conventions.weighing import wilson
from familiar_codegraph.conventions.words import words

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House

ENOUGH = 4.5
"""The evidence from which a definition counts as a helper."""
_BUILTINS = frozenset({"print", "open", "input", "repr", "compile", "exec", "eval", "__import__", "sorted", "hash"})
"""Builtins that people wrap; the others are what every function is made of."""
_PARTS = frozenset({
    "functools.wraps", "functools.partial", "functools.update_wrapper", "super", "super()", "copy.copy",
    "collections.defaultdict", "collections.OrderedDict", "collections.deque", "collections.Counter", "re.compile",
    "inspect.signature", "typing.cast", "contextlib.ExitStack", "itertools.chain", "threading.Lock", "threading.RLock",
    "weakref.ref", "os.path.dirname", "os.path.basename", "os.fspath", "operator.itemgetter", "operator.attrgetter",
})  # fmt: skip
"""Parts that functions of any kind are made of: to use one is not to stand for it."""
_ROOTS_LEFT = frozenset({"typing", "typing_extensions", "abc", "__future__", "enum", "types", "numbers", "builtins"})
_LIKE = re.compile(
    r"\b(?:like|wrapper|wraps?|wrapping|replacement|replaces?|version|variant|equivalent|same as|similar|instead of|"
    r"drop-in|alternative|mimics?|shortcut|shorthand|helper|around|analogous|behaves)\b",
    re.IGNORECASE,
)
_MENTION = re.compile(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*")
_DULL = frozenset({"get", "set", "make", "new", "the", "from", "with", "for", "and", "call", "value", "name", "class"})


class Helper(NamedTuple):
    """A definition that may be a helper: `evidence` grows with what speaks for it."""

    path: str
    line: int
    name: str
    owner: str
    default: str
    evidence: float


def pairs(house: "House") -> list[Pair]:
    """Return the pairs of a house, surest first."""
    resolver = house.resolver
    if resolver is None:
        return []
    own, outside = _uses(resolver)
    best: dict[tuple[str, str, str], Pair] = {}
    for path, habits in sorted(resolver.tables.habits.items()):
        if kind_of(path) == "docs":
            continue
        for helper in _helpers(resolver, path, habits, outside):
            found = _pair(resolver, helper, own, outside)
            key = (path, helper.owner, helper.name)
            if found and (key not in best or found.confidence > best[key].confidence):
                best[key] = found
    return sorted(best.values(), key=lambda p: (-p.confidence, p.house, p.default))


def _pair(resolver: Resolver, helper: Helper, own: Counter[tuple[str, str]], outside: Counter[str]) -> Pair | None:
    calls_house = own[helper.path, helper.owner or helper.name]
    calls_default = max(0, outside[helper.default] - 1)
    if calls_house < 2 or helper.evidence < ENOUGH:
        return None
    preferred = wilson(calls_house / (calls_house + calls_default), calls_house + calls_default)
    if calls_default > 3 * calls_house and helper.evidence < ENOUGH + 2:
        return None
    sure = min(1.0, helper.evidence / (ENOUGH + 4))
    module = resolver.dotted(helper.path)
    name = f"{module}.{helper.owner}.{helper.name}" if helper.owner else f"{module}.{helper.name}"
    confidence = round(0.5 * sure + 0.5 * preferred, 4)
    return Pair(helper.default, name, helper.path, helper.line, calls_default, calls_house, confidence)


def _uses(resolver: Resolver) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Count the uses of the repository's own definitions, and of what is from outside."""
    own: Counter[tuple[str, str]] = Counter()
    outside: Counter[str] = Counter()
    for path, habits in resolver.tables.habits.items():
        for call in habits.calls:
            _use(resolver, path, call.target, call.count, own, outside)
        for row in habits.classes:
            for base in row.bases:
                _use(resolver, path, base, 1, own, outside)
    return own, outside


def _use(
    resolver: Resolver, path: str, target: str, count: int, own: Counter[tuple[str, str]], outside: Counter[str]
) -> None:
    home = resolver.definition(path, target)
    if home is not None:
        own[home] += count
    elif not target.startswith((".", "self.", "cls.")) and not resolver.is_own(path, target):
        outside[target] += count


def _helpers(resolver: Resolver, path: str, habits: FileHabits, outside: Counter[str]) -> Iterator[Helper]:
    for function in habits.functions:
        if function.name.startswith("__") or (is_test(path) and function.name.startswith("test")):
            continue
        if not function.top and "staticmethod" not in function.decorators:
            continue
        yield from _wrapping(resolver, path, habits, function)
        yield from _alike(resolver, path, function.name, function.line, function.doc, function.owner, outside)
    for row in habits.classes:
        yield from _derived(resolver, path, row)
        yield from _alike(resolver, path, row.name, row.line, row.doc, "", outside)


def is_default(resolver: Resolver, path: str, habits: FileHabits, target: str) -> bool:
    """Return whether a dotted name is from outside, and something that one may have a helper for."""
    if target in _PARTS or target.startswith((".", "self", "cls", "super")):
        return False
    root, dot, rest = target.partition(".")
    if not dot:
        return root in _BUILTINS and root not in resolver.tables.functions.get(path, {})
    if root in _ROOTS_LEFT or (
        rest.rpartition(".")[2][:1].isupper() and rest.endswith(("Error", "Exception", "Warning"))
    ):
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
    if not seen or function.statements > 20:
        return
    for target, marks in seen.items():
        if not marks and function.parameters:
            continue
        evidence = {"=+": 2.5, "=": 1.5, "+": 1.0}.get(marks, 0.5)
        evidence += 1.0 if function.statements <= 3 else 0.5 if function.statements <= 8 else -1.0
        evidence += 1.0 if len(seen) == 1 else -0.5 * (len(seen) > 2)
        evidence += 0.5 if len(function.delegates) <= 2 else 0.0
        evidence += _named_alike(function.name, target)
        evidence += 1.5 if _mentions(function.doc, target) else 0.0
        yield Helper(path, function.line, function.name, function.owner, target, evidence)


def _named_alike(name: str, target: str) -> float:
    """Return how much the name of a helper says what it stands for."""
    last = target.rpartition(".")[2]
    if name.strip("_").lower().replace("_", "") == last.lower().replace("_", ""):
        return 3.0
    ours, theirs = set(words(name)) - _DULL, set(words(last)) - _DULL
    joined = "".join(words(name))
    if ours & theirs or (len(last) > 3 and last.lower() in joined):
        return 2.0
    modules = set(words(target.rpartition(".")[0])) - _DULL
    return 1.0 if ours & modules else 0.0


def _mentions(doc: str, target: str) -> bool:
    found = set(_MENTION.findall(doc))
    return target in found or ("." in target and target.rpartition(".")[2] in found and bool(_LIKE.search(doc)))


def _alike(
    resolver: Resolver, path: str, name: str, line: int, doc: str, owner: str, outside: Counter[str]
) -> Iterator[Helper]:
    """Yield what a definition says in its docstring that it is like."""
    if not doc or not _LIKE.search(doc):
        return
    for mention in _MENTION.findall(doc):
        root, dot, _ = mention.partition(".")
        known = root in sys.stdlib_module_names if dot else mention in _BUILTINS
        if known and not resolver.is_own(path, mention):
            yield Helper(path, line, name, owner, mention, 4.0 + _named_alike(name, mention))
            return


def _derived(resolver: Resolver, path: str, row: Class) -> Iterator[Helper]:
    """Yield what a class is a variant of: an outside base whose name it shares a word with."""
    if len(row.bases) != 1:
        return
    base = row.bases[0]
    root, dot, _ = base.partition(".")
    last = base.rpartition(".")[2]
    if not dot or root in _ROOTS_LEFT or resolver.is_own(path, base) or base.startswith("."):
        return
    if last.endswith(("Error", "Exception", "Warning")) or last in ("ABC", "NamedTuple") or hasattr(builtins, last):
        return
    alike = _named_alike(row.name, base)
    if alike >= 2.0 and not (is_test(path) and row.name.startswith("Test") and row.name != "TestCase"):
        yield Helper(path, row.line, row.name, "", base, 2.0 + alike + (1.0 if row.doc else 0.0))
