"""Values by path, kept as packed bytes: a repository's files answer much, and most of it is seldom asked for."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Generic, TypeVar

T = TypeVar("T")


class Packed(MutableMapping[str, T], Generic[T]):
    """A mapping that holds what `encode` makes of its values. What is taken out is a copy: changes are lost."""

    def __init__(self, encode: Callable[[T], bytes], decode: Callable[[bytes], T]) -> None:
        self._encode, self._decode = encode, decode
        self._rows: dict[str, bytes] = {}
        self._last: tuple[str, T] | None = None

    def __getitem__(self, path: str) -> T:
        if self._last is None or self._last[0] != path:
            self._last = path, self._decode(self._rows[path])
        return self._last[1]

    def __setitem__(self, path: str, value: T) -> None:
        self._last = None
        self._rows[path] = self._encode(value)

    def __delitem__(self, path: str) -> None:
        self._last = None
        del self._rows[path]

    def __contains__(self, path: object) -> bool:
        return path in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
