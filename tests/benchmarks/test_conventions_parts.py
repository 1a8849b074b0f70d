# ruff: noqa: E501 - a case is one line where it is short enough to be read as one
"""The conventions benchmark's own parts: flips flip one answer, verdicts are what they say, bounds are exact."""

import pytest
from support.fixture import parse

from benchmarks.conventions import completions, drift, naming, pairs
from benchmarks.conventions.answers import Tally, combine
from benchmarks.conventions.bounds import interval, resampled
from benchmarks.conventions.cursors import Cursor, verdict
from benchmarks.conventions.flips import Text, apply, flips
from benchmarks.conventions.labeller import label
from benchmarks.conventions.labels import Adjudication, PairLabel, adjudications
from benchmarks.conventions.naming import Definition
from benchmarks.conventions.project import Project
from benchmarks.conventions.report import page
from benchmarks.conventions.source import Label, Source

# (question, a file with one function, what the flip makes of one of its lines)
FLIPS = [
    ("layout.quotes", "def f():\n    return 'a'\n", '    return "a"'),
    ("layout.trailing-comma", "def f():\n    g(\n        1,\n        2,\n    )\n", "        2"),
    ("layout.trailing-comma", "def f():\n    g(\n        1,\n        2  # why\n    )\n", "        2,  # why"),
    ("types.parameters", "def f(a: int, *b: str) -> int: ...\n", "def f(a, *b) -> int: ..."),
    ("types.parameters", "def f(a, b=1): ...\n", "def f(a: int, b: int=1): ..."),
    ("types.optional", "def f(a: Optional[int]): ...\n", "def f(a: int | None): ..."),
    ("types.optional", "def f() -> int | None: ...\n", "def f() -> Optional[int]: ..."),
    ("types.generics", "def f(a: list[int]): ...\n", "def f(a: List[int]): ..."),
    ("types.init-none", "class A:\n    def __init__(self, a: int) -> None:\n        self.a = a\n", "    def __init__(self, a: int):"),
    ("types.init-none", "class A:\n    def __init__(self, a: int):\n        self.a = a\n", "    def __init__(self, a: int) -> None:"),
    ("docs.first-line", 'def f():\n    """Do.\n\n    More.\n    """\n    return 1\n', "    Do."),
    ("docs.first-line", 'def f():\n    """\n    Do.\n    """\n    return 1\n', '    """Do.'),
    ("docs.period", 'def f():\n    """Do."""\n    return 1\n', '    """Do"""'),
    ("layout.docstring-blank", 'def f():\n    """Do."""\n    return 1\n', ""),
    ("errors.chain", "def f():\n    try: g()\n    except A as e:\n        raise B() from e\n", "        raise B()"),
    ("errors.chain", "def f():\n    try: g()\n    except A as e:\n        raise B()\n", "        raise B() from e"),
    ("naming.exception-variable", "def f():\n    try: g()\n    except A as e:\n        h(e)\n", "        h(error)"),
    ("errors.message", 'def f(x):\n    raise A(f"a {x}")\n', '    raise A("a %s" % x)'),
    ("idioms.format", 'def f(x):\n    return "a %s" % x\n', '    return f"a {x}"'),
    ("idioms.format", 'def f(x):\n    return "a {}".format(x)\n', '    return f"a {x}"'),
    ("idioms.empty-dict", "def f():\n    return {}\n", "    return dict()"),
    ("idioms.super", "class A(B):\n    def f(self):\n        super().f()\n", "        super(A, self).f()"),
    ("idioms.logging", 'def f(x):\n    log.info("a %s", x)\n', '    log.info("a %s" % (x,))'),
    ("idioms.path", "import os\ndef f(x):\n    return os.path.exists(x)\n", "    return pathlib.Path(x).exists()"),
    ("idioms.else-after-return", "def f(x):\n    if x:\n        return 1\n    return 2\n", "    else:"),
    ("idioms.else-after-return", "def f(x):\n    if x:\n        return 1\n    else:\n        return 2\n", "    return 2"),
    ("naming.function", "def read_file(): ...\n", "def readFile(): ..."),
    ("naming.function", "def readFile(): ...\n", "def read_file(): ..."),
    ("naming.word:message", "def f():\n    msg = 1\n    return msg\n", "    return message"),
    ("tests.assert", "#- test_a.py\ndef test_a(self):\n    assert f() == 1\n", "    self.assertEqual(f(), 1)"),
    ("tests.assert", "#- test_a.py\ndef test_a(self):\n    self.assertEqual(f(), 1)\n", "    assert f() == 1"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "text", "line"), FLIPS, ids=[f"{q}-{i}" for i, (q, _, _) in enumerate(FLIPS)])
