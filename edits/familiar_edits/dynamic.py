"""Code that reaches names by their spelling: when it is there, a string that spells a name may be that name.

Found by patterns over the text, because the pattern's presence alone decides whether a question is in the way of the
edit (blocking) or beside it.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_COMPUTED = rb"\b(?:getattr|setattr|hasattr|delattr)\(\s*[^,()]*(?:\([^()]*\))?[^,()]*,\s*(?![\"'])"
_OF_MEMBERS = re.compile(
    _COMPUTED + rb"|\b(?:attrgetter|methodcaller)\((?![\"'])|\.__dict__\b|\bvars\(|\b_?asdict\(|\b_?fields\b"
    rb"|\b__getattr(?:ibute)?__\(\s*(?:self|cls)|\b__setattr__\(|\b__members__\b"
)
_OF_KEYWORDS = re.compile(rb"[(,]\s*\*\*\s*(?!\s|\{\s*\})")
_OF_GLOBALS = re.compile(
    _COMPUTED + rb"|\bglobals\(\)|\bimport_module\(|\b__import__\(|\.__dict__\b|\bvars\(|\bdef __getattr__\("
)
_OF_LOCALS = re.compile(rb"\b(?:locals|vars|eval|exec)\(|\bformat_map\(")
_OF_SIGNATURES = re.compile(rb"\b(?:signature|getfullargspec|getargspec|getcallargs)\(|\.co_varnames\b")
_OF_OWN_NAMES = re.compile(rb"\.\s*__(?:qual)?name__\b")


class Reach(NamedTuple):
    """Which names code of this repository reaches by spelling; each is `path:line` of one place that does, or ""."""

    members: str
    keywords: str
    module_names: str
    own_names: str


def reach(files: Iterable[tuple[str, bytes]]) -> Reach:
    """Look through the Python files (path, bytes), in the order given, for the first place of each kind."""
    patterns = (_OF_MEMBERS, _OF_KEYWORDS, _OF_GLOBALS, _OF_OWN_NAMES)
    found = [""] * len(patterns)
    for path, data in files:
        for number, pattern in enumerate(patterns):
            if not found[number] and (match := pattern.search(data)):
                found[number] = f"{path}:{data.count(bytes([10]), 0, match.start()) + 1}"
        if all(found):
            break
    return Reach(*found)


def reaches_locals(body: bytes) -> bool:
    """Return whether a function's text asks for its local variables by name."""
    return bool(_OF_LOCALS.search(body))


def reads_signatures(data: bytes) -> bool:
    """Return whether a file asks functions for the names of their parameters."""
    return bool(_OF_SIGNATURES.search(data))


def is_debug_expression(data: bytes, start: int, end: int) -> bool:
    """Return whether an f-string such as f"{name=}" prints the spelling of the name at `start:end`."""
    line = data[data.rfind(b"\n", 0, start) + 1 : start]
    rest = data[end : end + 200]
    return b"{" in line and bool(_DEBUG.match(rest))


def is_key(data: bytes, start: int, end: int) -> bool:
    """Return whether the string whose inside is `start:end` is used as a key, or stands among others that may be."""
    return bool(_KEY_AFTER.match(data, end) or _KEY_BEFORE.search(data[max(0, start - 80) : start]))


_KEY_AFTER = re.compile(rb"[\"']\s*[:\]]")
_KEY_BEFORE = re.compile(rb"(?:[\[{]|[\"']\s*,|\b(?:setdefault|get|pop|__setitem__)\()\s*[\"']$")
_DEBUG = re.compile(rb"[^{}\n=]*(?:\[[^\]\n]*\])?(?<![=!<>])=\s*(?:![rsa])?(?::[^{}\n]*)?\}")
