"""Run `familiar` as a user does, in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == 1
        return document

    @property
    def error(self) -> dict[str, str]:
        """The error in the document: exactly kind, message and do."""
        error: dict[str, str] = self.document["error"]
        assert set(error) == {"kind", "message", "do"}
        return error


def familiar(
    *arguments: str, cwd: Path, timeout: float = 120, env: dict[str, str] | None = None, prefix: tuple[str, ...] = ()
) -> Ran:
    """Run the command with these arguments in `cwd`; `prefix` is a command that runs it."""
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "familiar_server", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
