"""Settings: one schema, tolerant reading, references that are current."""

import subprocess
import sys

import pytest
from familiar_server import reference
from familiar_server.settings import Settings, every, read
from inline_snapshot import snapshot


def test_every_setting_has_a_default_a_type_and_a_sentence() -> None:
    found = list(every())
    assert [s.key for s in found] == snapshot(
        [
            "familiar.completion.enabled",
            "familiar.completion.disabledLanguages",
            "familiar.completion.model",
            "familiar.completion.menu",
            "familiar.completion.conventions",
            "familiar.completion.cpuBudget",
            "familiar.completion.snoozeMinutes",
            "familiar.model.backend",
            "familiar.model.url",
            "familiar.model.name",
            "familiar.model.template",
            "familiar.model.keyVariable",
            "familiar.model.keyCommand",
            "familiar.model.certificate",
            "familiar.model.timeout",
            "familiar.answer.inlineCompletion",
            "familiar.answer.rename",
            "familiar.answer.definition",
            "familiar.answer.references",
            "familiar.rename.wait",
            "familiar.rename.verify",
            "familiar.conventions.hints",
            "familiar.tests.python",
            "familiar.tests.timeout",
            "familiar.memory.enabled",
            "familiar.files.watch",
            "familiar.log.level",
            "familiar.server.path",
        ]
    )
    for setting in found:
        assert setting.doc.endswith(".")
        assert setting.schema


@pytest.mark.parametrize(
    "raw",
    [
        {"rename": {"wait": 3}, "answer": {"rename": "off"}},
        {"familiar.rename.wait": 3, "familiar.answer.rename": "off"},
        {"rename.wait": 3, "answer.rename": "off", "completion": {}},
    ],
)
def test_settings_come_nested_or_dotted(raw: dict[str, object]) -> None:
    settings, warnings = read(raw)
    assert (settings.rename.wait, settings.answer.rename, warnings) == (3.0, "off", [])
    assert settings.completion == Settings().completion


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (
            {"completion": {"enable": False}},
            snapshot("There is no setting `familiar.completion.enable`; did you mean `familiar.completion.enabled`?"),
        ),
        (
            {"nonsense": 1},
            snapshot("There is no setting `familiar.nonsense`; see `docs/reference/settings.md` for those that exist."),
        ),
        (
            {"rename": {"wait": -1}},
            snapshot("The setting `familiar.rename.wait` is not valid (Expected `float` >= 0.0); its default is used."),
        ),
        (
            {"answer": {"rename": "maybe"}},
            snapshot(
                "The setting `familiar.answer.rename` is not valid (Invalid enum value 'maybe'); its default is used."
            ),
        ),
        (
            {"completion": 3},
            snapshot("There is no setting `familiar.completion`; did you mean `familiar.completion.menu`?"),
        ),
        ([1], snapshot("The settings under `familiar` must be an object; the defaults are used.")),
    ],
)
def test_what_is_wrong_is_named_and_the_default_holds(raw: object, warning: str) -> None:
    settings, warnings = read(raw)
    assert settings == Settings()
    assert warnings == [warning]


def test_the_references_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "familiar_server.reference", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_manifest_has_every_setting_with_its_default() -> None:
    properties = reference.vscode()["properties"]
    assert list(properties) == [s.key for s in every()]
    assert properties["familiar.rename.wait"]["default"] == 10.0
    assert properties["familiar.rename.wait"]["minimum"] == 0
    assert properties["familiar.answer.rename"]["enum"] == ["auto", "off", "on"]
