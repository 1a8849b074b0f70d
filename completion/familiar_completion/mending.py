"""A candidate that would not run is mended where that is plain, before it is refused.

A name that is nowhere here, but that the repository always imports in one way, is offered with that import; an
attribute that the receiver does not have is put right where exactly one of its members is so like it that it must be
meant.
"""

import difflib
import re

import msgspec
from familiar_codegraph.surroundings import Surroundings

from familiar_completion import checks
from familiar_completion.imports import Imports, missing
from familiar_completion.view import View

_LIKE = 0.75
"""How like a member an unknown attribute has to be (difflib's ratio), and no other member may be."""
_TRIES = 3


class Mended(msgspec.Struct, frozen=True):
    """What became of a candidate: its text, the lines that have to be imported, what is still wrong (a clause)."""

    text: str
    imports: tuple[str, ...] = ()
    wrong: str | None = None


def mend(view: View, text: str, around: Surroundings | None, known: Imports) -> Mended:
    """Return the candidate `text` at the cursor so that it would run, or what is wrong with it."""
    if view.state.kind != "code":
        return Mended(text)
    line = (view.before + text).strip()
    if line.startswith(("from ", "import ")) and (clause := known.problem(line, view.path)):
        return Mended(text, (), clause)
    lines: tuple[str, ...] = ()
    for _ in range(_TRIES):
        wrong = checks.find(view, text, around)
        if wrong is None or around is None:
            return Mended(text, lines)
        if wrong.kind == "attribute":
            better = _member(text, wrong, around)
            if better is None:
                return Mended(text, (), wrong.clause)
            text = better
        elif wrong.kind == "name" and (way := known.way(wrong.name, view.path)):
            if missing(way, view.prefix + view.suffix):
                lines = (*lines, way)
            around = msgspec.structs.replace(around, names={**around.names, wrong.name: None})
        else:
            return Mended(text, (), wrong.clause)
    return Mended(text, (), "too much of it would not run")


def _member(text: str, wrong: checks.Problem, around: Surroundings) -> str | None:
    """Return `text` with the member that is meant in place of the attribute that is not there."""
    members = around.holders[wrong.receiver].members
    like = difflib.get_close_matches(wrong.name, members, n=2, cutoff=_LIKE)
    if len(like) != 1:
        return None
    wanted = re.compile(rf"(?<=\.){re.escape(wrong.name)}\b|^{re.escape(wrong.name)}\b")
    return wanted.sub(like[0], text, count=1) if wanted.search(text) else None
