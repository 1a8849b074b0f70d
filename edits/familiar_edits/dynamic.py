"""Code that reaches names by their spelling: when it is there, a string that spells a name may be that name.

Found by patterns over the text, because the pattern's presence alone decides whether a question is in the way of the
edit (blocking) or beside it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from familiar_edits import formats, mappings

_LITERAL = rb"(?:\"\w*\"|'\w*')\s*[,)]"
_COMPUTED = (
    rb"\b(?:getattr|setattr|hasattr|delattr)\(\s*(?![\s\"'])[^,()]*(?:\([^()]*\))?[^,()]*,\s*(?!\s|" + _LITERAL + rb")"
    rb"|\b__(?:set|del)attr__\(\s*(?!\s|" + _LITERAL + rb")(?![\w.]+\s*,\s*" + _LITERAL + rb")"
    rb"|\b__getattr(?:ibute)?__\(\s*(?=self|cls)"
)
_OF_MEMBERS = re.compile(
    _COMPUTED + rb"|\b(?:attrgetter|methodcaller)\((?![\"'])|\.__dict__\b|\bvars\(|\b_?asdict\(|\bfields\(|\b_fields\b"
    rb"|\b__members__\b"
)
_OF_GLOBALS = re.compile(
    _COMPUTED + rb"|\bglobals\(\)|\bimport_module\(|\b__import__\(|\.__dict__\b|\bvars\(|^def __getattr__\(", re.M
)
_OF_LOCALS = re.compile(rb"\b(?:locals|vars|eval|exec)\(|\bformat_map\(")
_OF_SIGNATURES = re.compile(rb"\b(?:signature|getfullargspec|getargspec|getcallargs)\(|\.co_varnames\b")
_OF_OWN_NAMES = re.compile(rb"\.\s*__(?:qual)?name__\b")
_HOOK = re.compile(
    rb"^([ \t]+)def __(?:(?:get|set|del)attr|getattribute)__\(\s*\w+\s*,\s*(\w+)[^\n]*\n"
    rb"((?:\1[ \t]+[^\n]*\n?|[ \t]*\r?\n)*)",
    re.M,
)


class Reach:
    """Which names code of this repository reaches by spelling; each is `path:line` of one place that does, or "".

    Looked for when it is asked for: many renames never do.
    """

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        """`files`: the Python files (path, bytes), in the order in which the first place is looked for."""
        self._files = tuple((path, formats.blanked(data)) for path, data in files)

    @cached_property
    def members(self) -> str:
        return self._place(_OF_MEMBERS)

    @cached_property
    def module_names(self) -> str:
        return self._place(_OF_GLOBALS)

    @cached_property
    def own_names(self) -> str:
        return self._place(_OF_OWN_NAMES)

    def keyword(self, name: str) -> str:
        """Return where a mapping may pass a keyword `name`."""
        for path, data in self._files:
            for line, keys in mappings.passed(data) if b"**" in data else ():
                if keys is None or name in keys:
                    return f"{path}:{line}"
        return ""

    def __bool__(self) -> bool:
        return bool(self.members or self.module_names or self.own_names or self.keyword(""))

    def _place(self, pattern: re.Pattern[bytes]) -> str:
        for path, data in self._files:
            if match := _first(pattern, data):
                return f"{path}:{data.count(bytes([10]), 0, match.start()) + 1}"
        return ""


def _first(pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    without: list[tuple[int, int]] | None = None
    for match in pattern.finditer(data):
        without = _handed_on(data) if without is None else without
        if not any(first <= match.start() < last for first, last in without):
            return match
    return None


def _handed_on(data: bytes) -> list[tuple[int, int]]:
    """Return the spans of methods like `__getattr__` that only hand a name on to another object: nobody spells it, it
    comes from an attribute that is written as one."""
    return [hook.span() for hook in _HOOK.finditer(data) if _only_hands_on(hook[2], hook[3])] if b"attr" in data else []


def _only_hands_on(name: bytes, body: bytes) -> bool:
    rest = re.sub(rb"(?m)^\s*raise [^\n]*", b"", re.sub(rb"(?:" + _COMPUTED + rb")" + name + rb"\s*[,)]", b"", body))
    rest = re.sub(rb"__(?:(?:get|set|del)attr|getattribute)__\((?:self|cls)?[\s,]*" + name + rb"\s*[,)]", b"", rest)
    return not re.search(rb"\b" + name + rb"\b|__dict__|\bvars\(|[gs]etattr\(", rest)


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


def is_attribute_name(data: bytes, start: int) -> bool:
    """Return whether the string whose inside begins at `start` is the name that `object.__setattr__` or one of its like
    is given."""
    return bool(_GIVEN_NAME.search(data[max(0, start - 80) : start]))


def composes(files: Iterable[tuple[str, bytes]], name: str) -> tuple[str, int, int] | None:
    """Return the first string (path, start, end) that makes names out of a written piece and a computed one, where
    `name` may be one of them: `f"visit_{kind}"`, `"visit_" + kind`, `"visit_%s" % kind`, `name.startswith("visit_")`.
    """
    wanted = name.encode()
    for path, data in files:
        for match, first, last in _composed(data):
            if _fits(wanted, first, last):
                return path, match.start("first"), match.end()
    return None


def takes_apart(files: Iterable[tuple[str, bytes]], name: str, is_known: Callable[[str], bool]) -> tuple[str, int, int]:
    """Return the first string (path, start, end) in a file that asks things for their own names, with which the name of
    a function or class is taken apart (`cls.__name__.removesuffix("Handler")`), or made part of another name of which
    `is_known` says that it is there (`f"visit_{type(node).__name__}"`); ("", 0, 0) when there is none."""
    wanted = name.encode()
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    for path, data in files:
        if not _OF_OWN_NAMES.search(data):
            continue
        for match in _PARTED.finditer(data):
            piece = match["piece"]
            if _fits(wanted, piece, b"") or _fits(wanted, b"", piece):
                return path, *match.span("piece")
        for match, first, last in _composed(data):
            texts = [f"{first.decode()}{word}{last.decode()}" for word in (name, name.lower(), snake)]
            if (first or last) and any(map(is_known, texts)):
                return path, match.start("first"), match.end()
    return "", 0, 0


def _composed(data: bytes) -> Iterator[tuple[re.Match[bytes], bytes, bytes]]:
    for pattern in _COMPOSED:
        for match in pattern.finditer(data):
            yield match, match["first"], match["last"]


def _fits(name: bytes, first: bytes, last: bytes) -> bool:
    """Whether a name begins and ends with these pieces, and they end where a word of it ends."""
    if not (name.startswith(first) and name.endswith(last) and len(first) + len(last) < len(name)):
        return False
    middle = name[len(first) : len(name) - len(last)]
    if len(re.sub(rb"[_\d]", b"", first + last)) < 2:
        return False
    after = first[-1:] == b"_" or not re.match(rb"[a-z]", middle)
    return (not first or after) and (not last or last[:1] == b"_" or last[:1].isupper())


_GIVEN_NAME = re.compile(rb"\b__(?:(?:set|get|del)attr|getattribute)__\(\s*(?:[\w.]+\s*,\s*)?[\"']$")
_PARTED = re.compile(
    rb"\.(?:r?partition|remove(?:prefix|suffix)|(?:starts|ends)with|r?split|replace)\(\s*([\"'])(?P<piece>\w+)\1"
)
_COMPOSED = tuple(
    re.compile(pattern)
    for pattern in (
        rb"\b[fF][rR]?([\"'])(?P<first>\w*)\{[^{}\n]+(?:\}\w*\{[^{}\n]+)*\}(?P<last>\w*)\1",
        rb"([\"'])(?P<first>\w*)(?:%s|\{\w*\})(?P<last>\w*)\1\s*(?:%|\.format\()",
        rb"([\"'])(?P<first>\w+)(?P<last>)\1\s*\+",
        rb"\+\s*([\"'])(?P<first>)(?P<last>\w+)\1",
        rb"\.(?:startswith|removeprefix)\(\s*([\"'])(?P<first>\w+)(?P<last>)\1",
        rb"\.(?:endswith|removesuffix)\(\s*([\"'])(?P<first>)(?P<last>\w+)\1",
    )
)
_KEY_AFTER = re.compile(rb"[\"']\s*[:\]]")
_KEY_BEFORE = re.compile(rb"(?:[\[{]|[\"']\s*,|\b(?:setdefault|get|pop|__setitem__)\()\s*[\"']$")
_DEBUG = re.compile(rb"[^{}\n=]*(?:\[[^\]\n]*\])?(?<![=!<>])=\s*(?:![rsa])?(?::[^{}\n]*)?\}")