def test_a_flip_changes_the_answer_to_its_question(question: str, text: str, line: str) -> None:
    ((path, data),) = parse(text).files.items()
    source = Source(path, data)
    project = Project({path: source})
    found = [
        edits for function in source.functions() for q, edits in flips(Text(source, project), function) if q == question
    ]
    assert len(found) == 1
    flipped = apply(data, found[0])
    assert line in flipped.decode().split("\n")
    before, after = (_answers(Source(path, d), project, question) for d in (data, flipped))
    assert len(before) == len(after) and before != after


def _answers(source: Source, project: Project, question: str) -> list[str]:
    return [each.answer for each in label(source, project) if each.question == question]


def test_every_argument_by_position_can_be_given_by_keyword() -> None:
    files = parse("#- a.py\ndef go(where, how): ...\n#- b.py\nfrom a import go\ndef f():\n    go(1, 2)\n").files
    project = Project({path: Source(path, data) for path, data in files.items()})
    source = project.sources["b.py"]
    text = Text(source, project)
    ((question, edits),) = [each for function in source.functions() for each in flips(text, function)]
    assert question == "api.keyword:a.go.how"
    assert b"go(1, how=2)" in apply(source.data, edits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("echo(1)", "wanted"),
        (" click.echo()", "wanted"),
        ("print(1)", "unwanted"),
        ("echoes()", "other"),
        ("x", "other"),
    ],
)
def test_a_suggestion_is_judged_by_its_beginning(text: str, expected: str) -> None:
    cursor = Cursor("a.py", 1, "echo", 0, 1, r"(\w+\.)*(echo)\b", r"(\w+\.)*(print)\b")
    assert verdict(cursor, text) == expected


@pytest.mark.parametrize(
    ("kind", "name", "given", "spelled", "expected"),
    [
        ("function", "read_file", "ReadFile", "read_file", "right"),
        ("function", "readFile", "ReadFile", "read_file", "wrong"),
        ("function", "read_file", "ReadFile", "ReadFile", "unanswered"),
        ("function", "read_file", "ReadFile", "read_files", "wrong"),
        ("function", "_read_file", "_ReadFile", "_read_file", "right"),
        ("helper", "_read_file", "ReadFile", "_read_file", "right"),
        ("helper", "_read_file", "ReadFile", "read_file", "right"),
        ("helper", "read_file", "ReadFile", "_read_file", "wrong"),
        ("exception", "ReadError", "read", "ReadError", "right"),
        ("exception", "NoRead", "no_read", "NoReadError", "wrong"),
        ("exception", "NoRead", "no_read", "NoRead", "right"),
        ("class", "HTTPReader", "http_reader", "HttpReader", "right"),
        ("constant", "READ_SIZE", "ReadSize", "READ_SIZE", "right"),
    ],
)
def test_a_spelling_is_judged_by_case_and_changed_affix(
    kind: str, name: str, given: str, spelled: str, expected: str
) -> None:
    assert naming.judge(Definition(kind, name, given, 1), spelled) == expected


def test_pairs_are_judged_by_the_labels_rules() -> None:
    must = PairLabel(
        "p", "print", "p.echo", "p.py", 1, "must", "", default_also=("sys.stdout.write",), house_also=("p.say",)
    )
    fair = PairLabel("p", "open", "p.open_file", "p.py", 2, "fair", "")
    ruled = [Adjudication("p", "len", "p.width", "right", "used by all")]
    labels = [must, fair]
    assert pairs.judge("builtins.print", "p.say", labels, ruled) == (must, "right")
    assert pairs.judge("open", "p.open_file", labels, ruled) == (fair, "fair")
    assert pairs.judge("len", "p.width", labels, ruled) == (None, "right")
    assert pairs.judge("open", "p.echo", labels, ruled) == (None, "wrong")


