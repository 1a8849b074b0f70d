"""Analogies within names: what stands elsewhere, with parts of its names put as they are here.

`register_prior("noise_prior", noise_prior)` there gives `register_prior("alpha_prior", alpha_prior)` here, because
the line before says `if noise_prior is not None:` there and `if alpha_prior is not None:` here. Substitutions come
from lines that correspond, from the functions and classes around both places, and from the names of the files. Beside
that, lines in a series: the line above with the step that other lines of the file take (`w1` to `w2`, one parameter to
the next).
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import msgspec

from familiar_completion.lexical import BREAKS, EDGE, Vocabulary

Substitution = tuple[str, str]

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+|[^A-Za-z\d_]+")
_TOKENS = re.compile(r"\w+|[^\w\s]|\s+")
_WORD = re.compile(r"[^\W\d]\w*")
_BREAK = re.compile(f"[{BREAKS}]")
_LINES = 3
_DIGITS, _CAPITALS, _SMALL = map(frozenset, (string.digits, string.ascii_uppercase, string.ascii_lowercase))
_LETTERS = _CAPITALS | _SMALL
_STEPS = 120
"""Lines above and below among which steps of a series are looked for."""


@lru_cache(maxsize=1 << 12)
def difference(there: str, here: str) -> Substitution | None:
    """Return what distinguishes two names, by whole parts: (noise, alpha) for noise_prior and alpha_prior."""
    if there == here:
        return None
    a, b = _PARTS.findall(there), _PARTS.findall(here)
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    old, new = "".join(a), "".join(b)
    return (old, new) if old.strip("_") and new.strip("_") else (there, here)


@lru_cache(maxsize=1 << 12)
def _tokens(line: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(line.strip()))


def substitute(text: str, old: str, new: str) -> str:
    """Return `text` with the parts `old` of its names as `new`, also in camel case and in capitals."""
    for a, b in {old: new, _camel(old): _camel(new), old.lower(): new.lower(), old.upper(): new.upper()}.items():
        text = put(text, a, b)
    return text


def put(text: str, part: str, other: str) -> str:
    """Return `text` with `other` for `part` where it is a whole part of a name; making a pattern takes longer."""
    first, last = part[:1], part[-1:]
    no_before = _DIGITS if first.isdigit() else _CAPITALS if first.isupper() else _LETTERS
    no_after = _DIGITS if last.isdigit() else _SMALL
    out: list[str] = []
    done, at = 0, text.find(part)
    while at >= 0:
        end = at + len(part)
        whole = text[max(at - 1, 0) : at] not in no_before and text[end : end + 1] not in no_after
        if whole:
            out += text[done:at], other
            done = end
        at = text.find(part, max(end, at + 1) if whole else at + 1)
    return "".join((*out, text[done:])) if out else text


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def substitutions(there: Iterable[str], here: Iterable[str]) -> dict[str, str]:
    """Return what differs between lines that correspond: whole names, and parts of names where they share the rest."""
    found: dict[str, str] = {}
    for a, b in zip(there, here, strict=False):
        x, y = _tokens(a), _tokens(b)
        if len(x) != len(y):
            continue
        for old, new in zip(x, y, strict=True):
            if old != new and _WORD.fullmatch(old) and _WORD.fullmatch(new) and (parts := difference(old, new)):
                found.setdefault(*parts)
    return found


# ---------------------------------------------------------------- series


def steps(above: list[str], below: list[str], parameters: Iterable[str]) -> Counter[Substitution]:
    """Return from which name part to which the series of this file go, with how often: line to line, name to name."""
    found: Counter[Substitution] = Counter()
    ordered = [*above[-_STEPS:], "", *below[:_STEPS]]
    for first, second in pairwise(ordered):
        if parts := step(first, second):
            found[parts] += 2
    for line in ordered:
        names = [part.strip(" *\"'()[]{}") for part in line.split(",")] if "," in line else []
        for a, b in pairwise(names):
            if _WORD.fullmatch(a.split(":")[0].split("=")[0]) and _WORD.fullmatch(b.split(":")[0].split("=")[0]):
                found[a.split(":")[0].split("=")[0], b.split(":")[0].split("=")[0]] += 1
    given = list(parameters)
    for a, b in pairwise(given):
        found[a, b] += 3
    return found


def step(first: str, second: str) -> Substitution | None:
    """Return the one substitution that makes the second line of the first; None where it takes more, or none."""
    x, y = _tokens(first), _tokens(second)
    if len(x) != len(y) or len(x) < 3:
        return None
    one = None
    for a, b in zip(x, y, strict=True):
        if a != b:
            other = difference(a, b)
            if one is not None and other != one:
                return None
            one = other
    return one if one and re.search(r"\w", one[0]) and re.search(r"\w", one[1]) else None


def series(bases: Iterable[str], taken: Counter[Substitution], *, back: bool = False, most: int = 8) -> Iterator[str]:
    """Yield each of `bases` with every step that fits it, the commonest first; `back`: steps are taken back."""
    ordered = sorted(taken.items(), key=lambda item: -item[1])
    for base in bases:
        words = frozenset(_WORD.findall(base))
        parts = frozenset(part for word in words for part in _PARTS.findall(word)) | words
        count = 0
        for pair, _ in ordered:
            old, new = reversed(pair) if back else pair
            if old not in parts and not (("_" in old or len(old) > 2) and old in base):
                continue
            made = substitute(base, old, new) if not old.isdigit() else _numbered(base, old, new)
            if made != base:
                yield made
                count += 1
            if count == most:
                break
        yield from _counted(base, -1 if back else 1)


def _numbered(base: str, old: str, new: str) -> str:
    """Replace a number in names only."""
    return _WORD.sub(lambda match: re.sub(rf"(?<!\d){old}(?!\d)", new, match[0]), base)


def _counted(base: str, way: int) -> Iterator[str]:
    """Yield `base` with its last number, and with all of its equal numbers, counted on."""
    numbers = list(re.finditer(r"\d+", base))
    for match in numbers[-1:] + numbers[:1] * (len(numbers) > 1):
        value = int(match[0]) + way
        if value >= 0 and len(match[0]) < 4:
            yield base[: match.start()] + str(value) + base[match.end() :]
    if len({match[0] for match in numbers}) == 1 and len(numbers) > 1 and int(numbers[0][0]) + way >= 0:
        yield re.sub(r"\d+", str(int(numbers[0][0]) + way), base)


# ---------------------------------------------------------------- places elsewhere


class Surrounding(msgspec.Struct, frozen=True):
    """What a place is compared by: lines above (its own beginning first), lines below, names of what it stands in."""

    above: list[str]
    below: list[str]
    names: dict[str, str]


def surrounding(codes: str, at: int, below: str, vocabulary: Vocabulary, path: str) -> Surrounding:
    """Return the surrounding of index `at` of `codes`; `below` are the codes behind its line, of the file `path`."""
    first = codes.rfind(EDGE, 0, at) + 1
    names = {"file": path.rpartition("/")[2].partition(".")[0], "folder": path.rpartition("/")[0].rpartition("/")[2]}
    for keyword in ("def", "class"):
        found = max(codes.rfind(vocabulary.code(word), first, at) for word in (keyword, f" {keyword}"))
        if found >= 0 and found + 1 < at and codes[found + 1] >= "\x10":
            names[keyword] = vocabulary.text(codes[found + 1]).strip()
    above = _BREAK.split(codes[max(at - 120, first) : at])[::-1]
    lines = _BREAK.split(below[:120])
    return Surrounding(
        [vocabulary.line(line) for line in above[: _LINES + 1]],
        [vocabulary.line(line) for line in lines[: _LINES + 1] if line],
        names,
    )


def analogous(text: str, there: Surrounding, here: Surrounding) -> str:
    """Return `text`, which stands in the surrounding `there`, as it would stand `here`."""
    found = substitutions(there.above, here.above)
    for old, new in substitutions(there.below, here.below).items():
        found.setdefault(old, new)
    for what, name in there.names.items():
        if (other := here.names.get(what)) and (parts := difference(name, other)) and parts[0] != name:
            found.setdefault(*parts)
    for old, new in found.items():
        if not old.isdigit() or new.isdigit():
            text = substitute(text, old, new)
    return text
