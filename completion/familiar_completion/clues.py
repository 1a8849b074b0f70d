"""What speaks for and against a whole text at the cursor, whatever it comes from: the second look at the candidates.

The first look (`attention`) weighs places. These signals are of the text itself, in the light of what stands around
the cursor: whether its names are known here and wait for a use, whether its arguments are named like the parameters,
whether its brackets fit the line below, how it resembles the lines next to it. `ranker` weighs them.
"""

import math
import re
from collections.abc import Mapping

from familiar_codegraph.surroundings import Surroundings

from familiar_completion.analogy import step
from familiar_completion.attention import Weighed
from familiar_completion.constructing import KINDS
from familiar_completion.filling import signature_of
from familiar_completion.places import parts_of
from familiar_completion.scope import KEYWORDS, Scope, binds, roots, split, tokens

SIGNALS = (
    "first look",
    "rank",
    "support",
    "a copy",
    "a chain or the graph's",
    "written out",
    "order",
    "below",
    "in this file",
    "length",
    "known names",
    "unknown names",
    "bound here",
    "waiting names",
    "a waiting name",
    "distance",
    "farthest",
    "arguments",
    "named like parameters",
    "parts of parameters",
    "does not fit the signature",
    "signature known",
    "called in the file",
    "receiver and name in the file",
    "no such member",
    "opens as the line below is",
    "opens otherwise",
    "ends the block",
    "begins like the line above",
    "begins like the line below",
    "like the line above",
    "like the line below",
    "the same line near by",
    "binds what is used below",
    "binds again",
    "parts of the purpose",
    "names of the line below",
    "an argument twice",
    "calls itself",
    "brackets left open",
    "share of the best",
    "its call elsewhere",
    "binds what is needed below",
    "binds nothing that is needed",
    "names bound elsewhere only",
    "a decorator where one belongs",
    "no decorator where one belongs",
    "a decorator where none belongs",
    "a step from the line above",
    "a step from the line below",
    "names that nothing else uses",
    "none of the names that nothing else uses",
    *KINDS,
)
_ENDS = ("return", "raise", "continue", "break", "pass", "yield")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_OWN = re.compile(r"\b(?:for|lambda)\b")
_TARGET = re.compile(r"\s*((?:self\.)?\w+)(?:: [^=]+)? = ")
_NAME = re.compile(r"[^\W\d]\w*")
_KEYWORD = re.compile(r"\w+\s*=[^=]")
_CALLED = re.compile(r"([\w.]*?)(\w+)\($")


def clues(
    scope: Scope, around: Surroundings | None, candidates: list[Weighed], written: Mapping[str, str]
) -> list[tuple[float, ...]]:
    """Return the signals (as in `SIGNALS`) of each candidate; `candidates` are in the order of the first look."""
    view = scope.view
    above, below = _line(scope.above[-1:]), _line(scope.below[:1])
    near = {line.strip() for line in (*scope.above, *scope.below)}
    deeper = bool(scope.below) and _indent(scope.below[0]) > scope.indent
    shallower = not scope.below or _indent(scope.below[0]) < scope.indent
    text_near = view.prefix[-6000:] + view.suffix[:6000]
    depth = len(view.state.brackets)
    best = candidates[0].chance if candidates else 1.0
    like_above, like_below = frozenset(above), frozenset(below)
    last_above, first_below = scope.above[-1] if scope.above else None, scope.below[0] if scope.below else None
    heads = [item.text.partition("(")[:2] for item in candidates]
    calls: dict[str, float] = {}
    for item, (called, _) in zip(candidates, heads, strict=True):
        calls[called] = calls.get(called, 0.0) + item.chance
    callees = {head: _callee(scope, around, *head, text_near) for head in dict.fromkeys(heads)}
    waits = scope.idle & scope.fresh
    own_call = f"{scope.function}(" if scope.function is not None else None
    out = []
    for rank, (item, head) in enumerate(zip(candidates, heads, strict=True)):
        text = item.text
        own_names = frozenset(binds(view.before + text)) if _OWN.search(text) else frozenset()
        names = [name for name in roots(text) if name not in own_names]
        every = _NAME.findall(text)
        known = [name for name in names if scope.known(name) or (around is not None and name in around.names)]
        bound = [name for name in names if name in scope.bound]
        waiting = len({name for name in names if name in scope.fresh})
        ages = [math.log1p(scope.last.get(name, 300)) for name in names]
        whole = (view.before + text).strip()
        own_tokens, all_tokens = tokens(text), tokens(whole)
        words = frozenset(all_tokens)
        opener = all_tokens[0] if all_tokens else ""
        opens = whole.partition("#")[0].rstrip().endswith((":", "(", "[", "{"))
        target = _TARGET.match(whole)
        bind = target[1] if target and not view.before.strip() else ""
        own = parts_of(" ".join((*names, head[0])))
        arguments = _arguments(scope, around, text)
        place = item.best
        out.append(
            (
                math.log(max(item.chance, 1e-5)),
                math.log1p(rank),
                math.log1p(item.support),
                float(place is not None),
                float(place is None and text not in written),
                float(text in written),
                math.log1p(place.order) if place else 0.0,
                math.log1p(place.below) if place else 0.0,
                float(place is not None and place.hay < 2),
                math.log1p(len(own_tokens)),
                len(known) / len(names) if names else 1.0,
                float(min(len(names) - len(known), 3)),
                len(bound) / len(names) if names else 0.0,
                float(min(waiting, 3)),
                float(waiting > 0),
                sum(ages) / len(ages) if ages else 0.0,
                max(ages, default=0.0),
                *arguments,
                *callees[head],
                float(opens and deeper),
                float(opens != deeper),
                float(opener in _ENDS and shallower) - float(opener in _ENDS and not shallower),
                float(bool(above) and opener == above[0]),
                float(bool(below) and opener == below[0]),
                _alike(words, like_above),
                _alike(words, like_below),
                float(whole in near),
                float(bool(bind) and bind.rpartition(".")[2] in scope.next),
                float(bool(bind) and bind in scope.bound),
                len(own & scope.purpose) / len(own) if own else 0.0,
                sum(name in scope.next for name in names) / len(names) if names else 0.0,
                float(len(set(bound)) < len(bound)),
                float(own_call is not None and own_call in text),
                float(not deeper and depth + _opened(own_tokens) > 0),
                item.chance / best if best else 0.0,
                math.log(max(calls[head[0]], 1e-5)),
                *place_of(scope, text),
                float(last_above is not None and step(last_above, whole) is not None),
                float(first_below is not None and step(whole, first_below) is not None),
                math.log1p(len(idle := scope.idle.intersection(every))),
                float(bool(waits) and not idle),
                *(float(written.get(text) == kind) for kind in KINDS),
            )
        )
    return out


