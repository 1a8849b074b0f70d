"""Real projects to measure on: pinned source distributions, each made into a repository with an environment of its own.

    root = sdists.fetch("itsdangerous", into)     # a git repository with a .venv in which its tests run

The archive is downloaded once by pip, with its hash, into our cache; `into/<name>-<version>` is made from it each time.
"""

import argparse
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from familiar_codegraph import home


class Pin(msgspec.Struct, frozen=True):
    """One source distribution by content, with what its tests need (pip requirements)."""

    name: str
    version: str
    sha256: str
    requirements: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.version}"


_PYTEST = "pytest==8.4.2"
PINS = {
    pin.name: pin
    for pin in (
        Pin(
            "itsdangerous",
            "2.2.0",
            "e0050c0b7da1eea53ffaf149c0cfbb5c6e2e2b69c4bef22c81fa6eb73e5f6173",
            (_PYTEST, "freezegun==1.5.5"),
        ),
        Pin(
            "click",
            "8.1.8",
            "ed53c9d8990d83c2a27deae68e4ee337473f6330c040a31d4225c9574d16096a",
            (_PYTEST,),
        ),
    )
}


class SdistError(Exception):
    """A source distribution could not be had; the message says which and why, in one sentence."""


def fetch(name: str, into: Path, *, environment: bool = True) -> Path:
    """Return the root of a fresh repository of the pinned project `name` at `into/<name>-<version>`.

    One commit holds the archive's files. With `environment`, `.venv` (unknown to git) holds the project as an editable
    install and what its tests need. An existing folder of that name is replaced.

    Raises:
        SdistError: no such pin, or pip, uv or git failed (their own words are in the message).
    """
    pin = PINS.get(name)
    if pin is None:
        raise SdistError(f"no pinned project is called {name}; there are {', '.join(sorted(PINS))}")
    root = into / pin.stem
    shutil.rmtree(root, ignore_errors=True)
    into.mkdir(parents=True, exist_ok=True)
    with tarfile.open(_archive(pin)) as archive:
        archive.extractall(into, filter="data")
    _commit(root)
    if environment:
        _environment(pin, root)
    return root


def _archive(pin: Pin) -> Path:
    """Return the archive from our cache, downloaded with its hash when it is not there yet."""
    folder = home.cache_dir() / "sdists"
    found = folder / f"{pin.stem}.tar.gz"
    if not found.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / f"{pin.stem}.txt"
        wanted.write_text(f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "-d", str(folder), "-r", str(wanted)]
        _run([*_pip(), "download", "-q", *options], folder)
    if not found.is_file():
        raise SdistError(f"pip did not bring {found.name}")
    return found


def _pip() -> list[str]:
    known = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    return [sys.executable, "-m", "pip"] if known.returncode == 0 else ["uv", "tool", "run", "pip"]


def _commit(root: Path) -> None:
    git = ["git", "-c", "user.name=sdist", "-c", "user.email=sdist@localhost", "-c", "commit.gpgsign=false"]
    _run([*git, "init", "-q", "-b", "main"], root)
    with (root / ".git" / "info" / "exclude").open("a", encoding="utf-8") as exclude:
        exclude.write(".venv/\n__pycache__/\n*.egg-info/\n.pytest_cache/\n")
    _run([*git, "add", "-A"], root)
    _run([*git, "commit", "-q", "-m", root.name], root)


def _environment(pin: Pin, root: Path) -> None:
    _run(["uv", "venv", "-q", "--python", sys.executable, ".venv"], root)
    python = str(root / ".venv" / "bin" / "python")
    _run(["uv", "pip", "install", "-q", "--python", python, "-e", ".", *pin.requirements], root)


def _run(command: Sequence[str], cwd: Path) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SdistError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise SdistError(f"{' '.join(command[:3])} failed in {cwd}: {done.stderr.strip()[-500:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a pinned project into a repository.")
    parser.add_argument("name", choices=sorted(PINS))
    parser.add_argument("into", type=Path)
    parser.add_argument("--no-environment", action="store_true", help="without .venv")
    args = parser.parse_args()
    print(fetch(args.name, args.into, environment=not args.no_environment))


if __name__ == "__main__":
    main()
