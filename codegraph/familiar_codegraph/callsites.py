"""What a parameter without annotation holds: what every call of its function in the repository gives it.

Said only when all calls are known: a function that is passed on, decorated, overridden or found by `getattr` may be
called from anywhere. A public one may be called by other repositories too, so its parameters are `ASSUMED`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from familiar_codegraph import classes, evaluate, fixtures, names, occurrences
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import ASSUMED, UNKNOWN, Types, Value, union

_MAX_FILES = 8
"""Names that more files mention are not followed: the question would cost more than its answer is worth."""
_MAX_USES = 60
_TRANSPARENT = frozenset({"staticmethod", "classmethod"})


class Site(NamedTuple):
    """One call; `skipped`: parameters that it does not give because the function is bound to a receiver."""

    file: FileIndex
    call: int
    skipped: int


class _Unknown(Exception):
    """A use of the function that may hide calls."""


def given(r: Resolver, index: FileIndex, number: int) -> Types | None:
    """Return what all calls give the parameter (a bind's number); None when they are not all known."""
    if r.mentions is None or index.is_ecma:
        return None
    return r.once(index.path, ("given", number), lambda: _given(r, index, number), None)


def _given(r: Resolver, index: FileIndex, number: int) -> Types | None:
    bind = index.facts.binds[number]
    definition = index.facts.scopes[bind.scope].definition
    if definition < 0 or bind.extra in (f.VAR_POSITIONAL, f.VAR_KEYWORD):
        return None
    row = index.facts.defs[definition]
    if not set(row.decorator_names) <= _TRANSPARENT or fixtures.is_test(index, row):
        return None
    sites = r.once(index.path, ("sites", definition), lambda: _sites(r, index, row), None)
    if not sites:
        return None
    types = union(_argument(r, index, row, number, site) for site in sites)
    if not types.complete or not types.values:
        return None
    return types._replace(complete=min(types.complete, 1.0 if _is_private(index, row) else ASSUMED), via="inferred")


def _is_private(index: FileIndex, row: f.Def) -> bool:
    """Return whether only this repository calls the function: by its name, where it stands, or as part of the tests."""
    qualname = index.facts.scopes[row.inner].qualname
    scope, parts = row.scope, qualname.split(".")
    while scope > 0 and index.facts.scopes[scope].kind == f.CLASS_SCOPE:
        scope = index.facts.scopes[scope].parent
    hidden = any(p.startswith("_") and not p.endswith("__") for p in parts)
    return hidden or scope > 0 or fixtures.is_test_file(index.path)


def _argument(r: Resolver, index: FileIndex, row: f.Def, number: int, site: Site) -> Types:
    """Return what one call gives the parameter; its default when the call leaves it out."""
    bind = index.facts.binds[number]
    call = site.file.facts.exprs[site.call]
    name = index.facts.names[bind.name]
    for use in (site.file.facts.uses[u] for u in site.file.uses_of.get(name, ())):
        if use.role == f.KEYWORD and use.ref == site.call and use.extra:
            return evaluate.expression(r, site.file, use.extra - 1)
    position = row.parameters.index(number) - site.skipped
    stars = [n for n, e in enumerate(call.items) if e >= 0 and site.file.facts.exprs[e].op == f.STARRED]
    if bind.extra != f.KEYWORD_ONLY and 0 <= position < min([*stars, len(call.items)]):
        item = call.items[position]
        if _is_itself(index, number, site, item):
            return Types((), 1)
        return evaluate.expression(r, site.file, item)
    if stars or bind.value < 0:
        return UNKNOWN
    return evaluate.expression(r, index, bind.value)


def _is_itself(index: FileIndex, number: int, site: Site, item: int) -> bool:
    """A recursive call that hands the parameter on adds nothing."""
    shape = site.file.facts.exprs[item] if item >= 0 else None
    if shape is None or shape.op != f.NAME or site.file.path != index.path:
        return False
    use, bind = index.facts.uses[shape.a], index.facts.binds[number]
    alone = len(index.binds.get((bind.scope, index.facts.names[bind.name]), ())) == 1
    return alone and (use.ref, use.name) == (bind.scope, bind.name)


# ---------------------------------------------------------------- where it is called


def _sites(r: Resolver, index: FileIndex, row: f.Def) -> tuple[Site, ...] | None:
    name = index.facts.names[row.name]
    in_class = index.facts.scopes[row.scope].kind == f.CLASS_SCOPE
    try:
        if in_class and name == "__init__":
            cls = Value("class", index.path, index.facts.scopes[row.scope].qualname)
            return tuple(dict.fromkeys(_constructions(r, cls, index, row)))
        if in_class and (name.startswith("__") or not _stands_alone(r, index, row, name)):
            return None
        return tuple(_calls(r, index, row, name, in_class))
    except _Unknown:
        return None


def _stands_alone(r: Resolver, index: FileIndex, row: f.Def, name: str) -> bool:
    """Return whether no other class of the repository has the method's name, nor a base elsewhere."""
    cls = Value("class", index.path, index.facts.scopes[row.scope].qualname)
    if classes.member(r, cls, name, after=cls).state != "missing":
        return False
    assert r.mentions is not None
    found = 0
    for path in _files(r, name):
        other = r.file(path)
        for scope, bound in other.binds if other else ():
            if other and bound == name and other.facts.scopes[scope].kind == f.CLASS_SCOPE:
                found += 1
    return found == 1


def _files(r: Resolver, name: str) -> list[str]:
    assert r.mentions is not None
    r.lean(name)
    found = list(r.mentions(name))
    if len(found) > _MAX_FILES:
        raise _Unknown
    return found


def _uses(r: Resolver, name: str, only: FileIndex | None = None) -> Iterator[tuple[FileIndex, int]]:
    count = 0
    r.lean(name)
    for path in [only.path] if only else _files(r, name):
        index = r.file(path)
        for number in index.uses_of.get(name, ()) if index else ():
            assert index
            count += 1
            if count > _MAX_USES:
                raise _Unknown
            yield index, number


def _calls(r: Resolver, index: FileIndex, row: f.Def, name: str, in_class: bool) -> Iterator[Site]:
    """Yield the calls of a function or method.

    Raises:
        _Unknown: it is used in another way too.
    """
    target = names.symbol_id(index.path, index.facts.scopes[row.scope].qualname, name)
    is_local = not in_class and row.scope > 0
    for other, number in _uses(r, name, index if is_local else None):
        use = other.facts.uses[number]
        if use.role in (f.MODULE, f.KEYWORD, f.DECLARE, f.ATTRIBUTE_STORE):
            continue
        if use.role == f.STORE:
            if other.path == index.path and use.ref == row.scope and number != row.use:
                raise _Unknown
            continue
        if not _may_be(r, other, number, target, in_class):
            continue
        if use.role == f.IMPORTED:
            if other.facts.imports[use.ref].alias:
                raise _Unknown
            continue
        if use.role == f.STRING:
            if other.facts.strings[use.ref].kind == f.GETATTR:
                raise _Unknown
            continue
        call = other.call_of.get(number)
        if call is None:
            raise _Unknown
        yield Site(other, call, _bound(r, other, call, row) if in_class else 0)


def _may_be(r: Resolver, index: FileIndex, number: int, target: str, in_class: bool) -> bool:
    use = index.facts.uses[number]
    if use.role == f.LOAD and in_class and index.facts.scopes[max(use.ref, 0)].kind != f.CLASS_SCOPE:
        return False
    if use.role == f.STRING and index.facts.strings[use.ref].kind != f.GETATTR:
        return False
    means = occurrences.meaning(r, index, number)
    return target in means.targets or (means.open and use.role != f.LOAD)


def _bound(r: Resolver, index: FileIndex, call: int, row: f.Def) -> int:
    """Return how many parameters the receiver of a method call takes."""
    if "staticmethod" in row.decorator_names:
        return 0
    shape = index.facts.exprs[index.facts.exprs[call].a]
    if shape.op != f.ATTR or "classmethod" in row.decorator_names:
        return int(shape.op == f.ATTR)
    kinds = {v.kind for v in evaluate.expression(r, index, shape.a).values}
    if "class" in kinds and len(kinds) > 1:
        raise _Unknown
    return 0 if kinds == {"class"} else 1


# ---------------------------------------------------------------- constructors


def _constructions(r: Resolver, cls: Value, home: FileIndex, row: f.Def) -> Iterator[Site]:
    """Yield what makes instances of a class with this constructor, itself or through subclasses."""
    found = classes.definition(r, cls)
    if found is None or classes.UNKNOWN_BASE in classes.mro(r, cls) or found[2].metaclass >= 0:
        raise _Unknown
    index, _, definition = found
    if any(n.rpartition(".")[2] not in ("final", "total_ordering") for n in definition.decorator_names):
        raise _Unknown
    name = index.facts.names[definition.name]
    target = names.symbol_id(index.path, index.facts.scopes[definition.scope].qualname, name)
    is_local = index.facts.scopes[definition.scope].kind == f.FUNCTION_SCOPE
    for entry in classes.mro(r, cls):
        if entry.kind == "class":
            yield from _of_own_class(r, entry, cls)
    for other, number in _uses(r, name, index if is_local else None):
        use = other.facts.uses[number]
        if use.role not in (f.LOAD, f.ATTRIBUTE, f.IMPORTED, f.STRING) or not _may_be(r, other, number, target, False):
            continue
        if use.role == f.IMPORTED:
            if other.facts.imports[use.ref].alias:
                raise _Unknown
        elif use.role == f.STRING:
            raise _Unknown
        elif number in other.call_of:
            yield Site(other, other.call_of[number], 1)
        elif number in other.base_of:
            yield from _of_subclass(r, other, other.base_of[number], home, row)
        elif number not in other.type_uses and number not in other.reads:
            raise _Unknown


def _of_own_class(r: Resolver, entry: Value, cls: Value) -> Iterator[Site]:
    """`cls(...)`, `type(self)(...)` and `self.__class__(...)` in the class and in those that it inherits from."""
    index = r.file(entry.path)
    r.lean(entry.name.rpartition(".")[2])
    for call in index.dynamic_calls if index else ():
        assert index
        types = evaluate.expression(r, index, index.facts.exprs[call].a)
        if not types.complete:
            raise _Unknown
        for value in types.values:
            made = Value("class", value.path, value.name)
            if value.kind == "class" and made in classes.mro(r, cls):
                yield Site(index, call, 1)


def _of_subclass(r: Resolver, index: FileIndex, definition: int, home: FileIndex, row: f.Def) -> Iterator[Site]:
    """A subclass with a constructor of its own calls this one; one without is made by it."""
    inner = index.facts.scopes[index.facts.defs[definition].inner]
    sub = Value("class", index.path, inner.qualname)
    if (index.scope_of[inner.qualname], "__init__") not in index.binds:
        yield from _constructions(r, sub, home, row)
        return
    for number in index.uses_of.get("__init__", ()):
        use = index.facts.uses[number]
        if use.role != f.ATTRIBUTE or not inner.start <= use.start < inner.end:
            continue
        target = names.symbol_id(home.path, home.facts.scopes[row.scope].qualname, "__init__")
        means = occurrences.meaning(r, index, number)
        if target in means.targets:
            if number not in index.call_of:
                raise _Unknown
            yield Site(index, index.call_of[number], _bound(r, index, index.call_of[number], row))
        elif means.verdict != "yes":
            raise _Unknown