def place_of(scope: Scope, text: str) -> tuple[float, ...]:
    """Return how a text fits its place: what it binds, whether it sees what it names, whether it should decorate."""
    line = scope.view.before + text
    bound = frozenset(binds(line))
    unseen = [name for name in roots(text) if name not in bound and not scope.visible(name)]
    decorator = line.lstrip().startswith("@")
    return (
        float(len(bound & scope.needed)),
        float(bool(scope.needed) and not bound & scope.needed),
        float(min(len(unseen), 3)),
        float(decorator and scope.decorates),
        float(not decorator and scope.decorates),
        float(decorator and not scope.decorates),
    )


def closes_too_much(scope: Scope, text: str) -> bool:
    """Whether a text closes brackets that nothing opened."""
    depth = len(scope.view.state.brackets)
    for token in tokens(text):
        depth += _BRACKETS.get(token, 0)
        if depth < 0:
            return True
    return False


def _opened(text: tuple[str, ...]) -> int:
    """Return how many brackets the tokens open, less those that they close."""
    return sum([_BRACKETS[token] for token in text if token in _BRACKETS])


def _arguments(scope: Scope, around: Surroundings | None, text: str) -> tuple[float, ...]:
    """Return how the arguments of the first call fit its parameters."""
    at = text.find("(")
    if at <= 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    end = _closing(text, at)
    given = split(text[at + 1 : end])
    signature = signature_of(scope, around, text[: at + 1])
    if signature is None:
        return math.log1p(len(given)), 0.0, 0.0, 0.0, 0.0
    same = alike = 0.0
    keywords = {part.partition("=")[0].strip() for part in given if _KEYWORD.match(part)}
    places = [p.name for p in signature]
    for number, part in enumerate(given):
        if number < len(places) and not _KEYWORD.match(part):
            last = re.sub(r"\(.*", "", part).rpartition(".")[2].strip("_")
            same += last == places[number]
            mine, theirs = parts_of(last), parts_of(places[number])
            alike += len(mine & theirs) / max(len(mine | theirs), 1)
    lacking = sum(p.required and at_ >= len(given) - len(keywords) and p.name not in keywords
                  for at_, p in enumerate(signature))  # fmt: skip
    starred = any(part.startswith("*") for part in given) or any(p.kind in (3, 5) for p in signature)
    wrong = not starred and (lacking > 0 or len(given) > len(places))
    count = max(len(given), 1)
    return math.log1p(len(given)), same / count, alike / count, float(wrong), 1.0


def _callee(
    scope: Scope, around: Surroundings | None, head: str, bracket: str, near: str
) -> tuple[float, float, float]:
    """Return how often the file calls what stands before a text's first `bracket`, if it has one."""
    found = _CALLED.search(f"{scope.view.before}{head}(") if bracket else None
    if found is None:
        return 0.0, 0.0, 0.0
    dotted, name = found[1].rstrip("."), found[2]
    holder = around.holders.get(dotted) if around is not None and dotted else None
    missing = holder is not None and holder.closed and name not in holder.members
    pair = near.count(f"{dotted}.{name}(") if dotted else 0
    return math.log1p(scope.called(name)), math.log1p(pair), float(missing)


def _closing(text: str, at: int) -> int:
    depth = 0
    for index in range(at, len(text)):
        depth += (text[index] in "([{") - (text[index] in ")]}")
        if not depth:
            return index
    return len(text)


def _line(lines: list[str]) -> tuple[str, ...]:
    return tokens(lines[0].strip()) if lines else ()


def _alike(words: frozenset[str], other: frozenset[str]) -> float:
    return len(words & other) / max(len(words | other), 1) if other else 0.0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


__all__ = ["KEYWORDS", "SIGNALS", "clues"]
