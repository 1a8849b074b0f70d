"""Every test has a home of its own: nothing reads or writes the user's folders."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def familiar_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("familiar-home")
    monkeypatch.setenv("FAMILIAR_HOME", str(home))
    return home
