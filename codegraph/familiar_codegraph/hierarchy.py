"""Class hierarchies: who inherits from whom, and which members must share a name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from familiar_codegraph import classes
from familiar_codegraph import facts as f
from familiar_codegraph.names import bound, symbol_id
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.outside import NEUTRAL
from familiar_codegraph.types import Value
from familiar_codegraph.values import Family

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph

_PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")


def class_values(graph: "CodeGraph", id: str) -> list[Value]:
    """Return the classes that a symbol's id stands for (several when it is defined in branches)."""
    path, _, qualname = id.partition("::")
    index = graph.index(path)
    if index is None:
        return []
    _, _, binds = graph.symbols.binds(index, qualname)
    rows = [index.facts.defs[b.value] for b in binds if b.kind == f.DEFINE]
    return [Value("class", path, index.facts.scopes[d.inner].qualname) for d in rows if d.kind in f.CLASSES]


def _symbol_of(graph: "CodeGraph", value: Value) -> str:
    found = classes.definition(graph.resolver, value)
    if found is None:
        return f"{value.path}::{value.name}"
    index, _, row = found
    return symbol_id(value.path, index.facts.scopes[row.scope].qualname, index.facts.names[row.name])


def descendants(graph: "CodeGraph", id: str) -> dict[str, bool]:
    """Return the ids of all classes below a class, with whether that is certain."""
    found: dict[str, bool] = {}
    waiting = [(value, True) for value in class_values(graph, id)]
    while waiting:
        value, sure = waiting.pop()
        for child, certain in _children(graph, value):
            child_id = _symbol_of(graph, child)
            if child_id not in found or (sure and certain and not found[child_id]):
                found[child_id] = sure and certain
                waiting.append((child, sure and certain))
    return dict(sorted(found.items()))


def _children(graph: "CodeGraph", value: Value) -> list[tuple[Value, bool]]:
    id = _symbol_of(graph, value)
    return graph.resolver.once("", ("children", value), lambda: _find_children(graph, value, id), [])


def _find_children(graph: "CodeGraph", value: Value, id: str) -> list[tuple[Value, bool]]:
    symbol = graph.symbol(id)
    if symbol is None:
        return []
    found: dict[Value, bool] = {}
    for name in [symbol.name, *graph.aliases(symbol)]:
        for path in graph.mentions(name):
            index = graph.index(path)
            for row in index.facts.defs if index else ():
                if index is None or row.kind not in f.CLASSES or not row.bases:
                    continue
                child = Value("class", path, index.facts.scopes[row.inner].qualname)
                parents = classes.bases(graph.resolver, child)
                if value in parents:
                    found[child] = True
                elif classes.UNKNOWN_BASE in parents and _spelt(graph, path, row, name):
                    found.setdefault(child, False)
    return list(found.items())


def _spelt(graph: "CodeGraph", path: str, row: f.Def, name: str) -> bool:
    """Return whether an unresolved base of the class may be `name`."""
    index = graph.index(path)
    for expr in row.bases if index else ():
        assert index
        while expr >= 0 and index.facts.exprs[expr].op in (f.CALL, f.SUBSCRIPT):
            expr = index.facts.exprs[expr].a
        shape = index.facts.exprs[expr] if expr >= 0 else None
        if shape is None:
            return True
        if shape.op in (f.NAME, f.ATTR):
            use = index.facts.uses[shape.a if shape.op == f.NAME else shape.b]
            if (
                index.facts.names[use.name] == name
                and not meaning(graph.resolver, index, index.facts.uses.index(use))[0]
            ):
                return True
    return False


def may_mix(graph: "CodeGraph", classes_: tuple[Value, ...], other: str) -> bool:
    """Return whether some class inherits from one of `classes_` and from the class `other` too."""
    return graph.resolver.once("", ("mix", classes_, other), lambda: _may_mix(graph, classes_, other), True)


def _may_mix(graph: "CodeGraph", classes_: tuple[Value, ...], other: str) -> bool:
    wanted = set(class_values(graph, other))
    for cls in classes_:
        for id in descendants(graph, _symbol_of(graph, cls)):
            for value in class_values(graph, id):
                if wanted & set(classes.mro(graph.resolver, value)):
                    return True
    return False


def family(graph: "CodeGraph", id: str) -> Family:
    """See `CodeGraph.family`."""
    symbol = graph.symbol(id)
    if symbol is None:
        return Family(())
    around = graph.symbol(symbol.scope)
    if symbol.kind == "parameter":
        function = symbol.scope.partition("#")[0] if "." not in symbol.scope.partition("#")[2] else symbol.scope
        return _parameters(graph, symbol.name, function if around is None else around.id)
    index = graph.index(symbol.path)
    scope = index.scope_of.get(symbol.qualname.rpartition(".")[0], -1) if index else -1
    if index is None or scope < 0 or index.facts.scopes[scope].kind != f.CLASS_SCOPE:
        return Family(_linked(graph, id, symbol.name))
    return _members(graph, Value("class", symbol.path, index.facts.scopes[scope].qualname), symbol.name)


