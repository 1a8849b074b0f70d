"""The imports of changed files: each leads to something, and none closes a circle of modules that was open before."""

import ast
from collections.abc import Iterator, Mapping

from familiar_codegraph import facts as f
from familiar_codegraph import names
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits.pysource import is_type_checking


def check(graph: CodeGraph, later: CodeGraph, after: Mapping[str, bytes]) -> tuple[bool, str]:
    """Return whether the imports of the changed files hold afterwards, and a sentence that says so or names the first
    that does not."""
    good, said = resolved(graph, later, {path: path for path in after})
    if not good:
        return good, said
    for path in sorted(after):
        for target in sorted(set(edges(later, path)) - set(edges(graph, path))):
            if circle := _way(later, target, path):
                return False, f"The modules would import each other in a circle: {' -> '.join([path, *circle])}."
    return True, f"{said.removesuffix('.')}, and no circle of modules is closed."


def resolved(graph: CodeGraph, later: CodeGraph, paths: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether the imports of files (path afterwards -> path before) lead to what they name."""
    count = 0
    for path, before in sorted(paths.items()):
        index, old = later.index(path), graph.index(before)
        known = {(r.module, r.level, r.name) for r in old.facts.imports} if old else set()
        for row in index.facts.imports if index else ():
            assert index
            count += 1
            if row.name == "*" or ((row.module, row.level, row.name) in known and _was_unknown(graph, old, row)):
                continue
            if any(t.kind == "unknown" for t in names.imported(later.resolver, index, row)):
                said = f"{'.' * row.level}{row.module}"
                return False, f"Afterwards {path} would import {row.name or said} from {said}, which has none."
    return True, f"{count} imports lead to what they name."


def _was_unknown(graph: CodeGraph, old: FileIndex | None, row: f.Import) -> bool:
    return old is None or any(t.kind == "unknown" for t in names.imported(graph.resolver, old, row))


def edges(graph: CodeGraph, path: str) -> Iterator[str]:
    """Yield the files of the repository that are imported when the module at `path` is."""
    index = graph.index(path)
    if index is None or index.is_ecma:
        return
    typing_only = _type_checking(graph.data(path))
    for row in index.facts.imports:
        if row.scope != 0 or any(start <= row.start < end for start, end in typing_only):
            continue
        found = graph.target_file(path, row)
        if found is None:
            continue
        yield from _executed(graph, path, found.path, package=found.package)
        if row.name not in ("", "*"):
            index_of = graph.index(found.path)
            if (0, row.name) not in (index_of.binds if index_of else {}):
                inner = graph.modules.submodule(found, row.name)
                if inner is not None and not inner.package:
                    yield from _executed(graph, path, inner.path, package=False)


def _executed(graph: CodeGraph, importer: str, target: str, *, package: bool) -> Iterator[str]:
    """Yield the target and the packages around it that are not around the importer as well."""
    if not package and target != importer:
        yield target
    folder = target if package else target.rpartition("/")[0]
    while folder:
        init = f"{folder}/__init__.py"
        if init in graph.files() and not importer.startswith(f"{folder}/"):
            yield init
        folder = folder.rpartition("/")[0]


def _type_checking(data: bytes) -> list[tuple[int, int]]:
    if b"TYPE_CHECKING" not in data:
        return []
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return []
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in ast.walk(tree):
        if is_type_checking(node):
            last = node.body[-1]  # type: ignore[attr-defined]
            found.append((starts[node.lineno - 1], starts[last.end_lineno]))  # type: ignore[attr-defined]
    return found


def _way(graph: CodeGraph, start: str, goal: str) -> list[str] | None:
    """Return the shortest way of imports from one file to another."""
    seen: dict[str, str] = {start: ""}
    queue = [start]
    for path in queue:
        if path == goal:
            way = [path]
            while seen[way[0]]:
                way.insert(0, seen[way[0]])
            return way
        for target in edges(graph, path):
            if target not in seen:
                seen[target] = path
                queue.append(target)
    return None
