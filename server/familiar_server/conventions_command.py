"""`familiar conventions`: how this repository does things, and where changed lines do otherwise."""

import argparse
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph import discover
from familiar_codegraph.conventions import facts as facts_of
from familiar_codegraph.conventions import learned
from familiar_codegraph.conventions.house import House
from familiar_codegraph.conventions.learning import Keeper
from familiar_codegraph.conventions.questions import question
from familiar_codegraph.conventions.values import Edit, Fact, Violation
from familiar_codegraph.root import relative
from familiar_codegraph.text import LineIndex
from familiar_codegraph.workspace import Workspace
from rich.markup import escape

from familiar_server import output, places
from familiar_server.changed import Revision, spans
from familiar_server.graph_commands import indexed


def run(args: argparse.Namespace) -> int:
    """Show the facts, or what changed lines do otherwise."""
    path = Path(args.path) if args.path else None
    if path is not None and not path.exists():
        raise output.CommandError("usage", f"{path} does not exist.", "Give a file or a folder of the repository.")
    root = places.root_of(args.root, path)
    inside = relative(path.resolve(), root) if path else ""
    if inside is None:
        raise output.CommandError("usage", f"{path} is outside {root}.", "Give the folder that holds it with --root.")
    with indexed(root) as (workspace, _):
        house = Keeper(workspace.root, workspace.history).build(workspace.graph())
        if args.diff is not None:
            return _diff(args, workspace, house, "" if inside == "." else inside)
        return _facts(args, root, house, "" if inside == "." else inside)


# ------------------------------------------------------------------ facts


def _facts(args: argparse.Namespace, root: Path, house: House, path: str) -> int:
    found = facts_of.facts(house)
    if path:
        folder = path if (root / path).is_file() else f"{path}/x.py"
        found = facts_of.at(house, folder)
    if args.html:
        from familiar_server.conventions_page import page

        _write(Path(args.html), page(root.name, house, found))
    if args.rules:
        text = facts_of.rules_text(house)
        if not args.json:
            output.out().print(text, end="", markup=False)
            return output.DONE
    if args.json:
        document: dict[str, Any] = {
            "facts": [_plain(fact) for fact in found],
            "pairs": [msgspec.to_builtins(pair) for pair in house.pairs()],
            "words": [word._asdict() for word in learned.folder_words(house)],
            "together": [pair._asdict() for pair in learned.calls_together(house)],
        }
        if args.rules:
            document["rules"] = text
        output.emit(document)
    elif not args.html:
        _show(root.name, house, found, path)
    return output.DONE


def _plain(fact: Fact) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(fact)
    plain["say"] = question(fact.question).say.format(fact.answer)
    plain["contested"] = [{"answer": answer, "share": share} for answer, share in fact.contested]
    return plain


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise output.CommandError("usage", f"{path} cannot be written: {error.strerror}.", "Check --html.") from None
    output.err().print(f"Written to {path}.")


def _show(name: str, house: House, found: list[Fact], path: str) -> None:
    console = output.out()
    files = len(house.files())
    console.print(f"[bold]{escape(name)}[/]{f'  {escape(path)}' if path else ''}: counted in {files} files\n")
    firm = [fact for fact in found if not fact.contested and not fact.scope]
    if path:
        firm = found
    for family in dict.fromkeys(question(fact.question).family for fact in firm):
        _print(family, [fact for fact in firm if question(fact.question).family == family], scoped=bool(path))
    parts = [] if path else [fact for fact in found if fact.scope]
    if parts:
        _print("elsewhere otherwise", parts, scoped=True)
    mixed = [] if path else [fact for fact in found if fact.contested and not fact.scope]
    if mixed:
        console.print("[bold]contested[/] [dim](no habit: nothing follows from it)[/]")
        for fact in sorted(mixed, key=lambda f: (f.question.startswith("naming.word"), f.question)):
            shares = ", ".join(f"{answer} {share:.0%}" for answer, share in fact.contested[:4])
            console.print(f"  {fact.question:28} {escape(shares)}  [dim]of {fact.total}[/]")
        console.print()
    if not path and (pairs := house.pairs()):
        console.print("[bold]the house's own helpers[/]")
        for pair in pairs:
            counts = f"{pair.calls_house} uses, {pair.calls_default} of {pair.default}"
            where = f"{escape(pair.path)}:{pair.line}"
            console.print(f"  {escape(pair.house)} [dim]for[/] {pair.default}  [dim]{counts}; {where}[/]")
        console.print()
    if not path:
        _show_learned(house)


