"""Tests that misbehave: they write where they may not, use up what there is, or end the run; nothing is hurt by it."""

from pathlib import Path

import pytest
from familiar_edits import overlay
from familiar_edits.isolate import Limits
from support.judging import HARMLESS, PROJECT, judged
from support.project import project, tree_digest

HOSTILE = {
    "writes into the tree": "open('area.py', 'w').write('x = 1'); open('left.txt', 'w').write('x')",
    "writes into an ignored folder": "open('build/out.txt', 'w').write('x')",
    "writes into git": "import subprocess; subprocess.run(['git', 'commit', '--allow-empty', '-qm', 'x'], check=True)",
    "reads stdin": "import os; assert os.read(0, 1) == b''",
    "leaves a process": "import subprocess; subprocess.Popen(['sleep', '99'])",
    "uses loopback": (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        " socket.create_connection(s.getsockname(), 5).close()"
    ),
    "removes the tree": "import shutil, pathlib; shutil.rmtree('.git'); pathlib.Path('area.py').unlink()",
    "makes things unremovable": "import os; os.makedirs('deep/er'); os.chmod('deep', 0)",
    "forks": "import os; os.fork() or os._exit(0)",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_but_passing(tmp_path: Path, body: str) -> None:
    root = project(tmp_path / "repo", PROJECT + "\n#- .gitignore\nbuild/\n#- build/out.txt\nmine\n")
    (root / "test_hostile.py").write_text(f"def test_hostile():\n    {body}\n", encoding="utf-8")
    before = tree_digest(root)
    verdict = judged(root, HARMLESS)
    assert verdict.status == "verified", verdict.reason
    assert verdict.evidence.tests and verdict.evidence.tests.after["test_hostile.py::test_hostile"] == "passed"
    assert tree_digest(root) == before
    assert list(overlay.runs_dir().iterdir()) == []


FORBIDDEN = {
    "network": "import socket; socket.create_connection(('192.0.2.1', 80), 2)",
    "home": "from pathlib import Path; (Path.home() / '.ssh' / 'id').read_text()",
    "writing outside": "open('/var/familiar-was-here', 'w')",
    "the user's environment": "import os; os.environ['FAMILIAR_HOME']",
    "other processes": "import os; assert os.getppid() != 1",
    "a display": "import os; assert os.environ['DISPLAY']",
    "somebody who answers": "input('continue? ')",
}


@pytest.mark.parametrize("body", FORBIDDEN.values(), ids=FORBIDDEN)
def test_forbidden(tmp_path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path / "home" / "repo", PROJECT + "\n#- ../.ssh/id\nsecret\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (root / "test_forbidden.py").write_text(f"def test_forbidden():\n    {body}\n", encoding="utf-8")
    verdict = judged(root, HARMLESS)
    assert verdict.evidence.tests and verdict.evidence.tests.before["test_forbidden.py::test_forbidden"] == "failed"
    assert verdict.status == "verified"


LIMITED = {
    "hangs": (
        "import time; time.sleep(999)",
        Limits(seconds=20),
        "the time limit of 20 s was reached during test_x.py::test_x",
    ),
    "eats memory": (
        "import time; big = bytearray(10) ; parts = [bytearray(b'x' * (1 << 20)) for _ in range(4000)]; time.sleep(9)",
        Limits(seconds=60, memory=400 << 20),
        None,
    ),
    "forks without end": (
        "import os, time\n    while True:\n        os.fork()",
        Limits(seconds=30, processes=40),
        "the limit of 40 processes was reached during test_x.py::test_x",
    ),
    "forks and fails": (
        "import os, time\n    for _ in range(60):\n        os.fork() or time.sleep(9) or os._exit(0)\n    assert False",
        Limits(seconds=30, processes=40),
        "the limit of 40 processes was reached during test_x.py::test_x",
    ),
    "ends the run": (
        "import os; os._exit(3)",
        Limits(),
        "the test process ended with status 3 during test_x.py::test_x",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("body", "limits", "reason"), LIMITED.values(), ids=LIMITED)
def test_limits(tmp_path: Path, body: str, limits: Limits, reason: str | None) -> None:
    root = project(tmp_path / "repo", PROJECT)
    (root / "test_x.py").write_text(f"def test_x():\n    {body}\n", encoding="utf-8")
    before = tree_digest(root)
    verdict = judged(root, HARMLESS, limits=limits)
    if reason is None:  # a MemoryError is an ordinary failure
        assert verdict.evidence.tests and verdict.evidence.tests.after["test_x.py::test_x"] == "failed"
    else:
        assert verdict.status == "unverified" and reason in verdict.reason, verdict.reason
        assert verdict.reason.startswith("2 of 3 tests ran before the change")
    assert tree_digest(root) == before
    assert list(overlay.runs_dir().iterdir()) == []


def test_what_a_run_that_was_cut_short_did_not_reach_is_not_newly_failing(tmp_path: Path) -> None:
    root = project(tmp_path / "repo", PROJECT)
    (root / "test_x.py").write_text(
        "import os\ndef test_x():\n    'width * height' in open('area.py').read() and os._exit(3)\n    assert False\n",
        encoding="utf-8",
    )
    verdict = judged(root, HARMLESS)
    assert verdict.status == "unverified"
    assert verdict.reason.startswith(
        "2 of 3 tests ran before the change: the test process ended with status 3 during test_x.py::test_x."
    )
    assert verdict.evidence.tests and verdict.evidence.tests.after["test_x.py::test_x"] == "failed"
