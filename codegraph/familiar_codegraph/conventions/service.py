"""The house inside the graph process: learned when it is first asked for, beside the graph's other work."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.learning import Keeper
from familiar_codegraph.conventions.rules import rules_at
from familiar_codegraph.wire import Job
from familiar_codegraph.workspace import Workspace

CALLS = ("rules", "violations", "spelling")


class Service:
    """Calls of the graph process. They run in threads of their own; the house is for one of them at a time."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self._workspace = workspace
        self._turn = threading.Lock()
        self._keeper: Keeper | None = None

    def _house(self) -> House:
        workspace = self._workspace()
        if self._keeper is None or self._keeper.root != workspace.root:
            self._keeper = Keeper(workspace.root, workspace.history_now)
        return self._keeper.refresh(workspace.apart())

    def rules(self, job: Job, params: Any) -> dict[str, Any]:
        """{path} -> what the house wants at `path` (`rules.Rules`)."""
        with self._turn:
            found: dict[str, Any] = msgspec.to_builtins(rules_at(self._house(), params["path"]))
        return found

    def violations(self, job: Job, params: Any) -> list[dict[str, Any]]:
        """{path, data, spans: [[start, end]]} -> what the house does otherwise in the new spans of `data`."""
        spans = [(start, end) for start, end in params["spans"]]
        with self._turn:
            found = self._house().without(params["path"]).violations(params["path"], params["data"], spans)
        return [msgspec.to_builtins(violation) for violation in found]

    def spelling(self, job: Job, params: Any) -> str:
        """{kind, text, path} -> one sentence on how the house names such things, empty when `text` follows it."""
        from familiar_codegraph.conventions.naming import remark

        with self._turn:
            return remark(self._house(), params["kind"], params["text"], params["path"])
