"""The format that training and runtime share, spelled out."""

import pytest
from familiar_completion import prompt_format as pf


def test_the_whole_prompt() -> None:
    prompt = pf.build([("a.py", "x = 1\n\n")], "b.py", "def f", "\n    pass\n")
    assert prompt == (
        "<|repo|><|file|>a.py\nx = 1\n<|file|>b.py\n<|fim_suffix|>\n    pass\n<|fim_prefix|>def f<|fim_middle|>"
    )


def test_without_chunks_and_suffix() -> None:
    assert pf.build([], "b.py", "de", "") == "<|repo|><|file|>b.py\n<|fim_suffix|><|fim_prefix|>de<|fim_middle|>"


def test_typing_only_appends_in_front_of_the_last_mark() -> None:
    before = pf.build([("a.py", "x")], "b.py", "self.na", "\n").removesuffix(pf.FIM_MIDDLE)
    after = pf.build([("a.py", "x")], "b.py", "self.name", "\n")
    assert after.startswith(before)


@pytest.mark.parametrize("token", pf.SPECIAL_TOKENS)
def test_no_file_can_speak_with_the_tongue_of_the_format(token: str) -> None:
    prompt = pf.build([(token, token)], token, token, token)
    assert prompt.count(token) == pf.build([("a", "a")], "a", "a", "a").count(token)


def test_ordinary_text_is_left_alone() -> None:
    text = "a < b |x| <repo> <|other|> <| repo|>"
    assert pf.neutralise(text) == text
