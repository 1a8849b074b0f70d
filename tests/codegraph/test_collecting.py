"""The collector does not run in the middle of an answer for what was made before it."""

import subprocess
import sys

import pytest

PROGRAM = """
import gc
from familiar_codegraph.collecting import collect_between, collect_young, keep
collect_young()
runs = []
gc.callbacks.append(lambda phase, info: phase == "stop" and runs.append(info["generation"]))
{}
print(runs)
"""
INDEX = "index = [[] for _ in range(49_000)]"
FEW, MANY = "few = [[] for _ in range(8_000)]", "many = [[] for _ in range(30_000)]"
AGAIN = "again = [[] for _ in range(40_000)]"


@pytest.mark.parametrize(
    ("lines", "runs"),
    [
        ([INDEX, FEW], [0]),
        ([INDEX, "keep()", FEW], []),
        ([FEW, "collect_between()"], []),
        ([MANY, "collect_between()", AGAIN], [1]),
    ],
    ids=["of itself", "what was read is kept", "few were made", "many were made"],
)
def test_when_the_collector_runs(lines: list[str], runs: list[int]) -> None:
    command = [sys.executable, "-c", PROGRAM.format("\n".join(lines))]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == str(runs)
