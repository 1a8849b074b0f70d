"""What a long measurement has so far: one JSON object a line, so that it can be ended at any time and goes on there."""

import json
from pathlib import Path
from typing import Any


class Rows:
    """The rows of one file; a half-written last line is dropped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: list[dict[str, Any]] = []
        for line in path.read_text().splitlines() if path.is_file() else ():
            try:
                self.done.append(json.loads(line))
            except ValueError:
                break
        path.write_text("".join(json.dumps(row) + "\n" for row in self.done))

    def add(self, row: dict[str, Any]) -> None:
        """Append one row."""
        self.done.append(row)
        with self._path.open("a") as out:
            out.write(json.dumps(row) + "\n")
