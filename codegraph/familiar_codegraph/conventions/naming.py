"""New identifiers as the house would spell them. Words are kept; case and affixes become the house's."""

from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.words import case_of, spelled

CASES = {
    "function": "naming.function",
    "method": "naming.function",
    "helper": "naming.function",
    "class": "naming.class",
    "exception": "naming.class",
    "constant": "naming.constant",
    "variable": "naming.variable",
    "parameter": "naming.variable",
    "attribute": "naming.variable",
}
SUFFIXES = ("Error", "Exception", "Warning")
_AFFIX = 0.9
"""The share, at its lower bound, from which an affix is put on a name that has none."""


def name(house: House, kind: str, text: str, path: str) -> str:
    """Return `text` (of any case) as the house names a thing of this kind at `path`; unchanged where it has no habit.

    Raises:
        KeyError: there is no such kind.
    """
    case = house.case(CASES[kind], path)
    if case is None or (kind == "constant" and house.answer(CASES[kind], path) is None):  # some are no constants
        return text
    made = spelled(text, case)
    if kind == "exception" and not made.endswith(SUFFIXES):
        suffix = house.estimate("naming.exception-class", path)
        if suffix is not None and suffix.answer in SUFFIXES and suffix.low >= _AFFIX:
            made += suffix.answer
    affix = {"helper": "naming.helper", "attribute": "naming.attribute"}.get(kind)
    if affix and not made.startswith("_"):
        common = house.estimate(affix, path)
        if common is not None and common.answer == "underscore" and common.low >= _AFFIX:
            made = f"_{made}"
    return made


def remark(house: House, kind: str, text: str, path: str) -> str:
    """Return one sentence when the house spells such a name otherwise, with the evidence; else nothing."""
    question = CASES.get(kind)
    answer = house.answer(question, path) if question else None
    if question is None or answer is None:
        return ""
    made = name(house, kind, text, path)
    if made == text or case_of(text, constant=kind == "constant") == answer.answer:
        return ""
    what = f"{kind}s here are {answer.answer} ({answer.support} of {answer.total})"
    return f"house naming: {what}; {text} would be {made}"
