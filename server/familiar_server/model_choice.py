"""Which model completes: the one that the setting names, else the user's choice, else the embedded one."""

from pathlib import Path

from familiar_completion import models
from familiar_completion.remote_server import Server

from familiar_server.settings import Model


def choose(wanted: str = "") -> tuple[Path | None, str]:
    """Return (path of the GGUF, "") or (None, why there is none, in a sentence).

    `wanted` is a model's name or a path; empty for the user's choice.
    """
    try:
        is_path = wanted.endswith(".gguf") or "/" in wanted or "\\" in wanted
        model = models.read(Path(wanted).expanduser()) if is_path else models.find(wanted or None)
        models.check(model)
    except models.ModelError as error:
        return None, f"{error.message} {error.do}"
    return Path(model.path), ""


def server_of(settings: Model) -> Server | None:
    """Return the server that completes by the settings; None where this machine does."""
    if settings.backend == "embedded":
        return None
    return Server(
        settings.backend,
        settings.url,
        settings.name,
        settings.template,
        settings.key_variable,
        settings.key_command,
        settings.certificate,
        settings.timeout,
    )
