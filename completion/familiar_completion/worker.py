"""The model worker: `python -m familiar_completion.worker`, a child on `familiar_codegraph.wire` that hosts llama.cpp.

Calls:
    load     {path, safer?, measured?}   try the model in a throw-away process, load it, measure (unless the worker
             before has: its `measured`) -> what it is and how fast
    complete {path, prefix, suffix, chunks, mode, n, seconds, …}  -> {candidates, tokens, ms, cold}
             and, where wanted, what `generate.Wish` says: drafts, mix {texts, weight}, allow, names, stop, heal,
             drafting; events `said` [text, …] tell before it what the candidates say so far
    idle     (the same)          evaluate the full prompt, measure threads again if decoding has become slow
    ping     null                -> true

It may crash, hang or run out of memory: its parent completes from counts and starts it again.
"""

import os

# Threads of llama.cpp that wait for each other must sleep, not spin: beside another busy process, spinning made
# decoding with two threads fifty times slower. Read by the OpenMP library when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.wire import Cancelled, Job, serve

from familiar_completion import models, speeds
from familiar_completion.costs import Costs
from familiar_completion.prompt import GENERATE, Request, layout_of
from familiar_completion.stops import indent_of
from familiar_completion.trial import SEQUENCES, choose
from familiar_completion.values import CompletionError

_CONTEXT = 2048
"""The most context that is used, in tokens: more costs time at the keyboard."""
_PROMPT_SHARE = 0.35
_BLOCK_TOKENS, _LINE_TOKENS = GENERATE, 48
_SLOW = 2.0
_MEASURED, _DEPTH = SEQUENCES - 1, 400
"""The sequence in which speed is measured, and how many tokens stand in it."""


class Worker:
    """One model. All calls come from one thread; a cancel stops llama.cpp in mid-decode."""

    def __init__(self) -> None:
        self._generator: Any = None
        self._measured = 0.01

    def load(self, job: Job, params: Any) -> dict[str, Any]:
        """Load the GGUF at `path`; `safer` configurations are skipped after crashes.

        Raises:
            CompletionError: why the model cannot be used.
        """
        path = Path(params["path"])
        model = _checked(path)
        try:
            from familiar_completion.generate import Generator
            from familiar_completion.llama import Llama
        except (ImportError, OSError, RuntimeError) as error:
            raise CompletionError(f"llama.cpp is not installed ({error}); `familiar doctor` says how") from error
        config, step = choose(path, int(params.get("safer", 0)))
        llama = Llama(path, config, _CONTEXT)
        self._generator = Generator(llama, layout_of(llama))
        measured = params.get("measured") or self._measure()
        self._use(measured)
        size = llama.size()
        speeds.remember(path, speeds.Speed(round(self._measured * 1000, 3), measured["threads"], size["gpu_layers"]))
        return {
            "name": model.name,
            "architecture": model.architecture,
            "quantisation": model.quantisation,
            "layout": self._generator.layout.name,
            "context": llama.context,
            "threads": measured["threads"],
            "step": step,
            "token_ms": round(self._measured * 1000, 3),
            "measured": measured,
            "batch_costs": {str(rows): round(self._generator.record.costs(rows), 2) for rows in (2, 4, 8, 16)},
            **size,
        }

    def _measure(self) -> dict[str, Any]:
        """Choose the number of threads by decoding a few tokens with each; return what was found."""
        from familiar_completion.llama import threads_to_try

        llama = self._generator.llama
        times: dict[int, float] = {}
        _fill(llama)
        for threads in dict.fromkeys(threads_to_try()):
            llama.use_threads(threads)
            times[threads] = _timed(llama, 1, time.perf_counter)[3]
        # One more thread has to earn its keep: it heats the machine and yields less as soon as something else runs.
        best = min(times, key=lambda threads: times[threads] * (1 + 0.1 * threads))
        llama.use_threads(best)
        single, costs = batch_costs(llama)
        llama.forget(_MEASURED)
        return {
            "threads": best,
            "token": times[best],
            "single": single,
            "costs": {str(rows): cost for rows, cost in costs.items()},
        }

    def _use(self, measured: Any) -> None:
        """Go by what was measured: threads, seconds for a token, what batches cost."""
        self._generator.llama.use_threads(measured["threads"])
        self._measured = self._generator.token_seconds = float(measured["token"])
        costs = {int(rows): float(cost) for rows, cost in measured["costs"].items()}
        self._generator.record.costs = Costs(costs, float(measured["single"]))

    def complete(self, job: Job, params: Any) -> dict[str, Any]:
        """Return candidates for one cursor (see the module's docstring); `cold` when only the quick prompt was used."""
        began = time.perf_counter()
        generator = self._ready(job)
        request, wish, seconds = _request(params), _wish(params), float(params["seconds"])
        with _stoppable(job, generator.llama):
            made = generator.complete(
                request, wish, seconds * _PROMPT_SHARE, began + seconds, partial(job.event, "said")
            )
        done = time.perf_counter()
        return {
            "candidates": msgspec.to_builtins(made.candidates),
            "tokens": {name: getattr(made, name) for name in ("prompt", "reused", "generated", "drafted", "accepted")},
            "cold": made.cold,
            "ms": {"prompt": round((made.ready - began) * 1e3, 2), "decode": round((done - made.ready) * 1e3, 2)},
            "cpu": time.process_time(),
        }

    def idle(self, job: Job, params: Any) -> dict[str, Any]:
        """Use a moment without typing: measure threads again if decoding has slowed, evaluate the full prompt."""
        generator = self._ready(job)
        with _stoppable(job, generator.llama):
            if generator.token_seconds > _SLOW * self._measured:
                self._use(self._measure())
            prompt, reused = generator.prepare(_request(params), time.perf_counter() + 5.0)
        return {
            "tokens": {"prompt": prompt, "reused": reused},
            "token_ms": generator.token_seconds * 1000,
            "cpu": time.process_time(),
        }

    def _ready(self, job: Job) -> Any:
        if self._generator is None:
            raise CompletionError("no model is loaded")
        job.check()
        return self._generator


