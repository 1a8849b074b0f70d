"""Run one command of the user's project apart from everything else: limits, no network, nothing writable, ended whole.

The outer side; `sandbox.py` is the inner one. The best method of the machine is chosen once per process: namespaces of
our own, else bubblewrap, else a plain process (which isolates nothing and whose callers must say so).
"""

import functools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

Method = Literal["namespaces", "bubblewrap", "plain"]
Mode = Literal["ro", "rw", "cow"]
Limit = Literal["time", "memory", "processes", "stopped"]
SWITCH = "FAMILIAR_ISOLATION"  # "plain" or "bubblewrap": behave as a machine that has nothing better
_SANDBOX = Path(__file__).with_name("sandbox.py")


class Bind(NamedTuple):
    """Show `source` at `target`: read-only, writable, or with the writes kept apart from the source."""

    source: Path
    target: Path
    mode: Mode


class Limits(msgspec.Struct, frozen=True):
    """What a run may use: bytes of memory in one process (a quarter more in all), processes, bytes in one file and in
    each private temporary folder.
    """

    seconds: float = 300.0
    memory: int = 4 << 30
    processes: int = 512
    file: int = 1 << 30
    tmp: int = 1 << 30


class Command(msgspec.Struct, frozen=True):
    """A command with the file system that it shall see; `scratch` is a folder of ours for this run alone."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str]
    scratch: Path
    binds: tuple[Bind, ...] = ()
    hide: tuple[Path, ...] = ()


class Ended(msgspec.Struct, frozen=True):
    """How a run ended: its exit status (negative: a signal; None when it was ended), which limit, its last output."""

    status: int | None
    limit: Limit | None
    output: str
    seconds: float


@functools.cache
def method() -> tuple[Method, str]:
    """Return how runs are isolated on this machine, and, when they are not, the reason."""
    wanted = os.environ.get(SWITCH, "")
    if not sys.platform.startswith("linux"):
        return "plain", f"{sys.platform} has no namespaces"
    if wanted == "plain":
        return "plain", f"{SWITCH}=plain"
    reason = _try("namespaces") if wanted != "bubblewrap" else f"{SWITCH}=bubblewrap"
    if reason is None:
        return "namespaces", ""
    if shutil.which("bwrap"):
        again = _try("bubblewrap")
        return ("bubblewrap", "") if again is None else ("plain", f"{reason}; bubblewrap: {again}")
    return "plain", reason


def _try(how: Method) -> str | None:
    """Return None when `how` can run a trivial command here, else why not."""
    with tempfile.TemporaryDirectory(prefix="familiar-try-") as folder:
        command = Command((_true(),), Path("/"), {}, Path(folder))
        ended = run(command, Limits(seconds=10.0), how=how)
        if ended.status == 0:
            return None
        return ended.output.strip().rpartition("\n")[2] or f"exit status {ended.status}"


def _true() -> str:
    return shutil.which("true") or "/bin/true"


def run(
    command: Command,
    limits: Limits,
    *,
    how: Method | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Ended:
    """Run `command` and return how it ended; `stop` is asked every 50 ms and ends the run when it says so.

    When this returns, no process of the run is left (on Linux).
    """
    how = how or method()[0]
    began = time.monotonic()
    log, verdict = command.scratch / "output.log", command.scratch / "verdict.json"
    verdict.unlink(missing_ok=True)
    with log.open("wb") as sink:
        process = subprocess.Popen(
            _argv(command, limits, how, verdict),
            cwd=command.cwd if how == "plain" else "/",
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        limit = _wait(process, began + limits.seconds, stop)
    output = _tail(log)
    seconds = time.monotonic() - began
    if limit is not None:
        return Ended(None, limit, output, seconds)
    try:
        said = json.loads(verdict.read_bytes())
    except (OSError, ValueError):
        return Ended(process.returncode or None, None, output, seconds)
    return Ended(said["status"] if said["limit"] is None else None, said["limit"], output, seconds)


def _argv(command: Command, limits: Limits, how: Method, verdict: Path) -> list[str]:
    if not sys.platform.startswith("linux"):
        return list(command.argv)
    layers = command.scratch / "layers"
    layers.mkdir(exist_ok=True)
    spec = {
        "method": "inside" if how == "bubblewrap" else how,
        "parent": os.getpid(),
        "argv": command.argv,
        "cwd": str(command.cwd),
        "env": command.env,
        "binds": [[str(b.source), str(b.target), b.mode] for b in command.binds],
        "hide": [str(path) for path in command.hide],
        "layers": str(layers),
        "verdict": str(verdict),
        "limits": msgspec.to_builtins(limits),
    }
    path = command.scratch / "spec.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    if how == "bubblewrap":
        return [*_bubblewrap(command), *_inner(command, path)]
    return [sys.executable, "-I", "-S", str(_SANDBOX), str(path)]


def _inner(command: Command, spec: Path) -> list[str]:
    interpreter = command.argv[0] if "python" in Path(command.argv[0]).name else sys.executable
    return [interpreter, "-I", "-S", str(_SANDBOX), str(spec)]


def _bubblewrap(command: Command) -> list[str]:
    argv = ["bwrap", "--unshare-user", "--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent"]
    argv += ["--new-session", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    own = [Bind(_SANDBOX, _SANDBOX, "ro"), Bind(command.scratch, command.scratch, "rw")]
    steps: list[tuple[int, int, Sequence[str]]] = [
        (len(path.parts), 0, ["--perms", "1777", "--tmpfs", str(path)]) for path in command.hide if path.is_dir()
    ]
    for bind in (*own, *command.binds):
        option = "--bind" if bind.mode == "rw" else "--ro-bind"
        steps.append((len(bind.target.parts), 1, [option, str(bind.source), str(bind.target)]))
    for _, _, words in sorted(steps, key=lambda step: step[:2]):
        argv += words
    return [*argv, "--"]


def _wait(process: subprocess.Popen[bytes], deadline: float, stop: Callable[[], bool]) -> Limit | None:
    """Wait for the end; return "time" or "stopped" when we had to bring it about."""
    handle = None
    if sys.platform == "linux":
        handle = os.pidfd_open(process.pid)
    try:
        while process.poll() is None:
            if time.monotonic() > deadline or stop():
                late = time.monotonic() > deadline
                _end(process)
                return "time" if late else "stopped"
            if handle is not None:
                select.select([handle], [], [], 0.05)
            else:
                time.sleep(0.02)
    except BaseException:
        _end(process)
        raise
    finally:
        if handle is not None:
            os.close(handle)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole run: `sandbox.py` ends what it has started when it is asked to end."""
    process.terminate()
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path, limit: int = 20_000) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - limit))
        return file.read().decode("utf-8", "replace")
