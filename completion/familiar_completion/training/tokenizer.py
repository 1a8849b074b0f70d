"""The tokenizer: a byte-level BPE that llama.cpp reproduces exactly.

It is *trained* on pieces that never cross a line break, so no merge crosses one, and it *encodes* with the splitting
rule of llama.cpp's `llama-bpe` (`.name`, `_name`, `(name` may be one token). Both rules give the same tokens for the
same text because a merge that was never learned cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    rule = pre_tokenizers.Split(Regex(SPLIT), "isolated")
    lines = pre_tokenizers.Split(Regex(r"[\r\n]"), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([lines, rule, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([rule, byte_level])
    return tokenizer


def load(path: Path) -> Tokenizer:
    """The tokenizer that `train` made and `save` wrote."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(path))
