"""Collects what one piece of a file says while its tree is walked, and closes it into a `Piece`.

A piece is a statement of a module or of a class body, walked by itself, or a whole module: its rows count bytes, names,
scopes and all else from the piece's own beginning, and nothing in it depends on what stands around it. `assembly` puts
the pieces of a file together. Rows are lists, in the order of the fields in `facts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tree_sitter import Node

from familiar_codegraph import facts as f

if TYPE_CHECKING:
    from familiar_codegraph.languages.interface import Shown
    from familiar_codegraph.languages.tally import Tally

_AROUND, _DIRECT = -1, -2
_ORDER = itemgetter(0, 1, 4)
MAX_DEPTH = 200
"""Nesting beyond this is not followed and named as a problem (CPython's own parser gives up at 200 brackets too)."""


@dataclass(slots=True)
class Piece:
    """One piece's tables. The first `outer` scopes are those around it, and have no row in `scopes`.

    A scope that a name is read or bound in (`Use.ref`) is a number, or -2 - n for `free[n]`, which the scopes around
    decide. Where a block, definition or scope ends beyond the piece, its end is -1.
    """

    outer: int
    names: tuple[str, ...]
    free: tuple[tuple[int, bool], ...]
    """Names (index, whether class members are visible) that none of the piece's own scopes binds."""
    bound: list[set[int]]
    """Names that the piece binds in each scope, those around it first."""
    scopes: list[list[Any]]
    uses: list[list[int]]
    exprs: list[list[Any]]
    binds: list[list[int]]
    defs: list[dict[str, Any]]
    imports: list[list[Any]]
    narrows: list[f.Narrow]
    strings: list[f.StringName]
    exports: list[int] | None
    loops: list[tuple[int, int]]
    problems: list[f.Problem]
    dynamic: list[str]
    binds_of: dict[int, dict[str, list[int]]] | None = None
    """Its binds by scope and name (see `sections`)."""
    tally: "Tally | None" = None
    """What it adds to its file's summary."""
    shown: "Shown | None" = None
    """What others see of it."""


class Builder:
    """The tables under construction, and where the walk stands: scope, block, class, function."""

    def __init__(
        self,
        data: bytes,
        start: int = 0,
        outer: Sequence[int] = (f.MODULE_SCOPE,),
        *,
        members_visible: bool = True,
    ) -> None:
        """`data`: the piece's bytes, which begin at `start` of the file; `outer`: the kinds of the scopes around it.

        `members_visible`: whether code directly in a class body sees the class's names without a receiver.
        """
        self.data, self.shift, self.depth = data, -start, 0
        self.names: dict[str, int] = {}
        self.scopes: list[list[Any]] = [[kind, n - 1, -1, -1, "", -1] for n, kind in enumerate(outer)]
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
        self.titles: set[int] = set()
        """Binds that declare nothing (JavaScript's `x = 1`): they belong to the scope that does, or to none."""
        self.self_names: dict[int, tuple[int, str]] = {}
        self.parameter_names: dict[int, set[str]] = {}
        self.isinstance_calls: dict[tuple[int, int], tuple[str, int]] = {}
        self.functions: list[dict[str, Any]] = []
        self.in_annotation = False
        self.outer = len(self.scopes)
        self.scope, self.block_end = self.outer - 1, -1
        self.members_visible = members_visible

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
        """Add an occurrence; of a name to read or bind, `ref` is filled in by `close`."""
        start, end, names, uses = node.start_byte + self.shift, node.end_byte + self.shift, self.names, self.uses
        name = names.setdefault(self.data[start:end].decode("utf-8", "replace"), len(names))
        uses.append([start, end, name, self.scope if scope is None else scope, role, ref, extra])
        return len(uses) - 1

    def use_at(
        self, start: int, end: int, text: str, role: int, ref: int = -1, extra: int = 0, scope: int | None = None
    ) -> int:
        """Add an occurrence that is part of a node, or that spells `text` in another way."""
        self.uses.append([start, end, self.name(text), self.scope if scope is None else scope, role, ref, extra])
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
        self.scopes.append([kind, before, start, end, label or "<missing>", definition])
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

    def close(self, *, is_head: bool = False) -> Piece:
        """Say which scope each name belongs to as far as the piece shows it, and put the uses in order.

        `is_head`: whether what the piece opens goes on behind it: the class whose members are other pieces.
        """
        bound = self._bound()
        free = self._resolve(bound)
        uses = self.uses
        keys = list(map(_ORDER, uses))
        order = sorted(range(len(uses)), key=keys.__getitem__)
        place = [0] * len(order)
        for new, old in enumerate(order):
            place[old] = new
        for expr in self.exprs:
            op = expr[0]
            if op == f.NAME:
                expr[1] = place[expr[1]]
            elif op == f.ATTR or op == f.LOOKUP:
                expr[2] = place[expr[2]]
        for bind in self.binds:
            if bind[3] >= 0:
                bind[3] = place[bind[3]]
        scopes = self.scopes[self.outer :]
        for row in self.defs:
            row["use"] = place[row["use"]]
            if is_head and row["end"] >= len(self.data):
                row["end"] = -1
        for scope in scopes:
            if is_head and scope[3] >= len(self.data):
                scope[3] = -1
        return Piece(
            outer=self.outer,
            names=tuple(self.names),
            free=tuple(free),
            bound=bound,
            scopes=scopes,
            uses=[uses[i] for i in order],
            exprs=self.exprs,
            binds=self.binds,
            defs=self.defs,
            imports=self.imports,
            narrows=self.narrows,
            strings=self.strings,
            exports=None if self.exports is None else [place[i] for i in self.exports],
            loops=self.loops,
            problems=self.problems,
            dynamic=self.dynamic,
        )

    def _bound(self) -> list[set[int]]:
        """Move binds of `global` and `nonlocal` names to their scopes; return the names bound in each scope."""
        bound: list[set[int]] = [set() for _ in self.scopes]
        for number, row in enumerate(self.binds):
            if row[2] == f.MEMBER:
                continue
            if self.global_names and (row[0], row[1]) in self.global_names:
                row[0] = 0
            if number not in self.free and number not in self.titles and (row[0], row[1]) not in self.nonlocal_names:
                bound[row[0]].add(row[1])
        if self.nonlocal_names:
            for row in self.binds:
                if row[2] != f.MEMBER and (row[0], row[1]) in self.nonlocal_names:
                    row[0] = max(self._find(bound, row[0], row[1]), 0)
        for scope, name in self.global_names:
            bound[scope].discard(name)
            bound[0].add(name)
        return bound

    def _resolve(self, bound: list[set[int]]) -> dict[tuple[int, bool], int]:
        """Fill in the scope of each name that is read or bound; return the names that the scopes around decide."""
        known: dict[tuple[int, int], int] = {}
        free: dict[tuple[int, bool], int] = {}

        def find(scope: int, name: int) -> int:
            found = self._find(bound, scope, name)
            if found < 0:
                found = -2 - free.setdefault((name, found == _DIRECT), len(free))
            known[scope, name] = found
            return found

        for row in self.uses:
            role = row[4]
            if role == f.LOAD or role == f.DECLARE or (role == f.STORE and row[5] < 0):
                scope, name = row[3], row[2]
            elif role == f.STORE and self.members_visible:  # else the walk has said where
                scope, name = row[5], row[2]
            else:
                continue
            found = known.get((scope, name))
            row[5] = find(scope, name) if found is None else found
        for number in self.free:
            row = self.binds[number]
            row[0] = find(row[0], row[1])
        return free

    def _find(self, bound: list[set[int]], scope: int, name: int) -> int:
        """Return the scope that binds `name` as seen from `scope`: the class rule, `global` and `nonlocal` applied.

        Negative when the scopes around the piece decide: `_DIRECT` where the members of a class around it are visible.
        """
        start, scopes = scope, self.scopes
        direct = start == self.outer - 1 or scopes[start][0] == f.TYPE_SCOPE
        if self.nonlocal_names and (scope, name) in self.nonlocal_names:
            scope = scopes[scope][1]
        while scope >= 0:
            if self.global_names and (scope, name) in self.global_names:
                return 0
            if scope < self.outer:
                break
            if name in bound[scope] and (
                scopes[scope][0] not in f.MEMBER_SCOPES
                or (self.members_visible and (scope == start or scopes[start][0] == f.TYPE_SCOPE))
            ):
                return scope
            scope = scopes[scope][1]
        return _DIRECT if direct and self.members_visible and self.outer > 1 else _AROUND
