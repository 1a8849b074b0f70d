"""A move's files compared before and after: they compile, hold the same statements, and every name means the same."""

import ast
import re
from collections.abc import Iterator, Mapping
from types import CodeType

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex

from familiar_edits import bytecode
from familiar_edits.movecut import Piece
from familiar_edits.moverefs import Moving
from familiar_edits.textedits import moved
from familiar_edits.values import ChangeSet, TextEdit

_ANONYMOUS, _NUMBER = re.compile(r"^[^:]+::<"), re.compile(r">#\d+")


def parse(after: Mapping[str, bytes]) -> tuple[bool, str]:
    for path, data in sorted(after.items()):
        error = bytecode.compiled(data, path)
        if not isinstance(error, CodeType):
            return False, f"Afterwards {path}:{error.lineno} would not compile: {error.msg}."
    return True, f"{_files(len(after))} compile afterwards."


# ---------------------------------------------------------------- the same statements


def same(
    before: Mapping[str, bytes], after: Mapping[str, bytes], moving: Moving, piece: Piece, modules: tuple[str, str]
) -> tuple[bool, str]:
    """Compare the statements of each file, imports and `__all__` left out; `modules` are the old and the new name."""
    normal = _Normal(moving.name, *modules)
    gone = {(n.lineno, n.col_offset) for n in piece.statements}
    for path, data in sorted(after.items()):
        first = ast.parse(before[path]).body
        second = ast.parse(data).body
        moving_out = [n for n in first if (n.lineno, n.col_offset) in gone] if path == moving.source else []
        kept = [normal.dump(n) for n in first if n not in moving_out]
        now = [normal.dump(n) for n in second]
        if path == moving.dest:
            for text in [normal.dump(n) for n in piece.statements]:
                if text not in now:
                    return False, f"{moving.name} would not be the same code in {path}."
                now.remove(text)
        if [t for t in kept if t] != [t for t in now if t]:
            return False, f"{path} would not hold the same statements as before."
    return True, f"{_files(len(after))} hold the same statements, the moved ones at their new place."


class _Normal(ast.NodeTransformer):
    """Statements without what a move may change: imports, `__all__`, by which module the name is reached."""

    def __init__(self, name: str, old: str, new: str) -> None:
        self.name, self.old, self.new = name, old, new
        self._dotted = re.compile(rf"(?<![\w.]){re.escape(old)}(?=[.:]{re.escape(name)}(?!\w))")

    def dump(self, node: ast.stmt) -> str:
        """Return what a statement says, "" for one that only imports."""
        copy = ast.parse(ast.unparse(node)).body
        out = []
        for part in copy:
            kept = self.visit(part)
            if kept is not None and not _is_listing(kept):
                out.append(ast.dump(kept))
        return "".join(out)

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_Pass(self, node: ast.Pass) -> None:
        return None

    def visit_If(self, node: ast.If) -> ast.AST | None:
        self.generic_visit(node)
        return node if node.body or node.orelse else None

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        base: ast.AST = node.value
        while isinstance(base, ast.Attribute):
            base = base.value
        if node.attr == self.name and isinstance(base, ast.Name):
            return ast.Name(self.name, node.ctx)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return ast.Constant(self._dotted.sub(self.new, node.value))
        return node


def _is_listing(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)


# ---------------------------------------------------------------- the same meaning


def bound(graph: CodeGraph, later: CodeGraph, changeset: ChangeSet, moving: Moving, piece: Piece) -> tuple[bool, str]:
    """Resolve every name of the changed files, and the moved name everywhere, before and after."""
    edits = {change.path: change.text_edits for change in changeset.changes}
    inside = re.compile(rf"{re.escape(moving.id)}(?=[.#]|$)")
    new_id = f"{moving.dest}::{moving.name}"
    count = 0
    for path in sorted({*graph.mentions(moving.name), *edits, *graph.mentions(moving.name)}):
        first, second = graph.index(path), later.index(path)
        if first is None or second is None:
            continue
        for number, other in _pairs(first, second, edits.get(path), moving, piece, later):
            at, index = other
            count += 1
            before = occurrences.meaning(graph.resolver, first, number)
            if at < 0 or index is None:
                return False, f"The name at {_where(graph, first, number)} would be read differently afterwards."
            now = occurrences.meaning(later.resolver, index, at)
            in_piece = path == moving.source and piece.start <= first.facts.uses[number].start < piece.end
            expected = {inside.sub(new_id, target) for target in before.targets}
            if in_piece:  # scopes without a name of their own, such as a default's lambda
                expected = {_ANONYMOUS.sub(f"{moving.dest}::<", target) for target in expected}
            now = now._replace(targets=tuple(_NUMBER.sub(">", target) for target in now.targets))
            if what := changed(before, now, {_NUMBER.sub(">", target) for target in expected}, index, at):
                return False, f"At {_where(graph, first, number)} {what}."
    return True, f"{count} occurrences mean the same afterwards."


