"""`familiar`: the commands, their options and exit codes. What they do is imported when they run.

Exit codes: 0 done; 1 unexpected error, with a report; 2 usage; 3 refused, or a blocking question is open; 4 checks
failed.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from familiar_server.output import UNEXPECTED, CommandError, emit_error

QUESTIONS = ("definitions", "references", "callers", "callees", "importers", "subclasses", "tests")
VERIFY = ("full", "impacted", "static", "none")
ARMS = ("infile", "ring", "lexical", "counts", "familiar")


class _Parser(argparse.ArgumentParser):
    """Errors become a `CommandError`, so that `--json` holds for them too."""

    def error(self, message: str) -> NoReturn:
        usage = self.format_usage().removeprefix("usage: ").strip()
        raise CommandError("usage", f"{message[:1].upper()}{message[1:]}.", f"Usage: {usage}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in arguments
    try:
        if arguments[:2] == ["model", "train"]:
            from familiar_completion.training import recipe

            return recipe.main(arguments[2:])
        args = parser().parse_args(arguments)
        module, _, function = args.run.partition(":")
        code: int = getattr(importlib.import_module(f"familiar_server.{module}"), function)(args)
        return code
    except CommandError as error:
        return emit_error(error, as_json)
    except KeyboardInterrupt:
        return emit_error(CommandError("cancelled", "Cancelled.", code=130), as_json)
    except BrokenPipeError:
        # Whoever read our output has gone (`familiar … | head`); Python must not try to flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return UNEXPECTED
    except Exception as error:
        return emit_error(_explained(error, arguments), as_json)


def _explained(error: Exception, arguments: list[str]) -> CommandError:
    from familiar_codegraph.wire import ChildGone
    from familiar_edits.values import EditError

    from familiar_server import failure

    if isinstance(error, EditError):
        return CommandError(error.kind, str(error), error.do)
    doing = "running familiar " + " ".join(arguments[:2])
    what = "A process of ours ended" if isinstance(error, ChildGone) else "Something unexpected happened"
    return CommandError("unexpected", failure.sentence(error, doing), f"{what}; please file the report.")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command that is built."""
    top = _Parser(prog="familiar", description="A language server that knows your repository.")
    top.add_argument("--version", action=_Version, nargs=0, help="say the version and exit")
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, run: str, doc: str, *, root: bool = True, json: bool = True) -> argparse.ArgumentParser:
        return _described(commands.add_parser(name, help=doc, description=doc), run, root=root, json=json)

    serve = command("serve", "oneshot:serve", "Run the language server on stdin and stdout.", root=False, json=False)
    serve.add_argument("--stdio", action="store_true", help="the only transport, and the default")

    demo = command("demo", "oneshot:demo", "Show all of it on a sample repository, in under a minute.", root=False)
    demo.add_argument("--on", metavar="PATH", help="on a copy of this repository instead")
    demo.add_argument("--setup", action="store_true", help="only fetch and compile what the demo needs")

    command("doctor", "doctor:run", "Say what was found, what is wrong and what to do.")

    trust = command("trust", "oneshot:trust", "Trust a repository: its tests may be run.", root=False)
    trust.add_argument("path", nargs="?", metavar="PATH", help="a folder in it (default: the working directory)")
    trust.add_argument("--revoke", action="store_true", help="trust it no longer")

    index = command("index", "graph_commands:index", "Read a repository into its code graph.", root=False)
    index.add_argument("root", nargs="?", metavar="ROOT", help="the repository (default: of the working directory)")
    index.add_argument("--fresh", action="store_true", help="throw the stored graph away first")

    _graph(commands)

    complete = command("complete", "completion_commands:complete", "Complete at a place.")
    complete.add_argument("place", metavar="PATH:LINE:COL", help="counted from 1, in characters")
    complete.add_argument("-n", type=_positive, default=1, metavar="N", help="at most N suggestions")
    complete.add_argument("--explain", action="store_true", help="say where they come from, and what was left out")

    _conventions(command)
    _evaluate(commands)
    _model(commands)
    _memory(commands)
    _refactor(commands)

    undo = command("undo", "edit_commands:undo", "Take back the last applied change, or the one with this id.")
    undo.add_argument("id", nargs="?", metavar="ID", help="default: the last one")
    return top


def _described(
    sub: argparse.ArgumentParser, run: str, *, root: bool = True, json: bool = True
) -> argparse.ArgumentParser:
    if root:
        sub.add_argument("--root", metavar="ROOT", help="the repository (default: found from the path)")
    if json:
        sub.add_argument("--json", action="store_true", help="one JSON document on stdout")
    sub.set_defaults(run=run)
    return sub


def _graph(commands: Any) -> None:
    doc = "Ask the code graph."
    graph = commands.add_parser("graph", help=doc, description=doc)
    questions = graph.add_subparsers(metavar="QUESTION", required=True, parser_class=_Parser)
    for name in QUESTIONS:
        text = f"The {name} of the symbol at a place."
        sub = _described(questions.add_parser(name, help=text, description=text), "graph_commands:ask")
        sub.add_argument("place", metavar="PATH:LINE:COL", help="counted from 1, in characters")
        if name == "references":
            sub.add_argument("--opinion", action="store_true", help="ask the type checker about unsure places (ty)")
        sub.set_defaults(question=name)
    text = "A map of what matters in the repository, or to a place in it: files with signatures, within N tokens."
    sub = _described(questions.add_parser("map", help=text, description=text), "map_command:run")
    sub.add_argument("place", nargs="?", metavar="PATH:LINE:COL", help="what the map is for (default: the repository)")
    sub.add_argument("--tokens", type=_positive, default=1024, metavar="N", help="at most N tokens (default: 1024)")
    sub.add_argument("--tests", action="store_true", help="show tests too")


