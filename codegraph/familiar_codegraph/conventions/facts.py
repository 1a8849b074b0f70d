"""A house's facts, each with its evidence: for the repository, and for folders and kinds of files that differ."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import median_low

from familiar_codegraph.conventions.house import House, floor
from familiar_codegraph.conventions.questions import question
from familiar_codegraph.conventions.values import Example, Fact, Trend
from familiar_codegraph.conventions.votes import Estimate, scopes_of
from familiar_codegraph.conventions.weighing import UNIT, wilson

_FEW = 3
"""Occurrences without which nothing is said."""
_FILES = 3
"""Files without which a folder is not spoken of."""
_FIRM = 0.85
"""The lower bound from which a habit is shown as one, answered or not."""
_SHIFT = 0.1
"""The difference in share between newer and older files that is a trend."""


Counted = dict[str, Mapping[str, int]]
"""Path -> occurrences by answer."""


class Seen:
    """What all files answer, by question, and where: unpacked once for a page of facts."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.counts: dict[str, Counted] = defaultdict(dict)
        self._lines: dict[str, Mapping[tuple[str, str], int]] = {}
        for path in house.files():
            for id, counts in house.tallies[path].items():
                if not id.startswith("api."):
                    self.counts[id][path] = counts

    def line(self, path: str, id: str, answer: str) -> int:
        if path not in self._lines:
            self._lines[path] = self.house.lines(path)
        return self._lines[path][id, answer]


def facts(house: House) -> list[Fact]:
    """Return the facts of the repository, then of the folders and kinds that do otherwise, in a settled order."""
    found: list[Fact] = []
    seen = Seen(house)
    for id in house.questions():
        if id.startswith("api."):
            continue
        whole = _fact(house, id, "", seen)
        if whole is None:
            continue
        found.append(whole)
        for scope in sorted(house.votes.table[id]):
            if not scope:
                continue
            part = _fact(house, id, scope, seen)
            if part is None or part.contested or part.source or part.files < _FILES or part.total < 2 * _FEW:
                continue
            if part.answer != whole.answer or whole.contested:
                found.append(part)
    return list(_leading(found))


def _leading(found: list[Fact]) -> Iterator[Fact]:
    """Leave out folders that only do as a folder around them does."""
    known: dict[tuple[str, str], str] = {}
    for fact in found:
        around = [s for (id, s), a in known.items() if id == fact.question and a == fact.answer]
        if any(fact.scope.startswith(s) for s in around if s.endswith("/")):
            continue
        known[fact.question, fact.scope] = fact.answer
        yield fact


def at(house: House, path: str) -> list[Fact]:
    """Return what holds at `path` (a file or folder), which need not exist."""
    found = []
    seen = Seen(house)
    for id in house.questions():
        answer = None if id.startswith("api.") else house.answer(id, path)
        if answer is None:
            continue
        fact = _fact(house, id, answer.scope, seen)
        if fact is not None and fact.answer == answer.answer:
            found.append(fact)
    return found


def _fact(house: House, id: str, scope: str, seen: Seen) -> Fact | None:
    counts = house.votes.counts.get(id, {}).get(scope, {})
    estimate = _estimate(house, id, scope)
    total = sum(counts.values())
    if estimate is None or total < _FEW:
        return None
    law = None if scope else house.law.answer(id, "x.ts" if id.startswith("ts.") else "x.py")
    answer = law.answer if law else estimate.answer
    share = estimate.shares.get(answer, 0.0)
    low = 1.0 if law else wilson(share, estimate.votes)
    ranked = sorted(estimate.shares.items(), key=lambda item: (-item[1], item[0]))
    contested = tuple((a, round(s, 4)) for a, s in ranked) if low < min(floor(id), _FIRM) else ()
    holding = {p: counts for p, counts in seen.counts.get(id, {}).items() if not scope or scope in scopes_of(p)}
    return Fact(
        question=id,
        answer=answer,
        support=counts.get(answer, 0),
        total=total,
        files=len(holding),
        share=round(share, 4),
        confidence=round(low, 4),
        scope=scope,
        trend=_trend(house, answer, holding),
        examples=_examples(seen, id, answer, holding),
        contested=contested,
        source=law.source if law else "",
        default=question(id).default,
    )


def _estimate(house: House, id: str, scope: str) -> Estimate | None:
    if scope.endswith("/"):
        return house.votes.estimate(id, f"{scope}x.py")
    shares = house.votes.table.get(id, {}).get(scope, {})
    votes = sum(shares.values())
    if not votes:
        return None
    ratios = {answer: count / votes for answer, count in shares.items()}
    answer = min(ratios, key=lambda a: (-ratios[a], a))
    return Estimate(answer, ratios[answer], votes / UNIT, scope, ratios)


def _examples(seen: Seen, id: str, answer: str, holding: Counted) -> tuple[Example, ...]:
    """Three places in as many files, those that changed last first, then those that do so most."""
    found = [path for path in holding if answer in holding[path]]
    found.sort(key=lambda p: (seen.house.ages.get(p, 0.0), -holding[p][answer], p))
    return tuple(Example(path, seen.line(path, id, answer)) for path in found[:3])


def _trend(house: House, answer: str, holding: Counted) -> Trend:
    """Compare the files that changed lately with the others."""
    dated = [path for path in holding if path in house.ages]
    if len(dated) < 2 * _FILES:
        return "unknown"
    middle = median_low(house.ages[path] for path in dated)
    newer = [holding[path] for path in dated if house.ages[path] <= middle]
    older = [holding[path] for path in dated if house.ages[path] > middle]
    if len(newer) < _FILES or len(older) < _FILES:
        return "unknown"
    shift = _mean(answer, newer) - _mean(answer, older)
    return "rising" if shift > _SHIFT else "falling" if shift < -_SHIFT else "steady"


def _mean(answer: str, listed: list[Mapping[str, int]]) -> float:
    return sum(counts.get(answer, 0) / sum(counts.values()) for counts in listed) / len(listed)


def rules_text(house: House, limit: int = 40) -> str:
    """Return a short rules file: one line for each habit that departs from the default or is the configuration's."""
    lines = ["# How this repository does things", "", "Counted in its own files; nothing here is an opinion.", ""]
    chosen = [f for f in facts(house) if not f.contested and (f.answer != f.default or f.source)]
    chosen.sort(key=lambda f: (f.scope, f.question.startswith("naming.word"), -f.confidence, f.question))
    for fact in chosen[:limit]:
        where = f" in `{fact.scope.removeprefix('kind:')}`" if fact.scope else ""
        evidence = fact.source or f"{fact.support} of {fact.total}"
        lines.append(f"- {question(fact.question).say.format(fact.answer)}{where} ({evidence})")
    if pairs := house.pairs():
        lines += ["", "## The house's own helpers", ""]
        lines += [f"- `{p.house}`, not `{p.default}` ({p.path}:{p.line})" for p in pairs[:limit] if p.confidence >= 0.5]
    return "\n".join(lines) + "\n"
