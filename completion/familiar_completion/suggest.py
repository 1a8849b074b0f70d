"""From raw text to a suggestion: where it ends, which bytes it replaces, and whether it may be shown at all.

Raw text is what a model or the counts would type next. It knows nothing of the text right of the cursor, of brackets
that the editor has closed already, or of the depth that a blank line should have; all of that is mended here, or
refused by name.
"""

import re

import msgspec
import tree_sitter
import tree_sitter_python

from familiar_completion.indentation import indented, lead_of, misplaced
from familiar_completion.values import Mode, Source, Suggestion
from familiar_completion.view import CLOSERS, View, scan

LEAST = 2
"""Letters and digits that a suggestion must add: less is noise."""

NOTHING = "nothing follows here"
BELOW = "it would repeat the line below"
RIGHT = "it would repeat the text right of the cursor"
SHORT = "it would add less than two letters"
BRACKETS = "its brackets do not fit those around the cursor"
MALFORMED = "it would hold malformed text"
SYNTAX = "it would be a syntax error"
HEADER = "it would repeat the comment at the top of the file"

_WORD = re.compile(r"\w")
_WRITTEN = re.compile(r"\S.*")
_GOES_ON = re.compile(r"(?:async|for|if|else|and|or|in|is)\b|\.[^\W\d]")
"""How a line begins that goes on with the expression above: no comma can stand before it."""
_TOP = re.compile(r"(?:[ \t]*(?:#.*)?\n)*")
_QUOTED = 3
"""Words in a row that a comment may not take from the comment at the top of its file."""
_HEADERS = {"else": "if x: pass\n", "elif": "if x: pass\n", "except": "try: pass\n", "finally": "try: pass\n"}
_COMPOUND = frozenset({"def", "class", "async", "if", "elif", "while", "for", "with", "except", "match"})
"""Words that begin a statement with a body; one with an open bracket still has to come to its colon."""
_parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def shape(raw: str, view: View, score: float, source: Source, mode: Mode = "line") -> Suggestion | str:
    """Return the suggestion that `raw` makes at `view`'s cursor, or the reason why it makes none."""
    raw = raw.replace("\r\n", "\n")
    if mode == "block":
        return _block(raw, view, score, source)
    if mode == "statement" and source == "model":
        return _statement(raw, view, score, source)
    text = raw.partition("\n")[0].rstrip()
    if not text.strip():
        return NOTHING
    if "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text):
        return MALFORMED
    start, lead = view.offset, ""
    if view.blank:
        start, lead, text = indented(view, text)
        if view.python and view.state.shape == ("code", "", "") and misplaced(view, text):
            return SYNTAX
    right = view.after.strip()
    if view.blank and not right and text == _line_below(view):
        return BELOW
    fitted = _fit(view, text, right)
    if fitted is None:
        return BRACKETS
    text, covers = fitted
    if not text.strip():
        return RIGHT
    added = text.removesuffix(right) if covers else text
    if len(_WORD.findall(added)) < LEAST:
        return SHORT
    if _of_the_top(view, added):
        return HEADER
    if view.python and not _parses(view, text, "" if covers else view.after):
        return SYNTAX
    end = view.offset
    if covers:
        end += len(view.after[: view.after.find(right) + len(right)].encode("utf-8", "surrogateescape"))
    return Suggestion(lead + text, start, end, score, source)


def _fit(view: View, text: str, right: str) -> tuple[str, bool] | None:
    """Cut `text` so that it stands well before `right`, the rest of the line.

    Whether it replaces `right` comes with it.
    """
    if not view.python or view.prose:
        return _before(text, right), False
    text = _balanced(view.statement, text)
    if not right:
        return _open(view, text), False
    if all(char in CLOSERS + ":,;" for char in right):
        return _closed(view, text, right)
    return _before(_inside(view, text, right), right), False


def _balanced(statement: str, text: str) -> str:
    """Cut `text` before the first bracket that would close nothing."""
    stray = scan(statement + text, len(statement)).stray
    return text if stray is None else text[: stray - len(statement)].rstrip()


def _of_the_top(view: View, text: str) -> bool:
    """Whether `text` quotes, in a comment, the comment at the top of the file (a licence): it says nothing below."""
    if not (view.state.kind == "comment" or (view.blank and text.startswith("#"))):
        return False
    top = _TOP.match(view.prefix)
    if top is None or top.end() >= len(view.prefix) - len(view.before):
        return False
    begun = re.search(r"\w*$", view.before)
    words = _words((begun[0] if begun else "") + text)
    return words.count(" ") > _QUOTED and words in _words(top[0])


def _words(text: str) -> str:
    return " ".join(["", *re.findall(r"\w+", text), ""])