_Other = tuple[int, FileIndex | None]


def _pairs(
    first: FileIndex,
    second: FileIndex,
    edits: tuple[TextEdit, ...] | None,
    moving: Moving,
    piece: Piece,
    later: CodeGraph,
) -> Iterator[tuple[int, _Other]]:
    """Yield each use before that is not edited itself, with its number and file afterwards (-1: it is gone)."""
    at = {(use.start, use.role): number for number, use in enumerate(second.facts.uses)}
    bare = {(use.start, f.ATTRIBUTE): n for n, use in enumerate(second.facts.uses) if use.role == f.LOAD}
    at = {**bare, **at} if first.path == moving.dest else at  # `old.name` is `name` there
    own = first.path == moving.source
    if own:
        yield from _moved_pairs(first, moving, piece, later)
    numbers = range(len(first.facts.uses)) if edits is not None else first.uses_of.get(moving.name, ())
    for number in numbers:
        use = first.facts.uses[number]
        if own and piece.start <= use.start < piece.end:
            continue
        if any(e.start < use.end and use.start < e.end for e in edits or ()):
            continue
        yield number, (at.get((moved(use.start, edits or ()), use.role), -1), second)


def _moved_pairs(first: FileIndex, moving: Moving, piece: Piece, later: CodeGraph) -> Iterator[tuple[int, _Other]]:
    """The uses inside of what is moved, in order, with those at the new place."""
    target = later.index(moving.dest)
    numbers = [n for n, use in enumerate(first.facts.uses) if piece.start <= use.start < piece.end]
    wanted = [(first.facts.names[first.facts.uses[n].name], first.facts.uses[n].role) for n in numbers]
    there = [(target.facts.names[u.name], u.role) for u in target.facts.uses] if target else []
    for start in range(len(there) - len(wanted) + 1):
        if there[start : start + len(wanted)] == wanted and _is_binding(target, start, wanted, moving.name):
            yield from ((number, (start + k, target)) for k, number in enumerate(numbers))
            return
    yield from ((number, (-1, None)) for number in numbers)


def _is_binding(target: FileIndex | None, start: int, wanted: list[tuple[str, int]], name: str) -> bool:
    """Return whether the uses from `start` on are those of the definition itself."""
    assert target
    uses = {target.facts.binds[n].use for n in target.binds.get((0, name), ())}
    return any(start <= use < start + len(wanted) for use in uses)


def changed(
    before: occurrences.Meaning, now: occurrences.Meaning, expected: set[str], index: FileIndex, at: int
) -> str:
    """Return how a name came to mean something else than `expected`, "" when it did not."""
    name = index.facts.names[index.facts.uses[at].name]
    if set(now.targets) == expected and (before.verdict != "yes" or now.verdict == "yes" or expected):
        return ""
    if before.verdict == "yes":
        return f"{name} would mean {_said(now)} instead of {_said(before)}"
    captured = [t for t in now.targets if t not in expected]
    return f"{name} would mean {captured[0]}" if captured and now.verdict == "yes" else ""


def _said(meaning: occurrences.Meaning) -> str:
    if meaning.targets:
        return " or ".join(meaning.targets)
    return "something outside the repository" if meaning.verdict == "yes" else "nothing that is known"


def _where(graph: CodeGraph, index: FileIndex, number: int) -> str:
    position = LineIndex(graph.data(index.path)).position(index.facts.uses[number].start)
    return f"{index.path}:{position.line}:{position.column}"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
