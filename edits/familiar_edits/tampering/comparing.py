"""What a test file loses by an edit: each function yields sentences about what became weaker."""

from collections.abc import Iterator

from familiar_edits.tampering import strength
from familiar_edits.tampering.testfile import Asked, Assertion, Suite


def weaker_tests(before: Suite, after: Suite, elsewhere: frozenset[str]) -> Iterator[str]:
    """Yield what became weaker; tests named in `elsewhere` have moved to another file of the change."""
    for name, test in before.tests.items():
        later = after.tests.get(name)
        if later is not None:
            yield from (f"{name} {what}" for what in _weaker(test, later))
        elif name not in elsewhere and not _renamed(test, before, after):
            yield f"{name} is no longer a test"
    yield from _around(before, after)


def _renamed(test: Asked, before: Suite, after: Suite) -> bool:
    """Return whether a test that is new asks all that a test which is gone did."""
    new = [later for name, later in after.tests.items() if name not in before.tests]
    return any(not list(_weaker(test, later)) for later in new)


def _weaker(before: Asked, after: Asked) -> Iterator[str]:
    yield from _assertions(before.assertions, after.assertions)
    if after.skips > before.skips:
        yield "is skipped, expected to fail or left early"
    if after.cases < before.cases:
        yield f"runs over {after.cases} cases instead of {before.cases}"
    if _looser(before.tolerances, after.tolerances):
        yield "tolerates more than before"
    if any(new < old for old, new in zip(before.digits, after.digits, strict=False)):
        yield "compares fewer digits or examples than before"
    if after.rounds > before.rounds and before.assertions:
        yield "rounds what it compares"
    if after.patches - before.patches:
        yield "replaces code that it used to run"
    if gone := before.uses - after.uses:
        yield f"no longer uses {', '.join(sorted(gone))}"
    if after.leaves > before.leaves:
        yield "may return before its assertions"
    if after.guards > before.guards:
        yield "is defined under a new condition"
    if after.is_generator and not before.is_generator:
        yield "is a generator now, which is not run as a test"
    if before.is_async_marked and not after.is_async_marked:
        yield "lost the mark that lets it run"


def _assertions(before: tuple[Assertion, ...], after: tuple[Assertion, ...]) -> Iterator[str]:
    old = [a for a in before if a.rank > strength.NOTHING]
    new = [a for a in after if a.rank > strength.NOTHING]
    if len(new) < len(old):
        yield f"asserts {len(new)} things instead of {len(old)}"
        return
    texts = {a.text: a for a in new}
    left = [a for a in old if a.text not in texts or texts[a.text].rank < a.rank]
    kept = {a.text for a in old} - {a.text for a in left}
    ranks = sorted((a.rank for a in new if a.text not in kept), reverse=True)
    wanted = sorted((a.rank for a in left), reverse=True)
    if any(now < was for was, now in zip(wanted, ranks, strict=False)) or len(ranks) < len(wanted):
        yield "asserts less exactly than before"
    raises_before, raises_after = [a for a in old if a.takes], [a for a in new if a.takes]
    for was, now in zip(raises_before, raises_after, strict=False):
        if strength.is_broader(list(was.takes), list(now.takes)):
            yield f"accepts {' or '.join(now.takes)} instead of {' or '.join(was.takes)}"
        if was.within == 1 < now.within:
            yield "expects the exception from more statements than before"


def _looser(before: tuple[float, ...], after: tuple[float, ...]) -> bool:
    if before and after and max(after) > max(before):
        return True
    return bool(after) and not before and max(after) >= 1e-3


def _around(before: Suite, after: Suite) -> Iterator[str]:
    if after.rest.skips > before.rest.skips:
        yield "the file skips tests, or excludes them, that it ran before"
    if after.rest.patches - before.rest.patches:
        yield "the file replaces code that it used to test"
    shadowed = (after.defined & set(before.imports)) - before.defined - set(after.imports)
    if shadowed:
        yield f"the file defines {', '.join(sorted(shadowed))} itself instead of importing it"
