"""Random renames of a real project, judged: `python -m benchmarks.refactor --json`.

Each trial asks the product for one rename and puts the answer in a class:

    correct             edited, and no oracle of `judge` objects
    silently broken     edited, and one does
    asked               a blocking question; `possible` says whether a correct edit exists
    refused rightly     and no forced edit is right either
    refused needlessly  but a forced edit is right
    crash, no-op        an exception; neither edit, question nor refusal

Safety is 1 - silently broken / applied, usefulness correct / trials in which a correct edit exists. Forced edits are
the plan's own with every question taken, and every token of the name replaced. In one trial of twenty a fault is
planted into an edit that was judged correct: the judge must object, or the run is void.

Results are lines of JSON, one a trial, appended to a file named by a hash of the code that produced them; an
interrupted run goes on where it stopped.
"""

import argparse
import hashlib
import io
import json
import math
import random
import re
import sys
import time
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import familiar_codegraph
import familiar_edits
import msgspec
from familiar_codegraph import home
from familiar_codegraph.discover import discover
from familiar_codegraph.workspace import Workspace
from familiar_edits import prose, rename
from familiar_edits.process import Request, propose
from familiar_edits.values import Plan, Verify

from benchmarks import sdists
from benchmarks.judge import Judge
from benchmarks.targets import Trial, trials

_APPLIED = ("correct", "silently broken")


class Result(msgspec.Struct, frozen=True):
    """One trial with its class; `possible`: a correct edit exists; `fault`: "", "flagged" or "missed"; `status`: what
    the product called it."""

    trial: Trial
    outcome: str
    detail: str
    possible: bool
    fault: str
    product_seconds: float
    judge_seconds: float
    status: str = ""


Planner = Callable[[Trial, bool], tuple[Plan, str]]
"""(trial, force) -> the plan and the product's status for it; forced: every question is answered with yes."""


def run(root: Path, planner: Planner, judge: Judge, wanted: list[Trial], out: Path) -> list[Result]:
    """Return the results of `wanted`, those already in `out` from there, the others appended to it one by one."""
    known = {r.trial: r for r in _read(out)}
    for trial in wanted:
        if trial not in known:
            known[trial] = _one(root, planner, judge, trial)
            with out.open("ab") as file:
                file.write(msgspec.json.encode(known[trial]) + b"\n")
            _say(known[trial])
    return [known[trial] for trial in wanted]


def _one(root: Path, planner: Planner, judge: Judge, trial: Trial) -> Result:
    start = time.monotonic()
    try:
        plan, status = planner(trial, False)
    except Exception as error:
        return Result(trial, "crash", f"{type(error).__name__}: {error}", False, "", time.monotonic() - start, 0.0)
    seconds = time.monotonic() - start
    blocking = [ask for ask in plan.asks if ask.blocking]
    if plan.refused is not None or blocking:
        forced = _forced(root, planner, judge, trial)
        if plan.refused is None:
            outcome, detail = "asked", "; ".join(f"{a.path}:{a.start} {a.text!r} {a.why}" for a in blocking[:4])
        else:
            outcome, detail = "refused needlessly" if forced else "refused rightly", plan.refused
        return Result(trial, outcome, detail, forced, "", seconds, time.monotonic() - start - seconds, status)
    changed = after(root, plan)
    if not changed:
        return Result(trial, "no-op", "", False, "", seconds, 0.0, status)
    ruling = judge.rule(changed, trial.target.name, trial.new_name, types=trial.target.kind != "local")
    fault = _fault(root, judge, trial, plan) if ruling.right and trial.number % 20 == 7 else ""
    outcome = "correct" if ruling.right else "silently broken"
    detail = f"{ruling.oracle}: {ruling.detail}" if ruling.oracle else ""
    return Result(trial, outcome, detail, ruling.right, fault, seconds, time.monotonic() - start - seconds, status)


def after(root: Path, plan: Plan) -> dict[str, bytes]:
    """Return the bytes of the changed files, spliced here: the product's own way of applying is not asked."""
    found = {}
    for change in plan.changeset.changes:
        data = (root / change.path).read_bytes()
        for edit in sorted(change.text_edits, reverse=True):
            data = data[: edit.start] + edit.new_text.encode() + data[edit.end :]
        found[change.path] = data
    return found


