"""The same bytes whatever the hash seed and whatever the order in which files and questions come."""

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.graph import corpus
from benchmarks.graph.dump import ORDERS
from benchmarks.graph.figure import TOP, Figure, Given

SEEDS = 5


def determinism(given: Given) -> list[Figure]:
    """Dump a part of the repository in every combination, each in a process of its own."""
    root = corpus.some_python(given.root, given.work / "part", most=300)
    rows: list[dict[str, Any]] = []
    for order in range(ORDERS):
        for seed in range(1, SEEDS + 1):
            command = [sys.executable, "-m", "benchmarks.graph.dump", str(root), "--order", str(order)]
            env = {**os.environ, "PYTHONHASHSEED": str(seed)}
            done = subprocess.run(command, cwd=TOP, env=env, capture_output=True, text=True, check=True)
            rows.append({"order": order, "seed": seed, **json.loads(done.stdout)})
    different = sorted({row["sha256"] for row in rows})
    kinds = f"{SEEDS} hash seeds x {ORDERS} orders of files and questions"
    return [
        Figure(
            "determinism",
            f"determinism: dump of {rows[0]['rows']} rows ({rows[0]['bytes']:,} bytes) under {kinds}",
            "byte-identical",
            "",
            "byte-identical" if len(different) == 1 else f"{len(different)} different dumps of {len(rows)}",
            len(different) == 1,
            {"rows": rows},
        )
    ]
