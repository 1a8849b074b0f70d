"""Which occurrences of a name mean a symbol, and which may."""

from collections.abc import Iterator, Set
from functools import cached_property
from typing import TYPE_CHECKING

from familiar_codegraph import classes, evaluate, hierarchy, keywords
from familiar_codegraph import facts as f
from familiar_codegraph.esmodules import reads
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.occurrences import meaning
from familiar_codegraph.types import Value
from familiar_codegraph.values import Symbol, Verdict, Via

if TYPE_CHECKING:
    from familiar_codegraph.graph import CodeGraph


CROWD = 8
"""Other symbols of a name from which on an attribute of an unknown receiver says next to nothing about any of them."""


def crowd(graph: "CodeGraph", symbol: Symbol) -> int:
    """Return how many members other than those of the symbol's hierarchy have its name; 0 when they are no crowd."""
    found: int = graph.resolver.once("", ("crowd", symbol.id), lambda: _crowd(graph, symbol), 0)
    return found


def _crowd(graph: "CodeGraph", symbol: Symbol) -> int:
    namesakes = set(graph.members(symbol.name, like=symbol.path))
    if symbol.id not in namesakes or len(namesakes) <= CROWD:
        return 0
    own = _inherited(graph, symbol.id, namesakes)
    others = sum(not own & _inherited(graph, id, namesakes) for id in namesakes)
    return others if others >= CROWD else 0


def _inherited(graph: "CodeGraph", member: str, namesakes: Set[str]) -> set[str]:
    """Return the `namesakes` that the member's class has or inherits; members of one hierarchy share some."""
    cls, _, name = member.rpartition(".")
    lines = (classes.mro(graph.resolver, value) for value in hierarchy.class_values(graph, cls))
    return {member} | {f"{c.path}::{c.name}.{name}" for line in lines for c in line} & namesakes


class Search:
    """What is known of one symbol before any file is looked at."""

    def __init__(self, graph: "CodeGraph", symbol: Symbol) -> None:
        self._graph, self._r, self.symbol = graph, graph.resolver, symbol
        around = graph.symbol(symbol.scope) if symbol.scope != symbol.path else None
        in_class = around is not None and around.kind in f.CLASSES
        self._is_member = symbol.kind in ("method", "attribute", "property") or in_class

    @cached_property
    def _namesakes(self) -> int:
        return len(self._graph.members(self.symbol.name, like=self.symbol.path))

    @cached_property
    def _fields(self) -> tuple[Value, ...]:
        """The classes that have the symbol as a member and take it as a keyword."""
        own = self._is_member and hierarchy.class_values(self._graph, self.symbol.scope)
        ids = [self.symbol.scope, *hierarchy.descendants(self._graph, self.symbol.scope)] if own else []
        values = (v for id in ids for v in hierarchy.class_values(self._graph, id))
        return tuple(v for v in values if keywords.owners(self._r, v, self.symbol.kind))

    def within(self, path: str, name: str) -> Iterator[tuple[f.Use, Via, Verdict]]:
        """Yield the uses of `name` in a file that mean the symbol, and those that may (`unsure`)."""
        index, symbol = self._graph.index(path), self.symbol
        if reads(path) != reads(symbol.path):
            return  # Python and JavaScript share no names
        for number in index.uses_of.get(name, ()) if index else ():
            assert index
            use, means = index.facts.uses[number], meaning(self._r, index, number)
            if symbol.id in means.targets or symbol.id == means.alias:
                yield use, means.via, means.verdict
            elif name != symbol.name:
                continue
            elif use.role == f.KEYWORD:
                if means.open and (self._may_take(index, use) or (not means.targets and self._may_make(index, use))):
                    yield use, "ambiguous", "unsure"
            elif means.open and (self._is_member or self._is_lone):
                alone = not self._is_member or self._namesakes == 1
                yield use, "string" if means.via == "string" else "unique" if alone else "ambiguous", "unsure"
            elif self._is_member and means.mixed and hierarchy.may_mix(self._graph, means.mixed, symbol.scope):
                yield use, "ambiguous", "unsure"
            elif use.role == f.STRING and not means.targets and means.verdict == "unsure":
                yield use, "string", "unsure"

    @cached_property
    def _is_lone(self) -> bool:
        """Something of a module, with a name that nothing else has: an unknown receiver may be the module."""
        symbol = self.symbol
        if self._is_member or symbol.kind not in ("function", "class", "variable") or symbol.scope != symbol.path:
            return False
        return not self._namesakes and self._modules_with_the_name() == 1

    def _modules_with_the_name(self) -> int:
        found = 0
        for path in self._graph.mentions(self.symbol.name):
            index = self._graph.index(path)
            binds = index.binds.get((0, self.symbol.name), ()) if index else ()
            found += any(index.facts.binds[b].kind != f.IMPORT for b in binds) if index else 0
        return found

    def _may_make(self, index: FileIndex, use: f.Use) -> bool:
        """Return whether a keyword may name the symbol, a field: its class must take it, and the call may make it."""
        if not self._fields:
            return False
        call = index.facts.exprs[use.ref] if use.ref >= 0 else None
        types = evaluate.expression(self._r, index, call.a) if call is not None else None
        if types is None or not types.complete or not types.values:
            return True
        makers = {Value("class", v.path, v.name) for v in types.values if v.kind in ("class", "instance")}
        return bool(makers & set(self._fields)) or any(v.kind not in ("class", "instance") for v in types.values)

    def _may_take(self, index: FileIndex, use: f.Use) -> bool:
        """Return whether an unresolved call with a parameter's keyword may call the parameter's function.

        A known callee that takes the keyword by `**kwargs` may hand it on to anything; a callee that is not known may
        be the function if it is called by its name (or its class's), or by a name that no definition has.
        """
        if self.symbol.kind != "parameter":
            return False
        call = index.facts.exprs[use.ref] if use.ref >= 0 else None
        if call is not None and evaluate.expression(self._r, index, call.a).values:
            return True
        shape = index.facts.exprs[call.a] if call is not None and call.a >= 0 else None
        function = self.symbol.scope.rpartition("::")[2].split(".")
        names = {function[-1].partition("#")[0], function[-2] if len(function) > 1 else ""}
        if shape is None or shape.op not in (f.NAME, f.ATTR):
            return True
        called = index.facts.names[index.facts.uses[shape.a if shape.op == f.NAME else shape.b].name]
        return called in names or called in ("super", "cls") or not self._is_defined(called)

    def _is_defined(self, name: str) -> bool:
        """Return whether a function or class that other files can see has this name."""
        for path in self._graph.mentions(name):
            index = self._graph.index(path)
            for row in index.facts.defs if index else ():
                assert index
                kind = index.facts.scopes[row.scope].kind
                if index.facts.names[row.name] == name and kind in (f.MODULE_SCOPE, f.CLASS_SCOPE):
                    return True
        return False
