"""What completion reads out of each file, kept on disk from one start to the next.

A file's text is split into token codes (`lexical`), import lines and names (`imports`), and words of windows
(`context`). All of it follows from the text alone, so it is known again by the text's hash: at the next start a
repository is looked up instead of being split. The text itself is read anew each time, and with it whether it may be
looked at. A store of other code, or a damaged one, is as good as none.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec
from familiar_codegraph.shared import write_whole

from familiar_completion import context, imports, lexical
from familiar_completion.context import Windows
from familiar_completion.lexical import Hay, Vocabulary

NAME = "readings"
"""The store's file, in the repository's cache folder."""
_FEW, _SHARE = 20, 0.05
"""So many files, or that share of all, are read anew without the store being written again."""
_SMALL = 10_000
_AT_A_TIME = 10_000
"""Tokens, some 10 ms."""
_HASH = 16


class Reading(msgspec.Struct, frozen=True):
    """What was read out of one text: `file` is None where it is not Python, `windows` until somebody asks for them.

    `hash` is the text's, empty where nothing is kept; `fresh` says that something of this was not in the store.
    """

    hay: Hay
    file: imports.File | None
    windows: Windows | None = None
    hash: bytes = b""
    fresh: bool = True

    def having(self, windows: Windows) -> "Reading":
        """Return this with its windows."""
        return self if self.windows else msgspec.structs.replace(self, windows=windows, fresh=True)


class _Record(msgspec.Struct, frozen=True, array_like=True):
    """A reading as it is stored: the codes are those of the stored vocabulary, in UTF-8 with surrogates."""

    hash: bytes
    codes: bytes
    file: imports.File | None
    windows: Windows | None


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """The store behind its hash: the vocabulary's tokens in order of their codes, and a `_Record` per path."""

    tokens: bytes
    files: dict[str, msgspec.Raw]


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(_Record).decode


class Readings:
    """The store at `path` (None: nothing is kept) while a repository is read once; codes are those of `vocabulary`.

    `load`, `adopt`, `read` for each file and `keep` for those that shall be known at the next start, `save`. `load` and
    `save` may be called from another thread.
    """

    def __init__(self, path: Path | None, vocabulary: Vocabulary) -> None:
        self._path, self._vocabulary = path, vocabulary
        self._stored: Mapping[str, msgspec.Raw] = {}
        self._tokens: list[str] = []
        self._table: dict[int, str] = {}
        self._known: dict[str, msgspec.Raw] = {}
        self._used: set[str] = set()
        self._anew = 0

    def load(self) -> None:
        """Take in the store, if there is one that this code has written."""
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            whole = memoryview(self._path.read_bytes())
            if whole[:_HASH] == _hash_of(whole[_HASH:]):
                stored = msgspec.msgpack.decode(whole[_HASH:], type=_Stored)
                self._tokens = stored.tokens.decode("utf-8", "surrogatepass").split("\n") if stored.tokens else []
                self._stored = stored.files

    def adopt(self) -> Iterator[None]:
        """Give the stored tokens codes, some at a time: those of the store where the vocabulary is empty."""
        for number, token in enumerate(self._tokens):
            old, new = lexical.code_at(number), self._vocabulary.code(token)
            if old != new:
                self._table[ord(old)] = new
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                yield
        self._tokens = []

    def read(self, path: str, text: str) -> Reading:
        """Return what can be read out of `text`, from the store where it is known."""
        if self._path is None:
            return self._split(path, text)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
        raw = self._stored.get(path)
        record = _decode(raw) if raw is not None else None
        if record is None or record.hash != digest:
            return self._split(path, text, digest)
        codes = record.codes.decode("utf-8", "surrogatepass").translate(self._table)
        return Reading((codes, self._vocabulary.shape(codes)), record.file, record.windows, digest, fresh=False)

    def keep(self, path: str, reading: Reading) -> None:
        """Have what was read of `path` in the next store."""
        if self._path is None:
            return
        codes = reading.hay[0]
        self._used.update(codes)
        self._anew += reading.fresh
        if reading.fresh or self._table:
            record = _Record(reading.hash, codes.encode("utf-8", "surrogatepass"), reading.file, reading.windows)
            self._known[path] = msgspec.Raw(_encode(record))
        else:
            self._known[path] = self._stored[path]

    def _split(self, path: str, text: str, digest: bytes = b"") -> Reading:
        return Reading(self._vocabulary.file(text), imports.read(path, text), hash=digest)

    def save(self) -> None:
        """Write the store again where much of it was missing; nothing is said when that cannot be done.

        A store half of whose tokens are in no file any more is removed instead, so that the next one begins small.
        """
        if self._path is None or (self._stored and self._anew <= max(_FEW, _SHARE * len(self._known))):
            return
        tokens = self._vocabulary.tokens()
        with contextlib.suppress(OSError):
            if len(tokens) > 2 * len(self._used) + _SMALL:
                self._path.unlink(missing_ok=True)
                return
            blob = "\n".join(tokens).encode("utf-8", "surrogatepass")
            body = _encode(_Stored(blob, self._known))
            write_whole(self._path, _hash_of(body) + body)


def _hash_of(body: bytes | memoryview) -> bytes:
    """Return the hash of a store and of the code that reads: other code reads other things out of the same text."""
    return hashlib.blake2b(body, digest_size=_HASH, key=_code()).digest()


@cache
def _code() -> bytes:
    files = (__file__, *(module.__file__ or "" for module in (lexical, imports, context)))
    return hashlib.blake2b(b"\0".join(Path(file).read_bytes() for file in files), digest_size=_HASH).digest()
