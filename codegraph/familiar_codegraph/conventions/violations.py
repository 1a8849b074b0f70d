"""Where new code does what the house does not.

Hints are rationed, so that nobody is preached at: a question may speak only if it would flag hardly anything of what
the house has written itself. `speaking` counts, for every question, the places of the repository that it would have
flagged, and lets questions in, those with the fewest first, until one function in fifty would be flagged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from familiar_codegraph.conventions.fixes import Source, fix
from familiar_codegraph.conventions.habits import Walked
from familiar_codegraph.conventions.house import House, counts_at
from familiar_codegraph.conventions.learn import read
from familiar_codegraph.conventions.questions import question
from familiar_codegraph.conventions.values import Occurrence, Violation
from familiar_codegraph.conventions.votes import Minus

RATION = 0.02
"""The share of the house's own functions that may be flagged by all questions together."""
SURE = 0.8
"""The lower bound of a share from which doing otherwise is a violation."""
_SILENT = frozenset({
    "docs.function", "docs.class", "errors.class", "naming.helper", "naming.attribute", "structure.all", "tests.file",
    "tests.raises", "types.record", "imports.form", "imports.future-annotations",
})  # fmt: skip
"""Questions whose answer depends on what the code is for: no violation of anything."""
_FOREIGN = 0.2
"""The share of a file's other occurrences that does as the new one, from which the file has its own way."""


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
    speaking = house.speaking()
    source = Source(path, data)
    found = (_judged(house, path, o, own, speaking, source) for o in inside)
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


def _judged(
    house: House, path: str, occurrence: Occurrence, own: Minus, speaking: frozenset[str], source: Source
) -> Violation | None:
    id, here = occurrence.question, occurrence.answer
    law = house.law.answer(id, path)
    if law is None and (id not in speaking or id in _SILENT):
        return None
    rest = own.tally.get(id, {})
    if rest.get(here, 0) > _FOREIGN * sum(rest.values()):
        return None
    estimate = house.estimate(id, path, plus=own)
    if law is not None:
        wanted, sure, why = law.answer, 1.0, law.source
        if estimate is not None and estimate.shares.get(wanted, 0.0) < 0.5:
            return None  # the configuration is there, and nobody follows it
    elif estimate is None or estimate.low < SURE:
        return None
    else:
        wanted, sure = estimate.answer, estimate.low
        why = f"{estimate.share:.0%} of {estimate.scope or 'the repository'}"
    if wanted == here:
        return None
    message = f"House convention: {question(id).say.format(wanted)} ({why}); here: {here}."
    edits = fix(id, here, wanted, source, occurrence.start, occurrence.end)
    return Violation(path, occurrence.start, occurrence.end, id, here, wanted, sure, message, edits)


def speaking(house: House) -> frozenset[str]:
    """Return the questions that may speak: together they would flag hardly anything that the house has written."""
    functions = max(1, sum(len(h.functions) for h in house.tables.habits.values()))
    flagged: Counter[str] = Counter()
    wanted: dict[tuple[str, str], str | None] = {}
    for path, tally in house.tallies.items():
        folder = path.rpartition("/")[0]
        kind = "t" if not counts_at("docs.class", path) else ""
        for id, counts in tally.items():
            key = id, f"{folder}{kind}"
            if key not in wanted:
                estimate = house.votes.estimate(id, path)
                wanted[key] = estimate.answer if estimate and estimate.low >= SURE else None
            answer = wanted[key]
            total = sum(counts.values())
            if answer is None or (len(counts) == 1 and (answer in counts or total > 2)):
                continue
            other = total - counts.get(answer, 0)
            if other <= max(1.0, _FOREIGN * total):
                flagged[id] += other
    spent, found = 0, set[str]()
    for id in sorted(house.votes.table, key=lambda q: (flagged[q], q)):
        spent += flagged[id]
        if spent > RATION * functions:
            break
        found.add(id)
    return frozenset(found)
