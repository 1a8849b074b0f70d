"""The project's own tsc and ESLint, run on the tree before and after: their findings must not become more.

What Python's checkers are to Python (`familiar_edits.linters`): only what the project configures and has installed is
run, in the overlay like its tests. tsc checks whole programs, each by the nearest tsconfig.json above a changed file,
ESLint the changed files. Both are run by the project's node; ESLint's configuration is code of the project.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from familiar_codegraph.esmodules import reads

from familiar_edits.isolate import Limits, Method
from familiar_edits.linters import SECONDS, Finding, compared, without_names
from familiar_edits.noderunner import NodeRunner
from familiar_edits.overlay import Overlay
from familiar_edits.testrun import run_tool
from familiar_edits.values import ChangeSet, Check

_TSC = re.compile(r"^(?P<path>[^\s(][^(\n]*)\(\d+,\d+\): error (?P<text>TS\d+: .*)$", re.M)
_ESLINT = re.compile(r"^\[(?:\{\"filePath\".*)?\]$", re.M)
_ESLINT_CONFIG = re.compile(r"^(?:eslint\.config\.[cm]?[jt]s|\.eslintrc(?:\.(?:[cm]?js|json|ya?ml))?)$")
_LAYOUT = re.compile(
    r"^(?:prettier/|@stylistic/|@?\w*/?(?:max-len|indent|quotes|semi|comma-dangle|sort-\w+|order|imports|exports|camelcase|"
    r"naming-convention|id-\w+|object-curly-newline|operator-linebreak|function-paren-newline|max-lines\S*)|perfectionist/)"
    r"[\w-]*: "
)


class Tool(NamedTuple):
    """A checker that the project configures in `folder` ("" for the repository's root); its program, if installed."""

    name: str
    folder: str
    program: Path | None


def tools_to_run(root: Path, changes: Sequence[str]) -> list[Tool]:
    """Return the checkers for a change of these paths, each once."""
    found: dict[Tool, None] = {}
    for path in filter(reads, changes):
        for name, is_configured, program in (
            ("tsc", lambda folder: (folder / "tsconfig.json").is_file(), "typescript/bin/tsc"),
            ("eslint", _has_eslint, "eslint/bin/eslint.js"),
        ):
            folders = [Path(path).parent, *Path(path).parent.parents]
            own = next((folder for folder in folders if is_configured(root / folder)), None)
            if own is not None:
                tried = (root / folder / "node_modules" / program for folder in (own, *own.parents))
                folder = "" if own == Path() else own.as_posix()
                found[Tool(name, folder, next(filter(Path.is_file, tried), None))] = None
    return list(found)


def _has_eslint(folder: Path) -> bool:
    try:
        if any(_ESLINT_CONFIG.match(path.name) for path in folder.iterdir()):
            return True
        return "eslintConfig" in json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False


def check(
    tool: Tool,
    found: NodeRunner,
    overlay: Overlay,
    method: Method,
    changeset: ChangeSet,
    names: Mapping[str, str],
    trees: Callable[[ChangeSet | None], Path],
    stop: Callable[[], bool],
) -> Check:
    """Return the check named after the tool; as `linters.check`."""
    if tool.program is None:
        return Check(tool.name, "skipped", f"the project configures {tool.name}, but it is not in node_modules.", 0.0)
    node = [str(found.node), str(tool.program)]

    def ran(tree: Path, *words: str) -> str | None:
        return run_tool(found, overlay, tree, method, Limits(seconds=SECONDS), [*node, *words], stop, tool.folder)

    def by_tsc(change: ChangeSet | None, paths: Sequence[str]) -> Iterator[Finding] | None:
        tree = trees(change)
        said = [ran(tree, "-p", project, *_TSC_WORDS) for project in _programs(ran(tree, "--showConfig") or "")]
        return None if None in said else _of_tsc("\n".join(filter(None, said)), tool.folder, names)

    def by_eslint(change: ChangeSet | None, paths: Sequence[str]) -> Iterator[Finding] | None:
        files = [str(overlay.root / path) for path in paths]
        said = ran(trees(change), "--format", "json", "--no-error-on-unmatched-pattern", *files)
        return None if said is None or not _ESLINT.search(said) else _of_eslint(said, overlay.root, names)

    return compared(tool.name, _LAYOUT, changeset, reads, by_tsc if tool.name == "tsc" else by_eslint)


_TSC_WORDS = ("--noEmit", "--pretty", "false", "--incremental", "false", "--composite", "false")


def _programs(shown: str) -> list[str]:
    """Return what tsc is to be given with -p: a tsconfig that has no files of its own stands for those it refers to."""
    try:
        config = json.loads(shown[shown.index("{") :])
    except ValueError:
        return ["."]
    referred = [str(reference["path"]) for reference in config.get("references") or ()]
    return referred if referred and not config.get("files") else ["."]


def _of_tsc(said: str, folder: str, names: Mapping[str, str]) -> Iterator[Finding]:
    for match in _TSC.finditer(said):
        yield (f"{folder}/{match['path']}" if folder else match["path"]), without_names(match["text"], names)


def _of_eslint(said: str, root: Path, names: Mapping[str, str]) -> Iterator[Finding]:
    match = _ESLINT.search(said)
    for file in json.loads(match[0]) if match else ():
        for message in file["messages"]:
            text = f"{message['ruleId'] or 'error'}: {message['message'].splitlines()[0]}"
            yield file["filePath"].removeprefix(f"{root}/"), without_names(text, names)
