"""What can be said of a changed file without running anything: its tree, its code objects, and what its names mean.

All of it is up to the names in `names`, old -> new, and by the standard library alone.
"""

import ast
import dis
import re
import symtable
from collections.abc import Iterator, Mapping
from types import CodeType

Names = Mapping[str, str]
_MANGLED = re.compile(r"^'_\w+?__(?=\w+(?<!__)'$)")


def mapped(text: str, names: Names) -> str:
    """Return `text` with each whole word that is renamed replaced."""
    for old, new in names.items():
        text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text)
    return text


def syntax(before: bytes, after: bytes, names: Names) -> str:
    """Say where the trees differ by more than the names; "" when they do not."""
    try:
        first, second = ast.parse(before), ast.parse(after)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return _unequal(first, second, names) or ""


def _unequal(a: object, b: object, names: Names) -> str | None:
    if type(a) is not type(b):
        return f"{type(a).__name__} becomes {type(b).__name__}"
    if isinstance(a, ast.AST):
        for field in a._fields:
            if found := _unequal(getattr(a, field, None), getattr(b, field, None), names):
                return found if found.startswith("line") else f"line {getattr(a, 'lineno', '?')}: {found}"
        return None
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return "another number of parts"
        return next((found for x, y in zip(a, b, strict=True) if (found := _unequal(x, y, names))), None)
    if isinstance(a, str) and isinstance(b, str):
        return None if a == b or mapped(a, names) == mapped(b, names) else f"{a!r} becomes {b!r}"
    return None if a == b or repr(a) == repr(b) else f"{a!r} becomes {b!r}"


def code(before: bytes, after: bytes, path: str, names: Names) -> str:
    """Say which code object differs by more than the names; "" when none does."""
    try:
        first = compile(before, path, "exec", dont_inherit=True)
        second = compile(after, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return str(error)
    for one, other in zip(_codes(first), _codes(second), strict=False):
        if _instructions(one, names) != _instructions(other, names):
            return f"line {one.co_firstlineno}: the code of {one.co_qualname} differs"
    return ""


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _instructions(code: CodeType, names: Names) -> list[tuple[str, str]]:
    """Return the instructions; captured variables, which stand in the order of their names, sorted anew."""
    found: list[tuple[str, str]] = []
    captured: list[tuple[str, str]] = []
    for i in dis.get_instructions(code):
        if i.opname == "LOAD_CLOSURE":
            captured.append((i.opname, _text(i.argval, names)))
        elif i.opname not in ("MAKE_CELL", "COPY_FREE_VARS"):
            found += sorted(captured)
            captured.clear()
            found.append((i.opname, _text(i.argval, names)))
    return found


def _text(value: object, names: Names) -> str:
    if isinstance(value, CodeType):
        return ""
    if isinstance(value, frozenset):
        return repr(sorted(mapped(repr(item), names) for item in value))
    if isinstance(value, tuple):  # of names too, as of the parameters that are annotated
        return f"({', '.join(_text(item, names) for item in value)})"
    return mapped(_MANGLED.sub("'__", repr(value)), names)


# ---------------------------------------------------------------- scopes

_Path = tuple[int, ...]


class _Table:
    """Which scope defines each name of each scope, scopes written as the path of child numbers from the module."""

    def __init__(self, data: bytes, path: str) -> None:
        self.meaning: dict[_Path, dict[str, tuple[_Path, str]]] = {}
        self._walk(symtable.symtable(data.decode("utf-8-sig"), path, "exec"), (), [])

    def _walk(self, table: symtable.SymbolTable, here: _Path, outer: list[tuple[_Path, symtable.SymbolTable]]) -> None:
        names = {}
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if symbol.is_free():
                where = next(
                    (
                        path
                        for path, scope in reversed(outer)
                        if scope.get_type() == "function"
                        and name in scope.get_identifiers()
                        and scope.lookup(name).is_local()
                    ),
                    (-1,),
                )
            elif symbol.is_global() or not here:
                where = ()
            else:
                where = here
            kind = f"{symbol.is_parameter()}{symbol.is_assigned()}{symbol.is_imported()}{symbol.is_namespace()}"
            names[name] = where, kind
        self.meaning[here] = names
        for number, child in enumerate(table.get_children()):
            self._walk(child, (*here, number), [*outer, (here, table)])


def scopes(before: bytes, after: bytes, path: str, old: str, new: str) -> str:
    """Say where a name's meaning changed: another defining scope, two variables merged, or one torn apart."""
    try:
        first, second = _Table(before, path).meaning, _Table(after, path).meaning
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    renamed: dict[_Path, bool] = {}
    if first.keys() != second.keys():
        return "other scopes"
    for here in first:
        a, b = first[here], second[here]
        if len(a) != len(b):
            return f"scope {here}: {len(a)} names become {len(b)}"
        for name, meaning in a.items():
            private = name.startswith("_") and name not in (old, new) and name not in b
            if name == old or private:
                kept = name in b and b[name] == meaning
                became = [n for n in b if n not in a and b[n] == meaning]
                if kept == bool(became) or len(became) > 1:
                    return f"scope {here}: {name} does not mean the same afterwards"
                if renamed.setdefault(meaning[0], not kept) == kept and name == old:
                    return f"scope {here}: {old} is renamed in some places only"
            elif b.get(name) != meaning:
                return f"scope {here}: {name} does not mean the same afterwards"
    return ""
