"""One place of a rename: a token is a name of the code (`value`), a property (`key`), or both, as in `{ name }`."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from familiar_codegraph import facts as f
from familiar_codegraph.fileindex import FileIndex

from familiar_edits.javascript.syntax import Name
from familiar_edits.textedits import Place

Form = Literal["plain", "old: new", "new: old", "old as new", "new as old"]
"""What is written in the place of the token."""


class Spot(NamedTuple):
    """A place that is edited, and how."""

    place: Place
    form: Form


def text(form: Form, old: str, new: str) -> str:
    """Return what stands at a spot afterwards."""
    return new if form == "plain" else form.replace("old", "\0").replace("new", new).replace("\0", old)


def shift(form: Form, part: str, old: str, new: str) -> int:
    """Return by how many bytes the name that a `part` of the token stands for begins later, within the new text."""
    first = {"old: new": old, "new: old": new, "old as new": old}.get(form)
    if first is None or part == "key":
        return 0
    return len(first.encode()) + (4 if form == "old as new" else 2)


def is_title(index: FileIndex, number: int) -> bool:
    """Return whether a use is the title of a test: a string, although the graph has a definition of it."""
    if index.facts.uses[number].role != f.STORE:
        return False
    return any(row.use == number and row.kind in f.TITLED for row in index.facts.defs)


def part_of(index: FileIndex, use: f.Use) -> str:
    """Return whether an occurrence is a property or a name of the code."""
    if use.role in (f.ATTRIBUTE, f.ATTRIBUTE_STORE, f.IMPORTED):
        return "key"
    return "key" if use.role == f.STORE and is_member_scope(index, use.ref) else "value"


def is_member_scope(index: FileIndex, scope: int) -> bool:
    return 0 <= scope < len(index.facts.scopes) and index.facts.scopes[scope].kind in f.MEMBER_SCOPES


def form_of(name: Name, has: Iterable[str], renamed: Iterable[str], *, keeps_export: bool) -> Form:
    """Return how a token that `has` these parts is rewritten, of which the `renamed` ones get the new name.

    `keeps_export`: only the file's own name changes; what it stands for elsewhere stays.
    """
    given = set(renamed)
    outer = name.node.parent
    alone = outer is not None and outer.named_child_count == 1
    if keeps_export and name.around == "import_specifier" and alone:
        return "old as new"
    if keeps_export and name.around == "export_specifier" and alone:
        return "new as old"
    if name.is_shorthand and (given == {"value"} or keeps_export):
        return "old: new"
    if name.is_shorthand and given == {"key"} and "value" in has:
        return "new: old"
    return "plain"
