"""What the house would write at a cursor, proposed without being asked by a candidate: its own helper where a call's
arguments stand already, and a parameter's type as it is written elsewhere in the file.

    propose(rules, view) -> [Proposal(text, score, why), ...]

Text by text and by regular expressions, in a millisecond: it is asked at every keystroke.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from familiar_codegraph.conventions.annotating import PARAMETER, annotation, in_signature
from familiar_codegraph.conventions.cursor import Cursor
from familiar_codegraph.conventions.raising import likely
from familiar_codegraph.conventions.rules import Helper, Rules
from familiar_codegraph.conventions.words import words

_LOOKED = 600
"""Characters of a call in which the names of its arguments are looked for."""
MOST = 2
"""Proposals at one cursor."""
_UNUSED, _SAME, _OTHER, _BEGUN = 0.62, 0.5, 0.06, 0.4
"""Chances that a helper is what is called: when it is imported and not used otherwise, when it is called elsewhere in
the file with the same first argument, when only its name is within reach, and when no arguments stand there yet and it
is imported and not used."""
_RAISE = re.compile(r"^\s*raise\s+$")
_VALUE = re.compile(
    r"(?:[^=!<>]=|\b(?:return|await|yield|with|in|if|elif|while|and|or|not|else))\s+$|[\w)\]][(\[]$|, $"
)
_KEYWORD = re.compile(r"\s*(\w+)=(?!=)")
_FROM = re.compile(r"[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)")
_IMPORT = re.compile(r"[ \t]*import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?")
_WORDLY = (".", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789")
_CALLED = re.compile(r"\(\s*([\w.]+|[\"'])?")
_TARGET = re.compile(r"(\w+)\s*=\s*(?:await\s+)?$")
_BEFORE = re.compile(
    r"(?:^|[=(,\[{:]|\b(?:return|yield|await|in|not|and|or|if|else|raise|with|assert)|[+\-*/%|&<>])\s*$"
)


class Proposal(NamedTuple):
    """A text for the cursor, the chance that it is what would be typed, and the reason in words."""

    text: str
    score: float
    why: str


def propose(rules: Rules, cursor: Cursor) -> list[Proposal]:
    """Return what the house would write here, likeliest first; empty at most cursors."""
    after = cursor.suffix.partition("\n")[0]
    if _RAISE.search(cursor.before):
        found = list(_errors(rules, cursor, after))
    elif after.startswith("("):
        found = list(_helpers(rules, cursor, after))
    elif after.strip(" ):]},") == "" and (_VALUE.search(cursor.before) or (cursor.before and cursor.before.isspace())):
        found = [p for p in _helpers(rules, cursor, "(") if p.score == _UNUSED]
        found = [Proposal(f"{p.text}(", _BEGUN, p.why) for p in found if _is_called(p) and len(found) == 1]
    elif match := PARAMETER.search(cursor.before):
        found = list(_types(rules, cursor, match[1], after)) if in_signature(cursor) else []
    else:
        return []
    return sorted(found, key=lambda p: (-p.score, p.text))[:MOST]


# ------------------------------------------------------------------ helpers


def _helpers(rules: Rules, cursor: Cursor, after: str) -> Iterator[Proposal]:
    """Yield the helpers that the file can name, where a call's arguments stand and its name is missing."""
    if not rules.helpers or not _BEFORE.search(cursor.before):
        return
    text = cursor.prefix + cursor.suffix
    names, spans = imported(text)
    argument, target = _CALLED.match(after), _TARGET.search(cursor.before)
    near = [(h, reach) for h in rules.helpers if h.path != rules.path and (reach := reached(names, h))]
    keywords = _keywords(cursor.suffix)
    fit = {reach for helper, reach in near if keywords and keywords.issubset(helper.parameters)}
    for helper, reach in near:
        score = _chance(text, spans, reach, argument[1] if argument else None)
        if reach in fit and score < _SAME:
            score = _SAME if len(fit) == 1 else 2 * score
        if target and score < _SAME and not set(words(target[1])).isdisjoint(words(reach.rpartition(".")[2])):
            score = _SAME
        yield Proposal(reach, score, _why(helper))


def _keywords(text: str) -> set[str]:
    """Return the names of the arguments in the call whose parenthesis `text` begins with."""
    found: set[str] = set()
    depth, quote = 0, ""
    for at, sign in enumerate(text[:_LOOKED]):
        if quote:
            quote = "" if sign == quote and text[at - 1] != "\\" else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        if depth == 0:
            break
        if depth == 1 and not quote and sign in "(," and (match := _KEYWORD.match(text, at + 1)):
            found.add(match[1])
    return found


