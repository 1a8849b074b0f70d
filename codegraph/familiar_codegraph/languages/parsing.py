"""Every parse goes through here: it takes so long at most, and no file keeps it longer.

tree-sitter holds the interpreter's lock while it parses, and takes a time that grows with the square of the length for
some files (in Python: runs of comments, continued lines). A parse can be stopped only when its source is a function,
which costs some percent, so that is done for files that are large or look as if they might take long. Long runs of
comment lines are blanked for the parser, in place, so that no byte moves.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tree_sitter import Language, Parser, Tree

EDIT_SECONDS = 0.25
"""So long the parse of an edit takes; longer ones are put off."""
_SECONDS, _SECONDS_PER_BYTE = 1.0, 2e-6
_WATCHED = 64 * 1024
"""Files of more bytes are parsed so that they can be stopped."""
_MANY = 200
_CHUNK = 64 * 1024
_EACH = 16
"""The clock is looked at in one of so many steps of a parse, for there are some 50 in a millisecond."""
_MOST_NODES = 1_000_000
"""A tree of more (2 MB of usual code have half of it) takes many seconds to walk."""
_RUN = re.compile(rb"(?:\n[ \t]*#[^\n]*)+")
_PLAIN = re.compile(rb"^[ \t]*#[^\n'\"{}\\]*$", re.MULTILINE)
_LOCAL = threading.local()


class TooSlow(Exception):
    """A file takes longer to read than it may; the message says how long that is."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give each parse of this thread so many seconds (of its own work; waiting does not count)."""
    before = getattr(_LOCAL, "seconds", None)
    _LOCAL.seconds = seconds
    try:
        yield
    finally:
        _LOCAL.seconds = before


def seconds_for(data: bytes) -> float:
    """Return how long a file may take that is read once: a second, and two for each megabyte."""
    return _SECONDS + len(data) * _SECONDS_PER_BYTE


class BoundedParser:
    """A tree-sitter parser that gives up. Not for several threads."""

    def __init__(self, grammar: Language, *, comments: bool = False) -> None:
        """`comments`: blank long runs of Python's comment lines."""
        self._parser, self._comments = Parser(grammar), comments

    def parse(self, data: bytes, /, old_tree: Tree | None = None) -> Tree:
        """Return the tree of `data`.

        Raises:
            TooSlow: it takes longer than `within` says, or `seconds_for`.
        """
        if self._comments:
            blanked = without_comment_runs(data)
            if blanked is not data:
                data, old_tree = blanked, None
        if not is_watched(data):
            return self._parser.parse(data, old_tree) if old_tree is not None else self._parser.parse(data)
        given = getattr(_LOCAL, "seconds", None)
        seconds = seconds_for(data) if given is None else given
        end, calls = time.thread_time() + seconds, count()

        def read(offset: int, _: object) -> bytes:
            return data[offset : offset + _CHUNK]

        def is_over(*_: object) -> bool:
            return next(calls) % _EACH == 0 and time.thread_time() > end

        try:
            if old_tree is not None:
                tree = self._parser.parse(read, old_tree, progress_callback=is_over)
            else:
                tree = self._parser.parse(read, progress_callback=is_over)
        except ValueError:
            self._parser.reset()
            raise TooSlow(f"could not be read within {seconds:.3g} s") from None
        if tree.root_node.descendant_count > _MOST_NODES:
            raise TooSlow(f"holds more than {_MOST_NODES:,} pieces of syntax")
        return tree


def is_watched(data: bytes) -> bool:
    """Return whether a file is parsed so that it can be stopped."""
    return len(data) > _WATCHED or data.count(b"#") > _MANY or data.count(b"\\\n") > _MANY


def without_comment_runs(data: bytes) -> bytes:
    """Return Python code with runs of more than 200 comment lines blanked; `data` itself when there are none.

    A line without quotes, braces and backslashes ends no string and holds no expression of one, so that nothing changes
    when the run stands in a string.
    """
    if data.count(b"#") <= _MANY:
        return data
    blanked = _RUN.sub(_blanked, data)
    return data if blanked == data else blanked


def _blanked(run: re.Match[bytes]) -> bytes:
    text = run[0]
    return _PLAIN.sub(lambda line: b" " * len(line[0]), text) if text.count(b"\n") > _MANY else text
