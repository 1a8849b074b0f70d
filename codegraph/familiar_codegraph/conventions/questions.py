"""The questions: what is counted, which answers there are, what the world does by default, and what uses the answer.

A question earns its place by its use: `completion` (a candidate is re-ranked, normalised or vetoed by it),
`refactoring` (extracted names, import style), `finding` (`familiar conventions --diff`, hints).
"""

from typing import Final, Literal

import msgspec

VERSION: Final = 9
"""Part of the store's key: raised whenever a file's occurrences change."""
Use = Literal["completion", "refactoring", "finding"]
Where = Literal["any", "code", "tests"]


class Question(msgspec.Struct, frozen=True):
    """`answers` begin with the world's default; an open question may have others. `say` is the fact in words."""

    id: str
    family: str
    say: str
    answers: tuple[str, ...]
    uses: tuple[Use, ...]
    where: Where = "any"

    @property
    def default(self) -> str:
        return self.answers[0]


_C: tuple[Use, ...] = ("completion", "finding")
_R: tuple[Use, ...] = ("completion", "refactoring", "finding")
_F: tuple[Use, ...] = ("finding",)
_CASES = ("snake_case", "camelCase", "PascalCase", "other")


def _q(id: str, say: str, answers: str | tuple[str, ...], uses: tuple[Use, ...] = _F, where: Where = "any") -> Question:
    listed = tuple(answers.split()) if isinstance(answers, str) else answers
    return Question(id, id.partition(".")[0], say, listed, uses, where)


_ALL = (
    _q("naming.function", "functions and methods are named in {}", _CASES, _R),
    _q("naming.class", "classes are named in {}", "PascalCase snake_case other", _R),
    _q("naming.constant", "module constants are named in {}", "UPPER_CASE snake_case PascalCase other", _R),
    _q("naming.variable", "local variables are named in {}", "snake_case camelCase other", _R),
    _q("naming.attribute", "attributes set in __init__ are named: {}", "plain underscore", _R),
    _q("naming.helper", "functions that no other file uses are named: {}", "plain underscore", _R, "code"),
    _q("naming.exception-variable", "a caught exception is called {}", "e exc err error ex other", _C),
    _q("naming.exception-class", "names of exceptions end with {}", "Error Exception Warning other", _R),
    _q("naming.logger", "the module's logger is called {}", "logger log LOGGER LOG _logger other", _C),
    _q("imports.form", "from the repository's modules one imports: {}", ("from", "module"), _C),
    _q("imports.relative", "imports inside the package are {}", "absolute relative", _R),
    _q("imports.typing", "typing is imported as: {}", "from module alias", _C),
    _q("imports.per-line", "names imported from one module stand in {} statement(s)", "many one"),
    _q("imports.plain-first", "`import x` against `from x import y` in one group: {}", "first mixed"),
    _q("imports.future-annotations", "`from __future__ import annotations`: {}", "no yes"),
    _q("layout.quotes", "strings have {} quotes", "double single", _C),
    _q("layout.trailing-comma", "a comma behind the last of several lines: {}", "yes no"),
    _q("layout.wrap", "arguments over several lines are {}", "hanging aligned"),
    _q("layout.docstring-blank", "a blank line behind a function's docstring: {}", "no yes"),
    _q("types.parameters", "parameters are annotated: {}", "yes no some", _C, "code"),
    _q("types.optional", "what may be None is written as {}", "Optional union", _C),
    _q("types.generics", "generic containers are {}", "builtin typing", _C),
    _q("types.init-none", "`__init__` is annotated with -> None: {}", "yes no", _C),
    _q("types.record", "records are {}", "dataclass attrs pydantic NamedTuple TypedDict namedtuple", _C),
    _q("docs.dialect", "docstrings are in the {} dialect", "google numpy sphinx", _C),
    _q("docs.function", "public functions have a docstring: {}", "yes no", _F, "code"),
    _q("docs.class", "public classes have a docstring: {}", "yes no", _F, "code"),
    _q("docs.first-line", "a docstring's text begins on the {} line", "same next", _C),
    _q("docs.period", "a docstring's first line ends with a period: {}", "yes no", _C),
    _q("errors.chain", "an error raised while handling one is chained: {}", "from none bare", _C),
    _q("errors.class", "what is raised is: {}", "builtin own other", _F, "code"),
    _q("errors.message", "messages of errors are built with {}", "f-string percent format concatenation", _C),
    _q("idioms.path", "paths are handled with {}", "os.path pathlib", _C),
    _q("idioms.format", "texts are built with {}", "f-string percent format", _C),
    _q("idioms.super", "super() is {}", "zero explicit", _C),
    _q("idioms.else-after-return", "`else` behind a branch that leaves: {}", "no yes"),
    _q("idioms.empty-dict", "empty dicts and lists are a {}", "literal call", _C),
    _q("idioms.logging", "values are logged {}", "lazy f-string percent format", _C),
    _q("tests.assert", "tests check by {}", "assert unittest", _C, "tests"),
    _q("tests.layout", "tests are {}", "function class", _C, "tests"),
    _q("tests.raises", "pytest.raises stands with: {}", "plain match", _F, "tests"),
    _q("tests.file", "files of tests are called {}", "test_x.py x_test.py tests.py other", _F, "tests"),
    _q("structure.all", "modules declare __all__: {}", "no yes", _F, "code"),
    _q("ts.quotes", "strings have {} quotes", "double single backtick", _C),
    _q("ts.semicolons", "statements end with a semicolon: {}", "yes no", _C),
    _q("ts.binding", "variables are bound with {}", "const let var", _C),
    _q("ts.function", "functions of a module are {}", "declaration arrow", _C),
    _q("ts.record", "shapes of objects are {}", "interface type", _C),
    _q("ts.export", "exports are {}", "named default", _C),
    _q("ts.import-type", "types are imported with `import type`: {}", "no yes", _C),
    _q("ts.trailing-comma", "a comma behind the last of several lines: {}", "yes no"),
    _q("ts.naming.function", "functions are named in {}", "camelCase snake_case PascalCase other", _R),
    _q("ts.naming.class", "classes are named in {}", "PascalCase camelCase other", _R),
    _q("ts.naming.constant", "module constants are named in {}", "camelCase UPPER_CASE PascalCase other", _R),
    _q("ts.async", "promises are waited for with {}", "await then", _C),
    _q("ts.nullish", "a default for what is missing stands behind {}", "?? ||", _C),
)
QUESTIONS: Final = {question.id: question for question in _ALL}

