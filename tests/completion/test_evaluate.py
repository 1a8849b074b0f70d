"""Evaluation on tasks with a known answer: scored like the published tables, and nothing leaks from the hole."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from familiar_completion import models
from familiar_completion.engine import Engine
from familiar_completion.evaluate import ARMS, Prediction, evaluate, read_tasks, report
from familiar_completion.gathering import STRATEGIES
from familiar_completion.pending import Said
from familiar_completion.runtime import Model
from familiar_completion.scoring import exact, interval
from familiar_completion.values import CompletionError
from support.fixture import parse

SECRET = "unguessable_name_94310"
REPOSITORY = f"""
    #- a.py
    def first(items):
        total = compute(items, depth=1)
        return total
    #- b.py
    def second(items):
        {SECRET} = compute(items, depth=1)
        return total
    """


def task(path: str, text: str, target: str, kind: str = "line", **meta: Any) -> dict[str, Any]:
    before, after = text.split(target, 1)
    return {
        "id": f"{path}:{target}",
        "path": path,
        "kind": kind,
        "lang": "python",
        "prefix": before,
        "suffix": after,
        "target": target,
        "meta": meta,
    }


def repository(root: Path) -> dict[str, str]:
    fixture = parse(REPOSITORY)
    fixture.write(root)
    return {path: data.decode() for path, data in fixture.files.items()}


def test_counts_are_scored(tmp_path: Path) -> None:
    files = repository(tmp_path)
    right = task("a.py", files["a.py"], "compute(items, depth=1)", "midline", sub="eol")
    wrong = task("a.py", files["a.py"], "first(items):", "midline", sub="eol")
    made = asyncio.run(evaluate(tmp_path, [right, wrong], "counts", None))
    assert made[0].completion == "compute(items, depth=1)"
    found = report("counts", [right, wrong], made)
    assert (found["arm"], found["tasks"], found["done"], found["exact_match"]) == ("counts", 2, 2, 50.0)
    assert found["by_kind"]["midline"]["tasks"] == 2
    assert set(found["ms"]) == {"p50", "p95"} and found["tokens"] == {"prompt": 0.0, "reused": 0.0}


def test_what_the_range_replaces_is_not_predicted_twice(tmp_path: Path) -> None:
    repository(tmp_path)
    inside = {**task("c.py", "x = compute(@)\n", "@", "midline", sub="infix")}
    made = asyncio.run(evaluate(tmp_path, [inside], "counts", None))
    assert made[0].completion == "items, depth=1"


SCORED = [
    ("line", {}, "x = f(1)  # why", "x = f(1)\nmore", True),
    ("line", {}, "x = f(1)", "x = f(2)", False),
    ("midline", {"sub": "infix"}, "a", "a, b)", True),
    ("api", {}, "f(a, g(b))", "f(a, g(b)) + 1", True),
    ("api", {}, "f(')', b)", "f(')', b)", True),
    ("block", {}, "x = 1\n    y = 2", "x = 1\n    y = 2\nz = 3", True),
    ("block", {}, "x = 1\n    y = 2", "x = 1", False),
]


@pytest.mark.parametrize(("kind", "meta", "target", "completion", "right"), SCORED)
def test_truncation_by_kind(kind: str, meta: dict[str, str], target: str, completion: str, right: bool) -> None:
    suffix = ", b)\n" if meta else "\n"
    one = {"kind": kind, "meta": meta, "target": target, "prefix": "    ", "suffix": suffix, "lang": "python"}
    assert exact(one, completion) is right


def test_intervals() -> None:
    assert interval(0, 0) == (0.0, 100.0)
    assert interval(30, 60) == (37.7, 62.3)
    assert interval(60, 60) == (94.0, 100.0)


BAD = {"no JSON": b"x\n", "a list": b"[]\n", "a part is missing": b'{"id": "1"}\n'}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_bad_tasks_are_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_bytes(data)
    with pytest.raises(CompletionError, match=r"tasks\.jsonl:1 "):
        read_tasks(path)
    with pytest.raises(CompletionError, match="cannot be read"):
        read_tasks(tmp_path / "missing.jsonl")


def test_an_unknown_arm_lists_the_arms(tmp_path: Path) -> None:
    with pytest.raises(CompletionError, match="infile, ring, lexical, counts, familiar"):
        asyncio.run(evaluate(tmp_path, [], "other", None))


class Recorder(Model):
    """The real worker, and everything that it was told and said."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.heard: list[Any] = []

    async def complete(self, request: dict[str, Any], said: Said | None = None) -> dict[str, Any]:
        answer = await super().complete(request, said)
        self.heard += [request, answer]
        return answer

    async def idle(self, request: dict[str, Any]) -> None:
        self.heard.append(request)
        await super().idle(request)


@pytest.mark.model
@pytest.mark.parametrize("arm", ARMS)
def test_nothing_leaks_from_the_hole(tmp_path: Path, arm: str) -> None:
    """The line in the hole stands on disk; neither prompts, context, counts nor suggestions may know it."""
    files = repository(tmp_path)
    hole = task("b.py", files["b.py"], f"{SECRET} = compute(items, depth=1)")

    async def scenario() -> list[Any]:
        model = Recorder(models.WEIGHTS)
        engine = Engine(tmp_path, model, least=0.0, counting=arm in ("counts", "familiar"), gather=STRATEGIES[arm])
        try:
            await engine.sources.index()
            await model.start()
            before = hole["prefix"].encode()
            engine.put("b.py", 1, before + hole["suffix"].encode())
            answer = await engine.complete("b.py", len(before), 1, wait=10.0)
            engine.edit("b.py", 2, [(len(before), len(before), b"x")])
            await engine.complete("b.py", len(before) + 1, 2, wait=10.0)
            return [*model.heard, answer]
        finally:
            await model.close()

    heard = asyncio.run(scenario())
    assert heard
    assert SECRET not in repr(heard)
    other = asyncio.run(
        evaluate(tmp_path, [task("a.py", files["a.py"], "total = compute(items, depth=1)")], "counts", None)
    )
    assert SECRET in other[0].completion, "the planted name is there to be found from another file"


@pytest.mark.model
@pytest.mark.parametrize("arm", ["infile", "ring", "lexical", "familiar"])
def test_every_arm_with_a_model_runs(tmp_path: Path, arm: str) -> None:
    files = repository(tmp_path)
    told: list[Prediction] = []
    tasks = [
        task("a.py", files["a.py"], "total = compute(items, depth=1)"),
        task("a.py", files["a.py"], "total = compute(items, depth=1)\n    return total", "block"),
    ]
    made = asyncio.run(evaluate(tmp_path, tasks, arm, models.WEIGHTS, on_done=told.append))
    assert made == told
    assert all(prediction.prompt_tokens > 0 for prediction in made)
