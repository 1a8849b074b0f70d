"""What type checkers say where names are defined: asked once, kept as JSON, so that measuring again takes seconds.

A checker's answer is a list of places: `[path, offset, name]` in the repository, `[path, -1, name]` outside of it (path
as far as the last four folders); `name` is the identifier that stands there, "" for a whole file.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from familiar_codegraph.opinion_lsp import LanguageClient, Location, OpinionError
from familiar_codegraph.text import LineIndex

from benchmarks.places import Place

_NAME = re.compile(rb"[*\"' ]{0,4}(\w+)")
Said = list[tuple[str, int, str]]


class Checker(NamedTuple):
    """How a type checker is started as a language server; `settings` are made for a root and its import folders."""

    name: str
    argv: tuple[str, ...]
    settings: Callable[[Path, list[str]], dict[str, Any]]
    options: Callable[[Path, list[str]], object] = lambda root, folders: None


def _python(root: Path) -> str:
    return str(root / ".venv" / "bin" / "python")


def _pyright(root: Path, folders: list[str]) -> dict[str, Any]:
    analysis = {"diagnosticMode": "openFilesOnly", "extraPaths": folders, "indexing": False}
    return {
        "python": {"pythonPath": _python(root)},
        "python.analysis": analysis,
        "basedpyright": {"analysis": analysis},
        "basedpyright.analysis": analysis,
    }


def _ty(root: Path, folders: list[str]) -> dict[str, Any]:
    environment = {"python": str(root / ".venv"), "extra-paths": folders}
    return {"ty": {"diagnosticMode": "off", "configuration": {"environment": environment}}}


CHECKERS = {
    checker.name: checker
    for checker in (
        Checker("basedpyright", ("basedpyright-langserver", "--stdio"), _pyright),
        Checker("ty", ("ty", "server"), _ty, lambda root, folders: _ty(root, folders)["ty"]),
        Checker("pyrefly", ("pyrefly", "lsp"), lambda root, folders: {"python": {"pythonPath": _python(root)}}),
    )
}


def answers(
    checker: str, root: Path, places: Sequence[Place], folders: Sequence[str], cache: Path, key: str
) -> dict[str, Said]:
    """Return what a checker says about each place, by `Place.where`; asked only if `cache` does not hold it.

    `folders`: import roots beside the repository's own. `key` names the sample in the cache's file name.

    Raises:
        OpinionError: the checker is not installed, ended, or took more than a minute for one answer.
    """
    known = CHECKERS[checker]
    program = shutil.which(known.argv[0], path=_path())
    if program is None:
        version = "*"
        kept = sorted(cache.glob(f"{root.name}-{checker}-{version}-answers-{key}.json"))
        if not kept:
            raise OpinionError(f"{known.argv[0]} is not installed; pip install {checker}")
        file = kept[-1]
    else:
        file = cache / f"{root.name}-{checker}-{_version(program, known)}-answers-{key}.json"
    found: dict[str, Said] = {}
    if file.is_file():
        found = {where: [(p, o, n) for p, o, n in said] for where, said in json.loads(file.read_text()).items()}
    missing = [place for place in places if place.where not in found]
    if missing and program is not None:
        found |= _ask(known, program, root, missing, [str(root / folder) for folder in folders])
        cache.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=0, sort_keys=True))
    return found


def command(checker: str) -> str:
    """Return the installed program of a checker.

    Raises:
        OpinionError: there is none.
    """
    found = shutil.which(CHECKERS[checker].argv[0], path=_path())
    if found is None:
        raise OpinionError(f"{checker} is not installed; pip install {checker}")
    return found


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _version(command: str, checker: Checker) -> str:
    program = command.removesuffix("-langserver")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[0].split()[1]


def _ask(checker: Checker, program: str, root: Path, places: Sequence[Place], folders: list[str]) -> dict[str, Said]:
    client = LanguageClient([program, *checker.argv[1:]], root, settings=checker.settings(root, folders))
    found: dict[str, Said] = {}
    lines: dict[str, LineIndex] = {}
    try:
        client.initialize(time.monotonic() + 60, checker.options(root, folders))
        for path in dict.fromkeys(place.path for place in places):
            lines[path] = LineIndex((root / path).read_bytes())
            client.open(path, lines[path].data.decode())
            for place in (p for p in places if p.path == path):
                position = lines[path].lsp_position(place.offset, client.encoding)
                said = client.definition(client.ask_definition(path, position), time.monotonic() + 60)
                found[place.where] = [_told(root, lines, location, client) for location in said]
            client.close(path)
    finally:
        client.end()
    return found


def _told(root: Path, lines: dict[str, LineIndex], location: Location, client: LanguageClient) -> tuple[str, int, str]:
    path = Path(location.path)
    inside = path.is_relative_to(root) and ".venv" not in path.parts
    name = path.relative_to(root).as_posix() if inside else location.path
    if name not in lines:
        lines[name] = LineIndex(path.read_bytes() if path.is_file() else b"")
    offset = lines[name].lsp_offset((location.line, location.column), client.encoding)
    found = _NAME.match(lines[name].data, offset)
    text = found[1].decode() if found and (location.line, location.column) != (0, 0) else ""
    return (name, offset, text) if inside else ("/".join(path.parts[-4:]), -1, text)
