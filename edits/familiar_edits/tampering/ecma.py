"""Weakened tests in TypeScript and JavaScript, by the words that vitest, jest and mocha share."""

import re
from collections.abc import Iterator, Mapping

_COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/", re.S)
_TEST = re.compile(rb"(?<![\w.])(?:it|test)\s*(?:\.each\b[^(]*(?:\([^)]*\))?)?\s*\(")
_SKIP = re.compile(
    rb"(?<!\w)(?:x(?:it|test|describe)\s*\(|\.(?:skip|todo|only|fails?|skipIf|runIf)\b|(?:it|test)\.only)"
)
_EXPECT = re.compile(rb"(?<!\w)(?:expect|assert)\b[^\n;]*")
_WEAK = re.compile(rb"toBeTruthy|toBeDefined|not\.toBeNull|not\.toThrow|toBeInstanceOf|expect\.any\w*|toBeGreaterThan")
_CONSTANT = re.compile(rb"expect\(\s*(true|false|\d+|\"[^\"]*\"|'[^']*')\s*\)|assert(?:\.ok)?\(\s*true")
_MOCK = re.compile(rb"(?:vi|jest)\s*\.\s*(?:mock|doMock|spyOn|fn|stubGlobal|unstable_mockModule)\b")
_CATCH = re.compile(rb"catch\s*(?:\([^)]*\))?\s*\{")
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
_IMPORT = re.compile(
    rb"^\s*(?:import|export)\b[^;\n]*(?:\n(?=[^;\n]*from)[^;\n]*)*;?|(?:const|let|var)[^=\n]*=\s*require\([^)]*\);?",
    re.M,
)


def weaker(before: bytes, after: bytes, names: Mapping[str, str], tests: bool) -> Iterator[str]:
    """Yield what became weaker; without `tests`, also any change but of names and imports."""
    old, new = _plain(before, names), _plain(after, names)
    if _count(_TEST, new) < _count(_TEST, old):
        yield "it holds fewer tests"
    if _count(_SKIP, new) > _count(_SKIP, old):
        yield "it skips tests, or runs some alone"
    if _count(_EXPECT, new) - _count(_CONSTANT, new) < _count(_EXPECT, old) - _count(_CONSTANT, old):
        yield "it asserts fewer things"
    if _count(_WEAK, new) > _count(_WEAK, old) and len(set(_EXPECT.findall(new))) <= len(set(_EXPECT.findall(old))):
        yield "it asserts less exactly"
    if _count(_MOCK, new) > _count(_MOCK, old):
        yield "it replaces code that it used to run"
    if _count(_CATCH, new) > _count(_CATCH, old):
        yield "it swallows errors"
    if not tests and _IMPORT.sub(b"", old).split() != _IMPORT.sub(b"", new).split():
        yield "it changes by more than names and imports, and the request does not name tests"


def exchanged(old: str, new: str, names: Mapping[str, str]) -> bool:
    """Return whether a name is exchanged where it stands for two things: `{ old }` is `{ old: new }` or `{ new: old }`,
    `import { old }` is `import { old as new }`, `export { old }` is `export { new as old }`."""
    given = names.get(old)
    return given is not None and new in {
        form for one, two in ((old, given), (given, old)) for form in (f"{one}: {two}", f"{one} as {two}")
    }


def _plain(data: bytes, names: Mapping[str, str]) -> bytes:
    """Return the text with the new names, what is spelled out as in `exchanged` as short as it was."""
    known = {old.encode(): new.encode() for old, new in names.items()}
    mapped = _WORD.sub(lambda match: known.get(match[0], match[0]), _COMMENT.sub(b"", data))
    for new in {*known.values()}:
        mapped = re.sub(
            rb"(?<![\w$.])%s(?:\s*:\s*|\s+as\s+)%s(?![\w$])" % (re.escape(new), re.escape(new)), new, mapped
        )
    return mapped


def _count(pattern: re.Pattern[bytes], data: bytes) -> int:
    return len(pattern.findall(data))
