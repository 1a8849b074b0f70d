"""The house's own helpers beside what the world uses for the same: its own print, logger, path, JSON or test helper.

What may be a helper is found in each file (`helpers`). It is a habit by who uses it: several other files do, and what
it stands for is rare outside of it.
"""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from familiar_codegraph.conventions.defaults import CONTAINERS
from familiar_codegraph.conventions.helpers import Helper, helpers, is_brought, outer
from familiar_codegraph.conventions.likeness import is_named
from familiar_codegraph.conventions.resolving import Resolver
from familiar_codegraph.conventions.values import Pair
from familiar_codegraph.conventions.votes import is_test, kind_of
from familiar_codegraph.conventions.weighing import wilson
from familiar_codegraph.conventions.words import words

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House

ENOUGH = 4.0
"""The evidence from which a definition counts as a helper."""
_USED = 0.2
"""What it adds to a function whose name is of several words that as many files use it as must with tests."""
_SOURCES, _FILES = 2, 3
"""Other source files, or files with tests counted, that must use a helper."""
_PLAIN = 5.0
"""The evidence from which a definition is a helper although what it stands for is called more often."""
_SURE = 6.0
"""The evidence from which a definition is a helper however often what it stands for is called: body and name say so."""
_MANY = 5
"""Files that use a helper, from which it is one although what it stands for is frequent."""
Own = tuple[str, str]
"""Path and name of a definition."""
Key = tuple[str, str, str]
"""Path, owner and name."""


class Uses(NamedTuple):
    """Calls of the repository's own definitions and the files that use them; calls of what is from outside."""

    calls: Counter[Own]
    users: dict[Own, set[str]]
    homes: dict[str, Counter[str]]
    """Outside name -> file -> calls."""
    whole: dict[str, set[str]]
    """File -> files that import it as a module, or all of it."""


def pairs(house: "House") -> list[Pair]:
    """Return the pairs of a house, surest first."""
    resolver = house.resolver
    if resolver is None:
        return []
    uses = _uses(resolver)
    found: dict[Key, list[Pair]] = defaultdict(list)
    for path, habits in sorted(resolver.tables.habits.items()):
        if kind_of(path) == "docs":
            continue
        for helper in helpers(resolver, path, habits):
            if pair := _pair(resolver, helper, uses):
                found[path, helper.owner, helper.name].append(pair)
    best: dict[Key, Pair] = {}
    for key in sorted(found, key=lambda key: (len(_behind(resolver, key)), key)):
        fit = (pair for pair in found[key] if not _is_variant(resolver, key, pair, best))
        if chosen := max(fit, key=lambda p: p.confidence, default=None):
            best[key] = chosen
    return sorted(best.values(), key=lambda p: (-p.confidence, p.house, p.default))


def _behind(resolver: Resolver, key: Key) -> list[Key]:
    """Return the repository's own classes that a class derives from, however far up."""
    found: dict[Key, None] = {}
    left = [key]
    while left:
        path, _, name = left.pop()
        for base in resolver.tables.classes.get(name, {}).get(path, ()):
            home = resolver.definition(path, base)
            above = (home[0], "", home[1]) if home else key
            if above not in found and above != key:
                found[above] = None
                left.append(above)
    return list(found)


def _is_variant(resolver: Resolver, key: Key, pair: Pair, best: dict[Key, Pair]) -> bool:
    """Return whether a class derives from another helper for the same."""
    return any(best[behind].default == pair.default for behind in _behind(resolver, key) if behind in best)


def _pair(resolver: Resolver, helper: Helper, uses: Uses) -> Pair | None:
    if helper.evidence < ENOUGH - _USED:
        return None
    own = helper.path, helper.owner or helper.name
    users = uses.users.get(own, set()) - {helper.path}
    if len([p for p in users if not is_test(p)]) < _SOURCES and len(users) < _FILES:
        users = users | _mentioning(resolver, helper, uses)
    if len([p for p in users if not is_test(p)]) < _SOURCES and len(users) < _FILES:
        return None
    used = _USED * (len(users) >= _FILES and helper.name.islower() and "_" in helper.name.strip("_"))
    if helper.evidence + used < ENOUGH:
        return None
    calls_house = max(uses.calls[own], len(users))
    calls_default = sum(
        count
        for path, count in uses.homes[helper.default].items()
        if path != helper.path and _beside(path, helper.path)
    )
    if helper.evidence < _SURE and helper.default not in CONTAINERS and not is_named(helper.name, helper.default):
        if calls_default > 2 * calls_house and len(users) < _MANY:
            return None
        if calls_default > calls_house and helper.evidence < _PLAIN:
            return None
    preferred = wilson(calls_house / (calls_house + calls_default), calls_house + calls_default)
    sure = min(1.0, helper.evidence / (ENOUGH + 4))
    module = resolver.dotted(helper.path)
    name = f"{module}.{helper.owner}.{helper.name}" if helper.owner else f"{module}.{helper.name}"
    confidence = round(0.5 * sure + 0.5 * preferred, 4)
    return Pair(helper.default, name, helper.path, helper.line, calls_default, calls_house, confidence)


def _beside(path: str, helper: str) -> bool:
    """Return whether what a file calls speaks against a helper: tests and examples do much by themselves."""
    return kind_of(path) == "code" or kind_of(path) == kind_of(helper)


def _mentioning(resolver: Resolver, helper: Helper, uses: Uses) -> set[str]:
    """Return the files that import the helper's module as such, and name it without having such a name of their own."""
    name, tables = helper.owner or helper.name, resolver.tables
    if len(words(name)) < 2:
        return set()  # anything may be called so
    found = uses.whole.get(helper.path, set()) & set(resolver.mentions(name)) - {helper.path}
    return {
        path
        for path in found
        if name not in tables.functions[path]
        and name not in tables.imports[path]
        and name not in tables.made[path]
        and path not in tables.classes.get(name, {})
    }


def _uses(resolver: Resolver) -> Uses:
    uses = Uses(Counter(), defaultdict(set), defaultdict(Counter), defaultdict(set))
    for path, habits in resolver.tables.habits.items():
        targets = [(c.target, c.count) for c in habits.calls]
        targets += [(base, 1) for row in habits.classes for base in row.bases]
        for target, count in targets:
            home = resolver.definition(path, target)
            if home is not None:
                uses.calls[home] += count
                uses.users[home].add(path)
            elif not target.startswith((".", "self.", "cls.")) and (
                is_brought(target) or not resolver.is_own(path, target)
            ):
                uses.homes[outer(target)][path] += count
        for bound in habits.imports:
            home = resolver.exported(path, bound) if bound.name and bound.name != "*" else None
            if home is not None:
                uses.users[home].add(path)
            else:
                _as_module(resolver, path, bound.level, bound.module, bound.name, uses)
    return uses


def _as_module(resolver: Resolver, path: str, level: int, module: str, name: str, uses: Uses) -> None:
    """Note a module that is imported as such, or with all that it has."""
    inner = module if name in ("", "*") else f"{module}.{name}" if module else name
    target = resolver.module(path, level, inner)
    if target is not None:
        uses.whole[target].add(path)
