"""The map of a repository: readable, within its budget, the same for the same files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from familiar_codegraph import repomap
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.workspace import Workspace
from inline_snapshot import snapshot
from support.command import familiar
from support.fixture import parse
from support.project import commit, project

LIBRARY = """
#- src/lib/__init__.py
from .store import Store
#- src/lib/store.py
from lib._keys import key_of
class Store(dict):
    '''Values by name, kept on disk.

    More about it.
    '''
    def __init__(self, folder, *, size=100): ...
    def get(
        self,
        name: str,
        default: "int | None" = None,
    ) -> "int | None":
        '''Return a value.'''
        return self._read(key_of(name))
    def _read(self, key): ...
    @property
    def full(self) -> bool: ...
#- src/lib/_keys.py
def key_of(name):
    return fold(name)
def fold(name): ...
def forgotten(): ...
#- app.py
from lib import Store
def main():
    def inner(): ...
    Store("x").get("a")
#- tests/test_store.py
from lib import Store
def test_get():
    assert Store("x").get("a")
#- docs/example.py
def show(): ...
"""


def opened(root: Path, text: str = LIBRARY) -> CodeGraph:
    parse(text).write(root)
    workspace = Workspace(root)
    workspace.index()
    return workspace.graph()


def test_a_map_as_a_person_reads_it(tmp_path: Path) -> None:
    assert repomap.make(opened(tmp_path), 1000).text == snapshot("""\
app.py:
    def main()

docs/example.py:
    def show()

src/lib/_keys.py:
    def key_of(name)
    def fold(name)
    def forgotten()

src/lib/store.py:
    class Store(dict)  # Values by name, kept on disk.
        def __init__(self, folder, *, size=100)
        def get(self, name: str, default: "int | None" = None) -> "int | None"  # Return a value.
        def _read(self, key)
        property full: bool
""")


@pytest.mark.parametrize("tokens", [20, 25, 30, 40, 60, 100, 400])
def test_never_over_the_budget(tmp_path: Path, tokens: int) -> None:
    graph = opened(tmp_path)
    made = repomap.make(graph, tokens)
    assert made.tokens == repomap.estimate(made.text) <= tokens
    assert "class Store(dict)" in made.text, "what is imported most comes first"
    assert made == repomap.make(opened(tmp_path), tokens)


def test_any_way_to_count_is_held(tmp_path: Path) -> None:
    made = repomap.make(opened(tmp_path), 90, count=len)
    assert made.tokens == len(made.text) <= 90


def test_too_small_says_what_the_smallest_takes(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    with pytest.raises(repomap.MapError) as error:
        repomap.make(graph, 3)
    least = repomap.make(graph, error.value.needs)
    assert least.tokens == error.value.needs
    with pytest.raises(repomap.MapError):
        repomap.make(graph, error.value.needs - 1)


def test_nothing_to_map(tmp_path: Path) -> None:
    with pytest.raises(repomap.MapError, match="nothing to map"):
        repomap.make(opened(tmp_path, "#- a.py\nx = 1\n"), 100)


def test_for_a_cursor_what_it_uses_comes_first(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    at = graph.data("src/lib/_keys.py").index(b"return fold")
    made = repomap.make(graph, 22, cursor=("src/lib/_keys.py", at))
    assert [s.id for s in made.symbols] == ["src/lib/_keys.py::key_of", "src/lib/_keys.py::fold"]


def test_tests_are_shown_when_asked_for_or_looked_at(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    assert "test_get" not in repomap.make(graph, 1000).text
    assert "test_get" in repomap.make(graph, 1000, tests=True).text
    assert "test_get" in repomap.make(graph, 1000, cursor=("tests/test_store.py", 40)).text


def test_symbols_are_what_the_text_shows(tmp_path: Path) -> None:
    graph = opened(tmp_path)
    made = repomap.make(graph, 60)
    shown = [line for line in made.text.splitlines() if line.startswith(" ")]
    assert len(shown) == len(made.symbols)
    for line, symbol in zip(shown, made.symbols, strict=True):
        name = symbol.id.rpartition("::")[2].rpartition(".")[2]
        assert name in line
        source = graph.data(symbol.id.partition("::")[0]).decode().splitlines()
        assert name in source[symbol.line - 1]


# ---------------------------------------------------------------- the command


def test_the_command(tmp_path: Path) -> None:
    root = parse(LIBRARY).write(tmp_path)
    text = familiar("graph", "map", "--tokens", "60", cwd=root)
    assert (text.code, text.err) == (0, "")
    document = familiar("graph", "map", "--tokens", "60", "--json", cwd=root).document
    assert set(document) == {"schema", "text", "tokens", "symbols"}
    assert document["text"] == text.out
    assert document["tokens"] <= 60
    assert document["symbols"][0].keys() == {"id", "kind", "line"}
    again = familiar("graph", "map", "--tokens", "60", "--json", cwd=root, env={"PYTHONHASHSEED": "7"})
    assert again.document == document


def test_the_command_refuses_what_is_too_small(tmp_path: Path) -> None:
    root = parse(LIBRARY).write(tmp_path)
    error = familiar("graph", "map", "--tokens", "2", "--json", cwd=root)
    assert error.code == 2
    assert error.error["kind"] == "usage"
    assert error.error["do"].startswith("Give --tokens ")
    assert familiar("graph", "map", "--tokens", "0", cwd=root).code == 2


def test_the_command_at_a_place_takes_what_changes_together(tmp_path: Path) -> None:
    """Two files that nothing links but their history: the one that changes with the cursor's is shown."""
    root = project(tmp_path, "#- a.py\ndef first(): ...\n#- b.py\ndef other(): ...\n#- z.py\ndef partner(): ...\n")
    for number in range(4):
        for path in ("a.py", "z.py"):
            (root / path).write_text(f"{(root / path).read_text(encoding='utf-8')}x{number} = 1\n", encoding="utf-8")
        commit(root)
    made = familiar("graph", "map", "--tokens", "24", "--json", "a.py:1:5", cwd=root).document
    assert [s["id"] for s in made["symbols"]] == ["a.py::first", "z.py::partner"]


@pytest.mark.model
def test_tokens_are_the_models(tmp_path: Path) -> None:
    """The budget is held in the tokens of the model that completes."""
    from familiar_completion.tokens import Tokens
    from familiar_server.model_choice import choose

    model, why = choose()
    assert model, why
    root = parse(LIBRARY).write(tmp_path)
    document = familiar("graph", "map", "--tokens", "80", "--json", cwd=root).document
    with Tokens(model) as tokens:
        assert tokens.count(document["text"]) == document["tokens"] <= 80
        assert tokens.count("") == 0


def test_without_a_model_the_count_is_an_estimate(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"no model")
    done = subprocess.run(
        [sys.executable, "-m", "familiar_completion.tokens", str(tmp_path / "broken.gguf")],
        input=json.dumps("x"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert repomap.estimate("def total(self) -> Price:\n    return 1\n") == snapshot(13)
