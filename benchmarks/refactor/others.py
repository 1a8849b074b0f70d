"""Other engines, asked for the same renames: rope in an environment of its own, basedpyright as a language server."""

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from familiar_codegraph.opinion_lsp import path_of, uri_of
from familiar_codegraph.text import LineIndex

from benchmarks.refactor.checker import Checker, installed
from benchmarks.refactor.draw import Trial
from benchmarks.refactor.trial import Answer

_SECONDS = 60.0
_WORKER = Path(__file__).with_name("rope_worker.py")


class Rope:
    """rope's rename with `docs` off and no hierarchy option but the one for methods, in a process of `python`."""

    def __init__(self, root: Path, python: str) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [python, str(_WORKER), str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        data = (self.root / trial.target.path).read_bytes()
        offset = len(data[: trial.target.offset].decode("utf-8-sig"))
        asked = {"path": trial.target.path, "offset": offset, "new": trial.new_name}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        if "refused" in said:
            return Answer({}, said["refused"])
        return Answer({path: text.encode() for path, text in said["changed"].items()})

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        return None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Basedpyright:
    """`textDocument/rename` of basedpyright with every file open."""

    def __init__(self, root: Path, python: Path, files: list[str], program: str | None) -> None:
        self.root = root
        self.checker = Checker(Path(program) if program else installed(), root, python, files)

    def rename(self, trial: Trial, answers: str = "") -> Answer:
        client = self.checker.client
        line, column = LineIndex((self.root / trial.target.path).read_bytes()).lsp_position(
            trial.target.offset, client.encoding
        )
        document = {"uri": uri_of(self.root / trial.target.path)}
        where = {"line": line, "character": column}
        asked = client.send(
            "textDocument/rename", {"textDocument": document, "position": where, "newName": trial.new_name}
        )
        said = client.wait(asked, time.monotonic() + _SECONDS)
        return Answer(self._changed(said)) if said else Answer({}, "no edit")

    def _changed(self, said: Mapping[str, Any]) -> dict[str, bytes]:
        edits = dict(said.get("changes") or {})
        for change in said.get("documentChanges") or []:
            edits.setdefault(change["textDocument"]["uri"], []).extend(change["edits"])
        found = {}
        for uri, rows in edits.items():
            path = Path(path_of(uri) or "").relative_to(self.root).as_posix()
            data = (self.root / path).read_bytes()
            index = LineIndex(data)

            def at(place: Mapping[str, int], index: LineIndex = index) -> int:
                return index.lsp_offset((place["line"], place["character"]), self.checker.client.encoding)

            spans = {(at(row["range"]["start"]), at(row["range"]["end"]), row["newText"]) for row in rows}
            for start, end, text in sorted(spans, reverse=True):
                data = data[:start] + text.encode() + data[end:]
            found[path] = data
        return found

    def inverse(self, trial: Trial, changed: Mapping[str, bytes]) -> Answer | None:
        return None

    def end(self) -> None:
        self.checker.end()
