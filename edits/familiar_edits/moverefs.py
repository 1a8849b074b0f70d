"""Every file that reaches a moved name: its imports, its uses through the module, its strings.

An import or a use is rewritten where it names the old module itself. One that goes through another module (a package
that passes the name on) stays: that module is rewritten.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex

from familiar_edits import modulenames
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place
from familiar_edits.values import TextEdit

FROM = re.compile(rb"from\s*([.\s]*[\w.]*)\s*import\b")


class Moving(NamedTuple):
    """What moves where: the symbol's id and name, the paths of the old and the new module."""

    id: str
    name: str
    source: str
    dest: str


class Mention(NamedTuple):
    """A place that asks something: the edit that a yes would make (None: yes only means to go on), and why."""

    place: Place
    new_text: str | None
    why: str
    blocking: bool


class Rewriting:
    """The edits of one file, collected."""

    def __init__(self, graph: CodeGraph, index: FileIndex, source: PySource, moving: Moving) -> None:
        self.graph, self.index, self.source, self.moving = graph, index, source, moving
        self.edits: list[TextEdit] = []
        self.mentions: list[Mention] = []
        self.through: list[int] = []
        """Uses through the old module (`module.name`)."""
        self.stored: list[int] = []
        """Where the name in the old module is given another value (`module.name = ...`)."""
        self.patched: list[int] = []
        """Strings that replace the name in the old module (`mock.patch`), by their use."""
        self._modules: dict[tuple[int, str], str] = {}

    def run(self) -> "Rewriting":
        """Judge every use of the name in this file.

        Raises:
            Refusal: a use that cannot be followed.
        """
        moving, facts = self.moving, self.index.facts
        for number in self.index.uses_of.get(moving.name, ()):
            use = facts.uses[number]
            meaning = occurrences.meaning(self.graph.resolver, self.index, number)
            if moving.id not in meaning.targets:
                continue
            if use.role == f.IMPORTED:
                self._imported(facts.imports[use.ref])
            elif use.role in (f.ATTRIBUTE, f.ATTRIBUTE_STORE) and self._is_old_module(use.ref):
                (self.stored if use.role == f.ATTRIBUTE_STORE else self.through).append(number)
            elif use.role == f.STRING:
                self._string(number, use)
        self._stars()
        return self

    # ------------------------------------------------------------ from-imports

    def _imported(self, row: f.Import) -> None:
        found = self.graph.target_file(self.source.path, row)
        if found is None or found.path != self.moving.source:
            return
        node = self.source.import_at(row.start)
        if not isinstance(node, ast.ImportFrom):
            raise Refusal(f"The import at {self.at(row.start)} could not be read.")
        aliases = [a for a in node.names if a.name == self.moving.name]
        if node is not self._last_import and self.source.path == self.moving.dest:
            self._drop(node, aliases)
        elif node is not self._last_import and self.source.path == self.moving.source:
            raise Refusal(f"{self.at(row.start)}: the module imports from itself; that is not followed.")
        elif node is not self._last_import:
            self._redirect(node, aliases)
        self._last_import = node

    _last_import: ast.ImportFrom | None = None

    def _redirect(self, node: ast.ImportFrom, aliases: list[ast.alias]) -> None:
        module = modulenames.written(self.graph, self.source.path, self.moving.dest, is_relative=bool(node.level))
        if len(aliases) == len(node.names):
            match = FROM.match(self.source.data, self.source.start(node))
            assert match
            self.edits.append(TextEdit(*stripped(match), spaced(match, module)))
            return
        self.edits += remove_aliases(self.source, node, aliases)
        parts = ", ".join(a.name + (f" as {a.asname}" if a.asname else "") for a in aliases)
        self.add_after(node, f"from {module} import {parts}")

    def _drop(self, node: ast.ImportFrom, aliases: list[ast.alias]) -> None:
        """The new module's own import of what it is given."""
        if any(a.asname and a.asname != a.name for a in aliases):
            raise Refusal(f"{self.at(self.source.start(node))} imports {self.moving.name} under another name, and it "
                          "is the new module: rename it there first.")  # fmt: skip
        if len(aliases) == len(node.names):
            self.edits.append(remove_statement(self.source, node))
        else:
            self.edits += remove_aliases(self.source, node, aliases)

    def _stars(self) -> None:
        """A star import of the old module no longer brings the name."""
        if self.source.path == self.moving.dest:
            return
        for row in self.index.stars:
            found = self.graph.target_file(self.source.path, row)
            if found is None or found.path != self.moving.source or not self._brought(row):
                continue
            node = self.source.import_at(row.start)
            assert isinstance(node, ast.ImportFrom)
            module = modulenames.written(self.graph, self.source.path, self.moving.dest, is_relative=bool(node.level))
            self.add_after(node, f"from {module} import {self.moving.name}")

    def _brought(self, row: f.Import) -> bool:
        from familiar_codegraph import names
        from familiar_codegraph.modules import Found

        name = self.moving.name
        if not names.exported(self.graph.resolver, Found(self.moving.source), name) or (0, name) in self.index.binds:
            return False
        return name in self.index.facts.names or bool(self.graph.importers_of(self.source.path, transitive=False))

    # ------------------------------------------------------------ uses through the module

    def _is_old_module(self, expression: int) -> bool:
        return self._module_of(expression) == self.moving.source

    def _module_of(self, expression: int) -> str:
        row = self.index.facts.exprs[expression] if expression >= 0 else None
        if row is None or row.op not in (f.NAME, f.ATTR):
            return ""
        means = occurrences.meaning(self.graph.resolver, self.index, row.a if row.op == f.NAME else row.b)
        return means.targets[0] if len(means.targets) == 1 and means.verdict == "yes" else ""

    def rewrite(self) -> None:
        """Have the uses through the old module go through the new one."""
        by_import: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number in self.through:
            use = self.index.facts.uses[number]
            node = self._attribute(use.end)
            if self.source.path == self.moving.dest:
                self.edits.append(TextEdit(self.source.start(node), use.start, ""))
                continue
            number = self._import_of(node)
            by_import[number].append((self.source.start(node.value), self.source.end(node.value)))
        for number, receivers in by_import.items():
            text = self._module_beside(self.index.facts.imports[number])
            self.edits += [TextEdit(start, end, text) for start, end in receivers]

    def _attribute(self, end: int) -> ast.Attribute:
        for node in ast.walk(self.source.tree):
            if isinstance(node, ast.Attribute) and node.attr == self.moving.name and self.source.end(node) == end:
                return node
        raise Refusal(f"{self.at(end)} uses {self.moving.name} inside of a string or a format that is not followed.")

    def _import_of(self, node: ast.Attribute) -> int:
        """Return the number of the import that gives the module before the dot."""
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            base = base.value
        start = self.source.start(base)
        use = next((u for u in self.index.facts.uses if u.start == start and u.role == f.LOAD), None)
        name = self.index.facts.names[use.name] if use else ""
        written = ast.unparse(node.value)
        for number in self.index.binds.get((use.ref, name), ()) if use else ():
            bind = self.index.facts.binds[number]
            if bind.kind == f.IMPORT:
                row = self.index.facts.imports[bind.value]
                if written in (name, row.module) or not row.name:
                    return bind.value
        raise Refusal(f"{self.at(start)} reaches {self.moving.name} by {written}, whose import is not found.")

    def _module_beside(self, row: f.Import) -> str:
        """Import the new module where the old one is imported, in the same form; return what it is called then."""
        node = self.source.import_at(row.start)
        assert node is not None
        name = modulenames.dotted(self.graph, self.moving.dest)
        package, _, last = name.rpartition(".")
        if isinstance(node, ast.Import) and not row.alias:
            called, statement = name, f"import {name}"
        elif isinstance(node, ast.Import) or not package:
            called, statement = last, f"import {name} as {last}" if package else f"import {last}"
        else:
            beside = modulenames.written(self.graph, self.source.path, self.moving.dest, is_relative=bool(node.level))
            dots = beside[: len(beside) - len(beside.lstrip("."))]
            inner = beside.lstrip(".").rpartition(".")[0]
            called, statement = last, f"from {dots + inner} import {last}"
        known = self._known(called, row.scope)
        if known is None and self._is_taken(called, row.scope):
            other = "_".join([*package.split(".")[-1:], last]) if package else ""
            if called != last or not other or other in self.index.names:
                raise Refusal(f"{called.partition('.')[0]} means something else in {self.source.path}, where the new "
                              "module has to be imported under this name.")  # fmt: skip
            called, statement = other, f"{statement.removesuffix(f' as {last}')} as {other}"
        if known is None:
            self.add_after(node, statement)
        return known or called

    def _known(self, called: str, scope: int) -> str | None:
        """Return the name under which the file has the new module already, None when it has to import it."""
        for (bound_in, name), numbers in self.index.binds.items():
            rows = [self.index.facts.binds[n] for n in numbers]
            for bind in rows if bound_in in (0, scope) else ():
                if bind.kind == f.IMPORT and len(rows) == 1:
                    row = self.index.facts.imports[bind.value]
                    is_plain = not row.name and not row.alias
                    if is_plain and row.module == called:
                        return called
                    means = occurrences.meaning(self.graph.resolver, self.index, bind.use)
                    if not is_plain and means.targets == (self.moving.dest,):
                        return name
        return None

    def _is_taken(self, called: str, scope: int) -> bool:
        """Return whether the file uses the (first part of the) name for something else."""
        first = called.partition(".")[0]
        if first == called:
            return first in self.index.names
        binds = [self.index.facts.binds[n] for n in self.index.binds.get((scope, first), ())]
        bound_elsewhere = any(name == first for _, name in self.index.binds)
        return bound_elsewhere and (not binds or any(b.kind != f.IMPORT for b in binds))

    # ------------------------------------------------------------ strings

    def _string(self, number: int, use: f.Use) -> None:
        row = self.index.facts.strings[use.ref]
        if row.kind == f.EXPORT:
            return
        if row.kind == f.GETATTR:
            if self._is_old_module(row.receiver):
                self.patched.append(number)
            return
        parts = row.text.split(".")[: use.extra + 1]
        if ".".join(parts[:-1]) != modulenames.dotted(self.graph, self.moving.source) or len(parts) < 2:
            found = self.graph.modules.absolute(".".join(parts[:-1]), self.source.path)
            if found is None or found.path != self.moving.source:
                return
        if row.kind == f.PATH:
            self.patched.append(number)
        else:
            start = use.start - len(".".join(parts[:-1]).encode()) - 1
            place = Place(self.source.path, start, use.start - 1)
            new = modulenames.dotted(self.graph, self.moving.dest)
            self.mentions.append(Mention(place, new, "a string that names it by its module", True))

    # ------------------------------------------------------------ writing

    def add_after(self, node: ast.stmt, statement: str) -> None:
        """Write a statement in a line of its own after `node`."""
        if not self.source.alone(node):
            raise Refusal(f"{self.at(self.source.start(node))} holds another statement too: give each a line first.")
        end = self.source.line_end(self.source.end(node))
        text = f"{self.source.indent(node)}{statement}"
        closed = self.source.data[end - 1 : end] in (b"\n", b"\r")
        newline = self.source.newline
        self.edits.append(TextEdit(end, end, f"{text}{newline}" if closed else f"{newline}{text}"))

    def at(self, offset: int) -> str:
        position = LineIndex(self.source.data).position(offset)
        return f"{self.source.path}:{position.line}:{position.column}"


