"""`familiar complete` and `familiar evaluate completion`."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

from familiar_codegraph.text import LineIndex
from familiar_codegraph.wire import ChildError
from familiar_completion.client import complete_once
from familiar_completion.values import Answer, CompletionError
from rich.markup import escape

from familiar_server import output, places
from familiar_server.model_choice import choose

if TYPE_CHECKING:
    from familiar_completion.evaluate import Prediction


def complete(args: argparse.Namespace) -> int:
    """Complete at a place, once index and model are there."""
    place = places.parse(args.place, args.root)
    if place.path.endswith(".ipynb"):
        raise output.CommandError(
            "usage", "A notebook's file is not completed as text.", "Its cells are, in an editor that shows them."
        )
    model, why = choose()
    try:
        answer, status = complete_once(place.root, place.path, place.data, place.offset, model=model, why=why, n=args.n)
    except ChildError as error:
        raise output.CommandError(
            "unexpected", f"The completion process failed: {error}.", "See familiar doctor."
        ) from error
    index = LineIndex(place.data)
    if args.json:
        suggestions = [
            {
                "text": s.text,
                "start": list(index.position(s.start)),
                "end": list(index.position(s.end)),
                "score": s.score,
                "source": s.source,
            }
            for s in answer.suggestions
        ]
        tokens = {name: getattr(answer.tokens, name) for name in answer.tokens.__struct_fields__}
        document = {"suggestions": suggestions, "silence": answer.silence, "ms": answer.ms, "tokens": tokens}
        if args.explain:
            document["explain"] = {"model": answer.model, "house": list(answer.house), "status": status}
        output.emit(document)
    else:
        _print(answer, status, explain=args.explain)
    return output.DONE


def _print(answer: Answer, status: dict[str, object], *, explain: bool) -> None:
    console = output.out()
    for suggestion in answer.suggestions:
        about = f"{suggestion.source}, {suggestion.score:.2f}"
        console.print(f"[cyan]{escape(suggestion.text)}[/]  [dim]{about}[/]")
    if answer.silence:
        console.print(f"Nothing: {escape(answer.silence)}")
    if explain:
        console.print(f"[dim]the model: {escape(answer.model or 'took part')}[/]")
        for change in answer.house:
            console.print(f"[dim]the house: {escape(change)}[/]")
        times = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in answer.ms.items())
        console.print(f"[dim]{times}; {status['files']} files are counted[/]")


def evaluate(args: argparse.Namespace) -> int:
    """Complete every task of a file and score the results."""
    from familiar_completion import evaluate as arms
    from rich.progress import Progress

    root = places.root_of(args.root)
    model, why = (None, "") if args.arm == "counts" else choose()
    if model is None and args.arm != "counts":
        raise output.CommandError("model", f"The arm {args.arm} needs a model. {why}", "", output.REFUSED)
    console = output.err()
    try:
        tasks = arms.read_tasks(Path(args.tasks))
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"Completing ({args.arm})", total=len(tasks))
            made = asyncio.run(arms.evaluate(root, tasks, args.arm, model, on_done=lambda _: bar.advance(task)))
    except CompletionError as error:
        raise output.CommandError("tasks", f"{error}.", "Check the tasks and the model.") from None
    if args.out:
        _write_predictions(Path(args.out), made)
    report = arms.report(args.arm, tasks, made)
    if args.json:
        output.emit(report)
        return output.DONE
    low, high = report["ci95"]
    counted = f"{report['done']} of {report['tasks']} tasks"
    console = output.out()
    console.print(f"[bold]{args.arm}[/]: {report['exact_match']} % exact ({low:.1f} to {high:.1f}), {counted}")
    for kind, found in report["by_kind"].items():
        console.print(f"  {kind}: {found['exact_match']} % of {found['tasks']}")
    console.print(f"  {report['ms']['p50']} ms (median), {report['ms']['p95']} ms (95 %)")
    return output.DONE


def _write_predictions(path: Path, made: "list[Prediction]") -> None:
    rows = [
        {
            "id": p.id,
            "completion": p.completion,
            "ms": p.ms,
            "prompt_tokens": p.prompt_tokens,
            "reused_tokens": p.reused_tokens,
        }
        for p in made
    ]
    try:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise output.CommandError("usage", f"{path} cannot be written: {error.strerror}.", "Check --out.") from None
