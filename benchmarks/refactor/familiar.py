"""Familiar as a product under test: its graph and its plan, with the type checker that it asks itself where it may."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import familiar_codegraph
import familiar_edits
import msgspec
from familiar_codegraph import opinion
from familiar_codegraph.discover import discover
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Answer as GraphAnswer
from familiar_codegraph.workspace import Workspace
from familiar_edits import prose, rename, tampering
from familiar_edits.textedits import Place
from familiar_edits.values import ChangeSet, Plan

from benchmarks.refactor.draw import Trial
from benchmarks.refactor.tokens import names
from benchmarks.refactor.trial import Answer


class Static:
    """Plans with the graph and the static checks alone: what the product knows by itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = Workspace(root)
        self.workspace.index()
        self.graph = self.workspace.graph()
        self.texts = prose.texts(root, discover(root, kinds="text"))

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        return answer(self.root, self.plan(trial, answers))

    def plan(self, trial: Trial, answers: str = "") -> Plan:
        place = trial.target.path, trial.target.offset
        return self._plan(self.graph, *place, trial.new_name, answers, {})

    def _plan(
        self, graph: CodeGraph, path: str, offset: int, new: str, answers: str, buffers: Mapping[str, bytes]
    ) -> Plan:
        def second(places: Sequence[Place], members: Collection[str]) -> tuple[dict[Place, bool], str]:
            asked = {GraphAnswer(*place, "ambiguous", "unsure"): place for place in places}
            judged = opinion.judge(graph, list(asked), members, self.root, buffers, budget=5, stop=lambda: False)
            return {asked[found]: belongs for found, belongs in judged.belongs.items()}, judged.checker

        take, skip = (("all",) if answers == kind else () for kind in ("take", "skip"))
        texts = {**self.texts, **{p: data for p, data in buffers.items() if p in self.texts}}
        plan = rename.plan(graph, path, offset, new, take=take, skip=skip, texts=texts, second=second)
        return checked(self.root, plan, buffers)

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        path = trial.target.path
        number = next(
            (i for i, name in enumerate(names((self.root / path).read_bytes())) if name.offset == trial.target.offset),
            None,
        )
        if number is None:
            return None
        offset = names(changed[path])[number].offset
        try:
            for file, data in changed.items():
                self.workspace.put(file, data)
            plan = self._plan(self.workspace.graph(), path, offset, trial.target.name, "", changed)
            return answer(self.root, plan, changed)
        finally:
            for file in changed:
                self.workspace.drop(file)
            self.graph = self.workspace.graph()

    def end(self) -> None:
        self.workspace.close()


def checked(root: Path, plan: Plan, buffers: Mapping[str, bytes] | None = None) -> Plan:
    """Return the plan with the check that every proposal gets: no test is weakened, nothing else is touched."""
    if plan.refused is not None:
        return plan
    check = tampering.check(
        tampering.mandate_of(plan), plan.changeset, lambda path: (buffers or {}).get(path) or (root / path).read_bytes()
    )
    return msgspec.structs.replace(plan, checks=(*plan.checks, check))


def answer(root: Path, plan: Plan, buffers: Mapping[str, bytes] | None = None, status: str = "planned") -> Answer:
    """Return a plan as an answer; `buffers` are files as they were when it was asked."""
    asks = tuple(f"{a.path}:{a.start} {a.text!r} {a.why}" for a in plan.asks if a.blocking)
    failed = next((check for check in plan.checks if check.verdict == "fail"), None)
    if failed is not None and plan.refused is None:
        return Answer({}, f"The check {failed.name} failed: {failed.detail}", asks, "failed")
    if plan.refused is not None or asks:
        return Answer({}, plan.refused, asks, status)
    return Answer(after(root, plan.changeset, buffers), None, (), status)


def after(root: Path, changes: ChangeSet, buffers: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Return the bytes of the changed files, spliced here: the product's own way of applying is not asked."""
    found = {}
    for change in changes.changes:
        data = b"" if change.kind == "create" else (buffers or {}).get(change.path) or (root / change.path).read_bytes()
        for edit in sorted(change.text_edits, reverse=True):
            data = data[: edit.start] + edit.new_text.encode() + data[edit.end :]
        found[change.path] = data
    return found


def code_hash() -> str:
    """Return a hash of the modules that decide a trial: all of the graph's and of the edits', loaded or not."""
    digest = hashlib.sha256()
    for package in (familiar_codegraph, familiar_edits):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
