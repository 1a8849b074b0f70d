"""Weights in and out of training: checkpoints and GGUF files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from familiar_completion.training.export import Trained, export
from familiar_completion.training.packages import RecipeError


def starting_weights(path: Path) -> dict[str, Tensor]:
    """Parameters by llama.cpp's names, from a checkpoint (`.pt`) or from a GGUF file that this recipe wrote."""
    if not path.is_file():
        raise RecipeError(f"There is no file {path} to continue from.")
    if path.suffix == ".pt":
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)["model"]
        return state
    import gguf

    reader = gguf.GGUFReader(str(path))
    return {
        tensor.name: torch.from_numpy(np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32))
        for tensor in reader.tensors
    }


def last_loss(log: Path) -> float:
    """The newest held-out loss of a training log, NaN if it has none."""
    loss = float("nan")
    for line in log.read_text(encoding="utf-8").splitlines():
        held: dict[str, float] | None = json.loads(line).get("held")
        loss = held["loss"] if held else loss
    return loss


def export_checkpoint(work: Path, tokenizer: Path, out: Path, before: tuple[int, int] = (0, 0)) -> None:
    """Write the GGUF of the newest checkpoint; `before`: tokens and steps of the weights that training began from.

    Raises RecipeError if there is none.
    """
    checkpoint = work / "checkpoint.pt"
    if not checkpoint.exists():
        raise RecipeError(f"There is no checkpoint in {work}: run the step `train` first.")
    state: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    progress = state["progress"]
    tokens, steps = before[0] + progress["tokens"], before[1] + progress["steps"]
    trained = Trained(tokens, steps, last_loss(work / "train.jsonl"))
    weights = {name: value.float().numpy() for name, value in state["model"].items()}
    # llama.cpp's parameter names end in ".weight" as torch's do, so nothing needs renaming
    export(weights, state["shape"], tokenizer, trained, out)
