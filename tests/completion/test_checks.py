"""What a suggestion names must exist: one case for each refusal, and its positive twin."""

import pytest
from familiar_codegraph.surroundings import Holder, Parameter, Surroundings
from familiar_completion.checks import problem
from familiar_completion.naming import calls, members
from familiar_completion.view import look

SEND = (Parameter("url", 1, True), Parameter("body", 1, False), Parameter("wait", 3, True))
AROUND = Surroundings(
    path="a.py",
    start=0,
    end=100,
    names={
        "self": None,
        "url": None,
        "wait": None,
        "send": SEND,
        "anything": (Parameter("args", 2, False),),
        "mod": None,
    },
    local=("self", "url", "wait"),
    holders={
        "self": Holder({"pool": None, "close": (), "fetch": (Parameter("url", 1, True),), "_size": None}, True),
        "mod": Holder({"known": None}, False),
    },
    open_names=False,
)
CASES = [
    ("self.clos", "e()", None),
    ("self.", "opened", "self has no attribute opened"),
    ("x = self.", "pool.anything_at_all", None),
    ("x = self.", "__class__", None),
    ("", "self.fresh = 1", None),
    ("", "mod.unknown()", None),
    ("", "self.fetch()", "self.fetch needs url"),
    ("", "self.fetch(url)", None),
    ("", "self.fetch(url, 1)", "self.fetch takes 1 arguments by position, not 2"),
    ("", "send(url, wait=wait)", None),
    ("", "send(url, wait=wait, odd=1)", "send has no parameter odd"),
    ("", "send(*url)", None),
    ("", "send(", None),
    ("", "anything(1, 2, 3)", None),
    ("x = ", "missing", "nothing here is called missing"),
    ("x = ", "len(url)", None),
    ("", "missing = 1", None),
    ("x = ", "[one for one in url]", None),
    ("x = ", "[one for other in url]", "nothing here is called one"),
    ("x = ", "lambda one: one", None),
    ("", "for one in url:", None),
    ("", "for one in urls:", "nothing here is called urls"),
    ("", "def missing(self, other):", None),
    ("", "import anywhere", None),
    ("", "with url as opened:", None),
    ("x = ", "dict(missing=url)", None),
    ("x = 'self.", "opened'", None),
    ("# self.", "opened", None),
]


@pytest.mark.parametrize(("before", "text", "expected"), CASES)
def test_what_exists(before: str, text: str, expected: str | None) -> None:
    data = before.encode()
    assert problem(look("a.py", data, len(data)), text, AROUND) == expected


def test_what_is_near_is_known() -> None:
    data = b"fresh = 1\nself.opened = 2\nx = "
    assert problem(look("a.py", data, len(data)), "fresh + self.opened", AROUND) is None


def test_without_the_graph_nothing_is_refused() -> None:
    assert problem(look("a.py", b"x = ", 4), "missing", None) is None


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("x = self.fe", ["tch(url)"]),
        ("x = self.", ["close()", "fetch(url)"]),
        ("x = send", ["(url, wait=wait)"]),
        ("x = unknown.", []),
        ("", []),
        ("# self.", []),
        ("def ", []),
    ],
)
def test_calls_that_exist(before: str, expected: list[str]) -> None:
    data = before.encode()
    assert sorted(call.text for call in calls(look("a.py", data, len(data)), AROUND)) == expected


MEMBERS = {
    "x = self.⟨⟩": ("_size", "close", "fetch", "pool"),
    "x = self.clo⟨⟩": ("se",),
    "x = self.pool⟨⟩": ("",),
    "x = self.new⟨⟩": (),
    "self.⟨⟩": (),
    "x = mod.⟨⟩": (),
    "x = other.self.⟨⟩": (),
    "x = 'self.⟨⟩": (),
    "x = self.⟨⟩pool": (),
    "x = self.__cl⟨⟩": (),
    "self.later = 1\nx = self.⟨⟩\n": ("_size", "close", "fetch", "later", "pool"),
    "x = self.p⟨⟩\nself.pale()": ("ale", "ool"),
}


@pytest.mark.parametrize("text", MEMBERS)
def test_only_names_that_exist_may_follow_a_dot(text: str) -> None:
    before, after = text.encode().split("⟨⟩".encode())
    assert members(look("a.py", before + after, len(before)), AROUND) == MEMBERS[text]
