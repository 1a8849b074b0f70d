"""Filling a hole with a chat model: what it is asked, and what of its answer stands at the cursor.

A chat model was not made for holes: it explains, fences its code, or writes the line from its beginning. It is asked
for the missing text alone, and what it adds all the same is taken away. An answer that cannot be read as the missing
text is none.
"""

import re
from collections.abc import Sequence

CURSOR = "<CURSOR/>"
_BEFORE, _AFTER, _OTHERS = 4000, 1200, 3000
"""Characters that are shown before the cursor, behind it, and of other files."""
_ASK = (
    f"You complete source code in an editor. The user's message is a file in which {CURSOR} stands at the cursor. "
    "Answer with nothing but the text to insert there: no explanation, no Markdown, and nothing that stands in the "
    "file already. "
)
_WHAT = {"line": "End with the line.", "block": "Write the whole statement or block, and no more."}
_FENCE = re.compile(r"\A\s*```[^\n]*\n(.*?)(?:\n?```.*)?\Z", re.DOTALL)


def messages(path: str, prefix: str, suffix: str, chunks: Sequence[tuple[str, str]], mode: str) -> list[dict[str, str]]:
    """Return the conversation that asks for what stands between `prefix` and `suffix` of the file at `path`."""
    shown, room = "", _OTHERS
    for name, text in reversed(chunks):
        piece = f"File {name}, for reference:\n{text.rstrip()}\n\n"
        room -= len(piece)
        if room < 0:
            break
        shown = piece + shown
    before = prefix if len(prefix) <= _BEFORE else prefix[-_BEFORE:].partition("\n")[2]
    after = suffix[:_AFTER]
    text = before.replace(CURSOR, "<CURSOR />") + CURSOR + after.replace(CURSOR, "<CURSOR />")
    user = f"{shown}File {path}:\n{text}"
    return [{"role": "system", "content": _ASK + _WHAT[mode]}, {"role": "user", "content": user}]


def middle(answer: str, prefix: str) -> str:
    """Return what of a chat model's answer stands at the cursor behind `prefix`: without a fence, a marked cursor,
    or the beginning of the line said again."""
    if fenced := _FENCE.match(answer):
        answer = fenced[1]
    answer = answer.rpartition(CURSOR)[2] if CURSOR in answer else answer
    line = prefix.rpartition("\n")[2]
    for said in (line, line.lstrip()):
        if said.strip() and answer.startswith(said):
            return answer[len(said) :]
    # A line that is blank so far has its indentation already; within a line, blanks in front are the model's manners
    # unless the cursor stands right behind a word.
    if not line.strip() and line:
        return answer.removeprefix(line) if answer.startswith(line) else answer.lstrip(" \t")
    return answer.lstrip() if line.endswith((" ", "\t")) else answer
