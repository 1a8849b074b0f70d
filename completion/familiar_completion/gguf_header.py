"""The head of a GGUF file: metadata and tensor list, read without loading anything else.

Format: github.com/ggml-org/ggml, docs/gguf.md, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

Value = bool | int | float | str | list["Value"]

_SCALARS: Final = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9

# type -> (name, values per block, bytes per block)
_TYPES: Final = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
}  # fmt: skip

_MOST: Final = 1 << 24
"""More metadata keys, tensors, array items or characters than this is no sane header."""


class HeaderError(Exception):
    """Why a file cannot be read as GGUF; the message completes the sentence `FILE ...`."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a file says. `quantisation` is the type that most parameters have; `end` is the size in bytes
    that the file must have at least."""

    metadata: dict[str, Value]
    tensors: int
    parameters: int
    quantisation: str
    end: int

    def text(self, key: str) -> str | None:
        """A text of the metadata, None if it is absent or no text."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        """A whole number of the metadata, None if it is absent or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def real(self, key: str) -> float | None:
        """A number with a fraction, None if it is absent or something else."""
        value = self.metadata.get(key)
        return value if isinstance(value, float) else None


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def take(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) < count:
            raise HeaderError("is truncated: it ends inside its own header")
        return data

    def scalar(self, kind: str) -> bool | int | float:
        value: bool | int | float = struct.unpack(kind, self.take(struct.calcsize(kind)))[0]
        return value

    def count(self) -> int:
        value = int(self.scalar("<Q"))
        if value > _MOST:
            raise HeaderError("is damaged: its header claims impossible sizes")
        return value

    def string(self) -> str:
        return self.take(self.count()).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Value:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY and depth < 4:
            inner, length = int(self.scalar("<I")), self.count()
            if inner in _SCALARS:
                code = _SCALARS[inner][1]
                return list(struct.unpack(f"<{length}{code}", self.take(length * struct.calcsize(f"<{code}"))))
            return [self.value(inner, depth + 1) for _ in range(length)]
        if kind not in _SCALARS:
            raise HeaderError("is damaged: its header holds a value of unknown type")
        return self.scalar(_SCALARS[kind])


def _tensor(reader: _Reader) -> tuple[str, int, int]:
    """A tensor's type name, number of values, and where it ends behind the beginning of the data."""
    reader.string()
    size = 1
    for _ in range(int(reader.scalar("<I")) % 16):
        size *= int(reader.scalar("<Q"))
    kind, offset = int(reader.scalar("<I")), int(reader.scalar("<Q"))
    if kind not in _TYPES:
        return f"type {kind}", size, offset
    name, values, length = _TYPES[kind]
    return name, size, offset + size // values * length


def read_header(path: Path) -> Header:
    """The header of a GGUF file. Raises HeaderError (no GGUF, truncated, damaged) and OSError (unreadable)."""
    with path.open("rb") as file:
        reader = _Reader(file)
        if file.read(4) != b"GGUF":
            raise HeaderError("is not a GGUF file")
        version = int(reader.scalar("<I"))
        if version not in (2, 3):
            raise HeaderError(f"has GGUF version {version}; versions 2 and 3 can be read")
        tensor_count, pair_count = reader.count(), reader.count()
        metadata: dict[str, Value] = {}
        for _ in range(pair_count):
            key = reader.string()
            metadata[key] = reader.value(int(reader.scalar("<I")))
        tensors = [_tensor(reader) for _ in range(tensor_count)]
        alignment = metadata.get("general.alignment", 32)
        step = alignment if isinstance(alignment, int) and alignment > 0 else 32
        data = -(-file.tell() // step) * step
    sizes: Counter[str] = Counter()
    for name, size, _ in tensors:
        sizes[name] += size
    header = Header(
        metadata,
        tensor_count,
        sum(sizes.values()),
        sizes.most_common(1)[0][0] if sizes else "none",
        data + max((end for _, _, end in tensors), default=0),
    )
    if path.stat().st_size < header.end:
        raise HeaderError(f"is truncated: it has {path.stat().st_size:,} bytes of at least {header.end:,}")
    return header
