"""Any GGUF with fill-in-the-middle tokens: the families' marks, and the wishes of a request, in real llama.cpp."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from familiar_completion import models
from familiar_completion.runtime import Model
from support import tiny

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")
pytest.importorskip("gguf")


def with_model(path: Path, ask: Callable[[Model], Awaitable[Any]]) -> Any:
    async def scenario() -> Any:
        model = Model(path)
        try:
            await model.start()
            return await ask(model)
        finally:
            await model.close()

    return asyncio.run(scenario())


def request(**changes: Any) -> dict[str, Any]:
    chunks = [["b.py", "y = 2\n"]]
    given = {"path": "a.py", "prefix": "x = ", "suffix": "\n", "chunks": chunks, "mode": "line", "n": 1}
    return {**given, "seconds": 20.0, **changes}


LAYOUTS = {
    # length of the prompt: bytes + marks; families without a mark for files get comments
    "qwen2.5-coder": len("repository\nb.py\ny = 2\na.py\nx = \n") + 6,
    "starcoder2": len("repository\nb.py\ny = 2\na.py\nx = \n") + 6,
    "deepseek-coder": len("# b.py\ny = 2\n\nx = \n") + 3,
    "codegemma": len("b.py\ny = 2\na.py\nx = \n") + 5,
    "granite": len("# b.py\ny = 2\n\nx = \n") + 3,
}


@pytest.mark.parametrize("family", LAYOUTS)
def test_a_familys_marks_are_found_and_used(family: str, tmp_path: Path) -> None:
    path = tiny.write(tmp_path / f"{family}.gguf", family)
    assert models.read(path).fim

    async def ask(model: Model) -> None:
        assert model.ready, model.why
        answer = await model.complete(request())
        assert answer["candidates"]
        assert answer["tokens"]["prompt"] == LAYOUTS[family]

    with_model(path, ask)


def test_a_model_without_marks_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "chat.gguf", "chat")

    async def ask(model: Model) -> None:
        assert model.state == "down" and "no fill-in-the-middle tokens" in model.why

    with_model(path, ask)


def test_a_context_longer_than_the_models_is_cut(tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf", "qwen2.5-coder", context=128)

    async def ask(model: Model) -> None:
        assert model.info["context"] == 128
        answer = await model.complete(request(prefix="value = call(argument)\n" * 500))
        assert answer["candidates"] and answer["tokens"]["prompt"] <= 64

    with_model(path, ask)


def test_several_files_are_held_and_come_back(tmp_path: Path) -> None:
    """More files than sequences: each is found again, from its sequence or its copy, and answers the same."""
    files = [
        request(path=f"f{i}.py", prefix=f"# file {i}\n" + f"def function_{i}(argument):\n    return argument\n" * 12)
        for i in range(7)
    ]

    async def ask(model: Model) -> None:
        first = [await model.complete(file) for file in files]
        again = [await model.complete(file) for file in files]
        for before, after in zip(first, again, strict=True):
            assert after["tokens"]["reused"] == after["tokens"]["prompt"] - 1
            assert after["candidates"][0]["text"] == before["candidates"][0]["text"]

    with_model(models.WEIGHTS, ask)


def test_drafts_change_the_cost_and_not_the_text() -> None:
    text = "".join(f"    value_{i} = compute(first, second, third={i})\n" for i in range(10))

    async def ask(model: Model) -> None:
        drafted = 0
        for cut in range(0, 400, 16):
            place = request(prefix="def f():\n" + text + text[:cut], chunks=[], mode="block")
            plain = await model.complete({**place, "drafting": False})
            fast = await model.complete({**place, "drafts": [[text[cut : cut + 60], 0.9]]})
            assert plain["candidates"][0]["text"] == fast["candidates"][0]["text"]
            assert fast["tokens"]["accepted"] <= fast["tokens"]["drafted"]
            drafted += fast["tokens"]["drafted"]
        assert plain["tokens"]["drafted"] == 0
        assert model.info["batch_costs"]["16"] >= 7 or drafted

    with_model(models.WEIGHTS, ask)


def test_what_is_allowed_mixed_in_and_stopped_at_is_kept_to() -> None:
    async def ask(model: Model) -> None:
        place = request(prefix="import os\n\nprint(os.", chunks=[])
        allowed = await model.complete({**place, "allow": ["getcwd", "sepulchre"], "n": 3})
        assert all(c["text"].startswith(("getcwd", "sepulchre")) for c in allowed["candidates"])
        mixed = await model.complete({**place, "mix": {"texts": [["zebra(1)\n", 1.0]], "weight": 0.99}})
        assert mixed["candidates"][0]["text"].startswith("zebra(1)")
        assert mixed["candidates"][0]["chance"] > 0.5
        stopped = await model.complete({**place, "allow": ["getcwd()"], "stop": ["()"]})
        assert stopped["candidates"][0]["text"] == "getcwd" and stopped["candidates"][0]["ended"]

    with_model(models.WEIGHTS, ask)


def test_names_are_written_whole() -> None:
    """Also where one begins another, where one stands there already, and with the last token written again."""

    async def ask(model: Model) -> None:
        for prefix, names, heal in (
            ("import pool\n\nfound = pool.", ["acquire", "acquire_all", "zip"], False),
            ("import pool\n\nfound = pool.acq", ["uire", "uire_all"], True),
            ("import pool\n\nfound = pool.zip", [""], False),
        ):
            for n in (1, 3):
                wish = {"allow": names, "names": True, "heal": heal, "n": n}
                answer = await model.complete({**request(prefix=prefix, chunks=[]), **wish})
                assert answer["candidates"]
                for candidate in answer["candidates"]:
                    assert re.split(r"\W", candidate["text"])[0] in names, candidate

    with_model(models.WEIGHTS, ask)


def test_a_healed_token_is_written_again_and_is_no_part_of_the_answer() -> None:
    async def ask(model: Model) -> None:
        place = request(prefix="def f(items):\n    for item in items:\n        pri", chunks=[], heal=True)
        answer = await model.complete({**place, "allow": ["nt(item)"]})
        assert answer["candidates"][0]["text"].startswith("nt(item)")

    with_model(models.WEIGHTS, ask)
