"""A pytest plugin: writes outcome by test id, and collection errors, to the file that FAMILIAR_OUTCOMES names."""

import json
import os
from pathlib import Path
from typing import Any

_found: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    expected = hasattr(report, "wasxfail")
    if report.when == "call" or report.outcome != "passed":
        outcome = report.outcome if report.when == "call" or report.outcome == "skipped" else "error"
        _found[report.nodeid] = f"{'x' if expected else ''}{outcome}"


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        _found[f"collecting {report.nodeid}"] = "error"


def pytest_sessionfinish() -> None:
    Path(os.environ["FAMILIAR_OUTCOMES"]).write_text(json.dumps(_found), encoding="utf-8")
