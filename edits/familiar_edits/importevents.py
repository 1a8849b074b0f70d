"""What loading a module does, in order, read from its syntax: what it imports, reads, binds and calls.

Branches count as taken, one after the other; bodies of functions run where they are called by name. `TYPE_CHECKING`
blocks and `if __name__ == "__main__"` do not run.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from familiar_edits.pysource import is_type_checking

Kind = Literal["import", "from", "star", "load", "call", "bind", "define"]


class Event(NamedTuple):
    """A step. `name`: what is read or called (dotted), bound or imported; `alias`: what an import binds, "" nothing."""

    kind: Kind
    name: str
    alias: str = ""
    module: str = ""
    level: int = 0
    sure: bool = True
    """Not in a branch, a loop or a `try`."""


class Loading(NamedTuple):
    """The steps of a module's own block, and of its functions and the constructors of its classes by name."""

    events: Sequence[Event]
    functions: Mapping[str, Sequence[Event]]


def read(data: bytes) -> Loading:
    """Return what loading a module does; nothing for one that does not parse."""
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return Loading((), {})
    postponed = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" and
                    any(a.name == "annotations" for a in n.names) for n in tree.body)  # fmt: skip
    reader = _Reader(postponed, {})
    reader.block(tree.body)
    return Loading(reader.events, reader.functions)


class _Reader(ast.NodeVisitor):
    """`own`: the names of the function or class that is read, which are not the module's; None in its own block."""

    def __init__(self, postponed: bool, functions: dict[str, Sequence[Event]], own: set[str] | None = None) -> None:
        self.postponed, self.functions, self.own = postponed, functions, own
        self.events: list[Event] = []
        self.branches = 0

    def block(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _maybe(self, *blocks: Iterable[ast.AST]) -> None:
        self.branches += 1
        for nodes in blocks:
            self.block(nodes)
        self.branches -= 1

    def _add(self, kind: Kind, name: str, alias: str = "", module: str = "", level: int = 0) -> None:
        bound = "" if self.own is not None else alias
        self.events.append(Event(kind, name, bound, module, level, not self.branches))
        if self.own is not None and alias:
            self.own.add(alias)

    def _bind(self, name: str, kind: Kind = "bind") -> None:
        if self.own is None:
            self._add(kind, name)
        else:
            self.own.add(name)

    # ------------------------------------------------------------ statements

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add("import", alias.name, alias.asname or alias.name.partition(".")[0], "as" if alias.asname else "")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            kind: Kind = "star" if alias.name == "*" else "from"
            self._add(kind, alias.name, alias.asname or alias.name, node.module or "", node.level)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        runs = not is_type_checking(node) and not ast.unparse(node.test).startswith("__name__ ==")
        self._maybe(node.body if runs else (), node.orelse)

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        self._maybe(node.body, node.handlers, node.orelse, node.finalbody)

    visit_TryStar = visit_Try

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._maybe([node.target], node.body, node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self._maybe([node.test], node.body, node.orelse)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self.block(node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not self.postponed and (self.own is None or self.branches < _IN_FUNCTION):
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.visit(node.target)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._decorators(node.decorator_list)
        self._head(node.args)
        if not self.postponed:
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            self.block(arg.annotation for arg in given if arg is not None and arg.annotation is not None)
            self.block([node.returns] if node.returns is not None else [])
        self._bind(node.name, "define")
        self._called(node.decorator_list)
        if self.own is None:
            self.functions[node.name] = _body(node, self.postponed)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._decorators(node.decorator_list)
        self.block([*node.bases, *(keyword.value for keyword in node.keywords)])
        inner = _Reader(self.postponed, {}, {*(self.own or ())})
        inner.branches = self.branches
        inner.block(node.body)
        self.events += inner.events
        if self.own is None:
            made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("__init__", "__new__")]
            self.functions[node.name] = [event for n in made for event in _body(n, self.postponed)]
        self._bind(node.name, "define")
        self._called(node.decorator_list)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        self._maybe(node.cases)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self._bind(node.name)
        self.block(node.body)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self._bind(node.name.id)  # type: ignore[attr-defined]

    def _decorators(self, nodes: Sequence[ast.expr]) -> None:
        self.block(nodes)

    def _called(self, decorators: Sequence[ast.expr]) -> None:
        for decorator in decorators:
            if not isinstance(decorator, ast.Call) and (name := _dotted(decorator)):
                self._call(name)

    # ------------------------------------------------------------ expressions

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if name := _dotted(node):
            self._read(name if isinstance(node.ctx, ast.Load) else name.rpartition(".")[0])
        else:
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if name := _dotted(node.func):
            self._call(name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._head(node.args)

    def _comprehension(self, node: ast.AST) -> None:
        stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        inner = _Reader(self.postponed, {}, {*(self.own or ()), *stored})
        inner.branches = self.branches + 1
        inner.generic_visit(node)
        self.events += inner.events

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _head(self, arguments: ast.arguments) -> None:
        self.block([*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)])

    def _read(self, name: str) -> None:
        if self.own is None or name.partition(".")[0] not in self.own:
            self._add("load", name)

    def _call(self, name: str) -> None:
        if self.own is None or name.partition(".")[0] not in self.own:
            self._add("call", name)


_IN_FUNCTION = 1000
"""Branches above this mean that a function is read, whose annotations of variables are never evaluated."""


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef, postponed: bool) -> Sequence[Event]:
    """Return what a call of the function does; functions inside of it are not entered."""
    given = node.args
    own = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if a}
    declared: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            own.add(inner.id)
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and inner is not node:
            own.add(inner.name)
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            own |= {a.asname or a.name.partition(".")[0] for a in inner.names}
        elif isinstance(inner, ast.Global):
            declared |= {*inner.names}
    reader = _Reader(postponed, {}, own - declared)
    reader.branches = _IN_FUNCTION
    reader.block(node.body)
    return reader.events


def _dotted(node: ast.expr) -> str:
    """Return `a.b.c` as written, "" for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
