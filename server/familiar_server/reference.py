"""Write the references from the code: `python -m familiar_server.reference [--vscode | --check]`.

(nothing)   write docs/reference/settings.md and docs/reference/commands.md of this checkout
--vscode    print the VS Code manifest's `contributes.configuration` as JSON
--check     exit 4 when a page is not what the code says
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from familiar_server import cli, settings

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
_NOTE = "<!-- Written by `python -m familiar_server.reference`; edit the code instead. -->\n"


def vscode() -> dict[str, Any]:
    """Return `contributes.configuration` of the VS Code extension's manifest."""
    properties = {}
    for setting in settings.every():
        default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        schema = {
            **setting.schema,
            "default": default,
            "markdownDescription": setting.doc,
            "scope": _scope(setting.key),
        }
        if "enum" in schema:
            schema = {"type": "string", **schema}
        properties[setting.key] = schema
    return {"title": "Familiar", "properties": properties}


def _scope(key: str) -> str:
    """Return who may set it: a repository must not say which command is run, nor where its text is sent."""
    return "machine" if key == "familiar.server.path" or key.startswith("familiar.model.") else "window"


def settings_page() -> str:
    """Return docs/reference/settings.md."""
    lines = [_NOTE, "# Settings\n", "| setting | type | default | what it does |", "| --- | --- | --- | --- |"]
    for setting in settings.every():
        default = json.dumps(list(setting.default) if isinstance(setting.default, tuple) else setting.default)
        lines.append(f"| `{setting.key}` | {_type(setting.schema)} | `{default}` | {setting.doc} |")
    tail = "An unknown setting is named in a message, with the nearest one that exists; its value is left out."
    return "\n".join([*lines, "", tail, ""])


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {schema['items']['type']}s"
    least = f", at least {schema['minimum']}" if "minimum" in schema else ""
    return f"{schema['type']}{least}"


def commands_page() -> str:
    """Return docs/reference/commands.md."""
    head = [
        _NOTE,
        "# Commands\n",
        "Exit codes: 0 done; 1 unexpected error, with a report; 2 usage; 3 refused, or a blocking question is open; "
        "4 checks failed. A change that should have been verified and could not be counts as refused. "
        "With `--json`, stdout is exactly one JSON document, errors included.\n",
    ]
    return "\n".join([*head, *_entries(cli.parser())])


def _entries(parser: argparse.ArgumentParser) -> Iterator[str]:
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield f"## {parser.prog}\n\n{parser.description}\n"
        yield "| argument | |\n| --- | --- |"
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                yield f"| `{_spelling(action)}` | {action.help or ''} |"
        yield ""
    for action in nested:
        for sub in action.choices.values():
            yield from _entries(sub)


def _spelling(action: argparse.Action) -> str:
    value = action.metavar or ("\\|".join(action.choices) if action.choices else action.dest.upper())
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else str(value)
    options = ", ".join(action.option_strings)
    return options if action.nargs == 0 else f"{options} {value}"


def pages() -> dict[Path, str]:
    """Return the pages by path."""
    return {FOLDER / "settings.md": settings_page(), FOLDER / "commands.md": commands_page()}


def main() -> int:
    """Write, print or check."""
    parser = argparse.ArgumentParser(description="Write the references from the code.")
    parser.add_argument("--vscode", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.vscode:
        sys.stdout.write(json.dumps(vscode(), indent=2) + "\n")
        return 0
    stale = [path for path, text in pages().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in stale:
            sys.stderr.write(f"{path} is not what the code says; run python -m familiar_server.reference\n")
        return 4 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
