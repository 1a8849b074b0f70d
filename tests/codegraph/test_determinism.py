"""The same bytes whatever the hash seed, the order of files and the order of questions; incremental as from scratch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from familiar_codegraph.workspace import Workspace
from support.library import library

from benchmarks.graph import dump, fuzz

TOP = Path(__file__).parents[2]


@pytest.mark.slow
def test_dumps_are_the_same_bytes(tmp_path: Path) -> None:
    root = library(tmp_path, [f"json/{n}.py" for n in ("__init__", "decoder", "encoder", "scanner", "tool")])
    library(tmp_path, ["abc.py", "cmd.py", "sched.py", "bisect.py", "string.py", "shlex.py"])
    said = set()
    for order in range(dump.ORDERS):
        for seed in ("1", "2", "3", "4", "5") if order == 0 else ("1", "7"):
            command = [sys.executable, "-m", "benchmarks.graph.dump", str(root), "--order", str(order)]
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            done = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            assert found["rows"] > 20
            said.add(found["sha256"])
    assert len(said) == 1


def test_a_dump_sees_a_difference(tmp_path: Path) -> None:
    """The comparison that the others stand on can fail."""
    root = library(tmp_path / "r", ["cmd.py", "string.py"])
    workspace = Workspace(root, store=tmp_path / "store")
    workspace.index()
    before = dump.dump(workspace.graph())
    data = (root / "cmd.py").read_bytes()
    workspace.put("cmd.py", data, 0)
    assert dump.dump(workspace.graph()) == before
    workspace.edit("cmd.py", 1, [(len(data), len(data), b"\nx = Cmd()\n")])
    assert dump.dump(workspace.graph()) != before


@pytest.mark.parametrize("seed", range(5))
def test_incremental_is_fresh(seed: int, tmp_path: Path) -> None:
    """500 of the random edits of `python -m benchmarks.graph --only edits`, on the library's own files."""
    root = library(tmp_path, [f"json/{n}.py" for n in ("__init__", "decoder", "encoder", "scanner", "tool")])
    library(tmp_path, ["bisect.py", "sched.py", "shlex.py"])
    fuzz.one(root, seed, 100)


def test_the_fuzz_sees_a_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extractor that keeps something of the text before is found out."""
    root = library(tmp_path, ["bisect.py", "sched.py", "shlex.py"])
    seen: list[bytes] = []
    real = fuzz.extract

    def stale(path: str, data: bytes) -> object:
        seen.append(data)
        return real(path, seen[-2] if len(seen) > 1 else data)

    monkeypatch.setattr(fuzz, "extract", stale)
    with pytest.raises(fuzz.Different):
        fuzz.one(root, 1, 20)
