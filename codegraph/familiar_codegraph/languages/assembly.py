"""Puts the pieces of a file together: numbers their rows through, and decides what only the whole file shows."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from familiar_codegraph import facts as f
from familiar_codegraph.languages.builder import Piece, Place
from familiar_codegraph.languages.interface import interface_hash


class Around(NamedTuple):
    """The scopes around a piece, outermost first: their kinds, their numbers, and the names that each binds."""

    kinds: tuple[int, ...]
    scopes: tuple[int, ...]
    bound: tuple[set[str], ...]

    def find(self, name: str, direct: bool) -> int:
        """Return the scope that binds `name`, -1 when none does; `direct`: whether a class's members are visible."""
        for level in range(len(self.kinds) - 1, -1, -1):
            if name in self.bound[level] and (direct or self.kinds[level] not in f.MEMBER_SCOPES):
                return self.scopes[level]
        return -1


class Assembly:
    """The tables of a file, piece after piece."""

    def __init__(self, size: int, kinds: Sequence[int] = (f.MODULE_SCOPE,), *, keep: bool) -> None:
        """`size`: bytes of the file; `kinds`: of the scopes around all pieces.

        `keep`: whether pieces keep their numbered rows, for they will be added again.
        """
        self._keep = keep
        self._names: dict[str, int] = {}
        self._labels: dict[str, int] = {}
        self._scopes = [f.Scope(kind, n - 1, 0, size, "") for n, kind in enumerate(kinds)]
        self._uses: list[f.Use] = []
        self._exprs: list[f.Expr] = []
        self._binds: list[f.Bind] = []
        self._defs: list[f.Def] = []
        self._imports: list[f.Import] = []
        self._narrows: list[f.Narrow] = []
        self._strings: list[f.StringName] = []
        self._exports: list[int] | None = None
        self._loops: list[tuple[int, int]] = []
        self._problems: list[f.Problem] = []
        self._dynamic: set[str] = set()

    def add(self, piece: Piece, around: Around, start: int, close: int, block_end: int) -> None:
        """Add a piece that begins at byte `start`: a class that it opens ends at `close`, the block around at
        `block_end`."""
        known, first = self._names, len(self._scopes)
        free = [around.find(piece.names[name], direct) for name, direct in piece.free]
        place = Place(
            start,
            tuple([known.setdefault(name, len(known)) for name in piece.names]),
            (*around.scopes, *range(first, first + len(piece.scopes)), *reversed(free), -1),
            len(self._uses),
            len(self._exprs),
            len(self._imports),
            len(self._strings),
        )
        if start == 0 and first == 1 and not self._keep:
            uses, exprs = _unmoved(piece, place)
        elif piece.numbered is not None and piece.numbered[0] == place:
            uses, exprs = piece.numbered[1:]
        else:
            uses, exprs = _uses(piece, place), _exprs(piece, place)
            if self._keep:
                piece.numbered = place, uses, exprs
        self._add_scopes(piece, place, close)
        self._add_binds(piece, place, block_end)
        self._add_defs(piece, place, close, len(self._binds) - len(piece.binds))
        self._add_rest(piece, place, block_end)
        self._uses += uses
        self._exprs += exprs

    def _add_scopes(self, piece: Piece, place: Place, close: int) -> None:
        scopes, labels, definitions = self._scopes, self._labels, len(self._defs)
        for kind, inner, start, end, label, definition in piece.scopes:
            parent = outer = place.scopes[inner]
            while scopes[outer].kind == f.TYPE_SCOPE:
                outer = scopes[outer].parent
            around = scopes[outer].qualname
            qualname = f"{around}.{label}" if around else label
            seen = labels[qualname] = labels.get(qualname, 0) + 1
            scopes.append(
                f.Scope(
                    kind,
                    parent,
                    start + place.start,
                    end + place.start if end >= 0 else close,
                    f"{qualname}#{seen}" if seen > 1 else qualname,
                    definition + definitions if definition >= 0 else -1,
                )
            )

    def _add_binds(self, piece: Piece, place: Place, block_end: int) -> None:
        start, names, scopes, uses, exprs = place.start, place.names, place.scopes, place.uses, place.exprs
        definitions, imports = len(self._defs), len(self._imports)
        out = self._binds
        for scope, name, kind, use, value, annotation, extra, end in piece.binds:
            scope = scopes[scope]
            if value >= 0:
                value += definitions if kind == f.DEFINE else imports if kind == f.IMPORT else exprs
            out.append(
                f.Bind(
                    max(scope, 0),
                    names[name] if name >= 0 and scope >= 0 else -1,
                    kind,
                    use + uses if use >= 0 else -1,
                    value,
                    annotation + exprs if annotation >= 0 else -1,
                    scopes[extra] if kind == f.MEMBER else extra,
                    end + start if end >= 0 else block_end,
                )
            )

    def _add_defs(self, piece: Piece, place: Place, close: int, binds: int) -> None:
        exprs = place.exprs

        def shifted(items: tuple[int, ...]) -> tuple[int, ...]:
            return tuple([i + exprs if i >= 0 else -1 for i in items])

        for row in piece.defs:
            self._defs.append(
                f.Def(
                    row["kind"],
                    place.names[row["name"]],
                    row["use"] + place.uses,
                    row["start"] + place.start,
                    row["end"] + place.start if row["end"] >= 0 else close,
                    place.scopes[row["scope"]],
                    place.scopes[row["inner"]],
                    row["signature"],
                    row["doc"],
                    shifted(row["decorators"]),
                    row["decorator_names"],
                    shifted(row.get("bases", ())),
                    row["metaclass"] + exprs if row.get("metaclass", -1) >= 0 else -1,
                    tuple([i + binds for i in row.get("parameters", ())]),
                    row["returns"] + exprs if row.get("returns", -1) >= 0 else -1,
                    shifted(row.get("returned", ())),
                    shifted(row.get("yielded", ())),
                    row.get("is_async", False),
                    row.get("is_generator", False),
                )
            )

    def _add_rest(self, piece: Piece, place: Place, block_end: int) -> None:
        start, scopes, exprs, binds = place.start, place.scopes, place.exprs, len(self._binds) - len(piece.binds)
        for scope, module, level, name, alias, bind, at in piece.imports:
            bind = bind + binds if bind >= 0 else -1
            self._imports.append(f.Import(scopes[scope], module, level, name, alias, bind, at + start))
        for narrow in piece.narrows:
            end = narrow.end + start if narrow.end >= 0 else block_end
            type_ = narrow.type + exprs if narrow.type >= 0 else -1
            self._narrows.append(f.Narrow(scopes[narrow.scope], narrow.key, narrow.start + start, end, type_))
        for row in piece.strings:
            receiver = row.receiver + exprs if row.receiver >= 0 else -1
            self._strings.append(f.StringName(row.text, row.kind, receiver, scopes[row.scope], row.start + start))
        if piece.exports is not None:
            self._exports = (self._exports or []) + [use + place.uses for use in piece.exports]
        self._loops += [(first + start, last + start) for first, last in piece.loops]
        self._problems += [f.Problem(p.start + start, p.end + start, p.message) for p in piece.problems]
        self._dynamic.update(piece.dynamic)

    def facts(self, data: bytes, doc: str, errors: list[f.Problem], interface: str = "") -> f.FileFacts:
        """Return what has been added as the facts of `data`; `interface` is its interface hash if that is known."""
        facts = f.FileFacts(
            names=tuple(self._names),
            scopes=tuple(self._scopes),
            uses=tuple(self._uses),
            exprs=tuple(self._exprs),
            binds=tuple(self._binds),
            defs=tuple(self._defs),
            imports=tuple(self._imports),
            narrows=tuple(self._narrows),
            strings=tuple(self._strings),
            exports=None if self._exports is None else tuple(self._exports),
            loops=tuple(self._loops),
            problems=(*self._problems, *errors),
            dynamic=tuple(sorted(self._dynamic)),
            doc=doc,
            lines=data.count(b"\n") + (not data.endswith(b"\n") and bool(data)),
            interface=interface,
        )
        return facts if interface else msgspec.structs.replace(facts, interface=interface_hash(facts))


