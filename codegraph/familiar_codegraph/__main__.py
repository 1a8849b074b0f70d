"""The graph process: one workspace, asked over the wire (see `client` for the other end)."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from familiar_codegraph import nearby, opinion, ranking, surroundings
from familiar_codegraph.collecting import collect_young
from familiar_codegraph.conventions.service import CALLS, Service
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.values import Answers
from familiar_codegraph.wire import Handler, Job, serve
from familiar_codegraph.workspace import Workspace

QUESTIONS = ("definitions", "references", "callers", "callees", "importers", "subclasses", "tests")


class Host:
    """Answers calls. Paths are relative to the root, places are byte offsets; answers are plain values.

    A graph is for one thread at a time: whoever uses it holds `turn`.
    """

    def __init__(self) -> None:
        self._workspace: Workspace | None = None
        self.turn = threading.RLock()

    @property
    def workspace(self) -> Workspace:
        if self._workspace is None:
            raise LookupError("no repository is open; call open first")
        return self._workspace

    def open(self, job: Job, params: Any) -> dict[str, Any]:
        """{root} -> {root, pid}: start on a repository; buffers of the one before are gone."""
        if self._workspace is not None:
            self._workspace.close()
        self._workspace = Workspace(Path(params["root"]))
        return {"root": str(self._workspace.root), "pid": os.getpid()}

    def index(self, job: Job, params: Any) -> dict[str, Any]:
        """{fresh?} -> the report; events `progress` {done, total}. Runs beside the other calls; cancel stops it."""
        report = self.workspace.index(
            fresh=bool((params or {}).get("fresh")),
            progress=lambda done, total: job.event("progress", {"done": done, "total": total}),
            stop=lambda: job.cancelled,
        )
        return plain(report)

    def put(self, job: Job, params: Any) -> None:
        """{path, data, version}: a buffer is open."""
        self.workspace.put(params["path"], params["data"], params["version"])

    def edit(self, job: Job, params: Any) -> None:
        """{path, version, edits: [[start, end, bytes]]}: each edit applies to the result of the one before."""
        self.workspace.edit(params["path"], params["version"], [(s, e, new) for s, e, new in params["edits"]])

    def drop(self, job: Job, params: Any) -> None:
        """{path}: a buffer is closed."""
        self.workspace.drop(params["path"])

    def refresh(self, job: Job, params: Any) -> None:
        """{paths: [..] | null}: files changed on disk."""
        self.workspace.refresh((params or {}).get("paths"))

    def ask(self, question: Callable[[CodeGraph, str, int], Answers]) -> Callable[[Job, Any], dict[str, Any]]:
        """{path, offset} -> {symbol, answers, complete, reason}."""
        return lambda job, params: plain(question(self.workspace.graph(), params["path"], params["offset"]))

    def opinion(self, job: Job, params: Any) -> dict[str, Any]:
        """{path, offset, seconds} -> as `references`, with a type checker's word on the unsure places among them.

        Runs beside the other calls, which wait for the graph's part of it only; cancel ends the checker.
        """
        with self.turn:
            graph = self.workspace.graph()
            answers = graph.references(params["path"], params["offset"])
            buffers, root = list(self.workspace.buffers()), self.workspace.root
        return plain(
            opinion.consult(
                graph, answers, root, buffers, turn=self.turn, budget=params["seconds"], stop=lambda: job.cancelled
            )
        )

    def in_turn(self, handler: Handler) -> Handler:
        """Return the handler as one that holds `turn`."""

        def work(job: Job, params: Any) -> Any:
            with self.turn:
                return handler(job, params)

        return work

    def symbol_at(self, job: Job, params: Any) -> dict[str, Any] | None:
        """{path, offset} -> the symbol there, or null."""
        symbol = self.workspace.graph().symbol_at(params["path"], params["offset"])
        return plain(symbol) if symbol else None

    def outline(self, job: Job, params: Any) -> list[dict[str, Any]]:
        """{path} -> functions and classes as a tree."""
        return [plain(item) for item in self.workspace.graph().outline(params["path"])]

    def rank(self, job: Job, params: Any) -> dict[str, Any]:
        """{path, offset, budget, ms} -> {ranked: [[id, score]], complete, versions}: what matters to a cursor.

        Best first. After `ms` milliseconds it is stopped, and `complete` is false; what was worked out is kept, so that
        the next time it comes further.
        `versions` are those of the open buffers that it was worked out on.
        """
        graph, end = self.workspace.graph(), time.monotonic() + params["ms"] / 1000
        found = ranking.rank(
            graph,
            ranking.seeds_at(graph, params["path"], params["offset"]),
            params["budget"],
            stop=lambda: job.cancelled or time.monotonic() > end,
        )
        return {"ranked": found.ranked[:64], "complete": found.complete, "versions": self.workspace.buffers()}

    def surroundings(self, job: Job, params: Any) -> dict[str, Any] | None:
        """{path, offset} -> what can be named at a place (see `surroundings`), or null."""
        found = surroundings.surroundings(self.workspace.graph(), params["path"], params["offset"])
        return plain(found) if found else None

    def nearby(self, job: Job, params: Any) -> dict[str, Any] | None:
        """{path, offset} -> code that matters to a place (see `nearby`), or null.

        Its files are also those that change together with this one.
        """
        found = nearby.nearby(self.workspace.graph(), params["path"], params["offset"])
        if found is None:
            return None
        history = self.workspace.history_now()
        together = [path for path, _ in history.together(params["path"], 4)] if history else []
        return plain(msgspec.structs.replace(found, files=tuple(dict.fromkeys((*found.files, *together)))))

    def together(self, job: Job, params: Any) -> list[tuple[str, float]] | None:
        """{path} -> [[path, score]] of the files that change together with it; null while the history is being read."""
        history = self.workspace.history_now()
        return history.together(params["path"]) if history else None

    def changed(self, job: Job, params: Any) -> dict[str, list[int]] | None:
        """-> {path: [lines]} that differ from the last commit; null while that is being found out."""
        return self.workspace.changed_now()

    def recent(self, job: Job, params: Any) -> list[tuple[str, float]] | None:
        """-> [[path, weight]] of the files that changed lately and often; null while the history is being read."""
        history = self.workspace.history_now()
        return history.recent() if history else None

    def status(self, job: Job, params: Any) -> dict[str, Any]:
        """-> {root, files, buffers, complete, reason}."""
        workspace = self._workspace
        if workspace is None:
            return {"root": None, "files": 0, "buffers": {}, "complete": False, "reason": "no repository is open"}
        reason = workspace.incomplete
        return {
            "root": str(workspace.root),
            "files": len(workspace.graph().files()),
            "buffers": workspace.buffers(),
            "complete": not reason,
            "reason": reason,
        }


def plain(value: msgspec.Struct) -> dict[str, Any]:
    """Return a value as dicts and lists."""
    made: dict[str, Any] = msgspec.to_builtins(value)
    return made


def main() -> None:
    collect_young()
    host = Host()
    names = ["open", "index", "put", "edit", "drop", "refresh", "symbol_at", "outline", "rank"]
    names += ["surroundings", "nearby", "together", "recent", "changed", "status"]
    handlers = {name: getattr(host, name) for name in names}
    handlers |= {name: host.ask(getattr(CodeGraph, name)) for name in QUESTIONS}
    house = Service(lambda: host.workspace)
    beside = {"index": handlers.pop("index"), "opinion": host.opinion}
    beside |= {name: getattr(house, name) for name in CALLS}
    serve({name: host.in_turn(handler) for name, handler in handlers.items()} | beside, background=tuple(beside))


if __name__ == "__main__":
    main()
