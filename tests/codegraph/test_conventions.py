"""House conventions: what a file answers, how votes weigh, and that a saved file leads where a fresh start does."""

import random
from pathlib import Path

import pytest
from familiar_codegraph.conventions import law, learn
from familiar_codegraph.conventions.learning import Keeper, read
from familiar_codegraph.conventions.votes import Minus, Votes, scopes_of
from familiar_codegraph.conventions.weighing import concentration, wilson, worth
from familiar_codegraph.conventions.words import case_of, spelled, words
from familiar_codegraph.workspace import Workspace
from support.fixture import parse

OCCURRENCES = [
    ("LIMIT = 3\n", "naming.constant", "UPPER_CASE"),
    ("limit = 3\nlimit = 4\n", "naming.constant", None),
    ("def get_name(): ...\n", "naming.function", "snake_case"),
    ("def getName(): ...\n", "naming.function", "camelCase"),
    ("def name(): ...\n", "naming.function", None),
    ("try: f()\nexcept E as exc: g()\n", "naming.exception-variable", "exc"),
    ("class Bad(ValueError): ...\n", "naming.exception-class", "other"),
    ("def f(cfg): ...\n", "naming.word:config", "cfg"),
    ("import typing as t\n", "imports.typing", "alias"),
    ("import a\nfrom b import c\n", "imports.plain-first", "first"),
    ("import a\n\nfrom b import c\n", "imports.plain-first", None),
    ("x = 'a'\n", "layout.quotes", "single"),
    ("x = rb'a'\n", "layout.quotes", None),
    ("'doc'\n", "layout.quotes", None),
    ("f(\n    1,\n    2,\n)\n", "layout.trailing-comma", "yes"),
    ("f(\n    1,\n    2\n)\n", "layout.trailing-comma", "no"),
    ("f(1,\n  2)\n", "layout.wrap", "aligned"),
    ("f([\n    1,\n])\n", "layout.wrap", None),
    ("def f(a: int, b): ...\n", "types.parameters", "some"),
    ("class A:\n    def f(self): ...\n", "types.parameters", None),
    ("x: int | None = 1\n", "types.optional", "union"),
    ("x: t.Optional[int] = 1\n", "types.optional", "Optional"),
    ("x: List[int] = []\n", "types.generics", "typing"),
    ("@dataclass\nclass A: ...\n", "types.record", "dataclass"),
    ('def f():\n    """A.\n\n    Args:\n        x: y\n    """\n', "docs.dialect", "google"),
    ('def f():\n    """\n    A."""\n', "docs.first-line", "next"),
    ("try: f()\nexcept E: raise B('x')\n", "errors.chain", "bare"),
    ("raise A('x %s' % y)\n", "errors.message", "percent"),
    ("from os.path import join\njoin(a)\n", "idioms.path", "os.path"),
    ("from pathlib import Path\nPath(a)\n", "idioms.path", "pathlib"),
    ("class A:\n    def f(self): super(A, self).f()\n", "idioms.super", "explicit"),
    ("def f():\n    if x:\n        return 1\n    else:\n        return 2\n", "idioms.else-after-return", "yes"),
    ("x = dict()\n", "idioms.empty-dict", "call"),
    ("log.info('x %s', y)\n", "idioms.logging", "lazy"),
    ("import pytest\npytest.raises(E, match='x')\n", "tests.raises", "match"),
]


@pytest.mark.parametrize(("text", "question", "answer"), OCCURRENCES)
def test_what_a_file_answers(text: str, question: str, answer: str | None) -> None:
    walked = read("a.py", text.encode())
    assert walked is not None
    assert [o.answer for o in walked.occurrences if o.question == question] == ([answer] if answer else [])


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_broken_code_is_passed_over(cut: int) -> None:
    data = "\n".join(text for text, _, _ in OCCURRENCES).encode()
    assert read("a.py", data[:cut] + data[cut + 5 :]) is not None


REPOSITORY = """
#- pkg/__init__.py
#- pkg/a.py
from pkg.b import helper
import json
class AppError(Exception): ...
def use(cfg):
    helper(1, flag=True)
    raise AppError("x")
#- pkg/b.py
from .a import AppError
def helper(value, flag): ...
def lonely(): ...
#- tests/test_a.py
from pkg import a
def test_use():
    assert a.use(1)
"""


def house(root: Path, text: str = REPOSITORY) -> Keeper:
    parse(text).write(root)
    workspace = Workspace(root)
    workspace.index()
    keeper = Keeper(workspace.root)
    keeper.build(workspace.graph())
    return keeper


def test_answers_that_need_other_files(tmp_path: Path) -> None:
    tallies = house(tmp_path).house.tallies
    assert tallies["pkg/a.py"]["errors.class"] == {"own": 1}
    assert tallies["pkg/a.py"]["imports.relative"] == {"absolute": 1}
    assert tallies["pkg/b.py"]["imports.relative"] == {"relative": 1}
    assert tallies["pkg/b.py"]["naming.helper"] == {"plain": 1}
    assert tallies["tests/test_a.py"]["imports.form"] == {"module": 1}
    assert tallies["pkg/a.py"]["api.keyword:pkg.b.helper.flag"] == {"keyword": 1}
    assert tallies["pkg/a.py"]["api.keyword:pkg.b.helper.value"] == {"positional": 1}


EDITS = [
    ("pkg/b.py", "def helper(value, flag): ...", "def helper(other, flag): ..."),
    ("pkg/a.py", "class AppError(Exception): ...", "class OtherError(Exception): ..."),
    ("pkg/a.py", "import json", "import json\nx = lonely"),
    ("pkg/a.py", "def use(cfg):", "def use(config, message='a'):"),
    ("pkg/b.py", "from .a import AppError", "from pkg.a import AppError"),
]


