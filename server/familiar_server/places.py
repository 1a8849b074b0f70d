"""Places as the command line writes them: PATH:LINE:COL, 1-based, in code points; PATH may hold colons."""

import re
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.root import find_root, relative
from familiar_codegraph.text import LineIndex

from familiar_server.output import CommandError

_PLACE = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
# A sparse but huge file would fill the memory before anybody could say that it is too large.
LIMIT = 64 * 1024 * 1024


class Place(NamedTuple):
    """A place in a file: the root that it belongs to, its path relative to that, its bytes and the offset in them."""

    root: Path
    path: str
    data: bytes
    offset: int


def root_of(given: str | None, path: Path | None = None) -> Path:
    """Return the ROOT of a command: `--root`, else the one that `path` or the working directory belongs to.

    Raises:
        CommandError: there is no such folder.
    """
    if given is not None:
        root = Path(given).absolute()
        if not root.is_dir():
            raise CommandError("usage", f"{given} is no folder.", "Give an existing folder with --root.")
        return root.resolve()
    return find_root((path or Path.cwd()).resolve())


def parse(text: str, root: str | None = None) -> Place:
    """Return the place that `text` names.

    Raises:
        CommandError: it is no place, the file cannot be read, or has no such line or column.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        raise CommandError("usage", f"{text} is no place in a file.", "Write PATH:LINE:COL, counted from 1.")
    path = Path(match["path"])
    data = read(path)
    found = root_of(root, path)
    inside = relative(path.resolve(), found)
    if inside is None:
        raise CommandError("usage", f"{path} is outside {found}.", "Give the folder that holds it with --root.")
    try:
        offset = LineIndex(data).offset((int(match["line"]), int(match["column"])))
    except ValueError as error:
        raise CommandError("usage", f"{path}: {error}.", "Lines and columns count from 1.") from None
    return Place(found, inside, data, offset)


def read(path: Path) -> bytes:
    """Return the file's bytes.

    Raises:
        CommandError: it cannot be read or is too large.
    """
    try:
        size = path.stat().st_size
        if size > LIMIT:
            raise CommandError("too-large", f"{path} is too large: {size / 1e6:.0f} MB.", "Nothing is done in it.")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError("usage", f"{path} cannot be read: {reason}.", "Check the path.") from None
