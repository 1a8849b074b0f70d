"""The extension's own small tests: diffs, the evidence page, where the server is looked for."""

import os
import subprocess
from pathlib import Path

import pytest

EXTENSION = Path(__file__).resolve().parents[3] / "editor-clients" / "vscode"


@pytest.mark.editor
@pytest.mark.slow
def test_units(kit: Path) -> None:
    environment = os.environ | {"PATH": f"{kit / 'node/bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["npm", "test"], cwd=EXTENSION, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
