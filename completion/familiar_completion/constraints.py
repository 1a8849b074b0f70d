"""What this house never writes where the world would: told to a model on a server, or left out of what is offered.

    never(rules, view) -> ("never print(: this house has its own shop.tools.say", ...)
    raises_foreign(rules, view, text) -> why a candidate is left out, "" mostly

A server's model is told little, and negatives alone, for that is what was found to help: prose that praises good style
costs more than it brings. Each sentence has its evidence. They depend on the file's imports alone, so that a server's
cached prompt lasts while lines are typed. Our own models are not told: their answers are put into the house's way.
"""

import builtins
import re
from typing import Final

from familiar_codegraph.conventions.proposing import imported, nameable, reached
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
_RAISES = re.compile(r"^[ \t]*raise[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_ERRORS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, NotImplementedError)
)
_ENOUGH = 3


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


def raises_foreign(rules: Rules, view: View, text: str) -> str:
    """Return why `text` is refused when it raises a builtin error in a file that raises the house's own alone."""
    match = _RAISES.match(view.before + text)
    if match is None or match[1] not in _ERRORS or len(view.before) > match.start(1):
        return ""
    raised = _RAISES.findall(f"{view.prefix}\n{view.suffix}")
    own = nameable(rules, view)
    count = sum(name in own for name in raised)
    if count < _ENOUGH or not _ERRORS.isdisjoint(raised):
        return ""
    return f"this file raises the house's own exceptions ({count} of {len(raised)}), none that is built in"
