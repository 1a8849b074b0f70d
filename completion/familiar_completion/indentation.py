"""The depth of a line that begins: blocks are told by the statements above, not by the lines that continue them."""

import re
from collections.abc import Sequence
from functools import lru_cache

from familiar_completion.view import MARK, PAIRS, View

_BRANCHES = {
    "else": ("if", "elif", "for", "while", "try", "except"),
    "elif": ("if", "elif"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}
_MARK_OR_BREAK = re.compile(MARK.pattern + r"|\\\n|\n", re.DOTALL)


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


def _depth(view: View, given: str, body: str) -> str:
    """Return the indentation that Python allows here and that is nearest to `given`."""
    lines = _statements(view.prefix)
    word = re.match(r"\w*", body)
    openers = _BRANCHES.get(word.group() if word else "", ())
    if openers:
        return _branch(lines, given, openers)
    if not lines:
        return given
    last = lead_of(lines[-1])
    if lines[-1].rpartition("\n")[2].split("#")[0].rstrip().endswith(":"):
        return given if given.startswith(last) and len(given) > len(last) else last + _unit(lines)
    allowed = _open_depths(lines)
    return given if given in allowed else max((d for d in allowed if len(d) <= len(given)), key=len, default=given)


def _branch(lines: Sequence[str], given: str, openers: tuple[str, ...]) -> str:
    """Return the indentation of the innermost statement, at most as deep as `given`, that this branch can belong to."""
    limit = len(given)
    for line in reversed(lines):
        lead = lead_of(line)
        if len(lead) > limit:
            continue
        if re.match(r"(?:async\s+)?(\w+)", line.lstrip()) and re.split(r"\W", line.lstrip(), maxsplit=1)[0] in openers:
            return lead
        limit = min(limit, len(lead) - 1) if re.match(r"\s*(def|class)\b", line) else limit
    return given


def _open_depths(lines: Sequence[str]) -> list[str]:
    """Return the indentations of the blocks that are open after the statements `lines`, innermost first."""
    depths = [lead_of(lines[-1])]
    for line in reversed(lines):
        lead = lead_of(line)
        if len(lead) < len(depths[-1]):
            depths.append(lead)
        if not lead:
            break
    return depths if "" in depths else [*depths, ""]


def _unit(lines: Sequence[str]) -> str:
    """Return one step of this file's indentation: its first that is no alignment, or four blanks."""
    leads = (lead_of(line) for line in lines if line[0] in " \t")
    return next(("\t" if lead[0] == "\t" else lead for lead in leads if lead[0] == "\t" or len(lead) <= 8), "    ")


def lead_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


@lru_cache(maxsize=4)
def _statements(text: str) -> tuple[str, ...]:
    """Return the statements of `text` that a line break ends, each whole with the lines that continue it.

    Lines that are blank or hold a comment alone are left out.
    """
    found: list[str] = []
    opened: list[str] = []
    start = 0
    for mark in _MARK_OR_BREAK.finditer(text):
        char = mark.group()
        if char == "\n" and not opened:
            found.append(text[start : mark.start()])
            start = mark.end()
        elif char in PAIRS.values():
            opened.append(char)
        elif opened and PAIRS.get(char) == opened[-1]:
            opened.pop()
    return tuple(one for one in found if one.strip() and not one.lstrip().startswith("#"))
