"""What the house wants at one path, as a small value: it goes to whoever writes code there."""

from typing import TYPE_CHECKING

import msgspec

from familiar_codegraph.conventions.defaults import CONTAINERS
from familiar_codegraph.conventions.questions import QUESTIONS, question

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House
    from familiar_codegraph.conventions.values import Pair

SURE, SHARE = 0.7, 0.8
"""The lower bound of a share and the share from which text is changed to follow it: five files that agree do."""


class Helper(msgspec.Struct, frozen=True):
    """The house's `house` (dotted, in the file `path`) stands for `default`."""

    default: str
    house: str
    path: str
    confidence: float
    parameters: tuple[str, ...] = ()
    """Those of a function, as they are named."""


class Rules(msgspec.Struct, frozen=True):
    """`answers` by question, with the evidence in words (`why`); `cases` of new names; the file's dotted `package`."""

    path: str
    answers: dict[str, str] = {}
    why: dict[str, str] = {}
    cases: dict[str, str] = {}
    helpers: tuple[Helper, ...] = ()
    package: str = ""
    errors: tuple[Helper, ...] = ()
    """The house's own exceptions: `default` is the builtin that each derives from."""

    def reason(self, id: str) -> str:
        """Return one sentence: what the house does, and on what evidence."""
        return f"{question(id).say.format(self.answers[id])} ({self.why[id]})"


CASES = ("naming.function", "naming.class", "naming.constant", "naming.variable")


def rules_at(house: "House", path: str) -> Rules:
    """Return the house's rules at `path`: what is sure enough to change text by."""
    answers: dict[str, str] = {}
    why: dict[str, str] = {}
    for id in house.questions():
        if id.startswith("api."):
            continue
        known = QUESTIONS.get(id)
        if known is not None and "completion" not in known.uses:
            continue
        answer = house.answer(id, path)
        if answer is not None and answer.confidence >= SURE and answer.share >= SHARE:
            answers[id] = answer.answer
            where = answer.scope.removeprefix("kind:")
            counted = f"{answer.support} of {answer.total}" + (f" in {where}" if where else "")
            why[id] = answer.source or counted
    cases = {id: case for id in CASES if (case := house.case(id, path))}
    usual = (p for p in house.helpers() if p.calls_house >= p.calls_default or p.default in CONTAINERS)
    helpers = tuple(Helper(p.default, p.house, p.path, p.confidence, _parameters(house, p)) for p in usual)
    package = ""
    if house.resolver is not None and house.resolver.top_package(path):
        package = house.resolver.dotted(path.rpartition("/")[0] + "/__init__.py")
    return Rules(path, answers, why, cases, helpers, package, house.errors())


def _parameters(house: "House", pair: "Pair") -> tuple[str, ...]:
    """Return the parameters of a helper that is a function."""
    functions = house.resolver.tables.functions.get(pair.path, {}) if house.resolver is not None else {}
    found = functions.get(pair.house.rpartition(".")[2])
    return found.parameters if found is not None else ()
