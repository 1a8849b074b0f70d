"""`familiar model train`: the steps of the recipe, each resumable, all state in one folder outside the repository."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from familiar_codegraph.home import cache_dir

from familiar_completion import models
from familiar_completion.training import card, corpus, npm, packages, shards, tokenizer
from familiar_completion.training.packages import RecipeError, SourceFile

INSTALL = "uv run --with pip --with torch==2.13.0 --with tokenizers --with gguf --with numpy familiar model train"
HELD_OUT_TOKENS = 200_000
CONTEXTS = (512, 1024)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says. `tokens` are written per context length; `start` is where to go on from."""

    work: Path
    out: Path
    minutes: float
    tokens: int
    start: Path | None

    @property
    def corpus(self) -> Path:
        """The chosen files, as JSON lines."""
        return self.work / "corpus.jsonl"

    @property
    def listing(self) -> Path:
        """Every file that was looked at, with its licence and why it is left out, as JSON lines."""
        return self.work / "listing.jsonl"

    @property
    def tokenizer(self) -> Path:
        """The trained tokenizer."""
        return self.work / "tokenizer.json"


def need(*modules: str) -> None:
    """Raise RecipeError with the command to use if one of the modules is not installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise RecipeError(f"This step needs {' and '.join(missing)}, which Familiar does not install; use: {INSTALL}")


def step_corpus(settings: Settings) -> None:
    """Fetch the pinned wheels and archives and choose files, each by its own licence.

    A corpus without a listing is older than such decisions, and made anew.
    """
    if settings.corpus.exists() and settings.listing.exists():
        return
    need("pip")
    wheels, archives = settings.work / "wheels", settings.work / "npm"
    for pins in (packages.CORPUS_PINS, packages.EXCLUDED_PINS):
        packages.fetch(pins, wheels)
    for pins in (npm.CORPUS_PINS, npm.EXCLUDED_PINS):
        npm.fetch(pins, archives)
    excluded = sources(wheels, packages.EXCLUDED_PINS, archives, npm.EXCLUDED_PINS)
    files = sources(wheels, packages.CORPUS_PINS, archives, npm.CORPUS_PINS)
    chosen = corpus.choose(files, corpus.Seen(excluded))
    for line in corpus.write(chosen, settings.corpus, settings.listing):
        report(f"corpus: {line}")


def sources(wheels: Path, python: Path, archives: Path, scripts: Path) -> Iterator[SourceFile]:
    """The files of the wheels and archives that two pin files name."""
    found = {packages.normalised(path.name.split("-")[0]): path for path in sorted(wheels.glob("*.whl"))}
    for name in packages.pinned(python):
        yield from packages.python_files(found[name])
    for pin in npm.pinned(scripts):
        yield from npm.script_files(archives / pin.archive, pin.package)


def split(path: Path) -> tuple[list[SourceFile], list[SourceFile]]:
    """The corpus as (training files, held-out files)."""
    files = list(corpus.read(path))
    return (
        [file for file in files if file.package not in corpus.HELD_OUT],
        [file for file in files if file.package in corpus.HELD_OUT],
    )


def step_tokenizer(settings: Settings) -> None:
    """Train the tokenizer on every third file, or take that of the GGUF file to go on from."""
    if settings.tokenizer.exists():
        return
    need("tokenizers")
    if settings.start and settings.start.suffix == ".gguf":
        need("gguf")
        made = tokenizer.of_gguf(settings.start)
    else:
        made = tokenizer.train(file.text for file in split_every_third(settings.corpus))
    part = settings.tokenizer.with_suffix(".part")
    made.save(str(part))
    part.replace(settings.tokenizer)


def split_every_third(path: Path) -> Iterator[SourceFile]:
    """A third of the training files: more would not change 8192 tokens."""
    files = list(corpus.read(path))
    return (file for file in files[::3] if file.package not in corpus.HELD_OUT)


def step_shards(settings: Settings) -> None:
    """Draw tasks, pack rows and write them, for each context length."""
    need("tokenizers", "numpy")
    trained = tokenizer.load(settings.tokenizer)

    def encode(text: str) -> list[int]:
        ids: list[int] = trained.encode(text).ids
        return ids

    train, held = split(settings.corpus)
    for context in CONTEXTS:
        for files, stem, seed, tokens in (
            (held, "held", 1, HELD_OUT_TOKENS),
            (train, "rows", 0, settings.tokens),
        ):
            if not list(settings.work.glob(f"{stem}-{context}-*.npy")):
                rows = shards.Packer(files, encode, context, seed, cut=stem == "rows").rows()
                written = shards.write(rows, context, tokens, settings.work / f"{stem}-{context}")
                report(f"shards: {len(written)} of {stem}, {context} tokens a row")


def step_train(settings: Settings) -> None:
    """Train, or go on training, for the given minutes."""
    need("torch", "numpy")
    import torch

    from familiar_completion.training.start import starting_weights
    from familiar_completion.training.train import Run, plan_for

    threads = os.environ.get("OMP_NUM_THREADS")
    if threads:
        torch.set_num_threads(int(threads))
    start = starting_weights(settings.start) if settings.start else None
    Run(plan_for(settings.minutes, start, torch.cuda.is_available()), settings.work, start).train()


def step_export(settings: Settings) -> None:
    """Write the GGUF file from the newest checkpoint."""
    need("torch", "gguf")
    from familiar_completion.training.start import export_checkpoint

    export_checkpoint(settings.work, settings.tokenizer, settings.out, trained_before(settings.start))
    report(f"export: {settings.out} ({settings.out.stat().st_size:,} bytes)")


def trained_before(start: Path | None) -> tuple[int, int]:
    """Tokens and steps that the weights to go on from have seen, as their GGUF file says; none where it does not."""
    known = models.read(start).trained if start and start.suffix == ".gguf" else None
    return (known.tokens, known.steps) if known else (0, 0)


def step_card(settings: Settings) -> None:
    """Draw the loss curve and tell the figures that the model card quotes."""
    log = settings.work / "train.jsonl"
    if not log.exists():
        raise RecipeError(f"There is no training log in {settings.work}: run the step `train` first.")
    picture = settings.work / "model-loss.svg"
    picture.write_text(card.draw(*card.read_log(log)), encoding="utf-8")
    report(f"card: {card.figures(log)}; {picture}")


STEPS: dict[str, Callable[[Settings], None]] = {
    "corpus": step_corpus,
    "tokenizer": step_tokenizer,
    "shards": step_shards,
    "train": step_train,
    "export": step_export,
    "card": step_card,
}


def report(line: str) -> None:
    """Progress goes to stderr; stdout stays free."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def parse(argv: Sequence[str]) -> tuple[list[str], Settings]:
    """The steps to run and the settings; argparse ends the process with status 2 on a usage error."""
    parser = argparse.ArgumentParser(prog="familiar model train", description="Train the model that Familiar ships.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"some of: {', '.join(STEPS)} (all if none is given)")
    parser.add_argument(
        "--work", type=Path, default=cache_dir() / "training", help="folder of all state, to resume from"
    )
    parser.add_argument("--out", type=Path, help="the GGUF file to write (in the work folder if not given)")
    parser.add_argument("--minutes", type=float, default=75.0, help="time spent in training steps")
    parser.add_argument("--tokens", type=float, default=12e6, help="tokens of training rows per context length")
    parser.add_argument("--from", dest="start", type=Path, help="go on from the weights of a GGUF file or checkpoint")
    given = parser.parse_args(argv)
    unknown = [name for name in given.steps if name not in STEPS]
    if unknown:
        parser.error(f"unknown step {unknown[0]!r}: choose from {', '.join(STEPS)}")
    work: Path = given.work
    settings = Settings(work, given.out or work / "familiar-py.gguf", given.minutes, int(given.tokens), given.start)
    return list(given.steps) or list(STEPS), settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the recipe; 0 when done, 3 when something is missing (one sentence on stderr)."""
    names, settings = parse(sys.argv[1:] if argv is None else argv)
    settings.work.mkdir(parents=True, exist_ok=True)
    try:
        for name in names:
            report(f"step {name}")
            STEPS[name](settings)
    except RecipeError as error:
        report(str(error))
        return 3
    return 0
