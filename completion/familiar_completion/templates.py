"""How known families of models spell a hole, for servers that take a prompt as text.

Each from its own model card or repository: Qwen2.5-Coder, StarCoder 2, DeepSeek-Coder, CodeGemma, Granite Code, Code
Llama, Codestral, and our own format. Other files stand in front where the family has a mark for files, else as
comments.
"""

from collections.abc import Sequence

import msgspec

from familiar_completion import prompt_format as ours

_CHARACTERS = 6000
"""Before the cursor; a quarter of it behind, and as much of other files."""


class Template(msgspec.Struct, frozen=True):
    """Marks around prefix and suffix; `file` stands before a path, `repository` before everything.

    `ends` are the texts with which the family ends its answer, should a server not know them.
    """

    prefix: str
    suffix: str
    middle: str
    file: str = ""
    repository: str = ""
    suffix_first: bool = False
    ends: tuple[str, ...] = ()

    def write(self, path: str, prefix: str, suffix: str, chunks: Sequence[tuple[str, str]]) -> str:
        """Return the prompt; what is far from the cursor is left out at line ends."""
        prefix, suffix = _last(self._plain(prefix), _CHARACTERS), _first(self._plain(suffix), _CHARACTERS // 4)
        head, room = "", _CHARACTERS // 4 * 2
        for name, text in reversed(chunks):
            body = self._plain(text).rstrip("\n")
            piece = f"{self.file}{name}\n{body}\n" if self.file else f"# {name}\n{body}\n\n"
            room -= len(piece)
            if room < 0:
                break
            head = piece + head
        head = self.repository + head
        if self.file:
            head += f"{self.file}{path}\n"
        if self.suffix_first:
            return f"{head}{self.suffix}{suffix}{self.prefix}{prefix}{self.middle}"
        return f"{head}{self.prefix}{prefix}{self.suffix}{suffix}{self.middle}"

    def _plain(self, text: str) -> str:
        """Return text in which no mark of the family is spelled."""
        for mark in {self.prefix, self.suffix, self.middle, self.file, *self.ends} - {""}:
            text = text.replace(mark.strip(), mark.strip()[:1] + " " + mark.strip()[1:])
        return text


_STARCODER = Template(
    "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>", "<repo_name>repository\n", ends=("<|endoftext|>",)
)
TEMPLATES: dict[str, Template] = {
    "familiar": Template(
        ours.FIM_PREFIX, ours.FIM_SUFFIX, ours.FIM_MIDDLE, ours.FILE, ours.REPO, suffix_first=True, ends=(ours.END,)
    ),
    "qwen": Template(
        "<|fim_prefix|>",
        "<|fim_suffix|>",
        "<|fim_middle|>",
        "<|file_sep|>",
        "<|repo_name|>repository\n",
        ends=("<|endoftext|>", "<|fim_pad|>", "<|cursor|>"),
    ),
    "starcoder": _STARCODER,
    "granite": Template("<fim_prefix>", "<fim_suffix>", "<fim_middle>", ends=("<|endoftext|>",)),
    "deepseek": Template("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", ends=("<｜end▁of▁sentence｜>",)),
    "codegemma": Template(
        "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>", ends=("<|file_separator|>",)
    ),
    "codellama": Template("<PRE> ", " <SUF>", " <MID>", ends=("<EOT>",)),
    "codestral": Template("[PREFIX]", "[SUFFIX]", "", suffix_first=True, ends=("</s>",)),
}


def template_of(model: str, wanted: str = "auto") -> str | None:
    """Return the family's name for a model's name, or what is wanted instead; None when it is unknown."""
    if wanted != "auto":
        return wanted if wanted in TEMPLATES else None
    name = model.lower().replace("-", "").replace("_", "")
    return next((family for family in TEMPLATES if family in name), None)


def _last(text: str, size: int) -> str:
    return text if len(text) <= size else text[-size:].partition("\n")[2] or text[-size:]


def _first(text: str, size: int) -> str:
    return text if len(text) <= size else text[:size].rpartition("\n")[0] or text[:size]
