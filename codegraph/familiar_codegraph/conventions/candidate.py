"""A candidate for the text at a cursor, put into the house's way: normalised, or vetoed with a reason.

    adapt(rules, view, text) -> Adapted(text, changes, veto)

Pure functions over `Rules`, line by line and by regular expressions, because a candidate is half a line as often as
not. Only what stands wholly in the candidate is changed; what the user has typed is never touched.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from familiar_codegraph.conventions.annotating import aliased, in_slot, whole_optional
from familiar_codegraph.conventions.cursor import Cursor
from familiar_codegraph.conventions.fixes import rewritten
from familiar_codegraph.conventions.proposing import nameable
from familiar_codegraph.conventions.questions import LONG
from familiar_codegraph.conventions.raising import raised
from familiar_codegraph.conventions.rules import Helper, Rules
from familiar_codegraph.conventions.words import case_of, spelled, words


class Adapted(NamedTuple):
    """The text in the house's way; what was changed and why; why it should not be shown at all."""

    text: str
    changes: tuple[str, ...] = ()
    veto: str = ""


Step = Callable[[Rules, Cursor, str], tuple[str, str] | None]
"""Return the changed text and the question that changed it, None when there is nothing to change."""

_STRING = re.compile(
    r"(?<![\w\"'\\])(?P<prefix>[fF]?)(?P<mark>[\"'])(?!(?P=mark))(?P<body>(?:(?!(?P=mark))[^\\\n])*)(?P=mark)"
)
_CAUGHT = re.compile(r"\bexcept\b[^\n]*\bas\s+(\w+)\s*:")
_SUPER = re.compile(r"\bsuper\(\s*\w+\s*,\s*\w+\s*\)")
_OPTIONAL = re.compile(r"(?<=[:>\[,(]) ?(?:\w+\.)?Optional\[(\w[\w.]*)\]")
_UNION = re.compile(r"((?:[:>]) )(\w[\w.]*) \| None\b")
_GENERIC = re.compile(r"(?<![\w.])(?:\w+\.)?(List|Dict|Tuple|Set|FrozenSet|Type)\[")
_EMPTY = re.compile(r"(?<![\w.])(dict|list)\(\)")
_DEFINED = re.compile(r"^\s*(?:async\s+)?(def|class)\s+(\w+)")
_ASSIGNED = re.compile(r"^(\s*)(\w+)(\s*(?::[^=]+)?=(?!=))")
_INIT = re.compile(r"(def __init__\([^\n]*\)):")
_LOGGER = re.compile(r"^(\s*)(\w+)( = logging\.getLogger\()")
_LOGGED = re.compile(r"(\b(?:debug|info|warning|error|exception|critical)\()(f[\"'][^\n]*[\"'])\)")
_LOGGING = re.compile(r"(?i)log(?:ger|ging)?\.(?:debug|info|warning|error|exception|critical)\(")
_RAISED = re.compile(r"^\s*raise\s+[\w.]+\(.*\)$", re.DOTALL)
_IMPORT = re.compile(r"^(\s*from\s+)([\w.]+)(\s+import\b)")
_PLAIN = r"(?<![\w.\"')\]])([A-Za-z_]\w*(?:\.\w+)*)\."
_CONVERTED = {
    default: re.compile(_PLAIN + method + r"\((?:[\"'][uU][tT][fF]-?8[\"'])?\)")
    for default, method in (("str.encode", "encode"), ("bytes.decode", "decode"))
}
"""Conversions of text with the usual encoding, of a plain name."""
_KNOWN_CAUGHT = ("e", "exc", "err", "error", "ex")
_MARKS = {"double": '"', "single": "'"}


def adapt(rules: Rules, cursor: Cursor, text: str) -> Adapted:
    """Return `text`, a candidate at `cursor` in Python code, as this house would write it."""
    text = in_slot(rules, cursor, text)
    first, *rest = text.split("\n")
    changes: dict[str, None] = {}
    for step in _STEPS:
        found = step(rules, cursor, first)
        if found is not None and found[0] != first:
            first = found[0]
            changes[rules.reason(found[1])] = None
    for number, line in enumerate(rest):
        for step in _ANYWHERE:
            found = step(rules, cursor, line)
            if found is not None and found[0] != line:
                line = rest[number] = found[0]
                changes[rules.reason(found[1])] = None
    whole = "\n".join([first, *rest])
    whole = _raised(rules, cursor, whole, changes)
    helped = _helper(rules, cursor, whole)
    if helped.text != whole:
        whole = helped.text
        changes.update(dict.fromkeys(helped.changes))
    return Adapted(whole, tuple(changes), helped.veto or _vetoed(rules, cursor, whole))


