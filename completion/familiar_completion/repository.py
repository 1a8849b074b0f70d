"""The repository's files as text for the counts: found by the code graph's rules, read here."""

import subprocess
from pathlib import Path

from familiar_completion.documents import LARGEST


def readable(root: Path) -> list[str]:
    """Return the paths (relative to `root`, sorted) that may be read: neither ignored, secret, binary nor huge."""
    try:
        from familiar_codegraph.discover import discover
    except ImportError:
        out = subprocess.run(
            ["git", "ls-files", "-zco", "--exclude-standard"], cwd=root, capture_output=True, check=False
        )
        names = (
            out.stdout.decode("utf-8", "surrogateescape").split("\0")
            if not out.returncode
            else [p.relative_to(root).as_posix() for p in root.rglob("*")]
        )
        return sorted(n for n in names if n.endswith((".py", ".pyi")))
    return sorted(discover(root))


def read(root: Path, path: str) -> str | None:
    """Return the text of `path` with LF line ends.

    None when it is gone, unreadable, binary or larger than is indexed.
    """
    try:
        data = (root / path).read_bytes()
    except OSError:
        return None
    if len(data) > LARGEST or b"\0" in data[:8192]:
        return None
    return text_of(data)


def text_of(data: bytes) -> str:
    """Return bytes as text with LF line ends; malformed UTF-8 is kept apart as lone surrogates."""
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
