"""The independent labeller: which answer each place of a file gives to each question, by `ast` and `tokenize` alone.

It shares no code with the detector that it judges, only the definitions of the questions.
"""

from collections.abc import Iterator

from benchmarks.conventions import habits, layout, names, prose
from benchmarks.conventions.project import Project
from benchmarks.conventions.source import Label, Source

DEFAULTS = {
    "naming.function": "snake_case",
    "naming.class": "PascalCase",
    "naming.constant": "UPPER_CASE",
    "naming.attribute": "plain",
    "naming.helper": "plain",
    "naming.exception-variable": "e",
    "naming.exception-class": "Error",
    "naming.logger": "logger",
    "imports.form": "from",
    "imports.relative": "absolute",
    "imports.typing": "from",
    "imports.per-line": "many",
    "imports.plain-first": "first",
    "imports.future-annotations": "no",
    "layout.quotes": "double",
    "layout.trailing-comma": "yes",
    "layout.wrap": "hanging",
    "layout.docstring-blank": "no",
    "types.parameters": "yes",
    "types.optional": "Optional",
    "types.generics": "builtin",
    "types.init-none": "yes",
    "types.record": "dataclass",
    "docs.dialect": "google",
    "docs.function": "yes",
    "docs.class": "yes",
    "docs.first-line": "same",
    "docs.period": "yes",
    "errors.chain": "from",
    "errors.class": "builtin",
    "errors.message": "f-string",
    "idioms.path": "os.path",
    "idioms.format": "f-string",
    "idioms.super": "zero",
    "idioms.else-after-return": "no",
    "idioms.empty-dict": "literal",
    "idioms.logging": "lazy",
    "api.keyword": "positional",
    "tests.assert": "assert",
    "tests.layout": "function",
    "tests.raises": "plain",
    "tests.file": "test_x.py",
    "structure.all": "no",
}
"""The world's answer to each question; that of `naming.word:<long>` is the long form."""
SCRIPT_DEFAULTS = {
    "ts.quotes": "double",
    "ts.semicolons": "yes",
    "ts.binding": "const",
    "ts.function": "declaration",
    "ts.record": "interface",
    "ts.export": "named",
    "ts.import-type": "no",
    "ts.trailing-comma": "yes",
    "ts.naming.function": "camelCase",
    "ts.naming.class": "PascalCase",
    "ts.naming.constant": "camelCase",
    "ts.async": "await",
    "ts.nullish": "??",
}
"""The same for TypeScript and JavaScript, whose labels are `scripts`'."""


def default(question: str) -> str:
    """Return the world's answer to a question."""
    family, _, member = question.partition(":")
    return member if family == "naming.word" else (DEFAULTS | SCRIPT_DEFAULTS)[family]


def label(source: Source, project: Project) -> Iterator[Label]:
    """Yield all labels of a file in the order of the parts, not of the lines."""
    for part in (names, layout, prose, habits):
        yield from part.labels(source, project)
