"""The judges, with one kind of objection of the checker heard again.

Renames: that the checker knows less than before.
For basedpyright a list of functions holds the union of their types, to which the names of parameters belong: when one
function calls its parameter otherwise, what the list holds becomes "partially unknown". Nothing was found missing and
no place means something else, so the tests are asked whether the code still does the same. So it is where basedpyright,
whose inference in circles depends on where it begins, no longer says where a place is defined, and finds nothing wrong.

Moves into a new file: basedpyright looks for some modules on the disk alone, and a file that is merely open there
is not found. So it is asked again with the files written down, before and after.
"""

import re
from collections import Counter
from collections.abc import Mapping

from benchmarks.refactor import movejudge
from benchmarks.refactor.checker import Checker, installed
from benchmarks.refactor.judge import Judge, Ruling

KNOWS_LESS = re.compile(r"\S+ reportUnknown\w+(; \S+ reportUnknown\w+){0,3}")
"""All of an objection: it names five findings at most, so with five of them there may be others."""


class RenameJudge(Judge):
    """`Judge`, but what the checker knows less of is judged by the suite."""

    def rule(self, changed: Mapping[str, bytes], old: str, new: str, *, sure: bool = False) -> Ruling:
        """See `Judge.rule`."""
        ruling = super().rule(changed, old, new, sure=sure)
        if ruling.oracle == "binding" and ruling.detail.endswith("becomes []"):
            worse = self.checker.findings_with(changed) - self.checker.baseline
            if wrong := sorted(found for found in worse if not found[2].startswith("reportUnknown")):
                return Ruling("checker", f"{ruling.detail}; {wrong[0]}")
        elif ruling.oracle != "checker" or not KNOWS_LESS.fullmatch(ruling.detail):
            return ruling
        differing = {*self._differing(changed, {old: new})}
        if differing and sure:
            differing = (differing & {*self._differing(changed, {old: new})}) - {*self._differing({}, {old: new})}
        return Ruling("tests", "; ".join(sorted(differing)[:5])[:400]) if differing else Ruling("", "")


class MoveJudge(movejudge.MoveJudge):
    """`movejudge.MoveJudge`, but what the checker says about a new file is heard again with the file on the disk."""

    def rule(self, changed: Mapping[str, bytes], old: str, new: str, *, sure: bool = False) -> Ruling:
        """See `Judge.rule`."""
        ruling = super().rule(changed, old, new, sure=sure)
        if ruling.oracle != "checker" or (self.root / new).exists():
            return ruling
        before, after = self._on_disk({}), self._on_disk(changed)
        if worse := sorted(rule for rule in after if after[rule] > before[rule]):
            return Ruling("checker", f"{ruling.detail}; on the disk too: {', '.join(worse)}")
        differing = self._differing(changed, {})
        return Ruling("tests", "; ".join(differing[:5])[:400]) if differing else Ruling("", "")

    def _on_disk(self, changed: Mapping[str, bytes]) -> Counter[str]:
        """Return how often each rule about names is broken on a tree with `changed`."""
        self.suite.lay(changed)
        files = sorted({*self.files, *(path for path in changed if path.endswith((".py", ".pyi")))})
        checker = Checker(installed(), self.suite.tree, self.python, files)
        checker.end()
        return movejudge._counted(checker.baseline)
