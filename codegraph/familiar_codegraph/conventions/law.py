"""Configuration of formatters and linters: what it demands is law, read from the files and never learned again.

Nothing is executed: TOML, INI and JSON are parsed as data; YAML and scripts are only searched for plain settings.
"""

import configparser
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from familiar_codegraph import discover

FILES = (
    "pyproject.toml", "ruff.toml", ".ruff.toml", "setup.cfg", "tox.ini", ".isort.cfg", ".flake8", ".editorconfig",
    ".pre-commit-config.yaml", ".prettierrc", ".prettierrc.json", ".eslintrc.json", ".eslintrc", "package.json",
)  # fmt: skip


class Ruling(NamedTuple):
    """An answer and the setting that demands it."""

    answer: str
    source: str


class Law(msgspec.Struct, frozen=True):
    """Rulings by question for Python and for scripts; `settings` are other figures (line length, indentation)."""

    python: dict[str, tuple[str, str]] = {}
    script: dict[str, tuple[str, str]] = {}
    settings: dict[str, str] = {}

    def answer(self, question: str, path: str) -> Ruling | None:
        """Return what configuration demands at `path`, None when it leaves the question open."""
        table = self.python if path.endswith((".py", ".pyi")) else self.script
        found = table.get(question)
        return Ruling(*found) if found else None


def read(root: Path) -> Law:
    """Return the law of the repository at `root`; what cannot be parsed demands nothing."""
    python: dict[str, tuple[str, str]] = {}
    script: dict[str, tuple[str, str]] = {}
    settings: dict[str, str] = {}
    for name in FILES:
        try:
            text = discover.read(root, name).decode("utf-8", "replace")
        except discover.Skipped:
            continue
        for question, answer, source in _rulings(name, text):
            table = settings if question.startswith("line-") or question.startswith("indent") else None
            if table is not None:
                table.setdefault(question, answer)
            else:
                (script if question.startswith("ts.") else python).setdefault(question, (answer, f"{name} {source}"))
    return Law(python, script, settings)


