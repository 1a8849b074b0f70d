"""What completion is worth: `python -m benchmarks.completion [ROOTS] [--only PART] [--json]`.

    arms     exact match on lines, calls and others taken out of ROOTS (checkouts, or pinned projects by name), the same
             tasks for every arm: infile, ring, lexical, counts, familiar; paired bootstrap intervals between them
    latency  keystroke to suggestion through the completion process: cold, warm, typed through
    leak     a unique word in the hole on disk: whether it is found in anything that reaches an answer
    cpu      percent of a core while five characters a second are typed for --minutes, through the real server
    attributes  what a type checker says of attributes in the offers that the arms part has made
    start    seconds of processor until a repository is known, with nothing kept from the start before and with all
    replay   the added lines of real commits typed again through the real server, in real time (ROOTS are git clones)

Everything is drawn by a seed: 0 for development, 1 for figures that are quoted. What is done is kept in --state; the
same command goes on where it stopped. `--minutes` ends a run in time: tasks go round by round over all projects and
arms, so that what is there can be compared.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from familiar_codegraph import home
from familiar_completion import models
from familiar_completion.evaluate import ARMS

from benchmarks import sdists
from benchmarks.completion import arms, attributes, busy, latency, leak, replay, results, start

PROJECTS = ("click", "jinja2", "werkzeug", "attrs", "networkx", "rich")
PARTS = ("arms", "latency", "leak", "cpu", "replay", "attributes", "start")


def main() -> int:
    """Measure and print JSON, or text."""
    options = _options()
    state = options.state or home.cache_dir() / "benchmark-completion"
    state.mkdir(parents=True, exist_ok=True)
    if options.page:
        results.write(state, options.page)
        return 0
    roots = [_root(name, state) for name in options.roots or PROJECTS]
    model = None if options.counts else options.model
    report: dict[str, object] = {"schema": 1, "part": options.only, "machine": latency.machine()}
    plan = arms.Plan(
        options.protocol, options.seed, options.line, options.api, options.midline, options.block, options.left
    )
    name = options.only
    if name == "arms":
        name = f"arms-{plan.protocol}{'-left' if plan.left else ''}"
        report |= arms.run(roots, plan, options.arms.split(","), model, state, options.minutes * 60)
    elif name == "attributes":
        tasks = {root: arms.tasks_of(root, plan, state) for root in roots}
        report |= attributes.measure(tasks, arms.made(state, plan), options.cursors)
    else:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["FAMILIAR_HOME"] = folder
            if options.only == "latency":
                report |= {root.name: asyncio.run(latency.measure(root, options.cursors, model)) for root in roots}
            elif options.only == "cpu":
                each = options.minutes * 60 / len(roots)
                report |= {root.name: asyncio.run(busy.measure(root, each)) for root in roots}
            elif options.only == "start":
                report |= {root.name: start.measure(root) for root in roots}
            elif options.only == "leak":
                few = arms.Plan(options.protocol, options.seed, options.leaks, options.leaks, 0, 0, False)
                report |= {root.name: leak.run(root, arms.tasks_of(root, few, state), model) for root in roots}
            else:
                seconds, chosen = options.minutes * 60, options.arms.split(",")
                report |= replay.run(roots, options.commits, options.seed, state, seconds, chosen)
    results.keep(state, name, report)
    report.pop("read", None)
    report.pop("pictures", None)
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print(arms.text(report) if options.only == "arms" else json.dumps(report, indent=2))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("roots", nargs="*", help="checkouts, git clones, or names of pinned projects")
    parser.add_argument("--only", choices=PARTS, default="arms")
    parser.add_argument("--arms", default=",".join(ARMS))
    parser.add_argument("--protocol", choices=("ours", "repoeval"), default="ours")
    parser.add_argument("--left", action="store_true", help="what stands after the cursor is kept from all arms")
    parser.add_argument("--seed", type=int, default=0)
    for kind, number in (("line", 40), ("api", 20), ("midline", 0), ("block", 0)):
        parser.add_argument(
            f"--{kind}", type=int, default=number, help=f"tasks of this kind for each project ({number})"
        )
    parser.add_argument("--leaks", type=int, default=5, help="words hidden, of each kind and project")
    parser.add_argument("--cursors", type=int, default=200)
    parser.add_argument("--commits", type=int, default=8, help="typed again, for each repository")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--state", type=Path, help="folder for tasks, predictions and downloads")
    parser.add_argument("--model", type=Path, default=models.WEIGHTS, help="a GGUF; the embedded one by default")
    parser.add_argument("--counts", action="store_true", help="without a model")
    parser.add_argument("--page", type=Path, help="write the page of all that is in --state into this folder")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _root(name: str, state: Path) -> Path:
    return Path(name).resolve() if Path(name).is_dir() else sdists.unpack(name, state)


if __name__ == "__main__":
    sys.exit(main())
