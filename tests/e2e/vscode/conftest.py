"""A real VS Code workbench: code-server with the packed extension, shown in headless Chromium, driven key by key.

`.ci/vscode.sh FOLDER` installs all of it; FAMILIAR_VSCODE names the folder. Where neither says that there is an editor,
the tests are skipped; where one should be (CI, or the variable is set) its absence is a failure.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXTENSION = ROOT / "editor-clients" / "vscode"
SCENARIOS = Path(__file__).parent

USER_SETTINGS = {
    "chat.disableAIFeatures": True,
    "editor.autoIndent": "none",
    "editor.cursorBlinking": "solid",
    "editor.fontSize": 15,
    "editor.minimap.enabled": False,
    "extensions.autoCheckUpdates": False,
    "files.autoSave": "off",
    "files.hotExit": "off",
    "git.enabled": False,
    "telemetry.telemetryLevel": "off",
    "window.commandCenter": False,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.enableExperiments": False,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
}

BUILTIN = ("python", "ipynb", "theme-defaults", "theme-seti")
"""Of the hundred extensions that come with the workbench: Python's colours and brackets, notebooks, and the looks."""


@pytest.fixture(scope="session")
def kit() -> Path:
    """The folder that `.ci/vscode.sh` made."""
    named = os.environ.get("FAMILIAR_VSCODE")
    if named and (Path(named) / "installed").is_file():
        return Path(named).resolve()
    reason = (
        f"FAMILIAR_VSCODE is {named}, which .ci/vscode.sh has not finished"
        if named
        else "no editor: run `bash .ci/vscode.sh FOLDER` and set FAMILIAR_VSCODE=FOLDER"
    )
    if named or os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Workbench:
    """A running code-server with the extension; `play` lets a person do something at it."""

    kit: Path
    port: int
    environment: dict[str, str]
    profile: Path
    log: Path

    def play(self, scenario: str, folder: Path, file: str, **given: Any) -> Any:
        """Run `scenario`.mjs with `folder` open, and `file` (may end in :line:column) in it; return what it saw."""
        opened = [["openFile", f"vscode-remote://127.0.0.1:{self.port}{folder}/{file}"], ["gotoLineMode", "true"]]
        facts = {
            "kit": str(self.kit),
            "url": f"http://127.0.0.1:{self.port}/?{urlencode({'folder': folder, 'payload': json.dumps(opened)})}",
            "chromium": shutil.which("chromium") or "chromium",
            "profile": str(self.profile),
            **given,
        }
        command = [str(self.kit / "node/bin/node"), str(SCENARIOS / f"{scenario}.mjs"), json.dumps(facts)]
        done = subprocess.run(command, env=self.environment, check=False, capture_output=True, text=True)
        answer = json.loads(done.stdout) if done.stdout.strip() else {"error": done.stderr[-3000:]}
        if "error" in answer:
            logs = [*sorted(self.profile.glob("data/logs/**/*Familiar*.log")), self.profile / "familiar/log/server.log"]
            said = "\n".join(_tail(path) for path in [*logs, self.log] if path.is_file())
            pytest.fail(f"{scenario}: {answer['error']}\npicture: {answer.get('picture')}\n{said}", pytrace=False)
        return answer["result"]


def _tail(path: Path) -> str:
    return f"-- {path}\n" + path.read_text(errors="replace")[-3000:]


@pytest.fixture(scope="session")
def vsix(kit: Path) -> Path:
    """The extension, type-checked, bundled and packed from this checkout."""
    environment = os.environ | {"PATH": f"{kit / 'node/bin'}:{os.environ['PATH']}"}
    steps = [["npm", "run", "package"]]
    if not (EXTENSION / "node_modules").is_dir():
        steps.insert(0, ["npm", "ci", "--ignore-scripts"])
    for step in steps:
        done = subprocess.run(step, cwd=EXTENSION, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return EXTENSION / "familiar.vsix"


@pytest.fixture(scope="module")
def workbench(kit: Path, vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """code-server with a fresh profile, no gallery, and this environment's `familiar` where uv would have put it."""
    profile = tmp_path_factory.mktemp("vscode")
    tools = profile / ".local/bin"
    tools.mkdir(parents=True)
    (tools / "familiar").symlink_to(Path(os.environ.get("FAMILIAR_SERVER", Path(sys.executable).parent / "familiar")))
    port, closed = _free_port(), _free_port()
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("VSCODE_", "XDG_", "npm_"))}
    environment = keep | {
        "HOME": str(profile),
        "FAMILIAR_HOME": str(profile / "familiar"),
        "EXTENSIONS_GALLERY": json.dumps(
            {"serviceUrl": f"http://127.0.0.1:{closed}", "itemUrl": f"http://127.0.0.1:{closed}"}
        ),
    }
    settings = profile / "data/User/settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(USER_SETTINGS | {"familiar.tests.python": sys.executable}))
    builtin = profile / "builtin"
    builtin.mkdir()
    for name in BUILTIN:
        (builtin / name).symlink_to(kit / "node_modules/code-server/lib/vscode/extensions" / name)
    folders = ["--user-data-dir", str(profile / "data"), "--extensions-dir", str(profile / "extensions")]
    server = [str(kit / "node/bin/node"), str(kit / "node_modules/code-server"), *folders]
    install = [*server, "--install-extension", str(vsix)]
    subprocess.run(install, env=environment, check=True, capture_output=True, timeout=240)
    flags = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    log = profile / "code-server.log"
    with log.open("wb") as out:
        command = [*server, *flags, "--builtin-extensions-dir", str(builtin), "--disable-workspace-trust"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait_until_healthy(port, process, log)
        yield Workbench(kit, port, environment, profile, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"code-server did not start\n{_tail(log)}", pytrace=False)