def test_files_weigh_the_same_and_abstentions_count_as_the_default() -> None:
    tally = Tally()
    tally.add([Label("q", "a", 1)] * 4, 0.25, "a", "b", "a")
    tally.add([Label("q", "b", 1)], 1.0, None, "b", "a")
    shares = tally.shares()
    assert (shares["answered"], shares["right"], shares["default"], shares["majority"]) == (0.5, 0.5, 0.5, 0.5)
    assert shares["with_default"] == 1.0


def test_a_question_needs_five_files_in_three_projects() -> None:
    tally = Tally()
    for _ in range(5):
        tally.add([Label("layout.quotes", "single", 1)], 1.0, "single", "double", "single")
    raw = {"families": {"layout.quotes": vars(tally)}, "single": {"layout.quotes": vars(tally)}, "misses": []}
    assert combine({"a": raw, "b": raw})["questions"] == 0
    figures = combine({"a": raw, "b": raw, "c": raw})
    assert (figures["questions"], figures["macro"]["right"], figures["departing"]["cases"]) == (1, 1.0, 3)


@pytest.mark.parametrize(
    ("hits", "of", "bounds"),
    [
        (0, 10, (0.0, 0.3085)),
        (10, 10, (0.6915, 1.0)),
        (5, 10, (0.1871, 0.8129)),
        (0, 0, (0.0, 1.0)),
        (900, 1000, (0.8797, 0.9179)),
    ],
)
def test_bounds_are_clopper_and_pearsons(hits: int, of: int, bounds: tuple[float, float]) -> None:
    assert interval(hits, of) == pytest.approx(bounds, abs=2e-4)


def test_what_chance_gives_to_a_rate() -> None:
    assert drift.by_chance(1.0, 8) == 0.0
    assert drift.by_chance(0.5, 1) == pytest.approx(50.0)
    assert drift.by_chance(0.9, 8) > drift.by_chance(0.9, 80)


def test_an_interval_of_what_is_drawn_again_holds_the_figure() -> None:
    low, high = resampled([1, 0, 1, 1, 0, -1, 1, 1], lambda drawn: sum(drawn) / len(drawn))
    assert low < 0.5 < high
    assert resampled([2, 2, 2], lambda drawn: sum(drawn) / len(drawn)) == (2.0, 2.0)
    assert resampled([], len) == (0.0, 0.0)


def test_a_line_with_an_open_bracket_goes_on() -> None:
    assert drift.unclosed(b"ValueError(") == 1
    assert drift.unclosed(b'ValueError(f"a {b}")') == 0


def test_adjudication_stands_beside_what_the_labels_say_alone() -> None:
    ruled = next(each for each in adjudications() if each.verdict == "right")
    result = pairs.combine({ruled.project: pairs.judged(ruled.project, [(ruled.default, ruled.house)])})
    assert (result["right"], result["wrong"]) == (1, 0)
    assert (result["by_labels_alone"]["right"], result["by_labels_alone"]["wrong"]) == (0, 1)


def test_the_page_shows_every_wrong_pair_and_every_changed_cursor() -> None:
    said = [("builtins.nothing", f"click.nothing{number}") for number in range(30)]
    place = {"path": "a.py", "line": 1, "what": "by hand: helper", "silence": None}
    arms = {
        "conventions": [place | {"verdict": "wanted", "offered": "echo"}],
        "without": [place | {"verdict": "unwanted", "offered": "print"}],
    }
    parts = {
        "pairs": pairs.combine({"click": pairs.judged("click", said)}) | {"projects": ["click"]},
        "completions": completions.combine({"click": arms}) | {"projects": ["click"]},
    }
    text = page({"seed": 1, "quick": False, "missing": ["speed of django"], "seen": parts})
    assert all(f"`{house}` for `{default}`" in text for default, house in said)
    assert "| click a.py:1 | by hand: helper | wanted: `echo` | unwanted: `print` |" in text
    assert "Not a full run" in text and "speed of django" in text
    assert "**+2.00**" in text  # from -1 to +1
