"""The house's own exceptions at a `raise`: one stands for each builtin that it derives from.

own_errors(house) -> helpers whose `default` is the builtin that each derives from in the end
"""

import builtins
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from familiar_codegraph.conventions.cursor import Cursor
from familiar_codegraph.conventions.rules import Helper

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House

_FAR = 6
"""Bases that are followed."""
_BUILTIN = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
)
_RAISED = re.compile(r"^(\s*raise\s+)([A-Z]\w*)(?=\()")
_RAISES = re.compile(r"^[ \t]*raise[ \t]+([\w.]+)", re.MULTILINE)


def own_errors(house: "House") -> tuple[Helper, ...]:
    """Return the repository's exceptions that are raised somewhere, those that most files raise first."""
    if house.resolver is None:
        return ()
    tables, files = house.tables, Counter[str]()
    for path in sorted(tables.habits):
        files.update({row.text for row in tables.habits[path].opens if row.kind == "raise"})
    found = []
    for name, count in files.items():
        homes = tables.classes.get(name, {})
        if len(homes) != 1:
            continue  # not ours, or we could not say which
        path = next(iter(homes))
        default = _builtin(house, path, name)
        if default:
            helper = Helper(default, f"{house.resolver.dotted(path)}.{name}", path, round(count / (count + 1), 4))
            found.append(helper)
    return tuple(sorted(found, key=lambda h: (-h.confidence, h.house)))


def _builtin(house: "House", path: str, name: str, depth: int = 0) -> str:
    """Return the builtin exception that a class derives from in the end, "" when it is no exception."""
    assert house.resolver is not None
    for base in house.tables.classes.get(name, {}).get(path, ()) if depth < _FAR else ():
        if base in _BUILTIN:
            return base
        home = house.resolver.definition(path, base)
        if home is not None and home != (path, name) and (found := _builtin(house, *home, depth + 1)):
            return found
        if home is None and base.rpartition(".")[2].endswith(("Error", "Exception")):
            return "Exception"  # an exception from outside
    return ""


def raised(cursor: Cursor, names: dict[str, Helper], line: str) -> tuple[str, Helper] | None:
    """Return the line `raise Builtin(...` with the house's own exception, where just one that the file can name
    derives from it, and nothing in the file raises the builtin itself.

    `names`: the own exceptions that the file can name, by that name.
    """
    match = _RAISED.match(line)
    if match is None or match[2] not in _BUILTIN or match[2] == "NotImplementedError":
        return None
    if match[2] in _RAISES.findall(f"{cursor.prefix}\n{cursor.suffix}"):
        return None
    fit = [name for name, helper in names.items() if helper.default == match[2]]
    if len(fit) != 1:
        return None
    return match[1] + fit[0] + line[match.end() :], names[fit[0]]


def likely(cursor: Cursor, names: dict[str, Helper]) -> Iterator[tuple[str, float]]:
    """Yield the own exceptions that a `raise` at the cursor may mean, with their chances: one that is imported and
    stands nowhere else, else those that the file raises."""
    text = f"{cursor.prefix}\n{cursor.suffix}"
    here = Counter(_RAISES.findall(text))
    total = sum(here.values())
    for name in names:
        times = len(re.findall(rf"(?<![\w.]){re.escape(name)}\b", text))
        if times == 1 and "." not in name:
            yield name, 0.6
        elif here[name]:
            yield name, round(0.5 * here[name] / (total + 0.5), 4)
