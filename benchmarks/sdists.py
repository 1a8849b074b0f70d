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
    """One source distribution by content, with what its tests need (pip requirements).

    `editable`: the project itself is installed; else its dependencies only, for reading is all that is wanted.
    """

    name: str
    version: str
    sha256: str
    requirements: tuple[str, ...] = ()
    editable: bool = True

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
        *(
            Pin(name, version, sha256, (_PYTEST, "pyyaml==6.0.2"))
            for name, version, sha256 in (
                ("h11", "0.16.0", "4e35b956cf45792e4caa5885e69fba00bdbc6ffafbfa020300e549b208ee5ff1"),
                ("wsproto", "1.3.2", "b86885dcf294e15204919950f666e06ffc6c7c114ca900b060d6e16293528294"),
                ("pluggy", "1.7.0", "d1eaa46ebb595891b860ab086b4d09c8588af65ebd4361b8e8f4bb8920b90ba8"),
                ("cachetools", "8.0.1", "deb1d376d4d28c2f33f3e3058043b005e0af75c35c094bd54053e27d2906ad95"),
                ("sqlparse", "0.6.1", "ca722573f848ff2d30e40ea30f53a104b7dea7635ea9285891263eb2c58fb6e7"),
                ("tinydb", "4.9.0", "6928b1fa785186bda7952a0ba05aaeedc883ede565ca9c7d608de44e5e75de70"),
                ("voluptuous", "0.16.0", "006535e22fed944aec17bef6e8725472476194743c87bd233e912eb463f8ff05"),
                ("tomlkit", "0.15.2", "83e32755ba1d20d9340bd069ee97e9f6232ba2346b63ffcba425de01f7e327a6"),
            )
        ),
        Pin("django", "5.2.8", "23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f"),
        *(
            Pin(name, version, sha256, (_PYTEST,), editable=False)
            for name, version, sha256 in (
                ("attrs", "26.1.0", "d03ceb89cb322a8fd706d4fb91940737b6642aa36998fe130a9bc96c985eff32"),
                ("black", "26.10.1", "5f9f83beae62437e060dafd53d7f1fc327e3d3494f74d72ee5c2b73eb90fc4e7"),
                ("httpx", "0.28.1", "75e98c5f16b0f35b567856f597f06ff2270a374470a5c2392242528e3e3e42fc"),
                ("jinja2", "3.1.6", "0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d"),
                ("networkx", "3.6.1", "26b7c357accc0c8cde558ad486283728b65b6a95d85ee1cd66bafab4c8168509"),
                ("requests", "2.34.2", "f288924cae4e29463698d6d60bc6a4da69c89185ad1e0bcc4104f584e960b9ed"),
                ("rich", "15.0.0", "edd07a4824c6b40189fb7ac9bc4c52536e9780fbbfbddf6f1e2502c31b068c36"),
                ("scrapy", "2.19.0", "34130726582b64c91531162ab277c4053e558876d49ba219cb43679e71d80a87"),
                ("sqlalchemy", "2.1.9", "d700a8b2edfb26282a470333d6bc4a454c4acda4d201a3bea7b72fa76c217d28"),
            )
        ),
        *(
            Pin(name, version, sha256)
            for name, version, sha256 in (
                ("boltons", "24.1.0", "4a49b7d57ee055b83a458c8682a2a6f199d263a8aa517098bda9bab813554b87"),
                ("flask", "3.1.0", "5f873c5184c897c8d9d1b05df1e3d01b14910ce69607a117bd3277098a5836ac"),
                ("gpytorch", "1.13", "f4a488633a2a7a4ab37d12553d1d1dd39690043dbceef14ca428b7d5f89f73ba"),
                ("marshmallow", "3.23.1", "3a8dfda6edd8dcdbf216c0ede1d1e78d230a6dc9c5a088f58c4083b974a0d468"),
                ("paramiko", "3.5.0", "ad11e540da4f55cedda52931f1a3f812a8238a7af7f62a60de538cd80bb28124"),
                ("peft", "0.14.0", "546d69af7b42f5ef715a3d3261ed818bc917ae6055e5d7e187ed3f2c76ad72dc"),
                ("sphinx", "8.1.3", "43c1911eecb0d3e161ad78611bc905d1ad0e523e4ddc202a58a821773dc4c927"),
                ("tornado", "6.4.2", "92bad5b4746e9879fd7bf1eb21dce4e3fc5128d71601f80005afa39237ad620b"),
                ("trio", "0.27.0", "1dcc95ab1726b2da054afea8fd761af74bad79bd52381b84eae408e983c76831"),
                ("twisted", "24.11.0", "695d0556d5ec579dcc464d2856b634880ed1319f45b10d19043f2b57eb0115b5"),
                ("urllib3", "2.2.3", "e7d814a81dad81e6caf2ec9fdedb284ecc9c73076b62654547cc64ccdcae26e9"),
                ("werkzeug", "3.1.3", "60723ce945c19328679790e3282cc758aa4a6040e4bb330f53d30fa546d44746"),
            )
        ),
    )
}


class SdistError(Exception):
    """A source distribution could not be had; the message says which and why, in one sentence."""


def fetch(name: str, into: Path, *, environment: bool = True) -> Path:
    """Return the root of a fresh repository of the pinned project `name` at `into/<name>-<version>`.

    One commit holds the archive's files. With `environment`, `.venv` (unknown to git) holds the project as an editable
    install (or its dependencies only) and what its tests need. An existing folder of that name is replaced.

    Raises:
        SdistError: no such pin, or pip, uv or git failed (their own words are in the message).
    """
    pin = PINS.get(name)
    if pin is None:
        raise SdistError(f"no pinned project is called {name}; there are {', '.join(sorted(PINS))}")
    root = into / pin.stem
    shutil.rmtree(root, ignore_errors=True)
    into.mkdir(parents=True, exist_ok=True)
    _extract(pin, into, home.cache_dir() / "sdists")
    _commit(root)
    if environment:
        _environment(pin, root)
    return root


def unpack(name: str, archives: Path) -> Path:
    """Return the root of the pinned project's bare files, unpacked in the folder `archives` beside its archive.

    What is there already is used as it is.

    Raises:
        SdistError, KeyError: as `fetch`; no such pin.
    """
    root = archives / PINS[name].stem
    if not root.is_dir():
        _extract(PINS[name], archives, archives)
    return root


def _extract(pin: Pin, into: Path, archives: Path) -> None:
    with tarfile.open(_archive(pin, archives)) as archive:
        archive.extractall(into, filter="data")


def _archive(pin: Pin, folder: Path) -> Path:
    """Return the archive from `folder`, downloaded with its hash when it is not there yet."""
    found = folder / f"{pin.stem}.tar.gz"
    if not found.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / f"{pin.stem}.txt"
        wanted.write_text(f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", pin.name, "--require-hashes", "-d", str(folder), "-r", str(wanted)]
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
    project = ["-e", "."] if pin.editable else ["-r", "pyproject.toml"]
    _run(["uv", "pip", "install", "-q", "--python", python, *project, *pin.requirements], root)


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
