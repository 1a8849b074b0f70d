"""Calls written out at the cursor: what is likely to be called, with arguments from what is in scope here.

What is called comes from the candidates that there are (copies, chains, the graph's calls); what it takes comes from
the graph's signature, else from other calls of it. Each argument is chosen by its role: a name like the parameter's, a
name that waits for its first use, what stood there in other calls, what was written last. So a call that stands
nowhere yet can be offered, and one that stood elsewhere is written in the names of this place.
"""

import heapq
import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from familiar_codegraph import facts as f
from familiar_codegraph.surroundings import Signature, Surroundings

from familiar_completion.places import parts_of
from familiar_completion.scope import KEYWORDS, Scope, roots, split
from familiar_completion.view import scan

HEADS = 14
"""What is called: so many are written out."""
_COMBINATIONS = {0: 1, 1: 5, 2: 6}
_MANY = 4
_EACH = 5
_HEAD = re.compile(r"(?:[^()\[\]{}\"'#]*[^\w.()\[\]{}\"'#])?([\w.]*\w)\($")
_NAME = re.compile(r"[^\W\d]\w*$")
_BEFORE = re.compile(r"((?:[^\W\d]\w*\.)*)\w*$")
_BEGUN = re.compile(r"([\w.]+ = |assert |await |yield |raise )")
_COMPOUND = ("if ", "elif ", "while ", "for ", "with ", "async with ", "async for ")


class Slot(msgspec.Struct, frozen=True):
    """One argument to be given: the parameter's name ("" when unknown), how it is written, what stood there before."""

    name: str
    keyword: bool = False
    stood: tuple[str, ...] = ()


def fill(scope: Scope, around: Surroundings | None, heads: Iterable[str]) -> Iterator[str]:
    """Yield texts that follow the cursor: each of `heads` (ending with an open bracket) with arguments."""
    tail = _tail(scope)
    for head in heads:
        called = _HEAD.match(head)
        if called is None:
            continue
        name = called[1].rpartition(".")[2]
        signature = signature_of(scope, around, head)
        examples = scope.examples(name)
        seen = set[str]()
        handed = _handed(scope, signature)
        for slots in _plans(signature, examples):
            made = _arguments(scope, around, slots)
            for arguments in made + [(*given, *handed) for given in made[:2] if handed]:
                text = f"{head}{', '.join(arguments)}){tail}"
                if text not in seen:
                    seen.add(text)
                    yield text


def heads_of(texts: Iterable[tuple[str, float]]) -> list[str]:
    """Return the beginnings of texts up to their first bracket, by the sum of their chances."""
    found: dict[str, float] = {}
    for text, chance in texts:
        at = text.find("(")
        if 0 < at < 60 and not text[:at].lstrip().startswith(("def ", "class ", "async def ")):
            found[text[: at + 1]] = found.get(text[: at + 1], 0.0) + chance
    return heapq.nlargest(HEADS, found, key=lambda head: (found[head], head))


def idle_heads(scope: Scope) -> list[str]:
    """Return calls of what the file imports or defines and nothing calls yet, begun as the line above begins."""
    names = sorted(name for name in scope.idle - scope.fresh if name in scope.imported or name.startswith("_"))[:6]
    if not scope.view.blank:
        methods = scope.view.before.endswith(".")
        return [f"{name}(" for name in names if methods == name.startswith("_") or not methods]
    above = scope.above[-1].strip() if scope.above else ""
    begun = _BEGUN.match(above)
    starts = dict.fromkeys(("", *([begun[1]] if begun else []), "return "))
    needed = [f"{name} = " for name in sorted(scope.next & scope.needed)][:2]
    own = "self." if "self" in scope.bound else ""
    return [f"{start}{own if name.startswith('_') else ''}{name}(" for name in names for start in (*starts, *needed)]


def signature_of(scope: Scope, around: Surroundings | None, head: str) -> Signature:
    """Return what the call at the end of `head` (which follows the cursor) takes; None when it is not known."""
    if around is None:
        return None
    called = _HEAD.match(head)
    if called is None:
        return None
    dotted = called[1]
    if called.start(1) == 0 and (found := _BEFORE.search(scope.view.before)):
        dotted = found[0] + dotted
    receiver, _, name = dotted.rpartition(".")
    if not receiver:
        return around.names.get(name)
    holder = around.holders.get(receiver)
    return holder.members.get(name) if holder else None


def _handed(scope: Scope, signature: Signature) -> tuple[str, ...]:
    """Return what a function hands on: its own starred parameters, and those that are options of what it calls."""
    same = [p.name for p in signature or () if not p.required and p.name in scope.parameters and p.name in scope.fresh]
    return (*scope.splats, *(f"{name}={name}" for name in same))


