"""`familiar model list|info|add|pull|use`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from familiar_completion import catalogue, models, speeds
from familiar_completion.client import complete_once
from rich.markup import escape
from rich.progress import DownloadColumn, Progress

from familiar_server import output

T = TypeVar("T")


def list_models(args: argparse.Namespace) -> int:
    """Say which models are at hand."""
    entries = _mended(models.entries)
    speed = trial_speed()
    found = speeds.known()
    measured = [here.line_ms if (here := found.get(str(Path(e.path).resolve()))) else None for e in entries]
    rows = [known.row(speed) for known in catalogue.CATALOGUE]
    advice = catalogue.recommend(speed, models.available_memory())
    if args.json:
        at_hand = [
            {"name": e.name, "path": e.path, "in_use": e.in_use, "problem": e.problem, "line_ms": ms}
            for e, ms in zip(entries, measured, strict=True)
        ]
        output.emit({"models": at_hand, "catalogue": rows, "recommended": advice})
        return output.DONE
    console = output.out()
    for entry, ms in zip(entries, measured, strict=True):
        mark = "[green]*[/]" if entry.in_use else " "
        about = f"{entry.model.parameters / 1e6:.0f}M {entry.model.quantisation}" if entry.model else "[red]unusable[/]"
        speed_here = f"{ms} ms a line here" if ms is not None else "not measured yet"
        console.print(f"{mark} [bold]{escape(entry.name)}[/]  {about}, {speed_here}  [dim]{escape(entry.path)}[/]")
        if entry.problem:
            console.print(f"    {escape(entry.problem)}")
    console.print("\nTo be fetched with [bold]familiar model pull NAME[/]:")
    for known, row in zip(catalogue.CATALOGUE, rows, strict=True):
        guess = row["line_ms_estimated"]
        speed_here = "speed here unknown" if guess is None else f"about {guess} ms a line here"
        size = f"{known.size / 1e9:.1f} GB, {known.memory / 1e9:.1f} GB of memory"
        console.print(f"  [bold]{known.name}[/]  {known.licence}, {size}, {speed_here}; {known.about}")
    console.print(f"\nFor this machine: [bold]{advice}[/]" + ("" if speed else " (llama.cpp is not installed)"))
    return output.DONE


def trial_speed() -> float | None:
    """Return the seconds that a byte of weights costs a token here, by the embedded model; None without llama.cpp."""
    path = models.WEIGHTS
    _, status = complete_once(None, "trial.py", b"x = ", 4, model=path)
    token_ms = status["model"]["info"].get("token_ms")
    return None if token_ms is None else float(token_ms) / 1000 / path.stat().st_size


def pull_model(args: argparse.Namespace) -> int:
    """Fetch a model of the catalogue or of the hub, check it, and take it into the models at hand."""
    with Progress(*Progress.get_default_columns(), DownloadColumn(), console=output.err()) as bars:
        bar = bars.add_task(escape(args.name), total=None)

        def progress(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total or None)

        model = _mended(lambda: catalogue.pull(args.name, progress=progress))
    return _said(args, model, "is at hand now; `familiar model use` chooses it")


def info_model(args: argparse.Namespace) -> int:
    """Say what is known about a model."""
    found = _mended(lambda: models.find(args.name)).info()
    if args.json:
        output.emit(found)
        return output.DONE
    console = output.out()
    for name, value in found.items():
        console.print(f"[bold]{name:13}[/] {escape(str(value))}")
    return output.DONE


def add_model(args: argparse.Namespace) -> int:
    """Take a GGUF file into the models at hand."""
    return _said(args, _mended(lambda: models.add(Path(args.path))), "is at hand now; `familiar model use` chooses it")


def use_model(args: argparse.Namespace) -> int:
    """Complete with this model from now on."""
    return _said(args, _mended(lambda: models.use(args.name)), "completes from now on")


def _said(args: argparse.Namespace, model: models.Model, what: str) -> int:
    if args.json:
        output.emit(model.info())
    else:
        output.out().print(f"{escape(model.name)} {what}.")
    return output.DONE


def _mended(work: Callable[[], T]) -> T:
    """Do it; what the registry refuses becomes an error of the command (exit 2, or 3 for a model that will not do)."""
    try:
        return work()
    except models.ModelError as error:
        code = output.USAGE if error.kind in ("missing", "unknown") else output.REFUSED
        raise output.CommandError(error.kind, error.message, error.do, code) from None
