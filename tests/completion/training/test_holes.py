"""Holes are where people type, are cut as promised, and chunks come from other files."""

import random

import pytest
from familiar_completion.training.holes import (
    Chunks,
    block_end,
    cut_after,
    cut_before,
    draw_example,
    draw_hole,
    expression_end,
)
from familiar_completion.training.packages import SourceFile

TEXT = '''import os


def total(prices: list[float], rate: float) -> float:
    """Sum with tax."""
    summed = sum(price for price in prices)
    if rate:
        summed = round(summed * (1 + rate), 2)
    return summed


class Basket:
    def __init__(self, names: list[str]) -> None:
        self.names = sorted(names, key=str.lower)
'''


@pytest.mark.parametrize(
    ("text", "end"),
    [("f(a, b)", 3), ("f(a(1, 2), b)", 9), ("f(a)", 3), ("x = [1,\n2]", 6), ("f()", 2)],
)
def test_an_expression_ends_at_its_own_comma_bracket_or_line(text: str, end: int) -> None:
    start = text.index("(") + 1 if "(" in text else text.index("[") + 1
    assert expression_end(text, start) == end


def test_a_block_ends_where_its_indentation_does() -> None:
    lines = TEXT.split("\n")
    assert lines[block_end(lines, 6, 9)] == "    return summed"
    assert block_end(lines, 6, 1) == 7


def test_holes_are_inside_the_text_and_never_begin_or_end_with_a_line_break() -> None:
    rng = random.Random(0)
    kinds = set()
    for _ in range(2000):
        hole = draw_hole(TEXT, rng)
        middle = TEXT[hole.start : hole.end]
        assert middle
        assert not middle.startswith("\n") and not middle.endswith("\n"), (hole, middle)
        kinds.add(hole.kind)
        if hole.kind in ("rest", "line"):
            assert TEXT[hole.end] == "\n"
            assert "\n" not in middle
    assert kinds == {"rest", "line", "expression", "lines"}


def test_cursors_stand_inside_identifiers_too() -> None:
    rng = random.Random(1)
    holes = [draw_hole(TEXT, rng) for _ in range(500)]
    inside = [h for h in holes if TEXT[h.start - 1 : h.start].isalnum() and TEXT[h.start].isalnum()]
    assert len(inside) > 100


def test_cutting_keeps_whole_lines_where_it_can() -> None:
    assert cut_before("one\ntwo\nthree", 9) == "three"
    assert cut_before("abcdefgh", 3) == "fgh"
    assert cut_after("one\ntwo\nthree", 10) == "one\ntwo\n"
    assert cut_after("abcdefgh", 3) == "abc"
    assert cut_after("ab", 3) == cut_before("ab", 3) == "ab"


def package() -> list[SourceFile]:
    other = "def helper(basket_total, shipping):\n    return apply_voucher(basket_total) + shipping\n" * 3
    return [SourceFile("shop", "shop/basket.py", TEXT), SourceFile("shop", "shop/voucher.py", other)]


def test_chunks_share_rare_words_and_come_from_other_files() -> None:
    chunks = Chunks(package(), random.Random(0))
    found = chunks.like({"apply_voucher", "nothing_like_it"}, "shop/basket.py", 2)
    assert [path for path, _ in found] == ["shop/voucher.py"]
    assert chunks.like({"apply_voucher"}, "shop/voucher.py", 2) == []


def test_an_example_is_the_file_around_its_middle() -> None:
    files = package()
    rng = random.Random(3)
    chunks = Chunks(files, rng)
    for _ in range(300):
        drawn = draw_example(files[0], chunks, 512, rng)
        assert drawn.prefix + drawn.middle + drawn.suffix in TEXT
        assert all(path != drawn.path for path, _ in drawn.chunks)


def test_drawing_is_deterministic() -> None:
    def draw() -> list[object]:
        rng = random.Random(5)
        chunks = Chunks(package(), rng)
        return [draw_example(package()[0], chunks, 512, rng) for _ in range(20)]

    assert draw() == draw()
