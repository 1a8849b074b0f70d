"""The house: what its files answer, asked at a path.

house = learn(root)
house.answer("layout.quotes", "src/app/new.py")     # None where the house has no habit
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from familiar_codegraph.conventions.habits import FileHabits
from familiar_codegraph.conventions.law import Law
from familiar_codegraph.conventions.packed import Packed
from familiar_codegraph.conventions.questions import QUESTIONS, base
from familiar_codegraph.conventions.resolving import Resolver, Tables
from familiar_codegraph.conventions.values import Answer, Pair, Violation
from familiar_codegraph.conventions.votes import Estimate, Minus, Votes, is_test

if TYPE_CHECKING:
    from familiar_codegraph.conventions.rules import Helper

FLOOR = 0.6
"""The lower bound of a share from which the house is said to have a habit (measured by leaving files out of other
projects than those of the benchmark: 93 % right)."""
_NEVER, _PURPOSE, _SPLIT, _HABIT = 2.0, 0.85, 0.71, 0.56
_FLOORS = {
    **dict.fromkeys(("naming.helper", "naming.attribute", "naming.exception-class", "errors.class"), _NEVER),
    **dict.fromkeys(("errors.chain", "docs.class", "docs.function"), _PURPOSE),
    **dict.fromkeys(("naming.constant", "naming.exception-variable"), _SPLIT),
    **dict.fromkeys(("naming.word", "api.keyword", "types.record", "docs.dialect"), _HABIT),
}
"""What hangs on the thing itself (is this function public, is this an error or a warning?) is counted and shown, but
never answered. What hangs on the purpose of the code needs more, and so does what one file often does in two ways; a
mere habit shows in a few files."""
_TALLY = msgspec.msgpack.Decoder(dict[str, dict[str, int]])
KEPT = 0.5
"""The share of the files' votes that a linter's rule needs to count as law."""
Tally = dict[str, dict[str, int]]


class House:
    """One repository's conventions. `without` gives the same house as if one file were not there."""

    def __init__(self, law: Law | None = None) -> None:
        self.law = law or Law()
        self.tables, self.votes = Tables(), Votes()
        self.resolver: Resolver | None = None
        self.tallies = Packed[Tally](msgspec.msgpack.encode, _TALLY.decode)
        self.weights: dict[str, float] = {}
        self.ages: dict[str, float] = {}
        self._left_out: Minus | None = None
        self._cache: dict[str, Any] = {}
        self._known: list[Pair] | None = None
        self._errors: tuple[Helper, ...] | None = None
        """As they were when first asked for: a save seldom changes which there are."""

    # ------------------------------------------------------------ counting

    def count(self, path: str) -> None:
        """Count a file anew: its habits stand in the tables; without them it is counted out."""
        self._known = self._cache.get("pairs", self._known)
        self._cache.clear()
        old = self.tallies.pop(path, None)
        if old is not None:
            self.votes.add(path, old, self.weights.get(path, 1.0), -1)
        habits = self.tables.habits.get(path)
        if habits is None or self.resolver is None:
            return
        tally, _ = self.resolver.tally(path, habits)
        tally = {q: counts for q, counts in tally.items() if counts_at(q, path)}
        self.tallies[path] = tally
        self.votes.add(path, tally, self.weights.get(path, 1.0))

    def weigh(self, ages: Mapping[str, float], weight: "Mapping[str, float]") -> None:
        """Take other weights of files, before they are counted."""
        self.ages, self.weights = dict(ages), dict(weight)

    # ------------------------------------------------------------ asking

    def answer(self, question: str, path: str) -> Answer | None:
        """Return what the house does at `path` (which need not exist), None where it has no habit or no opinion."""
        if not counts_at(question, path):
            return None
        estimate = self.votes.estimate(question, path, self._left_out)
        law = self.law.answer(question, path)
        if law and not self.is_kept(question, law.answer, estimate):
            law = None
        if estimate is None:
            return Answer(question, law.answer, 1.0, 1.0, source=law.source) if law else None
        if law:
            share = estimate.shares.get(law.answer, 0.0)
            return Answer(
                question, law.answer, share, 1.0, estimate.scope, law.source, *self._raw(question, law.answer, "")
            )
        low = estimate.low
        if low < floor(question):
            return None
        support, total = self._raw(question, estimate.answer, estimate.scope)
        return Answer(question, estimate.answer, estimate.share, low, estimate.scope, "", support, total)

    def estimate(self, question: str, path: str, plus: Minus | None = None) -> Estimate | None:
        """Return what the files say at `path`, configuration left aside; `plus` is the rest of the file itself.

        With `plus`, what was counted of the file before is left out.
        """
        minus = self._left_out
        if plus is not None and minus is None and path in self.tallies:
            minus = Minus(path, self.tallies[path], self.weights.get(path, 1.0))
        return self.votes.estimate(question, path, minus, plus)

    @staticmethod
    def is_kept(id: str, answer: str, estimate: Estimate | None) -> bool:
        """Return whether a configuration holds: formatters change every file, linters are told what to pass over."""
        return id.startswith("layout.") or estimate is None or estimate.shares.get(answer, 0.0) >= KEPT

    def case(self, question: str, path: str) -> str | None:
        """Return the case that names have at `path`: the majority's, None when there are next to none."""
        estimate = self.estimate(question, path)
        return estimate.answer if estimate and estimate.low >= 0.5 and estimate.answer != "other" else None

    def name(self, kind: str, text: str, path: str) -> str:
        """Return a new identifier as the house would spell it (see `naming.name`)."""
        from familiar_codegraph.conventions.naming import name

        return name(self, kind, text, path)

    def pairs(self) -> list[Pair]:
        """Return the house's own helpers beside what the world uses, surest first (see `pairs.pairs`)."""
        from familiar_codegraph.conventions.pairs import pairs

        if "pairs" not in self._cache:
            self._cache["pairs"] = pairs(self)
        found: list[Pair] = self._cache["pairs"]
        return found

    def helpers(self) -> list[Pair]:
        """Return the pairs as they were last worked out: a save changes counts, seldom helpers, and they take long."""
        return self._known if "pairs" not in self._cache and self._known is not None else self.pairs()

    def errors(self) -> "tuple[Helper, ...]":
        """Return the repository's own exceptions, each with the builtin that it derives from (see `raising`)."""
        from familiar_codegraph.conventions.raising import own_errors

        if self._errors is None:
            self._errors = own_errors(self)
        return self._errors

    def violations(self, path: str, data: bytes, spans: Sequence[tuple[int, int]]) -> list[Violation]:
        """Return what the house does otherwise in the new `spans` of a file (see `violations.violations`)."""
        from familiar_codegraph.conventions.violations import violations

        return violations(self, path, data, spans)

    def surprise(self, id: str) -> float:
        """Return the chance below which another answer is a violation here (see `violations.surprise`)."""
        from familiar_codegraph.conventions.violations import RARE, surprise

        if "surprise" not in self._cache:
            self._cache["surprise"] = surprise(self)
        found: dict[str, float] = self._cache["surprise"]
        return found.get(id, RARE)

    def _raw(self, question: str, answer: str, scope: str) -> tuple[int, int]:
        counts = dict(self.votes.counts.get(question, {}).get(scope, {}))
        out = self._left_out
        if out and question in out.tally and out.within(scope):
            for other, count in out.tally[question].items():
                counts[other] = counts.get(other, 0) - count
        return counts.get(answer, 0), sum(counts.values())

    def without(self, path: str) -> "House":
        """Return the house without that file's counts; quick, for nothing is copied."""
        view = House.__new__(House)
        view.__dict__.update(self.__dict__)
        view._left_out = Minus(path, self.tallies.get(path, {}), self.weights.get(path, 1.0))
        return view

    @property
    def left_out(self) -> Minus | None:
        return self._left_out

    def questions(self) -> Iterator[str]:
        """Yield the ids of the questions that were answered at least once, those of the table first."""
        yield from (q for q in QUESTIONS if q in self.votes.table)
        yield from sorted(q for q in self.votes.table if q not in QUESTIONS and "~" not in q)

    def files(self) -> Sequence[str]:
        """Return the paths of the files that were counted, sorted."""
        return sorted(self.tallies)

    def lines(self, path: str) -> Mapping[tuple[str, str], int]:
        """Return the line of the first occurrence of each (question, answer) in a file."""
        habits = self.tables.habits.get(path)
        return self.resolver.tally(path, habits)[1] if self.resolver is not None and habits is not None else {}

    def habits(self, path: str) -> FileHabits | None:
        return self.tables.habits.get(path)


def floor(id: str) -> float:
    """Return the lower bound from which a question is answered."""
    return _FLOORS.get(id.partition(":")[0], FLOOR)


def counts_at(id: str, path: str) -> bool:
    """Return whether a question is asked of a file of this kind."""
    if id == "naming.constant" and path.rpartition("/")[2] in ("conf.py", "settings.py"):
        return False  # the names are those of the tool that reads the file
    known = QUESTIONS.get(base(id))
    where = known.where if known else "any"
    return where == "any" or (where == "tests") == is_test(path)
