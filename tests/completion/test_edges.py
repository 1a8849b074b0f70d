"""The edges of suggestions: every case of `edges.toml`, what the text around the cursor makes of a raw text."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from familiar_completion.suggest import shape
from familiar_completion.values import Suggestion
from familiar_completion.view import look

CASES = tomllib.loads((Path(__file__).parent / "edges.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_edge(case: dict[str, Any]) -> None:
    before, after = (part.encode() for part in case["at"].split("⟨⟩"))
    made = shape(case["raw"], look("a.py", before + after, len(before)), 0.5, "counts")
    if "refused" in case:
        assert made == case["refused"]
        return
    assert isinstance(made, Suggestion), made
    data = before + after
    assert (data[: made.start] + made.text.encode() + data[made.end :]).decode() == case["gives"]


def test_every_case_is_told_apart() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES)
