"""`familiar refactor …` and `familiar undo`: one-shot, on the disk."""

import argparse
from pathlib import Path
from typing import Any

from familiar_edits import apply as journal
from familiar_edits import message, process, report
from familiar_edits.values import Proposal
from rich.markup import escape

from familiar_server import output, places


def rename(args: argparse.Namespace) -> int:
    """Propose a rename, and apply it with --apply where the verdict allows it."""
    place = places.parse(args.place, args.root)
    request = process.Request(
        root=str(place.root),
        kind="rename",
        path=place.path,
        offset=place.offset,
        args={"new_name": args.new_name},
        verify=args.verify,
        take=args.take,
        skip=args.skip,
    )
    return _refactor(args, request)


def move(args: argparse.Namespace) -> int:
    """Propose a move to another module, and apply it with --apply where the verdict allows it."""
    place = places.parse(args.place, args.root)
    request = process.Request(
        root=str(place.root),
        kind="move",
        path=place.path,
        offset=place.offset,
        args={"dest": _inside(place.root, args.dest)},
        verify=args.verify,
        take=args.take,
        skip=args.skip,
    )
    return _refactor(args, request)


def rename_file(args: argparse.Namespace) -> int:
    """Propose another name or place for a file or folder, and apply it with --apply where the verdict allows it."""
    path = Path(args.path).absolute()
    root = places.root_of(args.root, path)
    request = process.Request(
        root=str(root),
        kind="rename-file",
        path=_inside(root, f"{args.path.rstrip('/')}/").rstrip("/"),
        offset=0,
        args={"new_path": _inside(root, f"{args.new_path.rstrip('/')}/").rstrip("/")},
        verify=args.verify,
        take=args.take,
        skip=args.skip,
    )
    return _refactor(args, request)


def _inside(root: Path, dest: str) -> str:
    """Return a destination that is a path relative to `root`; a module's name stays."""
    path = Path(dest)
    if not (dest.endswith(".py") or "/" in dest or path.is_dir()):
        return dest
    full = path.absolute().resolve()
    if not full.is_relative_to(root):
        raise output.CommandError("usage", f"{dest} is outside {root}.", "Give a module of the repository.")
    inside = full.relative_to(root).as_posix()
    return inside if dest.endswith(".py") else f"{inside}/"


def _refactor(args: argparse.Namespace, request: process.Request) -> int:
    proposal = _proposed(request)
    before = report.texts(proposal)
    if args.apply and _allowed(proposal, args.verify):
        proposal = process.apply_proposal(proposal, args.verify)
    if args.json:
        drafted = {"message": message.drafted(proposal)} if args.message else {}
        output.emit({**report.to_json(proposal, before), **drafted})
    else:
        console = output.out()
        report.show(proposal, before, console)
        if args.apply and not proposal.applied:
            console.print("Not applied.")
        if args.message:
            console.print(escape(message.drafted(proposal)))
    return exit_code(proposal, args.verify)


def _proposed(request: process.Request) -> Proposal:
    from rich.progress import Progress

    console = output.err()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=100)
        return process.propose(
            request, progress=lambda message, done: bar.update(task, description=message, completed=done)
        )


def _allowed(proposal: Proposal, verify: str) -> bool:
    return proposal.status == "verified" or (proposal.status == "unverified" and verify in ("static", "none"))


def exit_code(proposal: Proposal, verify: str) -> int:
    """Return 0 for verified, or unverified as asked; 4 when a check or test failed; else 3: it waits for the user."""
    if _allowed(proposal, verify):
        return output.DONE
    return output.FAILED if proposal.status == "failed" else output.REFUSED


def undo(args: argparse.Namespace) -> int:
    """Take back the last applied change of the repository, or the one with this id."""
    undone = journal.undo(places.root_of(args.root), args.id)
    document: dict[str, Any] = {"undone": undone.undone, "paths": list(undone.paths), "reason": undone.reason}
    if args.json:
        output.emit(document)
    else:
        output.out().print(escape(undone.reason))
    return output.DONE if undone.undone else output.REFUSED
