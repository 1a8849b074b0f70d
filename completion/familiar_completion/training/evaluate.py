"""Greedy answers of a GGUF to completion tasks, without retrieval, drafting or any of the runtime's checks.

    python -m familiar_completion.training.evaluate MODEL.gguf TASKS.jsonl OUT.jsonl [--left-only]

Tasks hold `id`, `path`, `prefix`, `suffix`; answers `id`, `completion`, `ms`, `prompt_tokens`, `reused_tokens` (none).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from familiar_completion import prompt
from familiar_completion.llama import BATCH, Llama
from familiar_completion.trial import Config

LONGEST = 64
"""Tokens of an answer."""


def answer(model: Llama, tokens: Sequence[int], one_line: bool) -> str:
    """The greedy continuation of a prompt, up to the model's own end, LONGEST tokens, or the end of the line."""
    model.forget(0)
    for first in range(0, len(tokens), BATCH):
        part = tokens[first : first + BATCH]
        last = first + len(part) == len(tokens)
        model.decode([(t, first + i, 0, last and i == len(part) - 1) for i, t in enumerate(part)])
    row, place, out = len(part) - 1, len(tokens), b""
    for _ in range(LONGEST):
        token = int(model.log_probabilities(row).argmax())
        piece = model.piece(token)
        if model.ends(token) or (one_line and b"\n" in piece):
            break
        out += piece
        model.decode([(token, place, 0, True)])
        row, place = 0, place + 1
    return out.decode("utf-8", "replace")


def main(argv: Sequence[str] | None = None) -> int:
    """Answer every task; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m familiar_completion.training.evaluate", description=__doc__)
    for name in ("model", "tasks", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--left-only", action="store_true", help="show nothing that stands right of the cursor")
    given = parser.parse_args(argv)
    model = Llama(given.model, Config(threads=1, extra_buffers=False, gpu_layers=0))
    layout = prompt.layout_of(model)
    with given.tasks.open(encoding="utf-8") as tasks, given.out.open("w", encoding="utf-8") as out:
        for task in map(json.loads, tasks):
            began = time.perf_counter()
            right = "" if given.left_only else task["suffix"]
            request = prompt.Request(task["path"], task["prefix"], right)
            tokens = prompt.build(model, layout, request, model.context)
            text = answer(model, tokens, task["kind"] in ("line", "midline"))
            spent = round(1000 * (time.perf_counter() - began), 1)
            out.write(
                json.dumps({"id": task["id"], "completion": text, "ms": spent, "prompt_tokens": len(tokens)}) + "\n"
            )
    model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