def _conventions(command: Callable[..., argparse.ArgumentParser]) -> None:
    doc = "How this repository does things, counted in its own files; or where changed lines do otherwise."
    sub = command("conventions", "conventions_command:run", doc)
    sub.add_argument("path", nargs="?", metavar="PATH", help="what holds in this file or folder (default: everything)")
    sub.add_argument(
        "--diff", nargs="?", const="HEAD", metavar="REV", help="what the lines changed since REV do otherwise (HEAD)"
    )
    sub.add_argument("--html", metavar="FILE", help="write one page that needs nothing else")
    sub.add_argument("--rules", action="store_true", help="print a short rules file")


def _evaluate(commands: Any) -> None:
    doc = "Measure on tasks."
    evaluate = commands.add_parser("evaluate", help=doc, description=doc)
    what = evaluate.add_subparsers(metavar="WHAT", required=True, parser_class=_Parser)
    doc = "Complete every task of a file and score the results."
    parser = what.add_parser("completion", help=doc, description=doc)
    sub = _described(parser, "completion_commands:evaluate")
    sub.add_argument("--tasks", required=True, metavar="FILE.jsonl", help="one task a line")
    sub.add_argument("--arm", choices=ARMS, default="familiar", help="which engine (default: familiar)")
    sub.add_argument("--out", metavar="FILE.jsonl", help="write the predictions here")


def _model(commands: Any) -> None:
    doc = "The models that complete."
    model = commands.add_parser("model", help=doc, description=doc)
    verbs = model.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        return _described(sub, f"model_commands:{name}_model", root=False)

    sub = verbs.add_parser("list", help="The models at hand.", description="The models at hand.")
    _described(sub, "model_commands:list_models", root=False)
    verb("info", "What is known about a model.").add_argument(
        "name", nargs="?", metavar="NAME", help="default: the one in use"
    )
    verb("add", "Take a GGUF file into the models at hand.").add_argument("path", metavar="PATH", help="a GGUF file")
    verb("pull", "Fetch a model of the catalogue, or a GGUF of the hub, and check it.").add_argument(
        "name", metavar="NAME", help="as `model list` says it, or owner/repository/file.gguf"
    )
    verb("use", "Complete with this model from now on.").add_argument(
        "name", metavar="NAME", help="as `model list` says it"
    )
    # Its options are the recipe's own: `main` hands them over unread.
    verb("train", "Make a model by the project's own recipe (`familiar model train --help` lists its options).")


def _memory(commands: Any) -> None:
    doc = "What is remembered of suggestions: which were taken, kept, refused."
    memory = commands.add_parser("memory", help=doc, description=doc)
    verbs = memory.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    doc = "Totals and the latest episodes."
    sub = _described(verbs.add_parser("show", help=doc, description=doc), "memory_commands:show")
    sub.add_argument(
        "what", nargs="?", metavar="WHAT", help="a file, a folder, an episode's id, or `gate` (default: all)"
    )
    doc = "Forget episodes for good."
    sub = _described(verbs.add_parser("forget", help=doc, description=doc), "memory_commands:forget")
    sub.add_argument("what", metavar="WHAT", help="`all`, an id, a file, a folder, `gate`, or an age such as `30d`")


def _refactor(commands: Any) -> None:
    doc = "Propose a change of several files, verified by the repository's own tests."
    refactor = commands.add_parser("refactor", help=doc, description=doc)
    kinds = refactor.add_subparsers(metavar="KIND", required=True, parser_class=_Parser)
    doc = "Give a symbol a new name, everywhere."
    sub = _described(kinds.add_parser("rename", help=doc, description=doc), "edit_commands:rename")
    sub.add_argument("place", metavar="PATH:LINE:COL", help="counted from 1, in characters")
    sub.add_argument("new_name", metavar="NEW", help="the new name")
    _refactoring(sub)
    doc = "Give a module's file, or a package's folder, another name or place."
    sub = _described(kinds.add_parser("rename-file", help=doc, description=doc), "edit_commands:rename_file")
    sub.add_argument("path", metavar="PATH", help="the file or folder")
    sub.add_argument("new_path", metavar="NEW_PATH", help="what it is to be called")
    _refactoring(sub)
    doc = "Move a function, class or constant of a module to another module."
    sub = _described(kinds.add_parser("move", help=doc, description=doc), "edit_commands:move")
    sub.add_argument("place", metavar="PATH:LINE:COL", help="counted from 1, in characters")
    sub.add_argument("dest", metavar="DEST", help="a file (DEST.py), a folder, or a module's name (pkg.module)")
    _refactoring(sub)


def _refactoring(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--apply", action="store_true", help="write the change when it is verified")
    sub.add_argument("--verify", choices=VERIFY, default="impacted", help="how to verify (default: impacted)")
    sub.add_argument("--take", type=_ids, default=(), metavar="ID,…", help="questions answered with yes, or `all`")
    sub.add_argument("--skip", type=_ids, default=(), metavar="ID,…", help="questions answered with no, or `all`")
    sub.add_argument("--message", action="store_true", help="draft a commit message from the facts")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return value


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


class _Version(argparse.Action):
    """`--version`, looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from familiar_server.failure import own_version

        sys.stdout.write(f"familiar {own_version()}\n")
        parser.exit()


if __name__ == "__main__":
    raise SystemExit(main())
