"""The depth of a line that begins, and whether it can begin there.

Blocks are told by the statements above, not by the lines that continue them.
"""

import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from familiar_completion.view import View, scan, scan_to_cursor

_BRANCHES = {
    "else": ("if", "elif", "for", "while", "try", "except"),
    "elif": ("if", "elif"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}
_DECORATED = re.compile(r"(?:@|(?:async\s+)?def\b|class\b)")
_LEAD = re.compile(r"^[ \t]+(?=[^\S\n]*[^\s#])", re.MULTILINE)


def indented(view: View, text: str) -> tuple[int, str, str]:
    """Return (start, indentation to insert, text without indentation) for a line that is blank up to the cursor."""
    body = text.lstrip(" \t")
    given = view.before + text[: len(text) - len(body)]
    wanted = (
        _depth(view, given, body)
        if view.python and view.state.shape == ("code", "", "") and view.statement == view.before
        else given
    )
    if wanted.startswith(view.before):
        return view.offset, wanted[len(view.before) :], body
    return view.line_start, wanted, body


def misplaced(view: View, text: str) -> bool:
    """Whether the line `text`, without indentation, cannot begin at `view`'s cursor, which only blanks stand before.

    So it is with a decorator right above what defines nothing, and with a branch that has nothing to branch from.
    """
    if text.startswith("@"):
        below = _right_below(view).lstrip()
        return bool(below) and not below.startswith("#") and not _DECORATED.match(below)
    if openers := _openers(text):
        above, _ = _above(view.prefix)
        return _opens(above) or _branch(view.prefix, view.before or " " * 400, openers) is None
    return False


def _depth(view: View, given: str, body: str) -> str:
    """Return the indentation that Python allows here and that is nearest to `given`."""
    if openers := _openers(body):
        found = _branch(view.prefix, given, openers)
        return given if found is None else found
    below = _right_below(view)
    if body.startswith("@") and _DECORATED.match(below.lstrip()):
        return lead_of(below)
    above, allowed = _above(view.prefix)
    if not above:
        return given
    last = lead_of(above)
    if _opens(above):
        return given if given.startswith(last) and len(given) > len(last) else last + _unit(view.prefix)
    return given if given in allowed else max((d for d in allowed if len(d) <= len(given)), key=len, default=given)


def _right_below(view: View) -> str:
    """Return the line below the cursor's, empty where there is none."""
    return "".join(view.suffix.split("\n", 2)[1:2])


def _openers(text: str) -> tuple[str, ...]:
    """Return the words that begin what the branch `text` can belong to; none when it is no branch."""
    return _BRANCHES.get(re.split(r"\W", text, maxsplit=1)[0], ())


def _opens(statement: str) -> bool:
    return statement.rpartition("\n")[2].split("#")[0].rstrip().endswith(":")


def _branch(prefix: str, given: str, openers: tuple[str, ...]) -> str | None:
    """Return the indentation of the innermost statement, at most as deep as `given`, that this branch can belong to."""
    limit = len(given)
    for line in statements(prefix):
        lead = lead_of(line)
        if len(lead) > limit:
            continue
        if re.match(r"(?:async\s+)?(\w+)", line.lstrip()) and re.split(r"\W", line.lstrip(), maxsplit=1)[0] in openers:
            return lead
        limit = min(limit, len(lead) - 1) if re.match(r"\s*(def|class)\b", line) else limit
    return None


@lru_cache(maxsize=4)
def _above(prefix: str) -> tuple[str, tuple[str, ...]]:
    """Return the last statement of `prefix` and the indentations of the blocks that are open after it, innermost first.

    Without any statement the first is empty.
    """
    last = ""
    depths: list[str] = []
    for line in statements(prefix):
        last = last or line
        lead = lead_of(line)
        if not depths or len(lead) < len(depths[-1]):
            depths.append(lead)
        if not lead:
            break
    return last, tuple(depths) if "" in depths else (*depths, "")


@lru_cache(maxsize=4)
def _unit(prefix: str) -> str:
    """Return one step of this file's indentation: its first that is no alignment, or four blanks."""
    joined = scan_to_cursor(prefix).joined
    for found in _LEAD.finditer(prefix):
        lead, at = found[0], found.start()
        if (lead[0] == "\t" or len(lead) <= 8) and (not at or _ends_statement(prefix, at - 1, joined)):
            return "\t" if lead[0] == "\t" else lead
    return "    "


def lead_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def statements(prefix: str) -> Iterator[str]:
    """Yield the statements of `prefix` that a line break ends, last first, each whole with the lines that continue it.

    Lines that are blank or hold a comment alone are left out. `prefix` leaves neither brackets nor a string open.
    """
    for end, before in pairwise(chain(_breaks(prefix), (-1,))):
        one = prefix[before + 1 : end]
        if one.strip() and not one.lstrip().startswith("#"):
            yield one


def _breaks(prefix: str) -> Iterator[int]:
    """Yield the indices of the line breaks that end a statement, last first."""
    joined, at = scan_to_cursor(prefix).joined, len(prefix)
    while (at := prefix.rfind("\n", 0, at)) >= 0:
        if _ends_statement(prefix, at, joined):
            yield at


def _ends_statement(prefix: str, at: int, joined: Sequence[tuple[int, int]]) -> bool:
    """Whether the line break at `at` ends a statement: in no bracket or string, and behind no backslash of code."""
    near = bisect(joined, (at,)) - 1
    since = joined[near][1] if near >= 0 else 0
    if at < since:
        return False
    if prefix[at - 1 : at] != "\\":
        return True
    return scan(prefix[max(since, prefix.rfind("\n", 0, at) + 1) : at]).kind != "code"
