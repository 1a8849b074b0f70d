"""What a name means: scopes, imports, re-exports, star imports."""

from collections.abc import Sequence
from typing import NamedTuple

from familiar_codegraph import ecma, esmodules
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.flow import is_unbound
from familiar_codegraph.modules import Found
from familiar_codegraph.outside import BUILTINS
from familiar_codegraph.resolver import Resolver


class Target(NamedTuple):
    """symbol: `name` in the scope `scope` of `path`; module, package: `path`; outside: dotted `name`; unknown."""

    kind: str
    path: str = ""
    scope: str = ""
    name: str = ""

    @property
    def id(self) -> str | None:
        """The symbol's id, None for what lies outside and for what is not known."""
        if self.kind == "symbol":
            return symbol_id(self.path, self.scope, self.name)
        return self.path if self.kind == "module" else None


UNKNOWN_TARGET = Target("unknown")
_Seen = frozenset[tuple[str, str]]


def symbol_id(path: str, scope: str, name: str) -> str:
    return f"{path}::{scope}.{name}" if scope else f"{path}::{name}"


def load(r: Resolver, index: FileIndex, use: f.Use) -> list[Target]:
    """Return what a bare name that is read means; several when it depends on what runs."""
    name = index.facts.names[use.name]
    if use.ref >= 0 and not (name in BUILTINS and is_unbound(index, use)):
        return bound(r, index, use.ref, name)
    return unbound(r, index, name)


def unbound(r: Resolver, index: FileIndex, name: str) -> list[Target]:
    """Return what `name` means when no scope of the file binds it: star imports, then builtins."""
    if index.is_ecma:
        return ecma.ambient(r, index, name)
    found = _starred(r, index, name, frozenset())
    if found:
        return found
    if name in BUILTINS:
        return [Target("outside", name=f"builtins.{name}")]
    return [UNKNOWN_TARGET]


def bound(r: Resolver, index: FileIndex, scope: int, name: str, seen: _Seen = frozenset()) -> list[Target]:
    """Return what `name`, bound in `scope`, means: itself, or what its imports lead to."""
    found: dict[Target, None] = {}
    facts = index.facts
    for number in without_titles(index, index.binds.get((scope, name), ())):
        bind = facts.binds[number]
        if bind.kind == f.IMPORT:
            found.update(dict.fromkeys(imported(r, index, facts.imports[bind.value], seen)))
        elif bind.kind not in (f.DELETE, f.AUGMENT) or len(index.binds[scope, name]) == 1:
            found[Target("symbol", index.path, facts.scopes[scope].qualname, name)] = None
    return _settled(list(found))


def without_titles(index: FileIndex, binds: Sequence[int]) -> Sequence[int]:
    """Return the binds but for titles of tests (`describe("load", ...)`), which no name means."""
    if len(binds) < 2 or not index.is_ecma:
        return binds
    rows = ((n, index.facts.binds[n]) for n in binds)
    return [n for n, b in rows if b.kind != f.DEFINE or index.facts.defs[b.value].kind not in f.TITLED] or binds


def _settled(found: list[Target]) -> list[Target]:
    """`try: import fast except ImportError: ...`: what is in the repository hides what is not."""
    inside = [t for t in found if t.kind not in ("outside", "unknown")]
    return inside or found[:1]


def imported(r: Resolver, index: FileIndex, row: f.Import, seen: _Seen = frozenset()) -> list[Target]:
    """Return what an import binds its name to."""
    if row.name == "" and not index.is_ecma:
        path = row.module if row.alias else row.module.partition(".")[0]
        found = r.modules.absolute(path, index.path)
        return [_module(found)] if found else [_elsewhere(r, index, path, "")]
    found = module_of(r, index, row)
    if found is None:
        return [_elsewhere(r, index, row.module, row.name) if not row.level else UNKNOWN_TARGET]
    if row.name == "":
        return [_module(found)]
    return member(r, found, row.name, seen) or [UNKNOWN_TARGET]


def module_of(r: Resolver, index: FileIndex, row: f.Import) -> Found | None:
    """Return the module that an import names, None when it is not in the repository."""
    if row.level:
        return r.modules.relative(row.level, row.module, index.path)
    return r.modules.absolute(row.module, index.path)


def segment(r: Resolver, index: FileIndex, row: f.Import, number: int) -> list[Target]:
    """Return the module that the first `number` + 1 segments of an import's path name."""
    path = ".".join(row.module.split(".")[: number + 1]) if not index.is_ecma else row.module
    found = r.modules.relative(row.level, path, index.path) if row.level else r.modules.absolute(path, index.path)
    if found:
        return [_module(found)]
    return [UNKNOWN_TARGET if row.level else _elsewhere(r, index, path, "")]


def _elsewhere(r: Resolver, index: FileIndex, module: str, name: str) -> Target:
    if r.modules.in_repository(module, index.path):
        return UNKNOWN_TARGET
    return Target("outside", name=f"{module}.{name}" if name else module)


def _module(found: Found) -> Target:
    return Target("package" if found.package else "module", found.path)


def member(r: Resolver, module: Found, name: str, seen: _Seen = frozenset()) -> list[Target]:
    """Return what `name` of a module means; nothing when it has no such name."""
    if module.package:
        inner = r.modules.submodule(module, name)
        return [_module(inner)] if inner else []
    if (module.path, name) in seen:
        return []
    index = r.file(module.path)
    if index is None:
        return [UNKNOWN_TARGET]
    seen = seen | {(module.path, name)}
    if index.is_ecma:
        return esmodules.member(r, index, name, seen)
    found = bound(r, index, 0, name, seen) if (0, name) in index.binds else []
    if not found:
        found = _starred(r, index, name, seen)
    inner = r.modules.submodule(module, name)
    if inner and (not found or all(t.kind == "unknown" for t in found)):
        return [_module(inner)]
    if not found and (0, "__getattr__") in index.binds:
        return [UNKNOWN_TARGET]
    return found


def _starred(r: Resolver, index: FileIndex, name: str, seen: _Seen) -> list[Target]:
    outside = False
    for row in reversed(index.stars):
        found = module_of(r, index, row)
        if found is None:
            outside = True
        elif exported(r, found, name) and (targets := member(r, found, name, seen)):
            return targets
    return [Target("outside", name=f"*.{name}")] if outside and name not in BUILTINS else []


def exported(r: Resolver, module: Found, name: str) -> bool:
    """Return whether `from module import *` brings `name`."""
    index = r.file(module.path)
    if index is None:
        return False
    listed = index.facts.exports
    if listed is not None and "__all__" not in index.facts.dynamic:
        return any(index.facts.names[index.facts.uses[u].name] == name for u in listed)
    return listed is not None or not name.startswith("_")
