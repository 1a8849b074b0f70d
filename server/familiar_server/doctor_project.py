"""What `familiar doctor` says about the project: its root, its tests, trust, and whether its files can be watched."""

import os
from pathlib import Path

from familiar_edits import runner, trust
from familiar_edits.values import EditError

from familiar_server.finding import Finding


def watching(root: Path) -> Finding:
    """Whether the system's limits let us watch the root's folders."""
    limit = Path("/proc/sys/fs/inotify/max_user_watches")
    if not limit.is_file():
        return Finding("watching", "ok", "this system's own file events")
    allowed = int(limit.read_text())
    folders = 0
    for _ in os.walk(root):
        folders += 1
        if folders > allowed:
            break
    found = f"{folders} folders, {allowed} watches allowed"
    if folders > allowed // 2:
        wrong = "The system may refuse to watch them; then changes are seen when they are saved in the editor."
        return Finding("watching", "warn", found, wrong, "sudo sysctl fs.inotify.max_user_watches=1048576")
    return Finding("watching", "ok", found)


def project(root: Path) -> Finding:
    """The root, and whether it is a git repository."""
    if not (root / ".git").exists():
        return Finding("project", "ok", f"{root}, no git repository: ignored files are not known as such")
    return Finding("project", "ok", f"{root}, a git repository")


def tests(root: Path) -> Finding:
    """The interpreter and the runner of the project's tests, and whether there are any."""
    if not _has_tests(root):
        wrong = "No tests were found: changes can be checked statically only, and stay `unverified`."
        return Finding("tests", "absent", "no test_*.py or *_test.py", wrong)
    try:
        found = runner.find(root)
    except EditError as error:
        return Finding("tests", "warn", "tests, and nothing to run them with", str(error), error.do)
    return Finding("tests", "ok", f"{found.label}, {found.python}")


def _has_tests(root: Path) -> bool:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in ("node_modules", "venv")]
        if any(name.endswith(".py") and (name.startswith("test") or name.endswith("_test.py")) for name in files):
            return True
        if Path(folder) != root and "pyvenv.cfg" in files:
            folders.clear()
    return False


def trusted(root: Path) -> Finding:
    """Whether the user has said that the tests may run."""
    if trust.is_trusted(root):
        return Finding("trust", "ok", "tests may run here")
    wrong = "Its tests are not run until you trust it; changes stay `unverified`."
    return Finding("trust", "warn", "not trusted yet", wrong, f"familiar trust {root}")


CHECKS = (project, tests, trusted, watching)