# ------------------------------------------------------------------ strings


def _quotes(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    mark = _MARKS.get(rules.answers.get("layout.quotes", ""))
    if mark is None:
        return None

    def turned(match: re.Match[str]) -> str:
        body = match["body"]
        return match[0] if mark in body or "'" in body or '"' in body else f"{match['prefix']}{mark}{body}{mark}"

    return _STRING.sub(turned, text), "layout.quotes"


def _built(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    raised = (cursor.statement + text).lstrip().startswith("raise ")
    id = "errors.message" if raised and "errors.message" in rules.answers else "idioms.format"
    house = rules.answers.get(id)
    if house not in ("percent", "format") or _LOGGING.search(cursor.before + text):
        return None

    def turned(match: re.Match[str]) -> str:
        if not match["prefix"] or "{" not in match["body"]:
            return match[0]
        return rewritten(match[0], "f-string", house) or match[0]

    return _STRING.sub(turned, text), id


def _logged(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("idioms.logging") != "lazy" or not _LOGGING.search(cursor.before + text):
        return None

    def turned(match: re.Match[str]) -> str:
        made = rewritten(match[2], "f-string", "percent")
        body, sign, values = made.partition(" % ")
        return f"{match[1]}{body}, {values.strip('()')})" if sign else match[0]

    return _LOGGED.sub(turned, text), "idioms.logging"


# ------------------------------------------------------------------ names


def _caught(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    house = rules.answers.get("naming.exception-variable")
    line = cursor.before + text
    match = _CAUGHT.search(line)
    if house not in _KNOWN_CAUGHT or match is None or match.start(1) < len(cursor.before):
        return None
    if match[1] not in _KNOWN_CAUGHT:
        return None
    start, end = match.start(1) - len(cursor.before), match.end(1) - len(cursor.before)
    return text[:start] + house + text[end:], "naming.exception-variable"


def _logger(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    house = rules.answers.get("naming.logger")
    match = _LOGGER.match(cursor.before + text)
    if match is None or house in (None, "other") or match.start(2) < len(cursor.before):
        return None
    start, end = match.start(2) - len(cursor.before), match.end(2) - len(cursor.before)
    return text[:start] + str(house) + text[end:], "naming.logger"


def _named(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    """Spell a name that is new here: a function, a class, a variable."""
    line = cursor.before + text
    match = _DEFINED.match(line)
    if match is not None:
        id, place = ("naming.function" if match[1] == "def" else "naming.class"), 2
    else:
        match = _ASSIGNED.match(line)
        if match is None:
            return None
        id, place = ("naming.variable" if match[1] else "naming.constant"), 2
    start, end = match.start(place), match.end(place)
    name = match[place]
    if start < len(cursor.before) or name.startswith("__") or _stands(cursor, name):
        return None
    made, why = name, id
    case = rules.cases.get(id)
    if case and len(words(name)) > 1 and _odd(id, name, case):
        made = spelled(name, case)
    short = _shortened(rules, made, match[1] == "class")
    if short != made:
        asked = (f"naming.word:{LONG.get(word)}" for word in words(made))
        made, why = short, next(id for id in asked if id in rules.answers)
    if made == name or why not in rules.answers or _stands(cursor, made):
        return None
    start, end = start - len(cursor.before), end - len(cursor.before)
    return text[:start] + made + text[end:], why


def _odd(id: str, name: str, case: str) -> bool:
    own = case_of(name, constant=id == "naming.constant")
    if id == "naming.constant":
        return False  # a module's variable may be no constant
    return own != case and own in ("snake_case", "camelCase", "PascalCase")


def _shortened(rules: Rules, name: str, is_class: bool) -> str:
    """Return a snake_case name with its words in the form that the house uses."""
    if is_class or case_of(name) != "snake_case":
        return name
    lead = name[: len(name) - len(name.lstrip("_"))]
    return lead + "_".join(_form(rules, part) for part in name[len(lead) :].split("_"))


def _form(rules: Rules, word: str) -> str:
    return rules.answers.get(f"naming.word:{LONG[word]}", word) if word in LONG else word


def _stands(cursor: Cursor, name: str) -> bool:
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    return bool(pattern.search(cursor.prefix) or pattern.search(cursor.suffix))


# ------------------------------------------------------------------ types and idioms


def _optional(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    house = rules.answers.get("types.optional")
    if house == "union":
        return _OPTIONAL.sub(lambda m: m[0].replace(m[0].lstrip(), f"{m[1]} | None"), text), "types.optional"
    if house == "Optional" and re.search(r"\bOptional\b", cursor.prefix):
        return _UNION.sub(r"\1Optional[\2]", text), "types.optional"
    return None


def _generics(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("types.generics") != "builtin":
        return None
    return _GENERIC.sub(lambda m: f"{m[1].lower()}[", text), "types.generics"


def _super(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    return (_SUPER.sub("super()", text), "idioms.super") if rules.answers.get("idioms.super") == "zero" else None


def _empty(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("idioms.empty-dict") != "literal":
        return None
    return _EMPTY.sub(lambda m: "{}" if m[1] == "dict" else "[]", text), "idioms.empty-dict"


def _init(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("types.init-none") != "yes" or "->" in text:
        return None
    line = cursor.before + text
    match = _INIT.search(line)
    if match is None or match.end(1) < len(cursor.before) or ": " not in match[1]:
        return None
    at = match.end(1) - len(cursor.before)
    return f"{text[:at]} -> None{text[at:]}", "types.init-none"


def _chained(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("errors.chain") != "from" or not _RAISED.match(cursor.statement + text):
        return None
    alias = _handler(cursor)
    return (f"{text} from {alias}", "errors.chain") if alias else None


def _handler(cursor: Cursor) -> str:
    """Return the name of the exception that is handled around the cursor, "" when there is none."""
    lines = cursor.prefix.split("\n")[-40:]
    depth = len(lines[-1]) - len(lines[-1].lstrip()) if lines[-1].strip() else len(lines[-1])
    for line in reversed(lines[:-1]):
        body = line.lstrip()
        if body and len(line) - len(body) < depth:
            depth = len(line) - len(body)
            if match := _CAUGHT.match(body):
                return match[1]
            if body.startswith(("except", "def ", "async def ", "class ")):
                return ""
    return ""


_FORMS = (
    (re.compile(r"^assert (\S+) is None$"), r"self.assertIsNone(\1)"),
    (re.compile(r"^assert (\S+) is not None$"), r"self.assertIsNotNone(\1)"),
    (re.compile(r"^assert not ([^=<>]+)$"), r"self.assertFalse(\1)"),
    (re.compile(r"^assert (\S+) not in (\S+)$"), r"self.assertNotIn(\1, \2)"),
    (re.compile(r"^assert (\S+) in (\S+)$"), r"self.assertIn(\1, \2)"),
    (re.compile(r"^assert isinstance\((.+)\)$"), r"self.assertIsInstance(\1)"),
    (re.compile(r"^assert ([^=<>!]+?) == ([^=<>!]+)$"), r"self.assertEqual(\1, \2)"),
    (re.compile(r"^assert ([^=<>!,]+)$"), r"self.assertTrue(\1)"),
)


def _checked(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    if rules.answers.get("tests.assert") != "unittest" or cursor.before.strip() or "self" not in cursor.prefix[-4000:]:
        return None
    lead = text[: len(text) - len(text.lstrip())]
    for form, made in _FORMS:
        if form.match(text.strip()):
            return lead + form.sub(made, text.strip()), "tests.assert"
    return None


# ------------------------------------------------------------------ imports


def _imported(rules: Rules, cursor: Cursor, text: str) -> tuple[str, str] | None:
    line = cursor.before + text
    if rules.answers.get("imports.typing") == "alias" and line.strip() == "import typing" and not cursor.before.strip():
        return f"{text} as t", "imports.typing"
    match = _IMPORT.match(line)
    if match is None or match.start(2) < len(cursor.before) or not rules.package:
        return None
    start, end = match.start(2) - len(cursor.before), match.end(2) - len(cursor.before)
    made = _module(rules, match[2])
    return (text[:start] + made + text[end:], "imports.relative") if made else None


def _module(rules: Rules, module: str) -> str:
    """Return the module of an import as the house writes it, "" when it is right or not ours."""
    house, here = rules.answers.get("imports.relative"), rules.package.split(".")
    if house == "relative" and not module.startswith("."):
        parts = module.split(".")
        if parts[0] != here[0]:
            return ""
        common = 0
        while common < min(len(parts), len(here)) and parts[common] == here[common]:
            common += 1
        return "." * (len(here) - common + 1) + ".".join(parts[common:])
    if house == "absolute" and module.startswith("."):
        level = len(module) - len(module.lstrip("."))
        if level > len(here):
            return ""
        return ".".join([*here[: len(here) - level + 1], *filter(None, [module[level:]])])
    return ""


# ------------------------------------------------------------------ helpers and vetoes


def _raised(rules: Rules, cursor: Cursor, text: str, changes: dict[str, None]) -> str:
    """Put the house's own exception in place of the builtin that it derives from."""
    if not rules.errors or "raise" not in cursor.statement + text or len(cursor.before) > len(cursor.statement):
        return text
    found = raised(cursor, nameable(rules, cursor), cursor.before + text)
    if found is None or not found[0].startswith(cursor.before):
        return text
    changes[f"this house raises its own {found[1].house}"] = None
    return found[0][len(cursor.before) :]


def _converted(helper: Helper, reach: str, text: str) -> str:
    """Put a converter of text, such as `to_bytes(x)`, in place of `x.encode()`."""
    pattern = _CONVERTED.get(helper.default)
    return pattern.sub(lambda m: f"{reach}({m[1]})", text) if pattern is not None else text


def _helper(rules: Rules, cursor: Cursor, text: str) -> Adapted:
    """Put the house's helper in place of the default, where it can be reached; veto the default where it is foreign."""
    for helper in rules.helpers:
        last = helper.default.rpartition(".")[2]
        if f"{last}(" not in text:
            continue
        why = f"this house has its own {helper.house} for {helper.default}"
        if helper.default in _CONVERTED:
            reach = next(_reached(rules, cursor, helper), "")
            made = _converted(helper, reach, text) if reach else text
            if made != text:
                return Adapted(made, (why,))
            continue
        pattern = re.compile(rf"(?<![\w.]){re.escape(helper.default)}(?=\()")
        if not pattern.search(text) or (cursor.before.endswith(".") and text.startswith(helper.default)):
            continue
        if helper.path == rules.path and helper.default not in cursor.prefix:
            continue
        reach = next(_reached(rules, cursor, helper), "")
        if reach:
            return Adapted(pattern.sub(reach, text), (why,))
        root = helper.default.partition(".")[0]
        if helper.confidence >= 0.6 and not re.search(rf"\bimport\b[^\n]*\b{root}\b", cursor.prefix):
            return Adapted(text, (), why)
    return Adapted(text)


def _reached(rules: Rules, cursor: Cursor, helper: Helper) -> Iterator[str]:
    """Yield how the file can name a helper by its imports."""
    module, _, name = helper.house.rpartition(".")
    last = module.rpartition(".")[2]
    for match in re.finditer(r"^\s*from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]+)", cursor.prefix, re.MULTILINE):
        for item in match[2].strip("()").split(","):
            parts = item.split()
            local = parts[-1] if parts else ""
            if parts and parts[0] == name and match[1].strip(".").split(".")[-1] in (*module.split("."), ""):
                yield local
            elif parts and parts[0] == last and last:
                yield f"{local}.{name}"
    for match in re.finditer(rf"^\s*import\s+{re.escape(module)}(?:\s+as\s+(\w+))?\s*$", cursor.prefix, re.MULTILINE):
        yield f"{match[1] or module}.{name}"


def _vetoed(rules: Rules, cursor: Cursor, text: str) -> str:
    if rules.answers.get("tests.assert") == "assert" and text.lstrip().startswith("self.assert"):
        return rules.reason("tests.assert")
    return ""


_ANYWHERE: tuple[Step, ...] = (_logged, _built, _quotes, _optional, _generics, _super, _empty)
_STEPS: tuple[Step, ...] = (
    *_ANYWHERE,
    aliased,
    whole_optional,
    _checked,
    _caught,
    _logger,
    _named,
    _init,
    _chained,
    _imported,
)
