"""Completion as it is, on tasks with a known answer: one arm at a time, everything else alike.

A task is a file with a hole (`prefix`, `suffix`, `target`, `path`, `kind`, `lang`, `meta`, `id`; one JSON object a
line). The file is known only as prefix + suffix, never as it stands on disk; all other files are read from the
checkout.

Arms: `infile` (the model with this file alone), `ring` (with chunks as llama.vim gathers them), `lexical` (with the
most similar windows of the repository, RepoCoder's first step), `counts` (no model), `familiar` (everything).
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import tree_sitter
import tree_sitter_python
from familiar_codegraph.client import GraphClient
from familiar_codegraph.surroundings import Surroundings

from familiar_completion import checks, gathering
from familiar_completion.engine import Engine
from familiar_completion.runtime import Model
from familiar_completion.scoring import exact, interval
from familiar_completion.values import Answer, CompletionError, Mode
from familiar_completion.view import look

Arm = Literal["infile", "ring", "lexical", "counts", "familiar"]
ARMS: tuple[str, ...] = get_args(Arm)
_WAIT = 10.0
_parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


class Prediction(msgspec.Struct, frozen=True):
    """What was offered first: the text from the cursor on, less what its range replaces at its end; "" for silence."""

    id: str
    completion: str
    ms: float
    prompt_tokens: int
    reused_tokens: int
    exact: bool
    source: str
    silence: str | None
    syntax: bool = False
    """Whether it brings a syntax error into the file that the right text would not."""
    unknown: str = ""
    """What it names that does not exist, as far as the code graph knows: an attribute, an argument, a name."""


def read_tasks(path: Path) -> list[dict[str, Any]]:
    """Return the tasks of a JSON lines file.

    Raises:
        CompletionError: the file cannot be read, or a line is no task.
    """
    tasks = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise CompletionError(f"the tasks {path} cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        try:
            task = msgspec.json.decode(line)
            missing = {"id", "path", "kind", "lang", "prefix", "suffix", "target", "meta"} - task.keys()
        except (msgspec.DecodeError, AttributeError) as error:
            raise CompletionError(f"{path}:{number} is no JSON object: {error}") from error
        if missing:
            raise CompletionError(f"{path}:{number} is no task: it lacks {', '.join(sorted(missing))}")
        tasks.append(task)
    return tasks


async def evaluate(
    root: Path,
    tasks: Sequence[dict[str, Any]],
    arm: str,
    model: Path | None,
    *,
    on_done: Callable[[Prediction], None] = lambda prediction: None,
) -> list[Prediction]:
    """Return one prediction per task, for the checkout at `root`; `on_done` is told each as it is made.

    Raises:
        CompletionError: an unknown arm, or one that needs a model which cannot be used.
    """
    if arm not in ARMS:
        raise CompletionError(f"no arm is called {arm}; there are {', '.join(ARMS)}")
    runtime = Model(None if arm == "counts" else model)
    engine = Engine(
        root,
        runtime,
        least=0.0,
        counting=arm in ("counts", "familiar"),
        gather=gathering.STRATEGIES[arm],
        conventions=arm == "familiar",
    )
    graph = GraphClient(root)
    try:
        await engine.sources.index()
        await graph.index()
        await runtime.start()
        if arm != "counts" and not runtime.ready:
            raise CompletionError(f"the arm {arm} needs a model: {runtime.why}")
        out = []
        for task in tasks:
            out.append(await _predict(engine, task, graph, told=arm == "familiar"))
            on_done(out[-1])
        return out
    finally:
        await runtime.close()
        await graph.close()


async def _predict(engine: Engine, task: dict[str, Any], graph: GraphClient, *, told: bool) -> Prediction:
    """Ask one task; the graph's word is for the engine only where it is `told`, and judges what comes in any case."""
    before, after = (task[part].encode("utf-8", "surrogateescape") for part in ("prefix", "suffix"))
    mode: Mode = "statement" if task["kind"] == "api" else "line"
    if task["kind"] == "block" or task["meta"].get("sub") == "hunk":
        mode = "block"
    engine.put(task["path"], 1, before + after)
    await graph.put(task["path"], before + after, 1)
    around = await graph.surroundings(task["path"], len(before))
    if around and told:
        engine.surround(around)
    if told and engine.model.ready and (nearby := await graph.nearby(task["path"], len(before))):
        engine.near(nearby)
    await graph.drop(task["path"])
    answer = await engine.complete(task["path"], len(before), 1, mode=mode, wait=_WAIT)
    await engine.drop(task["path"])
    text = completion(answer, len(before), after)
    return Prediction(
        id=task["id"],
        completion=text,
        ms=answer.ms.get("total", 0.0),
        prompt_tokens=answer.tokens.prompt,
        reused_tokens=answer.tokens.reused,
        exact=exact(task, text),
        source=answer.suggestions[0].source if answer.suggestions else "",
        silence=answer.silence,
        syntax=_breaks(task, text),
        unknown=_unknown(task, text, around),
    )


