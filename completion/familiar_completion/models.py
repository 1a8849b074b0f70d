"""The models that Familiar knows: the one it ships, those that the user has added, and which of them is in use.

Answers are values; nothing is loaded here. The user's list lives in `models.json` in the data folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from familiar_codegraph.home import data_dir
from familiar_codegraph.shared import alone, write_whole

from familiar_completion.gguf_header import Header, HeaderError, read_header

EMBEDDED: Final = "familiar-py"
WEIGHTS: Final = Path(__file__).parent / "weights" / "familiar-py.gguf"

_FIM_KEYS: Final = (("fim_pre", "fim_suf", "fim_mid"), ("prefix", "suffix", "middle"))
_FIM_TOKENS: Final = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<fim-prefix>", "<fim-suffix>", "<fim-middle>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    ("▁<PRE>", "▁<SUF>", "▁<MID>"),
)
_ROOM: Final = 1.25
"""Memory that a model needs beside its file, as a factor: context, buffers."""


class ModelError(Exception):
    """Why a model cannot be used: one sentence, and what to do about it."""

    def __init__(self, kind: str, message: str, do: str) -> None:
        super().__init__(message)
        self.kind, self.message, self.do = kind, message, do


@dataclass(frozen=True, slots=True)
class Trained:
    """How far a model of our own recipe was trained; `loss` in nats per token on held-out packages."""

    tokens: int
    steps: int
    loss: float


@dataclass(frozen=True, slots=True)
class Model:
    """What a GGUF file says about itself. `fim`: whether it can fill a hole between prefix and suffix."""

    name: str
    path: str
    origin: Literal["embedded", "file", "remote"]
    bytes: int
    parameters: int
    quantisation: str
    architecture: str
    context: int | None
    fim: bool
    licence: str | None
    card: str | None
    trained: Trained | None

    @property
    def sha256(self) -> str:
        """The file's hash; reads the whole file."""
        with Path(self.path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def info(self) -> dict[str, object]:
        """The answer of `familiar model info`."""
        return {**asdict(self), "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of `familiar model list`: a model, or why the file under that name cannot be used."""

    name: str
    path: str
    in_use: bool
    model: Model | None
    problem: str | None


def available_memory() -> int | None:
    """Bytes of memory that can be had now without swapping, None where the system does not tell."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


def has_fim(header: Header) -> bool:
    """Whether fill-in-the-middle tokens are named in the metadata, or spelled in the vocabulary as known models do."""
    for names in _FIM_KEYS:
        if all(header.number(f"tokenizer.ggml.{name}_token_id") is not None for name in names):
            return True
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    known = set(map(str, tokens)) if isinstance(tokens, list) else set()
    return any(known.issuperset(spelled) for spelled in _FIM_TOKENS)


def _trained(header: Header) -> Trained | None:
    tokens, steps = header.number("familiar.trained.tokens"), header.number("familiar.trained.steps")
    loss = header.real("familiar.trained.loss")
    return None if tokens is None or steps is None or loss is None else Trained(tokens, steps, round(loss, 4))


def read(path: Path, name: str | None = None) -> Model:
    """The model in a file. Raises ModelError if it is missing, unreadable, truncated or not GGUF."""
    if not path.is_file():
        raise ModelError("missing", f"There is no model file {path}.", "Give the path of a .gguf file.")
    try:
        header = read_header(path)
    except HeaderError as error:
        raise ModelError("unreadable", f"{path} {error}.", "Fetch the file again, or choose another.") from error
    except OSError as error:
        raise ModelError("unreadable", f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    embedded = path.resolve() == WEIGHTS.resolve()
    architecture = header.text("general.architecture") or "unknown"
    card = path.with_name("MODEL_CARD.md")
    return Model(
        name=name or (EMBEDDED if embedded else path.stem),
        path=str(path),
        origin="embedded" if embedded else "file",
        bytes=path.stat().st_size,
        parameters=header.parameters,
        quantisation=header.quantisation,
        architecture=architecture,
        context=header.number(f"{architecture}.context_length"),
        fim=has_fim(header),
        licence=header.text("general.license"),
        card=str(card) if embedded and card.is_file() else None,
        trained=_trained(header),
    )


def check(model: Model, memory: int | None = None) -> None:
    """Raise ModelError if a model cannot complete code here: no text model, no fill-in-the-middle tokens, or larger
    than memory (`memory` in bytes; what the system tells if it is not given)."""
    if model.parameters == 0 or model.context is None:
        message = f"{model.path} holds no language model that llama.cpp knows (architecture {model.architecture})."
        raise ModelError("architecture", message, "Choose a GGUF of a code model.")
    if not model.fim:
        message = (
            f"{model.path} ({model.architecture}) has no fill-in-the-middle tokens: it cannot complete at a cursor."
        )
        do = "Choose a code model made for completion; a chat model works on a server (familiar.model.template: chat)."
        raise ModelError("no-fim", message, do)
    there = available_memory() if memory is None else memory
    needed = int(model.bytes * _ROOM)
    if there is not None and needed > there:
        message = f"{model.path} needs about {needed / 1e9:.1f} GB of memory and {there / 1e9:.1f} GB are free."
        raise ModelError("memory", message, "Choose a smaller model, or close other programs.")


@dataclass(frozen=True, slots=True)
class _Stored:
    """The user's list: paths by name, and the name in use (None: the embedded one)."""

    paths: dict[str, str]
    chosen: str | None


def _load() -> _Stored:
    file = data_dir() / "models.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return _Stored({str(k): str(v) for k, v in found["models"].items()}, found["use"])
    except FileNotFoundError:
        return _Stored({}, None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"The list of models {file} cannot be read."
        raise ModelError("list", message, "Delete it and add the models again.") from error


def _save(stored: _Stored) -> None:
    text = json.dumps({"models": stored.paths, "use": stored.chosen}, indent=2) + "\n"
    write_whole(data_dir() / "models.json", text.encode())


def _list_alone() -> AbstractContextManager[None]:
    return alone(data_dir() / "models.lock")


def _paths(stored: _Stored) -> Iterator[tuple[str, Path]]:
    yield EMBEDDED, WEIGHTS
    for name in sorted(stored.paths):
        yield name, Path(stored.paths[name])


def entries() -> tuple[Entry, ...]:
    """Every model that is known, the embedded one first; one that cannot be read says why."""
    stored = _load()
    in_use = stored.chosen or EMBEDDED
    found: list[Entry] = []
    for name, path in _paths(stored):
        model, problem = None, None
        try:
            model = read(path, name)
            check(model)
        except ModelError as error:
            problem = error.message
        found.append(Entry(name, str(path), name == in_use, model, problem))
    return tuple(found)


def find(name: str | None = None) -> Model:
    """A model by its name, or the one in use. Raises ModelError if the name is unknown or the file is no good."""
    stored = _load()
    wanted = name or stored.chosen or EMBEDDED
    paths = dict(_paths(stored))
    if wanted not in paths:
        message = f"No model is called {wanted!r}; there are: {', '.join(paths)}."
        raise ModelError("unknown", message, "Use `familiar model add PATH` first.")
    return read(paths[wanted], wanted)


def add(path: Path) -> Model:
    """Remember a model file under its own name (the file stays where it is). Raises ModelError if it cannot be used."""
    path = path.expanduser().resolve()
    model = read(path)
    check(model)
    with _list_alone():
        stored = _load()
        taken = stored.paths.get(model.name)
        if model.origin == "embedded" or (model.name == EMBEDDED) or (taken is not None and taken != str(path)):
            message = f"There is a model called {model.name!r} already: {taken or WEIGHTS}."
            raise ModelError("taken", message, "Rename the file and add it again.")
        _save(_Stored({**stored.paths, model.name: str(path)}, stored.chosen))
    return model


def use(name: str) -> Model:
    """Complete with this model from now on. Raises ModelError if it is unknown or cannot be used."""
    model = find(name)
    check(model)
    with _list_alone():
        _save(_Stored(_load().paths, None if name == EMBEDDED else name))
    return model
