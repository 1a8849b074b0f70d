"""`python -m benchmarks.refactor`: run trials, resumed where they stopped, and print the figures.

    python -m benchmarks.refactor --json                       a subset of about 15 minutes
    python -m benchmarks.refactor --whole --jobs 2 --json      every trial, and results/refactor.md
    python -m benchmarks.refactor --engine rope --rope PYTHON  the same trials, answered by rope

One process for each project; a result is a line of JSON in a file named by project, seed, engine and a hash of the code
that decided it. Results of other code are left alone and counted no more.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from familiar_codegraph import home

from benchmarks import sdists
from benchmarks.refactor import familiar, movedraw, report
from benchmarks.refactor.draw import Trial, trials
from benchmarks.refactor.hearing import MoveJudge, RenameJudge
from benchmarks.refactor.judge import Judge
from benchmarks.refactor.movejudge import moves
from benchmarks.refactor.projects import MEASURED, Project, project
from benchmarks.refactor.trial import Product, Result, one, renames

FOLDER = home.cache_dir() / "benchmarks" / "refactor"
OWN = ("static", "moves", "impacted")
WHOLE = {"static": 160, "moves": 40, "impacted": 50, "rope": 20, "basedpyright": 20}
SUBSET = {"static": 12, "moves": 4, "impacted": 2, "rope": 2, "basedpyright": 2}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", default=",".join(MEASURED), help="pinned projects, or paths, comma-separated")
    parser.add_argument("--engine", choices=(*WHOLE,), help=f"default: {', '.join(OWN)}, one after the other")
    parser.add_argument("--rope", help="a Python that has rope")
    parser.add_argument("--basedpyright", help="the program basedpyright-langserver")
    parser.add_argument("--trials", type=int, help="for each project")
    parser.add_argument("--whole", action="store_true", help=f"trials for each project: {WHOLE}; without: {SUBSET}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--adversarial", type=float, default=0.3, help="share of new names that set a trap")
    parser.add_argument("--jobs", type=int, default=1, help="projects at a time")
    parser.add_argument("--only", type=int, nargs="*", help="numbers of trials, whose results are not kept")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--report", action="store_true", help="write results/refactor.md of what there is; run nothing")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    args = parser.parse_args()
    os.environ["UV_VENV_CLEAR"] = "1"  # the checker's environment is made anew when making it was cut short
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too
    FOLDER.mkdir(parents=True, exist_ok=True)
    if args.one:
        args.trials = args.trials or (WHOLE if args.whole else SUBSET)[args.engine]
        return _project(args)
    failed = []
    for engine in () if args.report else (args.engine,) if args.engine else OWN:
        failed += _every(engine, args.projects.split(","), args.jobs)
    found = report.gathered(FOLDER)
    if args.whole or args.report:
        report.write(found, FOLDER / "latency.json")
    document = {
        "schema": 1,
        "failed": failed,
        "engines": {engine: report.summary(rows) for engine, rows in found.items()},
    }
    print(json.dumps(document if args.json else document["engines"], indent=None if args.json else 1))
    return 1 if failed else 0


def _every(engine: str, names: list[str], jobs: int) -> list[str]:
    """Run a process for each project, `jobs` at a time; return the projects whose process failed twice."""
    waiting, running, tried = list(names), {}, Counter[str]()
    failed: list[str] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.refactor",
                    *sys.argv[1:],
                    "--engine",
                    engine,
                    "--one",
                    name,
                ]
                running[name] = subprocess.Popen(command, stdout=sys.stderr)
            time.sleep(0.2)
            for name, process in [*running.items()]:
                if process.poll() is not None:
                    del running[name]
                    tried[name] += 1
                    if process.returncode:
                        (failed if tried[name] == 2 else waiting).append(name)
    finally:
        for process in running.values():
            process.terminate()
    return [f"{engine} {name}" for name in failed]


def _project(args: argparse.Namespace) -> int:
    try:
        found = project(args.one, FOLDER / "projects")
    except sdists.SdistError as error:
        print(f"{args.one}: {error}", file=sys.stderr)
        return 1
    name = found.root.name
    os.environ["FAMILIAR_HOME"] = str(FOLDER / "home" / name)
    trees = FOLDER / "trees" / f"{name}-{args.engine}"
    if args.engine == "moves":
        drawn = movedraw.moves(found.root, found.source, args.seed, args.trials)
        judge: Judge = MoveJudge(found.root, found.python, found.files, trees)
        kind = moves(found.root)
    else:
        drawn = trials(found.root, found.source, args.seed, args.trials, args.adversarial)
        judge, kind = RenameJudge(found.root, found.python, found.files, trees), renames(found.root, found.files)
    product = _product(args, found)
    try:
        product.rename(drawn[0])
        code = familiar.code_hash()
        out = FOLDER / f"{name}-{args.seed}-{args.engine}-{code if args.engine in OWN else '0'}.jsonl"
        if args.only is not None:
            for number in args.only:
                _say(one(found.root, product, judge, kind, drawn[number]))
        else:
            _run(lambda trial: one(found.root, product, judge, kind, trial), drawn, out)
    finally:
        product.end()
        judge.end()
    return 0


def _product(args: argparse.Namespace, found: Project) -> Product:
    if args.engine == "rope":
        from benchmarks.refactor.others import Rope

        return Rope(found.root, args.rope or sys.executable)
    if args.engine == "basedpyright":
        from benchmarks.refactor.others import Basedpyright

        return Basedpyright(found.root, found.python, found.files, args.basedpyright)
    if args.engine == "moves":
        from benchmarks.refactor.moves import Moves

        return Moves(found.root)
    if args.engine == "impacted":
        from benchmarks.refactor.impacted import Impacted

        return Impacted(found.root, args.seed)
    return familiar.Static(found.root)


def _run(judged: Callable[[Trial], Result], wanted: Iterable[Trial], out: Path) -> None:
    known = {row.trial for row in report.read(out)}
    for trial in wanted:
        if trial not in known:
            result = judged(trial)
            with out.open("ab") as file:
                file.write(msgspec.json.encode(result) + b"\n")
            _say(result)


def _say(result: Result) -> None:
    t = result.trial
    place = f"{t.target.kind} {t.target.path}:{t.target.offset} {t.target.name} -> {t.new_name}"
    more = " ".join(
        filter(None, (result.fault and f"fault {result.fault}", result.inverse and f"inverse {result.inverse}"))
    )
    times = f"{result.product_seconds:.2f}+{result.judge_seconds:.1f}s cpu {result.cpu_seconds:.1f}"
    said = f"{result.project} {t.number:4} {result.outcome:18} {place} [{t.adversarial}] {times} {more}"
    print(said, result.detail[:300], file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
