"""`familiar complete` and `familiar evaluate completion`."""

import argparse

from familiar_codegraph.text import LineIndex
from familiar_codegraph.wire import ChildError
from familiar_completion.client import complete_once
from familiar_completion.values import Answer
from rich.markup import escape

from familiar_server import output, places
from familiar_server.model_choice import choose


def complete(args: argparse.Namespace) -> int:
    """Complete at a place, once index and model are there."""
    place = places.parse(args.place, args.root)
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
            document["explain"] = {"model": answer.model, "status": status}
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
        times = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in answer.ms.items())
        console.print(f"[dim]{times}; {status['files']} files are counted[/]")
