"""Questions of a plan: numbered so that they stay the same, and split by how they were answered."""

from collections.abc import Collection, Mapping, Sequence

from familiar_codegraph.graph import CodeGraph
from familiar_codegraph.text import LineIndex

from familiar_edits.moverefs import Mention
from familiar_edits.values import Ask, TextEdit


def answered(
    graph: CodeGraph,
    mentions: Sequence[Mention],
    texts: Mapping[str, bytes],
    take: Collection[str],
    skip: Collection[str],
) -> tuple[list[Ask], list[Mention]]:
    """Return the questions that are still open, and those whose edit was agreed to; `texts` are files without code."""
    asks: list[Ask] = []
    taken: list[Mention] = []
    ordered = sorted(mentions, key=lambda m: (not m.blocking, m.place, m.why))
    for number, mention in enumerate(ordered, 1):
        id, (path, start, end) = str(number), mention.place
        if id in take or ("all" in take and id not in skip):
            taken += [mention] if mention.new_text is not None else []
        elif id not in skip and "all" not in skip:
            lines = LineIndex(texts[path] if path in texts else graph.data(path))
            text = lines.line_bytes(lines.line_of(start)).decode("utf-8", "replace").strip()
            edit = TextEdit(start, end, mention.new_text) if mention.new_text is not None else None
            asks.append(Ask(id, path, start, end, text, mention.why, mention.blocking, edit))
    return asks, taken
