"""Code that reads all the names of a module at once: whatever is called something else afterwards shows there."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

_DOTTED = rb"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*"
_READS = re.compile(rb"\b(?:vars|dir|getmembers)\(\s*(%s)\s*[,)]|(?<![\w.])(%s)\.__dict__\b" % (_DOTTED, _DOTTED))


def reader(files: Iterable[tuple[str, bytes]], module: str, is_apart: Callable[[str, int], bool]) -> str:
    """Return `path:line` of the first place that reads the whole namespace of the file `module`, "" when none does.

    The module is told by its last name, as the places mostly write it: `vars(package.module)`, `module.__dict__`; not
    where `is_apart(path, offset)` says that this is the name of something else.
    """
    path = PurePosixPath(module)
    name = (path.parent.name if path.stem == "__init__" else path.stem).encode()
    for where, data in files:
        for match in _READS.finditer(data) if name and name in data else ():
            dotted = match[1] or match[2]
            is_bare = dotted == name and is_apart(where, match.start(1) if match[1] else match.start(2))
            if dotted.split(b".")[-1].strip() == name and not is_bare:
                return f"{where}:{data.count(bytes([10]), 0, match.start()) + 1}"
    return ""
