"""What moved code needs around it: the names of its module that it uses, and how its new module gets them."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph import names
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.outside import BUILTINS

from familiar_edits.movecut import Piece
from familiar_edits.pysource import PySource, is_type_checking
from familiar_edits.refusal import Refusal

_STATE = frozenset({"__name__", "__file__", "__doc__", "__package__", "__path__", "__spec__", "__loader__", "__all__"})
_OF_TYPES = frozenset({"ForwardRef", "NamedTuple", "NewType", "TypeAliasType", "TypeVar", "TypedDict", "cast"})
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
_OWN_LOOKUPS = frozenset({"globals", "locals", "vars", "eval", "exec", "__import__", "dir"})


class Need(NamedTuple):
    """One name that the moved code uses.

    `statement` is the import that gives it at the source and `alias` its part there; None when the source defines it
    itself, or gets it by a way that only importing it from the source repeats.
    """

    name: str
    statement: ast.Import | ast.ImportFrom | None
    alias: ast.alias | None
    type_checking: bool
    start: int
    """Where it is first used."""


def needs(graph: CodeGraph, source: PySource, piece: Piece, moved: str) -> list[Need]:
    """Return what the piece needs, in order of the names.

    Raises:
        Refusal: it depends on its module in a way that another module cannot repeat.
    """
    index = graph.index(source.path)
    assert index
    found: dict[str, Need] = {}
    for use in index.facts.uses:
        if not piece.start <= use.start < piece.end:
            continue
        name = index.facts.names[use.name]
        if use.role == f.DECLARE and use.ref == 0:
            raise Refusal(f"{moved} sets the variable {name} of its module ({_at(source, use.start)}): it stays there.")
        if use.role != f.LOAD or name == moved or name in found or use.ref > 0:
            continue
        if name in _STATE or (name in _OWN_LOOKUPS and _is_free(index, name)):
            if name in ("dir", "vars", "eval", "exec", "locals") and not _bare(source, use.end):
                continue
            raise Refusal(f"{moved} uses {name} of its module ({_at(source, use.start)}), which another module has "
                          "differently: it stays there.")  # fmt: skip
        need = _need(graph, source, index, piece, name, use.start)
        if need is not None:
            found[name] = need
    for name, start in spelled(source, piece.statements):
        if name != moved and name not in found and (0, name) in index.binds:
            need = _need(graph, source, index, piece, name, start)
            found.update({name: need._replace(type_checking=True)} if need else {})
    return [found[name] for name in sorted(found)]


def spelled(source: PySource, statements: Iterable[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Yield the names in strings that stand for types (`TypeVar("T", bound="Cart")`), and where; checkers read them."""
    for node in (inner for statement in statements for inner in ast.walk(statement)):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _OF_TYPES:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, ast.Subscript) and not ast.unparse(node.value).endswith("Literal"):
            given = [node.slice]
        for text in (inner for value in given for inner in ast.walk(value)):
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                for name in _NAME.findall(text.value):
                    yield name, source.start(text)


def _bare(source: PySource, end: int) -> bool:
    """Return whether a look-up of names is called without an object to look into."""
    rest = source.data[end : end + 2]
    return rest == b"()" or source.data[end - 4 : end] not in (b" dir", b"vars")


def _is_free(index: FileIndex, name: str) -> bool:
    return (0, name) not in index.binds


def _need(graph: CodeGraph, source: PySource, index: FileIndex, piece: Piece, name: str, start: int) -> Need | None:
    binds = [index.facts.binds[n] for n in index.binds.get((0, name), ())]
    if not binds:
        targets = names.unbound(graph.resolver, index, name)
        if name in BUILTINS and all(t.kind == "outside" and t.name == f"builtins.{name}" for t in targets):
            return None
        if targets and all(t.kind == "unknown" for t in targets):
            raise Refusal(f"What {name} at {_at(source, start)} means is not known, so it cannot be taken along.")
        return Need(name, None, None, False, start)
    imports = [index.facts.imports[b.value] for b in binds if b.kind == f.IMPORT]
    if len(imports) == len(binds) == 1:
        node = source.import_at(imports[0].start)
        alias = _alias(node, name) if node is not None else None
        if node is not None and node in source.tree.body and alias is not None:
            return Need(name, node, alias, False, start)
        around = next((n for n in source.tree.body if is_type_checking(n) and node in n.body), None)  # type: ignore[attr-defined]
        if node is not None and around is not None and alias is not None:
            return Need(name, node, alias, True, start)
        return Need(name, None, None, False, start)
    if _is_changed(index, name, binds):
        raise Refusal(f"The module changes {name} while it runs, and what is moved uses it ({_at(source, start)}): an "
                      "import would not see the change.")  # fmt: skip
    return Need(name, None, None, False, start)


def _is_changed(index: FileIndex, name: str, binds: Sequence[f.Bind]) -> bool:
    """Return whether functions give a module's variable another value, or its own block does more than once."""
    declared = [index.facts.uses[n] for n in index.uses_of.get(name, ())]
    if any(use.role == f.DECLARE and use.ref == 0 for use in declared):
        return True
    return any(b.kind in (f.AUGMENT, f.DELETE) for b in binds)


def _alias(node: ast.Import | ast.ImportFrom, name: str) -> ast.alias | None:
    for alias in node.names:
        bound = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
        if bound == name:
            return alias
    return None


def _at(source: PySource, offset: int) -> str:
    return f"{source.path}:{source.data.count(bytes([10]), 0, offset) + 1}"
