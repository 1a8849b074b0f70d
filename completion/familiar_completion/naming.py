"""Calls that exist: what the code graph says can be named at the cursor, with arguments named like the parameters.

A method of the receiver before the dot, or a function in scope, is called with the variables that are named like its
parameters (or with attributes of `self` that are); one argument may be guessed: the name given last.
"""

import math
import re
from collections import Counter

import msgspec
from familiar_codegraph import facts as f
from familiar_codegraph.surroundings import Parameter, Signature, Surroundings

from familiar_completion.places import parts_of
from familiar_completion.view import View

SIGNALS = ("called", "share", "parts", "arguments", "guessed", "known here", "near", "private", "constructor")
_BEFORE = re.compile(r"(?:([A-Za-z_][\w.]*)\.)?(\w*)$")
_CALLED = re.compile(r"(?<!def )(?<!class )\b(\w+)\(")
_DEFINED = re.compile(r"\s*(?:async )?def (\w+)")
_WORDS = re.compile(r"[^\W\d]\w*")
_NEAR_LINES = 20
_MOST = 80


def members(view: View, around: Surroundings | None) -> tuple[str, ...]:
    """Return how the names go on that exist behind the dot at the cursor; nothing where there may be others.

    Others may be made by a statement that begins here (`self.new = …`), and what the file writes of the receiver
    elsewhere is taken to exist.
    """
    found = _BEFORE.search(view.before)
    if around is None or view.state.kind != "code" or not found or not found[1] or view.after[:1].isidentifier():
        return ()
    head, receiver, typed = view.before[: found.start()].rstrip(), found[1], found[2]
    holder = around.holders.get(receiver)
    if not head or head.endswith(".") or holder is None or not holder.closed or typed.startswith("__"):
        return ()
    written = re.findall(
        rf"(?<![\w.]){re.escape(receiver)}\.(\w+)", f"{view.prefix[: -len(typed) or None]} {view.suffix}"
    )
    names = {*holder.members, *written}
    return tuple(sorted(name[len(typed) :] for name in names if name.startswith(typed)))


class Call(msgspec.Struct, frozen=True):
    """One call: `text` follows the cursor; the signals are as in `SIGNALS`."""

    text: str
    signals: tuple[float, ...]


def calls(view: View, around: Surroundings | None) -> list[Call]:
    """Return the calls that fit at the cursor, in a fixed order; none at the beginning of a line or in prose."""
    if around is None or view.blank or view.state.kind != "code" or view.after.startswith("("):
        return []
    found = _BEFORE.search(view.before)
    receiver, typed = (found[1], found[2]) if found else (None, "")
    if not receiver and view.before[: len(view.before) - len(typed)].rstrip().endswith((".", "def", "class", "import")):
        return []
    known = around.names if receiver is None else _members(around, receiver)
    fitting = [(name, known[name]) for name in sorted(known) if known[name] is not None and name.startswith(typed)]
    lines = view.prefix.split("\n")
    around_cursor = _enclosing(lines)
    near = lines[-_NEAR_LINES:]
    names = list(dict.fromkeys(reversed(_WORDS.findall("\n".join(near)))))
    local = frozenset(around.local) | (frozenset(_bound(near)) - {view.before.strip()})
    head = parts_of(" ".join(_WORDS.findall(view.before[: found.start()] if found else view.before)))
    times = Counter(_CALLED.findall(view.prefix)) + Counter(_CALLED.findall(view.suffix)) if fitting else Counter()
    out = []
    for name, signature in fitting:
        if receiver is None and name in around_cursor:
            continue
        if name.startswith("__") or (name.startswith("_") and receiver not in ("self", "cls", None)):
            continue
        made = _arguments(signature, local, names, around)
        if made is None:
            continue
        arguments, guessed = made
        own = parts_of(name)
        signals = (
            1.0,
            -math.log(len(fitting)),
            len(own & head) / len(own) if own else 0.0,
            math.log1p(len(arguments)),
            float(guessed),
            math.log1p(times[name]),
            float(name in names),
            float(name.startswith("_")),
            float(name[:1].isupper()),
        )
        out.append(Call(f"{name[len(typed) :]}({', '.join(arguments)})", signals))
    return out[:_MOST]


def _enclosing(lines: list[str]) -> set[str]:
    """Return the names of the functions around the end of the last line: a call of oneself is seldom what comes."""
    found, least = set(), len(lines[-1]) - len(lines[-1].lstrip())
    for line in reversed(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent < least:
            least = indent
            if match := _DEFINED.match(line):
                found.add(match[1])
    return found


def _members(around: Surroundings, receiver: str) -> dict[str, Signature]:
    holder = around.holders.get(receiver)
    return holder.members if holder else {}


def _bound(lines: list[str]) -> list[str]:
    """Return names that the lines give a value to, as far as one sees without parsing."""
    return [name for line in lines for name in re.findall(r"(?:^\s*|\bfor |\bas )([^\W\d]\w*)(?= =|:| in|$)", line)]


def _arguments(
    signature: Signature, local: frozenset[str], recent: list[str], around: Surroundings
) -> tuple[list[str], bool] | None:
    """Return the arguments for what must be given, and whether one was guessed; None when more would have to be."""
    out: list[str] = []
    missing = 0
    own = _members(around, "self")
    for parameter in signature or ():
        if not parameter.required:
            continue
        value = _value(parameter, local, own)
        if value is None:
            missing += 1
            value = next((name for name in recent if name in local and name not in ("self", "cls", *out)), None)
            if value is None or missing > 1:
                return None
        out.append(f"{parameter.name}={value}" if parameter.kind == f.KEYWORD_ONLY else value)
    return out, missing > 0


def _value(parameter: Parameter, local: frozenset[str], own: dict[str, Signature]) -> str | None:
    name = parameter.name
    if name in local:
        return name
    return next((f"self.{mine}" for mine in (name, f"_{name}") if mine in own), None)
