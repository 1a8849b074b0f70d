"""Which runner judges a change: pytest or unittest for Python, vitest or jest for JavaScript and TypeScript."""

from collections.abc import Sequence
from pathlib import Path

from familiar_codegraph.esmodules import reads

from familiar_edits import isolate, noderunner, runner
from familiar_edits.testrun import AnyRunner
from familiar_edits.values import ChangeSet, EditError


def find(root: Path, changeset: ChangeSet, tests: Sequence[str], python: Path | None = None) -> AnyRunner:
    """Return what runs `tests` (none: all) of the project at `root`; `python` is the user's setting, if any.

    Raises:
        EditError: there is no such runner or it cannot be used here, with what to do.
    """
    paths = [change.path for change in changeset.changes]
    scripts = [path for path in paths if reads(path)]
    if not scripts:
        return runner.find(root, python)
    if any(path.endswith(".py") for path in paths):
        raise EditError(
            "mixed",
            "the change is in Python and in JavaScript, and the tests of one language alone would not speak for it.",
            "Run the tests of both yourself.",
        )
    method, why = isolate.method()
    if method == "plain":
        why = f"without namespaces, node_modules cannot be shown to the tests without being written to ({why})."
        raise EditError("no-isolation", why)
    return noderunner.find(root, tests)