def remove_aliases(source: PySource, node: ast.Import | ast.ImportFrom, gone: list[ast.alias]) -> Iterator[TextEdit]:
    """Yield the edits that take some, not all, names out of an import."""
    keep = [alias for alias in node.names if alias not in gone]
    last = node.names.index(keep[-1])
    for number, alias in enumerate(node.names):
        if alias not in gone:
            continue
        if number < last:
            yield TextEdit(source.start(alias), source.start(node.names[number + 1]), "")
        else:
            yield TextEdit(source.end(node.names[number - 1]), source.end(alias), "")


def remove_statement(source: PySource, node: ast.stmt) -> TextEdit:
    """Return the edit that takes a statement away; `pass` where its block would be empty.

    Raises:
        Refusal: it shares its line with another statement.
    """
    if not source.alone(node):
        raise Refusal(f"{source.path}:{node.lineno} holds another statement too: give each a line first.")
    for around in ast.walk(source.tree):
        for block in ("body", "orelse", "finalbody"):
            if getattr(around, block, None) == [node] and not isinstance(around, ast.Module):
                return TextEdit(source.start(node), source.end(node), "pass")
    return TextEdit(source.line_start(source.start(node)), source.line_end(source.end(node)), "")


def stripped(match: re.Match[bytes]) -> tuple[int, int]:
    """Return the span of the module in `from module import`."""
    text = match[1]
    return match.start(1), match.start(1) + len(text.rstrip())


def spaced(match: re.Match[bytes], module: str) -> str:
    """Return a module as it is written there; `from.m import` has no space of its own."""
    return module if match.start(1) > match.start() + 4 else f" {module}"