def _fill(llama: Any) -> None:
    """Put so many tokens before what is measured as a prompt has: rows share what attention to them costs."""
    llama.decode([(at % 256, at, _MEASURED, False) for at in range(_depth(llama))])


def _depth(llama: Any) -> int:
    return min(_DEPTH, int(llama.context) // 2)


def _timed(llama: Any, rows: int, clock: Callable[[], float]) -> list[float]:
    """Return the seconds of decoding a batch of `rows` tokens behind `_fill`, sorted, the first time left out."""
    taken, depth = [], _depth(llama)
    for _ in range(7):
        began = clock()
        llama.decode([(0, depth + at, _MEASURED, True) for at in range(rows)])
        taken.append(clock() - began)
        llama.forget(_MEASURED, depth)
    return sorted(taken[1:])


def batch_costs(llama: Any) -> tuple[float, dict[int, float]]:
    """Return the seconds (by `llama.clock`) of one row, and what batches of 4 and 16 cost, in times of it.

    The shortest of several times is taken: it is that of the machine, not of what else runs on it.
    """
    single = _timed(llama, 1, llama.clock)[0]
    return single, {size: max(_timed(llama, size, llama.clock)[0] / single, 1.0) for size in (4, 16)}


def _checked(path: Path) -> models.Model:
    """Return what the file says of itself, before llama.cpp sees it: it would crash on some files, or die of them."""
    try:
        model = models.read(path)
        models.check(model)
    except models.ModelError as error:
        raise CompletionError(f"{error.message} {error.do}") from error
    return model


class _stoppable:
    """While it lasts, cancelling `job` stops llama.cpp; leaving it turns the abort into `Cancelled`."""

    def __init__(self, job: Job, llama: Any) -> None:
        self._job, self._stop = job, llama.stop

    def __enter__(self) -> None:
        self._stop.clear()
        self._job.on_cancel = self._stop.set
        self._job.check()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._job.on_cancel = None
        self._stop.clear()
        if kind is not None and kind.__name__ == "Aborted":
            raise Cancelled


def _request(params: Any) -> Request:
    chunks = tuple((path, text) for path, text in params.get("chunks", ()))
    return Request(params["path"], params["prefix"], params["suffix"], chunks)


def _wish(params: Any) -> Any:
    from familiar_completion.generate import Wish

    mix = params.get("mix") or {}
    return Wish(
        n=int(params["n"]),
        mode=params["mode"],
        indent=indent_of(params["prefix"].rpartition("\n")[2]),
        limit=_LINE_TOKENS if params["mode"] == "line" else _BLOCK_TOKENS,
        drafts=_weighed(params.get("drafts")),
        mix=_weighed(mix.get("texts")),
        weight=float(mix.get("weight", 0.0)),
        allow=tuple(params.get("allow") or ()),
        names=bool(params.get("names", False)),
        stop=tuple(params.get("stop") or ()),
        heal=params.get("heal"),
        drafting=bool(params.get("drafting", True)),
    )


def _weighed(texts: Any) -> tuple[tuple[str, float], ...]:
    return tuple((text, float(chance)) for text, chance in texts or ())


def main() -> None:
    """Serve until the parent is gone."""
    worker = Worker()
    serve(
        {
            "load": worker.load,
            "complete": worker.complete,
            "idle": worker.idle,
            "ping": lambda job, params: True,
        }
    )


if __name__ == "__main__":
    main()
