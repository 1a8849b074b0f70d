"""How fast each model was on this machine when it was last loaded: kept in the cache folder, told by `model list`."""

import contextlib
from pathlib import Path

import msgspec
from familiar_codegraph.home import cache_dir
from familiar_codegraph.shared import alone, write_whole

LINE = 12
"""Tokens of a whole line."""


class Speed(msgspec.Struct, frozen=True):
    """Milliseconds for one decoded token, with so many threads; `gpu_layers` -1: all of them."""

    token_ms: float
    threads: int
    gpu_layers: int = 0

    @property
    def line_ms(self) -> int:
        """Milliseconds that the tokens of a whole line take when its prompt was read ahead."""
        return round(self.token_ms * LINE)


def known() -> dict[str, Speed]:
    """Return what was measured, by the file's path."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=dict[str, Speed])
    except (OSError, msgspec.DecodeError):
        return {}


def remember(path: Path, speed: Speed) -> None:
    """Keep one model's speed; where nothing can be written it is measured again next time."""
    with contextlib.suppress(OSError), alone(_file().with_suffix(".lock")):
        write_whole(_file(), msgspec.json.encode({**known(), str(path.resolve()): speed}))


def _file() -> Path:
    return cache_dir() / "speeds.json"
