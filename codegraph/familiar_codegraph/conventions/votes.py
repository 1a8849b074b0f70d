"""Counts by question and scope, and what they say at a path.

A scope is the repository (""), a kind of file (`kind:tests`), or a folder (`src/app/`). A narrower scope is believed as
far as it has votes of its own; the wider one stands behind it with the strength that was measured for the question.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from familiar_codegraph.conventions.weighing import UNIT, concentration, wilson, worth

Tally = Mapping[str, Mapping[str, int]]
"""One file's counts: question -> answer -> occurrences."""
Shares = dict[str, int]
"""Answer -> millionths of votes."""


OWN = 4.0
"""How strong, in occurrences, the repository stands behind a file's own way."""
_DOCS = frozenset({"docs", "doc", "examples", "example", "docs_src", "tutorial", "scripts", "tools"})


class Estimate(NamedTuple):
    """The likeliest answer, its share, the votes behind that, the narrowest scope with votes, and all shares."""

    answer: str
    share: float
    votes: float
    scope: str
    shares: dict[str, float]

    @property
    def low(self) -> float:
        """The share's lower bound."""
        return wilson(self.share, self.votes)


def is_test(path: str) -> bool:
    """Return whether a path is that of a test file."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    return (
        any(folder in ("test", "tests", "__tests__") for folder in folders)
        or stem.startswith("test_")
        or stem.endswith("_test")
        or stem in ("tests", "conftest")
        or ".test." in name
        or ".spec." in name
    )


def kind_of(path: str) -> str:
    """Return the kind of a file by its path: tests, docs or code."""
    if is_test(path):
        return "tests"
    top = path.partition("/")[0].lower() if "/" in path else ""
    return (
        "docs" if top in ("docs", "doc", "examples", "example", "docs_src", "tutorial", "scripts", "tools") else "code"
    )


def scopes_of(path: str) -> list[str]:
    """Return the scopes that a file belongs to, the widest first."""
    found, at = ["", f"kind:{kind_of(path)}"], 0
    while (at := path.find("/", at) + 1) > 0:
        found.append(path[:at])
    return found


def is_wide(question: str) -> bool:
    """Return whether a question is asked of the repository as a whole: how a function is called hangs on it alone."""
    return question.startswith("api.")


def ballots(counts: Mapping[str, int], weight: float) -> Iterator[tuple[str, int]]:
    """Yield each answer's votes of one file, in millionths."""
    total = sum(counts.values())
    if total:
        value = worth(total) * weight * UNIT / total
        for answer, count in counts.items():
            yield answer, round(value * count)


