"""Source text as a string of token codes: one character stands for one lexical token.

A file of 1,000 tokens becomes a Python string of 1,000 characters, and "where else did these five tokens stand?"
becomes `str.find`, which runs at memory speed. Tokens are words, numbers, operators and single marks, each with the
blanks before it, so that joining their texts gives back the line. A line break is one of three marks (same, deeper,
shallower indentation) and blank lines leave none: a block copied to another depth still looks the same. The lexer
knows no language.
"""

import keyword
import re
import sys
from functools import lru_cache

EDGE = "\x01"
"""Where a file begins or ends, and the hole at the cursor: no match crosses it."""
SAME, DEEPER, SHALLOWER = "\x02", "\x03", "\x04"
BREAKS = SAME + DEEPER + SHALLOWER
UNKNOWN = "\x05"
"""A token seen after the vocabulary was full; it never continues anything."""
NAME, SPACED_NAME, NUMBER = "\x08", "\x09", "\x0b"
"""In shapes: any name (without and with blanks before it), any number."""
Hay = tuple[str, str]
"""Codes and their shapes, of the same length."""

_FIRST = 0x10
_LIMIT = 0x110000 - _FIRST

_TOKEN = re.compile(
    r"[ \t]*(?:[^\W\d]\w*|\d[\w.]*|\"\"\"|'''|->|\.\.\.|\*\*=?|//=?|<<=?|>>=?|[-+*/%&|^@!=<>:]=|[^\w\s])"
)
_WORD_AT_END = re.compile(r"[ \t]*\w*$")
_KEYWORDS = frozenset(keyword.kwlist) | {"self", "cls", "function", "const", "let", "var", "new", "this", "null"}


def tokens(line: str) -> list[str]:
    """Return the tokens of one line (its indentation belongs to the first); trailing blanks are lost."""
    return _TOKEN.findall(line)


def code_at(number: int) -> str:
    """Return the code of the token that came `number`th into a vocabulary (from 0)."""
    return chr(_FIRST + number)


def indentation(line: str) -> int:
    """Return the line's indentation in columns, a tab reaching to the next multiple of eight."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs())


class Vocabulary:
    """Texts of tokens and their codes; grows only. The code says nothing but identity."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._words: list[str] = []
        self._codes: dict[str, str] = {}
        self._shapes: dict[int, str] = {}
        self._whole = lru_cache(maxsize=1 << 15)(self._encode)
        self.named = lru_cache(maxsize=1 << 13)(self._named)
        self.line = lru_cache(maxsize=1 << 13)(self._readable)

    def __len__(self) -> int:
        return len(self._texts)

    def tokens(self) -> list[str]:
        """Return all tokens, in the order of their codes."""
        return self._texts.copy()

    def text(self, code: str) -> str:
        """Return the token that `code` stands for."""
        return self._texts[ord(code) - _FIRST]

    def word(self, code: str) -> str:
        """Return the token that `code` stands for without the blanks before it."""
        return self._words[ord(code) - _FIRST]

    def code(self, token: str) -> str:
        """Return the code of `token`, a new one when it is unseen."""
        code = self._codes.get(token)
        if code is None:
            if len(self._texts) >= _LIMIT:
                return UNKNOWN
            code = self._codes[token] = code_at(len(self._texts))
            self._texts.append(token)
            word = token.lstrip()
            self._words.append(word)
            if word[0].isdigit():
                self._shapes[ord(code)] = NUMBER
            elif (word[0].isalpha() or word[0] == "_") and word not in _KEYWORDS:
                self._shapes[ord(code)] = NAME if word == token else SPACED_NAME
        return code

    def shape(self, codes: str) -> str:
        """Return `codes` with every name and number replaced by a mark for its kind; the length stays."""
        return codes.translate(self._shapes)

    def is_name(self, code: str) -> bool:
        """Return whether `code` is a name that somebody chose, and no keyword."""
        return self._shapes.get(ord(code), NUMBER) != NUMBER

    def file(self, text: str) -> Hay:
        """Return the codes of a whole file: an edge, then for each line that is not blank its break and tokens."""
        (codes, shapes), _ = self._lines(text.split("\n"), 0)
        return f"{EDGE}{codes}{SAME}{EDGE}", f"{EDGE}{shapes}{SAME}{EDGE}"

    def prefix(self, text: str) -> tuple[Hay, str]:
        """Return the codes of everything before the cursor and the unfinished token at the cursor.

        The unfinished token (a word or blanks, perhaps nothing) is not among the codes: it restricts what comes next.
        """
        *lines, last = text.split("\n")
        (codes, shapes), depth = self._lines(lines, 0)
        body = last.lstrip(" \t")
        typed = _WORD_AT_END.search(body)
        partial = typed.group() if typed else ""
        head = self._line(body[: len(body) - len(partial)])
        begun = _break(depth, indentation(last))
        return (f"{EDGE}{codes}{begun}{head}", f"{EDGE}{shapes}{begun}{self.shape(head)}"), partial

    def suffix(self, text: str, depth: int = 0) -> Hay:
        """Return the codes of everything after the cursor, framed by edges; `depth` is the line's, in columns."""
        first, *lines = text.split("\n")
        (codes, shapes), _ = self._lines(lines, depth)
        head = self._line(first.strip())
        return f"{EDGE}{head}{codes}{SAME}{EDGE}", f"{EDGE}{self.shape(head)}{shapes}{SAME}{EDGE}"

    def render(self, codes: str) -> str:
        """Return the text of codes that hold no marks."""
        return "".join(map(self.text, codes))

    def _named(self, code: str) -> tuple[str, str]:
        """Return the token that `code` stands for and, if somebody chose it, the name in it."""
        return self.text(code), self.word(code) if self.is_name(code) else ""

    def _readable(self, codes: str) -> str:
        """Return the text of `codes` without the marks among them."""
        return self.render("".join([code for code in codes if code >= chr(_FIRST)]))

    def _lines(self, lines: list[str], depth: int) -> tuple[Hay, int]:
        out: list[str] = []
        shapes: list[str] = []
        for indent, codes, shape in map(self._whole, lines):
            if codes:
                mark = SAME if indent == depth else DEEPER if indent > depth else SHALLOWER
                out += mark, codes
                shapes += mark, shape
                depth = indent
        return ("".join(out), "".join(shapes)), depth

    def _line(self, body: str) -> str:
        return "".join(map(self.code, _TOKEN.findall(body)))

    def _encode(self, line: str) -> tuple[int, str, str]:
        """Return a line's indentation, its codes and their shape, which many lines share."""
        body = line.strip()
        codes = self._line(body)
        return (indentation(line), codes, sys.intern(self.shape(codes))) if body else (0, "", "")


def _break(before: int, after: int) -> str:
    return SAME if before == after else DEEPER if after > before else SHALLOWER
