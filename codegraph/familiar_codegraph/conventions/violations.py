"""Where new code does what the house does not.

Hints are rationed, so that nobody is preached at. What is flagged must be a surprise: `surprise` measures, on the
repository itself, which chance of an answer is so small that hardly a function holds anything rarer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from familiar_codegraph.conventions.fixes import Source, fix
from familiar_codegraph.conventions.habits import Walked
from familiar_codegraph.conventions.house import KEPT, House, counts_at
from familiar_codegraph.conventions.learning import read
from familiar_codegraph.conventions.questions import SHADED, base, question
from familiar_codegraph.conventions.values import Occurrence, Violation
from familiar_codegraph.conventions.votes import OWN, Estimate, Minus, is_test

RATION = 0.062
"""Findings that all questions together may have in the house's own code, for each function of it (measured on code
that was set aside, half of these are in a function that was drawn)."""
_GROWTH = 0.5
"""How a question's part grows with the number of its occurrences, as an exponent."""
LEAST = 3.0
"""Votes without which nothing is flagged."""
RARE = 0.15
"""The chance above which nothing is ever flagged."""
_SILENT = frozenset({
    "errors.class", "naming.helper", "naming.attribute", "structure.all", "tests.file", "tests.raises", "types.record",
    "imports.form", "naming.exception-class",
})  # fmt: skip
"""Questions whose answer depends on what the code is for: no violation of anything."""


_OWN_REASON = frozenset({
    ("naming.variable", "other"), ("naming.function", "other"), ("naming.exception-variable", "other"),
    ("types.parameters", "some"),
})  # fmt: skip
"""Answers that have a reason of their own (`test_no_OK`, `key_error`, one parameter that is hard to annotate)."""


def violations(
    house: House, path: str, data: bytes, spans: Sequence[tuple[int, int]], walked: Walked | None = None
) -> list[Violation]:
    """Return what the house does otherwise in the new `spans` (byte ranges) of `data`, the whole file, in order."""
    walked = walked or read(path, data)
    if walked is None:
        return []
    everything = [o for o in occurrences(house, path, walked) if counts_at(o.question, path)]
    inside = [o for o in everything if any((s < o.end and o.start < e) or s == o.start for s, e in spans)]
    chosen = set(map(id, inside))
    rest: dict[str, Counter[str]] = defaultdict(Counter)
    for occurrence in everything:
        if id(occurrence) not in chosen:
            rest[occurrence.question][occurrence.answer] += 1
    own = Minus(path, rest, 1.0)
    source = Source(path, data)
    found = (_judged(house, path, o, own, source) for o in inside)
    return sorted((v for v in found if v), key=lambda v: (v.start, v.end, v.question))


def occurrences(house: House, path: str, walked: Walked) -> Iterator[Occurrence]:
    """Yield a file's occurrences with those that need other files."""
    yield from walked.occurrences
    if house.resolver is None:
        return
    for occurrence, _ in house.resolver.closed(path, walked.habits.opens, walked.habits.imports):
        yield occurrence
    for call, start, end in walked.sites:
        for id, answer, _ in house.resolver.keywords(path, [call]):
            yield Occurrence(id, answer, start, end)


def _judged(house: House, path: str, occurrence: Occurrence, own: Minus, source: Source) -> Violation | None:
    id, here = occurrence.question, occurrence.answer
    law = house.law.answer(base(id), path)
    if law is not None and "~" in id:
        return None  # said of the question itself
    if law is None and (family(id) in _SILENT or id in SHADED or (id, here) in _OWN_REASON):
        return None
    estimate = house.estimate(id, path, plus=own)
    if law is not None:
        if estimate is not None and estimate.shares.get(law.answer, 0.0) < KEPT:
            return None  # the configuration is there, and nobody keeps it
        wanted, sure, why = law.answer, 1.0, law.source
    elif estimate is None or estimate.votes < LEAST or estimate.shares.get(here, 0.0) > house.surprise(id):
        return None
    else:
        wanted, sure = estimate.answer, estimate.low
        why = f"{estimate.share:.0%} of {estimate.scope or 'the repository'}"
    if wanted == here:
        return None
    message = f"House convention: {question(id).say.format(wanted)} ({why}); here: {here}."
    asked = base(id)
    edits = fix(asked, here, wanted, source, occurrence.start, occurrence.end)
    return Violation(path, occurrence.start, occurrence.end, asked, here, wanted, sure, message, edits)


def surprise(house: House) -> dict[str, float]:
    """Return, by question, the chance below which an answer is rare here: those that were ever rare.

    Every occurrence that is not what the house does has a chance, with it left out. A question's threshold is where
    the rarest of its own would use up its part of `RATION`, which grows with the root of how often it is answered.
    """
    functions = max(1, sum(len(h.functions) for h in house.tables.habits.values()))
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    wide: dict[tuple[str, str, bool], Estimate | None] = {}
    for path, tally in house.tallies.items():
        folder, tests = path.rpartition("/")[0], is_test(path)
        for id, counts in tally.items():
            if family(id) in _SILENT or id in SHADED:
                continue
            key = id, folder, tests
            if key not in wide:
                wide[key] = house.votes.estimate(id, path)
            behind = wide[key]
            if behind is None or behind.votes < LEAST or (len(counts) == 1 and behind.answer in counts):
                continue
            strength = min(behind.votes, OWN)
            total = sum(counts.values()) - 1 + strength
            for answer, count in counts.items():
                chance = (count - 1 + strength * behind.shares.get(answer, 0.0)) / total
                if chance < RARE and (id, answer) not in _OWN_REASON:
                    found[family(id)].append((chance, count))
    volume: dict[str, float] = defaultdict(float)
    for id, scopes in house.votes.counts.items():
        if family(id) not in _SILENT and id not in SHADED:
            volume[family(id)] += sum(scopes.get("", {}).values())
    rooted = {id: times**_GROWTH for id, times in volume.items()}
    part = RATION * functions / (sum(rooted.values()) or 1.0)
    thresholds = {id: _threshold(rows, part * rooted.get(id, 0.0)) for id, rows in found.items()}
    return {id: thresholds[family(id)] for id in house.votes.table if family(id) in thresholds}


def family(id: str) -> str:
    """Return what shares one ration: a question, or all of those that have its first part."""
    return id.partition(":")[0]


def _threshold(rows: list[tuple[float, int]], ration: float) -> float:
    spent = 0
    for chance, count in sorted(rows):
        spent += count
        if spent > ration:
            return chance - 1e-9
    return RARE
