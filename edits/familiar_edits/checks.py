"""What is proved of a change set without running anything: it parses, means the same, and binds the same.

Each check compares the files before and after under the map of names. Together they catch what a rename can break
within the code that the graph can see; what it cannot see is asked about, and tested.
"""

from collections.abc import Callable, Mapping
from types import CodeType

from familiar_codegraph.graph import CodeGraph

from familiar_edits import bindings, bytecode
from familiar_edits.places import Renamed
from familiar_edits.steps import Step, checked
from familiar_edits.textedits import edited
from familiar_edits.values import ChangeSet, Check

_CODE = (".py", ".pyi")


def compiles(path: str, data: bytes) -> bool:
    """Return whether a Python file compiles; other files always do."""
    return not path.endswith(_CODE) or isinstance(bytecode.compiled(data, path), CodeType)


def run(
    graph: CodeGraph, changeset: ChangeSet, renamed: Renamed, new: str, read: Callable[[str], bytes]
) -> tuple[Check, ...]:
    """Return the checks of a change set, in the order made; it ends with the first that fails.

    `read` gives the bytes of every file that is changed, those that are not code too.
    """
    before = {change.path: read(change.path) for change in changeset.changes}
    after = {change.path: edited(before[change.path], change.text_edits) for change in changeset.changes}
    steps: tuple[Step, ...] = (
        ("parse", lambda: _parse(after)),
        ("code", lambda: _code(before, after, {renamed.name: new})),
        ("bindings", lambda: bindings.same(graph, changeset, after, renamed, new)),
    )
    return checked(steps)


def _parse(after: Mapping[str, bytes]) -> tuple[bool, str]:
    for path, data in sorted(after.items()):
        if path.endswith(_CODE) and isinstance(error := bytecode.compiled(data, path), SyntaxError):
            return False, f"Afterwards {path}:{error.lineno} would not compile: {error.msg}."
    return True, f"{_files(after)} compile afterwards."


def _code(before: Mapping[str, bytes], after: Mapping[str, bytes], names: dict[str, str]) -> tuple[bool, str]:
    for path, data in sorted(after.items()):
        if not path.endswith(_CODE):
            continue
        first, second = bytecode.compiled(before[path], path), bytecode.compiled(data, path)
        if isinstance(first, CodeType) and isinstance(second, CodeType):
            found = bytecode.difference(first, second, names)
            if found:
                return False, f"The meaning would change at {path}:{found.line}: {found.what}."
    return True, f"{_files(after)} compile to the same code, up to the name."


def _files(after: Mapping[str, bytes]) -> str:
    return "1 file" if len(after) == 1 else f"{len(after)} files"
