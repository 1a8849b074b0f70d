"""What is known of installed packages and of the standard library: their sources and stubs, read as text when asked.

Files outside the repository are resolved in a world of their own, by the same rules. What leaves it are values by
dotted name (`made requests.sessions.Session`), never places, so that no answer can point outside the repository.
Facts of these files are kept in a store that all repositories share.
"""

import _io
import _random
import _thread
import builtins
import collections
import datetime
import decimal
import functools
import inspect
import io
import threading
import time
import types as standard_types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import TypeVar

import msgspec

from familiar_codegraph import attributes, calls, classes, containers, extraction, home, keywords
from familiar_codegraph import facts as f
from familiar_codegraph.environment import Environment, find
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.languages import extract
from familiar_codegraph.packages import Packages
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.store import Store
from familiar_codegraph.types import UNKNOWN, Types, Value, one, union

T = TypeVar("T")
_MAX_LOADED = 120_000
"""Occurrences of files that are held decoded (about 40 MB)."""
_MAX_BYTES = 2_000_000
_ABSTRACT = ("collections.abc", "typing")
"""Modules whose abstract classes, and names for them, stand in `_collections_abc`."""
_ALIASES = {
    "List": "builtins.list", "Dict": "builtins.dict", "Set": "builtins.set", "FrozenSet": "builtins.frozenset",
    "Tuple": "builtins.tuple", "Type": "builtins.type", "DefaultDict": "collections.defaultdict",
    "Deque": "collections.deque", "OrderedDict": "collections.OrderedDict", "Counter": "collections.Counter",
    "ChainMap": "collections.ChainMap",
}  # fmt: skip
"""What classes of `typing` stand for."""
_COMPILED = {
    "_io": _io, "_random": _random, "_thread": _thread, "collections": collections, "datetime": datetime,
    "decimal": decimal, "functools": functools, "io": io, "threading": threading, "types": standard_types,
}  # fmt: skip
"""Modules some of whose classes have no source."""


class OutsideSymbol(msgspec.Struct, frozen=True):
    """Something outside the repository, by its dotted name. `signature` holds the parameters and the return annotation
    as written (of a class, those of its constructor), `doc` the first line of the docstring."""

    name: str
    kind: str
    """module, class, function, method, property, or attribute."""
    signature: str = ""
    doc: str = ""


