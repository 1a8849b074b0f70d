"""A statement to its end: a line that leaves brackets open is gone on with, line by line, until they are closed.

Each next line is what the counts say behind all that was said so far; the chances are multiplied.
"""

from collections.abc import Callable, Sequence

import msgspec

from familiar_completion.documents import Document
from familiar_completion.suggest import shape
from familiar_completion.values import Suggestion
from familiar_completion.view import View, look, scan

MOST = 12
"""Lines of the longest statement that is written out."""
_CLOSERS = frozenset(")]},:")
_TRIED, _BEST = 8, 2

Ranked = Callable[[View], list[tuple[str, float]]]
"""What may end the line at a cursor, with its chances, the likeliest first."""


def finished(path: str, data: bytes, found: Sequence[Suggestion], ranked: Ranked) -> tuple[Suggestion, ...]:
    """Return suggestions with the best carried to its statement's end; what cannot be carried there comes last."""
    ends = [_finished(path, data, one, ranked) for one in found[:_BEST]]
    best = next((at for at, end in enumerate(ends) if end is not None), None)
    end = ends[best] if best is not None else None
    return tuple(found) if end is None or best is None else (end, *found[:best], *found[best + 1 :])


def _finished(path: str, data: bytes, first: Suggestion, ranked: Ranked) -> Suggestion | None:
    """Return `first` with the lines that close its brackets; None where nothing closes them."""
    document, taken, score = Document(data, 0), first, first.score
    tail, depth = len(data) - first.end, len(look(path, data, first.start).state.brackets)
    for _ in range(MOST):
        text, at = document.after(taken)
        view = look(path, text, at)
        if len(view.state.brackets) <= depth or view.state.kind != "code" or not view.blank:
            break
        document = Document(text, 0)
        following = next((one for one in map(_shaped(view), ranked(view)[:_TRIED]) if one is not None), None)
        if following is None:
            return None
        taken, score = following, score * following.score
    else:
        return None
    if taken is first:
        return first
    ended = document.data[: taken.start] + taken.text.encode("utf-8", "surrogateescape") + document.data[taken.end :]
    written = ended[first.start : len(ended) - tail].decode("utf-8", "surrogateescape")
    return msgspec.structs.replace(first, text=written, score=round(score, 4))


def _shaped(view: View) -> Callable[[tuple[str, float]], Suggestion | None]:
    def shaped(item: tuple[str, float]) -> Suggestion | None:
        text, chance = item
        if text.strip() and set(text.strip()) <= _CLOSERS:
            return _closing(view, text.strip(), chance)
        found = shape(text, view, chance, "counts")
        return found if isinstance(found, Suggestion) else None

    return shaped


def _closing(view: View, text: str, chance: float) -> Suggestion | None:
    """Return closers at the depth of the line that opened what they close."""
    stray = scan(view.statement + text, len(view.statement)).stray
    if stray is not None:
        return None
    opened = view.state.brackets[-1][1]
    line = view.prefix[view.prefix.rfind("\n", 0, opened) + 1 : opened + 1]
    lead = line[: len(line) - len(line.lstrip())]
    return Suggestion(lead + text, view.line_start, view.offset, chance, "counts")