def _plans(signature: Signature, examples: Sequence[tuple[str, ...]]) -> Iterator[tuple[Slot, ...]]:
    """Yield what has to be given: as the signature asks, and as other calls did."""
    arities: dict[int, None] = {}
    if signature is not None:
        required = [p for p in signature if p.required]
        yield tuple(
            Slot(p.name, p.kind == f.KEYWORD_ONLY, tuple(e[at] for e in examples if at < len(e) and "=" not in e[at]))
            for at, p in enumerate(required)
        )
        arities[len(required)] = None
    for example in examples[:8]:
        if len(arities) < 3 and len(example) not in arities and not any("=" in part for part in example):
            arities[len(example)] = None
            names = [p.name for p in signature or () if p.kind != f.KEYWORD_ONLY]
            yield tuple(
                Slot(names[at] if at < len(names) else "", False, tuple(e[at] for e in examples if at < len(e)))
                for at in range(len(example))
            )
    if signature is None and not examples:
        yield (Slot(""),)


def _arguments(scope: Scope, around: Surroundings | None, slots: tuple[Slot, ...]) -> list[tuple[str, ...]]:
    """Return the best combinations of arguments, best first."""
    if len(slots) > 5:
        return []
    beams: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for slot in slots:
        options = choices(scope, around, slot)
        if not options:
            return []
        grown = [
            (score + more - 2.0 * (text in given), (*given, f"{slot.name}={text}" if slot.keyword else text))
            for score, given in beams
            for text, more in options
        ]
        beams = heapq.nlargest(8, grown)
    return [given for _, given in beams[: _COMBINATIONS.get(len(slots), _MANY)]]


def choices(scope: Scope, around: Surroundings | None, slot: Slot) -> list[tuple[str, float]]:
    """Return up to a few expressions for one argument, with what speaks for each."""
    found: dict[str, float] = {}
    wanted = parts_of(slot.name)
    for name in scope.bound:
        if name not in KEYWORDS and name not in ("self", "cls"):
            found[name] = _worth(scope, name, slot, wanted) + (0.8 if name in scope.fresh else 0.0)
    for dotted, distance in scope.dotted.items():
        if distance < 30 or dotted.rpartition(".")[2] == slot.name:
            found[dotted] = _worth(scope, dotted, slot, wanted) - 0.5
    own = around.holders.get("self") if around is not None and "self" in scope.bound else None
    for mine in (slot.name, f"_{slot.name}"):
        if own and slot.name and mine in own.members:
            found.setdefault(f"self.{mine}", 1.5)
    for text in slot.stood[:6]:
        if all(scope.known(name) and (name in scope.last or name[:1].isupper()) for name in roots(text)):
            found[text] = found.get(text, -0.5 - 0.05 * len(text)) + 1.0
    if "self" in scope.bound and ("self" in slot.stood or not slot.name):
        found["self"] = found.get("self", 0.0)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_EACH]


def _worth(scope: Scope, text: str, slot: Slot, wanted: frozenset[str]) -> float:
    first, last = text.partition(".")[0], text.rpartition(".")[2]
    own = parts_of(last)
    distance = scope.dotted.get(text, scope.last.get(first, 99)) if "." in text else scope.last.get(first, 99)
    return (
        2.0 * (last.strip("_") == slot.name)
        + 1.2 * (len(own & wanted) / max(len(own | wanted), 1))
        + 0.5 * (last in scope.next)
        - 0.3 * math.log1p(distance)
    )


def adapted(scope: Scope, texts: Iterable[str]) -> Iterator[str]:
    """Yield texts in which names that nothing here binds are put into names of this place, by what they are made of."""
    for text in texts:
        strange = [name for name in dict.fromkeys(roots(text)) if not scope.known(name) and not name[:1].isupper()]
        if not 0 < len(strange) <= 2 or (strange and re.match(rf"\s*{re.escape(strange[0])}(?:,| =|: )", text)):
            continue
        options = [[name for name, _ in choices(scope, None, Slot(name)) if _NAME.match(name)][:2] for name in strange]
        if not all(options):
            continue
        for pick in range(2):
            out = text
            for name, names in zip(strange, options, strict=True):
                out = re.sub(rf"(?<![\w.]){name}\b(?!=)", names[min(pick, len(names) - 1)], out)
            yield out


def _tail(scope: Scope) -> str:
    """Return what closes the line behind a call: brackets that it opened itself, the colon of a header."""
    view = scope.view
    if view.after.strip():
        return ""
    opened = scan(view.before).brackets
    closed = "".join({"(": ")", "[": "]", "{": "}"}[bracket] for bracket, _ in reversed(opened))
    return closed + ":" * (view.before.lstrip().startswith(_COMPOUND) and view.statement == view.before)


__all__ = ["KEYWORDS", "Slot", "adapted", "choices", "fill", "heads_of", "signature_of", "split"]
