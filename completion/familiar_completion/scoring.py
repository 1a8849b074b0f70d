"""Whether a completion is right: one rule of truncation per kind of task, none of which looks at the target.

The rules are those of the published tables (RepoEval and its successors): code is compared line by line without
comments and outer blanks. Intervals are Wilson's, 95 %.
"""

import math
from typing import Any


def exact(task: dict[str, Any], completion: str) -> bool:
    """Whether `completion`, cut as `task`'s kind is cut, is the target."""
    lang = task["lang"]
    return _clean(cut(task, completion), lang) == _clean(task["target"], lang)


def interval(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, in percent (Wilson's)."""
    if not of:
        return 0.0, 100.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return round(100 * max(middle - half, 0), 1), round(100 * min(middle + half, 1), 1)


def cut(task: dict[str, Any], completion: str) -> str:
    """Return the part of `completion` that counts for `task`'s kind: a line, a call, a block."""
    text = completion.replace("\r\n", "\n")
    kind, sub = task["kind"], task["meta"].get("sub")
    if kind in ("line", "midline") or (kind == "newcode" and sub == "line"):
        return _line(task, text, infix=kind == "midline" and sub == "infix")
    return _call(text, task["lang"]) if kind == "api" else _suite(task, text)


def _line(task: dict[str, Any], text: str, *, infix: bool) -> str:
    text = text.split("\n")[0]
    if infix:
        right = task["suffix"].split("\n")[0]
        text = _balanced(text, right)
        if len(right.strip()) >= 2 and right in text:
            text = text[: text.index(right)]
    return text


def _balanced(text: str, right: str) -> str:
    """Stop where the text that stands right of the cursor begins, at bracket depth 0."""
    depth, first = 0, right.lstrip()[:1]
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                return text[:at]
        elif depth == 0 and first and char == first and first in ",:;":
            return text[:at]
    return text


def _call(text: str, lang: str) -> str:
    """Stop after the bracket that closes the first call."""
    at = text.find("(")
    if at < 0:
        return text.split("\n")[0]
    depth, quote = 0, ""
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in '"`' or (char == "'" and lang not in ("rust", "go")):
            quote = char
        else:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
            if depth == 0:
                return text[: at + 1]
        at += 1
    return text.split("\n")[0]


def _suite(task: dict[str, Any], text: str) -> str:
    """Stop before the first line that is indented less than the cursor's, or repeats the line below."""
    indent = len(task["prefix"]) - len(task["prefix"].rstrip(" \t"))
    below = next((line for line in task["suffix"].split("\n")[1:] if line.strip()), None)
    out: list[str] = []
    for number, line in enumerate(text.split("\n")):
        if number and line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        if number and line == below and len(line.strip()) > 3:
            break
        out.append(line)
    return "\n".join(out).rstrip()


def _clean(code: str, lang: str) -> str:
    lines = (_uncomment(line, lang).strip() for line in code.split("\n"))
    return "\n".join(line for line in lines if line)


def _uncomment(line: str, lang: str) -> str:
    mark, quote, at = "#" if lang == "python" else "//", "", 0
    while at < len(line):
        if quote:
            if line[at] == "\\":
                at += 1
            elif line[at] == quote:
                quote = ""
        elif line[at] in "\"'`" and not (lang == "rust" and line[at] == "'"):
            quote = line[at]
        elif line.startswith(mark, at):
            return line[:at].rstrip()
        at += 1
    return line.rstrip()
