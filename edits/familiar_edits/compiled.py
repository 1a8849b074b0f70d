"""The bytecode of the repository's own sources, kept from run to run: each run stands in a fresh copy that has none.

Compiling a project, and rewriting the assertions of its tests, can take longer than its tests. So what the interpreter
and pytest wrote in a run is kept, by the content of each source, and laid into later copies for those files that hold
just that content; never for a file that a change touches. Where bytecode is valid by the time and size of its source
(PEP 552), both are written into its head anew; where by a hash of it, the interpreter looks itself.
"""

import contextlib
import hashlib
import os
import shutil
import struct
import threading
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from familiar_codegraph.shared import write_whole

_HEAD = struct.Struct("<4s3I")  # magic number, flags, seconds, size; or a hash in place of these two
_TIMED, _CHECKED = 0, 3
_LOW = 0xFFFFFFFF


class Bytecode:
    """What is kept in `store` for one environment, and how it lies in a copy of the tree.

    `contents`: the sha256 of every file that was copied, by its path. `beside`: bytecode lies in `__pycache__` beside
    its source, else in a folder of the run that mirrors the tree (see `mirror`).
    """

    def __init__(self, store: Path, contents: Mapping[str, str], *, beside: bool) -> None:
        self.store, self.beside = store, beside
        self._keys = {
            path: hashlib.sha256(f"{path}\0{digest}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
            for path, digest in contents.items()
            if path.endswith(".py")
        }
        self._contents = contents
        self._lock = threading.Lock()

    def lay(self, tree: Path, changed: Collection[str]) -> None:
        """Put what is known into `tree`, a copy in which the files `changed` hold something else."""
        known: dict[str, list[str]] = {}
        for name in (name for name in _names(self.store) if name.endswith(".pyc")):
            key, _, rest = name.partition("-")
            known.setdefault(key, []).append(rest)
        for path, key in self._keys.items():
            if key in known and path not in changed:
                self._put(tree, path, key, known[key])

    def _put(self, tree: Path, path: str, key: str, names: list[str]) -> None:
        source, folder = tree / path, self._folder(tree, path)
        with contextlib.suppress(OSError):
            info = source.lstat()
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                data = bytearray((self.store / f"{key}-{name}").read_bytes())
                if len(data) < _HEAD.size:
                    continue
                magic, flags, *_ = _HEAD.unpack_from(data)
                if flags == _TIMED:
                    _HEAD.pack_into(data, 0, magic, flags, int(info.st_mtime) & _LOW, info.st_size & _LOW)
                (folder / name).write_bytes(data)

    def keep(self, tree: Path) -> None:
        """Keep what a run on `tree` has compiled of unchanged files; forget what belongs to no source of today's."""
        with self._lock, contextlib.suppress(OSError):  # another process, with another environment, clears up
            self._keep(tree)

    def _keep(self, tree: Path) -> None:
        self.store.mkdir(parents=True, exist_ok=True)
        have = set(_names(self.store))
        listed = {folder: _names(folder) for folder in {self._folder(tree, path) for path in self._keys}}
        for path, key in self._keys.items():
            folder, stem = self._folder(tree, path), PurePosixPath(path).stem
            for file in (n for n in listed[folder] if n.startswith(f"{stem}.") and n.endswith(".pyc")):
                name = f"{key}-{file}"
                if name not in have and (data := self._valid(tree / path, path, folder / file)):
                    with contextlib.suppress(OSError):  # another process clears up
                        write_whole(self.store / name, data)
        keys = set(self._keys.values())
        for name in have:
            if name.partition("-")[0] not in keys or name.endswith(".part"):
                (self.store / name).unlink(missing_ok=True)
        for other in self.store.parent.iterdir():
            if other != self.store:
                shutil.rmtree(other, ignore_errors=True)

    def _valid(self, source: Path, path: str, file: Path) -> bytes | None:
        """Return the bytecode in `file` if it was made of `source`, and this is still what was copied."""
        try:
            info, text, data = source.lstat(), source.read_bytes(), file.read_bytes()
        except OSError:
            return None
        if len(data) < _HEAD.size or hashlib.sha256(text).hexdigest() != self._contents[path]:
            return None
        _, flags, seconds, size = _HEAD.unpack_from(data)
        as_timed = flags == _TIMED and (seconds, size) == (int(info.st_mtime) & _LOW, info.st_size & _LOW)
        return data if as_timed or flags == _CHECKED else None

    def _folder(self, tree: Path, path: str) -> Path:
        parent = PurePosixPath(path).parent
        return tree / parent / "__pycache__" if self.beside else mirror(tree) / parent


def mirror(tree: Path) -> Path:
    """Return the folder of a run that holds the bytecode of `tree` where it does not lie beside the sources."""
    folder = tree.parent / "bytecode"
    folder.mkdir(exist_ok=True)
    return folder


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - one for each folder of the tree
    except OSError:
        return []
