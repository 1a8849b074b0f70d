"""Edits that make an occurrence what the house does, where a machine can; nothing where a person must decide."""

import re
from collections.abc import Callable
from typing import NamedTuple

from familiar_codegraph.conventions.values import Edit

Edits = tuple[Edit, ...]


class Source(NamedTuple):
    """A file: its path and its bytes."""

    path: str
    data: bytes

    def text(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")

    def mentions(self, name: str) -> bool:
        return re.search(rb"\b" + name.encode() + rb"\b", self.data) is not None


Fix = Callable[[Source, int, int, str, str], Edits]


def fix(question: str, here: str, house: str, source: Source, start: int, end: int) -> Edits:
    """Return the edits that turn `here` into `house` at `start:end`; none when it takes more than a few characters."""
    make = _FIXES.get(question) or _FIXES.get(question.partition(":")[0])
    return make(source, start, end, here, house) if make else ()


def _quotes(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    mark = '"' if house == "double" else "'"
    return Edit(start, start + 1, mark), Edit(end - 1, end, mark)


def _comma(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    if house == "yes":
        return (Edit(end, end, ","),)
    at = source.data.find(b",", end)
    return (Edit(at, at + 1, ""),) if at >= 0 and not source.data[end:at].strip() else ()


def _optional(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    text = source.text(start, end)
    if house == "union":
        match = re.fullmatch(r"(?:\w+\.)*Optional\[(.+)\]", text, re.DOTALL)
        if match and "\n" not in text and match[1][0] not in "\"'":
            return (Edit(start, end, f"{match[1]} | None"),)
        return ()
    parts = [part.strip() for part in text.split("|")]
    if "None" in parts and len(parts) == 2 and source.mentions("Optional"):
        return (Edit(start, end, f"Optional[{next(p for p in parts if p != 'None')}]"),)
    return ()


def _generics(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    text = source.text(start, end)
    base = text.partition("[")[0]
    names = {"list": "List", "dict": "Dict", "tuple": "Tuple", "set": "Set", "frozenset": "FrozenSet", "type": "Type"}
    if house == "builtin":
        return (Edit(start, start + len(base.encode()), base.rpartition(".")[2].lower()),)
    name = names.get(base, "")
    return (Edit(start, start + len(base), name),) if name and source.mentions(name) else ()


def _init_none(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    match = re.compile(rb"\s*\(").match(source.data, end)
    if match is None or house != "yes":
        return ()
    close = _closing(source.data, match.end() - 1)
    return (Edit(close + 1, close + 1, " -> None"),) if source.data[close + 1 : close + 2] == b":" else ()


def _closing(data: bytes, at: int) -> int:
    """Return where the bracket at `at` is closed (strings in defaults may fool it; the caller checks what follows)."""
    depth = 0
    for place in range(at, len(data)):
        if data[place] in b"([{":
            depth += 1
        elif data[place] in b")]}":
            depth -= 1
            if not depth:
                return place
    return len(data)


def _super(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    return (Edit(start, end, "super()"),) if house == "zero" else ()


def _empty(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    pairs = {"dict": "{}", "list": "[]"}
    text = source.text(start, end)
    if house == "literal":
        made = pairs.get(text.partition("(")[0].strip(), "")
    else:
        made = {"{}": "dict()", "[]": "list()"}.get("".join(text.split()), "")
    return (Edit(start, end, made),) if made else ()


def _chain(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    text = source.text(start, end)
    if house == "bare":
        cut = re.search(r"\s+from\s+[\w.]+\s*\Z", text)
        return (Edit(start + len(text[: cut.start()].encode()), end, ""),) if cut else ()
    if here != "bare":
        return ()
    if house == "none":
        return (Edit(end, end, " from None"),)
    alias = _handled(source, start)
    return (Edit(end, end, f" from {alias}"),) if alias else ()


def _handled(source: Source, offset: int) -> str:
    """Return the name of the caught exception around `offset`, "" when it has none."""
    lines = source.text(0, offset).split("\n")
    depth = len(lines[-1]) - len(lines[-1].lstrip())
    for line in reversed(lines[:-1]):
        body = line.lstrip()
        if body and len(line) - len(body) < depth:
            depth = len(line) - len(body)
            if match := re.match(r"except\b.*\bas\s+(\w+)\s*:", body):
                return match[1]
            if body.startswith(("except", "def ", "async def ", "class ")):
                return ""
    return ""


def _message(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    made = rewritten(source.text(start, end), here, house)
    return (Edit(start, end, made),) if made else ()


_FIELD = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_PERCENT = re.compile(r"(?s)(?P<text>(?P<mark>[\"'])(?:(?!(?P=mark)).)*(?P=mark))\s*%\s*(?P<rest>.+)")
_FORMAT = re.compile(r"(?s)(?P<text>(?P<mark>[\"'])(?:(?!(?P=mark)).)*(?P=mark))\.format\((?P<rest>.*)\)")
_VALUE = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?\Z")


def rewritten(text: str, here: str, house: str) -> str:
    """Return a text built from plain names in the house's way; "" when it is not that simple."""
    parts = _parts(text.strip(), here)
    if parts is None:
        return ""
    mark, pieces, values = parts
    if house == "f-string":
        plain = [p.replace("{", "{{").replace("}", "}}") for p in pieces]
        body = "".join(f"{p}{{{v}}}" for p, v in zip(plain, values, strict=False))
        return f"f{mark}{body}{plain[-1]}{mark}"
    if house == "percent":
        body = "%s".join(p.replace("%", "%%") for p in pieces)
        rest = values[0] if len(values) == 1 else f"({', '.join(values)})"
        return f"{mark}{body}{mark} % {rest}"
    if house == "format":
        body = "{}".join(p.replace("{", "{{").replace("}", "}}") for p in pieces)
        return f"{mark}{body}{mark}.format({', '.join(values)})"
    return ""


def _parts(text: str, here: str) -> tuple[str, list[str], list[str]] | None:
    """Return the quote, the pieces of text and the values between them."""
    if here == "f-string":
        match = re.fullmatch(r"f([\"'])((?:(?!\1)[^\\\n])*)\1", text)
        if match is None:
            return None
        pieces = _FIELD.split(match[2])
        if any("{" in p or "}" in p for p in pieces[::2]):
            return None
        return match[1], pieces[::2], pieces[1::2]
    match = (_PERCENT if here == "percent" else _FORMAT).fullmatch(text)
    if match is None or here not in ("percent", "format"):
        return None
    body, rest = match["text"][1:-1], match["rest"].strip()
    if here == "percent" and rest.startswith("("):
        rest = rest[1:-1]
    values = [value.strip() for value in rest.rstrip(",").split(",")]
    slot = "%s" if here == "percent" else "{}"
    pieces = body.split(slot)
    left = "".join(pieces)
    plain = "\\" not in left and ("%" not in left if here == "percent" else "{" not in left and "}" not in left)
    if not plain or len(pieces) != len(values) + 1 or not all(_VALUE.match(v) for v in values):
        return None
    return match["mark"], pieces, values


def _period(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    text = source.text(start, end)
    match = re.match(r"(?s)[rRuUbB]*(\"\"\"|'''|\"|')\s*(.*?)\s*(?=\n[ \t]*\r?\n|\1)", text)
    if match is None or "\n" in match[2]:
        return ()
    at = start + len(text[: match.end(2)].encode())
    return (Edit(at, at, "."),) if house == "yes" else (Edit(at - 1, at, ""),)


def _first_line(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    text = source.text(start, end)
    match = re.match(r"[rRuUbB]*(\"\"\"|'''|\"|')(\s*)", text)
    if match is None:
        return ()
    open_end = start + match.end(1)
    if house == "same":
        return (Edit(open_end, start + match.end(), ""),)
    line = source.data.rfind(b"\n", 0, start) + 1
    indent = source.data[line:start].decode("utf-8", "replace")
    return (Edit(open_end, start + match.end(), f"\n{indent}"),) if not indent.strip() else ()


def _docstring_blank(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    line = source.data.find(b"\n", end) + 1
    if house == "yes":
        return (Edit(line, line, "\n"),)
    after = source.data.find(b"\n", line) + 1
    return (Edit(line, after, ""),) if after and not source.data[line:after].strip() else ()


def _variable(source: Source, start: int, end: int, here: str, house: str) -> Edits:
    """Rename a caught exception within its handler."""
    old = source.text(start, end)
    if house == "other" or source.mentions(house):
        return ()
    line = source.data.rfind(b"\n", 0, start) + 1
    depth = len(source.data[line:]) - len(source.data[line:].lstrip())
    stop, at = len(source.data), source.data.find(b"\n", end) + 1
    while 0 < at < len(source.data):
        row = source.data[at : source.data.find(b"\n", at) if b"\n" in source.data[at:] else len(source.data)]
        if row.strip() and len(row) - len(row.lstrip()) <= depth:
            stop = at
            break
        at += len(row) + 1
    pattern = re.compile(rb"(?<![\w.\"'])" + old.encode() + rb"(?![\w\"'=])")
    return tuple(Edit(m.start(), m.end(), house) for m in pattern.finditer(source.data, start, stop))


_FIXES: dict[str, Fix] = {
    "layout.quotes": _quotes,
    "layout.trailing-comma": _comma,
    "layout.docstring-blank": _docstring_blank,
    "types.optional": _optional,
    "types.generics": _generics,
    "types.init-none": _init_none,
    "idioms.super": _super,
    "idioms.empty-dict": _empty,
    "idioms.format": _message,
    "errors.message": _message,
    "errors.chain": _chain,
    "docs.period": _period,
    "docs.first-line": _first_line,
    "naming.exception-variable": _variable,
}
