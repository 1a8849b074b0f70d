"""Several files and a cursor in one string, after rust-analyzer's fixtures.

    parse('''
    #- pkg/a.py
    def fo$0o(): ...
    #- pkg/b.py
    from pkg.a import foo
    ''')

A line `#- path` starts a file; without one, everything is `main.py`. `$0` is the cursor and is removed.
"""

import textwrap
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fixture:
    """Files by path, and the cursor as (path, byte offset) when there was a `$0`."""

    files: dict[str, bytes]
    cursor: tuple[str, int] | None

    def write(self, root: Path) -> Path:
        """Write the files under `root` and return it."""
        for path, data in self.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return root


def parse(text: str) -> Fixture:
    """Return the fixture that `text` (dedented, first newline dropped) describes."""
    files: dict[str, list[str]] = {}
    path = "main.py"
    for line in textwrap.dedent(text).lstrip("\n").splitlines(keepends=True):
        if line.startswith("#- "):
            path = line[3:].strip()
            files[path] = []
        else:
            files.setdefault(path, []).append(line)
    cursor, out = None, {}
    for name, lines in files.items():
        data = "".join(lines).encode()
        at = data.find(b"$0")
        if at >= 0:
            cursor = name, at
            data = data[:at] + data[at + 2 :]
        out[name] = data
    return Fixture(out, cursor)
