"""The dotted name of what an occurrence means outside the repository: `requests.sessions.Session.get`."""

from familiar_codegraph import attributes, classes, evaluate, generics
from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex
from familiar_codegraph.names import Target, imported, load, segment
from familiar_codegraph.resolver import Resolver
from familiar_codegraph.types import Value


def name_of(r: Resolver, index: FileIndex, number: int) -> str:
    """Return the dotted name of what use `number` means, empty when that is not known or not outside."""
    use = index.facts.uses[number]
    if use.role == f.LOAD:
        return _only(load(r, index, use))
    if use.role == f.IMPORTED:
        return _only(imported(r, index, index.facts.imports[use.ref]))
    if use.role == f.MODULE:
        return _only(segment(r, index, index.facts.imports[use.ref], use.extra))
    if use.role == f.STORE and (row := _import_of(index, number)) is not None:
        return _only(imported(r, index, row))
    if use.role != f.ATTRIBUTE:
        return ""
    types = generics.bounded(evaluate.expression(r, index, use.ref))
    name = index.facts.names[use.name]
    found = {_member(r, value, name) for value in types.values}
    return found.pop() if len(found) == 1 else ""


def _only(targets: list[Target]) -> str:
    names = {t.name for t in targets if t.kind == "outside"}
    return names.pop() if len(names) == 1 and not any(t.id for t in targets) else ""


def _import_of(index: FileIndex, number: int) -> f.Import | None:
    for bind in index.facts.binds:
        if bind.kind == f.IMPORT and bind.use == number:
            return index.facts.imports[bind.value]
    return None


def _member(r: Resolver, value: Value, name: str) -> str:
    if value.kind in ("outside", "made", "method"):
        is_named = value.kind == "outside" or "." in value.name  # `list` stands for all kinds of sequences
        return f"{value.name}.{name}" if is_named else ""
    if value.kind not in ("class", "instance", "super"):
        return ""
    if attributes.lookup(r, value, name).state != "outside" or r.library is None:
        return ""
    for entry in classes.mro(r, Value("class", value.path, value.name)):
        if entry.kind == "outside" and r.library.defines(entry.name, name):
            return f"{entry.name}.{name}"
    return ""
