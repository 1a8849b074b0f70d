"""The extension's manifest agrees with the server's schema, with its own source, and names no place of anyone's."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from familiar_server.reference import vscode

EXTENSION = Path(__file__).resolve().parents[3] / "editor-clients" / "vscode"


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    return loaded


def test_settings_are_the_servers(manifest: dict[str, Any]) -> None:
    how = "run `python -m familiar_server.reference --vscode | node settings.mjs` in editor-clients/vscode"
    assert manifest["contributes"]["configuration"] == vscode(), how


def test_every_command_is_registered_and_every_registered_one_is_in_the_palette(manifest: dict[str, Any]) -> None:
    source = (EXTENSION / "src/commands.ts").read_text(encoding="utf-8")
    table = source[source.index("export const commands") :]
    registered = re.findall(r'^ {2}"(familiar\.\w+)":', table, re.MULTILINE)
    assert sorted(command["command"] for command in manifest["contributes"]["commands"]) == sorted(registered)


def test_bound_and_listed_commands_exist(manifest: dict[str, Any]) -> None:
    contributes = manifest["contributes"]
    used = [entry["command"] for entry in contributes["keybindings"]]
    used += [entry["command"] for menu in contributes["menus"].values() for entry in menu]
    ours = {name for name in used if name.startswith("familiar.")}
    assert ours <= {command["command"] for command in contributes["commands"]}


def test_the_lock_names_no_registry_and_no_path() -> None:
    lock = (EXTENSION / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(lock)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert not re.search(r'"resolved"|file:|link:', lock)
