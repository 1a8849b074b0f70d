"""The model worker: the embedded weights in real llama.cpp; limits, reuse, cancel, kills, files that are no models."""

import asyncio
import os
import re
import signal
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from familiar_codegraph.home import log_dir
from familiar_codegraph.surroundings import Holder, Surroundings
from familiar_codegraph.wire import Job
from familiar_completion import models, speeds
from familiar_completion.client import CompletionClient
from familiar_completion.engine import SUPERSEDED
from familiar_completion.runtime import Model
from familiar_completion.trial import Config, Outcome, choose, ladder
from familiar_completion.values import CompletionError
from familiar_completion.worker import Worker
from support.aio import eventually

pytestmark = pytest.mark.model
pytest.importorskip("llama_cpp")

TEXT = "import os\n\ndef read(path):\n    with open(path) as file:\n        "


def request(prefix: str = TEXT, **changes: Any) -> dict[str, Any]:
    return {
        "path": "main.py",
        "prefix": prefix,
        "suffix": "\n",
        "chunks": [],
        "mode": "line",
        "n": 3,
        "seconds": 10.0,
    } | changes


def with_model(ask: Callable[[Model], Awaitable[Any]], path: Path = models.WEIGHTS) -> Any:
    """Start a worker with `path`, let `ask` use it, end it."""

    async def scenario() -> Any:
        model = Model(path)
        try:
            await model.start()
            return await ask(model)
        finally:
            await model.close()

    return asyncio.run(scenario())


def test_candidates_end_with_their_line_and_carry_their_chances() -> None:
    async def ask(model: Model) -> None:
        assert model.ready, model.why
        answer = await model.complete(request())
        assert answer["candidates"] and answer["tokens"]["generated"] >= 0
        for candidate in answer["candidates"]:
            assert candidate["text"].count("\n") <= 1
            assert 0 <= candidate["chance"] <= 1
            assert candidate["least"] <= candidate["mean"] <= 0
        assert (await model.complete(request()))["candidates"] == answer["candidates"]

    with_model(ask)


def test_what_was_measured_is_kept_and_told_to_the_next_worker() -> None:
    async def ask(model: Model) -> None:
        info, pid = model.info, model.pid
        known = speeds.known()[str(models.WEIGHTS.resolve())]
        assert known.token_ms == info["token_ms"] and known.threads == info["threads"]
        assert pid
        os.kill(pid, signal.SIGKILL)

        async def is_another() -> bool:
            return model.ready and model.pid not in (None, pid)

        assert await eventually(is_another)
        assert model.info["measured"] == info["measured"]

    with_model(ask)


def test_threads_and_costs_are_measured_again_when_decoding_has_become_slow() -> None:
    worker, job = Worker(), Job(1, lambda frame: None)
    worker.load(job, {"path": str(models.WEIGHTS)})
    generator = worker._generator
    first = generator.record.costs
    generator.token_seconds = 0.0
    worker.idle(job, request())
    assert generator.record.costs is first
    generator.token_seconds = 100 * worker._measured
    worker.idle(job, request(TEXT + "return "))
    assert generator.record.costs is not first
    assert generator.token_seconds == worker._measured
    generator.llama.close()


def test_typing_on_reuses_what_is_evaluated() -> None:
    async def ask(model: Model) -> None:
        first = await model.complete(request())
        assert first["tokens"]["reused"] == 0
        again = await model.complete(request(TEXT + "return"))
        # All but the last words and the mark behind them stay.
        assert again["tokens"]["reused"] >= first["tokens"]["prompt"] - 4

    with_model(ask)


def test_a_text_is_tokenised_the_same_by_lines_and_at_once() -> None:
    from familiar_completion.llama import Llama

    llama = Llama(models.WEIGHTS, Config(1, False, 0), 64)
    text = Path(__file__).read_text()
    lines = text.splitlines(keepends=True)
    cases = ["\n \n", "a\r\n\r\n  b", "a\n\n", "\n\n  x", "x\n    ", "é\n\tß\n", "\n", "):\n\n\n    y", "no break", ""]
    cases += ["".join(lines[at : at + 7])[: -(at % 5) or None] for at in range(0, len(lines) - 7, 3)]
    for case in cases:
        assert llama.tokenize(case) == llama._plain(case), repr(case)
    llama.close()


def test_idle_reading_warms_a_long_prompt() -> None:
    long = "".join(f"def function_{i}(argument):\n    return argument + {i}\n\n" for i in range(80)) + TEXT

    async def ask(model: Model) -> None:
        await model.idle(request(long))
        answer = await model.complete(request(long, seconds=0.5))
        assert not answer["cold"]
        assert answer["tokens"]["reused"] >= answer["tokens"]["prompt"] - 1

    with_model(ask)