_PAIRS = (
    "config/cfg|conf message/msg argument/arg directory/dir number/num value/val index/idx error/err exception/exc "
    "response/resp request/req function/func|fn context/ctx parameter/param string/str previous/prev "
    "temporary/tmp|temp object/obj attribute/attr environment/env database/db connection/conn application/app "
    "command/cmd source/src destination/dst|dest buffer/buf callback/cb information/info document/doc option/opt "
    "position/pos expression/expr statement/stmt definition/defn variable/var iterator/it reference/ref utility/util "
    "specification/spec property/prop length/len maximum/max minimum/min"
)
FORMS: Final = {long: tuple(short.split("|")) for long, _, short in (p.partition("/") for p in _PAIRS.split())}
"""Words with their short forms."""
LONG: Final = {form: long for long, short in FORMS.items() for form in (long, *short)}


SHADED: Final = frozenset({"layout.docstring-blank", "idioms.else-after-return"})
"""Questions whose occurrences are also counted among those alike, as `id~shade`: what is rare is judged by these."""


def base(id: str) -> str:
    """Return the question of a shade."""
    return id.partition("~")[0]


def question(id: str) -> Question:
    """Return the question with this id; families (`naming.word:config`, `api.keyword:f.p`) make theirs.

    Raises:
        KeyError: there is no such question.
    """
    if base(id) in QUESTIONS:
        return QUESTIONS[base(id)]
    family, _, rest = id.partition(":")
    if family == "naming.word" and rest in FORMS:
        return Question(id, "naming", f"{rest} is spelled {{}} in names", (rest, *FORMS[rest]), _R)
    if family == "api.keyword" and rest:
        return Question(id, "api", f"{rest} is given by {{}}", ("positional", "keyword"), _C)
    raise KeyError(id)