_IN_SCOPE = frozenset({f.LOAD, f.STORE, f.DECLARE})
_SECOND = {f.SELF: "scope", f.OBJECT: "scope", f.CLASS: "scope", f.LOADED: "import", f.LOOKUP: "use"}
"""What the second number of an expression counts, where that is not said with the first."""


def _unmoved(piece: Piece, place: Place) -> tuple[list[f.Use], list[f.Expr]]:
    """Return the rows of a piece whose numbers are already those of the file; it cannot be added again."""
    for row in piece.uses:
        if row[5] < -1:
            row[5] = place.scopes[row[5]]
    return msgspec.convert(piece.uses, list[f.Use]), msgspec.convert(piece.exprs, list[f.Expr])


def _uses(piece: Piece, place: Place) -> list[f.Use]:
    start, names, scopes, exprs = place.start, place.names, place.scopes, place.exprs
    first = [0, 0, exprs, exprs, exprs, place.imports, place.imports, place.strings]
    return [
        f.Use(
            begin + start,
            end + start,
            names[name],
            scopes[scope],
            role,
            scopes[ref] if role in _IN_SCOPE else ref + first[role] if ref >= 0 else ref,
            extra + exprs if role == f.KEYWORD and extra else extra,
        )
        for begin, end, name, scope, role, ref, extra in piece.uses
    ]


def _exprs(piece: Piece, place: Place) -> list[f.Expr]:
    uses, exprs, scopes = place.uses, place.exprs, place.scopes
    out = []
    for op, a, b, items in piece.exprs:
        if op == f.NAME:
            a += uses
        elif op == f.ATTR:
            b += uses
            a = a + exprs if a >= 0 else -1
        elif op == f.CONST:
            a = a + place.strings if a >= 0 else -1
        elif op == f.SUPER:
            a = scopes[a]
        elif op == f.LAMBDA:
            a = scopes[a]
            b = b + exprs if b >= 0 else -1
        else:
            a = a + exprs if a >= 0 else -1
            if op in _SECOND and b >= 0:
                b = scopes[b] if _SECOND[op] == "scope" else b + (uses if _SECOND[op] == "use" else place.imports)
        if items:
            items = tuple([item + exprs if item >= 0 else -1 for item in items])
        out.append(f.Expr(op, a, b, items))
    return out
