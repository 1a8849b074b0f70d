"""Which Python environment a repository uses: read from folders and text files, no interpreter is ever started.

Looked at in this order: `.venv`, `venv` and `env` in the root (so also what uv, poetry and pdm put into a project),
`VIRTUAL_ENV`, `CONDA_PREFIX`, the interpreter that `.python-version` names (pyenv's and uv's own folders), and else the
interpreter that runs us, of which then only the standard library counts.
"""

import ast
import json
import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_IN_PROJECT = (".venv", "venv", "env")
_VERSIONED = re.compile(r"python3\.\d+t?\Z")


class Environment(NamedTuple):
    """`packages`: folders that installed packages are imported from, in order; `stdlib`: the standard library's."""

    origin: str
    packages: tuple[Path, ...]
    stdlib: Path


def find(root: Path, environ: Mapping[str, str] = os.environ) -> Environment:
    """Return the environment of the repository at `root`; never raises, an unreadable one counts as absent."""
    for prefix in _prefixes(root, environ):
        sites = _sites(prefix)
        if sites:
            return Environment(str(prefix), tuple(_with_editables(sites)), _stdlib(prefix))
    for base in _named_interpreters(root):
        stdlib = _stdlib(base)
        if stdlib.parent.parent == base:
            return Environment(str(base), tuple(_with_editables(_sites(base))), stdlib)
    return Environment(sys.prefix, (), _own_stdlib())


def _prefixes(root: Path, environ: Mapping[str, str]) -> Iterable[Path]:
    for name in _IN_PROJECT:
        if (root / name / "pyvenv.cfg").is_file() or (root / name / "conda-meta").is_dir():
            yield root / name
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environ.get(variable):
            yield Path(environ[variable])


def _sites(prefix: Path) -> list[Path]:
    """Return the site-packages of an environment, and the system's where `pyvenv.cfg` lets them in."""
    found = [folder / "site-packages" for folder in _libraries(prefix)]
    found.append(prefix / "Lib" / "site-packages")
    config = _config(prefix)
    if config.get("include-system-site-packages", "").lower() == "true" and config.get("home"):
        base = Path(config["home"]).parent
        found += [f / name for f in _libraries(base) for name in ("site-packages", "dist-packages")]
        found.append(base / "lib" / "python3" / "dist-packages")
    return [f for f in dict.fromkeys(found) if f.is_dir()]


def _libraries(prefix: Path) -> list[Path]:
    """Return `lib/python3.x` folders, the newest first."""
    found = []
    for name in ("lib", "lib64"):
        try:
            found += [f for f in (prefix / name).iterdir() if _VERSIONED.match(f.name)]
        except OSError:
            continue
    unique = {f.resolve(): f for f in reversed(found)}
    return sorted(unique.values(), key=lambda f: int(f.name.rpartition(".")[2].rstrip("t")), reverse=True)


def _config(prefix: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in _text(prefix / "pyvenv.cfg").splitlines())
    return {key.strip().lower(): value.strip() for key, sign, value in pairs if sign}


def _stdlib(prefix: Path) -> Path:
    home = _config(prefix).get("home")
    base = Path(home).parent if home else prefix
    candidates = [*_libraries(base), base / "Lib"]
    if home:
        candidates.append(Path(home) / "Lib")
        candidates += _libraries(Path(home).resolve().parent)
    for folder in candidates:
        if (folder / "os.py").is_file():
            return folder
    return _own_stdlib()


def _own_stdlib() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def _named_interpreters(root: Path) -> Iterable[Path]:
    """Yield where pyenv and uv keep the interpreter that `.python-version` names."""
    words = _text(root / ".python-version").split()
    version = words[0].removeprefix("cpython-").removeprefix("python-") if words else ""
    if not re.fullmatch(r"3(\.\d+){1,2}", version):
        return
    home = Path.home()
    for folder, prefix in (
        (home / ".pyenv" / "versions", ""),
        (home / ".local" / "share" / "uv" / "python", "cpython-"),
    ):
        try:
            names = sorted((f.name for f in folder.iterdir()), reverse=True)
        except OSError:
            continue
        for name in names:
            if re.match(rf"{prefix}{re.escape(version)}(?!\d)", name):
                yield folder / name


# ---------------------------------------------------------------- editable installs


def _with_editables(sites: Iterable[Path]) -> Iterable[Path]:
    """Yield each folder, then what its `.pth` files and editable installs put on the path behind it."""
    seen: dict[Path, None] = {}
    for site in sites:
        seen[site] = None
        for folder in (*_of_pth(site), *_of_direct_urls(site)):
            if folder.is_dir():
                seen[folder] = None
    return seen


def _of_pth(site: Path) -> Iterable[Path]:
    for path in sorted(site.glob("*.pth")):
        for line in _text(path).splitlines():
            if line.strip() and not line.startswith(("#", "import ", "import\t")):
                yield site / line.strip()
    for path in sorted(site.glob("__editable___*_finder.py")):
        yield from (Path(folder).parent for folder in _mapping(_text(path)).values())


def _mapping(source: str) -> dict[str, str]:
    """Return `MAPPING` of a finder that setuptools wrote: top-level packages and where they are."""
    found = re.search(r"^MAPPING\b[^=]*=\s*(\{.*?\})\s*$", source, re.MULTILINE)
    try:
        value = ast.literal_eval(found[1]) if found else {}
    except (ValueError, SyntaxError):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}


def _of_direct_urls(site: Path) -> Iterable[Path]:
    for path in sorted(site.glob("*.dist-info/direct_url.json")):
        try:
            record = json.loads(_text(path) or "null")
        except ValueError:
            continue
        url = record.get("url") if isinstance(record, dict) else None
        if not isinstance(url, str) or not url.startswith("file://"):
            continue
        if (record.get("dir_info") or {}).get("editable"):
            folder = Path(unquote(urlsplit(url).path))
            yield from (folder / "src", folder)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.stat().st_size < 1_000_000 else ""
    except OSError:
        return ""
