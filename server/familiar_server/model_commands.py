"""`familiar model list|info|add|use`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from familiar_completion import models
from rich.markup import escape

from familiar_server import output

T = TypeVar("T")


def list_models(args: argparse.Namespace) -> int:
    """Say which models are at hand."""
    entries = _mended(models.entries)
    if args.json:
        rows = [{"name": e.name, "path": e.path, "in_use": e.in_use, "problem": e.problem} for e in entries]
        output.emit({"models": rows})
        return output.DONE
    console = output.out()
    for entry in entries:
        mark = "[green]*[/]" if entry.in_use else " "
        about = f"{entry.model.parameters / 1e6:.0f}M {entry.model.quantisation}" if entry.model else "[red]unusable[/]"
        console.print(f"{mark} [bold]{escape(entry.name)}[/]  {about}  [dim]{escape(entry.path)}[/]")
        if entry.problem:
            console.print(f"    {escape(entry.problem)}")
    return output.DONE


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
