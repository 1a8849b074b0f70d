"""Places to ask about in a Python project, found by `ast` and not by our own parser: references and calls, by seed.

A reference is an identifier that is read: a name, an attribute, a keyword of a call, an imported name or a segment of a
module's path. Definitions and plain assignments are none, nor is `self.x = ...`.
"""

import ast
import json
import random
import re
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.text import LineIndex


class Place(NamedTuple):
    """One identifier: byte offset, 1-based line and column (bytes), what it is spelled as and what kind it is."""

    path: str
    offset: int
    line: int
    column: int
    name: str
    kind: str
    """name, attribute, keyword or import."""
    called: bool = False
    excerpt: str = ""
    """The identifier with its receiver, at most 60 characters."""

    @property
    def where(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Project(NamedTuple):
    """A project's references in the order of the text, and the names of its functions and classes."""

    references: list[Place]
    defined: frozenset[str]

    def sample(self, seed: int, count: int) -> list[Place]:
        """Draw references, each with the same chance, whatever its kind."""
        drawn = random.Random(seed).sample(self.references, min(count, len(self.references)))
        return sorted(drawn)

    def calls(self, seed: int, count: int) -> list[Place]:
        """Draw calls of names that some function or class of the project has."""
        calls = [p for p in self.references if p.called and p.name in self.defined]
        return sorted(random.Random(seed).sample(calls, min(count, len(calls))))


def drawn(root: Path, seed: int, references: int, calls: int, cache: Path) -> tuple[list[Place], list[Place], int]:
    """Return the references and the calls that `seed` draws, and how many references there are; kept in `cache`."""
    file = cache / f"{root.name}-places-{seed}-{references}-{calls}.json"
    if not file.is_file():
        project = read(root)
        found = project.sample(seed, references), project.calls(seed, calls), len(project.references)
        cache.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found))
    sample, called, total = json.loads(file.read_text())
    return [Place(*row) for row in sample], [Place(*row) for row in called], total


def read(root: Path) -> Project:
    """Read every Python file that git knows; files that this Python cannot parse are left out."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, text=True, check=True)
    references: list[Place] = []
    defined: set[str] = set()
    for path in sorted(filter(None, listed.stdout.split("\0"))):
        data = (root / path).read_bytes()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(data)
        except (SyntaxError, ValueError):
            continue
        if data.startswith(b"\xef\xbb\xbf") or not _is_utf8(data):
            continue  # ast counts columns without the mark, or in a decoded text
        references += sorted(set(_places(path, tree, LineIndex(data))))
        defined |= {
            n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
    return Project(references, frozenset(defined))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _places(path: str, tree: ast.Module, lines: LineIndex) -> Iterator[Place]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    def place(line: int, column: int, name: str, kind: str, call: bool = False, excerpt: str = "") -> Iterator[Place]:
        offset = lines.starts[line - 1] + column
        if lines.data[offset : offset + len(name.encode())] == name.encode():  # not inside of an f-string's text
            yield Place(path, offset, line, column + 1, name, kind, call, (excerpt or name)[-60:])

    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from place(node.lineno, node.col_offset, node.id, "name", id(node) in called)
        elif isinstance(node, ast.Attribute) and not _is_own_store(node):
            column = (node.end_col_offset or 0) - len(node.attr.encode())
            text = re.sub(r"\s+", " ", ast.unparse(node))
            yield from place(node.end_lineno or 0, column, node.attr, "attribute", id(node) in called, text)
        elif isinstance(node, ast.keyword) and node.arg:
            yield from place(node.lineno, node.col_offset, node.arg, "keyword")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _segments(alias.name, alias.lineno, alias.col_offset, place)
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                line = lines.line_bytes(node.lineno - 1)
                found = re.compile(rb"from\s*[.\s]*").match(line, node.col_offset)
                if found:
                    yield from _segments(node.module, node.lineno, found.end(), place)
            for alias in node.names:
                if alias.name != "*":
                    yield from place(alias.lineno, alias.col_offset, alias.name, "import")


def _is_own_store(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _segments(dotted: str, line: int, column: int, place: "object") -> Iterator[Place]:
    for name in dotted.split("."):
        yield from place(line, column, name, "import")  # type: ignore[operator]
        column += len(name.encode()) + 1
