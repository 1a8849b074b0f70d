"""RepoEval's lines, drawn anew by the paper's rules from the same eight repositories at the same commits.

The model by itself, in-file: `left` knows only what stands before the cursor, as in the published tables (CodeGen-350M:
29.6 % of lines), `right` also what follows. Scored as those tables are: the first line, comments and blanks left out.

The repositories are read from `--repositories DIR`: for each a clone or bare repository `DIR/name`, `DIR/owner/name` or
`DIR/owner+name` (or `…/repo` in it). They are not fetched here.
"""

import io
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from familiar_completion import evaluate, scoring
from familiar_completion.runtime import Model

from benchmarks.rows import Rows

COMMITS = {
    "huggingface/diffusers": "8f581591",
    "alibaba/FederatedScope": "793f90af",
    "google/vizier": "c36a39f",
    "pytorch/rl": "f92edc7b",
    "nerfstudio-project/nerfstudio": "86d8118b",
    "huggingface/evaluate": "6abb0d53",
    "awslabs/fortuna": "92f55c77",
    "opendilab/ACE": "b931f88a",
}
PUBLISHED = 200
"""Line tasks of a repository in the published draw."""
_MAKER = Path(__file__).parent / "completion" / "make_tasks.py"


class Missing(Exception):
    """A repository, or its commit, is not there; the message says which and where it was looked for."""


def tasks(folder: Path, state: Path, each: int) -> list[dict[str, Any]]:
    """Return `each` line tasks of every repository, made once and kept in `state`.

    Raises:
        Missing: a repository or its commit is not in `folder`.
    """
    found = []
    for name, commit in COMMITS.items():
        kept = state / f"repoeval-{name.replace('/', '+')}-{each}.jsonl"
        if not kept.is_file():
            tree = _tree(folder, name, commit, state)
            argv = [sys.executable, str(_MAKER), "--repo", str(tree), "--name", name, "--commit", commit, "--seed", "0"]
            how = [
                "--protocol",
                "repoeval",
                "--include-tests",
                "--langs",
                "python",
                "--n-line",
                str(each),
                "--n-api",
                "0",
            ]
            part = kept.with_suffix(".part")
            subprocess.run([*argv, *how, "--out", str(part)], check=True, stderr=subprocess.DEVNULL)
            part.replace(kept)
        found += [task for task in evaluate.read_tasks(kept) if task["kind"] == "line"]
    return found


def _tree(folder: Path, name: str, commit: str, state: Path) -> Path:
    owner, _, short = name.partition("/")
    places = [folder / owner / short, folder / f"{owner}+{short}", folder / short]
    for place in (inner for outer in places for inner in (outer / "repo", outer / ".git", outer)):
        if (place / "HEAD").is_file():
            break
    else:
        raise Missing(f"there is no clone of {name} in {folder}: put one at {places[1]}")
    tree = state / f"tree-{owner}+{short}-{commit}"
    if not tree.is_dir():
        argv = ["git", "-C", str(place), "archive", commit, "--", "*.py"]
        archive = subprocess.run(argv, capture_output=True, check=False)
        if archive.returncode:
            why = archive.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise Missing(f"{place} does not have the commit {commit} of {name}: {why}")
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(tree.with_suffix(".part"), filter="data")
        tree.with_suffix(".part").replace(tree)
    return tree


async def measure(model: Model, wanted: list[dict[str, Any]], rows: Rows, arms: tuple[str, ...]) -> dict[str, Any]:
    """Ask what is not in `rows` yet; return exact matches by arm, with 95 % intervals, and the time they took."""
    done = {(row["arm"], row["id"]) for row in rows.done}
    for task in wanted:
        for arm in arms:
            if (arm, task["id"]) not in done:
                rows.add(await _ask(model, task, arm))
    return {arm: _share(arm, wanted, rows.done) for arm in arms}


async def _ask(model: Model, task: dict[str, Any], arm: str) -> dict[str, Any]:
    began = time.perf_counter()
    answer = await model.complete(
        {
            "path": task["path"],
            "prefix": task["prefix"],
            "suffix": task["suffix"] if arm == "right" else "",
            "chunks": [],
            "mode": "line",
            "n": 1,
            "seconds": 120.0,
        }
    )
    text = answer["candidates"][0]["text"] if answer["candidates"] else ""
    seconds = round(time.perf_counter() - began, 3)
    return {"arm": arm, "id": task["id"], "text": text, "exact": scoring.exact(task, text), "s": seconds}


def _share(arm: str, wanted: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    ids = {task["id"]: task for task in wanted}
    mine = [row for row in rows if row["arm"] == arm and row["id"] in ids]
    hits = sum(row["exact"] for row in mine)
    return {
        "tasks": len(mine),
        "line exact match, %": round(100 * hits / max(len(mine), 1), 1),
        "ci95": list(scoring.interval(hits, len(mine))),
        "by repository": dict(_by_repository(mine, ids)),
        "seconds": round(sum(row["s"] for row in mine)),
    }


def _by_repository(rows: list[dict[str, Any]], ids: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for name in COMMITS:
        mine = [row["exact"] for row in rows if ids[row["id"]]["repo"] == name]
        yield name, f"{sum(mine)} of {len(mine)}"
