"""Who knows a definition by where it stands, without importing it from there: stubs, texts that show it, packages."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from familiar_codegraph import facts as f
from familiar_codegraph import occurrences
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits import importcycles, modulenames, naming
from familiar_edits.afterwards import with_files
from familiar_edits.movecut import Piece
from familiar_edits.moverefs import Mention, Moving, Rewriting
from familiar_edits.pysource import PySource
from familiar_edits.refusal import Refusal
from familiar_edits.textedits import Place, edited
from familiar_edits.values import ChangeSet, TextEdit


def no_stubs(graph: CodeGraph, moving: Moving) -> None:
    """Raise a refusal where a stub beside a module says what it holds: checkers believe it alone."""
    source, dest = graph.index(f"{moving.source}i"), graph.index(f"{moving.dest}i")
    if source is not None:
        raise Refusal(f"{source.path} describes {moving.source}: stubs are not moved, and checkers would not find "
                      f"{moving.name} or what it needs.")  # fmt: skip
    if dest is not None:
        raise Refusal(f"{dest.path} says what {moving.dest} holds, without {moving.name}: add it there first.")


def no_more_needed(graph: CodeGraph, moving: Moving, texts: Mapping[str, bytes]) -> None:
    """Raise a refusal where users of the name would come to need a package, be it only once a function is called."""
    if more := importcycles.needs_more(graph, moving.dest, moving.source, texts):
        raise Refusal(f"{moving.dest} needs {more[0]}, which {moving.source} does without: its users would "
                      "need it too, and it may not be installed everywhere.")  # fmt: skip


def absent(graph: CodeGraph, moving: Moving, piece: Piece) -> list[Mention]:
    """Return a question where a module is made of one that the project's environment cannot import."""
    missing = importcycles.not_installed(graph, moving.source)
    place = Place(moving.source, piece.start, piece.end)
    why = f"{moving.source} needs {', '.join(missing)}, not installed here: whether {moving.dest} loads is not known"
    return [Mention(place, None, why, True)] if missing else []


def loading(graph: CodeGraph, moving: Moving, piece: Piece, changeset: ChangeSet) -> list[Mention]:
    """Return a question where a module comes to load another that it went without, and what that needs."""
    after = {c.path: edited(b"" if c.kind == "create" else graph.data(c.path), c.text_edits)
             for c in changeset.changes if c.path.endswith((".py", ".pyi"))}  # fmt: skip
    entries = [path for path in after if not naming.is_test_file(path)]
    place = Place(moving.source, piece.start, piece.end)
    return [
        Mention(place, None, f"loading {entry} would load {outside} too{f' (by {module})' if module != entry else ''}, "
                             "which may not be there everywhere, or be left for later on purpose", True)
        for entry, module, outside in importcycles.first_loaded(graph, with_files(graph, after), entries)[:1]
    ]  # fmt: skip


def shown(graph: CodeGraph, moving: Moving, kind: str) -> list[Mention]:
    """Return the strings of tests that may expect a class to be shown by its module (`<pkg.mod.Cart object at`)."""
    if kind != "class":
        return []
    old = re.escape(modulenames.dotted(graph, moving.source))
    module, name = re.compile(rf"(?<![\w.]){old}(?!\w)"), re.compile(rf"(?<!\w){re.escape(moving.name)}(?!\w)")
    plain = re.compile(rf"{old}[.:]{re.escape(moving.name)}[\w.]*")
    last = modulenames.dotted(graph, moving.source).rpartition(".")[2].encode()
    found = []
    for path in graph.files():
        if not (path.endswith(".py") and naming.is_test_file(path)):
            continue
        data = graph.data(path)
        if last not in data or moving.name.encode() not in data or graph.index(path) is None:
            continue
        source = PySource(path, data)
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            text = node.value.replace("\\", "")
            if module.search(text) and name.search(text) and not plain.fullmatch(text):
                place = Place(path, source.start(node), source.end(node))
                found.append(Mention(place, None, "a test may expect the class to be shown by its module", True))
    return found


# ---------------------------------------------------------------- submodules that a package has bound


def submodules(graph: CodeGraph, moving: Moving, files: Sequence[Rewriting]) -> Iterator[tuple[str, TextEdit]]:
    """Yield the imports that those need who reach the old module as `package.module`, once the package's own file,
    which only imported the moved name from it, does so no more."""
    package = f"{moving.source.rpartition('/')[0]}/__init__.py"
    if not any(file.source.path == package and file.edits for file in files) or _imports_further(
        graph, moving, package
    ):
        return
    name = modulenames.dotted(graph, moving.source)
    for path in graph.mentions(name.rpartition(".")[2]):
        index = graph.index(path)
        if index is None or index.is_ecma or path in (package, moving.source) or not _reaches(graph, moving, index):
            continue
        if any(row.module == name and not row.name for row in index.facts.imports):
            continue
        source = PySource(path, graph.data(path))
        above = name.rpartition(".")[0]
        node = next((n for n in source.tree.body if isinstance(n, ast.Import) and source.alone(n)
                     and any(a.name == above and not a.asname for a in n.names)), None)  # fmt: skip
        if node is None:
            raise Refusal(f"{path} reaches {name} only because {package} imports it: import it there first.")
        end = source.line_end(source.end(node))
        yield path, TextEdit(end, end, f"import {name}{source.newline}")


def _imports_further(graph: CodeGraph, moving: Moving, package: str) -> bool:
    index = graph.index(package)
    for row in index.facts.imports if index else ():
        found = graph.target_file(package, row)
        if found is not None and found.path == moving.source and row.name != moving.name:
            return True
        inner = graph.modules.submodule(found, row.name) if found is not None and row.name else None
        if inner is not None and inner.path == moving.source:
            return True
    return False


def _reaches(graph: CodeGraph, moving: Moving, index: FileIndex) -> bool:
    """Return whether a file reads the old module as an attribute of its package."""
    last = modulenames.dotted(graph, moving.source).rpartition(".")[2]
    uses = (n for n in index.uses_of.get(last, ()) if index.facts.uses[n].role == f.ATTRIBUTE)
    return any(occurrences.meaning(graph.resolver, index, n).targets == (moving.source,) for n in uses)
