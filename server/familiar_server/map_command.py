"""`familiar graph map`: what matters in the repository, or to a place in it, within a number of tokens."""

import argparse
import contextlib
from collections.abc import Iterator

import msgspec
from familiar_codegraph import repomap
from familiar_completion.tokens import NoTokenizer, Tokens
from rich.markup import escape

from familiar_server import model_choice, output, places
from familiar_server.graph_commands import indexed


def run(args: argparse.Namespace) -> int:
    """Print the map."""
    place = places.parse(args.place, args.root) if args.place else None
    root = place.root if place else places.root_of(args.root)
    with indexed(root) as (workspace, _), _counting() as count:
        graph = workspace.graph()
        cursor = (place.path, place.offset) if place else None
        near = dict(workspace.history().together(place.path)) if place else {}
        try:
            made = repomap.make(graph, args.tokens, count=count, cursor=cursor, near=near, tests=args.tests)
        except repomap.MapError as error:
            do = f"Give --tokens {error.needs} or more." if error.needs else "Give a folder with code by --root."
            raise output.CommandError("usage", str(error), do) from None
    if args.json:
        output.emit(
            {"text": made.text, "tokens": made.tokens, "symbols": [msgspec.to_builtins(s) for s in made.symbols]}
        )
    else:
        output.out().print(escape(made.text), end="")
    return output.DONE


@contextlib.contextmanager
def _counting() -> Iterator[repomap.Count]:
    """Yield what counts tokens: the vocabulary of the model in use, else an estimate."""
    model, _ = model_choice.choose()
    with contextlib.ExitStack() as stack:
        try:
            tokens = stack.enter_context(Tokens(model)) if model else None
        except NoTokenizer:
            tokens = None
        yield tokens.count if tokens else repomap.estimate
