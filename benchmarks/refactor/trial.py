"""One trial: what a product answers to one rename, and the class that the judge puts the answer in.

    correct             edited, and no oracle of `judge` objects
    silently broken     edited, and one does
    asked               a blocking question; `answered` says whether one answer to all of them gives a correct edit
    refused rightly     and no forced edit is right either
    refused needlessly  but a forced edit is right
    crash, no-op        an exception; neither edit, question nor refusal

Forced edits are the product's own with every question taken or skipped, and every token of the name replaced.
"""

import keyword
import re
import resource
import time
import tokenize
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from benchmarks.refactor import faults
from benchmarks.refactor.draw import Trial
from benchmarks.refactor.judge import Judge, Ruling


class Answer(msgspec.Struct, frozen=True):
    """What a product says: `changed` (path -> bytes after), or why not; `asks` are the places it asks about."""

    changed: dict[str, bytes] = {}
    refused: str | None = None
    asks: tuple[str, ...] = ()
    status: str = ""


class Product(Protocol):
    """A refactoring engine under test, on one project."""

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        """Answer one rename; `answers` is "take" or "skip": so every question is answered."""

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        """Rename back on the changed tree, None where that cannot be asked; `changed` of the answer is whole files."""

    def end(self) -> None: ...


class Result(msgspec.Struct, frozen=True):
    """One trial with its class; `possible`: a correct edit exists; `fault`: "", "flagged by ..." or "missed ...";
    `status`: what the product called it. Seconds are of the clock, `cpu_seconds` of the judge and the suite."""

    project: str
    trial: Trial
    outcome: str
    detail: str = ""
    possible: bool = False
    answered: bool = False
    fault: str = ""
    inverse: str = ""
    status: str = ""
    product_seconds: float = 0.0
    judge_seconds: float = 0.0
    cpu_seconds: float = 0.0


Edits = Callable[[Trial], Iterator[Mapping[str, bytes]]]
Planter = Callable[[Trial, Mapping[str, bytes]], tuple[str, dict[str, bytes]] | None]


class Kind(NamedTuple):
    """A kind of refactoring under trial: the edits that might be right where the product gives none, and how a fault
    is planted into one (what, the faulty files)."""

    by_hand: Edits
    plant: Planter


def renames(root: Path, files: list[str]) -> Kind:
    """Renames: by hand, every token of the name is replaced."""
    return Kind(
        lambda trial: _by_token(root, files, trial), lambda trial, changed: faults.plant(root, files, trial, changed)
    )


def one(root: Path, product: Product, judge: Judge, kind: Kind, trial: Trial) -> Result:
    """Return the result of one trial."""
    began, cpu = time.monotonic(), _cpu()
    try:
        answer = product.rename(trial)
    except Exception as error:
        return Result(root.name, trial, "crash", f"{type(error).__name__}: {error}")
    seconds = time.monotonic() - began
    found = _classed(root, product, judge, kind, trial, answer)
    return msgspec.structs.replace(
        found,
        status=answer.status,
        product_seconds=round(seconds, 4),
        judge_seconds=round(time.monotonic() - began - seconds, 3),
        cpu_seconds=round(_cpu() - cpu, 3),
    )


def _classed(root: Path, product: Product, judge: Judge, kind: Kind, trial: Trial, answer: Answer) -> Result:
    if answer.refused is not None or answer.asks:
        answered, possible = _forced(product, judge, kind, trial)
        if answer.refused is None:
            return Result(root.name, trial, "asked", "; ".join(answer.asks[:4]), possible, answered)
        outcome = "refused needlessly" if possible else "refused rightly"
        return Result(root.name, trial, outcome, answer.refused, possible)
    if not answer.changed:
        return Result(root.name, trial, "no-op")
    ruling = judge.rule(answer.changed, trial.target.name, trial.new_name, sure=True)
    if not ruling.right:
        return Result(root.name, trial, "silently broken", f"{ruling.oracle}: {ruling.detail}", possible=True)
    back = _inverse(root, product, trial, answer.changed)
    if back.startswith("differs"):
        return Result(root.name, trial, "silently broken", f"inverse: {back}", possible=True, inverse=back)
    fault = _fault(judge, kind, trial, answer.changed) if trial.number % 20 == 7 else ""
    return Result(root.name, trial, "correct", "", True, fault=fault, inverse=back)


def _cpu() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _inverse(root: Path, product: Product, trial: Trial, changed: Mapping[str, bytes]) -> str:
    """Return "same", "differs: where", or why renaming back gave no edit."""
    back = product.inverse(trial, changed)
    if back is None:
        return ""
    if back.refused is not None or back.asks:
        return "refused" if back.refused is not None else "asked"
    for path in sorted(changed.keys() | back.changed.keys()):
        if back.changed.get(path, changed.get(path)) != (root / path).read_bytes():
            return f"differs: {path}"
    return "same"


def _fault(judge: Judge, kind: Kind, trial: Trial, changed: Mapping[str, bytes]) -> str:
    planted = kind.plant(trial, changed)
    if planted is None:
        return ""
    what, faulty = planted
    ruling = judge.rule(faulty, trial.target.name, trial.new_name)
    return f"missed: {what}" if ruling.right else f"flagged by {ruling.oracle}: {what}"


# ---------------------------------------------------------------- forced edits


def _forced(product: Product, judge: Judge, kind: Kind, trial: Trial) -> tuple[bool, bool]:
    """Return whether one answer to every question gives a right edit, and whether any forced edit is right."""
    name = trial.target.name
    if trial.new_name in trial.target.around and trial.target.kind in ("method", "attribute"):
        return False, False  # two members of one class would become one
    if (name.startswith("__") and name.endswith("__")) or keyword.iskeyword(trial.new_name):
        return False, False  # Python itself calls it by this name, whether a test notices or not
    for answers in ("take", "skip"):
        try:
            answer = product.rename(trial, answers)
        except Exception:
            continue
        if answer.changed and _right(judge, trial, answer.changed).right:
            return True, True
    return False, any(changed and _right(judge, trial, changed).right for changed in kind.by_hand(trial))


def _right(judge: Judge, trial: Trial, changed: Mapping[str, bytes]) -> Ruling:
    return judge.rule(changed, trial.target.name, trial.new_name)


def _by_token(root: Path, files: list[str], trial: Trial) -> Iterator[dict[str, bytes]]:
    old, new = trial.target.name, trial.new_name
    for strings in (False, True):
        found = {path: ((root / path).read_bytes()) for path in files}
        replaced = {path: _replaced(data, old, new, strings) for path, data in found.items()}
        yield {path: data for path, data in replaced.items() if data != found[path]}
    path = trial.target.path
    yield {path: _replaced((root / path).read_bytes(), old, new, False)}


def _replaced(data: bytes, old: str, new: str, strings: bool) -> bytes:
    try:
        text = data.decode()
        tokens = list(tokenize.generate_tokens(StringIO(text).readline))
    except (UnicodeDecodeError, tokenize.TokenError, SyntaxError):
        return data
    lines = StringIO(text).readlines()
    for token in reversed(tokens):
        if (token.type == tokenize.NAME and token.string == old) or (strings and token.type == tokenize.STRING):
            row, (first, last) = token.start[0] - 1, (token.start[1], token.end[1])
            if token.end[0] == token.start[0]:
                text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, token.string)
                lines[row] = lines[row][:first] + text + lines[row][last:]
    return "".join(lines).encode()
