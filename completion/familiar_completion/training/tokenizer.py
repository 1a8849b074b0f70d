"""The tokenizer: a byte-level BPE that llama.cpp reproduces exactly.

It is *trained* on pieces that never cross a line break, so no merge crosses one, and it *encodes* with the splitting
rule of llama.cpp's `llama-bpe` (`.name`, `_name`, `(name` may be one token). Both rules give the same tokens for the
same text because a merge that was never learned cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from familiar_completion.prompt_format import SPECIAL_TOKENS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

VOCABULARY = 8192

PRE = "llama-bpe"
"""llama.cpp's name of the splitting rule below."""

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(texts: Iterator[str]) -> Tokenizer:
    """A tokenizer of VOCABULARY tokens; ids 0 to 6 are the special ones."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    lines = pre_tokenizers.Split(Regex(r"[\r\n]"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([lines, *_splitting()])
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return _encoding(tokenizer)


def of_gguf(path: Path) -> Tokenizer:
    """The tokenizer inside a GGUF file that this recipe wrote: weights go on with the tokens that they know."""
    import gguf
    from tokenizers import Tokenizer, models

    fields = gguf.GGUFReader(str(path)).fields
    tokens: list[str] = fields["tokenizer.ggml.tokens"].contents()
    merges: list[str] = fields["tokenizer.ggml.merges"].contents()
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs, ignore_merges=True))
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    return _encoding(tokenizer)


def _splitting() -> list[Any]:
    from tokenizers import Regex, pre_tokenizers

    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return [pre_tokenizers.Split(Regex(SPLIT), "isolated"), byte_level]


def _encoding(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer with the rule by which llama.cpp splits."""
    from tokenizers import decoders, pre_tokenizers

    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(_splitting())
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def load(path: Path) -> Tokenizer:
    """The tokenizer that `train` made and `save` wrote."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(path))
