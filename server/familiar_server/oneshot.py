"""The commands that only hand over: serve, demo, trust."""

import argparse
import sys
from pathlib import Path

from familiar_server import output, places


def serve(args: argparse.Namespace) -> int:
    """Run the language server on stdio."""
    from familiar_server import server

    if sys.stdin.isatty():
        sys.stderr.write("This is a language server: your editor starts it and talks to it. Ctrl-C ends it.\n")
    return server.serve()


def demo(args: argparse.Namespace) -> int:
    """Run the demo."""
    if args.on is not None and not Path(args.on).is_dir():
        raise output.CommandError("usage", f"There is no folder {args.on}.", "Give a folder with --on.")
    from familiar_server.demo import run

    return run(args.on, args.json, args.setup)


def trust(args: argparse.Namespace) -> int:
    """Trust a repository, or trust it no longer."""
    from familiar_edits import trust as book

    path = Path(args.path) if args.path else Path.cwd()
    if not path.exists():
        raise output.CommandError("usage", f"{path} does not exist.", "Give a folder of the repository.")
    root = places.root_of(None, path)
    if args.revoke:
        known = book.revoke(root)
    else:
        book.trust(root)
        known = True
    if args.json:
        output.emit({"root": str(root), "trusted": not args.revoke, "changed": known})
    elif not args.revoke:
        output.out().print(f"{root} is trusted: its tests may be run, in an isolated copy.")
    else:
        output.out().print(f"{root} is trusted no longer." if known else f"{root} was not trusted.")
    return output.DONE
