# ruff: noqa: E501 - a case is one line where it is short enough to be read as one
"""The labeller of TypeScript and JavaScript: what the compiler's parser reads, and flips that turn one answer."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.conventions import packages, scripts
from benchmarks.conventions.scripts import Flip, is_test
from benchmarks.conventions.source import Label


def _compiler() -> Path | None:
    """Return the folder of a TypeScript compiler of this machine: TYPESCRIPT, or npm's global one."""
    npm = shutil.which("npm")
    given = os.environ.get("TYPESCRIPT")
    if given or npm is None:
        return Path(given) if given else None
    root = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
    found = Path(root) / "typescript"
    return found if (found / "lib" / "typescript.js").is_file() else None


# (question, its answers in the order of the text, the file)
LABELS = [
    ("ts.quotes", ["double", "single", "backtick"], "f(\"a\", 'b', `c`, `d ${e}`, \"it's\");"),
    ("ts.semicolons", ["yes", "no"], "let a = 1;\nlet b = 2"),
    ("ts.binding", ["const", "let", "var"], "const a = 1; let b; for (var c of d) {}"),
    ("ts.function", ["declaration", "arrow"], "function a() {}\nconst b = () => 1; f(() => { function c() {} });"),
    ("ts.record", ["interface", "type"], "interface A {}\ntype B = { c: 1 }; type D = A | B;"),
    ("ts.export", ["named", "default"], "export const a = 1;\nexport default a;"),
    ("ts.import-type", ["yes", "no"], "import type { A } from 'a';\nimport { B } from 'b'; import { c } from 'c';\nlet d: A | B = c;"),
    ("ts.trailing-comma", ["yes", "no"], "f(\n  1,\n  2,\n);\nf([\n  1,\n  2\n], 3, 4);"),
    ("ts.naming.function", ["camelCase", "snake_case"], "function readFile() {}\nfunction go_far() {}\nfunction read() {}\nfunction read2() {}"),
    ("ts.naming.class", ["PascalCase", "camelCase"], "class FileReader {}\nclass aReader {}"),
    ("ts.naming.constant", ["UPPER_CASE", "camelCase"], "const MAX_SIZE = 1, minSize = 2, made = make();"),
    ("ts.async", ["await", "then"], "async function f() { await g(); }\ng().then(h);"),
    ("ts.nullish", ["??", "||"], "f(a ?? 1, b || 'c', d || e);"),
]  # fmt: skip


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _compiler()
    if found is None:
        pytest.skip("needs node and a TypeScript compiler: set TYPESCRIPT to its folder")
    monkeypatch.setattr(packages, "unpack", lambda name, archives: found)


def test_what_a_file_answers(compiler: None, tmp_path: Path) -> None:
    read = scripts.scripts({f"{number}.ts": text for number, (_, _, text) in enumerate(LABELS)}, tmp_path)
    for number, (question, answers, _) in enumerate(LABELS):
        assert [each.answer for each in read[f"{number}.ts"].labels if each.question == question] == answers, question


def test_every_question_has_flips_that_turn_its_answer_and_no_other_of_it(compiler: None, tmp_path: Path) -> None:
    read = scripts.scripts({f"{number}.ts": text for number, (_, _, text) in enumerate(LABELS)}, tmp_path)
    flips = [(path, flip) for path, script in sorted(read.items()) for flip in script.flips]
    edited = {f"{number}.ts": scripts.edited(read[path].text, flip.edits) for number, (path, flip) in enumerate(flips)}
    again = scripts.scripts(edited, tmp_path)
    turned = {
        flip.question
        for number, (path, flip) in enumerate(flips)
        if (now := again.get(f"{number}.ts")) and scripts.is_turned(read[path].labels, now.labels, flip)
    }
    assert turned == {question for question, _, _ in LABELS} - {"ts.export", "ts.async"}


def test_a_file_that_the_compiler_cannot_parse_is_left_out(compiler: None, tmp_path: Path) -> None:
    assert scripts.scripts({"a.ts": "let = ;"}, tmp_path) == {}


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("src/a.ts", False),
        ("test/a.ts", True),
        ("src/a.test.ts", True),
        ("src/__tests__/a.ts", True),
        ("test.ts", False),
    ],
)
def test_which_paths_are_tests(path: str, test: bool) -> None:
    assert is_test(path) == test


def test_a_flip_of_two_answers_is_none() -> None:
    flip = Flip("q", "a", 1, 0, 1, [])
    assert scripts.is_turned([Label("q", "a", 1)], [Label("q", "b", 1)], flip)
    assert not scripts.is_turned([Label("q", "a", 1)] * 2, [Label("q", "b", 1)] * 2, flip)
    assert not scripts.is_turned([Label("q", "a", 1)], [], flip)