def _open(view: View, text: str) -> str:
    """Leave the brackets open that the line below closes at its beginning, and the expression that it goes on with."""
    following = _line_below(view)
    if view.state.brackets and _GOES_ON.match(following):
        return text.removesuffix(",")
    below = re.match(r"[)\]}]*", following)
    wanted = len(below[0]) if below else 0
    if not 0 < wanted <= len(view.state.brackets):
        return text
    cut = text
    while cut and cut[-1] in ")]}" and len(scan(view.statement + cut).brackets) < wanted:
        cut = cut[:-1].rstrip()
    return cut if len(scan(view.statement + cut).brackets) >= wanted else text


def _closed(view: View, text: str, right: str) -> tuple[str, bool] | None:
    """Join `text` and what it leaves open of `right` (closers alone), so that the statement ends as `right` has it."""
    wanted = scan(view.statement + right)
    for own in (True, False):
        for taken in range(len(right), -1, -1):
            if own and not text.endswith(right[:taken]):
                continue
            joined = text + right[taken:]
            state = scan(view.statement + joined)
            if state.shape == wanted.shape and state.stray == wanted.stray:
                return joined, True
    return None


def _inside(view: View, text: str, right: str) -> str:
    """Cut `text` where it would leave the brackets around the cursor, or type the mark that stands to the right."""
    depth = len(view.state.brackets)
    base = len(view.statement)
    for at, char in enumerate(text):
        inner = scan(view.statement + text[: at + 1], base)
        if inner.kind != "code":
            continue
        if len(inner.brackets) < depth or (len(inner.brackets) == depth and char == right[0] and char in ",:;"):
            return text[:at].rstrip()
    return text


def _before(text: str, right: str) -> str:
    """Drop from `text` what already stands right of the cursor."""
    if len(right) >= 2 and right in text:
        return text[: text.index(right)].rstrip()
    for size in range(min(len(text), len(right)), 0, -1):
        if text.endswith(right[:size]):
            return text[:-size].rstrip()
    return text


def _line_below(view: View) -> str:
    at = view.suffix.find("\n")
    found = _WRITTEN.search(view.suffix, at) if at >= 0 else None
    return found[0].strip() if found else ""


def _parses(view: View, text: str, rest: str) -> bool:
    """Whether the statement with `text` in it parses alone.

    Unfinished brackets and headers are completed for the test.
    """
    if view.prose:
        return True
    statement = (view.statement + text + rest).strip()
    word = re.split(r"\W", statement, maxsplit=1)[0]
    if word == "case":
        return True
    state = scan(statement)
    if state.kind != "comment":
        if state.quote in ('"""', "'''"):
            statement += state.quote
        statement += "".join({"(": ")", "[": "]", "{": "}"}[bracket] for bracket, _ in reversed(state.brackets))
        if word in _COMPOUND and state.brackets and not statement.endswith(":"):
            statement += ":"
        statement += " pass" if statement.endswith(":") and (not state.brackets or word in _COMPOUND) else ""
    if statement.startswith("@"):
        statement += "\ndef f(): pass"
    return not _parser.parse((_HEADERS.get(word, "") + statement + "\n").encode("utf-8", "replace")).root_node.has_error


def _block(raw: str, view: View, score: float, source: Source) -> Suggestion | str:
    """Return whole lines up to the end of the block at the cursor: the first line that is indented less ends it."""
    first = shape(raw, view, score, source)
    if isinstance(first, str) or first.end != view.offset or view.after.strip():
        return first
    head = view.before[: len(view.before) - len(view.before.lstrip())] if not view.blank else ""
    depth = len((head or view.before + first.text[: len(first.text) - len(first.text.lstrip())]).expandtabs())
    below = _line_below(view)
    out: list[str] = []
    for line in raw.split("\n")[1:]:
        if line.strip() and len(lead_of(line).expandtabs()) < depth:
            break
        if len(line.strip()) > 3 and line.strip() == below:
            break
        out.append(line.rstrip())
    while out and not (out[-1].strip() and _finished(view, first.text, out)):
        out.pop()
    return Suggestion(view.eol.join([first.text, *out]), first.start, first.end, score, source)


def _statement(raw: str, view: View, score: float, source: Source) -> Suggestion | str:
    """Return the first line and those that follow until its brackets are closed; it alone where they never are."""
    first = shape(raw, view, score, source)
    if isinstance(first, str) or first.end != view.offset or view.after.strip():
        return first
    lines, depth = [first.text], len(view.state.brackets)
    for line in raw.split("\n")[1:]:
        if len(scan(view.statement + "\n".join(lines)).brackets) <= depth:
            break
        lines.append(line.rstrip())
    whole = len(scan(view.statement + "\n".join(lines)).brackets) <= depth
    return msgspec.structs.replace(first, text=view.eol.join(lines)) if whole else first


def _finished(view: View, first: str, lines: list[str]) -> bool:
    """Whether no bracket or string is open after `lines`, and the last is no header without a body."""
    state = scan("\n".join([view.statement + first, *lines]))
    return state.shape[1:] == ("", "") and not (state.kind == "code" and lines[-1].endswith(":"))
