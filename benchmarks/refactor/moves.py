"""Familiar's moves as a product under test: planned statically, `new_name` of a trial is the destination's path."""

from collections.abc import Mapping

from familiar_edits import move

from benchmarks.refactor.draw import Trial
from benchmarks.refactor.familiar import Static, answer, checked
from benchmarks.refactor.trial import Answer


class Moves(Static):
    """`move POS DEST` with the graph and the static checks alone."""

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        take, skip = (("all",) if answers == kind else () for kind in ("take", "skip"))
        place = trial.target.path, trial.target.offset
        plan = move.plan(self.graph, *place, trial.new_name, take=take, skip=skip, texts=self.texts)
        return answer(self.root, checked(self.root, plan))

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        return None
