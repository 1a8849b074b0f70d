"""What a repository's other files say: modules, classes, names mentioned, where a re-exported name is defined."""

import ast
import re
from collections import Counter
from functools import cached_property
from pathlib import Path, PurePosixPath

from benchmarks.conventions.source import Function, Source

_NAME = re.compile(r"[^\W\d]\w*")
_LEFT_OUT = {".git", ".venv", "__pycache__", "node_modules", ".tox"}
_TRANSPARENT = {"object", "Generic", "Protocol", "ABC"}


class Project:
    """The parsed Python files of one repository, by path in sorted order."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.sources = sources
        self.module_of = {path: name for path in sources if (name := self._module_name(path))}
        self.path_of = {name: path for path, name in self.module_of.items()}

    @classmethod
    def read(cls, root: Path) -> "Project":
        """Read every Python file under `root` that this interpreter can parse."""
        sources = {}
        for path in sorted(root.rglob("*.py")):
            relative = path.relative_to(root)
            if not _LEFT_OUT & set(relative.parts) and path.is_file():
                try:
                    sources[relative.as_posix()] = Source(relative.as_posix(), path.read_bytes())
                except (SyntaxError, ValueError):
                    continue
        return cls(sources)

    def _module_name(self, path: str) -> str:
        """Return the dotted name of a module of the repository, "" for a loose file."""
        pure = PurePosixPath(path)
        names = [] if pure.name == "__init__.py" else [pure.stem]
        folder = pure.parent
        while str(folder) != "." and f"{folder}/__init__.py" in self.sources:
            names.insert(0, folder.name)
            folder = folder.parent
        packaged = folder != pure.parent
        return ".".join(names) if packaged or str(folder) in {".", "src", "lib"} else ""

    @cached_property
    def mentions(self) -> Counter[str]:
        """In how many files each identifier stands."""
        return Counter(name for source in self.sources.values() for name in set(_NAME.findall(source.text)))

    @cached_property
    def classes(self) -> dict[str, list[ast.ClassDef]]:
        """The repository's classes by their bare name."""
        found: dict[str, list[ast.ClassDef]] = {}
        for source in self.sources.values():
            for node in source.all(ast.ClassDef):
                found.setdefault(node.name, []).append(node)
        return found

    def inside(self, node: ast.ClassDef, seen: frozenset[str] = frozenset()) -> bool:
        """Say whether all bases, direct or not, are the repository's own (by bare name)."""
        for base in node.bases:
            name = _bare(base)
            if name in _TRANSPARENT or name in seen:
                continue
            own = self.classes.get(name)
            if not own or not all(self.inside(each, seen | {name}) for each in own):
                return False
        return True

    def target(self, path: str, node: ast.ImportFrom) -> str | None:
        """Return the absolute dotted module that a from-import of the file at `path` names, None if that is unclear."""
        if not node.level:
            return node.module
        own = self.module_of.get(path)
        if own is None:
            return None
        parts = own.split(".")
        if not path.endswith("__init__.py"):
            parts.pop()
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, *([node.module] if node.module else [])]) or None

    @cached_property
    def _tops(self) -> dict[str, dict[str, str]]:
        """Module -> name bound at its top by a from-import of the repository -> dotted origin."""
        tops: dict[str, dict[str, str]] = {}
        for path, module in self.module_of.items():
            bound = tops.setdefault(module, {})
            for node in self.sources[path].all(ast.ImportFrom):
                target = self.target(path, node)
                if target:
                    bound |= {alias.asname or alias.name: f"{target}.{alias.name}" for alias in node.names}
        return tops

    def origin(self, dotted: str) -> str:
        """Follow re-exports inside the repository from `pkg.name` to where it is defined (`pkg.module.name`)."""
        for _ in range(6):
            module, _, name = dotted.rpartition(".")
            following = self._tops.get(module, {}).get(name)
            if following is None or name in self.definitions.get(module, {}) or following == dotted:
                return dotted
            dotted = following
        return dotted

    @cached_property
    def definitions(self) -> dict[str, dict[str, Function]]:
        """Module -> name -> module-level function."""
        return {
            module: {
                node.name: node
                for node in self.sources[path].tree.body
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
            for path, module in self.module_of.items()
        }

    @cached_property
    def _bindings(self) -> dict[str, dict[str, str]]:
        return {path: self._bound(path) for path in self.sources}

    def _bound(self, path: str) -> dict[str, str]:
        source = self.sources[path]
        bound = dict(source.imports)
        for node in source.all(ast.ImportFrom):
            target = self.target(path, node)
            if target:
                bound |= {alias.asname or alias.name: f"{target}.{alias.name}" for alias in node.names}
        return bound

    def resolve(self, path: str, dotted: str) -> str:
        """Return the dotted name of the definition that `dotted` means in the file at `path`; builtins stay bare."""
        head, dot, rest = dotted.partition(".")
        module = self.module_of.get(path, "")
        if head in self.definitions.get(module, {}):
            return self.origin(f"{module}.{dotted}")
        return self.origin(self._bindings[path].get(head, head) + dot + rest)


def _bare(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _bare(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