@pytest.mark.parametrize("seed", range(6))
def test_a_saved_file_leads_where_a_fresh_start_does(tmp_path: Path, seed: int) -> None:
    keeper = house(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.index()
    order = random.Random(seed).sample(EDITS, len(EDITS))
    for path, old, new in order:
        file = tmp_path / path
        file.write_text(file.read_text().replace(old, new))
        workspace.refresh([path])
        keeper.refresh(workspace.graph())
        fresh = Keeper(tmp_path).build(workspace.graph())
        assert keeper.house.tallies == fresh.tallies
        assert {q: s for q, s in keeper.house.votes.table.items() if any(s.values())} == fresh.votes.table


def test_without_a_file_is_the_house_of_the_others(tmp_path: Path) -> None:
    whole = house(tmp_path).house
    votes = Votes()
    for path, tally in whole.tallies.items():
        if path != "pkg/a.py":
            votes.add(path, tally)
    view = whole.without("pkg/a.py")
    for question in whole.questions():
        left = view.votes.estimate(question, "pkg/c.py", view.left_out)
        assert left == votes.estimate(question, "pkg/c.py")


def test_a_folder_with_its_own_way_is_believed() -> None:
    votes = Votes()
    for number in range(20):
        votes.add(f"src/{number}.py", {"layout.quotes": {"double": 30}})
    for number in range(5):
        votes.add(f"src/old/{number}.py", {"layout.quotes": {"single": 30}})
    here, there = (votes.estimate("layout.quotes", path) for path in ("src/new.py", "src/old/new.py"))
    assert here and here.answer == "double" and here.low > 0.72
    assert there and there.answer == "single" and there.scope == "src/old/"
    gone = votes.estimate("layout.quotes", "src/0.py", Minus("src/0.py", {"layout.quotes": {"double": 30}}, 1.0))
    assert gone and gone.votes < here.votes + 60


def test_statistics() -> None:
    assert worth(1) == 1 and worth(100) < 4
    assert wilson(1.0, 1) < 0.5 < 0.9 < wilson(1.0, 30) < 1 and wilson(0.5, 0) == 0
    assert concentration([(10, 1.0), (10, 0.0)], 0.5) == 3.0
    assert concentration([(10, 0.9), (10, 0.9)], 0.9) == 100.0
    assert scopes_of("a/b/test_c.py") == ["", "kind:tests", "a/", "a/b/"]


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("getUserName", "snake_case", "get_user_name"),
        ("get_user_name", "camelCase", "getUserName"),
        ("_private_name", "camelCase", "_privateName"),
        ("HTTPServer", "snake_case", "http_server"),
        ("max_size", "UPPER_CASE", "MAX_SIZE"),
        ("connection refused", "PascalCase", "ConnectionRefused"),
        ("utf8Name", "snake_case", "utf8_name"),
    ],
)
def test_names_are_spelled_anew(name: str, case: str, expected: str) -> None:
    assert spelled(name, case) == expected


def test_words_and_cases() -> None:
    assert words("parseHTTPResponse2") == ("parse", "http", "response", "2")
    assert [case_of(n) for n in ("a_b", "aB", "AB", "A_B", "Ab", "a_B")] == [
        "snake_case", "camelCase", "PascalCase", "UPPER_CASE", "PascalCase", "other",
    ]  # fmt: skip


LAW = [
    ("pyproject.toml", "[tool.black]\n", "layout.quotes", "double"),
    ("pyproject.toml", "[tool.black]\nskip-string-normalization = true\n", "layout.quotes", None),
    ("pyproject.toml", '[tool.ruff.format]\nquote-style = "single"\n', "layout.quotes", "single"),
    ("ruff.toml", '[lint]\nselect = ["UP"]\nignore = ["UP006"]\n', "types.generics", None),
    ("ruff.toml", '[lint]\nselect = ["UP"]\n', "idioms.super", "zero"),
    ("setup.cfg", "[isort]\nforce_single_line = true\n", "imports.per-line", "one"),
    (".pre-commit-config.yaml", "repos:\n- hooks:\n    - id: black\n", "layout.wrap", "hanging"),
    (".prettierrc", '{"semi": false}', "ts.semicolons", "no"),
    (".eslintrc.json", '{"rules": {"quotes": ["error", "single"]}}', "ts.quotes", "single"),
    ("pyproject.toml", "[tool.black\n", "layout.quotes", None),
]


@pytest.mark.parametrize(("name", "text", "question", "answer"), LAW)
def test_configuration_is_law(tmp_path: Path, name: str, text: str, question: str, answer: str | None) -> None:
    (tmp_path / name).write_text(text)
    path = "a.ts" if question.startswith("ts.") else "a.py"
    found = law.read(tmp_path).answer(question, path)
    assert (found.answer if found else None) == answer
    assert found is None or found.source.startswith(name)


def test_law_is_not_learned_again(tmp_path: Path) -> None:
    files = "".join(f"#- pkg/{n}.py\nx = 'a'\ny = 'b'\n" for n in range(12))
    parse(f"{files}#- pyproject.toml\n[tool.black]\n").write(tmp_path)
    answer = learn(tmp_path).answer("layout.quotes", "pkg/new.py")
    assert answer and answer.answer == "double" and answer.source == "pyproject.toml [tool.black]"
    assert answer.support == 0 and answer.total == 24
