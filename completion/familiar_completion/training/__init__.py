"""The recipe of the embedded model: from pinned packages to a GGUF file.

Nothing here is imported while Familiar serves an editor. `torch`, `tokenizers` and `gguf` are needed by single steps
only and are no dependency of the project.
"""

from __future__ import annotations

from familiar_completion.training.recipe import main

__all__ = ["main"]
