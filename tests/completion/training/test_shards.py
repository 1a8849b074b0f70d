"""Rows are full, hold whole tasks, weigh what they should, and are the same every time."""

import itertools
import random
from pathlib import Path

import numpy as np
from familiar_completion.prompt_format import END, FIM_MIDDLE, PAD, REPO, SPECIAL_TOKENS
from familiar_completion.training.packages import SourceFile
from familiar_completion.training.shards import SCRIPT_SHARE, Packer, mixed, pieces, weights, write

CODE = "".join(f"def function_{i}(argument, other=None):\n    return [argument, other, {i}]\n\n\n" for i in range(60))
FILES = [SourceFile("p", f"p/module_{n}.py", CODE.replace("function", f"name{n}")) for n in range(3)]


def encode(text: str) -> list[int]:
    """A tokenizer by hand: the special tokens, else one token a character."""
    ids: list[int] = []
    while text:
        special = next((token for token in SPECIAL_TOKENS if text.startswith(token)), None)
        ids.append(SPECIAL_TOKENS.index(special) if special else 16 + ord(text[0]))
        text = text[len(special or "x") :]
    return ids


def decode(row: list[int]) -> str:
    return "".join(SPECIAL_TOKENS[i] if i < len(SPECIAL_TOKENS) else chr(i - 16) for i in row)


def first(count: int, seed: int = 0) -> list[list[int]]:
    return list(itertools.islice(Packer(FILES, encode, 1024, seed).rows(), count))


def test_rows_are_full_and_begin_with_a_repository() -> None:
    for row in first(40):
        assert len(row) == 1024
        assert decode(row).startswith(REPO)
        assert row.count(SPECIAL_TOKENS.index(PAD)) < 64


def test_every_hole_in_a_row_is_closed() -> None:
    holes = 0
    for row in first(60):
        for piece in decode(row).split(FIM_MIDDLE)[1:]:
            assert END in piece
            holes += 1
    assert holes > 20


def test_packing_is_deterministic_and_depends_on_the_seed() -> None:
    assert first(10) == first(10)
    assert first(10) != first(10, seed=1)


def test_holes_weigh_more_and_marks_nothing() -> None:
    text = f"{REPO}ab{FIM_MIDDLE}cd{END}ef{PAD}"
    row = np.array([encode(text)], dtype=np.uint16)
    assert weights(row, 3.0).tolist() == [[0, 1, 1, 0, 3, 3, 3, 1, 1, 0]]


def test_shards_hold_about_the_tokens_asked_for(tmp_path: Path) -> None:
    paths = write(Packer(FILES, encode, 1024, 0).rows(), 1024, 10_000, tmp_path / "rows-1024")
    assert [path.name for path in paths] == ["rows-1024-000.npy"]
    shard = np.load(paths[0])
    assert shard.shape == (9, 1024)
    assert shard.dtype == np.uint16


def test_pieces_are_the_text_and_part_lines_from_their_indentation() -> None:
    text = f"{REPO}<|file|>p/a.py\n" + CODE
    rng = random.Random(0)
    drawn = [piece for _ in range(20) for piece in pieces(text, rng)]
    assert "".join(pieces(text, rng)) == text
    assert any(piece.endswith("\n    ") for piece in drawn)
    assert all(REPO in piece or "<|" not in piece for piece in drawn)


def test_scripts_have_their_share_of_the_tokens_whatever_the_lengths() -> None:
    read = list(itertools.islice(mixed(itertools.repeat([1] * 30), itertools.cycle([[2] * 7, [2] * 400])), 3000))
    tokens = [token for ids in read for token in ids]
    assert abs(tokens.count(2) / len(tokens) - SCRIPT_SHARE) < 0.01


def test_rows_hold_both_languages_or_the_one_that_there_is() -> None:
    scripts = [SourceFile("npm:p", f"lib/{n}.ts", file.text) for n, file in enumerate(FILES)]
    both, one = (
        "".join(map(decode, itertools.islice(Packer(files, encode, 1024, 0).rows(), 60)))
        for files in (FILES + scripts, scripts)
    )
    assert 0.1 < both.count(".ts\n") / (both.count(".ts\n") + both.count(".py\n")) < 0.3
    assert ".ts\n" in one and ".py\n" not in one


def test_pieces_part_lines_from_tabs_too() -> None:
    rng = random.Random(0)
    assert any(piece.endswith("\n\t\t") for _ in range(40) for piece in pieces("if (a) {\n\t\treturn b;\n}\n", rng))
