"""Puts the pieces of a file together: numbers their rows through, and decides what only the whole file shows.

The small tables at once, the large ones at once or when they are asked for (see `sections`).
"""

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

from familiar_codegraph import facts as f
from familiar_codegraph.languages import numbering
from familiar_codegraph.languages.builder import Piece
from familiar_codegraph.languages.sections import Around, Joined, Offsets, Section


class Assembly:
    """The tables of a file, piece after piece."""

    def __init__(self, size: int, kinds: Sequence[int] = (f.MODULE_SCOPE,), *, lazy: bool) -> None:
        """`size`: bytes of the file; `kinds`: of the scopes around all pieces.

        `lazy`: whether rows of the large tables are numbered when they are asked for.
        """
        self._lazy = lazy
        self._sections: list[Section] = []
        self._known: dict[str, int] = {}
        self._labels: dict[str, int] = {}
        self._scopes = [f.Scope(kind, n - 1, 0, size, "") for n, kind in enumerate(kinds)]
        self._ends = Offsets(len(kinds), 0, 0, 0, 0, 0, 0)
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
        scopes, uses, exprs, binds, defs, imports, strings = self._ends
        section = Section(piece, around, start, close, block_end, self._ends, self._known)
        self._sections.append(section)
        if piece.scopes:
            self._add_scopes(section)
        self._add_rest(section)
        self._ends = Offsets(
            scopes + len(piece.scopes),
            uses + len(piece.uses),
            exprs + len(piece.exprs),
            binds + len(piece.binds),
            defs + len(piece.defs),
            imports + len(piece.imports),
            strings + len(piece.strings),
        )

    def _add_scopes(self, section: Section) -> None:
        scopes, labels, definitions = self._scopes, self._labels, section.offsets.defs
        start, close, shift = section.start, section.close, section.offsets.scopes - section.piece.outer
        around_, inside = section.around.scopes, section.piece.outer
        for kind, inner, begin, end, label, definition in section.piece.scopes:
            parent = outer = inner + shift if inner >= inside else around_[inner]
            while scopes[outer].kind == f.TYPE_SCOPE:
                outer = scopes[outer].parent
            around = scopes[outer].qualname
            qualname = f"{around}.{label}" if around else label
            seen = labels[qualname] = labels.get(qualname, 0) + 1
            scopes.append(
                f.Scope(
                    kind,
                    parent,
                    begin + start,
                    end + start if end >= 0 else close,
                    f"{qualname}#{seen}" if seen > 1 else qualname,
                    definition + definitions if definition >= 0 else -1,
                )
            )

    def _add_rest(self, section: Section) -> None:
        piece, start, exprs, binds = section.piece, section.start, section.offsets.exprs, section.offsets.binds
        for scope, module, level, name, alias, bind, at in piece.imports:
            bind = bind + binds if bind >= 0 else -1
            self._imports.append(f.Import(section.scope(scope), module, level, name, alias, bind, at + start))
        for narrow in piece.narrows:
            end = narrow.end + start if narrow.end >= 0 else section.block_end
            type_ = narrow.type + exprs if narrow.type >= 0 else -1
            self._narrows.append(f.Narrow(section.scope(narrow.scope), narrow.key, narrow.start + start, end, type_))
        for row in piece.strings:
            receiver = row.receiver + exprs if row.receiver >= 0 else -1
            scope = section.scope(row.scope)
            self._strings.append(f.StringName(row.text, row.kind, receiver, scope, row.start + start))
        if piece.exports is not None:
            self._exports = (self._exports or []) + [use + section.offsets.uses for use in piece.exports]
        if piece.loops:
            self._loops += [(first + start, last + start) for first, last in piece.loops]
        if piece.problems:
            self._problems += [f.Problem(p.start + start, p.end + start, p.message) for p in piece.problems]
        if piece.dynamic:
            self._dynamic.update(piece.dynamic)

    def facts(self, data: bytes, doc: str, errors: list[f.Problem]) -> f.FileFacts:
        """Return what has been added as the facts of `data`, but for the interface hash."""
        names = dict.fromkeys(chain.from_iterable([section.piece.names for section in self._sections]))
        self._known.update(zip(names, count(), strict=False))
        tables: dict[str, Any] = self._large()
        return f.FileFacts(
            names=tuple(names),
            scopes=tuple(self._scopes),
            **tables,
            imports=tuple(self._imports),
            narrows=tuple(self._narrows),
            strings=tuple(self._strings),
            exports=None if self._exports is None else tuple(self._exports),
            loops=tuple(self._loops),
            problems=(*self._problems, *errors),
            dynamic=tuple(sorted(self._dynamic)),
            doc=doc,
            lines=data.count(b"\n") + (not data.endswith(b"\n") and bool(data)),
            interface="",
        )

    def _large(self) -> dict[str, Any]:
        """Return the large tables."""
        alone = self._sections[0] if len(self._sections) == 1 and not self._lazy else None
        if alone is not None and alone.start == 0 and alone.offsets.scopes == 1:
            uses, exprs = numbering.unmoved(alone)
            binds, defs = tuple(numbering.binds(alone)), tuple(numbering.defs(alone))
            return {"uses": uses, "exprs": exprs, "binds": binds, "defs": defs}
        ends = [section.offsets for section in self._sections[1:]] + [self._ends] * bool(self._sections)
        tables: dict[str, Joined[Any]] = {
            "uses": Joined(self._sections, [e.uses for e in ends], numbering.uses),
            "exprs": Joined(self._sections, [e.exprs for e in ends], numbering.exprs),
            "binds": Joined(self._sections, [e.binds for e in ends], numbering.binds),
            "defs": Joined(self._sections, [e.defs for e in ends], numbering.defs),
        }
        return tables if self._lazy else {name: tuple(rows) for name, rows in tables.items()}
