"""Tiny GGUF models of random weights, with the vocabulary and marks of well-known families of code models."""

from pathlib import Path

import numpy as np

FAMILIES: dict[str, tuple[str, ...]] = {
    "qwen2.5-coder": (
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|fim_pad|>",
        "<|repo_name|>",
        "<|file_sep|>",
    ),
    "starcoder2": ("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<repo_name>", "<file_sep>"),
    "deepseek-coder": ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    "codegemma": ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"),
    "granite": ("<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>"),
    "chat": (),
}
"""Prefix, suffix and middle first."""


def write(path: Path, family: str, context: int = 256) -> Path:
    """Write a llama of 2 layers that speaks bytes, and return its path."""
    import gguf

    width, layers, heads, inner = 64, 2, 2, 128
    pieces = [_byte(number) for number in range(256)]
    marks = ["<|endoftext|>", *FAMILIES[family]]
    tokens = [*pieces, *marks]
    out = gguf.GGUFWriter(path, "llama")
    out.add_context_length(context)
    out.add_embedding_length(width)
    out.add_block_count(layers)
    out.add_feed_forward_length(inner)
    out.add_head_count(heads)
    out.add_head_count_kv(heads)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_rope_dimension_count(width // heads)
    out.add_vocab_size(len(tokens))
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(tokens)
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    out.add_token_types([normal] * len(pieces) + [control] * len(marks))
    out.add_token_merges([f"{_byte(ord('a'))} {_byte(ord('b'))}"])
    out.add_eos_token_id(len(pieces))
    out.add_add_bos_token(False)
    rng = np.random.default_rng(0)

    def tensor(name: str, *shape: int) -> None:
        out.add_tensor(name, (rng.standard_normal(shape) * 0.3).astype(np.float32))

    tensor("token_embd.weight", len(tokens), width)
    tensor("output.weight", len(tokens), width)
    out.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        for name in ("attn_norm", "ffn_norm"):
            out.add_tensor(f"blk.{layer}.{name}.weight", np.ones(width, np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", width, width)
        tensor(f"blk.{layer}.ffn_gate.weight", inner, width)
        tensor(f"blk.{layer}.ffn_up.weight", inner, width)
        tensor(f"blk.{layer}.ffn_down.weight", width, inner)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return path


def _byte(number: int) -> str:
    """Return the character by which GPT-2's byte-level vocabulary spells a byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return chr(number if number in plain else 256 + [n for n in range(256) if n not in plain].index(number))
