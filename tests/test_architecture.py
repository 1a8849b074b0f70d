"""What must never be true (docs/architecture.md), as far as the source itself can show it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
ROOMS = {
    "familiar_codegraph": TOP / "codegraph",
    "familiar_memory": TOP / "memory",
    "familiar_completion": TOP / "completion",
    "familiar_edits": TOP / "edits",
    "familiar_server": TOP / "server",
}
ORDER = list(ROOMS)


def sources(room: str) -> Iterator[Path]:
    for path in sorted((ROOMS[room] / room).rglob("*.py")):
        if "sample" not in path.relative_to(ROOMS[room]).parts:
            yield path


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


@pytest.mark.parametrize("room", ORDER)
def test_imports_point_down(room: str) -> None:
    above = ORDER[ORDER.index(room) + 1 :]
    wrong = [
        f"{path.relative_to(TOP)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imports(path)
        if name.split(".")[0] in above
    ]
    assert not wrong


@pytest.mark.parametrize("room", ORDER[:-1])
def test_only_the_server_knows_lsp(room: str) -> None:
    wrong = [
        f"{path.relative_to(TOP)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imports(path)
        if name.split(".")[0] in {"pygls", "lsprotocol"}
    ]
    assert not wrong


# The sandbox needs a socket to switch on the loopback interface of its own, empty network namespace (an ioctl).
MAY = {
    "edits/familiar_edits/sandbox.py": {"socket"},
    # Only to the address that the user has set; without one nothing is imported or opened.
    "completion/familiar_completion/remote.py": {"httpx", "ssl"},
    "completion/familiar_completion/remote_answer.py": {"httpx"},
    # Only by `familiar model pull`.
    "completion/familiar_completion/catalogue.py": {"huggingface_hub"},
}
NETWORK = {"socket", "ssl", "http", "urllib", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib"}
NETWORK |= {"huggingface_hub"}


@pytest.mark.parametrize("room", ORDER)
def test_nothing_opens_a_connection(room: str) -> None:
    """No telemetry and no download: there is no code that could."""
    wrong = [
        f"{path.relative_to(TOP)}:{line} imports {name}"
        for path in sources(room)
        for line, name in imports(path)
        if name.split(".")[0] in NETWORK - MAY.get(str(path.relative_to(TOP)), set()) and name != "urllib.parse"
    ]
    assert not wrong


def test_the_graph_executes_nothing_of_the_repository() -> None:
    """No import machinery, no exec and no eval in the graph's room: it can only read."""
    wrong = []
    for path in sources("familiar_codegraph"):
        wrong += [f"{path}:{line}" for line, name in imports(path) if name.split(".")[0] in {"importlib", "runpy"}]
        wrong += [
            f"{path}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"exec", "eval", "__import__", "compile"}
        ]
    assert not wrong


LIMIT = 500
# A longer file needs a reason.
LONGER = {
    "codegraph/familiar_codegraph/languages/python/expressions.py": "one case for each kind of expression",
}


@pytest.mark.parametrize("room", ORDER)
def test_a_file_holds_one_idea(room: str) -> None:
    long = {str(p.relative_to(TOP)): n for p in sources(room) if (n := p.read_bytes().count(b"\n")) > LIMIT}
    assert set(long) <= set(LONGER), long
