"""The old module without the moved code: the gap closed, imports that only it used gone, the name brought back."""

import ast
from collections import defaultdict
from collections.abc import Sequence

from familiar_codegraph import facts as f
from familiar_codegraph.graph import CodeGraph

from familiar_edits import modulenames, moveneeds
from familiar_edits.movecut import Piece
from familiar_edits.movein import header_end
from familiar_edits.moveneeds import Need
from familiar_edits.moverefs import Moving, remove_aliases, remove_statement
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.values import TextEdit

_LOOKUPS = frozenset({"globals", "vars", "dir", "eval", "exec"})


def edits(graph: CodeGraph, moving: Moving, old: PySource, piece: Piece, needed: Sequence[Need]) -> list[TextEdit]:
    """Return the edits that take the code out of the old module."""
    return [_cut(old, piece), *_unused(graph, old, piece, needed), *_listed(graph, moving, old)]


def looked_up(old: PySource, piece: Piece) -> bool:
    """Return whether the old module looks its own names up by their spelling (`globals()`), which no graph sees."""
    for node in ast.walk(old.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LOOKUPS:
            given = node.args if node.func.id in ("vars", "dir") else ()
            if not given and not piece.start <= old.start(node) < piece.end:
                return True
    return False


def brought_back(graph: CodeGraph, moving: Moving, old: PySource, piece: Piece, *, is_used: bool) -> list[TextEdit]:
    """Return the import of the name in the old module, which uses it further, or only looks it up."""
    at, has_imports, _ = header_end(old)
    at = min(at, piece.start) if at > piece.start else at
    text = f"{_import(graph, moving, old)}{'' if is_used else f' as {moving.name}'}{old.newline}"
    return [TextEdit(at, at, text if has_imports else text + old.newline)]


def brought_for_types(graph: CodeGraph, moving: Moving, old: PySource) -> list[TextEdit]:
    """Return the import of the name in the old module for those who read types only."""
    index = graph.index(old.path)
    at, _, _ = header_end(old)
    known = index is not None and (0, "TYPE_CHECKING") in index.binds
    lines = ["" if known else "from typing import TYPE_CHECKING", "", "if TYPE_CHECKING:"]
    text = old.newline.join([*lines[known:], f"    {_import(graph, moving, old)}", ""])
    return [TextEdit(at, at, text)]


def says_type(old: PySource, moving: Moving, piece: Piece) -> bool:
    """Return whether a string of the old module names it as a type (`TypeVar("T", bound="Cart")`)."""
    rest = [node for node in old.tree.body if node not in piece.statements]
    return any(name == moving.name for name, _ in moveneeds.spelled(old, rest))


def brought_later(graph: CodeGraph, moving: Moving, old: PySource, uses: Sequence[int]) -> list[TextEdit] | None:
    """Return the import of the name in each function that uses it, so that it only runs when the function does; None
    where a use runs earlier, or a function has no line of its own for it."""
    places: dict[int, str] = {}
    for use in uses:
        body = _function_body(old, old.tree.body, use)
        if body is None:
            return None
        is_text = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
        first = body[1 if is_text else 0]
        at = old.line_start(old.start(first))
        if old.indent(first).strip() or not old.alone(first):
            return None
        places[at] = f"{old.indent(first)}{_import(graph, moving, old)}{old.newline}"
    return [TextEdit(at, at, text) for at, text in places.items()]


def _function_body(old: PySource, nodes: Sequence[ast.stmt], use: int) -> list[ast.stmt] | None:
    """Return the body of the outermost function that holds `use` in its body."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and old.start(node.body[0]) <= use < old.end(node):
            return node.body
        if isinstance(node, ast.ClassDef) and old.start(node) <= use < old.end(node):
            return _function_body(old, node.body, use)
    return None


def _import(graph: CodeGraph, moving: Moving, old: PySource) -> str:
    relative = modulenames.prefers_relative(old, old)
    return f"from {modulenames.written(graph, old.path, moving.dest, is_relative=relative)} import {moving.name}"


def _cut(old: PySource, piece: Piece) -> TextEdit:
    """Take the piece away with the blank lines that would be one gap too many."""
    above, below = old.blank_before(piece.start), old.blank_after(piece.end)
    if below >= len(old.data):
        return TextEdit(above if above > 0 else piece.start, below, "")
    before = old.data[above : piece.start].count(b"\n")
    after = old.data[piece.end : below].count(b"\n")
    end = piece.end
    for _ in range(min(before, after)):
        end = old.line_end(end)
    return TextEdit(piece.start, end, "")


def _unused(graph: CodeGraph, old: PySource, piece: Piece, needed: Sequence[Need]) -> list[TextEdit]:
    """Take away the imports that nothing but the moved code used."""
    if old.path.endswith("__init__.py"):
        return []
    gone: dict[int, tuple[ast.Import | ast.ImportFrom, list[ast.alias]]] = {}
    for need in needed:
        if need.statement is None or need.alias is None or _is_used(graph, old, piece, need):
            continue
        gone.setdefault(id(need.statement), (need.statement, []))[1].append(need.alias)
    out: list[TextEdit] = []
    for node, aliases in gone.values():
        if len(aliases) == len(node.names):
            edit = remove_statement(old, node)
            if edit.new_text != "pass":
                out.append(edit)
        else:
            out += remove_aliases(old, node, aliases)
    return out


def _is_used(graph: CodeGraph, old: PySource, piece: Piece, need: Need) -> bool:
    """Return whether an import is still needed, or may be by others, or says that it is to stay."""
    index = graph.index(old.path)
    assert index and need.statement is not None and need.alias is not None
    if "noqa" in old.data[old.start(need.statement) : old.line_end(old.end(need.statement))].decode():
        return True
    if isinstance(need.statement, ast.Import) and "." in need.alias.name and not need.alias.asname:
        return True
    for number in index.uses_of.get(need.name, ()):
        use = index.facts.uses[number]
        inside = piece.start <= use.start < piece.end
        named = use.role in (f.LOAD, f.DECLARE) and use.ref == 0
        if not inside and (named or (use.role == f.STRING and index.facts.strings[use.ref].kind == f.EXPORT)):
            return True
    return any(
        need.name in other.facts.names or other.stars
        for path in graph.importers_of(old.path, transitive=False)
        if (other := graph.index(path)) is not None
    )


# ---------------------------------------------------------------- __all__


def _listed(graph: CodeGraph, moving: Moving, old: PySource) -> list[TextEdit]:
    """Take the name out of the old module's `__all__`."""
    found = _export(graph, old, moving.name)
    if found is None:
        return []
    holder, element = found
    rest = [e for e in holder.elts if e is not element]
    number = holder.elts.index(element)
    if isinstance(holder, ast.Tuple) and len(rest) == 1:
        return [TextEdit(old.start(holder), old.end(holder), f"({old.text(rest[0])},)")]
    if number + 1 < len(holder.elts):
        return [TextEdit(old.start(element), old.start(holder.elts[number + 1]), "")]
    if number:
        return [TextEdit(old.end(holder.elts[number - 1]), old.end(element), "")]
    end = old.end(element)
    comma = old.data[end : old.end(holder)].lstrip()
    if comma.startswith(b","):
        end = old.data.index(b",", end) + 1
    return [TextEdit(old.start(element), end, "")]


def _export(graph: CodeGraph, source: PySource, name: str) -> tuple[ast.List | ast.Tuple, ast.expr] | None:
    index = graph.index(source.path)
    if index is None:
        return None
    for number in index.uses_of.get(name, ()):
        use = index.facts.uses[number]
        if use.role != f.STRING or index.facts.strings[use.ref].kind != f.EXPORT:
            continue
        for node in ast.walk(source.tree):
            for element in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
                if source.start(element) <= use.start < source.end(element):
                    assert isinstance(node, ast.List | ast.Tuple)
                    return node, element
        raise Refusal(f"{source.path} computes its __all__, which names {name}: write it as a list first.")
    return None


def exported(graph: CodeGraph, moving: Moving, old: PySource, new: PySource) -> list[TextEdit]:
    """Put the name into the new module's `__all__`, where the old one exported it."""
    index = graph.index(new.path)
    source_index = graph.index(old.path)
    if index is None or source_index is None or index.facts.exports is None:
        return []
    listed = source_index.facts.exports
    is_public = moving.name in source_index.exported_names if listed is not None else not moving.name.startswith("_")
    if not is_public or moving.name in index.exported_names:
        return []
    lists: dict[str, ast.List | ast.Tuple] = defaultdict()
    for node in new.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        named = any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)
        if named and isinstance(value, ast.List | ast.Tuple):
            lists.setdefault("__all__", value)
    holder = lists.get("__all__")
    if holder is None:
        raise Refusal(f"{new.path} computes its __all__, so {moving.name} cannot be added: write it as a list first.")
    return [_added(new, holder, moving.name)]


def _added(source: PySource, holder: ast.List | ast.Tuple, name: str) -> TextEdit:
    if not holder.elts:
        return TextEdit(source.start(holder), source.end(holder), f'["{name}"]')
    last = holder.elts[-1]
    quote = source.text(last)[-1]
    end = source.end(last)
    line = source.indent(last)
    if not line.strip():
        return TextEdit(end, end, f",{source.newline}{line}{quote}{name}{quote}")
    return TextEdit(end, end, f", {quote}{name}{quote}")
