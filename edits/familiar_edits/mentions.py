"""Where a name is spelled outside code: comments, docstrings, prose, configuration. Shown for ticking, never taken."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

_PROSE = frozenset({
    ".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".adoc", ".html", ".jinja", ".jinja2",
    ".j2", ".tmpl", ".xml", ".sql", ".sh", ".ipynb",
})  # fmt: skip
_MARKUP_BEFORE, _MARKUP_AFTER = b"`.:\"'<", b"`(\"'="
_FIELD = re.compile(rb"(?:\{|%\()([\w\x80-\xff]+)(?=[}!:.\[)])|\$\{?([\w\x80-\xff]+)")
"""A field of a format: `{name}`, `{name.part:>3}`, `%(name)s`, `${name}`."""
_LOCK = re.compile(r"(^|/)([^/]*\.lock|package-lock\.json|[^/]*-lock\.ya?ml)$")


def is_prose(path: str) -> bool:
    """Return whether `path` is a text file in which people and tools name code. Lock files are nobody's prose."""
    return PurePosixPath(path).suffix.lower() in _PROSE and not _LOCK.search(path)


def mentions(
    data: bytes, name: str, known: Iterable[tuple[int, int]] = (), *, ordinary: bool = False
) -> Iterator[tuple[int, int]]:
    """Yield the spans of the word `name` in `data`, those that overlap `known` spans left out.

    An ordinary word (`key`) counts only where something marks it as code: quotes, backquotes, a dot, a call, the field
    of a format; with `ordinary`, everywhere.
    """
    taken = sorted(known)
    starts = [start for start, _ in taken]
    for match in word(name).finditer(data):
        before = bisect_right(starts, match.start()) - 1
        if before >= 0 and taken[before][1] > match.start():
            continue
        if ordinary or is_marked(data, name, *match.span()):
            yield match.span()


def word(name: str) -> re.Pattern[bytes]:
    """Return a pattern for `name` as a whole identifier in UTF-8 bytes."""
    return re.compile(rb"(?<![\w\x80-\xff])" + re.escape(name.encode()) + rb"(?![\w\x80-\xff])")


def is_distinctive(name: str) -> bool:
    """Return whether `name` could hardly be an ordinary word: an underscore, a digit or a capital inside."""
    inner = name.strip("_")
    return "_" in inner or any(c.isdigit() for c in inner) or (inner[1:] != inner[1:].lower() and not inner.isupper())


def is_marked(data: bytes, name: str, start: int, end: int) -> bool:
    """Return whether the word at `start:end` is code: no ordinary word, or marked as code by what stands around."""
    if is_distinctive(name):
        return True
    if data[start - 1 : start] in _each(_MARKUP_BEFORE) or data[end : end + 1] in _each(_MARKUP_AFTER):
        return True
    field = next(_FIELD.finditer(data, max(0, start - 2), end + 1), None)
    return field is not None and start in (field.start(1), field.start(2))


def _each(characters: bytes) -> set[bytes]:
    return {characters[i : i + 1] for i in range(len(characters))}