def _chance(text: str, spans: list[tuple[int, int]], reach: str, argument: str | None) -> float:
    calls, used, at = [], False, text.find(reach)
    while at >= 0:
        end = at + len(reach)
        whole = text[at - 1 : at] not in _WORDLY and text[end : end + 1] not in _WORDLY[1:]
        if whole and not any(first <= at < last for first, last in spans):
            used = True
            if call := _CALLED.match(text, end):
                calls.append(call[1])
        at = text.find(reach, end)
    if not used and "." not in reach:
        return _UNUSED
    return _SAME if argument and argument in calls else round(_OTHER + 0.02 * min(len(calls), 10), 4)


def _why(helper: Helper) -> str:
    return f"this house has its own {helper.house} for {helper.default}"


def imported(text: str) -> tuple[dict[str, str], list[tuple[int, int]]]:
    """Return the names that imports bind in a text (local name -> dotted name, relative ones with their dots), and
    where the imports stand."""
    found: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    at = text.find("import ")
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        if match := _FROM.match(text, start):
            for item in match[2].strip("()").split(","):
                parts = item.partition("#")[0].split()
                if parts and parts[0] != "*":
                    found[parts[-1]] = f"{match[1]}.{parts[0]}"
        elif match := _IMPORT.match(text, start):
            found[match[2] or match[1]] = match[1]
        if match:
            spans.append(match.span())
        at = text.find("import ", max(at + 1, match.end() if match else 0))
    return found, spans


def reached(names: dict[str, str], helper: Helper) -> str:
    """Return how a file with these imports can name a helper, "" when it cannot.

    Where it is imported from is not followed: a package may pass on what its modules define.
    """
    module, _, name = helper.house.rpartition(".")
    last = module.rpartition(".")[2]
    parts = (*module.split("."), "")
    for local, dotted in names.items():
        origin, _, own = dotted.rpartition(".")
        if own == name and origin.rpartition(".")[2] in parts:
            return local
        if own == last and (dotted == module or origin.startswith(".") or module.endswith(f".{dotted}")):
            return f"{local}.{name}"
    return ""


def _is_called(proposal: Proposal) -> bool:
    """Return whether the helper is a function, by its name: classes are handed about as often as they are called."""
    return proposal.text.rpartition(".")[2].islower()


def _errors(rules: Rules, cursor: Cursor, after: str) -> Iterator[Proposal]:
    """Yield the house's own exceptions that the file can name, behind `raise`."""
    names = nameable(rules, cursor)
    for name, chance in likely(cursor, names) if names else ():
        text = name if after.startswith("(") else f"{name}("
        yield Proposal(text, chance, f"this house raises its own {names[name].house}")


def nameable(rules: Rules, cursor: Cursor) -> dict[str, Helper]:
    """Return the house's own exceptions that the file can name, by that name."""
    if not rules.errors:
        return {}
    names, _ = imported(f"{cursor.prefix}\n{cursor.suffix}")
    found: dict[str, Helper] = {}
    for error in rules.errors:
        own = error.house.rpartition(".")[2]
        if reach := own if error.path == rules.path else reached(names, error):
            found.setdefault(reach, error)
    return found


# ------------------------------------------------------------------ types


def _types(rules: Rules, cursor: Cursor, name: str, after: str) -> Iterator[Proposal]:
    """Yield how the same parameter is annotated elsewhere in the file, in the house's form."""
    if rules.answers.get("types.parameters") == "no" or not after.strip():
        return
    missing = after.lstrip().startswith("= None")
    seen: Counter[str] = Counter()
    text = f"{cursor.prefix}\n{cursor.suffix}"
    for match in re.finditer(rf"{re.escape(name)}:[ \t]*(?=[\w\"'])", text):
        if text[match.start() - 1 : match.start()] in _WORDLY:
            continue
        written = annotation(text[match.end() : match.end() + 160])
        if written and _is_none(written) == missing:
            seen[written] += 1
    total = sum(seen.values())
    for written, count in seen.most_common(2):
        yield Proposal(written, round(0.75 * count / (total + 0.5), 4), "so it is annotated elsewhere in this file")


def _is_none(written: str) -> bool:
    return "Optional[" in written or "None" in written