def _fault(root: Path, judge: Judge, trial: Trial, plan: Plan) -> str:
    """Leave out one edit, drawn with the trial's number, and see whether the judge objects."""
    rng = random.Random(trial.number)
    edits = [(c.path, e) for c in plan.changeset.changes for e in c.text_edits if c.path.endswith(".py")]
    if len(edits) < 2:
        return ""
    path, dropped = rng.choice(edits)
    changes = tuple(
        msgspec.structs.replace(c, text_edits=tuple(e for e in c.text_edits if (c.path, e) != (path, dropped)))
        for c in plan.changeset.changes
    )
    faulty = msgspec.structs.replace(plan, changeset=msgspec.structs.replace(plan.changeset, changes=changes))
    ruling = judge.rule(after(root, faulty), trial.target.name, trial.new_name)
    return "missed" if ruling.right else "flagged"


# ---------------------------------------------------------------- forced edits


def _forced(root: Path, planner: Planner, judge: Judge, trial: Trial) -> bool:
    """Return whether some edit is right: the plan with every question taken, or every token of the name replaced."""
    if trial.new_name in trial.target.around and trial.target.kind in ("method", "attribute"):
        return False  # two members of one class would become one
    if trial.target.name.startswith("__") and trial.target.name.endswith("__"):
        return False  # Python itself calls it by this name, whether a test notices or not
    for changed in _candidates(root, planner, trial):
        if changed and judge.rule(changed, trial.target.name, trial.new_name).right:
            return True
    return False


def _candidates(root: Path, planner: Planner, trial: Trial) -> Iterator[Mapping[str, bytes]]:
    try:
        yield after(root, planner(trial, True)[0])
    except Exception as error:
        print(f"  forced plan: {error}", file=sys.stderr)
    old, new = trial.target.name, trial.new_name
    if not new.isidentifier():
        return
    for strings in (False, True):
        yield dict(_token_by_token(root, old, new, strings))
    own = (root / trial.target.path).read_bytes()
    yield {trial.target.path: _replaced(own, old, new, False)}


def _token_by_token(root: Path, old: str, new: str, strings: bool) -> Iterator[tuple[str, bytes]]:
    for path in python_files(root):
        data = (root / path).read_bytes()
        changed = _replaced(data, old, new, strings)
        if changed != data:
            yield path, changed


def _replaced(data: bytes, old: str, new: str, strings: bool) -> bytes:
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    for token in reversed(list(tokenize.generate_tokens(io.StringIO("".join(lines)).readline))):
        if (token.type == tokenize.NAME and token.string == old) or (strings and token.type == tokenize.STRING):
            row, (first, last) = token.start[0] - 1, (token.start[1], token.end[1])
            if token.end[0] == token.start[0]:
                text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, token.string)
                lines[row] = lines[row][:first] + text + lines[row][last:]
    return "".join(lines).encode()


def python_files(root: Path) -> list[str]:
    """Return the project's Python files, environments and git left out."""
    found = (p.relative_to(root) for p in root.rglob("*.py"))
    return sorted(p.as_posix() for p in found if not p.parts[0].startswith("."))


# ---------------------------------------------------------------- the product


def static_planner(root: Path) -> Planner:
    """Plan with the product's graph and static checks alone: what it knows by itself."""
    workspace = Workspace(root)
    workspace.index()
    graph, texts = workspace.graph(), prose.texts(root, discover(root, kinds="text"))

    def ask(trial: Trial, force: bool) -> tuple[Plan, str]:
        take = ("all",) if force else ()
        plan = rename.plan(graph, trial.target.path, trial.target.offset, trial.new_name, take=take, texts=texts)
        return plan, "planned"

    return ask


