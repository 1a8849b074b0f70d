"""Where names come from in this repository: how its files import them, and whether an import line finds anything.

Read from the text of each file by its lines, not by a parse: it is kept up with every change of a file. What is not
known is not refused: modules from outside, names made at run time, star imports.
"""

import re
from collections import Counter
from collections.abc import Iterable

import msgspec

_IMPORT = re.compile(
    r"^(?P<lead>[ \t]*)(?:from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]+"
    r"(?:\((?P<many>[^()]*)\)|(?P<names>[^\n(#;]+))"
    r"|import[ \t]+(?P<modules>[\w., \t]+))",
    re.MULTILINE,
)
_BOUND = re.compile(
    r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^[ \t]*((?:\w+[ \t]*,[ \t]*)*\w+)[ \t]*(?::[^=\n]+)?=(?!=)"
    r"|\bas[ \t]+(\w+)|\bfor[ \t]+([\w, \t]+?)[ \t]+in\b",
    re.MULTILINE,
)
_TOP = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^([A-Z]\w*)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_NAMED = re.compile(r"(\w+)(?:[ \t]+as[ \t]+(\w+))?")
_LINE = re.compile(r"(?:from\s+([\w.]+)\s+import\s+(.+)|import\s+(.+))$")
_TITLE = re.compile(
    r"(?:[ \t]*#[^\n]*\n|[ \t]*\n)*"
    r"(?:[rRuU]?(?:\"\"\"(?:[^\"]|\"(?!\"\"))*\"\"\"|'''(?:[^']|'(?!''))*''')[^\n]*\n(?:[ \t]*\n)*)?"
)
_SURE = 2
"""One way to import a name has to be so many times as common as any other to be taken."""


class File(msgspec.Struct, frozen=True):
    """What one file says: how it imports names, what it binds anywhere, what it defines, whether more may be there."""

    ways: tuple[tuple[str, str], ...]
    bound: frozenset[str]
    defined: frozenset[str]
    open: bool


class Imports:
    """The import lines of a repository's Python files. Not thread-safe."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._ways: dict[str, Counter[str]] = {}
        self._definers: dict[str, set[str]] = {}

    def put(self, path: str, text: str) -> None:
        """Take `text` as the whole of file `path`, in place of what it held."""
        self.take(path, read(path, text))

    def take(self, path: str, file: File | None) -> None:
        """Take what was read out of file `path` (None: it is not Python), in place of what it held."""
        self.drop(path)
        if file is None:
            return
        self._files[path] = file
        for name, way in file.ways:
            self._ways.setdefault(name, Counter())[way] += 1
        for name in file.defined:
            self._definers.setdefault(name, set()).add(path)

    def drop(self, path: str) -> None:
        """Forget file `path`."""
        file = self._files.pop(path, None)
        if file is None:
            return
        for name, way in file.ways:
            self._ways[name][way] -= 1
        for name in file.defined:
            self._definers[name].discard(path)

    def way(self, name: str, path: str) -> str | None:
        """Return the line that imports `name` into file `path` as this repository does it; None where it is not clear.

        What other files write counts first, then the one module that defines the name. Relative imports of other
        folders are left out.
        """
        folder = path.rpartition("/")[0]
        own = Counter(way for other, file in self._files.items() if _beside(other, folder) and other != path
                      for known, way in file.ways if known == name)  # fmt: skip
        everywhere = Counter({way: n for way, n in self._ways.get(name, Counter()).items() if not _relative(way)})
        for ways in (own, everywhere):
            if found := _clear(ways):
                return found
        definers = sorted(self._definers.get(name, set()) - {path})
        if len(definers) != 1 or own or everywhere:
            return None
        module = self.module(definers[0])
        return f"from {module} import {name}" if module else None

    def problem(self, line: str, path: str) -> str | None:
        """Return what an import line of the file `path` would not find, in one clause, or None."""
        found = _LINE.match(line.strip().split("#")[0].rstrip())
        if found is None:
            return None
        if found[3]:
            names = [part.split(" as ")[0].strip() for part in found[3].split(",")]
            return next((f"there is no module {name}" for name in names if self._missing(name)), None)
        module = self._absolute(found[1], path)
        if module is None:
            return None
        if self._missing(module):
            return f"there is no module {found[1]}"
        for name, _ in _NAMED.findall(found[2].strip("()")):
            if self._lacks(module, name):
                return f"{found[1]} has no {name}"
        return None

    def module(self, path: str) -> str:
        """Return the dotted name of a file by the packages that it lies in."""
        parts = path.rpartition(".")[0].split("/")
        first = len(parts) - 1
        while first and "/".join([*parts[:first], "__init__.py"]) in self._files:
            first -= 1
        named = parts[first:]
        return ".".join(named[:-1] if named[-1] == "__init__" and len(named) > 1 else named)

    def _absolute(self, module: str, path: str) -> str | None:
        dots = len(module) - len(module.lstrip("."))
        if not dots:
            return module
        own = self.module(path).split(".")
        own = own if path.endswith("__init__.py") else own[:-1]
        if dots - 1 >= len(own):
            return None
        return ".".join([*own[: len(own) - dots + 1], *filter(None, [module.lstrip(".")])])

    def _places(self, module: str) -> list[str]:
        tail = module.replace(".", "/")
        ends = (f"{tail}.py", f"{tail}.pyi", f"{tail}/__init__.py", f"{tail}/__init__.pyi")
        return [end for end in ends if end in self._files] or [
            path for path in self._files if path.endswith(tuple("/" + end for end in ends))
        ]

    def _missing(self, module: str) -> bool:
        """Whether `module` would be part of a package of the repository, and is not there."""
        package, _, _ = module.partition(".")
        if "." not in module or not any(place.endswith("__init__.py") for place in self._places(package)):
            return False
        if self._places(module):
            return False
        folder = module.replace(".", "/") + "/"
        return not any(path.startswith(folder) or f"/{folder}" in path for path in self._files)

    def _lacks(self, module: str, name: str) -> bool:
        places = self._places(module)
        if not places or self._places(f"{module}.{name}"):
            return False
        files = [self._files[place] for place in places]
        return not any(file.open or name in file.bound for file in files)


def missing(line: str, text: str) -> bool:
    """Whether the file's `text` does not have the import `line` yet."""
    return re.search(rf"^{re.escape(line)}\s*(?:#.*)?$", text, re.MULTILINE) is None


