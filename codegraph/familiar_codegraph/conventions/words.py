"""Identifiers: their words, their case, and how they are spelled anew."""

import re
from functools import lru_cache
from typing import Literal

Case = Literal["snake_case", "camelCase", "PascalCase", "UPPER_CASE", "other"]
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*\Z")
_UPPER = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)*\Z")
_CAMEL = re.compile(r"[a-z][A-Za-z0-9]*\Z")
_PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*\Z")


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """Return the words of an identifier in lower case: `HTTPServer2` is http, server, 2."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=16384)
def case_of(name: str, *, constant: bool = False) -> Case:
    """Return the case of an identifier, underscores around it left out.

    One word in capitals is UPPER_CASE of a `constant`, else PascalCase.
    """
    core = name.strip("_")
    if _SNAKE.match(core):
        return "snake_case"
    if _UPPER.match(core) and (constant or "_" in core):
        return "UPPER_CASE"
    if _PASCAL.match(core):
        return "PascalCase"
    if _CAMEL.match(core):
        return "camelCase"
    return "other"


def spelled(text: str, case: str) -> str:
    """Return the words of `text` (a name or prose) as one identifier; underscores around it are kept."""
    core = text.strip("_")
    lead, tail = text[: len(text) - len(text.lstrip("_"))], text[len(text.rstrip("_")) :]
    parts = words(core)
    if not parts:
        return text
    if case == "snake_case":
        made = core if _SNAKE.match(core) else "_".join(_joined(core))
    elif case == "UPPER_CASE":
        made = core if _UPPER.match(core) else "_".join(_joined(core)).upper()
    elif case == "camelCase":
        made = parts[0] + "".join(p.capitalize() for p in parts[1:])
    elif case == "PascalCase":
        made = core if _PASCAL.match(core) and len(parts) == 1 else "".join(p.capitalize() for p in parts)
    else:
        return text
    return f"{lead}{made}{tail}"


def _joined(core: str) -> list[str]:
    """Words with their digits: `utf8Name` is utf8, name."""
    out: list[str] = []
    for chunk in re.split(r"[\W_]+", core):
        for word in words(chunk):
            if word.isdigit() and out and chunk and not chunk.startswith(word):
                out[-1] += word
            else:
                out.append(word)
    return out
