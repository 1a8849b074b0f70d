"""Draw random renames of a project's own definitions, by `ast` alone: nothing of the product is asked.

A kind is drawn first, each with the same weight, then a definition of that kind, then the new name; so the hard kinds
(methods, attributes, parameters) are not drowned by local variables.
"""

import ast
import builtins
import keyword
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec


class Target(msgspec.Struct, frozen=True):
    """One definition: `offset` is the byte offset of its name in `path`; `around` the names of its own scope."""

    kind: str
    path: str
    offset: int
    name: str
    around: tuple[str, ...]


class Trial(msgspec.Struct, frozen=True):
    """One rename to try; `adversarial` says which trap the new name sets, "" for none."""

    number: int
    target: Target
    new_name: str
    adversarial: str


_FRESH = [
    "amber",
    "birch",
    "cobalt",
    "delta",
    "ember",
    "fjord",
    "garnet",
    "harbor",
    "indigo",
    "juniper",
    "kelp",
    "lumen",
    "maple",
    "nectar",
    "onyx",
]


def trials(root: Path, files: Sequence[str], seed: int, count: int, adversarial: float = 0.3) -> list[Trial]:
    """Return `count` trials; the same arguments and bytes give the same trials."""
    rng = random.Random(seed)
    by_kind: dict[str, list[Target]] = defaultdict(list)
    names: set[str] = set()
    for path in sorted(files):
        for target in targets(path, (root / path).read_bytes()):
            by_kind[target.kind].append(target)
            names.add(target.name)
    found = []
    for number in range(count):
        target = rng.choice(by_kind[rng.choice(sorted(by_kind))])
        trap = rng.choice(("neighbour", "builtin", "elsewhere", "keyword")) if rng.random() < adversarial else ""
        found.append(Trial(number, target, _new_name(rng, target, trap, sorted(names)), trap))
    return found


def _new_name(rng: random.Random, target: Target, trap: str, names: list[str]) -> str:
    choices = {
        "neighbour": [name for name in target.around if name != target.name],
        "builtin": ["len", "str", "type", "print", "list", "id"],
        "elsewhere": [name for name in names if name != target.name],
        "keyword": [*keyword.kwlist[:10], *keyword.softkwlist],
    }.get(trap)
    if choices:
        return rng.choice(choices)
    underscores = "_" * (len(target.name) - len(target.name.lstrip("_")))
    words = "_".join(rng.sample(_FRESH, 2))
    return underscores + (words.title().replace("_", "") if target.kind == "class" else words)


def targets(path: str, data: bytes) -> Iterator[Target]:
    """Yield the definitions of one file in order of their position."""
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    yield from sorted(set(_Definitions(path, data, starts).found), key=lambda t: t.offset)


class _Definitions(ast.NodeVisitor):
    def __init__(self, path: str, data: bytes, starts: list[int]) -> None:
        self.path, self.data, self.starts = path, data, starts
        self.found: list[Target] = []
        self.scopes: list[ast.AST] = []
        self.attributes: set[tuple[str, str]] = set()
        self.visit(ast.parse(data))

    def _add(self, kind: str, name: str, offset: int) -> None:
        around = _bound(self.scopes[-1]) if self.scopes else ()
        assert self.data[offset : offset + len(name.encode())] == name.encode(), (self.path, offset, name)
        self.found.append(Target(kind, self.path, offset, name, around))

    def _at(self, node: ast.expr | ast.arg | ast.stmt) -> int:
        return self.starts[node.lineno - 1] + node.col_offset

    def _inside(self, node: ast.AST) -> None:
        self.scopes.append(node)
        self.generic_visit(node)
        self.scopes.pop()

    def visit_Module(self, node: ast.Module) -> None:
        self._inside(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._add("class", node.name, self.data.index(node.name.encode(), self._at(node) + len("class")))
        self._inside(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node, "def")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node, "async def")

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, start: str) -> None:
        kind = "method" if isinstance(self.scopes[-1], ast.ClassDef) else "function"
        self._add(kind, node.name, self.data.index(node.name.encode(), self._at(node) + len(start)))
        self.scopes.append(node)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in every[1:] if kind == "method" else every:
            self._add("parameter", argument.arg, self._at(argument))
        for rest in (arguments.vararg, arguments.kwarg):
            if rest:
                self._add("parameter", rest.arg, self._at(rest))
        self.scopes.pop()
        self._inside(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            scope = self.scopes[-1]
            kind = {ast.Module: "constant", ast.ClassDef: "attribute"}.get(type(scope), "local")
            self._add(kind, node.id, self._at(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = next((s.name for s in reversed(self.scopes) if isinstance(s, ast.ClassDef)), "")
        stored = isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self"
        if stored and (owner, node.attr) not in self.attributes:
            self.attributes.add((owner, node.attr))
            end = self.starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
            self._add("attribute", node.attr, end - len(node.attr.encode()))
        self.generic_visit(node)


def _bound(scope: ast.AST) -> tuple[str, ...]:
    """Return the names bound in a scope's own body (a class: its members and `self` attributes too)."""
    names = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(scope, ast.ClassDef):
            names.add(node.attr)
        elif isinstance(node, ast.arg) and node.arg not in ("self", "cls"):
            names.add(node.arg)
    return tuple(sorted(name for name in names if not hasattr(builtins, name) and not name.startswith("__")))
