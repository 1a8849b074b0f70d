"""`familiar index` and `familiar graph …`: one-shot questions, which wait for the index."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from familiar_codegraph import opinion
from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex
from familiar_codegraph.values import Answers, IndexReport, Opinion
from familiar_codegraph.workspace import Workspace
from msgspec import structs, to_builtins
from rich.markup import escape

from familiar_server import output, places


def index(args: argparse.Namespace) -> int:
    """Bring the repository's graph up to date and say what was found."""
    root = places.root_of(args.root)
    with indexed(root, fresh=args.fresh) as (_, report):
        if args.json:
            output.emit(_report(report))
        else:
            _print_report(root, report)
    return output.DONE


@contextmanager
def indexed(root: Path, *, fresh: bool = False) -> Iterator[tuple[Workspace, IndexReport]]:
    """Open the workspace at `root`, indexed; a progress bar on stderr where that is a terminal."""
    from rich.progress import Progress

    workspace = Workspace(root)
    console = output.err()
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"Indexing {root.name}", total=None)
            report = workspace.index(
                fresh=fresh, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
        yield workspace, report
    finally:
        workspace.close()


def _report(report: IndexReport) -> dict[str, Any]:
    return {
        "files": report.files,
        "lines": report.lines,
        "symbols": report.symbols,
        "references": report.references,
        "resolved": report.resolved,
        "failed": [{"path": path, "reason": reason} for path, reason in report.failed],
        "seconds": report.seconds,
        "peak_mb": report.peak_mb,
        "from_cache": report.from_cache,
        "store": report.store,
    }


def _print_report(root: Path, report: IndexReport) -> None:
    console = output.out()
    console.print(
        f"{root}: {report.files} files, {report.lines} lines, {report.symbols} symbols, {report.references} references "
        f"in {report.seconds:.2f} s ({report.from_cache} files from the store)"
    )
    if report.store:
        console.print(f"  [yellow]{escape(report.store)}[/]")
    for path, reason in report.failed:
        console.print(f"  [yellow]{escape(path)}[/]: {escape(reason)}")


def ask(args: argparse.Namespace) -> int:
    """Answer one question about the symbol at a place."""
    place = places.parse(args.place, args.root)
    with indexed(place.root) as (workspace, _):
        graph = workspace.graph()
        answers: Answers = getattr(graph, args.question)(place.path, place.offset)
        if args.question == "references" and args.opinion:
            answers = opinion.consult(graph, answers, place.root, ())
        if answers.symbol is None and answers.complete:
            answers = structs.replace(answers, reason=f"there is no name at {args.place}")
        if args.json:
            output.emit(answers_json(graph, answers))
        else:
            _print_answers(graph, answers)
    return output.DONE


def answers_json(graph: CodeGraph, answers: Answers) -> dict[str, Any]:
    """Return the document of the contract: places as 1-based lines and columns."""
    lines: dict[str, LineIndex] = {}

    def at(path: str, offset: int) -> list[int]:
        if path not in lines:
            lines[path] = LineIndex(graph.data(path))
        return list(lines[path].position(offset))

    symbol = answers.symbol
    return {
        "symbol": symbol
        and {
            "name": symbol.name,
            "kind": symbol.kind,
            "path": symbol.path,
            "start": at(symbol.path, symbol.start),
            "end": at(symbol.path, symbol.end),
        },
        "answers": [
            {"path": a.path, "start": at(a.path, a.start), "end": at(a.path, a.end), "via": a.via, "verdict": a.verdict}
            for a in answers.answers
        ],
        "complete": answers.complete,
        "reason": answers.reason,
        **({"opinion": to_builtins(answers.opinion)} if answers.opinion else {}),
    }


def _print_answers(graph: CodeGraph, answers: Answers) -> None:
    console = output.out()
    if answers.symbol:
        console.print(
            f"[bold]{escape(answers.symbol.qualname or answers.symbol.name)}[/] [dim]{answers.symbol.kind}[/]"
        )
    for answer in answers.answers:
        index = LineIndex(graph.data(answer.path))
        line, column = index.position(answer.start)
        text = index.line_bytes(line - 1).decode("utf-8", "replace").strip()
        doubt = "" if answer.verdict == "yes" else " [yellow]unsure[/]"
        where = f"{escape(answer.path)}:{line}:{column}"
        console.print(f"{where}  {escape(text)}  [dim]{answer.via}[/]{doubt}")
    if not answers.answers:
        console.print("Nothing.")
    if not answers.complete:
        console.print(f"[yellow]Not complete:[/] {escape(answers.reason)}")
    if answers.opinion:
        console.print(f"[dim]{escape(_opinion(answers.opinion))}[/]")


def _opinion(said: Opinion) -> str:
    """Return what became of the unsure places, in a sentence or two."""
    text = f"{said.reason}. " if said.reason else ""
    if said.checker:
        text += f"Of the unsure places, {said.checker} confirmed {said.yes}, dropped {said.no} and left {said.silent}."
    return text.strip() or "No place was unsure."
