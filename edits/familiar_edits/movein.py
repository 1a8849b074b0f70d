"""The new module with the moved code in it: its imports in the house's form, then the code to the byte."""

import ast
import re
from collections.abc import Iterable, Sequence

from familiar_codegraph import facts as f
from familiar_codegraph import names, occurrences
from familiar_codegraph.graph import CodeGraph

from familiar_edits import modulenames
from familiar_edits.movecut import Piece
from familiar_edits.moveneeds import Need
from familiar_edits.moverefs import Moving
from familiar_edits.pysource import PySource, is_type_checking
from familiar_edits.refusal import Refusal
from familiar_edits.values import TextEdit

_PLAIN_DECORATORS = frozenset({"property", "classmethod", "staticmethod", "abstractmethod", "abc.abstractmethod"})
_READERS = frozenset({"__annotations__", "get_annotations", "get_type_hints", "signature"})
_END = re.compile(r"\r\n|\r|\n")


def _in_order(edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Return the edits, insertions at one place made one in the order given: imports before what needs them."""
    out: list[TextEdit] = []
    for edit in edits:
        at = next((i for i, e in enumerate(out) if e.start == e.end == edit.start == edit.end), None)
        if at is None:
            out.append(edit)
        else:
            out[at] = TextEdit(edit.start, edit.end, out[at].new_text + edit.new_text)
    return out


class Destination:
    """What is added to the new module; `source` is it as it stands (empty when it is made)."""

    def __init__(self, graph: CodeGraph, moving: Moving, old: PySource, new: PySource) -> None:
        self.graph, self.moving, self.old, self.new = graph, moving, old, new
        self.index = graph.index(moving.dest)
        self.relative = modulenames.prefers_relative(new, old)

    def check_free(self) -> None:
        """Raise a refusal where the new module has the name already, for something else."""
        moving, index = self.moving, self.index
        if index is None:
            return
        for number in index.binds.get((0, moving.name), ()):
            bind = index.facts.binds[number]
            found = names.bound(self.graph.resolver, index, 0, moving.name)
            if bind.kind != f.IMPORT or [t.id for t in found] != [moving.id]:
                line = self.new.data.count(b"\n", 0, index.facts.uses[bind.use].start) + 1
                raise Refusal(f"{moving.dest}:{line} has a {moving.name} already: rename one of them first.")
        for number in index.uses_of.get(moving.name, ()):
            use = index.facts.uses[number]
            if use.role == f.LOAD and use.ref < 0 and moving.id not in self._unbound(moving.name):
                line = self.new.data.count(b"\n", 0, use.start) + 1
                raise Refusal(f"{moving.dest}:{line} means something else by {moving.name}, which the moved one would "
                              "hide: rename one of them first.")  # fmt: skip

    def _unbound(self, name: str) -> list[str | None]:
        assert self.index
        return [t.id for t in names.unbound(self.graph.resolver, self.index, name)]

    def missing(self, needs: Iterable[Need]) -> list[Need]:
        """Return the needs that the new module does not have yet.

        Raises:
            Refusal: it has the name for something else.
        """
        return [need for need in needs if not self._has(need)]

    def _has(self, need: Need) -> bool:
        old = self.graph.index(self.old.path)
        if self.index is None or old is None:
            return False
        if (0, need.name) in old.binds:
            wanted = names.bound(self.graph.resolver, old, 0, need.name)
        else:
            wanted = names.unbound(self.graph.resolver, old, need.name)
        own = self.index.binds.get((0, need.name), ())
        if own:
            found = names.bound(self.graph.resolver, self.index, 0, need.name)
        elif any(u.role == f.LOAD and u.ref < 0 for u in self._uses(need.name)):
            found = names.unbound(self.graph.resolver, self.index, need.name)
        else:
            return False
        if found == wanted and all(t.kind != "unknown" for t in found):
            return True
        where = self._uses(need.name)[0].start
        line = self.new.data.count(b"\n", 0, where) + 1
        raise Refusal(f"{self.moving.name} uses {need.name} of {self.old.path}, and {self.moving.dest}:{line} means "
                      "something else by this name: rename one of them first.")  # fmt: skip

    def _uses(self, name: str) -> list[f.Use]:
        assert self.index
        return [self.index.facts.uses[n] for n in self.index.uses_of.get(name, ())]

    # ------------------------------------------------------------ text

    def statement(self, need: Need) -> str:
        """Return the import that gives the new module what is needed."""
        if need.statement is None or need.alias is None:
            module = modulenames.written(self.graph, self.moving.dest, self.old.path, is_relative=self.relative)
            return f"from {module} import {need.name}"
        alias = need.alias.name + (f" as {need.alias.asname}" if need.alias.asname else "")
        if isinstance(need.statement, ast.Import):
            return f"import {alias}"
        node = need.statement
        row = f.Import(0, node.module or "", node.level, need.alias.name, "", -1, 0)
        found = self.graph.target_file(self.old.path, row)
        if found is None:
            if node.level:
                raise Refusal(f"{self.old.path}:{node.lineno} imports from a module that is not there.")
            return f"from {node.module} import {alias}"
        target = f"{found.path}/__init__.py" if found.package else found.path
        inner = self.graph.modules.submodule(found, need.alias.name)
        if self.moving.dest in (target, inner.path if inner else ""):
            raise Refusal(f"{self.moving.name} uses {self.moving.dest} itself ({need.name}), into which it is to move.")
        module = modulenames.written(self.graph, self.moving.dest, target, is_relative=self.relative)
        return f"from {module} import {alias}"

    def edits(self, piece: Piece, missing: Sequence[Need], needed: Iterable[Need]) -> list[TextEdit]:
        """Return the edits that bring the code and what it needs."""
        newline = self.new.newline if self.new.data else self.old.newline
        plain = [self.statement(n) for n in missing if not n.type_checking]
        guarded = [self.statement(n) for n in missing if n.type_checking]
        future = self._future(piece)
        code = _END.sub(newline, self.old.data[piece.start : piece.end].decode()).rstrip(newline) + newline
        if not self.new.data.strip():
            blocks = [*([future] if future else []), *self._new_header(plain, guarded)]
            header = (newline * 2).join(
                newline.join(block) for block in [[b] if isinstance(b, str) else b for b in blocks]
            )
            text = (header + newline * 3 if header else "") + code
            return [TextEdit(0, len(self.new.data), text)]
        out = self._header_edits(future, plain, guarded, newline)
        out.append(self._code_edit(code, needed, newline))
        return _in_order(out)

    def _new_header(self, plain: list[str], guarded: list[str]) -> list[list[str]]:
        if guarded and not any("TYPE_CHECKING" in line for line in plain):
            plain = ["from typing import TYPE_CHECKING", *plain]
        blocks = [plain] if plain else []
        if guarded:
            blocks.append(["if TYPE_CHECKING:", *(f"    {line}" for line in guarded)])
        return blocks

    def _future(self, piece: Piece) -> str:
        """Return the `__future__` import that the moved annotations need.

        Raises:
            Refusal: annotations mean something else in the new module.
        """
        if not any(_annotated(node) for node in piece.statements):
            return ""
        before, after = _postponed(self.old), _postponed(self.new)
        if before == after or (after and not _reads_annotations(piece.statements)):
            return ""
        if before and not _reads_annotations(self.new.tree.body):
            return "from __future__ import annotations"
        one, other = (self.old.path, self.moving.dest) if before else (self.moving.dest, self.old.path)
        raise Refusal(f"{one} postpones annotations (from __future__ import annotations) and {other} does not, so "
                      f"those of {self.moving.name} would mean something else: make them alike first.")  # fmt: skip

    def _header_edits(self, future: str, plain: list[str], guarded: list[str], newline: str) -> list[TextEdit]:
        out = []
        block = next((n for n in self.new.tree.body if is_type_checking(n)), None)
        if guarded and block is not None:
            last = block.body[-1]  # type: ignore[attr-defined]
            end = self.new.line_end(self.new.end(last))
            out.append(TextEdit(end, end, "".join(f"{self.new.indent(last)}{line}{newline}" for line in guarded)))
            guarded = []
        if guarded:
            if self.index is None or (0, "TYPE_CHECKING") not in self.index.binds:
                plain = ["from typing import TYPE_CHECKING", *plain]
            plain += ["", "if TYPE_CHECKING:", *(f"    {line}" for line in guarded)]
        at, has_imports, first = self._header_end()
        if future:
            text = future + newline + ("" if has_imports or not self.new.tree.body else newline)
            out.append(TextEdit(first, first, text))
        if plain:
            text = newline.join(plain) + newline
            open_line = self.new.data[at - 1 : at] not in (b"\n", b"\r") and at > 3
            space = "" if has_imports else newline
            out.append(TextEdit(at, at, (newline if open_line else "") + text + space))
        return out

    def _header_end(self) -> tuple[int, bool, int]:
        """Return where imports are added, whether others stand above, and where a `__future__` import goes."""
        return header_end(self.new)

    def _code_edit(self, code: str, needed: Iterable[Need], newline: str) -> TextEdit:
        source, body = self.new, self.new.tree.body
        wanted = {need.name for need in needed}
        used = self.index is not None and any(self._is_use(n) for n in self.index.uses_of.get(self.moving.name, ()))
        if not used:
            guard = body[-1] if body and _is_main(body[-1]) else None
            if guard is None:
                gap = newline * (2 if source.data.endswith((b"\n", b"\r")) else 3)
                end = len(source.data)
                kept = source.blank_before(end)
                return TextEdit(kept, end, gap + code)
            at = source.line_start(source.start(guard))
            return TextEdit(at, at, code + newline * 2)
        at = max(self._header_end()[0], *(source.line_end(source.end(n)) for n in body if _defines(n) & wanted), 0)
        for node in body:
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            if not is_import and source.end(node) <= at and _mentions(node, self.moving.name):
                raise Refusal(f"{self.moving.dest}:{node.lineno} uses {self.moving.name} above what {self.moving.name} "
                              "itself needs there.")  # fmt: skip
        return TextEdit(at, at, newline * 2 + code)

    def _is_use(self, number: int) -> bool:
        """Return whether the new module uses the name, or may come to by `old.name`."""
        assert self.index
        use = self.index.facts.uses[number]
        if use.role == f.ATTRIBUTE:
            return self.moving.id in occurrences.meaning(self.graph.resolver, self.index, number).targets
        return use.role == f.LOAD


def header_end(source: PySource) -> tuple[int, bool, int]:
    """Return where imports are added, whether others stand above, and where a `__future__` import goes."""
    at, has_imports, first = _after_comments(source), False, -1
    for number, node in enumerate(source.tree.body):
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        is_text = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_import and first < 0:
            first = source.line_start(source.start(node))
        if is_import or is_text:
            at, has_imports = source.line_end(source.end(node)), has_imports or is_import
        if is_text and not has_imports:
            at = max(at, source.blank_after(at)) if len(source.tree.body) > 1 else at
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            break
    return at, has_imports, first if first >= 0 else at


def _after_comments(source: PySource) -> int:
    """Return where the first comments of a file (a licence, a coding) end."""
    at = source.line_start(0)
    while source.data[at : at + 1] == b"#" and source.line_end(at) > at:
        at = source.line_end(at)
    return source.blank_after(at) if at else at


def _annotated(node: ast.AST) -> bool:
    return any(
        getattr(inner, "annotation", None) is not None or getattr(inner, "returns", None) is not None
        for inner in ast.walk(node)
    )


def _postponed(source: PySource) -> bool:
    return any(
        isinstance(n, ast.ImportFrom) and n.module == "__future__" and any(a.name == "annotations" for a in n.names)
        for n in source.tree.body
    )


def _reads_annotations(nodes: Iterable[ast.stmt]) -> bool:
    """Return whether somebody may look at the annotations while the program runs: a decorator, a base class (of data
    classes, models), `get_type_hints`. Where nobody does, it is the same whether they are postponed."""
    for node in (inner for statement in nodes for inner in ast.walk(statement)):
        decorated = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and _annotated(node) and not _PLAIN_DECORATORS.issuperset(decorated):
            return True
        if isinstance(node, ast.ClassDef) and any(isinstance(n, ast.AnnAssign) for n in node.body):
            return True
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).rpartition(".")[2] in _READERS:
            return True
    return False


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).startswith("__name__ ==")


def _defines(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    names_of = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names_of | (
        {node.name} if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else set()
    )


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
