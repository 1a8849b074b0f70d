"""What a command says: one JSON document or readable text on stdout, everything else on stderr.

Importing this costs nothing that `familiar --help` would notice; rich is loaded when something is drawn.
"""

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1
DONE, UNEXPECTED, USAGE, REFUSED, FAILED = 0, 1, 2, 3, 4
_EXIT = {"usage": USAGE, "refused": REFUSED, "unexpected": UNEXPECTED}


class CommandError(Exception):
    """An error that the user can mend: `kind` is a short stable word, `do` says what to do; the exit code follows."""

    def __init__(self, kind: str, message: str, do: str = "", code: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.message, self.do = kind, message, do
        self.code = code if code is not None else _EXIT.get(kind, USAGE)


def emit(document: dict[str, Any]) -> None:
    """Write the one JSON document of a command."""
    sys.stdout.write(json.dumps({"schema": SCHEMA, **document}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def emit_error(error: CommandError, as_json: bool) -> int:
    """Write the error where it belongs; return the exit code."""
    if as_json:
        emit({"error": {"kind": error.kind, "message": error.message, "do": error.do}})
    else:
        sys.stderr.write(f"familiar: {error.message}\n" + (f"  {error.do}\n" if error.do else ""))
    return error.code


def out() -> "Console":
    """Return the console of stdout: colour only where stdout is a terminal that wants it."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def err() -> "Console":
    """Return the console of stderr, for progress and logs."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)
