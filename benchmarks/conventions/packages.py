"""Pinned packages of JavaScript and TypeScript that ship their sources, and the compiler that reads them for labels.

Only the folders that people write in are taken, without what a compiler made (`*.d.ts`, `dist`).
"""

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple


class Package(NamedTuple):
    """An archive of the npm registry, as `npm pack NAME@VERSION` names it."""

    version: str
    sha256: str


PACKAGES = {
    "commander": Package("12.1.0", "56affc6ddafe486f94b428ae2823d059cf60d4dae2f33eaaf1b1ec4306f73173"),
    "express": Package("4.21.2", "fc43a91e7dc7affb53c6ad7123a4f35485ed3c45226ae7a3847b7738e783e008"),
    "fastify": Package("5.2.1", "2dd949f389d412199fb0cf1141f2ed0aadccdee4d8e93f9597b2c3009aa424ac"),
    "immer": Package("10.1.1", "946cc79684ad1e080b09d4f2da14247b272aa667f3aaa100f35846148689f08f"),
    "redux": Package("5.0.1", "adacd4f8a377e638a3feb568e45e8b8ff22c926516941db25b1acfc34d94398b"),
    "rxjs": Package("7.8.2", "2312f8ffd9726ffd7bd53ea12c5f13663d09a3dc3326f448c70b88f5ef6fac82"),
    "zod": Package("3.25.76", "9e1f1a05f0dd0c1dab64ee91ceb9bf55cd44d35368c70edda80a2fdc70a88377"),
}
COMPILER = "typescript"
_PINS = {**PACKAGES, COMPILER: Package("5.9.3", "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3")}
_TAKEN = {"src", "lib", "test", "tests", "source"}
SUFFIXES = {".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx"}
_LEFT_OUT = {"dist", "cjs", "node_modules", "esm", "umd"}


class PackageError(Exception):
    """A package could not be had; the message says which and why."""


def unpack(name: str, archives: Path) -> Path:
    """Return the root of the package's sources in the folder `archives`, downloaded there by npm where missing.

    Raises:
        PackageError: npm failed, or brought something else than the pinned archive.
    """
    package = _PINS[name]
    stem = f"{name}-{package.version}"
    root, archive = archives / "npm" / stem, archives / "npm" / f"{stem}.tgz"
    if root.is_dir():
        return root
    archive.parent.mkdir(parents=True, exist_ok=True)
    if not archive.is_file():
        command = ["npm", "pack", "--silent", f"{name}@{package.version}"]
        done = subprocess.run(command, cwd=archive.parent, capture_output=True, text=True, check=False)
        if done.returncode or not archive.is_file():
            raise PackageError(f"npm did not bring {stem}: {done.stderr.strip()[-300:]}")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
        raise PackageError(f"{archive} is not the pinned {stem}: its hash differs; remove it and run again")
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tarfile.open(archive) as opened:
        members = [
            m for m in opened.getmembers() if m.isfile() and (name == COMPILER or is_source(m.name.partition("/")[2]))
        ]
        opened.extractall(partial, members=members, filter="data")
    (partial / "package").rename(root)
    partial.rmdir()
    return root


def is_source(path: str) -> bool:
    """Say whether people write the file at this path of the package."""
    pure = PurePosixPath(path)
    configured = path in {"package.json", ".prettierrc", ".prettierrc.json", ".eslintrc.json", "tsconfig.json"}
    written = pure.suffix in SUFFIXES and not pure.name.endswith((".d.ts", ".min.js"))
    return configured or (written and bool(_TAKEN & set(pure.parts[:1])) and not _LEFT_OUT & set(pure.parts[:-1]))
