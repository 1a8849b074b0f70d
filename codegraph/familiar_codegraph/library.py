"""What the standard library's classes define, read from its sources as text and never imported."""

import builtins
import sysconfig
from functools import cache
from pathlib import Path

from familiar_codegraph import classes, evaluate
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.languages import extract
from familiar_codegraph.modules import Found, Modules
from familiar_codegraph.names import member
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Value


@cache
def _library() -> Resolver:
    folder = Path(sysconfig.get_paths()["stdlib"])
    skipped = ("site-packages", "dist-packages", "test", "idlelib", "lib2to3")
    paths = (p.relative_to(folder).as_posix() for p in folder.rglob("*.py"))
    modules = Modules([p for p in paths if p.partition("/")[0] not in skipped], {})

    @cache
    def file(path: str) -> FileIndex | None:
        try:
            return FileIndex(path, extract(path, (folder / path).read_bytes()))
        except OSError:
            return None

    return Resolver(file, modules)


@cache
def defines(cls: str, name: str) -> bool | None:
    """Return whether the class with this dotted name (`unittest.TestCase`) has `name`; None when it is not known."""
    module, _, last = cls.rpartition(".")
    if module == "builtins":
        builtin = getattr(builtins, last, None)
        return hasattr(builtin, name) if builtin is not None else None
    if not module or hasattr(object, name):
        return True if hasattr(object, name) else None
    r = _library()
    found = r.modules.absolute(module, "")
    targets = member(r, Found(found.path, found.package), last) if found else []
    if len(targets) != 1:
        return None
    for value in evaluate.target_types(r, targets[0]).values:
        if value.kind == "class":
            return _has(r, value, name)
    return None


def _has(r: Resolver, cls: Value, name: str) -> bool | None:
    for entry in classes.mro(r, cls):
        if entry.kind == "class":
            index = r.file(entry.path)
            scope = index.scope_of.get(entry.name, -1) if index else -1
            if index and (scope, name) in index.binds:
                return True
        elif entry.name.startswith("builtins.") and defines(entry.name, name):
            return True
        elif entry == classes.UNKNOWN_BASE:
            return None
    return False
