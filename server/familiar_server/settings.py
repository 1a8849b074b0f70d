"""The one schema of the `familiar.*` settings: names, types, defaults, one line each.

The VS Code manifest and `docs/reference/settings.md` are generated from here (`familiar_server.reference`). A setting's
key is the path of its field in camel case: `Settings.answer.inline_completion` is `familiar.answer.inlineCompletion`.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

PREFIX = "familiar"


class _Section(msgspec.Struct, frozen=True, rename="camel"):
    """A group of settings."""


class Completion(_Section, frozen=True):
    """Suggestions as you type."""

    enabled: Annotated[bool, Meta(description="Suggest code as you type.")] = True
    disabled_languages: Annotated[
        tuple[str, ...],
        Meta(description="Languages without suggestions, by the editor's language id, such as `markdown`."),
    ] = ()
    model: Annotated[
        str,
        Meta(
            description="Name or path of the model; empty for the one chosen with `familiar model use`, else the "
            "embedded one."
        ),
    ] = ""
    menu: Annotated[
        Literal["agree", "hide"],
        Meta(
            description="While a completion menu is open: `agree` shows only what continues its selected entry, `hide` "
            "nothing."
        ),
    ] = "agree"
    conventions: Annotated[
        bool,
        Meta(
            description="Put suggestions into the repository's own way: quotes, names, imports, helpers. Learning it "
            "takes seconds, and about 150 MB on a repository of half a million lines."
        ),
    ] = False
    cpu_budget: Annotated[
        int,
        Meta(
            description="How much of one processor core suggestions may use, in percent, averaged over half a minute. "
            "At half of it, and on battery, nothing is prepared ahead; at all of it the model rests and the "
            "repository's counts answer alone.",
            ge=1,
        ),
    ] = 60
    snooze_minutes: Annotated[int, Meta(description="How long the snooze command keeps quiet, in minutes.", ge=1)] = 10


class Model(_Section, frozen=True):
    """Which model completes: the one on this machine, or one on a server."""

    backend: Annotated[
        Literal["embedded", "llama.cpp", "openai"],
        Meta(
            description="`embedded` runs a GGUF on this machine (see `familiar.completion.model`); `llama.cpp` asks a "
            "llama.cpp server, `openai` any server with OpenAI's completions, such as vLLM: text around the cursor is "
            "then sent to `familiar.model.url`.",
        ),
    ] = "embedded"
    url: Annotated[
        str,
        Meta(
            description="Address of the server; for `openai` it ends with `/v1`.",
        ),
    ] = ""
    name: Annotated[
        str,
        Meta(
            description="Name of the model on the server; empty for its first one.",
        ),
    ] = ""
    template: Annotated[
        str,
        Meta(
            description="How the model on the server spells a hole: `auto` by its name, or `qwen`, `starcoder`, "
            "`granite`, `deepseek`, `codegemma`, `codellama`, `codestral`, `familiar`; `chat` for one that only talks.",
        ),
    ] = "auto"
    key_variable: Annotated[
        str,
        Meta(
            description="Environment variable that holds the server's key, if it wants one.",
        ),
    ] = "FAMILIAR_MODEL_KEY"
    key_command: Annotated[
        str,
        Meta(
            description="Command that prints the server's key, such as a password manager's; instead of the variable.",
        ),
    ] = ""
    certificate: Annotated[
        str,
        Meta(
            description="File with the certificate authority that signed the server's certificate, if it is your own.",
        ),
    ] = ""
    timeout: Annotated[
        float,
        Meta(description="Seconds that one answer of the server may take.", gt=0),
    ] = 10.0


class Answer(_Section, frozen=True):
    """Which requests this server answers; other servers may answer the same ones."""

    inline_completion: Annotated[bool, Meta(description="Answer `textDocument/inlineCompletion`.")] = True
    rename: Annotated[
        Literal["auto", "on", "off"],
        Meta(
            description="Answer `textDocument/rename`; `auto` answers unless the editor says that another server does. "
            "The command `Familiar: Rename (verified)` is always there."
        ),
    ] = "auto"
    definition: Annotated[bool, Meta(description="Answer `textDocument/definition` from the code graph.")] = False
    references: Annotated[bool, Meta(description="Answer `textDocument/references` from the code graph.")] = False


class Rename(_Section, frozen=True):
    """Verified renames."""

    wait: Annotated[
        float,
        Meta(
            description="Seconds that `textDocument/rename` waits for the tests; a rename that is verified later is "
            "offered then.",
            ge=0,
        ),
    ] = 10.0
    verify: Annotated[
        Literal["full", "impacted", "static", "none"],
        Meta(
            description="How a rename is verified: all tests, the impacted tests, static checks alone, or not at all. "
            "The last two answer at once and say `not verified`."
        ),
    ] = "impacted"


class Conventions(_Section, frozen=True):
    """How the repository does things."""

    hints: Annotated[
        bool,
        Meta(
            description="Show hints, with quick fixes, where lines changed since HEAD do otherwise than the repository."
        ),
    ] = False


class Tests(_Section, frozen=True):
    """How the project's tests are run."""

    __test__ = False

    python: Annotated[
        str, Meta(description="Python interpreter of the project's tests; empty to find the project's own.")
    ] = ""
    timeout: Annotated[float, Meta(description="Seconds that one run of the tests may take.", gt=0)] = 300.0


