"""The project's own linter and type checker, run on the tree before and after: their findings must not become more.

Only what the project configures and its environment has is run, in the overlay like the tests, on the files that
change. Findings are compared up to names, lines and columns. What is about layout alone (a line that a longer name
makes too long) is told and does not stop a change.
"""

import configparser
import re
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from familiar_edits.isolate import Limits, Method
from familiar_edits.overlay import Overlay
from familiar_edits.runner import Runner
from familiar_edits.testrun import run_tool
from familiar_edits.values import ChangeSet, Check, Verdict

SECONDS = 60.0
"""What one run of a checker may take; after that the check is skipped, and says so."""
_FOUND = re.compile(
    r"^\s*(?P<path>[^\s:][^:\n]*\.pyi?):(?P<line>\d+)(?::\d+)?(?: - |: )"
    r"(?:(?P<level>error|warning|note|information): )?"
    r"(?P<text>.*)$",
    re.M,
)
_LAYOUT = re.compile(
    r"^(E[1235]\d\d|W[1235]\d\d|I00\d|COM8\d\d|Q00\d|D[1234]\d\d|N8\d\d|C901|PLR09\d\d|C0\d{3}|R09\d\d)\b"
)
_WORD = re.compile(r"[A-Za-z_]\w*")
Finding = tuple[str, str]
"""A path, and what is said about it: neither line nor column."""


class Tool(NamedTuple):
    """A checker that the project configures: `section` in pyproject.toml, or in one of the INI files; or own files."""

    name: str
    sections: tuple[str, ...]
    ini: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    words: tuple[str, ...]
    is_module: bool


_RUFF = ("check", "--output-format=concise", "--no-cache", "--force-exclude", "--quiet")
_MYPY = ("--no-error-summary", "--show-error-codes", "--no-pretty", "--no-color-output", "--cache-dir=/dev/null")
_PYLINT = ("--exit-zero", "--score=n", "--persistent=n", "--msg-template={path}:{line}: {msg_id}: {msg}")
TOOLS = (
    Tool("ruff", ("ruff",), (), ("ruff.toml", ".ruff.toml"), _RUFF, False),
    Tool("flake8", (), (("setup.cfg", "flake8"), ("tox.ini", "flake8")), (".flake8",), (), True),
    Tool("mypy", ("mypy",), (("setup.cfg", "mypy"),), ("mypy.ini", ".mypy.ini"), _MYPY, True),
    Tool("pylint", ("pylint",), (("setup.cfg", "pylint"),), (".pylintrc", "pylintrc"), _PYLINT, True),
    Tool("ty", ("ty",), (), ("ty.toml",), ("check", "--output-format=concise", "--no-progress"), False),
    Tool("basedpyright", ("basedpyright",), (), (), (), False),
    Tool("pyright", ("pyright",), (), ("pyrightconfig.json",), (), False),
)


def configured(root: Path) -> list[Tool]:
    """Return the checkers that the project at `root` configures; its configuration is read, never run."""
    try:
        table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        table = {}
    return [tool for tool in TOOLS if _is_configured(tool, root, table)]


def _is_configured(tool: Tool, root: Path, table: Mapping[str, object]) -> bool:
    if any(section in table for section in tool.sections) or any((root / name).is_file() for name in tool.files):
        return True
    return any(_has_section(root / name, section) for name, section in tool.ini)


def _has_section(path: Path, section: str) -> bool:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return False
    return parser.has_section(section)


def check(
    tool: Tool,
    found: Runner,
    overlay: Overlay,
    method: Method,
    changeset: ChangeSet,
    names: Mapping[str, str],
    trees: Callable[[ChangeSet | None], Path],
    stop: Callable[[], bool],
) -> Check:
    """Return the check named after the tool; `trees` makes a fresh copy, of the tree as it is or with the change."""
    argv = _argv(tool, found)
    if argv is None:
        return Check(
            tool.name, "skipped", f"the project configures {tool.name}, but {found.found} does not have it.", 0
        )
    renamed = {c.path: c.new_path or c.path for c in changeset.changes if _is_python(c.path)}

    def said(change: ChangeSet | None, paths: Sequence[str]) -> Iterator[Finding] | None:
        tree = trees(change)
        output = run_tool(found, overlay, tree, method, Limits(seconds=SECONDS), [*argv, *paths], stop)
        root = tree if method == "plain" else overlay.root
        return None if output is None else findings(output, root, names, {} if change else renamed)

    return compared(tool.name, _LAYOUT, changeset, _is_python, said)


def compared(
    name: str,
    layout: re.Pattern[str],
    changeset: ChangeSet,
    reads: Callable[[str], bool],
    said: Callable[[ChangeSet | None, Sequence[str]], Iterable[Finding] | None],
) -> Check:
    """Return the check `name`: whether it finds nothing new with the change.

    `said` is asked for the findings on the tree as it is (None) and with the change, in the changed files that it
    `reads`, which is not asked when there is none; it answers None when the tool did not end by itself. What `layout`
    matches does not fail.
    """
    began = time.perf_counter()
    paths = [change for change in changeset.changes if reads(change.path)]
    sides = (
        (None, [c.path for c in paths if c.kind != "create"]),
        (changeset, [c.new_path or c.path for c in paths if c.kind != "delete"]),
    )
    found: list[Counter[Finding]] = []
    for change, wanted in sides:
        answer = said(change, wanted) if wanted else ()
        if answer is None:
            detail = f"{name} did not come to an end here, so its findings are not compared."
            return Check(name, "skipped", detail, round(time.perf_counter() - began, 3))
        found.append(Counter(answer))
    word, detail = _judged(name, layout, found[1] - found[0], found[1].total())
    return Check(name, word, detail, round(time.perf_counter() - began, 3))


def _judged(name: str, layout: re.Pattern[str], new: Counter[Finding], total: int) -> tuple[Verdict, str]:
    told = [text for path, text in new if layout.match(text)]
    worse = sorted((path, text) for path, text in new if not layout.match(text))
    if worse:
        more = f" (and {len(worse) - 1} more)" if len(worse) > 1 else ""
        return "fail", f"{name} would find in {worse[0][0]}: {worse[0][1]}{more}."
    if told:
        return "pass", f"{name} finds nothing new but layout: {told[0]}."
    return "pass", f"{name} finds nothing that it did not find before ({total} findings)."


def _argv(tool: Tool, found: Runner) -> list[str] | None:
    program = found.python.parent / tool.name
    if not program.is_file():
        return None
    return [str(found.python), "-m", tool.name, *tool.words] if tool.is_module else [str(program), *tool.words]


def _is_python(path: str) -> bool:
    return path.endswith((".py", ".pyi"))


def findings(output: str, root: Path, names: Mapping[str, str], renamed: Mapping[str, str]) -> Iterator[Finding]:
    """Yield (path, text) of what a checker printed, with old names and paths written as the new ones."""
    for match in _FOUND.finditer(output):
        if match["level"] in ("note", "information"):
            continue
        path = match["path"].removeprefix(f"{root}/")
        yield renamed.get(path, path), without_names(match["text"], names)


def without_names(text: str, names: Mapping[str, str]) -> str:
    """Return what a checker said with old names written as the new ones, and without numbers of lines."""
    text = _WORD.sub(lambda word: names.get(word[0], word[0]), text)
    return re.sub(r"\b[Ll]ine \d+", "line", text).strip()


def tools_to_run(root: Path, changes: Collection[str]) -> Sequence[Tool]:
    """Return the checkers for a change of these paths: none where no Python file changes."""
    return configured(root) if any(map(_is_python, changes)) else ()
