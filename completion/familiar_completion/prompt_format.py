"""The one prompt format that the embedded model is trained on and that the runtime speaks.

    <|repo|> (<|file|>path \\n text \\n)* <|file|>path \\n <|fim_suffix|>SUFFIX <|fim_prefix|>PREFIX <|fim_middle|>

(blanks between the pieces are for the eye only). The model answers with the middle and `<|endoftext|>`.

The suffix stands before the prefix so that typing only appends to the prompt: the cached state of everything up to the
cursor stays valid from one keystroke to the next. What changes seldom (chunks of other files) stands first.
The module has no dependencies: training, runtime and tests all import it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

REPO: Final = "<|repo|>"
FILE: Final = "<|file|>"
FIM_PREFIX: Final = "<|fim_prefix|>"
FIM_SUFFIX: Final = "<|fim_suffix|>"
FIM_MIDDLE: Final = "<|fim_middle|>"
END: Final = "<|endoftext|>"
PAD: Final = "<|pad|>"

SPECIAL_TOKENS: Final = (END, PAD, REPO, FILE, FIM_PREFIX, FIM_SUFFIX, FIM_MIDDLE)
"""In the order of their token ids, which are 0 to 6."""

CONTEXT: Final = 1024
"""Tokens that the model was trained to see at once."""

MAX_SUFFIX: Final = 200
"""The longest suffix, in tokens, that training shows."""

_LITERAL = re.compile("|".join(re.escape(token) for token in SPECIAL_TOKENS))


def neutralise(text: str) -> str:
    """Text without any special token's spelling (`<|repo|>` becomes `< |repo|>`); other text comes back as it is."""
    return _LITERAL.sub(lambda match: "< " + match.group()[1:], text)


def chunk(path: str, text: str) -> str:
    """One piece of another file, as it stands in front of the current file; it always ends with one line break."""
    body = neutralise(text).rstrip("\n")
    return f"{FILE}{neutralise(path)}\n{body}\n"


def head(chunks: Iterable[tuple[str, str]]) -> str:
    """The slow part of a prompt: the repository marker and `(path, text)` chunks, the most useful one last."""
    return REPO + "".join(chunk(path, text) for path, text in chunks)


def plain(path: str, text: str) -> str:
    """A file (or its beginning) without a hole, as a prompt that is continued from left to right."""
    return f"{REPO}{FILE}{neutralise(path)}\n{neutralise(text)}"


def build(chunks: Sequence[tuple[str, str]], path: str, prefix: str, suffix: str) -> str:
    """The whole prompt. `path` and the chunks' paths are relative to the root, with `/`.

    `prefix` ends at the cursor and should begin at a line's beginning; `suffix` begins at the cursor (an empty one is
    known to the model). Tokenise it with special tokens parsed and none added; stop at `END`.
    """
    current = f"{FILE}{neutralise(path)}\n{FIM_SUFFIX}{neutralise(suffix)}{FIM_PREFIX}{neutralise(prefix)}{FIM_MIDDLE}"
    return head(chunks) + current
