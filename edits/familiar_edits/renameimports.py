"""A module's file in another folder: every statement that imports it is written anew, its own relative ones as well."""

import ast
from collections import defaultdict
from pathlib import PurePosixPath

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits import modulenames
from familiar_edits.moverefs import FROM, Mention, remove_aliases, spaced, stripped
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place
from familiar_edits.values import TextEdit


def rewritten(graph: CodeGraph, old: str, new: str, mentions: list[Mention]) -> dict[str, list[TextEdit]]:
    """Return the edits of each file; strings that may name the module are added to `mentions`.

    Raises:
        Refusal: an import that cannot be followed, with its place.
    """
    out: dict[str, list[TextEdit]] = defaultdict(list)
    for path in sorted({*graph.mentions(PurePosixPath(old).stem), old}):
        index = graph.index(path)
        if index is None or index.is_ecma or (path != old and not _concerns(graph, index, old)):
            continue
        out[path] = _File(graph, index, PySource(path, graph.data(path)), old, new, mentions).edits()
    return out


def _concerns(graph: CodeGraph, index: FileIndex, old: str) -> bool:
    stem = PurePosixPath(old).stem
    numbers = index.uses_of.get(stem, ())
    return any(old in occurrences.meaning(graph.resolver, index, number).targets for number in numbers)


class _File:
    def __init__(
        self, graph: CodeGraph, index: FileIndex, source: PySource, old: str, new: str, mentions: list[Mention]
    ) -> None:
        self.graph, self.index, self.source, self.old, self.new = graph, index, source, old, new
        self.mentions = mentions
        self.stem, self.new_stem = PurePosixPath(old).stem, PurePosixPath(new).stem
        self.name, self.new_name = modulenames.dotted(graph, old), modulenames.dotted(graph, new)
        self.here = new if source.path == old else source.path
        self.made: list[TextEdit] = []

    def edits(self) -> list[TextEdit]:
        for node in self.source.imports():
            if isinstance(node, ast.ImportFrom):
                self._from(node)
            else:
                self._import(node)
        self._strings()
        return self.made

    def _written(self, target: str, *, is_relative: bool) -> str:
        return modulenames.written(self.graph, self.here, target, is_relative=is_relative)

    def _from(self, node: ast.ImportFrom) -> None:
        row = f.Import(0, node.module or "", node.level, node.names[0].name, "", -1, 0)
        found = self.graph.target_file(self.source.path, row)
        if found is None:
            if node.level and self.here != self.source.path:
                raise Refusal(f"{self.source.path}:{node.lineno} imports from a module that is not there.")
            return
        target = f"{found.path}/__init__.py" if found.package else found.path
        target = self.new if target == self.old else target
        inner = [a for a in node.names if (s := self.graph.modules.submodule(found, a.name)) and s.path == self.old]
        inner = inner if (0, self.stem) not in self._binds_of(found.path) else []
        if target == self.new or (node.level and self.here != self.source.path):
            self._redirect(node, self._written(target, is_relative=bool(node.level)))
        if not inner:
            return
        package = f"{self.new.rpartition('/')[0]}/__init__.py"
        module = self._written(package, is_relative=bool(node.level))
        parts = ", ".join(self._renamed(a) for a in inner)
        if not module:
            statement = f"import {parts}"
        else:
            statement = f"from {module} import {parts}"
        if len(inner) == len(node.names):
            self.made.append(TextEdit(self.source.start(node), self.source.end(node), statement))
            return
        self.made += remove_aliases(self.source, node, inner)
        if not self.source.alone(node):
            raise Refusal(f"{self.source.path}:{node.lineno} holds another statement too: give each a line first.")
        end = self.source.line_end(self.source.end(node))
        newline = self.source.newline
        closed = self.source.data[end - 1 : end] in (b"\n", b"\r")
        text = f"{self.source.indent(node)}{statement}"
        self.made.append(TextEdit(end, end, f"{text}{newline}" if closed else f"{newline}{text}"))

    def _binds_of(self, path: str) -> set[tuple[int, str]]:
        index = self.graph.index(path)
        binds = index.binds if index else {}
        return {
            key
            for key, numbers in binds.items()
            if index and any(index.facts.binds[n].kind != f.IMPORT for n in numbers)
        }

    def _renamed(self, alias: ast.alias) -> str:
        called = alias.asname or alias.name
        return self.new_stem if called == self.new_stem else f"{self.new_stem} as {called}"

    def _redirect(self, node: ast.ImportFrom, module: str) -> None:
        match = FROM.match(self.source.data, self.source.start(node))
        assert match
        start, end = stripped(match)
        if self.source.data[start:end].decode().replace(" ", "") != module:
            self.made.append(TextEdit(start, end, spaced(match, module)))

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            found = self.graph.modules.absolute(alias.name, self.source.path)
            if found is None or found.path != self.old:
                continue
            if alias.asname or "." not in alias.name:
                text = f"{self.new_name} as {alias.asname or alias.name}"
                text = self.new_name if text == f"{self.new_name} as {self.new_name}" else text
                self.made.append(TextEdit(self.source.start(alias), self.source.end(alias), text))
            else:
                self._dotted(node, alias)

    def _dotted(self, node: ast.Import, alias: ast.alias) -> None:
        """`import a.b` and every `a.b` in the file."""
        chains = [
            n
            for n in ast.walk(self.source.tree)
            if isinstance(n, ast.Attribute) and n.attr == self.stem and ast.unparse(n) == alias.name
        ]
        top, new_top = alias.name.partition(".")[0], self.new_name.partition(".")[0]
        others = [n for n in ast.walk(self.source.tree) if isinstance(n, ast.Name) and n.id == top]
        if top != new_top and len(others) > len(chains):
            raise Refusal(f"{self.source.path}:{node.lineno} imports {alias.name}, and {top} is used for more than "
                          "that: import both first.")  # fmt: skip
        if top != new_top and new_top in self.index.names:
            raise Refusal(f"{new_top} means something else in {self.source.path}, which imports the module.")
        self.made.append(TextEdit(self.source.start(alias), self.source.end(alias), self.new_name))
        self.made += [TextEdit(self.source.start(n), self.source.end(n), self.new_name) for n in chains]

    def _strings(self) -> None:
        for number in self.index.uses_of.get(self.stem, ()):
            use = self.index.facts.uses[number]
            if use.role != f.STRING:
                continue
            means = occurrences.meaning(self.graph.resolver, self.index, number)
            row = self.index.facts.strings[use.ref]
            prefix = ".".join(row.text.split(".")[: use.extra + 1])
            if self.old not in means.targets or prefix != self.name:
                continue
            start = use.end - len(prefix.encode())
            if row.kind == f.PATH:
                self.made.append(TextEdit(start, use.end, self.new_name))
            else:
                place = Place(self.source.path, start, use.end)
                self.mentions.append(Mention(place, self.new_name, "a string that names the module", True))