def verifying_planner(root: Path, level: Verify) -> Planner:
    """Ask as a user does: plan, run the tests in the overlay. A change that the tests refuse counts as refused."""
    static = static_planner(root)

    def ask(trial: Trial, force: bool) -> tuple[Plan, str]:
        if force:
            return static(trial, force)
        arguments = {"new_name": trial.new_name}
        found = propose(
            Request(str(root), "rename", trial.target.path, trial.target.offset, arguments, level, trusted=True)
        )
        refused = f"{found.status}: {found.reason}" if found.status in ("refused", "failed") else None
        return Plan("rename", found.changeset, found.asks, found.evidence.checks, refused), found.status

    return ask


def code_hash() -> str:
    """Return a hash of the product's code that plans and checks."""
    digest = hashlib.sha256()
    for package in (familiar_codegraph, familiar_edits):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


# ---------------------------------------------------------------- figures


def summary(results: list[Result]) -> dict[str, object]:
    """Return the figures of a run; bounds are exact (Clopper-Pearson, one-sided, 95 %)."""
    counts = Counter(result.outcome for result in results)
    applied = sum(counts[name] for name in _APPLIED)
    possible = sum(result.possible for result in results) + counts["silently broken"]
    faults = Counter(result.fault for result in results if result.fault)
    seconds = sorted(result.product_seconds for result in results) or [0.0]
    return {
        "trials": len(results),
        "classes": dict(sorted(counts.items())),
        "statuses": dict(sorted(Counter(result.status for result in results).items())),
        "applied": applied,
        "silently_broken": counts["silently broken"],
        "broken_at_most": upper_bound(counts["silently broken"], applied),
        "possible": possible,
        "usefulness": round(counts["correct"] / possible, 4) if possible else None,
        "faults": dict(faults),
        "void": faults["missed"] > 0.01 * sum(faults.values()),
        "plan_seconds": {"p50": seconds[len(seconds) // 2], "p95": seconds[int(len(seconds) * 0.95)]},
    }


def upper_bound(bad: int, of: int, confidence: float = 0.95) -> float:
    """Return the largest rate that `bad` of `of` does not exclude (exact binomial); 1.0 without trials."""
    if of == 0 or bad >= of:
        return 1.0
    low, high = bad / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        seen = sum(math.comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(bad + 1))
        low, high = (middle, high) if seen > 1 - confidence else (low, middle)
    return round(high, 5)


def _read(out: Path) -> list[Result]:
    lines = out.read_bytes().splitlines() if out.is_file() else []
    return [msgspec.json.decode(line, type=Result) for line in lines if line.endswith(b"}")]


def _say(result: Result) -> None:
    t = result.trial
    place = f"{t.target.kind} {t.target.path}:{t.target.offset} {t.target.name} -> {t.new_name}"
    fault = f" fault {result.fault}" if result.fault else ""
    print(f"{t.number:4} {result.outcome:18} {place} [{t.adversarial}]{fault} {result.detail[:300]}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="Random renames of a real project, judged.")
    parser.add_argument("--project", default="itsdangerous", choices=sorted(sdists.PINS))
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--adversarial", type=float, default=0.3, help="share of new names that set a trap")
    parser.add_argument("--verify", default="static", choices=("static", "impacted", "full"))
    parser.add_argument("--only", type=int, nargs="*", help="numbers of trials")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folder = home.cache_dir() / "benchmarks" / "refactor"
    folder.mkdir(parents=True, exist_ok=True)
    root = folder / sdists.PINS[args.project].stem
    if not (root / ".venv").is_dir():
        root = sdists.fetch(args.project, folder)
    judge = Judge(root, root / ".venv" / "bin" / "python")
    source = [path for path in python_files(root) if path.startswith("src/")]
    drawn = trials(root, source, args.seed, args.trials, args.adversarial)
    wanted = [trial for trial in drawn if args.only is None or trial.number in args.only]
    code = code_hash()
    out = folder / f"{args.project}-{args.seed}-{args.trials}-{args.verify}-{code}.jsonl"
    planner = static_planner(root) if args.verify == "static" else verifying_planner(root, args.verify)
    found = {**summary(run(root, planner, judge, wanted, out)), "code": code}
    print(json.dumps({"schema": 1, **found}) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
