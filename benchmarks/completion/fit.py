"""Fit the weights of the second look: `python -m benchmarks.completion.fit [ROOTS] [--seed 0] [--write]`.

Tasks are drawn from development projects (ROOTS are checkouts or names of pinned projects), never from those that
figures are quoted of. At each of them the candidates and their signals are gathered as completion itself gathers
them, with the graph's word, and kept in --state, so that the
same command goes on where it stopped (`--minutes`). The likelihood of the right candidate, or of "none of these" where
no candidate is right, is maximised (Adam, weight decay). Every project is left out once, and the shares on it are of
weights that have not seen it; --write fits on all of them and writes `weights/ranking.json`.
"""

import argparse
import hashlib
import json
import pickle
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from familiar_codegraph import home
from familiar_codegraph.surroundings import surroundings
from familiar_codegraph.workspace import Workspace
from familiar_completion import analogy, clues, constructing, filling, handling, naming, ranker, repository, scope
from familiar_completion.counts import Counts
from familiar_completion.scoring import exact
from familiar_completion.view import look

from benchmarks import sdists
from benchmarks.completion import arms

PROJECTS = (
    "boltons", "flask", "gpytorch", "marshmallow", "paramiko", "peft", "scrapy", "sphinx", "tornado", "trio", "urllib3",
)  # fmt: skip
_MADE_BY = (analogy, clues, constructing, filling, handling, naming, ranker, scope)
LEFT = 0.2
"""The share of tasks in which nothing after the cursor is known."""
ROUNDS = 250
Rows = list[dict[str, Any]]