def _print(title: str, rows: list[Fact], *, scoped: bool = False) -> None:
    console = output.out()
    console.print(f"[bold]{title}[/]")
    words = [fact for fact in rows if fact.question.startswith("naming.word:")]
    for fact in [fact for fact in rows if fact not in words or scoped]:
        where = f"[yellow]{escape(fact.scope.removeprefix('kind:'))}[/] " if scoped and fact.scope else ""
        trend = {"rising": " ↑", "falling": " ↓"}.get(fact.trend, "  ")
        sure = "law  " if fact.source else f"≥ {fact.confidence:>3.0%}"
        evidence = f"{fact.support} of {fact.total}"
        say = escape(question(fact.question).say.format(fact.answer))
        places = ", ".join(f"{e.path}:{e.line}" for e in fact.examples[:1])
        source = f" [magenta]{escape(fact.source)}[/]" if fact.source else ""
        console.print(
            f"  [cyan]{_bar(fact.share)}[/] [dim]{evidence:>14} {sure}{trend}[/] {where}{say}{source}"
            f"  [dim]{escape(places)}[/]"
        )
    if words and not scoped:
        listed = ", ".join(fact.answer for fact in words)
        console.print(f"  [dim]words of names:[/] {listed}")
    console.print()


def _bar(share: float, width: int = 10) -> str:
    full = round(share * width)
    return "█" * full + "░" * (width - full)


def _show_learned(house: House) -> None:
    console = output.out()
    together = learned.calls_together(house, 6)
    if together:
        console.print("[bold]calls that stand together[/]")
        for pair in together:
            where = f" under {escape(pair.folder)}" if pair.folder else ""
            console.print(f"  {pair.first} [dim]with[/] {pair.second}  [dim]in {pair.files} files{where}[/]")
    for template in learned.templates(house, 4):
        listed = ", ".join(f"{escape(p)}:{line} {name}" for p, line, name in template.places[:3])
        console.print(f"  [dim]{len(template.places)} functions of one shape:[/] {listed}")


# ------------------------------------------------------------------ changed lines


def _diff(args: argparse.Namespace, workspace: Workspace, house: House, path: str) -> int:
    revision = Revision(workspace.root, args.diff)
    found: list[Violation] = []
    indexes: dict[str, LineIndex] = {}
    try:
        for file in house.files():
            if path and file != path and not file.startswith(f"{path}/"):
                continue
            data = discover.read_unchecked(workspace.root, file)
            old = revision.data(file)
            new = spans(old, data) if old != data else []
            if new and (there := house.without(file).violations(file, data, new)):
                indexes[file] = LineIndex(data)
                found += there
    finally:
        revision.close()
    if args.json:
        output.emit({"violations": [_violation(violation, indexes[violation.path]) for violation in found]})
    else:
        _show_violations(found, indexes, args.diff)
    return output.DONE


def _violation(violation: Violation, index: LineIndex) -> dict[str, Any]:
    edits = [_edit(edit, index) for edit in violation.fix]
    return {
        "path": violation.path,
        "start": list(index.position(violation.start)),
        "end": list(index.position(violation.end)),
        "question": violation.question,
        "here": violation.here,
        "house": violation.house,
        "confidence": round(violation.confidence, 4),
        "message": violation.message,
        "fix": edits or None,
    }


def _edit(edit: Edit, index: LineIndex) -> dict[str, Any]:
    return {"start": list(index.position(edit.start)), "end": list(index.position(edit.end)), "new_text": edit.text}


def _show_violations(found: list[Violation], indexes: dict[str, LineIndex], revision: str) -> None:
    console = output.out()
    for violation in found:
        line, column = indexes[violation.path].position(violation.start)
        mend = "  [green]can be mended[/]" if violation.fix else ""
        console.print(f"{escape(violation.path)}:{line}:{column}  {escape(violation.message)}{mend}")
    if not found:
        console.print(f"Nothing in the lines changed since {escape(revision)} is unlike this house.")