ODD = {
    "nothing at all": request("", suffix=""),
    "longer than the context": request("x = call(argument)\n" * 20_000),
    "one endless line": request("x" * 50_000),
    "the spelling of a mark": request("<|fim_middle|><|endoftext|>\n"),
    "other scripts": request("名前 = '→ 😀'\n"),
    "a block": request(mode="block"),
    "chunks": request(chunks=[["a.py", "def a(): ..."], ["b.py", "x = 1\n" * 3_000]]),
}


def test_odd_requests_are_answered() -> None:
    async def ask(model: Model) -> None:
        for what, odd in ODD.items():
            answer = await model.complete(odd)
            assert answer["candidates"], what
            assert answer["tokens"]["prompt"] <= 1024 - 64, what

    with_model(ask)


def test_the_time_limit_holds() -> None:
    async def ask(model: Model) -> None:
        began = time.perf_counter()
        await model.complete(request("y = other(argument)\n" * 2_000, seconds=0.02))
        assert time.perf_counter() - began < 1.0

    with_model(ask)


def test_a_cancelled_request_leaves_the_worker_free() -> None:
    async def ask(model: Model) -> None:
        expected = (await model.complete(request()))["candidates"]
        for delay in (0.0, 0.001, 0.01, 0.03):
            task = asyncio.create_task(model.complete(request("z = f(x)\n" * 900, mode="block")))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert (await model.complete(request()))["candidates"] == expected

    with_model(ask)


def test_a_killed_worker_comes_back() -> None:
    async def ask(model: Model) -> None:
        async def is_ready() -> bool:
            return model.ready

        for _ in range(3):
            assert model.pid
            task = asyncio.create_task(model.complete(request("z = f(x)\n" * 900)))
            await asyncio.sleep(0.005)
            os.kill(model.pid, signal.SIGKILL)
            assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], Exception | dict)
            assert await eventually(is_ready), model.why
            assert (await model.complete(request()))["candidates"]

    with_model(ask)


def test_a_death_is_seen_while_the_loop_is_busy() -> None:
    """A request that was counting meanwhile does not gather for a worker that is gone."""

    async def ask(model: Model) -> None:
        assert model.pid and model.ready
        os.kill(model.pid, signal.SIGKILL)
        busy_until = time.monotonic() + 10
        while model.ready and time.monotonic() < busy_until:
            time.sleep(0.001)
        assert not model.ready and model.why == "the model worker has ended and is starting again"

    with_model(ask)


def test_a_request_is_answered_from_counts_when_the_worker_is_killed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(items):\n    return [known(item) for item in items]\n")
    text = b"def g(items):\n    return ["

    async def scenario() -> None:
        client = CompletionClient(tmp_path, models.WEIGHTS, least=0.0)
        try:
            await client.put("b.py", 1, text)
            status = await client.ready(60)
            assert status["model"]["state"] == "ready", status
            task = asyncio.create_task(client.complete("b.py", len(text), 1))
            os.kill(status["model"]["pid"], signal.SIGKILL)
            answer = await task
            assert answer.suggestions[0].text == "known(item) for item in items]"
            assert (await client.ready(60))["model"]["state"] == "ready"
        finally:
            await client.close()

    asyncio.run(scenario())


def test_the_model_writes_members_that_exist(tmp_path: Path) -> None:
    """The names that the graph knows go from the engine through the worker into the choice of every token."""
    text = b"def later(self, basket):\n    return basket."
    holder = Holder({"zygote_of": None, "quux_all": None}, True)

    async def scenario() -> None:
        client = CompletionClient(tmp_path, models.WEIGHTS, least=0.0)
        try:
            await client.put("b.py", 1, text)
            await client.ready(60)
            free = await client.complete("b.py", len(text), 1, wait=10.0)
            assert not any(item.text.startswith(("zygote_of", "quux_all")) for item in free.suggestions)
            names = {"self": None, "basket": None}
            around = Surroundings("b.py", 0, len(text), names, ("self", "basket"), {"basket": holder}, False)
            await client.surround(around)
            await client.put("b.py", 2, text)
            bound = await client.complete("b.py", len(text), 2, wait=10.0)
            assert bound.tokens.prompt and bound.suggestions
            assert all(re.split(r"\W", item.text)[0] in holder.members for item in bound.suggestions), bound
        finally:
            await client.close()

    asyncio.run(scenario())


