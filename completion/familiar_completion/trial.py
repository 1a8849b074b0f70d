"""Which way of loading a model survives on this machine: tried in a throw-away process, remembered.

llama.cpp may crash where it should fail (the default build does at the first decode on some CPUs), so each
configuration has to load the model and decode once in a process of its own before the worker is trusted with it.

    python -m familiar_completion.trial GGUF CONFIG     CONFIG is a `Config` as JSON; exit status 0 when it works
"""

import contextlib
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from familiar_codegraph.home import cache_dir
from familiar_codegraph.shared import alone, write_whole

from familiar_completion.values import CompletionError

_SECONDS = 60.0
SEQUENCES = 12
"""States that a context holds side by side: prompts, and branches of one."""


class Config(msgspec.Struct, frozen=True):
    """How to load a model: decode threads, llama.cpp's repacked buffers, and layers on a GPU (-1: all)."""

    threads: int
    extra_buffers: bool
    gpu_layers: int


def ladder() -> tuple[Config, ...]:
    """Return the configurations from the fastest to the safest."""
    two = min(2, os.cpu_count() or 1)
    return (Config(two, True, -1), Config(two, False, -1), Config(two, False, 0), Config(1, False, 0))


class Outcome(msgspec.Struct, frozen=True):
    """How one trial ended: the exit status (negative: the signal that ended it) and the last line it wrote."""

    status: int
    message: str


def attempt(path: Path, config: Config) -> Outcome:
    """Load `path` by `config` and decode once, in a process of its own."""
    argv = [sys.executable, "-P", "-m", "familiar_completion.trial", str(path), msgspec.json.encode(config).decode()]
    try:
        run = subprocess.run(argv, capture_output=True, timeout=_SECONDS, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        return Outcome(-9, f"no decode within {_SECONDS:.0f} seconds")
    lines = run.stderr.decode("utf-8", "replace").strip().splitlines()
    return Outcome(run.returncode, lines[-1] if lines else "")


def choose(
    path: Path, safer: int = 0, attempt: Callable[[Path, Config], Outcome] = attempt, memory: Path | None = None
) -> tuple[Config, int]:
    """Return the first configuration that works and its place on the ladder.

    The choice is remembered by machine, build of llama.cpp and model; `safer` steps are skipped (after crashes of the
    worker itself).

    Raises:
        CompletionError: the model is unusable (an orderly failure), or every configuration crashed.
    """
    memory = memory or cache_dir() / "trials.json"
    known = _recall(memory)
    key = _key(path)
    steps = ladder()
    first = max(safer, 0)
    if key in known and known[key] >= first:
        return steps[known[key]], known[key]
    crashes: list[str] = []
    for step in range(min(first, len(steps) - 1), len(steps)):
        outcome = attempt(path, steps[step])
        if outcome.status == 0:
            _remember(memory, key, step)
            return steps[step], step
        if outcome.status > 0:
            raise CompletionError(outcome.message or f"{path} cannot be loaded (exit status {outcome.status})")
        crashes.append(str(-outcome.status))
    raise CompletionError(f"llama.cpp crashed in every configuration with {path} (signals {', '.join(crashes)})")


def _key(path: Path) -> str:
    """Return a name for machine + build + model: CPU flags and model, package version, the model's size and time."""
    try:
        build = version("llama-cpp-python")
    except PackageNotFoundError:
        build = ""
    stat = path.stat()
    parts = (platform.machine(), _cpu(), build, str(path.resolve()), str(stat.st_size), str(stat.st_mtime_ns))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(next((line for line in lines if line.startswith(name)), "") for name in ("model name", "flags"))


def _recall(memory: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(memory.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return {}


def _remember(memory: Path, key: str, step: int) -> None:
    with contextlib.suppress(OSError), alone(memory.with_suffix(".lock")):
        write_whole(memory, msgspec.json.encode({**_recall(memory), key: step}))


def main(argv: Sequence[str]) -> int:
    """Try one configuration; an orderly failure writes its sentence as the last line of stderr."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from familiar_completion.llama import Llama

    try:
        llama = Llama(Path(argv[0]), msgspec.json.decode(argv[1], type=Config), 256)
        llama.decode([(0, at, 0, at == 7) for at in range(8)])
        finite = bool((llama.log_probabilities(7) <= 0).all())
        llama.decode([(0, 8, 0, True)])
    except CompletionError as error:
        os.write(2, f"{error}\n".encode())
        return 3
    return 0 if finite else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
