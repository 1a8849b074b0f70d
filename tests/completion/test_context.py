"""Which windows of other files the model is shown."""

from familiar_completion.context import CHUNKS, STRIDE, WINDOW, Library, lexical, nothing, ring
from familiar_completion.view import View, look
from hypothesis import given, settings
from hypothesis import strategies as st

PARSER = "def read_config(path):\n    parser = ConfigParser()\n    parser.read(path)\n    return parser.sections()\n"
OTHER = "def paint(canvas):\n    canvas.fill(colour)\n    canvas.flush()\n"


def at_end(text: str, path: str = "here.py") -> View:
    return look(path, text.encode(), len(text.encode()))


def library(**files: str) -> Library:
    made = Library()
    for name, text in files.items():
        made.put(f"{name}.py", text)
    return made


def test_the_most_similar_window_comes_last() -> None:
    found = lexical(
        at_end("def load(path):\n    parser = ConfigParser()\n    colour = 1\n    "),
        library(a=PARSER, b=OTHER, c="x = 1\n"),
    )
    assert [path for path, _ in found][-1] == "a.py"
    assert found[-1][1] == PARSER


def test_the_file_at_the_cursor_is_not_shown() -> None:
    assert lexical(at_end("parser = ConfigParser()\n", "a.py"), library(a=PARSER)) == ()


def test_a_copy_of_the_surroundings_is_not_shown() -> None:
    assert lexical(at_end(PARSER), library(a=PARSER)) == ()


def test_windows_that_overlap_are_shown_once() -> None:
    lines = [f"value_{i} = ConfigParser(option_{i})" for i in range(WINDOW * 4)]
    found = lexical(
        at_end("\n".join(lines[STRIDE : STRIDE + 6]).replace("value", "other")), library(a="\n".join(lines))
    )
    starts = [lines.index(text.split("\n")[0]) for _, text in found]
    assert 0 < len(found) <= CHUNKS
    assert all(abs(a - b) > STRIDE for a in starts for b in starts if a != b)


def test_nothing_in_an_empty_file_or_repository() -> None:
    assert lexical(at_end(""), library(a=PARSER)) == ()
    assert lexical(at_end(PARSER), Library()) == ()
    assert nothing(at_end(PARSER), library(a=PARSER)) == ()


def test_the_ring_takes_the_nearest_files_and_is_the_same_every_time() -> None:
    files = {f"pkg/{name}.py": "\n".join(f"{name}_{i} = {i}" for i in range(300)) for name in "abc"}
    made = Library()
    for path, text in (files | {"far/z.py": "z = 1"}).items():
        made.put(path, text)
    found = ring(at_end("x", "pkg/a.py"), made)
    assert found == ring(at_end("x", "pkg/a.py"), made)
    assert [path for path, _ in found] == ["far/z.py", "pkg/c.py", "pkg/b.py"]
    assert all(text.count("\n") < 64 for _, text in found)


TEXTS = st.lists(
    st.sampled_from(["alpha beta", "beta gamma", "gamma = delta(epsilon, zeta, eta)", ""]), max_size=30
).map("\n".join)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS | st.none()), max_size=20))
def test_incremental_is_fresh(edits: list[tuple[str, str | None]]) -> None:
    changed, state = Library(), {}
    for name, text in edits:
        if text is None:
            changed.drop(name)
            state.pop(name, None)
        else:
            changed.put(name, text)
            state[name] = text
    fresh = Library()
    for name in sorted(state):
        fresh.put(name, state[name])
    assert changed.texts == fresh.texts
    words = frozenset({"alpha", "gamma", "epsilon", "zeta", "eta", "delta"})
    assert changed.similar(words, "a") == fresh.similar(words, "a")
