"""From a checkpoint and a tokenizer to a GGUF file that llama.cpp loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from familiar_completion.prompt_format import (
    CONTEXT,
    END,
    FILE,
    FIM_MIDDLE,
    FIM_PREFIX,
    FIM_SUFFIX,
    PAD,
    REPO,
    SPECIAL_TOKENS,
)
from familiar_completion.training.tokenizer import PRE

NAME = "familiar-py"
LICENCE = "Apache-2.0"
CONTROL, NORMAL = 3, 1
"""llama.cpp's token types."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What `familiar model info` tells of the training; stored in the file under `familiar.trained.*`."""

    tokens: int
    steps: int
    loss: float


def vocabulary(tokenizer_file: Path) -> tuple[list[str], list[int], list[str]]:
    """Tokens in the order of their ids, their types, and the merges as `left right`."""
    model: dict[str, Any] = json.loads(tokenizer_file.read_text(encoding="utf-8"))["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    types = [CONTROL if token in SPECIAL_TOKENS else NORMAL for token in tokens]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return tokens, types, merges


def export(
    weights: Mapping[str, NDArray[np.float32]], shape: Mapping[str, Any], tokenizer: Path, trained: Trained, out: Path
) -> None:
    """Write the model as Q8_0 (norms as float32), atomically.

    `weights` are named as llama.cpp names them, matrices as (rows out, columns in); `shape` has the fields of `Shape`.
    """
    import gguf

    part = out.with_suffix(".part")
    writer = gguf.GGUFWriter(str(part), "llama")
    writer.add_name(NAME)
    writer.add_license(LICENCE)
    writer.add_description("A small model of Python code for Familiar, trained by its own recipe.")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape["width"])
    writer.add_block_count(shape["layers"])
    writer.add_feed_forward_length(shape["hidden"])
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["kv_heads"])
    writer.add_key_length(shape["head"])
    writer.add_value_length(shape["head"])
    writer.add_rope_dimension_count(shape["head"])
    writer.add_rope_freq_base(shape["theta"])
    writer.add_layer_norm_rms_eps(shape["epsilon"])
    writer.add_vocab_size(shape["vocabulary"])
    writer.add_uint64("familiar.trained.tokens", trained.tokens)
    writer.add_uint64("familiar.trained.steps", trained.steps)
    writer.add_float32("familiar.trained.loss", trained.loss)
    _add_tokenizer(writer, tokenizer)
    for name in sorted(weights):
        value = np.ascontiguousarray(weights[name], dtype=np.float32)
        if value.ndim == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(value, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    part.replace(out)


def _add_tokenizer(writer: Any, tokenizer: Path) -> None:
    tokens, types, merges = vocabulary(tokenizer)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(PRE)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    ids = {token: tokens.index(token) for token in SPECIAL_TOKENS}
    writer.add_bos_token_id(ids[REPO])
    writer.add_eos_token_id(ids[END])
    writer.add_eot_token_id(ids[END])
    writer.add_pad_token_id(ids[PAD])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    for role, token in (
        ("pre", FIM_PREFIX), ("suf", FIM_SUFFIX), ("mid", FIM_MIDDLE), ("pad", PAD), ("rep", REPO), ("sep", FILE),
    ):  # fmt: skip
        writer.add_uint32(f"tokenizer.ggml.fim_{role}_token_id", ids[token])
