"""The command: its usage errors, what it says when something is missing, the picture of a log."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from familiar_completion import models
from familiar_completion.training import card, corpus, main, npm, packages, recipe, tokenizer
from familiar_completion.training.licences import Decision
from familiar_completion.training.packages import RecipeError, SourceFile

LOG = [
    {"step": 10, "tokens": 1_000_000, "loss": 6.5, "lr": 1.0},
    {"step": 15, "tokens": 1_500_000, "phase": {"layers": 7}, "held": {"loss": 5.5, "middle_loss": 6.0}},
    {"step": 20, "tokens": 2_000_000, "loss": 5.0, "lr": 0.5},
    {"step": 20, "tokens": 2_000_000, "held": {"loss": 4.5, "middle_loss": 5.0}, "final": True},
]


def log(folder: Path) -> Path:
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LOG), encoding="utf-8")
    return path


def test_an_unknown_step_is_a_usage_error_that_lists_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["corpse"])
    assert caught.value.code == 2
    assert "corpus, tokenizer, shards, train, export, card" in capsys.readouterr().err


def test_without_steps_all_are_run_in_order(tmp_path: Path) -> None:
    names, settings = recipe.parse(["--work", str(tmp_path), "--minutes", "3"])
    assert names == ["corpus", "tokenizer", "shards", "train", "export", "card"]
    assert (settings.work, settings.out, settings.minutes) == (tmp_path, tmp_path / "familiar-py.gguf", 3.0)


def test_state_lives_under_our_home_by_default(familiar_home: Path) -> None:
    assert recipe.parse([])[1].work.is_relative_to(familiar_home)


def test_a_missing_module_is_named_with_the_command_that_brings_it() -> None:
    with pytest.raises(RecipeError, match="needs no_such_module, which Familiar does not install; use: uv run --with"):
        recipe.need("json", "no_such_module")


def test_a_step_before_its_time_says_which_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", "--work", str(tmp_path)]) == 3
    assert "run the step `train` first" in capsys.readouterr().err


def test_the_card_step_draws_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(tmp_path)
    assert main(["card", "--work", str(tmp_path)]) == 0
    assert "20 steps, 2,000,000 tokens; loss 4.5000, middle_loss 5.0000" in capsys.readouterr().err
    tree = ElementTree.parse(tmp_path / "model-loss.svg")
    assert len(tree.findall("{*}circle")) == 4


def test_curves_and_borders_of_a_log(tmp_path: Path) -> None:
    curves, borders = card.read_log(log(tmp_path))
    assert [len(curve.points) for curve in curves] == [2, 2, 2]
    assert borders == [1.5]


def test_what_shipped_weights_have_seen_is_added_to_what_follows(tmp_path: Path) -> None:
    tokens, steps = recipe.trained_before(models.WEIGHTS)
    known = models.read(models.WEIGHTS).trained
    assert known and (tokens, steps) == (known.tokens, known.steps) and tokens > steps > 0
    assert recipe.trained_before(None) == recipe.trained_before(tmp_path / "checkpoint.pt") == (0, 0)


def test_a_corpus_without_a_listing_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "need", lambda *modules: None)
    monkeypatch.setattr(packages, "fetch", lambda pins, into: None)
    monkeypatch.setattr(npm, "fetch", lambda pins, into: None)
    text = "".join(f"def add_{n}(price, rate):\n    return price * rate + {n}\n\n\n" for n in range(9))
    shop = SourceFile("shop", "shop/a.py", text, Decision("MIT", "header", True))
    monkeypatch.setattr(recipe, "sources", lambda *places: [shop] if npm.CORPUS_PINS in places else [])
    (tmp_path / "corpus.jsonl").write_text("old\n", encoding="utf-8")
    assert main(["corpus", "--work", str(tmp_path)]) == 0
    assert [file.package for file in corpus.read(tmp_path / "corpus.jsonl")] == ["shop"]
    (tmp_path / "corpus.jsonl").write_text("kept\n", encoding="utf-8")
    assert main(["corpus", "--work", str(tmp_path)]) == 0
    assert (tmp_path / "corpus.jsonl").read_text(encoding="utf-8") == "kept\n"


class Known:
    """The tokenizer of a GGUF file."""

    def save(self, path: str) -> None:
        Path(path).write_text("known", encoding="utf-8")


def test_weights_go_on_with_the_tokens_that_they_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "need", lambda *modules: None)
    monkeypatch.setattr(tokenizer, "of_gguf", lambda path: Known())
    assert main(["tokenizer", "--work", str(tmp_path), "--from", str(models.WEIGHTS)]) == 0
    assert (tmp_path / "tokenizer.json").read_text(encoding="utf-8") == "known"
