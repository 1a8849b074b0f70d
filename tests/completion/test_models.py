"""The registry of models, on GGUF heads written by hand: good ones, and every way in which a file can be bad."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from familiar_completion import models
from familiar_completion.gguf_header import HeaderError, read_header
from familiar_completion.models import Model, ModelError

Scalar = str | int | float | bool
FIM = {f"tokenizer.ggml.fim_{role}_token_id": n for n, role in enumerate(("pre", "suf", "mid"), 4)}
GOOD: dict[str, Scalar | list[str]] = {
    "general.architecture": "llama",
    "general.license": "Apache-2.0",
    "llama.context_length": 1024,
    "tokenizer.ggml.tokens": ["a", "b"],
    **FIM,
}


def packed(value: Scalar | list[str]) -> bytes:
    def text(words: str) -> bytes:
        return struct.pack("<Q", len(words.encode())) + words.encode()

    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<IQ", 10, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + text(value)
        case list():
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))


def gguf(metadata: Mapping[str, Scalar | list[str]], rows: int = 4, version: int = 3) -> bytes:
    """A file with one Q8_0 matrix of rows x 32 and one F32 vector of 32."""
    out = b"GGUF" + struct.pack("<IQQ", version, 2, len(metadata))
    for key, value in metadata.items():
        out += struct.pack("<Q", len(key)) + key.encode() + packed(value)
    out += struct.pack("<Q", 6) + b"matrix" + struct.pack("<I2QIQ", 2, 32, rows, 8, 0)
    at = -(-34 * rows // 32) * 32
    out += struct.pack("<Q", 4) + b"norm" + struct.pack("<IQIQ", 1, 32, 0, at)
    return out + bytes(-len(out) % 32) + bytes(at + 4 * 32)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_header_tells_parameters_quantisation_and_size(tmp_path: Path) -> None:
    data = gguf(GOOD)
    header = read_header(write(tmp_path / "m.gguf", data))
    assert (header.parameters, header.tensors, header.quantisation) == (4 * 32 + 32, 2, "Q8_0")
    assert header.end == len(data)
    assert header.text("general.architecture") == "llama"
    assert header.metadata["tokenizer.ggml.tokens"] == ["a", "b"]


@pytest.mark.parametrize("length", [0, 3, 4, 10, 40, 150, -200, -1])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(HeaderError):
        read_header(write(tmp_path / "m.gguf", gguf(GOOD)[:length]))


def test_every_damaged_byte_of_the_head_is_survived(tmp_path: Path) -> None:
    data = gguf(GOOD)
    for at in range(4, len(data) - 300, 3):
        damaged = data[:at] + b"\xff" + data[at + 1 :]
        try:
            models.read(write(tmp_path / "m.gguf", damaged))
        except ModelError as error:
            assert str(error).endswith(".")


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", "unreadable", "not a GGUF"),
        (b"<html>not found</html>", "unreadable", "not a GGUF"),
        (gguf(GOOD)[:-1], "unreadable", "truncated"),
        (gguf(GOOD, version=9), "unreadable", "version 9"),
        (gguf({k: v for k, v in GOOD.items() if k not in FIM}), "no-fim", "fill-in-the-middle"),
        (gguf({"general.architecture": "clip", **FIM}), "architecture", "clip"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path: Path, data: bytes, kind: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        models.add(write(tmp_path / "bad.gguf", data))
    assert caught.value.kind == kind
    assert words in caught.value.message
    assert "\n" not in caught.value.message and caught.value.do


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model file"):
        models.add(tmp_path / "none.gguf")


def test_a_model_larger_than_memory_is_refused_with_both_numbers(tmp_path: Path) -> None:
    model = models.read(write(tmp_path / "m.gguf", gguf(GOOD, rows=4096)))
    with pytest.raises(ModelError, match=r"needs about 0\.0 GB of memory and 0\.0 GB are free"):
        models.check(model, memory=1000)
    models.check(model, memory=1 << 30)


def test_known_vocabularies_count_as_fim(tmp_path: Path) -> None:
    tokens = ["a", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"]
    metadata = {"general.architecture": "qwen2", "qwen2.context_length": 32768, "tokenizer.ggml.tokens": tokens}
    assert models.read(write(tmp_path / "q.gguf", gguf(metadata))).fim


def test_a_model_is_added_used_and_found_again(tmp_path: Path) -> None:
    added = models.add(write(tmp_path / "mine.gguf", gguf(GOOD)))
    assert (added.name, added.origin, added.context, added.licence) == ("mine", "file", 1024, "Apache-2.0")
    assert [(entry.name, entry.in_use) for entry in models.entries()] == [("familiar-py", True), ("mine", False)]
    models.use("mine")
    assert models.find() == added
    assert models.find("mine").info()["sha256"] == added.sha256
    models.use("familiar-py") if models.WEIGHTS.exists() else None


def test_the_info_has_every_key_that_is_promised(tmp_path: Path) -> None:
    trained = {
        "familiar.trained.tokens": 9_000_000,
        "familiar.trained.steps": 1100,
        "familiar.trained.loss": 2.5,
    }
    model = models.read(write(tmp_path / "m.gguf", gguf({**GOOD, **trained})))
    info = model.info()
    promised = "name path origin bytes parameters quantisation architecture context fim licence sha256 card trained"
    assert set(info) == set(promised.split(" "))
    assert info["trained"] == {"tokens": 9_000_000, "steps": 1100, "loss": 2.5}
    assert json.loads(json.dumps(info)) == info


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"No model is called 'gone'; there are: familiar-py"):
        models.find("gone")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    models.add(write(tmp_path / "m.gguf", gguf(GOOD)))
    models.add(tmp_path / "m.gguf")
    with pytest.raises(ModelError, match="already"):
        models.add(write(tmp_path / "a" / "m.gguf", gguf(GOOD)))


def test_a_file_that_went_bad_stays_listed_with_its_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "m.gguf", gguf(GOOD))
    models.add(path)
    path.write_bytes(b"GGUF")
    broken = models.entries()[1]
    assert broken.model is None
    assert broken.problem and "truncated" in broken.problem


def test_a_damaged_list_says_so(familiar_home: Path) -> None:
    (familiar_home / "data").mkdir(exist_ok=True)
    (familiar_home / "data" / "models.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        models.entries()


def test_the_embedded_model_can_be_used_as_it_is() -> None:
    model: Model = models.read(models.WEIGHTS)
    models.check(model, memory=1 << 30)
    assert (model.name, model.origin, model.quantisation, model.fim) == ("familiar-py", "embedded", "Q8_0", True)
    assert model.bytes <= 20_000_000
    assert model.trained is not None