class Memory(_Section, frozen=True):
    """What is remembered of suggestions."""

    enabled: Annotated[
        bool,
        Meta(
            description="Remember, on this machine alone, which suggestions were taken, kept and refused "
            "(`familiar memory show`, `familiar memory forget`)."
        ),
    ] = True


class Files(_Section, frozen=True):
    """The files of the workspace."""

    watch: Annotated[
        bool, Meta(description="Watch the workspace's files; off where the editor's own file events are enough.")
    ] = True


class Log(_Section, frozen=True):
    """Messages."""

    level: Annotated[
        Literal["error", "warning", "info", "debug"],
        Meta(description="What goes into the log and the editor's output."),
    ] = "info"


class Server(_Section, frozen=True):
    """Read by the editor's extension alone."""

    path: Annotated[
        str,
        Meta(description="Path of the `familiar` command; empty to look in PATH, then in uv's tool folder."),
    ] = ""


class Settings(_Section, frozen=True):
    """All settings, with their defaults."""

    completion: Completion = Completion()
    model: Model = Model()
    answer: Answer = Answer()
    rename: Rename = Rename()
    conventions: Conventions = Conventions()
    tests: Tests = Tests()
    memory: Memory = Memory()
    files: Files = Files()
    log: Log = Log()
    server: Server = Server()


class Setting(NamedTuple):
    """One setting as the references print it; `schema` is its JSON schema."""

    key: str
    schema: dict[str, Any]
    default: Any
    doc: str


def every() -> Iterator[Setting]:
    """Yield every setting, in the order of the schema."""
    defaults = msgspec.to_builtins(Settings())
    for section in msgspec.structs.fields(Settings):
        for field in msgspec.structs.fields(section.type):
            schema = msgspec.json.schema(field.type)
            doc = schema.pop("description")
            default = defaults[section.encode_name][field.encode_name]
            yield Setting(f"{PREFIX}.{section.encode_name}.{field.encode_name}", schema, default, doc)


def read(raw: object) -> tuple[Settings, list[str]]:
    """Return the settings in `raw` (the object under `familiar`, nested or with dotted keys) and what is wrong with it.

    A setting that is unknown or has a value of the wrong type is left out (its default holds) and named in a sentence.
    """
    if raw is None:
        return Settings(), []
    if not isinstance(raw, Mapping):
        return Settings(), [f"The settings under `{PREFIX}` must be an object; the defaults are used."]
    warnings: list[str] = []
    sections = {f.encode_name: f.type for f in msgspec.structs.fields(Settings)}
    values: dict[str, dict[str, Any]] = {}
    for key, value in _flat(raw):
        section, _, name = key.partition(".")
        fields = {f.encode_name: f for f in msgspec.structs.fields(sections[section])} if section in sections else {}
        if name not in fields:
            warnings.append(_unknown(key))
            continue
        try:
            values.setdefault(section, {})[fields[name].name] = msgspec.convert(value, fields[name].type)
        except msgspec.ValidationError as error:
            warnings.append(f"The setting `{PREFIX}.{key}` is not valid ({error}); its default is used.")
    return Settings(**{section: sections[section](**fields) for section, fields in values.items()}), warnings


def _flat(raw: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in raw.items():
        key = f"{prefix}.{name}" if prefix else str(name).removeprefix(f"{PREFIX}.")
        if isinstance(value, Mapping) and value:
            yield from _flat(value, key)
        elif value is not None and not (isinstance(value, Mapping) and not value):
            yield key, value


def _unknown(key: str) -> str:
    known = [s.key.removeprefix(f"{PREFIX}.") for s in every()]
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean `{PREFIX}.{near[0]}`?" if near else "see `docs/reference/settings.md` for those that exist."
    return f"There is no setting `{PREFIX}.{key}`; {hint}"
