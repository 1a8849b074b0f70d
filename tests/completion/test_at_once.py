"""Lists that several processes add to: none forgets what another has noted."""

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from familiar_codegraph.home import cache_dir
from familiar_completion import models, speeds, trial
from familiar_completion.speeds import Speed
from support import tiny

_AT_ONCE = 8


def speed(model: Path) -> None:
    speeds.remember(model, Speed(1.0, 2))


def outcome(model: Path) -> None:
    trial._remember(cache_dir() / "trials.json", model.name, 1)


def name(model: Path) -> None:
    models.add(model)


@pytest.mark.parametrize(
    ("note", "noted"),
    [
        (speed, lambda: len(speeds.known())),
        (outcome, lambda: len(trial._recall(cache_dir() / "trials.json"))),
        (name, lambda: len(models.entries()) - 1),  # the embedded one
    ],
)
def test_all_that_is_noted_at_once_is_kept(
    tmp_path: Path, note: Callable[[Path], None], noted: Callable[[], int]
) -> None:
    first = tiny.write(tmp_path / "0.gguf", "qwen2.5-coder")
    files = [first, *(Path(shutil.copy(first, tmp_path / f"{number}.gguf")) for number in range(1, _AT_ONCE))]
    ready = threading.Barrier(_AT_ONCE)

    def at_once(model: Path) -> None:
        ready.wait()
        note(model)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(at_once, files))
    assert noted() == _AT_ONCE
