"""Compile llama.cpp into the environment that we run in, and tell the user how long it takes."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from rich.console import Console

MINUTES = "about 6 minutes on 2 cores, once"


def has_model_extra() -> bool:
    """Whether llama-cpp-python is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


def install_model_extra(console: Console) -> str | None:
    """Install the extra `model`; return None, or one sentence that says why it is not there and what to do."""
    if has_model_extra():
        return None
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        return "llama.cpp was not installed: uv is not on the PATH; `familiar doctor` gives the command"
    started = time.monotonic()
    with (
        console.status("") as status,
        subprocess.Popen(
            _command(uv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=_environment()
        ) as process,
    ):
        while process.poll() is None:
            status.update(f"Compiling llama.cpp ({MINUTES}) … {_clock(time.monotonic() - started)}")
            time.sleep(0.5)
        output = process.stdout.read() if process.stdout else ""
    importlib.invalidate_caches()
    if process.returncode == 0 and has_model_extra():
        console.print(f"llama.cpp compiled in {_clock(time.monotonic() - started)}")
        return None
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        return "llama.cpp could not be compiled: there is no C++ compiler; on Debian: apt-get install g++"
    last = output.strip().splitlines()[-1:] or ["no output"]
    return f"llama.cpp could not be compiled ({last[0]}); the whole output: uv sync --extra model"


def _command(uv: str) -> list[str]:
    checkout = Path(__file__).parents[3]
    if (checkout / "uv.lock").is_file():
        return [uv, "sync", "--inexact", "--locked", "--extra", "model", "--project", str(checkout)]
    wanted = [r.split(";")[0].strip() for r in metadata.requires("familiar-ls") or [] if "extra == 'model'" in r]
    return [uv, "pip", "install", "--python", sys.executable, *wanted]


def _environment() -> dict[str, str]:
    return {**os.environ, "UV_PROJECT_ENVIRONMENT": sys.prefix}


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