def test_malformed_utf8_reaches_the_model_as_question_marks(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"name = '\xff\xfe broken \xff'\nvalue = call(name)\n")
    text = b"other = '\xff'\nname = '"

    async def scenario() -> None:
        client = CompletionClient(tmp_path, models.WEIGHTS, least=0.0)
        try:
            await client.put("b.py", 1, text)
            await client.ready(60)
            answer = await client.complete("b.py", len(text), 1)
            assert answer.tokens.prompt
            assert not any("\udcff" in item.text for item in answer.suggestions)
        finally:
            await client.close()

    asyncio.run(scenario())


def test_a_newer_request_replaces_an_older_one(tmp_path: Path) -> None:
    text = b"value = compute(argument)\n" * 2_000 + b"other_"

    async def scenario() -> None:
        client = CompletionClient(tmp_path, models.WEIGHTS, least=0.0)
        try:
            await client.put("b.py", 1, text)
            await client.ready(60)
            older = asyncio.create_task(client.complete("b.py", len(text), 1, mode="block"))
            newer = asyncio.create_task(client.complete("b.py", len(text), 1, mode="block"))
            assert (await older).silence == SUPERSEDED
            assert (await newer).silence != SUPERSEDED
        finally:
            await client.close()

    asyncio.run(scenario())


def test_nothing_but_errors_is_logged() -> None:
    async def ask(model: Model) -> None:
        await model.complete(request())

    with_model(ask)
    assert (log_dir() / "worker.log").read_bytes() == b""


# ---------------------------------------------------------------- files that are no models


def _pair(key: str, value: str) -> bytes:
    return (
        b"".join(struct.pack("<Q", len(part)) + part for part in [key.encode()])
        + struct.pack("<IQ", 8, len(value))
        + (value.encode())
    )


def bad_files(folder: Path) -> dict[str, Path]:
    whole = models.WEIGHTS.read_bytes()
    contents = {
        "truncated in its tensors": whole[: len(whole) * 2 // 3],
        "truncated in its header": whole[:5_000],
        "empty": b"",
        "text": b"not a model\n" * 100,
        "no tensors": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + _pair("general.architecture", "llama"),
    }
    out = {}
    for name, data in contents.items():
        out[name] = folder / f"{name.replace(' ', '-')}.gguf"
        out[name].write_bytes(data)
    return out | {"missing": folder / "missing.gguf"}


def test_bad_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    for what, path in bad_files(tmp_path).items():

        async def ask(model: Model, what: str = what, path: Path = path) -> None:
            assert model.state == "down", what
            assert str(path) in model.why and model.why.endswith("."), what

        with_model(ask, path)


def test_counts_go_on_without_a_usable_model(tmp_path: Path) -> None:
    text = b"def first(x):\n    return compute(x, depth=1)\n\ndef second(x):\n    return comp"

    async def scenario() -> None:
        client = CompletionClient(tmp_path, tmp_path / "missing.gguf")
        try:
            await client.put("b.py", 1, text)
            assert (await client.ready(30))["model"]["state"] == "down"
            answer = await client.complete("b.py", len(text), 1)
            assert answer.suggestions[0].text == "ute(x, depth=1)"
            assert answer.model and "missing.gguf" in answer.model
        finally:
            await client.close()

    asyncio.run(scenario())


# ---------------------------------------------------------------- the trial


def test_the_trial_steps_down_after_crashes_and_remembers(tmp_path: Path) -> None:
    model, memory = tmp_path / "m.gguf", tmp_path / "trials.json"
    model.write_bytes(b"x")
    tried: list[Config] = []

    def crashes_with_extra_buffers(path: Path, config: Config) -> Outcome:
        tried.append(config)
        return Outcome(-signal.SIGSEGV if config.extra_buffers else 0, "")

    assert choose(model, 0, crashes_with_extra_buffers, memory) == (ladder()[1], 1)
    assert choose(model, 0, crashes_with_extra_buffers, memory) == (ladder()[1], 1)
    assert tried == [ladder()[0], ladder()[1]]
    model.write_bytes(b"another")
    assert choose(model, 2, crashes_with_extra_buffers, memory) == (ladder()[2], 2)


def test_the_trial_tells_a_crash_from_a_refusal(tmp_path: Path) -> None:
    model, memory = tmp_path / "m.gguf", tmp_path / "trials.json"
    model.write_bytes(b"x")
    with pytest.raises(CompletionError, match="the tensor is odd"):
        choose(model, 0, lambda path, config: Outcome(3, "the tensor is odd"), memory)
    with pytest.raises(CompletionError, match=r"crashed in every configuration .* \(signals 4, 4, 4, 4\)"):
        choose(model, 0, lambda path, config: Outcome(-4, ""), memory)


def test_a_real_trial_works(tmp_path: Path) -> None:
    config, step = choose(models.WEIGHTS, 0, memory=tmp_path / "trials.json")
    assert config == ladder()[step]
