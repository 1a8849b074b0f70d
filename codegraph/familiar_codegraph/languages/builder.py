"""Collects the rows of one file while its tree is walked, and closes them into `FileFacts`.

Rows are lists until `finish`: which scope a name belongs to is known only when the whole file has been seen.
"""

from typing import Any

import msgspec
from tree_sitter import Node

from familiar_codegraph import facts as f
from familiar_codegraph.languages.interface import interface_hash

MAX_DEPTH = 200
"""Nesting beyond this is not followed and named as a problem (CPython's own parser gives up at 200 brackets too)."""


class Builder:
    """The tables under construction, and where the walk stands: scope, block, class, function."""

    def __init__(self, data: bytes, *, members_visible: bool = True) -> None:
        """`members_visible`: whether code directly in a class body sees the class's names without a receiver."""
        self.data, self.shift, self.depth, self.members_visible = data, 0, 0, members_visible
        self.names: dict[str, int] = {}
        self.scopes: list[list[Any]] = []
        self.uses: list[list[int]] = []
        self.exprs: list[list[Any]] = []
        self.binds: list[list[int]] = []
        self.defs: list[dict[str, Any]] = []
        self.imports: list[list[Any]] = []
        self.narrows: list[f.Narrow] = []
        self.strings: list[f.StringName] = []
        self.loops: list[tuple[int, int]] = []
        self.problems: list[f.Problem] = []
        self.dynamic: list[str] = []
        self.exports: list[int] | None = None
        self.global_names: set[tuple[int, int]] = set()
        self.nonlocal_names: set[tuple[int, int]] = set()
        self.free: set[int] = set()
        """Binds that declare nothing (JavaScript's `x = 1`): they belong to the scope that does, or to none."""
        self.self_names: dict[int, tuple[int, str]] = {}
        self.parameter_names: dict[int, set[str]] = {}
        self.isinstance_calls: dict[tuple[int, int], tuple[str, int]] = {}
        self.functions: list[dict[str, Any]] = []
        self.in_annotation = False
        self.scope, self.block_end = -1, len(data)
        self._labels: dict[str, int] = {}

    # ------------------------------------------------------------ places

    def start(self, node: Node) -> int:
        return node.start_byte + self.shift

    def end(self, node: Node) -> int:
        return node.end_byte + self.shift

    def text(self, node: Node) -> str:
        return self.data[node.start_byte + self.shift : node.end_byte + self.shift].decode("utf-8", "replace")

    # ------------------------------------------------------------ rows

    def name(self, text: str) -> int:
        return self.names.setdefault(text, len(self.names))

    def use(self, node: Node, role: int, ref: int = -1, extra: int = 0, scope: int | None = None) -> int:
        """Add an occurrence; of a name to read or bind, `ref` is filled in by `finish`."""
        start, end = node.start_byte + self.shift, node.end_byte + self.shift
        text = self.data[start:end].decode("utf-8", "replace")
        return self.use_at(start, end, text, role, ref, extra, scope)

    def use_at(
        self, start: int, end: int, text: str, role: int, ref: int = -1, extra: int = 0, scope: int | None = None
    ) -> int:
        names = self.names
        row = [start, end, names.setdefault(text, len(names)), self.scope if scope is None else scope, role, ref, extra]
        self.uses.append(row)
        return len(self.uses) - 1

    def expr(self, op: int, a: int = -1, b: int = -1, items: tuple[int, ...] = ()) -> int:
        self.exprs.append([op, a, b, items])
        return len(self.exprs) - 1

    def bind(
        self,
        kind: int,
        use: int,
        value: int = -1,
        annotation: int = -1,
        extra: int = 0,
        *,
        scope: int | None = None,
        block_end: int | None = None,
    ) -> int:
        row = [
            self.scope if scope is None else scope,
            self.uses[use][2] if use >= 0 else -1,
            kind,
            use,
            value,
            annotation,
            extra,
            self.block_end if block_end is None else block_end,
        ]
        self.binds.append(row)
        return len(self.binds) - 1

    def open_scope(self, kind: int, label: str, start: int, end: int, definition: int = -1) -> int:
        """Add a scope inside the current one, make it current and return the one before (for `close_scope`)."""
        before = self.scope
        outer = before
        while outer >= 0 and self.scopes[outer][0] == f.TYPE_SCOPE:
            outer = self.scopes[outer][1]
        parent = self.scopes[outer][4] if outer >= 0 else ""
        qualname = f"{parent}.{label}" if parent and label else label or parent
        seen = self._labels[qualname] = self._labels.get(qualname, 0) + 1
        if seen > 1:
            qualname = f"{qualname}#{seen}"
        self.scopes.append([kind, before, start, end, qualname, definition])
        self.scope = len(self.scopes) - 1
        return before

    def close_scope(self, before: int) -> None:
        self.scope = before

    # ------------------------------------------------------------ questions of the walk

    def class_of_self(self, name: str) -> int:
        """Return the class scope whose instance (or class) `name` is here, -1 when it is no first parameter."""
        scope = self.scope
        while scope >= 0:
            known = self.self_names.get(scope)
            if known and known[1] == name:
                return known[0]
            if name in self.parameter_names.get(scope, ()):
                return -1
            scope = self.scopes[scope][1]
        return -1

    def walrus_scope(self) -> int:
        """Return the scope that `:=` binds in: comprehensions are passed through."""
        scope = self.scope
        while self.scopes[scope][0] == f.COMPREHENSION_SCOPE:
            scope = int(self.scopes[scope][1])
        return scope

    # ------------------------------------------------------------ closing

    def finish(self, doc: str) -> f.FileFacts:
        bound = self._bound()
        known: dict[tuple[int, int], int] = {}
        for row in self.uses:
            role = row[4]
            if role == f.STORE and row[5] >= 0 and not self.members_visible:
                continue  # the walk has said where
            if role == f.LOAD or role == f.STORE or role == f.DECLARE:
                key = row[3] if role != f.STORE or row[5] < 0 else row[5], row[2]
                found = known.get(key)
                if found is None:
                    found = known[key] = self._find(bound, *key)
                row[5] = found
        keys = [(u[0], u[1], u[4]) for u in self.uses]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        place = [0] * len(order)
        for new, old in enumerate(order):
            place[old] = new
        names = tuple(self.names)
        facts = f.FileFacts(
            names=names,
            scopes=tuple(f.Scope(*row) for row in self.scopes),
            uses=msgspec.convert([self.uses[i] for i in order], tuple[f.Use, ...]),
            exprs=msgspec.convert([_placed(row, place) for row in self.exprs], tuple[f.Expr, ...]),
            binds=tuple(f.Bind(b[0], b[1], b[2], place[b[3]] if b[3] >= 0 else -1, *b[4:]) for b in self.binds),
            defs=tuple(f.Def(**{**d, "use": place[d["use"]]}) for d in self.defs),
            imports=tuple(f.Import(*row) for row in self.imports),
            narrows=tuple(self.narrows),
            strings=tuple(self.strings),
            exports=None if self.exports is None else tuple(place[i] for i in self.exports),
            loops=tuple(self.loops),
            problems=tuple(self.problems),
            dynamic=tuple(sorted(set(self.dynamic))),
            doc=doc,
            lines=self.data.count(b"\n") + (not self.data.endswith(b"\n") and bool(self.data)),
            interface="",
        )
        return msgspec.structs.replace(facts, interface=interface_hash(facts))

    def _bound(self) -> list[set[int]]:
        """Move binds of `global` and `nonlocal` names to their scopes; return the names bound in each scope."""
        bound: list[set[int]] = [set() for _ in self.scopes]
        for number, row in enumerate(self.binds):
            if row[2] != f.MEMBER and (row[0], row[1]) in self.global_names:
                row[0] = 0
            if row[2] != f.MEMBER and (row[0], row[1]) not in self.nonlocal_names and number not in self.free:
                bound[row[0]].add(row[1])
        for number in self.free:
            row = self.binds[number]
            found = self._find(bound, row[0], row[1])
            row[0], row[1] = (found, row[1]) if found >= 0 else (0, -1)
        for row in self.binds:
            if row[2] != f.MEMBER and (row[0], row[1]) in self.nonlocal_names:
                row[0] = max(self._find(bound, row[0], row[1]), 0)
        for scope, name in self.global_names:
            bound[scope].discard(name)
        return bound

    def _find(self, bound: list[set[int]], scope: int, name: int) -> int:
        """Return the scope that binds `name` as seen from `scope`: the class rule, `global` and `nonlocal` applied."""
        start, scopes = scope, self.scopes
        if (scope, name) in self.nonlocal_names:
            scope = scopes[scope][1]
        while scope >= 0:
            if (scope, name) in self.global_names:
                return 0
            kind = scopes[scope][0]
            direct = self.members_visible and (scope == start or scopes[start][0] == f.TYPE_SCOPE)
            visible = kind not in f.MEMBER_SCOPES or direct
            if visible and name in bound[scope]:
                return scope
            scope = scopes[scope][1]
        return -1


def _placed(row: list[Any], place: list[int]) -> list[Any]:
    """Point an expression at where its use has been sorted to."""
    if row[0] == f.NAME:
        row[1] = place[row[1]]
    elif row[0] == f.ATTR:
        row[2] = place[row[2]]
    return row