def _parameters(graph: "CodeGraph", name: str, method: str) -> Family:
    """The parameters called `name` of a function, its overloads, and what it overrides and is overridden by."""
    around = graph.symbol(method)
    inner = family(graph, method) if around and around.kind in ("method", "property") else Family((method,))
    described = dict.fromkeys(twin for m in inner.members for twin in _twins(graph, m))
    kept = tuple(i for m in described for i in _overloads(graph, m, name))
    return Family(kept, inner.outside, tuple(i for m in inner.unsure for i in _overloads(graph, m, name)))


def _overloads(graph: "CodeGraph", function: str, name: str) -> list[str]:
    path, _, qualname = function.partition("::")
    index = graph.index(path)
    if index is None:
        return []
    _, _, binds = graph.symbols.binds(index, qualname)
    scopes = [index.facts.scopes[index.facts.defs[b.value].inner].qualname for b in binds if b.kind == f.DEFINE]
    return [i for scope in scopes if graph.symbol(i := symbol_id(path, scope, name))]


def _members(graph: "CodeGraph", start: Value, name: str) -> Family:
    r = graph.resolver
    waiting = [*dict.fromkeys([start, *_described(graph, start)])]
    related, defining = dict.fromkeys(waiting), dict[str, None]()
    unsure: dict[str, None] = {}
    outside: dict[str, None] = {}
    protocol = False
    while waiting:
        cls = waiting.pop(0)
        below = descendants(graph, _symbol_of(graph, cls))
        for id, sure in {_symbol_of(graph, cls): True, **below}.items():
            for value in class_values(graph, id):
                for entry in classes.mro(r, value):
                    if entry.kind != "class":
                        protocol = protocol or entry.name in _PROTOCOLS
                        _note_outside(graph, entry, value, name, outside)
                    elif _defines(graph, entry, name):
                        member = symbol_id(entry.path, entry.name, name)
                        (defining if sure else unsure)[member] = None
                        new = [c for c in _described(graph, entry) if c not in related] if sure else []
                        related.update(dict.fromkeys(new))
                        waiting += new
    if protocol:
        unsure.update(dict.fromkeys(graph.members(name)))
    kept = tuple(sorted(defining))
    return Family(kept, tuple(sorted(outside)), tuple(sorted(u for u in unsure if u not in defining)))


def _note_outside(graph: "CodeGraph", entry: Value, cls: Value, name: str, outside: dict[str, None]) -> None:
    if entry == classes.UNKNOWN_BASE:
        outside[f"a base class of {cls.name} ({cls.path}) could not be resolved"] = None
    elif entry.name not in NEUTRAL and not _is_apart(graph, entry, cls, name):
        known = graph.library.defines(entry.name, name)
        if known is None:
            outside[f"{cls.name} ({cls.path}) inherits from {entry.name}, which may define {name}"] = None
        elif known:
            outside[f"{cls.name} ({cls.path}) inherits from {entry.name}, which defines {name}"] = None


def _is_apart(graph: "CodeGraph", entry: Value, cls: Value, name: str) -> bool:
    """Return whether a name of two leading underscores is mangled into another than that of a base elsewhere."""
    if not name.startswith("__") or name.endswith("__"):
        return False
    return _mangling(entry) not in {_mangling(base) for base in classes.mro(graph.resolver, cls) if base != entry}


def _mangling(cls: Value) -> str:
    return cls.name.rpartition(".")[2].lstrip("_")


def _defines(graph: "CodeGraph", value: Value, name: str) -> bool:
    index = graph.index(value.path)
    return index is not None and (index.scope_of.get(value.name, -1), name) in index.binds


def _twins(graph: "CodeGraph", id: str) -> Iterator[str]:
    """Yield the symbol and the one of a stub file that describes it, or that it describes."""
    yield id
    path, _, qualname = id.partition("::")
    for suffix in (".py", ".pyi"):
        twin = f"{path.rpartition('.')[0]}{suffix}::{qualname}"
        if qualname and graph.symbol(twin):
            yield twin


def _described(graph: "CodeGraph", cls: Value) -> Iterator[Value]:
    """Yield the class and the one of a stub file that describes it, or that it describes."""
    for id in dict.fromkeys(_twins(graph, _symbol_of(graph, cls))):
        yield from (Value("class", value.path, value.name) for value in class_values(graph, id))


def _linked(graph: "CodeGraph", id: str, name: str) -> tuple[str, ...]:
    """Return the symbols that share a name with `id` because either may be imported (`try: ... except ImportError`),
    or because a stub file describes it."""
    found: dict[str, None] = dict.fromkeys(_twins(graph, id))
    for other in graph.mentions(name):
        index = graph.index(other)
        for scope, bound_name in index.binds if index else ():
            if index is None or bound_name != name:
                continue
            rows = [index.facts.binds[b] for b in index.binds[scope, name]]
            if any(b.kind == f.IMPORT for b in rows) and len(rows) > 1:
                ids = [t.id for t in bound(graph.resolver, index, scope, name) if t.id]
                if any(i in found for i in ids):
                    found.update(dict.fromkeys(ids))
    return tuple(sorted(found))
