"""A few short constraints for a model on a server: what this house never writes where the world would.

    never(rules, view) -> ("never print(: this house has its own shop.tools.say", ...)

Negative and few, for that is what was found to help: prose that praises good style costs more than it brings. Each has
its evidence; without any there is none. They depend on the file's imports alone, so that a server's cached prompt
lasts while its lines are typed. Our own models are not told: their answers are put into the house's way afterwards.
"""

from typing import Final

from familiar_codegraph.conventions.proposing import imported, reached
from familiar_codegraph.conventions.rules import Rules

from familiar_completion.view import View

MOST: Final = 4
"""Constraints in one prompt."""
_HELPERS: Final = 2
_NEVER: Final = {
    ("errors.message", "percent"): "f-strings in messages of errors",
    ("errors.message", "format"): "f-strings in messages of errors",
    ("idioms.format", "percent"): "f-strings",
    ("idioms.format", "format"): "f-strings",
    ("tests.assert", "unittest"): "a bare assert in tests",
    ("tests.assert", "assert"): "self.assertEqual and its like in tests",
    ("types.optional", "union"): "Optional[X]",
    ("types.generics", "typing"): "list[X] in annotations",
    ("imports.relative", "relative"): "imports of this package by its full name",
    ("imports.typing", "alias"): "from typing import",
    ("imports.typing", "module"): "from typing import",
    ("idioms.path", "pathlib"): "os.path",
    ("idioms.super", "explicit"): "super() without arguments",
    ("types.parameters", "no"): "annotations of parameters",
    ("layout.quotes", "single"): "double quotes around strings that need none",
}
"""What the world writes where a house answers otherwise; what matters most comes first."""


def never(rules: Rules, view: View) -> tuple[str, ...]:
    """Return at most `MOST` sentences, helpers that the file can name first."""
    names, _ = imported(view.prefix)
    found = []
    for helper in rules.helpers:
        if helper.path != rules.path and "." in helper.default and (reach := reached(names, helper)):
            found.append(f"never {helper.default}( but {reach}(: this house has its own {helper.house}")
    chosen = found[:_HELPERS]
    for (id, answer), what in _NEVER.items():
        in_tests = id.startswith("tests.")
        if rules.answers.get(id) == answer and (not in_tests or "test" in rules.path):
            chosen.append(f"never {what}: {rules.reason(id)}")
    return tuple(chosen[:MOST])
