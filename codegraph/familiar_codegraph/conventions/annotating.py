"""Annotations in a candidate: cut to what fits before the text that stands right of the cursor, in the house's form."""

import re

from familiar_codegraph.conventions.cursor import Cursor
from familiar_codegraph.conventions.rules import Rules

PARAMETER = re.compile(r"(?:^|[(,\s])\*{0,2}(\w+):\s*$")
_ASKED = ("types.optional", "types.generics", "imports.typing")
_TYPING = (
    "Any|AnyStr|Callable|Iterable|Iterator|Sequence|Mapping|MutableMapping|Optional|Union|Type|TypeVar|Generic|cast|"
    "Generator|Awaitable|Coroutine|AsyncIterator|AsyncIterable|NoReturn|Literal|ClassVar|Final|TextIO|BinaryIO|IO|"
    "List|Dict|Tuple|Set|FrozenSet|Protocol|NamedTuple|overload|TYPE_CHECKING|DefaultDict|Deque|Hashable|Pattern|Match"
)
_BARE = re.compile(rf"(?<![\w.\"'])({_TYPING})\b(?=[\[\],)| :=]|$)")
_ALIAS = re.compile(r"^[ \t]*import[ \t]+typing(?:[ \t]+as[ \t]+(\w+))?[ \t]*$", re.MULTILINE)


def in_signature(cursor: Cursor) -> bool:
    """Return whether the cursor stands in a function's signature."""
    return bool(re.match(r"\s*(?:async\s+)?def\b", cursor.statement))


def annotation(text: str) -> str:
    """Return the annotation that `text` begins with: up to a comma, `=`, or closer of what is around it."""
    depth = 0
    for at, sign in enumerate(text):
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        if depth < 0 or (not depth and sign in ",=:\n"):
            return text[:at].strip()
    return text.strip() if not depth else ""


def is_slot(cursor: Cursor) -> bool:
    """Return whether an annotation is missing at the cursor, with the rest of its line right of it."""
    after = cursor.suffix.partition("\n")[0].strip()
    return after[:1] in (",", ")", "=") and bool(PARAMETER.search(cursor.before)) and in_signature(cursor)


def in_slot(rules: Rules, cursor: Cursor, text: str) -> str:
    """Return the part of a candidate that is the missing annotation, where the house has a say about it."""
    if not any(id in rules.answers for id in _ASKED) or not is_slot(cursor):
        return text
    return annotation(text) or text


def whole_optional(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    """Add `| None` to a parameter's type whose default is None."""
    if rules.answers.get("types.optional") != "union" or not is_slot(cursor):
        return None
    default = cursor.suffix.lstrip().startswith("= None")
    if not default or "None" in text or "Optional" in text or not re.fullmatch(r"[\w.\[\], |]+", text):
        return None
    return (f"{text} | None", "types.optional") if text != "Any" else None


def aliased(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    """Name what is typing's through the module, where the house and the file do."""
    if rules.answers.get("imports.typing") not in ("alias", "module"):
        return None
    match = _ALIAS.search(cursor.prefix)
    if match is None or not _BARE.search(text):
        return None
    if not in_signature(cursor) and "->" not in text and not re.match(r"\s*(?:async\s+)?def\b", text):
        return None
    name = match[1] or "typing"

    def turned(found: re.Match[str]) -> str:
        bound = re.search(rf"^[ \t]*(?:from|import|class)\b[^\n]*\b{found[1]}\b", cursor.prefix, re.MULTILINE)
        return found[0] if bound else f"{name}.{found[1]}"

    return _BARE.sub(turned, text), "imports.typing"