class Library:
    """Answers about dotted names. Every method returns None for what is not known, and may be called by any thread."""

    def __init__(self, root: Path, store: Path | None = None) -> None:
        """`root`: the repository; its environment is looked for when the first question comes."""
        self._root, self._lock = root, threading.RLock()
        self._store = Store(store or home.cache_dir() / "packages")
        self._indices: dict[str, FileIndex] = {}
        self._loaded = 0
        self._until: float | None = None
        self._waiting: dict[str, None] = {}
        self._answers: dict[tuple[object, ...], object] = {}
        self._reader: threading.Thread | None = None
        self.misses = 0
        """How often a file was not waited for: what was worked out meanwhile must not be remembered."""
        self.environment: Environment | None = None
        self._world: Resolver | None = None

    # ------------------------------------------------------------ questions

    def called(self, name: str) -> Types | None:
        """Return what calling the class or function `name` gives."""
        return self._kept("called", name, compute=lambda: self._called(name))

    def attribute(self, cls: str, name: str, *, declared: bool = False) -> Types | None:
        """Return what `.name` of an instance of the class `cls` holds.

        With `declared`, only what is annotated counts: the instance may be of a class that overrides the rest.
        """
        return self._kept("attribute", cls, name, declared, compute=lambda: self._attribute(cls, name, declared))

    def held(self, name: str) -> Types | None:
        """Return what the module-level variable or class attribute `name` holds."""
        return self._kept("held", name, compute=lambda: self._held(name))

    def defines(self, cls: str, name: str) -> bool | None:
        """Return whether the class `cls` (`unittest.TestCase`) or a base of it defines `name`."""
        return self._kept("defines", cls, name, compute=lambda: self._defines(cls, name))

    def describe(self, name: str) -> OutsideSymbol | None:
        """Return the signature and the first line of documentation of `name`."""
        return self._kept("describe", name, compute=lambda: self._describe(name))

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Within, files that take longer than this are left to be read in the background: ask again later."""
        before, self._until = self._until, time.monotonic() + seconds
        try:
            yield
        finally:
            self._until = before

    def close(self) -> None:
        """Stop reading in the background and close the store."""
        with self._lock:
            self._waiting.clear()
            self._store.close()

    def _kept(self, *key: object, compute: Callable[[], T | None]) -> T | None:
        with self._lock:
            if key in self._answers:
                return self._answers[key]  # type: ignore[return-value]
            before = self.misses
            found = compute()
            if self.misses == before:
                self._answers[key] = found
            return found

    # ------------------------------------------------------------ files

    @property
    def _r(self) -> Resolver:
        if self._world is None:
            self.environment = find(self._root)
            self._packages = Packages(self.environment)
            self._world = Resolver(self._index, self._packages, watch=lambda: self.misses)
        return self._world

    def _index(self, path: str) -> FileIndex | None:
        found = self._indices.pop(path, None)
        if found is None:
            if self._until is not None and time.monotonic() > self._until:
                self._later(path)
                return None
            found = self._read(path)
            if found is None:
                return None
            self._loaded += len(found.facts.uses)
        self._indices[path] = found
        while self._loaded > _MAX_LOADED and len(self._indices) > 1:
            oldest = next(iter(self._indices))
            self._loaded -= len(self._indices.pop(oldest).facts.uses)
            self._r.forget(oldest)
        return found

    def _read(self, path: str) -> FileIndex | None:
        try:
            if Path(path).stat().st_size > _MAX_BYTES:
                return None
            data = Path(path).read_bytes()
        except OSError:
            return None
        facts = self._store.facts(extraction.key(path, data))
        if facts is None:
            row = extraction.row_of(path, data)
            if row.failure:
                return None
            self._store.put([row])
            facts = self._store.facts(row.key) or extract(path, data)
        return FileIndex(path, facts)

    def _later(self, path: str) -> None:
        self.misses += 1
        self._waiting[path] = None
        if self._reader is None or not self._reader.is_alive():
            self._reader = threading.Thread(target=self._read_waiting, name="library", daemon=True)
            self._reader.start()

    def _read_waiting(self) -> None:
        """Read one file at a time, so that questions come in between."""
        while True:
            with self._lock:
                path = next(iter(self._waiting), None)
                if path is None:
                    return
                del self._waiting[path]
                before, self._until = self._until, None
                try:
                    self._index(path)
                finally:
                    self._until = before
            time.sleep(0.001)

    # ------------------------------------------------------------ resolution

    def _called(self, name: str) -> Types | None:
        found = self._find(name)
        kinds = {v.kind for v in found.values}
        if not found.complete or not kinds or not kinds <= {"class", "function"}:
            return None
        return self._leaving(calls.called(self._r, found))

    def _attribute(self, cls: str, name: str, declared: bool) -> Types | None:
        found = self._instances(cls)
        if not found.values or not found.complete:
            return None
        parts = [self._attribute_of(v, name, declared) for v in found.values]
        return union(p for p in parts if p is not None) if all(p is not None for p in parts) else None

    def _attribute_of(self, value: Value, name: str, declared: bool) -> Types | None:
        state = attributes.lookup(self._r, value, name)
        if state.state == "found":
            if declared and not self._is_declared(state):
                return None
            return self._leaving(attributes.attribute(self._r, one(value), name))
        if state.state == "missing" and not self._has_getattr(value):
            return Types((), 1)
        return None

    def _is_declared(self, state: classes.Member) -> bool:
        for target in state.targets:
            index = self._index(target.path)
            scope = index.scope_of.get(target.scope, -1) if index else -1
            rows = [index.facts.binds[b] for b in index.binds.get((scope, target.name), ())] if index else []
            for row in rows:
                noted = row.annotation >= 0
                if index and row.kind == f.DEFINE:
                    noted = index.facts.defs[row.value].returns >= 0
                if not noted:
                    return False
        return True

    def _has_getattr(self, value: Value) -> bool:
        return any(attributes.lookup(self._r, value, n).state != "missing" for n in ("__getattr__", "__getattribute__"))

    def _held(self, name: str) -> Types | None:
        found = self._find(name)
        return self._leaving(found) if found.values else None

    def _instances(self, name: str) -> Types:
        """Return the instances of the class `name`; of an alias, what it stands for."""
        return containers.instances(self._find(name))

    def _find(self, name: str) -> Types:
        """Return what the dotted `name` is in the world of packages."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = self._r.modules.absolute(".".join(parts[:length]), "")
            if module is None:
                continue
            types = one(Value("package" if module.package else "module", module.path))
            for number, part in enumerate(parts[length:]):
                types = self._inner(types, parts[length : length + number + 1], part)
            return types
        return UNKNOWN

    def _inner(self, types: Types, parts: list[str], name: str) -> Types:
        """Return attribute `name`; a name with `#` is that of a scope."""
        if "#" not in name:
            return attributes.attribute(self._r, types, name)
        kept = []
        for value in types.values:
            found = classes.definition(self._r, value._replace(name=".".join(parts)))
            if found is not None:
                kind = "class" if found[2].kind == "class" else "function"
                kept.append(Value(kind, value.path, ".".join(parts)))
        return Types(tuple(kept), 1 if kept else 0)

    def _leaving(self, types: Types) -> Types:
        """Return the same values by dotted name, as the repository's world knows things outside of it."""
        values: dict[Value, None] = {}
        complete = types.complete
        for value in types.values:
            known = self._known(value)
            if known is None:
                complete = 0
            else:
                values[known] = None
        return Types(tuple(values), complete, types.via)

    def _known(self, value: Value) -> Value | None:
        args = tuple(self._leaving(t) for t in value.args)
        if not value.path:
            return value._replace(args=args, bound=None)
        module = self._packages.name_of(value.path)
        name = f"{module}.{value.name}" if value.name else module
        if value.kind in ("module", "package", "class"):
            return Value("outside", name=name, args=args)
        if value.kind == "instance":
            return Value("made", name=name, args=args)
        if value.kind == "function":
            return Value("method" if value.bound else "outside", name=name)
        return None

    def _defines(self, cls: str, name: str) -> bool | None:
        module, _, last = cls.rpartition(".")
        if module == "builtins":
            builtin = getattr(builtins, last, None)
            return hasattr(builtin, name) if builtin is not None else None
        if not module or hasattr(object, name):
            return True if hasattr(object, name) else None
        found = self._find(cls)
        if module in _ABSTRACT:
            if last in _ALIASES:
                return self.defines(_ALIASES[last], name)
            abstract = self._find(f"_collections_abc.{last}")
            found = abstract if abstract.values else found
        if len(found.values) != 1 or found.values[0].kind != "class":
            return _compiled(module, last, name)
        known: bool | None = False
        for entry in classes.mro(self._r, found.values[0]):
            if entry.kind == "class":
                index = self._index(entry.path)
                scope = index.scope_of.get(entry.name, -1) if index else -1
                if index is None or (scope, name) in index.binds:
                    return True if index else None
                if any((scope, n) in index.binds for n in ("__getattr__", "__getattribute__")):
                    known = None
            elif entry == classes.UNKNOWN_BASE:
                known = None
            elif entry.name not in (cls, "abc.ABC", "typing.Generic", "typing.Protocol"):
                inner = self.defines(entry.name, name)
                if inner:
                    return True
                known = None if inner is None else known
        return known

    # ------------------------------------------------------------ descriptions

    def _describe(self, name: str) -> OutsideSymbol | None:
        if name.startswith("builtins."):
            return _builtin(name)
        found = self._find(name)
        for value in found.values:
            if value.kind in ("module", "package"):
                index = self._index(value.path)
                return OutsideSymbol(name, "module", "", index.facts.doc if index else "")
            if value.kind in ("class", "function"):
                return self._described(value)
        owner, _, last = name.rpartition(".")
        return self._member(owner, last)

    def _described(self, value: Value) -> OutsideSymbol | None:
        found = classes.definition(self._r, value)
        known = self._known(value._replace(bound=None))
        if found is None or known is None:
            return None
        index, _, row = found
        if row.kind != "class":
            in_class = index.facts.scopes[row.scope].kind == f.CLASS_SCOPE
            is_property = in_class and attributes.is_property(row)
            kind = "property" if is_property else "method" if in_class else "function"
            return OutsideSymbol(known.name, kind, row.signature, row.doc)
        makers = keywords.constructor(self._r, value)
        maker = classes.definition(self._r, makers[0]) if makers else None
        return OutsideSymbol(known.name, "class", maker[2].signature if maker else "", row.doc)

    def _member(self, cls: str, name: str) -> OutsideSymbol | None:
        """Describe `name` of the instances of a class: methods, properties, attributes."""
        for value in self._instances(cls).values if cls else ():
            if value.kind not in ("instance", "class"):
                continue
            state = attributes.lookup(self._r, value, name)
            owner = state.owner
            known = self._known(owner) if owner else None
            index = self._index(owner.path) if owner else None
            if owner is None or known is None or index is None:
                continue
            for number in index.binds.get((index.scope_of.get(owner.name, -1), name), ()):
                row = index.facts.binds[number]
                if row.kind == f.DEFINE:
                    inner = index.facts.defs[row.value].inner
                    return self._described(Value("function", index.path, index.facts.scopes[inner].qualname))
            return OutsideSymbol(f"{known.name}.{name}", "attribute")
        return None


def _compiled(module: str, cls: str, name: str) -> bool | None:
    """Return whether a class of the standard library that is written in C has `name`: our own interpreter's."""
    found = getattr(_COMPILED.get(module), cls, None)
    if not isinstance(found, type) or any(isinstance(v, FunctionType) for c in found.__mro__ for v in vars(c).values()):
        return None
    return hasattr(found, name)


def _builtin(name: str) -> OutsideSymbol | None:
    """Describe something of our own interpreter's builtins, which have no source to read."""
    found: object = builtins
    for part in name.split(".")[1:]:
        found = getattr(found, part, None)
    if found is None or found is builtins:
        return None
    try:
        signature = str(inspect.signature(found)) if callable(found) else ""
    except (ValueError, TypeError):
        signature = ""
    kind = "class" if isinstance(found, type) else "method" if name.count(".") > 1 else "function"
    doc = (getattr(found, "__doc__", "") or "").strip().split("\n", 1)[0]
    return OutsideSymbol(name, kind, signature, doc)