def _breaks(task: dict[str, Any], text: str) -> bool:
    """Whether `text` in the hole brings more syntax errors into its own lines than the right text does."""
    if task["lang"] != "python" or not text:
        return False
    return _errors(task, text) > _errors(task, task["target"])


def _errors(task: dict[str, Any], text: str) -> int:
    before = task["prefix"].encode("utf-8", "replace")
    data = before + text.encode("utf-8", "replace") + task["suffix"].encode("utf-8", "replace")
    first, last = before.count(b"\n"), before.count(b"\n") + text.count("\n")
    nodes, found = [_parser.parse(data).root_node], 0
    while nodes:
        node = nodes.pop()
        if node.has_error and node.start_point[0] <= last and node.end_point[0] >= first:
            inside = node.start_point[0] >= first
            found += inside and (node.is_error or node.is_missing)
            nodes.extend(node.children)
    return found


def _unknown(task: dict[str, Any], text: str, around: Surroundings | None) -> str:
    before, after = (task[part].encode("utf-8", "surrogateescape") for part in ("prefix", "suffix"))
    view = look(task["path"], before + after, len(before))
    line = text.partition("\n")[0]
    return checks.problem(view, line.lstrip() if view.blank else line, around) or "" if line else ""


def completion(answer: Answer, offset: int, after: bytes) -> str:
    """Return the first suggestion as text from the cursor on, less the text right of the cursor that it replaces."""
    if not answer.suggestions:
        return ""
    first = answer.suggestions[0]
    text = first.text
    if first.start < offset:
        text = text.lstrip(" \t")
    replaced = after[: first.end - offset].decode("utf-8", "surrogateescape")
    return text.removesuffix(replaced.strip()) if replaced else text


def report(arm: str, tasks: Sequence[dict[str, Any]], predictions: Iterable[Prediction]) -> dict[str, Any]:
    """Return the figures: exact match in percent with its 95 % interval, by kind, milliseconds, mean tokens."""
    kinds = {task["id"]: task["kind"] for task in tasks}
    made = list(predictions)
    groups: dict[str, list[bool]] = {}
    for prediction in made:
        groups.setdefault(kinds[prediction.id], []).append(prediction.exact)
    hits = sum(prediction.exact for prediction in made)
    times = sorted(prediction.ms for prediction in made)
    return {
        "arm": arm,
        "tasks": len(tasks),
        "done": len(made),
        "exact_match": _percent(hits, len(made)),
        "ci95": list(interval(hits, len(made))),
        "by_kind": {
            kind: {"tasks": len(found), "exact_match": _percent(sum(found), len(found)),
                   "ci95": list(interval(sum(found), len(found)))}
            for kind, found in sorted(groups.items())
        },
        "syntax_errors": _percent(sum(p.syntax for p in made), sum(bool(p.completion) for p in made)),
        "unknown_names": _percent(sum(bool(p.unknown) for p in made), sum(bool(p.completion) for p in made)),
        "ms": {"p50": _at(times, 0.5), "p95": _at(times, 0.95)},
        "tokens": {
            "prompt": round(sum(p.prompt_tokens for p in made) / max(len(made), 1), 1),
            "reused": round(sum(p.reused_tokens for p in made) / max(len(made), 1), 1),
        },
    }  # fmt: skip


def _percent(hits: int, of: int) -> float:
    return round(100 * hits / of, 1) if of else 0.0


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1) if ordered else 0.0
