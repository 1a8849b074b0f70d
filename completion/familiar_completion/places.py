"""Places elsewhere in the repository that look like the cursor, and what speaks for each of them.

A place is an index into a haystack (see `counts`): what stands there would continue the cursor. Places are found by
what stands before the cursor and by the line below it, each both as it is and by its shape (names and numbers replaced
by marks), and by single names near the cursor. Between a place of the same shape and the cursor names correspond:
`user = get_user(id)` there and `order = get_order(id)` here. What is copied is then put into the names of the cursor
(an analogy rather than a copy).

The signals of a place are logarithms of lengths in tokens, shares or flags; `attention` weighs them.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

import msgspec

from familiar_completion.lexical import BREAKS, EDGE, UNKNOWN, Hay, Vocabulary
from familiar_completion.occurrences import Occurrences, ends

LONGEST = 64
"""Tokens up to which agreement is counted, on either side."""
LINE = 48
"""Tokens of the longest line that is copied."""
HOLE = "\x06"
SIGNALS = (
    "copied",
    "order",
    "lines",
    "shape",
    "below",
    "below shape",
    "nothing below",
    "words before",
    "words after",
    "in this file above",
    "in this file below",
    "in this folder",
    "distance",
    "renamed",
    "strange",
    "at hand",
    "length",
    "next break",
    "repeats the line above",
    "repeats the line below",
    "stands near",
    "no order",
    "whole line",
    "order within the line",
    "defines a name used below",
    "defines what is known",
    "uses the name defined above",
    "parts of names",
    "named",
)
_EXACT = (32, 16, 10, 7, 5, 4, 3, 2, 1)
_SHAPES = (40, 28, 20, 14, 10, 7)
_HITS, _ENOUGH, _MOST = 40, 48, 160
_NAMED = 120
_ABOVE, _NAMES, _NAME_HITS = 40, 6, 6
_FAR = 600_000
"""Tokens of a haystack in which single names are not looked for: it takes too long."""
_WINDOW = 48
_STOP = EDGE + UNKNOWN + HOLE
_ANY_BREAK = re.compile(f"[{BREAKS}]")
_ANY_STOP = re.compile(f"[{_STOP}]")

_LOG = [math.log1p(count) for count in range(LONGEST + 1)]

Found = dict[tuple[int, int], None]


class Cursor(msgspec.Struct, frozen=True):
    """What is searched with: `context` before the cursor and `suffix` after it (first its line's rest), as hays.

    `typed` is the unfinished token at the cursor: what is copied has to begin with it.
    """

    context: Hay
    suffix: Hay
    typed: str


class Copy(msgspec.Struct, frozen=True):
    """One place (`hay`, `at`): the codes that would follow, the text they make here, the signals (as in `SIGNALS`)."""

    codes: str
    text: str
    signals: tuple[float, ...]
    order: int
    below: int
    hay: int
    at: int = 0


def places(
    cursor: Cursor, hays: Sequence[Hay], exact: Sequence[Occurrences], vocabulary: Vocabulary
) -> list[tuple[int, int]]:
    """Return (haystack, index) of up to a fixed number of places, the surest first."""
    found: Found = {}
    alike = [Occurrences(shapes, cursor.context[1]) for _, shapes in hays]
    head = cursor.context[0]
    line = len(head) - 1 - max(head.rfind(mark) for mark in BREAKS)
    below = _line_below(cursor.suffix[0])
    for kind, orders, occurrences in ((0, _EXACT, exact), (1, _SHAPES, alike)):
        if below[1] - below[0] >= 3:
            _above(cursor, hays, kind, below, line, found)
        start = len(found)
        for order in orders:
            if len(found) - start >= _ENOUGH:
                break
            for hay, places in enumerate(occurrences):
                found.update(dict.fromkeys((hay, at) for at in places.ends(order, _HITS)))
    if len(found) < _MOST:
        _named(cursor, hays, vocabulary, below, line, found)
        return list(found)[: _MOST + _NAMED]
    return list(found)[:_MOST]


def _named(
    cursor: Cursor,
    hays: Sequence[Hay],
    vocabulary: Vocabulary,
    below: tuple[int, int],
    line: int,
    found: Found,
) -> None:
    """Find lines that hold a name of the lines around the cursor, and those after and before them."""
    context, shape = cursor.context
    head = shape[-line:] if line else ""
    above = dict.fromkeys(code for code in reversed(context[-_ABOVE:]) if vocabulary.is_name(code))
    under = dict.fromkeys(code for code in cursor.suffix[0][below[0] : below[1]] if vocabulary.is_name(code))
    for names, step in ((above, 1), (under, -1)):
        for code in list(names)[:_NAMES]:
            for hay, (codes, shapes) in enumerate(hays):
                if len(codes) > _FAR:
                    continue
                for at in islice(ends(codes, code), _NAME_HITS):
                    start = _start(codes, at)
                    other = _end(codes, at) + 1 if step > 0 else _start(codes, start - 1) if start > 1 else 0
                    for first in (start, other):
                        if 0 < first < len(codes) and shapes.startswith(head, first):
                            found.setdefault((hay, first + line))


def _above(
    cursor: Cursor,
    hays: Sequence[Hay],
    kind: int,
    below: tuple[int, int],
    line: int,
    found: Found,
) -> None:
    """Find the lines above lines like the one below the cursor, that begin as the cursor's line does."""
    needle = cursor.suffix[kind][below[0] : below[1]]
    head = cursor.context[1][-line:] if line else ""
    for hay, (codes, shapes) in enumerate(hays):
        for end in islice(ends((codes, shapes)[kind], needle), _HITS):
            at = end - len(needle) - 1
            if at < 1 or codes[at] not in BREAKS or codes[end : end + 1] not in BREAKS:
                continue
            start = _start(codes, at)
            if start and shapes.startswith(head, start) and start + line < at:
                found.setdefault((hay, start + line))


def copies(cursor: Cursor, hays: Sequence[Hay], exact: Sequence[Occurrences], vocabulary: Vocabulary) -> Iterator[Copy]:
    """Yield what stands at every place that fits, in this file's names; `exact` is of `hays` and the context."""
    context, shape = cursor.context
    word = vocabulary.word
    names = frozenset(word(code) for code in {*context, *cursor.suffix[0]} if code >= "\x10")
    rest = _line_below(cursor.suffix[0])[0]
    below, below_shape = cursor.suffix[0][rest - 1 :] if rest else "", cursor.suffix[1][rest - 1 :] if rest else ""
    line = len(context) - 1 - max(context.rfind(mark) for mark in BREAKS)
    window, ahead = frozenset(context[-_WINDOW:]), frozenset(below[:_WINDOW])
    near = _lines(context[-400:]) | _lines(below[:400])
    previous, following = _last_line(context[: len(context) - line]), below[1 : _end(below, 1)]
    words = frozenset(word(code) for code in window if code >= "\x10")
    hand = words | frozenset(word(code) for code in ahead if code >= "\x10")
    later = hand - words
    assigned = _defined(vocabulary.render(previous))
    around = context[len(context) - line :] or previous + following
    parts = frozenset(part for code in around if vocabulary.is_name(code) for part in _parts(vocabulary.text(code)))
    lines: dict[str, _Line | None] = {}
    told: dict[str, tuple[float, float, float, float]] = {}
    for hay, at in places(cursor, hays, exact, vocabulary):
        codes, shapes = hays[hay]
        end = _end(codes, at)
        if end >= len(codes):
            continue
        copied = codes[at:end]
        if copied not in lines:
            lines[copied] = _line(copied, cursor.typed, vocabulary, names, hand)
        there = lines[copied]
        if there is None:
            continue
        order = _agreement(codes, at, context)
        alike = _agreement(shapes, at, shape, order)
        after = _following(codes, end, below)
        after_alike = _following(shapes, end, below_shape, after)
        here = there.here
        if there.names and (alike > order or after_alike > after):
            renames: dict[str, str] = {}
            if alike > order:
                _correspond(vocabulary, codes[at - alike : at][::-1], context[-alike:][::-1], there.names, renames)
            _correspond(vocabulary, codes[end : end + after_alike], below[:after_alike], there.names, renames)
            if any(old != new for old, new in renames.items()):
                here = _here(there.tokens, renames, names, hand)
        text, renamed, strange, share = here
        if cursor.typed and not text.startswith(cursor.typed):
            continue
        if text not in told:
            defined = _defined(text) if not line else ""
            told[text] = (
                float(bool(defined) and defined in later),
                float(bool(defined) and defined not in later and defined in words),
                float(bool(assigned) and assigned in text),
                _shared(text, parts),
            )
        whole = codes[at - line : at] + copied if order >= line else ""
        signals = (
            1.0,
            _LOG[order],
            _LOG[len(_ANY_BREAK.findall(codes, at - order, at))] if order else 0.0,
            _LOG[alike - order],
            _LOG[after],
            _LOG[after_alike - after],
            float(not after),
            len(window.intersection(codes[max(at - _WINDOW, 0) : at])) / len(window),
            len(ahead.intersection(codes[end : end + _WINDOW])) / max(len(ahead), 1),
            float(hay == 0),
            float(hay == 1),
            float(hay == 2),
            math.log1p(len(codes) - at if hay == 0 else at) / 5 if hay < 2 else 0.0,
            float(renamed),
            float(strange),
            share,
            _LOG[len(copied)],
            float(bool(below) and codes[end] == below[0]),
            float(whole == previous and bool(whole)),
            float(whole == following and bool(whole)),
            float(whole in near and bool(whole)),
            float(order == 0),
            float(not line),
            _LOG[min(order, line)],
            *told[text],
            float(order + after == 0),
        )
        yield Copy(copied, text[len(cursor.typed) :], signals, order, after, hay, at)


class _Line(msgspec.Struct, frozen=True):
    """The end of a line that may be copied: its tokens with the names among them (see `_here`), and itself `here`."""

    tokens: list[tuple[str, str]]
    names: frozenset[str]
    here: tuple[str, int, int, float]


def _line(copied: str, typed: str, vocabulary: Vocabulary, names: frozenset[str], hand: frozenset[str]) -> _Line | None:
    """Return the end of a line as it can be copied; None where it cannot, or does not begin with what is typed."""
    if not copied or len(copied) > LINE or _ANY_STOP.search(copied):
        return None
    if typed and not vocabulary.text(copied[0]).startswith(typed):
        return None
    tokens = list(map(vocabulary.named, copied))
    return _Line(tokens, frozenset([name for _, name in tokens if name]), _here(tokens, {}, names, hand))


def _here(
    tokens: Sequence[tuple[str, str]], renames: dict[str, str], names: frozenset[str], hand: frozenset[str]
) -> tuple[str, int, int, float]:
    """Return a copy of (token, its name or "") in the names of the cursor, how many names were changed, how many this
    file does not know, and the share of names that stand near the cursor."""
    out, renamed, strange, near, count = [], 0, 0, 0, 0
    for token, name in tokens:
        if name:
            count += 1
            if (other := renames.get(name)) is not None and other != name:
                renamed += 1
                token, name = token[: len(token) - len(name)] + other, other
            strange += name not in names
            near += name in hand
        out.append(token)
    return "".join(out), renamed, strange, near / count if count else 0.0


def _correspond(vocabulary: Vocabulary, there: str, here: str, wanted: frozenset[str], renames: dict[str, str]) -> None:
    """Note which name here stands where a `wanted` one stands there; what is nearest to the cursor has its say first.

    Both begin with what is nearest.
    """
    for a, b in zip(there, here, strict=True):
        if a >= "\x10" and (name := vocabulary.named(a)[1]) in wanted:
            renames.setdefault(name, vocabulary.word(b))


_DEFINES = re.compile(r"\s*(\w+)(?:: [^=]+)? = ")
_PARTS = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")
_WORDS = re.compile(r"[^\W\d]\w*")


def _defined(text: str) -> str:
    """Return the name that a line gives a value to, or nothing."""
    found = _DEFINES.match(text)
    return found[1] if found else ""


@lru_cache(maxsize=1 << 14)
def _parts(name: str) -> frozenset[str]:
    return frozenset(part.lower() for part in _PARTS.findall(name))


def parts_of(text: str) -> frozenset[str]:
    """Return the words that names in `text` are made of, in small letters."""
    return frozenset().union(*map(_parts, _WORDS.findall(text)))


@lru_cache(maxsize=1 << 12)
def _shared(text: str, parts: frozenset[str]) -> float:
    """Return the share of the parts of the first names in `text` that are among `parts`."""
    own = [part for name in _WORDS.findall(text)[:2] for part in _parts(name)]
    return sum(part in parts for part in own) / len(own) if own else 0.0


def _line_below(suffix: str) -> tuple[int, int]:
    """Return the indices of the first whole line in `suffix`, without breaks; (0, 0) when there is none."""
    start = next((i for i, code in enumerate(suffix[:400]) if code in BREAKS), -1) + 1
    return (start, _end(suffix, start)) if start and start < len(suffix) - 1 else (0, 0)


def _lines(codes: str) -> frozenset[str]:
    for mark in BREAKS[1:]:
        codes = codes.replace(mark, BREAKS[0])
    return frozenset(codes.split(BREAKS[0])) - {""}


def _last_line(codes: str) -> str:
    """Return the last whole line of `codes`, which end with a break."""
    return codes[max(codes.rfind(mark, 0, len(codes) - 1) for mark in BREAKS) + 1 : -1].strip(_STOP)


def _start(codes: str, at: int) -> int:
    """Return the index of the first code of the line that `at` stands in or at the end of."""
    low = max(at - 2 * LINE, 0)
    return max(codes.rfind(mark, low, at) for mark in BREAKS) + 1


def _end(codes: str, at: int) -> int:
    """Return the index of the first break from `at` on, or the length."""
    found = _ANY_BREAK.search(codes, at)
    return found.start() if found else max(at, len(codes))


def _agreement(text: str, at: int, context: str, known: int = 0) -> int:
    """Return how many codes before `at` equal the last ones of `context`; so many are `known` to."""
    size = min(at, len(context), LONGEST)
    same, end = known, len(context)
    while same < size and text[at - 1 - same] == context[end - 1 - same]:
        same += 1
    return same


def _following(text: str, at: int, below: str, known: int = 0) -> int:
    """Return how many codes from `at` on equal the first ones of `below`; the first, a break, need not.

    So many are `known` to.
    """
    size = min(len(text) - at, len(below), LONGEST)
    if size < 2:
        return 0
    same = known or 1
    while same < size and text[at + same] == below[same]:
        same += 1
    return same if same > 1 else 0
