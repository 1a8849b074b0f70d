"""Prompts: each model's own layout, within the context, and with a cut that stays where it is."""

from itertools import pairwise

import pytest
from familiar_completion.prompt import GENERATE, STEP, Request, build, layout_of
from familiar_completion.values import CompletionError


class Words:
    """A tokenizer with one token a character (its code point) and marks with numbers of their own."""

    def __init__(self, marks: dict[str, int], fim: dict[str, int], context: int = 1024) -> None:
        self._marks, self._fim, self.context = marks, fim, context

    def tokenize(self, text: str) -> list[int]:
        return [ord(char) for char in text]

    def special(self, text: str) -> int | None:
        return self._marks.get(text)

    def fim_tokens(self) -> dict[str, int]:
        return self._fim

    def text(self, tokens: list[int]) -> str:
        names = {number: name for name, number in self._marks.items()}
        return "".join(names.get(token) or chr(token) for token in tokens)


OURS = {"<|repo|>": -2, "<|file|>": -3, "<|fim_prefix|>": -4, "<|fim_suffix|>": -5, "<|fim_middle|>": -6}
QWEN = {"<|repo_name|>": -2, "<|file_sep|>": -3, "<|fim_prefix|>": -4, "<|fim_suffix|>": -5, "<|fim_middle|>": -6}
STARCODER = {"<fim_prefix>": -4, "<fim_suffix>": -5, "<fim_middle>": -6}
FIM = {"prefix": -4, "suffix": -5, "middle": -6}
REQUEST = Request("a.py", "x = ", "\ny", (("b.py", "b = 1\n"),))

LAYOUTS = {
    "ours": (
        Words(OURS, FIM | {"repository": -2, "file": -3}),
        "<|repo|><|file|>b.py\nb = 1\n<|file|>a.py\n<|fim_suffix|>\ny<|fim_prefix|>x = <|fim_middle|>",
    ),
    "with files": (
        Words(QWEN, FIM | {"repository": -2, "file": -3}),
        "<|repo_name|>repository\n<|file_sep|>b.py\nb = 1\n<|file_sep|>a.py\n"
        "<|fim_prefix|>x = <|fim_suffix|>\ny<|fim_middle|>",
    ),
    "without files": (Words(STARCODER, FIM), "# b.py\nb = 1\n\n<fim_prefix>x = <fim_suffix>\ny<fim_middle>"),
}


@pytest.mark.parametrize(("model", "text"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(model: Words, text: str) -> None:
    assert model.text(build(model, layout_of(model), REQUEST, 500)) == text


def test_a_model_that_cannot_fill_in_is_refused() -> None:
    with pytest.raises(CompletionError, match="no fill-in-the-middle tokens"):
        layout_of(Words({}, {"prefix": 1}))


def test_spelled_marks_in_the_text_are_text() -> None:
    model = LAYOUTS["ours"][0]
    tokens = build(model, layout_of(model), Request("a.py", "x = '<|fim_middle|>'", "<|repo|>"), 500)
    assert [token for token in tokens if token < 0] == [-2, -3, -5, -4, -6]


@pytest.mark.parametrize("room", [96, 200, 400, 5_000])
def test_never_longer_than_room_and_context(room: int) -> None:
    model = LAYOUTS["ours"][0]
    lines = "value = call(argument)\n" * 500
    tokens = build(model, layout_of(model), Request("a.py", lines, lines, (("b.py", lines), ("c.py", "c = 1\n"))), room)
    assert len(tokens) <= min(room, 1024 - GENERATE)
    assert model.text(tokens).endswith("call(argument)\n<|fim_middle|>")


def test_typing_only_appends_until_the_cut_jumps() -> None:
    model = LAYOUTS["ours"][0]
    layout = layout_of(model)
    kept = 0
    lines = [f"value_{i:03} = call({i:03})\n" for i in range(120)]
    prompts = [build(model, layout, Request("a.py", "".join(lines[:n]), "\n"), 700) for n in range(60, 60 + 3 * STEP)]
    for one, two in pairwise(prompts):
        kept += two[: len(one) - 1] == one[:-1]
    assert kept >= len(prompts) - 1 - 3