def place(text: str, line: str) -> int:
    """Return the index in `text` where the import `line` belongs: behind the last import of its kind at the top."""
    last = behind = 0
    kind = line.split()[1].startswith(".")
    for found in _IMPORT.finditer(text):
        if found["lead"]:
            continue
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end + 1
        if (first := re.search(r"^(?:def|class|async|@)", text[: found.start()], re.MULTILINE)) and first:
            break
        last = end
        if found["module"] == "__future__":
            continue
        relative = (found["module"] or "").startswith(".")
        if kind or not relative:
            behind = end
    return behind or last or _head(text)


def _head(text: str) -> int:
    """Return the index behind the comments and the docstring that a file begins with."""
    found = _TITLE.match(text)
    return found.end() if found else 0


def read(path: str, text: str) -> File | None:
    """Return what the text of file `path` says; None where it is not Python."""
    return _read(text) if path.endswith((".py", ".pyi")) else None


def _read(text: str) -> File:
    ways: list[tuple[str, str]] = []
    bound: set[str] = set()
    stars = "__getattr__" in text or "globals()" in text or "setattr(" in text or "exec(" in text
    for found in _IMPORT.finditer(text):
        top = not found["lead"]
        if found["modules"]:
            for part in found["modules"].split(","):
                module, _, alias = part.strip().partition(" as ")
                name = alias.strip() or module.strip()
                bound.add(name.partition(".")[0])
                if top and name and "." not in name:
                    ways.append((name, f"import {part.strip()}"))
            continue
        given = re.sub(r"#[^\n]*", "", found["many"] or found["names"] or "")
        stars = stars or "*" in given
        for name, alias in _NAMED.findall(given):
            bound.add(alias or name)
            if top:
                ways.append((alias or name, f"from {found['module']} import {name}" + f" as {alias}" * bool(alias)))
    for groups in _BOUND.findall(text):
        bound.update(_split(groups))
    defined = frozenset(first or second for first, second in _TOP.findall(text))
    return File(tuple(ways), frozenset(bound), defined, stars)


def _split(groups: Iterable[str]) -> Iterable[str]:
    return (name.strip() for group in groups if group for name in group.split(","))


def _beside(path: str, folder: str) -> bool:
    return path.rpartition("/")[0] == folder


def _relative(way: str) -> bool:
    return way.startswith("from .")


def _clear(ways: Counter[str]) -> str | None:
    """Return the most common way if it is much more common than any other."""
    ranked = sorted(((n, way) for way, n in ways.items() if n > 0), key=lambda item: (-item[0], item[1]))
    if not ranked or (len(ranked) > 1 and ranked[0][0] < _SURE * ranked[1][0]):
        return None
    return ranked[0][1]
