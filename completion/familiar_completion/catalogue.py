"""Known good models for completion, and how one is fetched: on an explicit command, never by itself.

Sizes are of the file named; memory is what the file and a context of 2,048 tokens take. Licences are those of the
model cards. The speed on this machine is estimated from the embedded model's own measure: decoding is bound by memory,
so time grows with the bytes that one token reads.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from familiar_codegraph.home import data_dir
from familiar_codegraph.shared import lock

from familiar_completion import models
from familiar_completion.models import ModelError
from familiar_completion.speeds import LINE

_ROOM: Final = 1.25
_PATIENCE: Final = 0.25
"""Seconds that a whole line may take at the keyboard."""


@dataclass(frozen=True, slots=True)
class Known:
    """One model of the catalogue: `file` of the hub's `repository`; `size` in bytes, roughly, before it is fetched."""

    name: str
    repository: str
    file: str
    licence: str
    parameters: int
    size: int
    about: str

    @property
    def memory(self) -> int:
        """Bytes that it takes when it is loaded."""
        return int(self.size * _ROOM)

    def row(self, seconds_per_byte: float | None) -> dict[str, object]:
        """Return the catalogue's line, with the estimated milliseconds of a whole line here."""
        ms = None if seconds_per_byte is None else round(self.size * seconds_per_byte * LINE * 1000)
        return {**asdict(self), "memory": self.memory, "line_ms_estimated": ms}


CATALOGUE: Final = (
    Known(
        "qwen2.5-coder-0.5b",
        "ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF",
        "*.gguf",
        "Apache-2.0",
        494_000_000,
        531_000_000,
        "the smallest of its family; for a fast processor",
    ),
    Known(
        "qwen2.5-coder-1.5b",
        "ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF",
        "*.gguf",
        "Apache-2.0",
        1_544_000_000,
        1_650_000_000,
        "for a small GPU or Apple silicon",
    ),
    Known(
        "qwen2.5-coder-7b",
        "ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF",
        "*.gguf",
        "Apache-2.0",
        7_616_000_000,
        8_100_000_000,
        "for a GPU of 12 GB and more",
    ),
)


def recommend(seconds_per_byte: float | None, memory: int | None) -> str:
    """Return the name of the largest model that writes a line in time and fits into memory; else the embedded one."""
    fitting = [
        known
        for known in CATALOGUE
        if seconds_per_byte is not None
        and known.size * seconds_per_byte * LINE <= _PATIENCE
        and (memory is None or known.memory <= memory)
    ]
    return max(fitting, key=lambda known: known.size).name if fitting else models.EMBEDDED


def pull(name: str, endpoint: str | None = None, progress: Callable[[int, int], None] | None = None) -> models.Model:
    """Fetch a model of the catalogue, or `owner/repository/file.gguf` of the hub, check it and remember it.

    A fetch that was cut off goes on where it stopped. The file's hash must be the one that the hub states. `endpoint`:
    another hub than the public one (the environment's `HF_ENDPOINT` does the same); `progress` is told bytes done and
    in all.

    Raises:
        ModelError: the name is unknown, the hub cannot be used, the file is not what it should be.
    """
    repository, pattern = _place(name)
    try:
        import huggingface_hub as hub
        from huggingface_hub.errors import RepositoryNotFoundError
        from huggingface_hub.file_download import http_get
    except ImportError as error:
        message = "Fetching needs the package huggingface_hub, which is not installed."
        raise ModelError("missing", message, "Install it beside Familiar: uv pip install huggingface_hub") from error
    api = hub.HfApi(endpoint=endpoint)
    folder = data_dir() / "models"
    try:
        found = api.model_info(repository, files_metadata=True)
        file = next((s for s in found.siblings or () if fnmatch.fnmatch(s.rfilename, pattern)), None)
        if file is None:
            raise ModelError("unknown", f"{repository} has no file {pattern}.", "Name one that it has.")
        path = folder / Path(file.rfilename).name
        part = folder / f"{path.name}.{found.sha}.part"
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_with(path):
            # The client's own download begins anew with each call; its transfer takes up what is there.
            with part.open("ab") as out:
                http_get(
                    hub.hf_hub_url(repository, file.rfilename, revision=found.sha, endpoint=endpoint),
                    out,
                    resume_size=out.tell(),
                    headers={"Authorization": f"Bearer {token}"} if (token := hub.get_token()) else {},
                    expected_size=file.size,
                    displayed_filename=path.name,
                    tqdm_class=_bar(progress) if progress else None,
                )
            _verify(part, path.name, file)
            part.replace(path)
    except RepositoryNotFoundError as error:
        raise ModelError("unknown", f"The hub has no model {repository}.", "Check the name.") from error
    except ModelError:
        raise
    except Exception as error:  # which errors of the network come through depends on the client's version
        reason = str(error).strip().split("\n")[0]
        message = f"{repository} could not be fetched: {reason}."
        raise ModelError("hub", message, "Try again: what has been fetched is kept.") from error
    return models.add(path)


def _place(name: str) -> tuple[str, str]:
    known = next((known for known in CATALOGUE if known.name == name), None)
    if known:
        return known.repository, known.file
    parts = name.split("/")
    if len(parts) == 3 and all(parts) and name.endswith(".gguf"):
        return "/".join(parts[:2]), parts[2]
    names = ", ".join(known.name for known in CATALOGUE)
    message = f"No model is called {name!r} in the catalogue; there are: {names}."
    raise ModelError("unknown", message, "Name one of them, or a file of the hub as owner/repository/file.gguf.")


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Be the only process that fetches a file: two would append to the same part of it."""
    with path.with_name(f"{path.name}.lock").open("wb") as file:
        try:
            lock(file, wait=False)
        except OSError as error:
            raise ModelError("busy", f"Another process is fetching {path.name}.", "Wait for it to end.") from error
        yield


def _verify(path: Path, name: str, file: Any) -> None:
    """Compare size and hash with what the hub says of the file; a wrong one is deleted, so that it is fetched anew."""
    stated = getattr(file.lfs, "sha256", None) if file.lfs else None
    with path.open("rb") as data:
        found = hashlib.file_digest(data, "sha256").hexdigest()
    if (file.size is not None and path.stat().st_size != file.size) or (stated and stated != found):
        path.unlink()
        raise ModelError("hash", f"{name} is not what the hub says it is.", "Fetch it again.")


def _bar(progress: Callable[[int, int], None]) -> Any:
    """Return a progress bar for the hub's client that only tells numbers."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Told(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "disable": False, "file": _Nowhere()})

        def update(self, n: float | None = 1) -> bool:
            shown = bool(super().update(n))
            progress(int(self.n), int(self.total or 0))
            return shown

    return Told


class _Nowhere:
    def write(self, text: str) -> None: ...
    def flush(self) -> None: ...
