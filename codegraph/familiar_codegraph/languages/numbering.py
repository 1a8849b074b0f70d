"""The rows of a piece with the numbers that they have in its file."""

import msgspec

from familiar_codegraph import facts as f
from familiar_codegraph.languages.sections import Section

_IN_SCOPE = frozenset({f.LOAD, f.STORE, f.DECLARE})
_SECOND = {f.SELF: "scope", f.OBJECT: "scope", f.CLASS: "scope", f.LOADED: "import", f.LOOKUP: "use"}
"""What the second number of an expression counts, where that is not said with the first."""


def unmoved(section: Section) -> tuple[tuple[f.Use, ...], tuple[f.Expr, ...]]:
    """Return uses and expressions of the only piece of a file, whose numbers are the file's already; it cannot be
    added again."""
    piece = section.piece
    for row in piece.uses:
        if row[5] < -1:
            row[5] = section.scopes[row[5]]
    return msgspec.convert(piece.uses, tuple[f.Use, ...]), msgspec.convert(piece.exprs, tuple[f.Expr, ...])


def uses(section: Section) -> list[f.Use]:
    """Return the piece's occurrences."""
    start, names, scopes, exprs = section.start, section.names, section.scopes, section.offsets.exprs
    first = [0, 0, exprs, exprs, exprs, section.offsets.imports, section.offsets.imports, section.offsets.strings]
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
        for begin, end, name, scope, role, ref, extra in section.piece.uses
    ]


def exprs(section: Section) -> list[f.Expr]:
    """Return the piece's shapes of expressions."""
    uses, exprs, scopes, offsets = section.offsets.uses, section.offsets.exprs, section.scopes, section.offsets
    out = []
    for op, a, b, items in section.piece.exprs:
        if op == f.NAME:
            a += uses
        elif op == f.ATTR:
            b += uses
            a = a + exprs if a >= 0 else -1
        elif op == f.CONST:
            a = a + offsets.strings if a >= 0 else -1
        elif op == f.SUPER:
            a = scopes[a]
        elif op == f.LAMBDA:
            a = scopes[a]
            b = b + exprs if b >= 0 else -1
        else:
            a = a + exprs if a >= 0 else -1
            if op in _SECOND and b >= 0:
                b = scopes[b] if _SECOND[op] == "scope" else b + (uses if _SECOND[op] == "use" else offsets.imports)
        if items:
            items = tuple([item + exprs if item >= 0 else -1 for item in items])
        out.append(f.Expr(op, a, b, items))
    return out


def binds(section: Section) -> list[f.Bind]:
    """Return what gives names their values in the piece."""
    names, scopes, (_, uses, exprs, _, definitions, imports, _) = section.names, section.scopes, section.offsets
    out = []
    for scope, name, kind, use, value, annotation, extra, end in section.piece.binds:
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
                end + section.start if end >= 0 else section.block_end,
            )
        )
    return out


def defs(section: Section) -> list[f.Def]:
    """Return the piece's definitions."""
    start, names, scopes = section.start, section.names, section.scopes
    _, uses, exprs, binds, *_ = section.offsets

    def shifted(items: tuple[int, ...]) -> tuple[int, ...]:
        return tuple([i + exprs if i >= 0 else -1 for i in items])

    return [
        f.Def(
            row["kind"],
            names[row["name"]],
            row["use"] + uses,
            row["start"] + start,
            row["end"] + start if row["end"] >= 0 else section.close,
            scopes[row["scope"]],
            scopes[row["inner"]],
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
        for row in section.piece.defs
    ]
