"""The repository's files as text for counts and context: those that the code graph may look at, and no others."""

from functools import lru_cache
from pathlib import Path

from familiar_codegraph.discover import MAX_BYTES, Skipped, check, discover, is_ignored
from familiar_codegraph.discover import read as read_bytes
from familiar_codegraph.languages import language_of
from familiar_codegraph.languages.notebook.cells import source_of
from familiar_codegraph.secrets import has_hint, is_secret_path


def readable(root: Path) -> list[str]:
    """Return the paths (relative to `root`, sorted) of source files that are neither ignored, secret nor huge."""
    return discover(root)


def is_readable(root: Path, path: str) -> bool:
    """Return whether `path` is there and would be among `readable`."""
    return language_of(path) is not None and not is_ignored(root, path) and (root / path).is_file()


def read(root: Path, path: str) -> str | None:
    """Return the text of `path` with LF line ends; None when it is gone, unreadable, binary or holds a secret.

    Of a notebook that is the code of its cells.
    """
    try:
        data = read_bytes(root, path)
    except Skipped:
        return None
    return text_of(source_of(data).code if path.endswith(".ipynb") else data)


def unsaved(data: bytes) -> str | None:
    """Return the text of an open document's bytes; None when they are binary or hold a secret."""
    try:
        check(data)
    except Skipped:
        return None
    return text_of(data)


def refusal(path: str, data: bytes, offset: int) -> str | None:
    """Return why nothing of this document may reach counts or a prompt, or None.

    While somebody types at `offset`, only the line there is read anew.
    """
    if is_secret_path(path):
        return f"{path.rpartition('/')[2]} is a kind of file that holds secrets; nothing is completed in it"
    start, end = data.rfind(b"\n", 0, offset) + 1, data.find(b"\n", offset)
    parts = data[:start], data[start : max(end, offset)], data[max(end, offset) :]
    if len(data) <= MAX_BYTES and not any(map(_suspicious, parts)):
        return None
    try:
        check(data)
    except Skipped as error:
        return f"the document {error}; nothing is completed in it"
    return None


@lru_cache(maxsize=16)
def _suspicious(lines: bytes) -> bool:
    """Return whether `lines`, whole ones, may be what `check` refuses, alone or with others."""
    return b"\0" in lines or has_hint(lines)


def well_formed(text: str) -> str:
    """Return text that can be written as UTF-8: what was malformed becomes `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def text_of(data: bytes) -> str:
    """Return bytes as text with LF line ends; malformed UTF-8 is kept apart as lone surrogates."""
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
