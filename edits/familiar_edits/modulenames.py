"""What a module is called by those who import it, absolute and relative, and in which form a file does it."""

import ast
from pathlib import PurePosixPath

from familiar_codegraph.graph import CodeGraph

from familiar_edits.pysource import PySource


def dotted(graph: CodeGraph, path: str) -> str:
    """Return the absolute name of the module at `path` (which need not exist yet), "" when it has none."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    candidates = []
    for root in sorted({"", *graph.modules.roots, _above_package(graph, path)}, key=len, reverse=True):
        inside = parts[len(PurePosixPath(root).parts) :] if root else parts
        if (not root or path.startswith(f"{root}/")) and inside and all(p.isidentifier() for p in inside):
            candidates.append(".".join(inside))
    own = _above_package(graph, path)
    best = ".".join(parts[len(PurePosixPath(own).parts) :] if own else parts)
    return best if best in candidates else (candidates[0] if candidates else "")


def _above_package(graph: CodeGraph, path: str) -> str:
    """Return the folder above the topmost package that holds `path`."""
    files, folder = set(graph.files()), path.rpartition("/")[0]
    if folder and f"{folder}/__init__.py" not in files:
        inside = [r for r in graph.modules.roots if r and (folder == r or folder.startswith(f"{r}/"))]
        return max(inside, key=len, default="")
    while folder and f"{folder}/__init__.py" in files:
        folder = folder.rpartition("/")[0]
    return folder


def relative(importer: str, target: str, common: str) -> str | None:
    """Return `target` as `importer` writes it after `from`, with dots; None when they share no package.

    Both are paths; `common` is the folder above their topmost package.
    """
    own = PurePosixPath(importer).parent.parts
    there = list(PurePosixPath(target).with_suffix("").parts)
    if there[-1] == "__init__":
        there.pop()
    shared = 0
    while shared < min(len(own), len(there)) and own[shared] == there[shared]:
        shared += 1
    if shared <= len(PurePosixPath(common).parts if common else ()):
        return None
    return "." * (len(own) - shared + 1) + ".".join(there[shared:])


def written(graph: CodeGraph, importer: str, target: str, *, is_relative: bool) -> str:
    """Return what stands after `from` in `importer` for the module `target`: relative where asked for and possible."""
    if is_relative:
        above = _above_package(graph, importer)
        found = relative(importer, target, above) if above == _above_package(graph, target) else None
        if found is not None:
            return found
    return dotted(graph, target)


def prefers_relative(source: PySource, like: PySource) -> bool:
    """Return whether a file imports from its own package by dots; one that does neither, as `like` does."""
    for file in (source, like):
        own = [n for n in file.imports() if isinstance(n, ast.ImportFrom) and n.module != "__future__"]
        if any(n.level for n in own):
            return True
        top = file.path.split("/")[-2] if "/" in file.path else ""
        if any((n.module or "").partition(".")[0] in file.path.split("/")[:-1] for n in own if top):
            return False
    return False
