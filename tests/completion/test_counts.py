"""The counts: the same after any edits as from scratch, and never what stands in the hole."""

import subprocess
import sys
from pathlib import Path

from familiar_completion.counts import Counts
from familiar_completion.lexical import Vocabulary
from hypothesis import given, settings
from hypothesis import strategies as st

LINES = st.sampled_from(
    [
        "x = f(a)",
        "    y = f(b, c)",
        "    return x + y",
        "def g(a, b):",
        "",
        "# words in a comment",
        "s = 'text'",
        "\tz()",
    ]
)
FILES = st.lists(LINES, max_size=8).map("\n".join)
PATHS = st.sampled_from(["a.py", "b.py", "sub/a.py", "sub/b.py"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PATHS, FILES | st.none()), max_size=12), FILES, FILES)
def test_incremental_is_fresh(edits: list[tuple[str, str | None]], prefix: str, suffix: str) -> None:
    incremental, state = Counts(), {}
    for path, text in edits:
        if text is None:
            incremental.drop(path)
            state.pop(path, None)
        else:
            incremental.put(path, text)
            state[path] = text
    fresh = Counts()
    for path in reversed(state):
        fresh.put(path, state[path])
    assert incremental.tokens == fresh.tokens
    assert incremental.propose("a.py", prefix, suffix) == fresh.propose("a.py", prefix, suffix)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab1 \t\n(\"'=+->é", max_size=60))
def test_tokens_give_back_the_line(text: str) -> None:
    vocabulary = Vocabulary()
    for line in text.split("\n"):
        (codes, _), partial = vocabulary.prefix(line)
        assert vocabulary.render(codes[2:]) + partial == line.lstrip(" \t")


def test_the_line_in_the_hole_is_not_known() -> None:
    counts = Counts()
    counts.put("a.py", "def f(x):\n    return unguessable_9431(x)\n")
    found = counts.propose("a.py", "def f(x):\n    return ", "\n")
    assert not any("unguessable" in proposal.text for proposal in found)
    assert any("unguessable" in p.text for p in counts.propose("b.py", "def f(x):\n    return ", "\n"))


def test_the_nearest_place_wins() -> None:
    counts = Counts()
    counts.put("far/a.py", "value = make(far)\n")
    counts.put("near/a.py", "value = make(near)\n")
    assert counts.propose("near/b.py", "value = make(", "\n")[0].text == "near)"
    assert counts.propose("near/b.py", "value = make(here)\nvalue = make(", "\n")[0].text == "here)"


def test_a_copy_continues_a_half_typed_word() -> None:
    counts = Counts()
    counts.put("a.py", "result = connection.execute(statement)\n")
    assert counts.propose("b.py", "result = connection.exe", "")[0].text == "cute(statement)"


def test_more_tokens_than_the_limit_are_left_out_and_named() -> None:
    counts = Counts(limit=20)
    counts.put("a.py", "x = 1\n")
    counts.put("b.py", "y = f(1, 2, 3, 4, 5, 6, 7, 8, 9)\n")
    assert counts.skipped == ("b.py",)
    counts.put("b.py", "y = 1\n")
    assert counts.skipped == ()


PROGRAM = """
import sys
from familiar_completion.counts import Counts
counts = Counts()
for name in ("a", "b", "c"):
    counts.put(f"{name}.py", f"x = call({name}, one)\\nx = call({name}, two)\\ny = other({name})\\n")
print([counts.propose("d.py", prefix, "") for prefix in ("x = call(", "x = ", "y", "y = other(a)\\nx")])
"""


def test_same_whatever_the_hash_seed() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=Path.cwd(),
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
