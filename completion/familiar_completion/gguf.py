"""The header of a GGUF file: read before llama.cpp sees it, to refuse what it would crash on or die of.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (version 2 and 3, little-endian).
"""

import mmap
import os
import struct
from pathlib import Path
from typing import Any

import msgspec

from familiar_completion.values import CompletionError

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# Bytes per block and values per block of the tensor types in use (ggml.h).
_BLOCKS = {
    0: (4, 1), 1: (2, 1), 2: (18, 32), 3: (20, 32), 6: (22, 32), 7: (24, 32), 8: (34, 32), 9: (36, 32),
    10: (84, 256), 11: (110, 256), 12: (144, 256), 13: (176, 256), 14: (210, 256), 15: (292, 256),
    24: (1, 1), 25: (2, 1), 26: (4, 1), 27: (8, 1), 28: (8, 1), 30: (2, 1),
}  # fmt: skip


class Header(msgspec.Struct, frozen=True):
    """Metadata (long arrays left out), the number of tensors, and the size that the file must have at least."""

    metadata: dict[str, Any]
    tensors: int
    size: int


def check(path: Path) -> Header:
    """Return the header of the file at `path`.

    Raises:
        CompletionError: it is missing, no GGUF, or shorter than its tensors.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header = _Reader(path, data).header()
            length = len(data)
    except (OSError, ValueError) as error:
        raise CompletionError(f"the model {path} cannot be read: {error}") from error
    if length < header.size:
        missing = header.size - length
        raise CompletionError(f"the model {path} is truncated: its last {missing:,} bytes are missing; fetch it again")
    return header


def check_memory(path: Path) -> None:
    """Refuse a model that does not fit into the memory that is free now.

    Raises:
        CompletionError: with both numbers.
    """
    free = available_memory()
    need = path.stat().st_size * 11 // 10 + (64 << 20)
    if free is not None and need > free:
        raise CompletionError(
            f"the model {path} needs about {need >> 20:,} MiB and {free >> 20:,} MiB of memory are free; "
            "choose a smaller one or close something"
        )


def available_memory() -> int | None:
    """Return the bytes of memory that can be used without swapping; None where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


class _Reader:
    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._data, self._at = path, data, 0

    def header(self) -> Header:
        if self._data[:4] != b"GGUF":
            raise CompletionError(f"{self._path} is no GGUF file")
        self._at = 4
        version, tensors, pairs = self._take("<IQQ")
        if version not in (2, 3):
            raise CompletionError(f"{self._path} is a GGUF of version {version}; 2 and 3 are known")
        try:
            metadata = dict(self._pair() for _ in range(pairs))
            ends = [self._tensor_end() for _ in range(tensors)]
        except struct.error as error:
            raise CompletionError(f"the model {self._path} is truncated: it ends inside its header") from error
        alignment = int(metadata.get("general.alignment", 32))
        start = -(-self._at // alignment) * alignment
        return Header(metadata, tensors, start + max(ends, default=0))

    def _take(self, format: str) -> tuple[Any, ...]:
        values = struct.unpack_from(format, self._data, self._at)
        self._at += struct.calcsize(format)
        return values

    def _string(self) -> str:
        (length,) = self._take("<Q")
        if self._at + length > len(self._data):
            raise struct.error
        self._at += length
        return self._data[self._at - length : self._at].decode("utf-8", "replace")

    def _pair(self) -> tuple[str, Any]:
        key = self._string()
        (kind,) = self._take("<I")
        return key, self._value(kind)

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind != _ARRAY:
            if kind not in _SCALARS:
                raise CompletionError(f"the model {self._path} is damaged: no value has type {kind}")
            return self._take("<" + _SCALARS[kind])[0]
        inner, count = self._take("<IQ")
        if inner in _SCALARS:
            self._at += struct.calcsize(_SCALARS[inner]) * count
            return None
        for _ in range(count):
            self._value(inner)
        return None

    def _tensor_end(self) -> int:
        """Return the offset in the data section at which this tensor ends (or starts, if its type is unknown)."""
        self._string()
        (dimensions,) = self._take("<I")
        shape = self._take(f"<{dimensions}Q")
        kind, offset = self._take("<IQ")
        values = 1
        for size in shape:
            values *= size
        block, count = _BLOCKS.get(kind, (0, 1))
        return int(offset + values // count * block)
