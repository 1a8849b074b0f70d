"""The page of the model's figures: what was not measured is said so, what misses its bar is marked."""

from typing import Any

from benchmarks.modelpage import page

KNOWN = {
    "machine": {"cpu": "A CPU", "cores": 2, "python": "3.11", "load": 0.25},
    "model": "m.gguf",
    "weights": "0123456789abcdef",
}


def kills(slowest: float) -> dict[str, Any]:
    times = {"p50": 5.0, "p95": 30.0, "max": slowest}
    back = {"p50": 400.0, "p95": 500.0, "max": 600.0}
    counts = {"kills": 200, "in mid-request": 180, "later than 50 ms": int(slowest > 50), "unanswered": 0}
    return {"answered, ms": times, "back, ms": back, **counts, **KNOWN}


def row(text: str, beginning: str) -> list[str]:
    return next(line for line in text.split("\n") if line.startswith(f"| {beginning}")).split(" | ")


def test_every_row_is_there_and_what_was_not_measured_says_so() -> None:
    text = page({"kills": kills(40.0)})
    assert text.count("\n| ") == 11
    assert text.count("| not measured") == 8
    assert "A CPU, 2 cores" in text and "0123456789ab" in text


def test_a_missed_bar_is_marked() -> None:
    assert row(page({"kills": kills(40.0)}), "worker killed")[4] == "yes"
    assert row(page({"kills": kills(50.1)}), "worker killed")[4] == "**no**"
    memory = {"PSS, MB": {"loaded": 60.0, "after 300 places": 250.1}, **KNOWN}
    assert row(page({"memory": memory}), "worker's memory")[4] == "**no**"


def test_drafts_that_changed_a_text_are_shown() -> None:
    speed = {"speed-up of whole requests, processor time": 1.4, "speed-up of decoding": 1.5}
    both = {"elsewhere": speed, "others": speed}
    odd = {"plain": "one", "drafted": "two", "probabilities": [0.4, 0.4]}
    found = {"prompts": 10, "mixed": {"equal": 10, "differences": [], **both}, **KNOWN}
    text = page({"drafting": {**found, "alone": {"equal": 9, "differences": [odd], **both}}})
    assert row(text, "drafting: text equal")[3:5] == ["19 of 20 (each of 10 prompts alone and mixed)", "**no**"]
    assert "`'one'` without, `'two'` with drafts: [0.4, 0.4]" in text
