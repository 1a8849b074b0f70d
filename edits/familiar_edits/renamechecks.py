"""What is proved of a renamed module without running anything: it parses, imports, and binds the same."""

from collections.abc import Callable, Iterable
from types import CodeType

from familiar_codegraph import occurrences
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.symbols import module_names
from familiar_codegraph.text import LineIndex

from familiar_edits import bytecode, importcycles, movecode
from familiar_edits.afterwards import with_files
from familiar_edits.steps import Step, checked
from familiar_edits.textedits import edited, moved
from familiar_edits.values import ChangeSet, Check, FileChange


def run(
    graph: CodeGraph, changeset: ChangeSet, read: Callable[[str], bytes], names: dict[str, str] | None
) -> tuple[Check, ...]:
    """Return the checks, in the order made; it ends with the first that fails. `names` are the words that changed,
    None where whole statements were written anew."""
    python = [c for c in changeset.changes if c.path.endswith((".py", ".pyi"))]
    after = {c.new_path or c.path: edited(read(c.path), c.text_edits) for c in python}
    later = with_files(graph, after, [c.path for c in python if c.kind == "rename"])
    steps: list[Step] = [
        ("parse", lambda: movecode.parse(after)),
        ("imports", lambda: importcycles.resolved(graph, later, {c.new_path or c.path: c.path for c in python})),
        ("bindings", lambda: _bound(graph, later, python)),
    ]
    if names is not None:
        steps.insert(1, ("code", lambda: _code(read, after, python, names)))
    return checked(steps)


def _code(
    read: Callable[[str], bytes], after: dict[str, bytes], changes: Iterable[FileChange], names: dict[str, str]
) -> tuple[bool, str]:
    count = 0
    for change in changes:
        path = change.path
        first, second = bytecode.compiled(read(path), path), bytecode.compiled(after[change.new_path or path], path)
        count += 1
        if isinstance(first, CodeType) and isinstance(second, CodeType):
            found = bytecode.difference(first, second, names)
            if found:
                return False, f"The meaning would change at {path}:{found.line}: {found.what}."
    return True, f"{count} files compile to the same code, up to the name."


def _bound(graph: CodeGraph, later: CodeGraph, changes: list[FileChange]) -> tuple[bool, str]:
    """Resolve every name of the changed files, and what spells a module's name elsewhere, before and after: it means
    the same, in files that are called otherwise."""
    paths = {c.path: c.new_path for c in changes if c.new_path}
    spelled = {p for path in paths for name in module_names(path) for p in graph.mentions(name)}
    untouched = [FileChange("edit", path, "") for path in sorted(spelled - {c.path for c in changes})]
    count = 0
    for change in [*changes, *untouched]:
        first, second = graph.index(change.path), later.index(change.new_path or change.path)
        if first is None or second is None:
            continue
        at = {(use.start, use.role): n for n, use in enumerate(second.facts.uses)}
        for number, use in enumerate(first.facts.uses):
            here = [e for e in change.text_edits if e.start < use.end and use.start < e.end]
            if any((e.start, e.end) != (use.start, use.end) or not e.new_text.isidentifier() for e in here):
                continue
            count += 1
            before = occurrences.meaning(graph.resolver, first, number)
            other = at.get((moved(use.start, change.text_edits), use.role), -1)
            position = LineIndex(graph.data(change.path)).position(use.start)
            where = f"{change.path}:{position.line}:{position.column}"
            if other < 0:
                return False, f"The name at {where} would be read differently afterwards."
            now = occurrences.meaning(later.resolver, second, other)
            expected = {_id(target, paths) for target in before.targets}
            if what := movecode.changed(before, now, expected, second, other):
                return False, f"At {where} {what}."
    return True, f"{count} occurrences mean the same afterwards."


def _id(target: str, paths: dict[str, str]) -> str:
    path, sign, name = target.partition("::")
    return f"{paths.get(path, path)}{sign}{name}"