class Votes:
    """The counts of a set of files. `table[question][scope]` are votes by answer; `own` are those of folders alone."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Shares]] = {}
        self.own: dict[str, dict[str, Shares]] = {}
        self.counts: dict[str, dict[str, dict[str, int]]] = {}
        """Occurrences, unweighed: question -> scope -> answer."""
        self._strength: dict[str, float] = {}

    def add(self, path: str, tally: Tally, weight: float = 1.0, sign: int = 1) -> None:
        """Count a file in, or out with `sign` -1 (with the same tally and weight)."""
        everywhere, folder = scopes_of(path), path.rpartition("/")[0]
        for question, counts in tally.items():
            scopes = everywhere[:1] if is_wide(question) else everywhere
            self._strength.pop(question, None)
            table, own = self.table.setdefault(question, {}), self.own.setdefault(question, {})
            raw = self.counts.setdefault(question, {})
            for scope in scopes:
                _added(raw.setdefault(scope, {}), counts, sign)
            for answer, votes in ballots(counts, weight):
                alone = () if is_wide(question) else (own.setdefault(folder, {}),)
                for shares in (*(table.setdefault(s, {}) for s in scopes), *alone):
                    left = shares.get(answer, 0) + sign * votes
                    if left:
                        shares[answer] = left
                    else:
                        shares.pop(answer, None)

    def estimate(
        self, question: str, path: str, minus: "Minus | None" = None, plus: "Minus | None" = None
    ) -> Estimate | None:
        """Return what is done at `path`; `minus` is a file that is left out, `plus` the rest of the file itself."""
        if not self.table.get(question):
            return None
        strength = self.strength(question, minus)
        shares: dict[str, float] = {}
        votes, narrowest = 0.0, ""
        for scope, here in self._levels(question, path, minus):
            if not here:
                votes = min(votes, strength)
                continue
            shares, votes, grew = _blended(shares, votes, here, strength)
            narrowest = scope if grew else narrowest
        if plus and question in plus.tally:  # of its own habits, a file's every line is a vote
            here = {answer: count * UNIT for answer, count in plus.tally[question].items()}
            shares, votes, _ = _blended(shares, votes, here, min(strength, OWN))
        if not shares or votes <= 0:
            return None
        answer = min(shares, key=lambda a: (-shares[a], a))
        return Estimate(answer, shares[answer], votes, narrowest, shares)

    def _levels(self, question: str, path: str, minus: "Minus | None") -> Iterator[tuple[str, Shares]]:
        """Yield the scopes of `path` with their votes, the widest first; last its own folder without those below."""
        table, leaving = self.table[question], minus is not None and question in minus.tally
        here: Shares = {}
        scope = ""
        for scope in ("",) if is_wide(question) else scopes_of(path):
            here = table.get(scope, {})
            if leaving and minus and here and minus.within(scope):
                here = minus.take(question, here)
            yield scope, here
        folder = path.rpartition("/")[0]
        beside = self.own.get(question, {}).get(folder, {})
        if leaving and minus and beside and folder == minus.path.rpartition("/")[0]:
            beside = minus.take(question, beside)
        if 0 < sum(beside.values()) < sum(here.values()):  # there are folders in it
            yield scope, beside

    def strength(self, question: str, minus: "Minus | None" = None) -> float:
        """Return how strong, in votes, a wider scope stands behind a narrower one for this question."""
        leaving = minus is not None and question in minus.tally
        if not leaving and question in self._strength:
            return self._strength[question]
        groups: list[tuple[int, Shares]] = []
        for folder in sorted(own := self.own.get(question, {})):
            here = own[folder]
            if leaving and minus and folder == minus.path.rpartition("/")[0]:
                here = minus.take(question, here)
            groups.append((sum(here.values()), here))
        total: dict[str, int] = {}
        for _, here in groups:
            for answer, votes in here.items():
                total[answer] = total.get(answer, 0) + votes
        everything = sum(total.values())
        if not everything:
            return 1.0
        top = min(total, key=lambda a: (-total[a], a))
        found = concentration(
            [(votes / UNIT, here.get(top, 0) / votes) for votes, here in groups if votes], total[top] / everything
        )
        if not leaving:
            self._strength[question] = found
        return found


class Minus(NamedTuple):
    """One file's part of the votes."""

    path: str
    tally: Tally
    weight: float

    def within(self, scope: str) -> bool:
        return scope in scopes_of(self.path)

    def take(self, question: str, shares: Shares) -> Shares:
        """Return `shares` without this file's votes."""
        left = dict(shares)
        for answer, votes in ballots(self.tally[question], self.weight):
            left[answer] = left.get(answer, 0) - votes
            if left[answer] <= 0:
                del left[answer]
        return left


def _added(into: dict[str, int], counts: Mapping[str, int], sign: int) -> None:
    for answer, count in counts.items():
        left = into.get(answer, 0) + sign * count
        if left:
            into[answer] = left
        else:
            into.pop(answer, None)


def _blended(
    wide: dict[str, float], votes: float, here: Mapping[str, int], strength: float
) -> tuple[dict[str, float], float, bool]:
    """Put a narrower scope's votes on top of a wider one's shares, which count as `strength` votes at most."""
    own = sum(here.values()) / UNIT
    if own <= 0:
        return wide, min(votes, strength) if votes else 0.0, False
    behind = min(votes, strength)
    total = own + behind
    shares = {a: wide.get(a, 0.0) * behind / total for a in wide}
    for answer, count in here.items():
        shares[answer] = shares.get(answer, 0.0) + count / UNIT / total
    return shares, total, True
