"""The imports of changed files: each leads to something, and whichever module is loaded first, all is bound in time."""

import re
import sys
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from familiar_codegraph import facts as f
from familiar_codegraph import names
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.graph import CodeGraph

from familiar_edits import naming
from familiar_edits.importrun import Run

_MOST = 300
"""Modules that are tried as the first to be imported, besides those that change."""
_EVERYWHERE = frozenset({
    "__future__", "abc", "builtins", "collections", "contextlib", "dataclasses", "enum", "functools", "io", "itertools",
    "operator", "os", "re", "string", "sys", "types", "typing", "warnings",
})  # fmt: skip
"""Standard modules that are there on every platform, and loaded by nearly every program anyway."""
_SOMEWHERE = frozenset({
    "_posixsubprocess", "_winapi", "ctypes", "curses", "fcntl", "grp", "msvcrt", "nt", "posix", "pty", "pwd",
    "readline", "resource", "spwd", "syslog", "termios", "tty", "winreg", "winsound",
})  # fmt: skip
"""Standard modules that are not there, or do not hold the same, on every platform."""
_NAME = re.compile(r"^[\w.-]+", re.MULTILINE)


def check(
    graph: CodeGraph, later: CodeGraph, after: Mapping[str, bytes], texts: Mapping[str, bytes]
) -> tuple[bool, str]:
    """Return whether the imports of the changed files hold afterwards, and a sentence that says so or names the first
    that does not: each leads to what it names; whichever module is imported first, every name is bound before it is
    used; and none of them needs a package from elsewhere that it did without before and `texts` do not declare."""
    good, said = resolved(graph, later, {path: path for path in after})
    if not good:
        return good, said
    changed = [path for path in sorted(after) if path.endswith(".py")]
    users = {user for path in changed for g in (graph, later) if g.index(path) for user in g.importers_of(path)}
    declared = _declared(texts)
    others = sorted(user for user in users - {*changed} if user.endswith(".py") and not naming.is_test_file(user))
    entries = [*changed, *others[:_MOST]]
    for entry in entries:
        now = Run(later, entry)
        suspect = now.outside - sys.stdlib_module_names - declared
        if not now.failures and (not suspect or entry not in after):
            continue
        was = Run(graph, entry) if graph.index(entry) is not None else None
        runs = [was] if was else [Run(graph, path) for path in changed if graph.index(path) is not None]
        known = {(f.kind, f.name) for run in runs for f in run.failures}
        if new := [f for f in now.failures if (f.kind, f.name) not in known]:
            return False, new[0].said
        if was and entry in after and (needed := sorted(suspect - was.outside)):
            return False, (f"{entry} would need {needed[0]} when it is imported, which it did without before: it may "
                           "not be installed everywhere.")  # fmt: skip
    return True, f"{said.removesuffix('.')}; every name is bound before it is used in {len(entries)} orders of loading."


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
            if _is_standard(later, path, row):
                continue
            if any(t.kind == "unknown" for t in names.imported(later.resolver, index, row)):
                said = f"{'.' * row.level}{row.module}"
                return False, f"Afterwards {path} would import {row.name or said} from {said}, which has none."
    return True, f"{count} imports lead to what they name."


def _is_standard(graph: CodeGraph, path: str, row: f.Import) -> bool:
    """Return whether a folder of the repository only looks like the standard library's module: that comes first."""
    top = row.module.partition(".")[0]
    found = graph.modules.absolute(top, path) if not row.level and top in sys.stdlib_module_names else None
    return found is not None and found.package


def _was_unknown(graph: CodeGraph, old: FileIndex | None, row: f.Import) -> bool:
    return old is None or any(t.kind == "unknown" for t in names.imported(graph.resolver, old, row))


def _declared(texts: Mapping[str, bytes]) -> set[str]:
    """Return the packages that the project always needs, as its files call them."""
    said: list[str] = []
    for path, data in texts.items():
        name = path.rpartition("/")[2]
        if name == "pyproject.toml":
            try:
                found = tomllib.loads(data.decode())
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                continue
            said += [d for d in found.get("project", {}).get("dependencies", []) if isinstance(d, str)]
            said += found.get("tool", {}).get("poetry", {}).get("dependencies", {})
        elif name == "requirements.txt":
            said += data.decode("utf-8", "replace").splitlines()
    names = (match.group().lower() for line in said if (match := _NAME.match(line)))
    return {form for name in names for form in (name.replace("-", "_"), name.replace("-", "_").removeprefix("python_"))}


def needs_more(graph: CodeGraph, path: str, than: str, texts: Mapping[str, bytes]) -> list[str]:
    """Return the packages from elsewhere that a module needs, another one does not, and `texts` do not declare."""
    if graph.index(path) is None:
        return []
    return sorted(Run(graph, path).outside - Run(graph, than).outside - sys.stdlib_module_names - _declared(texts))


def first_loaded(graph: CodeGraph, later: CodeGraph, changed: Collection[str]) -> list[tuple[str, str, str]]:
    """Return (module, module that it comes to load, what that needs from outside the repository and nothing did yet).

    Such a module may be meant for one platform alone, or be left for later because it is slow to load. What is only
    loaded in a branch counts as not loaded. Where a module itself comes to need what only some platforms have, or is
    new and needs it, the second is the first.
    """
    found = []
    for entry in sorted(path for path in changed if graph.index(path) is not None and path.endswith(".py")):
        now, was = Run(later, entry, branches=False), Run(graph, entry, branches=False)
        needed = now.outside - was.outside - _EVERYWHERE
        loaded = [path for path in now.spaces.keys() - was.spaces.keys() if graph.index(path) is not None]
        for path in sorted(loaded):
            if more := Run(graph, path, branches=False).outside & needed:
                found.append((entry, path, min(more)))
        found += [(entry, entry, name) for name in sorted(needed & _SOMEWHERE)]
    for entry in sorted(path for path in changed if graph.index(path) is None and path.endswith(".py")):
        found += [(entry, entry, name) for name in sorted(Run(later, entry, branches=False).outside & _SOMEWHERE)]
    return found


def not_installed(graph: CodeGraph, path: str) -> list[str]:
    """Return the packages from elsewhere that a module needs and the project's environment lacks."""
    needed = sorted(Run(graph, path).outside - sys.stdlib_module_names)
    if not needed or (graph.library.describe(needed[0]) is not None and len(needed) == 1):
        return []
    folders = graph.library.environment.packages if graph.library.environment is not None else ()
    return [name for name in needed if folders and not any(_holds(folder, name) for folder in folders)]


def _holds(folder: Path, name: str) -> bool:
    return (folder / name).exists() or any(folder.glob(f"{name}.*"))
