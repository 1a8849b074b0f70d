"""The house's way at a cursor: candidates are put into it, or left out with a reason (see docs/conventions.md).

What the house wants at a path comes from the graph process (`put`), or is learned here where there is none: on the
command line and in measurements.
"""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_codegraph.conventions.candidate import Adapted, adapt
from familiar_codegraph.conventions.proposing import Proposal, imported, propose, reached
from familiar_codegraph.conventions.rules import Rules, rules_at
from familiar_codegraph.conventions.words import words

from familiar_completion.constraints import never, raises_foreign
from familiar_completion.view import View

if TYPE_CHECKING:
    from familiar_codegraph.conventions.house import House

_TARGET = re.compile(r"(\w+)\s*=\s*$")
_DULL = frozenset({"data", "dict", "get", "list", "make", "my", "name", "new", "self", "set", "str", "value"})
"""Words that too many names have."""
_LIKE = 0.2
"""The chance that the one helper whose name shares a word with what is assigned to is called."""


class Manners:
    """Rules by document. `root`: the repository whose house is learned here; None when rules are sent."""

    def __init__(self, root: Path | None, *, used: bool = True) -> None:
        self._root, self._used = root, used
        self._house: House | None = None
        self._rules: dict[str, Rules] = {}

    async def learn(self) -> None:
        """Learn the house of the repository, where that is ours to do."""
        if self._root is None or not self._used:
            return
        from familiar_codegraph.conventions.learning import learn

        self._house = await asyncio.to_thread(learn, self._root)

    def put(self, rules: Rules) -> None:
        """Take what the house wants in one document."""
        self._rules[rules.path] = rules

    def adapt(self, view: View, text: str) -> Adapted:
        """Return a candidate at `view`'s cursor in the house's way; as it is where there are no rules."""
        rules = self._rules_for(view)
        if rules is None:
            return Adapted(text)
        adapted = adapt(rules, view, text)
        veto = adapted.veto or raises_foreign(rules, view, adapted.text)
        return adapted._replace(veto=veto) if veto else adapted

    def propose(self, view: View) -> list[Proposal]:
        """Return what the house itself would write at `view`'s cursor, likeliest first; mostly nothing."""
        rules = self._rules_for(view)
        return (propose(rules, view) or named_like(rules, view)) if rules is not None else []

    def never(self, view: View) -> tuple[str, ...]:
        """Return what the house never writes in this file, for a model that can be told."""
        rules = self._rules_for(view)
        return never(rules, view) if rules is not None else ()

    def _rules_for(self, view: View) -> Rules | None:
        return self._at(view.path) if self._used and view.python and view.state.kind == "code" else None

    def _at(self, path: str) -> Rules | None:
        """What stands in the file itself has no say: it may be what is being written."""
        if path not in self._rules and self._house is not None:
            self._rules[path] = rules_at(self._house.without(path), path)
        return self._rules.get(path)


def named_like(rules: Rules, view: View) -> list[Proposal]:
    """Return a call of the one helper that the file can name and that is named like what is assigned to, if any."""
    target = _TARGET.search(view.before)
    if target is None or view.after.strip(" )]},:"):
        return []
    wanted = set(words(target[1])) - _DULL
    names, _ = imported(view.prefix) if wanted else ({}, [])
    found = [
        (reach, helper)
        for helper in rules.helpers
        if helper.path != rules.path
        and (reach := reached(names, helper))
        and not wanted.isdisjoint(words(reach.rpartition(".")[2]))
    ]
    if len(found) != 1:
        return []
    reach, helper = found[0]
    return [Proposal(f"{reach}(", _LIKE, f"this house has its own {helper.house} for {helper.default}")]
