"""Code that reads all the names of a module at once: whatever is called something else afterwards shows there."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_DOTTED = rb"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*"
_READS = re.compile(rb"\b(?:vars|dir|getmembers)\(\s*(%s)\s*[,)]|(?<![\w.])(%s)\.__dict__\b" % (_DOTTED, _DOTTED))


def reader(files: Iterable[tuple[str, bytes]], module: str) -> str:
    """Return `path:line` of the first place that reads the whole namespace of the file `module`, "" when none does.

    The module is told by its last name, as the places mostly write it: `vars(package.module)`, `module.__dict__`.
    """
    path = PurePosixPath(module)
    name = (path.parent.name if path.stem == "__init__" else path.stem).encode()
    for where, data in files:
        for match in _READS.finditer(data) if name and name in data else ():
            if (match[1] or match[2]).split(b".")[-1].strip() == name:
                return f"{where}:{data.count(bytes([10]), 0, match.start()) + 1}"
    return ""
