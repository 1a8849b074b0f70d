"""One Python file for the labeller: its syntax tree with parents, its tokens, its imports. `ast` and `tokenize` only.

Nothing here comes from the rooms that are judged.
"""

import ast
import builtins
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

N = TypeVar("N", bound=ast.AST)
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)
_SUBTOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Label(NamedTuple):
    """The answer that one place in a file gives to a question; `line` is 1-based."""

    question: str
    answer: str
    line: int


class Source:
    """A parsed file of a repository; `path` is relative to its root, with `/`.

    Raises:
        SyntaxError, ValueError: the text is not Python of this interpreter's version.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data = path, data
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        self.text = data.decode(encoding)
        self.lines = re.split(r"\r\n|\r|\n", self.text)
        self.tree = ast.parse(data)
        self.parent: dict[ast.AST, ast.AST] = {}
        self._by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self._read(self.tree)

    def _read(self, root: ast.AST) -> None:
        """Note parents, and nodes by type in the order of the text."""
        stack = [root]
        while stack:
            node = stack.pop()
            self._by_type[type(node)].append(node)
            children = list(ast.iter_child_nodes(node))
            for child in children:
                self.parent[child] = node
            stack += reversed(children)

    @cached_property
    def is_test(self) -> bool:
        """Whether the path is that of a test file."""
        path = PurePosixPath(self.path)
        named = path.name in {"tests.py", "conftest.py"} or path.stem.startswith("test_") or path.stem.endswith("_test")
        return named or bool({"test", "tests"} & set(path.parts[:-1]))

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        return list(tokenize.tokenize(io.BytesIO(self.data).readline))

    @cached_property
    def token_lines(self) -> list[int]:
        """The line in which each token begins, in order."""
        return [token.start[0] for token in self.tokens]

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name -> dotted name of what any import statement of the file binds it to (relative ones left out)."""
        bound = {}
        for statement in self.all(ast.Import):
            for alias in statement.names:
                bound[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        for origin in self.all(ast.ImportFrom):
            if not origin.level:
                bound |= {alias.asname or alias.name: f"{origin.module}.{alias.name}" for alias in origin.names}
        return bound

    def all(self, *types: type[N]) -> list[N]:
        """Return the nodes of these exact types in the order of the text."""
        return [node for kind in types for node in self._by_type[kind]]  # type: ignore[misc]

    def functions(self) -> list[Function]:
        return sorted(self.all(*FUNCTIONS), key=lambda node: node.lineno)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self.parent:
            node = self.parent[node]
            yield node

    def scope(self, node: ast.AST) -> ast.AST:
        """Return the function, class or module that `node` stands in."""
        return next(
            a for a in self.ancestors(node) if isinstance(a, (*FUNCTIONS, ast.ClassDef, ast.Lambda, ast.Module))
        )

    def column(self, line: int, offset: int) -> int:
        """Return the column in characters for `ast`'s column in UTF-8 bytes."""
        text = self.lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))

    def resolved(self, node: ast.expr) -> str:
        """Return the dotted name with its first segment replaced by what an import binds it to, "" for other shapes."""
        dotted = dotted_name(node)
        head, dot, rest = dotted.partition(".")
        return self.imports.get(head, head) + dot + rest


def dotted_name(node: ast.expr) -> str:
    """Return `a.b.c` for such an expression, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (inner := dotted_name(node.value)):
        return f"{inner}.{node.attr}"
    return ""


def last_segment(node: ast.expr) -> str:
    """Return the name that an expression ends with, looking through calls and subscripts, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return last_segment(node.value)
    return ""


def case_of(name: str) -> str:
    """Return the case of a name, its outer underscores aside; one word in lower case counts as snake_case."""
    core = name.strip("_")
    if core.isupper():
        return "UPPER_CASE"
    if core.islower():
        return "snake_case"
    if "_" in core:
        return "other"
    return "PascalCase" if core[:1].isupper() else "camelCase"


def subtokens(name: str) -> list[str]:
    """Split `parseHTTPHeader_2` into ["parse", "http", "header", "2"]."""
    return [part.lower() for part in _SUBTOKEN.findall(name)]


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def parameters(node: Function) -> list[ast.arg]:
    """Return the plain parameters in order, without `*args` and `**kwargs`."""
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def docstring(node: ast.AST) -> ast.Constant | None:
    """Return the docstring's node of a module, class or function."""
    if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return first.value
    return None
