"""Lines that stand nowhere yet: analogies within names, series, and what a place asks for."""

import re

import pytest
from familiar_codegraph import facts as f
from familiar_codegraph.surroundings import Parameter, Surroundings
from familiar_completion.analogy import difference, put, step, substitute
from familiar_completion.constructing import construct
from familiar_completion.counts import Counts
from familiar_completion.scope import Scope
from familiar_completion.view import View, look
from hypothesis import given, settings
from hypothesis import strategies as st


def at(text: str) -> View:
    before, after = text.split("$0")
    return look("a.py", (before + after).encode(), len(before.encode()))


@pytest.mark.parametrize(
    ("there", "here", "parts"),
    [
        ("noise_prior", "alpha_prior", ("noise", "alpha")),
        ("LoraLinear", "BoneLinear", ("Lora", "Bone")),
        ("hada_w1_a", "hada_w2_a", ("1", "2")),
        ("width", "height", ("width", "height")),
        ("name", "name_of", ("name", "name_of")),
        ("same", "same", None),
    ],
)
def test_what_distinguishes_two_names(there: str, here: str, parts: tuple[str, str] | None) -> None:
    assert difference(there, here) == parts


def test_parts_of_names_are_put_in_every_spelling() -> None:
    text = 'register("noise_prior", noise_prior, lambda m: m.raw_noise, NoisePrior, NOISE)'
    made = 'register("alpha_prior", alpha_prior, lambda m: m.raw_alpha, AlphaPrior, ALPHA)'
    assert substitute(text, "noise", "alpha") == made
    assert substitute("annoise = noised", "noise", "alpha") == "annoise = noised"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aB1_.", max_size=12), st.text(alphabet="aB1_.", max_size=2))
def test_a_part_is_put_where_it_is_whole(text: str, part: str) -> None:
    """As a pattern would find it: no letters go on in its case, nor digits."""
    before = r"\d" if part[:1].isdigit() else "[A-Z]" if part[:1].isupper() else "[A-Za-z]"
    after = r"\d" if part[-1:].isdigit() else "[a-z]"
    assert put(text, part, "X") == re.sub(f"(?<!{before}){re.escape(part)}(?!{after})", "X", text)


def test_one_step_makes_one_line_of_another() -> None:
    assert step("self.width = width", "self.height = height") == ("width", "height")
    assert step("self.width = height", "self.height = 1") is None


CASES = {
    "the message that was just written is raised": (
        "def f(x):\n    if not x:\n        msg = 'no x'\n        $0\n\nraise LookupError\n",
        "raise LookupError(msg)",
    ),
    "what was caught is given on": (
        "try:\n    f()\nexcept OSError as error:\n    $0\n\nraise ToolError('x')\n",
        "raise ToolError(str(error)) from error",
    ),
    "a try is followed by what the file catches elsewhere": (
        "try:\n    f()\nexcept (KeyError, ToolError) as e:\n    pass\ndef g():\n    try:\n        g()\n    $0\n",
        "except (KeyError, ToolError) as e:",
    ),
    "a fixture that a test asks for": (
        "import pytest\n\n@pytest.fixture\n$0\n    return 1\n\ndef test_it(client, number=1):\n    pass\n",
        "def client():",
    ),
    "the next parameter is kept": (
        "class A:\n    def __init__(self, size, colour):\n        self.size = size\n        $0\n",
        "self.colour = colour",
    ),
    "a series goes on by the step that it took elsewhere": (
        "left.x = 1\nleft.y = 1\nright.x = 2\n$0\nprint(left)\n",
        "right.y = 2",
    ),
    "a number counts on": ("a(0)\nb = make('w1')\n$0\n", "b = make('w2')"),
    "a series goes back from the line below": (
        "def f(first, second):\n    take(0)\n    $0\n    put(second)\n",
        "put(first)",
    ),
    "what is imported and not used yet is next in the series": (
        "from kinds import OakTree, ElmTree\n\nTABLE = {\n    OAK: OakTree,\n    $0\n}\n",
        "ELM: ElmTree,",
    ),
    "the lines below need a name": (
        "def f(config, rows):\n    start()\n    $0\n    print(limit)\n    g(config.limit)\n",
        "limit = config.limit",
    ),
    "a deeper line needs a name": ("def f(rows):\n    $0\n        print(row)\n", "for row in rows:"),
    "a function hands on": (
        "class A(B):\n    def load(self, path, **options):\n        $0\n",
        "return super().load(path, **options)",
    ),
    "a name of its own is asked about": (
        "def f(key):\n    found = table.get(key)\n    $0\n        found = key\n    return found\n",
        "if found is None:",
    ),
    "names that the file uses are imported": (
        "import os\n$0\n\ndef f(a: Optional[int], b: Dict[str, int]) -> None:\n    os.fork()\n",
        "from typing import Dict, Optional",
    ),
}


@pytest.mark.parametrize(("text", "line"), CASES.values(), ids=CASES)
def test_lines_are_made(text: str, line: str) -> None:
    assert line in construct(Scope(at(text)), None)


def test_what_is_made_begins_as_what_is_typed() -> None:
    made = construct(Scope(at("def f(self, size, colour):\n    self.size = size\n    self.co$0\n")), None)
    assert made and all(("self.co" + text).startswith("self.co") for text in made) and "lour = colour" in made


def test_arguments_of_an_open_call_are_those_that_are_left() -> None:
    taken = tuple(Parameter(name, f.POSITIONAL, True) for name in ("size", "colour", "depth"))
    around = Surroundings("a.py", 0, 99, {"make": taken}, (), {}, False)
    text = "def f(size, colour):\n    return make(\n        size=size,\n        $0\n    )\n"
    made = construct(Scope(at(text)), around)
    assert "colour=colour," in made and "size=size," not in made


def test_places_are_put_into_the_parts_of_names_that_correspond() -> None:
    counts = Counts()
    there = (
        'def set_noise(self, noise_prior):\n    if noise_prior is not None:\n        self.put("noise", noise_prior)\n'
    )
    counts.put("b.py", there)
    here = "def set_alpha(self, alpha_prior):\n    if alpha_prior is not None:\n        "
    assert 'self.put("alpha", alpha_prior)' in counts.weighed("a.py", here, "\n").analogous


def test_the_same_cursor_makes_the_same_lines_in_the_same_order() -> None:
    text = CASES["what is imported and not used yet is next in the series"][0]
    assert list(construct(Scope(at(text)), None).items()) == list(construct(Scope(at(text)), None).items())
