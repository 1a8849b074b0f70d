"""An error that nobody expected: a report that can be filed, and one sentence that says where it is."""

import os
import platform
import sys
import time
import traceback
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from familiar_codegraph import home


def report(error: BaseException, doing: str) -> Path:
    """Write what happened to a file in our log folder and return its path.

    It holds the traceback and versions; no source text and no environment.
    """
    path = home.log_dir() / f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    lines = [
        f"familiar {own_version()}, Python {platform.python_version()}, {platform.platform()}",
        f"While: {doing}",
        "",
        *traceback.format_exception(type(error), error, error.__traceback__),
    ]
    path.write_text("\n".join(line.rstrip("\n") for line in lines) + "\n", encoding="utf-8")
    return path


def own_version() -> str:
    """Return the version of the installed distribution, `0` when it runs from a bare source tree."""
    try:
        return version("familiar-ls")
    except PackageNotFoundError:
        return "0"


def sentence(error: BaseException, doing: str) -> str:
    """Write the report and return the sentence for the user."""
    first = str(error).splitlines()[0] if str(error) else ""
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    try:
        return f"Unexpected error while {doing} ({what}). A report that can be filed is in {report(error, doing)}."
    except OSError as unwritable:
        print(traceback.format_exc(), file=sys.stderr)  # noqa: T201
        return f"Unexpected error while {doing} ({what}). Its report could not be written: {unwritable}."