def _rulings(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    if name.endswith(".toml"):
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return
        tool = _get(document, "tool") if name == "pyproject.toml" else {"ruff": document}
        yield from _black(_get(tool, "black"), "black" in tool)
        yield from _ruff(_get(tool, "ruff"), name == "pyproject.toml")
        yield from _isort(_get(tool, "isort"))
    elif name in ("setup.cfg", "tox.ini", ".isort.cfg", ".flake8"):
        yield from _ini(text)
    elif name == ".editorconfig":
        yield from _editorconfig(text)
    elif name == ".pre-commit-config.yaml":
        for hook in ("black", "ruff-format"):
            if re.search(rf"^\s*-\s*id:\s*{hook}\s*$", text, re.MULTILINE):
                skipping = re.search(r"--skip-string-normalization|-S\b", text)
                yield from _formatter(f"id: {hook}", quotes="" if hook == "ruff-format" or skipping else "double")
    else:
        yield from _script(name, text)


def _formatter(source: str, *, quotes: str = "double", comma: bool = True) -> Iterator[tuple[str, str, str]]:
    """What black and ruff's formatter do to a file."""
    if quotes:
        yield "layout.quotes", quotes, source
    yield "layout.wrap", "hanging", source
    if comma:
        yield "layout.trailing-comma", "yes", source


def _black(table: Mapping[str, Any], present: bool) -> Iterator[tuple[str, str, str]]:
    if not present:
        return
    keep = table.get("skip-string-normalization") is True
    comma = table.get("skip-magic-trailing-comma") is not True
    yield from _formatter("[tool.black]", quotes="" if keep else "double", comma=comma)
    if isinstance(table.get("line-length"), int):
        yield "line-length", str(table["line-length"]), "[tool.black]"


_BY_RULE: dict[str, tuple[str, str]] = {
    "UP006": ("types.generics", "builtin"),
    "UP008": ("idioms.super", "zero"),
    "C408": ("idioms.empty-dict", "literal"),
    "TID252": ("imports.relative", "absolute"),
}
"""Rules of ruff whose whole point is one of our questions. Those that leave many places alone are not listed."""


def _ruff(table: Mapping[str, Any], inside: bool) -> Iterator[tuple[str, str, str]]:
    where = "[tool.ruff" if inside else "["
    if "format" in table:
        style = _get(table, "format").get("quote-style", "double")
        quotes = style if style in ("double", "single") else ""
        comma = _get(table, "format").get("skip-magic-trailing-comma") is not True
        yield from _formatter(f"{where}.format]" if inside else "[format]", quotes=quotes, comma=comma)
    lint = {**table, **_get(table, "lint")}
    selected = [*_strings(lint.get("select")), *_strings(lint.get("extend-select"))]
    ignored = [*_strings(lint.get("ignore")), *_strings(lint.get("extend-ignore"))]
    section = f"{where}.lint]" if inside else "[lint]"
    for rule, (question, answer) in _BY_RULE.items():
        chosen = max((len(s) for s in selected if rule.startswith(s)), default=0)
        if chosen and chosen > max((len(s) for s in ignored if rule.startswith(s)), default=0):
            yield question, answer, f"{section} {rule}"
    if any("Q000".startswith(s) for s in selected) and not any("Q000".startswith(s) for s in ignored):
        quotes = _get(lint, "flake8-quotes").get("inline-quotes", "double")
        if quotes in ("double", "single"):
            yield "layout.quotes", quotes, f"{section} Q000"
    convention = _get(lint, "pydocstyle").get("convention")
    if convention in ("google", "numpy"):
        yield "docs.dialect", convention, f"{section} pydocstyle"
    yield from _isort(_get(lint, "isort"), f"{section} isort")
    if isinstance(table.get("line-length"), int):
        yield "line-length", str(table["line-length"]), f"{where}]"


def _isort(table: Mapping[str, Any], source: str = "[tool.isort]") -> Iterator[tuple[str, str, str]]:
    single = table.get("force_single_line", table.get("force-single-line"))
    if single in (True, "true", "True", "1"):
        yield "imports.per-line", "one", source
    required = table.get("required-imports", table.get("add_imports", ()))
    if any("annotations" in line and "__future__" in line for line in _strings(required)):
        yield "imports.future-annotations", "yes", source


def _ini(text: str) -> Iterator[tuple[str, str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in ("isort", "settings"):
        if parser.has_section(section):
            yield from _isort(dict(parser.items(section)), f"[{section}]")
    if parser.has_section("flake8"):
        flake8 = dict(parser.items("flake8"))
        if flake8.get("inline-quotes") in ("double", "single", '"', "'"):
            quotes = flake8["inline-quotes"]
            yield "layout.quotes", {'"': "double", "'": "single"}.get(quotes, quotes), "[flake8] inline-quotes"
        if flake8.get("docstring-convention") in ("google", "numpy"):
            yield "docs.dialect", flake8["docstring-convention"], "[flake8] docstring-convention"
        if flake8.get("max-line-length", "").isdigit():
            yield "line-length", flake8["max-line-length"], "[flake8]"


def _editorconfig(text: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        key, _, value = (part.strip().lower() for part in line.partition("="))
        if key in ("indent_size", "indent_style") and (section == "[*]" or "py" in section):
            yield f"indent {key.removeprefix('indent_')} {section}", value, section
        elif key == "max_line_length" and value.isdigit():
            yield "line-length", value, section


def _script(name: str, text: str) -> Iterator[tuple[str, str, str]]:
    try:
        document = json.loads(text)
    except ValueError:
        return
    if not isinstance(document, dict):
        return
    if name == "package.json":
        document = document.get("prettier")
        if not isinstance(document, dict):
            return
        name = "package.json prettier"
    if "eslint" in name:
        yield from _eslint(_get(document, "rules"))
        return
    yield "ts.quotes", "single" if document.get("singleQuote") is True else "double", "singleQuote"
    yield "ts.semicolons", "no" if document.get("semi") is False else "yes", "semi"
    yield "ts.trailing-comma", "no" if document.get("trailingComma") == "none" else "yes", "trailingComma"


def _eslint(rules: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    def option(rule: str) -> Any:
        value = rules.get(rule)
        listed = value if isinstance(value, list) else [value]
        on = listed[0] in ("error", "warn", 1, 2)
        return (listed[1] if len(listed) > 1 else True) if on else None

    if (quotes := option("quotes")) in ("double", "single", "backtick"):
        yield "ts.quotes", quotes, "rules.quotes"
    if (semi := option("semi")) is not None:
        yield "ts.semicolons", "no" if semi == "never" else "yes", "rules.semi"
    if option("prefer-const"):
        yield "ts.binding", "const", "rules.prefer-const"


def _get(table: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []
