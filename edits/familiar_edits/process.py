"""The edit process: one request from the plan to the proposal, on the graph's store plus the unsaved buffers.

`propose` and `apply_proposal` are the work; `main` offers them over the wire, `client` calls them from the server, and
the command line calls them directly.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph import opinion, wire
from familiar_codegraph.collecting import collect_young
from familiar_codegraph.discover import discover
from familiar_codegraph.esmodules import reads
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Answer
from familiar_codegraph.workspace import Workspace

from familiar_edits import (
    absent,
    isolate,
    kinds,
    move,
    prose,
    reaching,
    rename,
    renamefile,
    renamefiles,
    runner,
    tampering,
)
from familiar_edits import apply as journal
from familiar_edits.isolate import Limits
from familiar_edits.textedits import Place
from familiar_edits.values import EditError, Evidence, Plan, Proposal, Verify
from familiar_edits.verify import Progress, Verification, verify


class Request(msgspec.Struct, frozen=True):
    """One refactoring to propose.

    `path` and byte `offset` say where (in the buffer, if the file is open); `args` what the kind needs, for "rename"
    {"new_name": NAME}, for "move" {"dest": PATH or MODULE}, for "rename-file"
    {"new_path": PATH}; `further` are then files that are renamed with this one: (old path, new path).
    `buffers` are unsaved files by path. `take` and `skip`
    answer questions by id, or "all". `trusted` None: as `familiar trust` has it. `python`: the interpreter set for the
    tests. `seconds`: what one run of the tests may take.
    """

    root: str
    kind: str
    path: str
    offset: int
    args: dict[str, str] = {}
    further: tuple[tuple[str, str], ...] = ()
    verify: Verify = "impacted"
    buffers: dict[str, bytes] = {}
    take: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    trusted: bool | None = None
    python: str | None = None
    seconds: float = 300.0


def _silent(message: str, percentage: int) -> None:
    pass


def _never() -> bool:
    return False


def propose(request: Request, *, progress: Progress = _silent, cancelled: Callable[[], bool] = _never) -> Proposal:
    """Return the proposal that answers `request`; nothing of the user's is written to.

    Raises:
        EditError: "kind" (not built), "cancelled", "stale" (a file changed meanwhile), "arguments".
    """
    root = Path(request.root).resolve()
    journal.recover()
    progress("Reading the repository", 1)
    probing = threading.Thread(target=_probe, args=(root, request), daemon=True)
    probing.start()
    listing = ThreadPoolExecutor(max_workers=1)
    unseen = listing.submit(absent.find, root)
    workspace = Workspace(root)
    try:
        workspace.index(stop=cancelled)
        for path, data in request.buffers.items():
            workspace.put(path, data)
        graph = workspace.graph()
        progress("Looking for references", 3)
        plan = _plan(request, root, graph, cancelled)
        if cancelled():
            raise EditError("cancelled", "the request was cancelled.")
        if plan.refused is None:
            plan = _untampered(plan, root, request.buffers)
            further = absent.asked(root, graph, plan, unseen.result(), (*request.take, *request.skip))
            plan = msgspec.structs.replace(plan, asks=(*plan.asks, *further))
        early = _without_tests(plan, root)
        if early is not None:
            return early
        tests = _tests(root, graph, plan, request)
    finally:
        listing.shutdown()
        probing.join()
        workspace.close()
    verdict = verify(
        root,
        plan.changeset,
        level=request.verify,
        tests=tests,
        buffers=request.buffers,
        sabotage=plan.sabotage,
        name_map=plan.name_map,
        checks=plan.checks,
        trusted=request.trusted,
        python=Path(request.python) if request.python else None,
        limits=Limits(seconds=request.seconds),
        stop_at_first=request.verify == "impacted",
        progress=progress,
        cancelled=cancelled,
    )
    return _proposal(plan, root, verdict)


def _tests(root: Path, graph: CodeGraph, plan: Plan, request: Request) -> tuple[str, ...] | None:
    if request.verify != "impacted":  # all of them, or none
        return None
    return reaching.tests_of(root, graph, plan, _environment(root, request.python))


def _probe(root: Path, request: Request) -> None:
    """Find out, while the change is planned, how tests are run and kept apart here: both are asked of programs, and
    remembered by this process."""
    if request.verify in ("impacted", "full"):
        _environment(root, request.python)
        isolate.method()


def _plan(request: Request, root: Path, graph: CodeGraph, cancelled: Callable[[], bool]) -> Plan:
    if request.kind not in (kind.name for kind in kinds.KINDS):
        known = ", ".join(kind.name for kind in kinds.KINDS)
        raise EditError("kind", f"there is no refactoring called {request.kind}.", f"There are: {known}.")
    texts = prose.texts(root, discover(root, kinds="text"))
    texts |= {path: data for path, data in request.buffers.items() if path in texts}
    answers = {"take": request.take, "skip": request.skip}
    if request.kind == move.KIND:
        dest = _argument(request, "dest", "a destination")
        return move.plan(graph, request.path, request.offset, dest, texts=texts, **answers)
    if request.kind == renamefile.KIND:
        new_path = _argument(request, "new_path", "a new path")
        if request.further:
            moves = ((request.path, new_path), *request.further)
            return renamefiles.plan(graph, moves, texts=texts, others=lambda old: _others(root, graph, old, texts))
        return _renamed(request, root, graph, request.path, new_path, texts)
    new_name = _argument(request, "new_name", "a new name")
    symbol = graph.symbol_at(request.path, request.offset)
    if symbol is not None and symbol.kind == "module" and not reads(request.path):
        return _renamed(request, root, graph, *renamefile.beside(symbol.path, new_name), texts)

    def second(places: Sequence[Place], members: Collection[str]) -> tuple[dict[Place, bool], str]:
        asked = {Answer(*place, "ambiguous", "unsure"): place for place in places}
        judged = opinion.judge(graph, list(asked), members, root, request.buffers, budget=5, stop=cancelled)
        return {asked[answer]: belongs for answer, belongs in judged.belongs.items()}, judged.checker

    return rename.plan(
        graph,
        request.path,
        request.offset,
        new_name,
        take=request.take,
        skip=request.skip,
        texts=texts,
        second=second,
    )


def _untampered(plan: Plan, root: Path, buffers: Mapping[str, bytes]) -> Plan:
    """Return the plan with the check that it weakens no test and does nothing but what was asked for."""
    check = tampering.check(
        tampering.mandate_of(plan),
        plan.changeset,
        lambda path: buffers[path] if path in buffers else (root / path).read_bytes(),
    )
    return msgspec.structs.replace(plan, checks=(*plan.checks, check))


def _renamed(request: Request, root: Path, graph: CodeGraph, old: str, new: str, texts: Mapping[str, bytes]) -> Plan:
    """Plan another name for a file or folder; what lies in a folder and is no code goes with it."""
    others = _others(root, graph, old, texts)
    return renamefile.plan(graph, old, new, take=request.take, skip=request.skip, texts=texts, others=others)


def _others(root: Path, graph: CodeGraph, old: str, texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what lies in a folder and is no code, unsaved edits included."""
    inside = (root / old).rglob("*") if (root / old).is_dir() else ()
    paths = [p.relative_to(root).as_posix() for p in inside if p.is_file() and "__pycache__" not in p.parts]
    others = {path: (root / path).read_bytes() for path in sorted(paths) if path not in set(graph.files())}
    return {**others, **{path: texts[path] for path in others if path in texts}}


def _argument(request: Request, name: str, what: str) -> str:
    value = request.args.get(name)
    if not value:
        raise EditError("arguments", f"{request.kind} needs {what}.", "Give one.")
    return value


def _without_tests(plan: Plan, root: Path) -> Proposal | None:
    """Return the proposal of a plan that must not be tested: a refusal, or a question that decides correctness."""
    evidence = Evidence(checks=plan.checks)
    if plan.refused is not None:
        return Proposal("refused", plan.refused, str(root), plan.changeset, plan.asks, evidence)
    if blocking := [ask for ask in plan.asks if ask.blocking]:
        first = blocking[0]
        places = "a place" if len(blocking) == 1 else f"{len(blocking)} places"
        reason = f"You have to decide about {places} first: {first.path}: {first.text.strip()} ({first.why})."
        return Proposal("asks", reason, str(root), plan.changeset, plan.asks, evidence)
    return None


def _environment(root: Path, python: str | None) -> str:
    """Return what the tests would run with, as records of them say it; "" when they cannot run."""
    try:
        return runner.find(root, Path(python) if python else None).environment
    except EditError:
        return ""


def _proposal(plan: Plan, root: Path, verdict: Verification) -> Proposal:
    return Proposal(verdict.status, verdict.reason, str(root), plan.changeset, plan.asks, verdict.evidence)


def apply_proposal(proposal: Proposal, level: Verify) -> Proposal:
    """Apply what was verified, or what was asked for without tests; return it with the id that undoes it.

    Raises:
        EditError: "not-verified" when the verdict does not allow it; else as `apply.apply`. Nothing is touched then.
    """
    asked_without_tests = proposal.status == "unverified" and level in ("static", "none")
    if proposal.status != "verified" and not asked_without_tests:
        raise EditError("not-verified", f"the change is {proposal.status}, so it was not applied: {proposal.reason}")
    undo = journal.apply(Path(proposal.root), proposal.changeset)
    return msgspec.structs.replace(proposal, applied=True, undo=undo)


# ---------------------------------------------------------------- the wire


def main() -> None:
    """Answer `propose`, `apply` and `undo` calls on stdin and stdout; `here` says that it lives."""
    collect_young()
    wire.serve({"here": lambda job, params: None, "propose": _propose, "apply": _apply, "undo": _undo})


def _propose(job: wire.Job, params: Mapping[str, Any]) -> object:
    def progress(message: str, percentage: int) -> None:
        job.event("progress", {"message": message, "percentage": percentage})

    request = msgspec.convert(params, Request)
    return _answered(lambda: propose(request, progress=progress, cancelled=lambda: job.cancelled))


def _apply(job: wire.Job, params: Mapping[str, Any]) -> object:
    proposal = msgspec.convert(params["proposal"], Proposal)
    return _answered(lambda: apply_proposal(proposal, params.get("verify", "impacted")))


def _undo(job: wire.Job, params: Mapping[str, Any]) -> object:
    return _answered(lambda: journal.undo(Path(params["root"]), params.get("id")))


def _answered(work: Callable[[], msgspec.Struct]) -> dict[str, Any]:
    """Return {"done": result}, or {"error": ...} for what the user can mend: the wire keeps only a message."""
    try:
        return {"done": msgspec.to_builtins(work(), builtin_types=(bytes,))}
    except EditError as error:
        return {"error": {"kind": error.kind, "message": str(error), "do": error.do}}