def main() -> int:
    """Gather, fit, and print what each project left out gives."""
    options = _options()
    state = options.state or home.cache_dir() / "benchmark-completion"
    state.mkdir(parents=True, exist_ok=True)
    found, began, late = {}, time.monotonic(), options.minutes * 60
    for name in options.roots or PROJECTS:
        root = Path(name).resolve() if Path(name).is_dir() else sdists.unpack(name, state)
        found[root.name] = gathered(root, options, state)
        if time.monotonic() - began > late:
            print("time is over: the same command goes on where this one stopped", file=sys.stderr)
            return 4
    report: dict[str, Any] = {"schema": 1, "seed": options.seed, "left out": {}}
    for name, rows in found.items() if options.folds else ():
        others = [row for other, part in found.items() if other != name for row in part]
        report["left out"][name] = shares(rows, fitted(others, options))
    if options.write:
        fit = fitted([row for rows in found.values() for row in rows], options)
        ranker.WEIGHTS.write_text(json.dumps(fit, separators=(",", ":")) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("roots", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tasks", type=int, default=100, help="of each kind and protocol, for each project")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no further project is gathered")
    parser.add_argument("--no-folds", dest="folds", action="store_false", help="leave no project out, only fit")
    parser.add_argument("--hidden", type=int, default=8, help="units of the hidden layer")
    parser.add_argument("--decay", type=float, default=5e-2)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--write", action="store_true", help="write the weights that completion uses")
    return parser.parse_args()


# ---------------------------------------------------------------- gathering


def gathered(root: Path, options: argparse.Namespace, state: Path) -> Rows:
    """Return one row a task: kind, whether it begins a line, the candidates' signals, and which of them are right."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in _MADE_BY)
    key = hashlib.sha256(code + f"{options.seed} {options.tasks}".encode()).hexdigest()[:12]
    path = state / f"fit-{root.name}-{key}.pickle"
    if not path.is_file():
        rows = _gather(root, options, state)
        path.write_bytes(pickle.dumps(rows))
    rows_: Rows = pickle.loads(path.read_bytes())
    return rows_


def _gather(root: Path, options: argparse.Namespace, state: Path) -> Rows:
    workspace, counts = Workspace(root), Counts()
    workspace.index()
    for path in repository.readable(root):
        text = repository.read(root, path)
        if text is not None:
            counts.put(path, text)
    rng, rows = random.Random(options.seed), []
    for protocol in ("repoeval", "ours"):
        plan = arms.Plan(protocol, options.seed, options.tasks, options.tasks, 0, 0, False)
        for version, task in enumerate(arms.tasks_of(root, plan, state), 1):
            suffix = "" if rng.random() < LEFT else task["suffix"]
            before = task["prefix"].encode()
            workspace.put(task["path"], before + suffix.encode(), version)
            around = surroundings(workspace.graph(), task["path"], len(before))
            workspace.drop(task["path"])
            view = look(task["path"], before + suffix.encode(), len(before))
            seen = counts.weighed(task["path"], task["prefix"], suffix, naming.calls(view, around))
            pool = ranker.pool(view, around, seen)
            rows.append(
                {
                    "kind": task["kind"],
                    "elsewhere": arms.elsewhere(task),
                    "line": view.blank,
                    "signals": np.array(pool.signals, np.float32).reshape(-1, len(clues.SIGNALS)),
                    "right": np.array([exact(task, item.text) for item in pool.candidates], bool),
                }
            )
    return rows


# ---------------------------------------------------------------- fitting


def fitted(rows: Rows, options: argparse.Namespace) -> dict[str, Any]:
    """Return the weights, as `ranker.Ranking` reads them."""
    return {
        name: network([row for row in rows if row["line"] == line], options.hidden, options.decay, options.seed)
        for name, line in (("line", True), ("within", False))
    }


def network(rows: Rows, hidden: int, decay: float, seed: int) -> dict[str, Any]:
    """Fit one network on the candidates of `rows`."""
    rows = [row for row in rows if len(row["right"])]
    x = np.concatenate([row["signals"] for row in rows])
    right = np.concatenate([row["right"] for row in rows])
    sizes = [len(row["right"]) for row in rows]
    task, start = np.repeat(np.arange(len(rows)), sizes), np.r_[0, np.cumsum(sizes)[:-1]]
    mean, scale = x.mean(0), x.std(0) + 1e-2
    x = ((x - mean) / scale).astype(np.float32)
    rng = np.random.default_rng(seed)
    values = [
        rng.normal(size=(x.shape[1], hidden)) / x.shape[1] ** 0.5,
        np.zeros(hidden),
        rng.normal(size=hidden) * 0.1,
        np.eye(1, x.shape[1])[0],
        np.array(2.0),
    ]
    values = [np.asarray(value, np.float32) for value in values]
    first, second = [np.zeros_like(value) for value in values], [np.zeros_like(value) for value in values]
    for round_ in range(1, ROUNDS + 1):
        slopes = _slopes(x, right, task, start, values, decay)
        rate = 0.02 * (1 - round_ / ROUNDS) + 1e-4
        for i, slope in enumerate(slopes):
            first[i] = 0.9 * first[i] + 0.1 * slope
            second[i] = 0.99 * second[i] + 0.01 * slope**2
            step = first[i] / (1 - 0.9**round_) / (np.sqrt(second[i] / (1 - 0.99**round_)) + 1e-8)
            values[i] = values[i] - rate * step
    inner, bias, out, direct, none = values
    return {
        "signals": list(clues.SIGNALS),
        **{name: _rounded(value) for name, value in (("mean", mean), ("scale", scale), ("hidden", inner.T))},
        **{name: _rounded(value) for name, value in (("bias", bias), ("out", out), ("direct", direct))},
        "none": round(float(none), 4),
    }


def _slopes(x: Any, right: Any, task: Any, start: Any, values: Sequence[Any], decay: float) -> list[Any]:
    """Return the gradient of the mean negative log-likelihood, with decay."""
    inner, bias, out, direct, none = values
    units = np.tanh(x @ inner + bias)
    scores = units @ out + x @ direct
    peak = np.maximum(np.maximum.reduceat(scores, start), none).astype(np.float32)
    e, e_none = np.exp(scores - peak[task]), np.exp(none - peak)
    whole = np.add.reduceat(e, start) + e_none
    there = np.logical_or.reduceat(right, start)
    hit = np.where(there, np.add.reduceat(e * right, start), 1.0)
    slope = ((e / whole[task] - np.where(there[task], e * right / hit[task], 0)) / len(start)).astype(np.float32)
    back = np.outer(slope, out) * (1 - units**2)
    return [
        x.T @ back + decay * inner,
        back.sum(0),
        units.T @ slope + decay * out,
        x.T @ slope + decay * 0.01 * direct,
        (e_none / whole - np.where(there, 0.0, 1.0)).mean(),
    ]


def _rounded(value: Any) -> Any:
    return np.round(value, 4).tolist()


def shares(rows: Rows, fit: dict[str, Any]) -> dict[str, Any]:
    """Return by kind: tasks, percent right by the first look, by the second, and percent where any candidate is."""
    groups: dict[str, list[tuple[bool, bool, bool]]] = {}
    for row in rows:
        name = f"{row['kind']}{', elsewhere' if row['elsewhere'] else ''}"
        groups.setdefault(name, []).append(_hits(row, fit["line" if row["line"] else "within"]))
    return {
        name: {"tasks": len(hits), **{what: round(100 * sum(part) / len(hits), 1) for what, part in
                                      zip(("first", "second", "any"), zip(*hits, strict=True), strict=True)}}
        for name, hits in sorted(groups.items())
    }  # fmt: skip


def _hits(row: dict[str, Any], net: dict[str, Any]) -> tuple[bool, bool, bool]:
    if not len(row["right"]):
        return False, False, False
    x = (row["signals"] - np.array(net["mean"])) / np.array(net["scale"])
    scores = np.tanh(x @ np.array(net["hidden"]).T + net["bias"]) @ net["out"] + x @ np.array(net["direct"])
    return bool(row["right"][0]), bool(row["right"][scores.argmax()]), bool(row["right"].any())


if __name__ == "__main__":
    sys.exit(main())
