"""Loading modules followed step by step, as Python does it: packages first, a module that is being loaded as it is.

What is found: a name that is read or imported before it is bound, and which packages from elsewhere have to be there.
"""

import builtins
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.modules import Found

from familiar_edits import importevents
from familiar_edits.importevents import Event, Loading

_DEEP = 6
_PREDEFINED = frozenset({*vars(builtins), "__name__", "__file__", "__doc__", "__package__", "__path__", "__spec__",
                         "__loader__", "__builtins__", "__annotations__", "__dict__", "__all__"})  # fmt: skip
_read = lru_cache(maxsize=256)(importevents.read)


class Value(NamedTuple):
    """What a name holds, as far as it is followed: a module, or what the module at `path` defines as `name`."""

    path: str
    name: str = ""


class Failure(NamedTuple):
    kind: str
    name: str
    said: str


class Run:
    """What happens when the module at `entry` is the first that is imported; with `branches`, each of them is taken."""

    def __init__(self, graph: CodeGraph, entry: str, *, branches: bool = True) -> None:
        self.graph, self.entry, self._files, self._branches = graph, entry, frozenset(graph.files()), branches
        self.spaces: dict[str, dict[str, Value | None]] = {}
        self.failures: list[Failure] = []
        self.outside: set[str] = set()
        """The packages from elsewhere that have to be there."""
        self._open: set[str] = set()
        self._stack: list[str] = []
        self._calls: list[tuple[str, str]] = []
        self._made: set[tuple[str, str, int]] = set()
        self._count = 0
        self._load(entry, sure=True)

    def _load(self, path: str, *, sure: bool) -> None:
        for package in _packages(self._files, path):
            if package != path:
                self._load(package, sure=sure)
        if path in self.spaces or not path.endswith(".py"):
            return
        self.spaces[path] = {}
        self._stack.append(path)
        loading = self._loading(path)
        if "__getattr__" in loading.functions:
            self._open.add(path)
        for event in loading.events:
            self._step(path, event if sure else event._replace(sure=False))
        self._stack.pop()
        parent, _, last = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")
        if (space := self.spaces.get(f"{parent}/__init__.py")) is not None:
            space[last] = Value(path)

    def _loading(self, path: str) -> Loading:
        return _read(self.graph.data(path)) if path in self._files else Loading((), {})

    # ------------------------------------------------------------ steps

    def _step(self, path: str, event: Event) -> None:
        if not (event.sure or self._branches) and event.kind in ("import", "from", "star"):
            return self._bind(path, event.alias, None)
        match event.kind:
            case "import":
                self._import(path, event)
            case "from":
                self._from(path, event)
            case "star":
                self._star(path, event)
            case "load":
                self._value(path, event.name)
            case "call":
                self._call(path, event.name)
            case "bind":
                self._bind(path, event.name, None)
            case "define":
                self._bind(path, event.name, Value(path, event.name))

    def _bind(self, path: str, name: str, value: Value | None) -> None:
        if name:
            self._count += 1
            self.spaces[path][name] = value

    def _fail(self, kind: str, name: str, said: str) -> None:
        if not any(f.kind == kind and f.name == name for f in self.failures):
            self.failures.append(Failure(kind, name, said))

    def _import(self, path: str, event: Event) -> None:
        parts = event.name.split(".")
        found = None
        for number in range(len(parts)):
            found = self._absolute(".".join(parts[: number + 1]), path)
            if found is None:
                self._needs(event, parts[0])
                break
            if not found.package:
                self._load(found.path, sure=event.sure)
        first = self._absolute(parts[0], path)
        held = found if event.module else first
        self._bind(path, event.alias, Value(held.path) if held and not held.package else None)

    def _needs(self, event: Event, top: str) -> None:
        if event.sure and not self._calls:
            self.outside.add(top)

    def _target(self, path: str, event: Event) -> Found | None:
        if event.level:
            return self.graph.modules.relative(event.level, event.module, path)
        return self._absolute(event.module, path)

    def _absolute(self, name: str, path: str) -> Found | None:
        """Return the module `name`; one that only stands beside a module of a package is no other's `name`."""
        found = self.graph.modules.absolute(name, path)
        folder = path.rpartition("/")[0]
        is_beside = found is not None and folder != "" and found.path == f"{folder}/{name}.py"
        return None if is_beside and f"{folder}/__init__.py" in self._files else found

    def _from(self, path: str, event: Event) -> None:
        found = self._target(path, event)
        if found is None:
            if not event.level:
                self._needs(event, event.module.partition(".")[0])
            return self._bind(path, event.alias, None)
        if not found.package:
            self._load(found.path, sure=event.sure)
        space = self.spaces.get(found.path)
        value = (space or {}).get(event.name)
        if space is None or event.name not in space:
            inner = self.graph.modules.submodule(found, event.name)
            if inner is not None:
                if not inner.package:
                    self._load(inner.path, sure=event.sure)
                    value = Value(inner.path)
            elif space is not None and self._is_due(found.path, event.name):
                self._missing(path, found.path, event.name)
        self._bind(path, event.alias, value)

    def _is_due(self, path: str, name: str) -> bool:
        """Return whether only what binds `name` in the module can give it."""
        index = self.graph.index(path)
        own = index is not None and (0, name) in index.binds
        return own or (path not in self._open and name not in _PREDEFINED)

    def _missing(self, path: str, target: str, name: str) -> None:
        if target in self._stack:
            way = [*self._stack[self._stack.index(target) :], target]
            said = (f"The modules would import each other in a circle: {' -> '.join(way)}, where {name} is not defined "
                    "yet.")  # fmt: skip
        else:
            said = f"{path} would import {name} from {target}, which has none when {self.entry} is imported."
        self._fail("from", name, said)

    def _star(self, path: str, event: Event) -> None:
        found = self._target(path, event)
        if found is None or found.package:
            self._open.add(path)
            if not event.level:
                self._needs(event, event.module.partition(".")[0])
            return
        self._load(found.path, sure=event.sure)
        space = self.spaces.get(found.path)
        index = self.graph.index(found.path)
        if space is None or index is None:
            self._open.add(path)
            return
        if found.path in self._open:
            self._open.add(path)
        listed = index.facts.exports is not None
        names = sorted(index.exported_names) if listed else [n for n in space if not n.startswith("_")]
        for name in names:
            if name in space:
                self._bind(path, name, space[name])
            elif self._is_due(found.path, name) and self.graph.modules.submodule(found, name) is None:
                self._missing(path, found.path, name)

    def _value(self, path: str, dotted: str) -> Value | None:
        """Follow a name, with what is read of modules behind dots."""
        name, *rest = dotted.split(".")
        space = self.spaces[path]
        if name not in space:
            if name not in _PREDEFINED and self._is_due(path, name):
                self._fail(
                    "load", name, f"{path} would use {name} before it is defined, when {self.entry} is imported."
                )
            return None
        value = space[name]
        for part in rest:
            if value is None or value.name:
                return None
            inner = self.spaces.get(value.path)
            if inner is None:
                return None
            if part not in inner:
                if not part.startswith("__") and self._is_due(value.path, part):
                    said = f"{path} would use {dotted} before {value.path} has it, when {self.entry} is imported."
                    self._fail("load", dotted, said)
                return None
            value = inner[part]
        return value

    def _call(self, path: str, dotted: str) -> None:
        name, *rest = dotted.split(".")
        if name not in self.spaces[path]:
            return
        value = self._value(path, dotted) if rest else self.spaces[path][name]
        if value is None or not value.name or len(self._calls) >= _DEEP:
            return
        called = (value.path, value.name)
        if called in self._calls or (*called, self._count) in self._made:
            return
        self._made.add((*called, self._count))
        self._calls.append(called)
        for event in self._loading(value.path).functions.get(value.name, ()):
            self._step(value.path, event)
        self._calls.pop()


def _packages(files: Collection[str], path: str) -> Sequence[str]:
    """Return the `__init__.py` of the packages around a module, outermost first."""
    found: list[str] = []
    folder = path.rpartition("/")[0]
    while folder and f"{folder}/__init__.py" in files:
        found.insert(0, f"{folder}/__init__.py")
        folder = folder.rpartition("/")[0]
    return found
