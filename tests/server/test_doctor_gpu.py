"""The doctor's line about a GPU: which one is there, whether llama.cpp can use it, and the command that makes it so."""

import sys
from pathlib import Path

import pytest
from familiar_server import doctor

TOOLS = {
    "nvidia-smi": ("echo 'NVIDIA RTX 4060'", "NVIDIA RTX 4060", "-DGGML_CUDA=on"),
    "rocminfo": ("echo '  Marketing Name:          AMD Radeon RX 7800'", "AMD Radeon RX 7800", "-DGGML_HIP=on"),
    "vulkaninfo": (
        "printf 'deviceType = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU\\ndeviceName = Arc A770\\n'",
        "Arc A770",
        "-DGGML_VULKAN=on",
    ),
}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, the only one in which they are looked for."""
    if sys.platform == "darwin":
        pytest.skip("Apple's GPU is always there")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("tool", TOOLS)
def test_a_gpu_that_the_build_cannot_use_comes_with_the_command_that_builds_one(tools: Path, tool: str) -> None:
    api = pytest.importorskip("llama_cpp")
    script, name, build = TOOLS[tool]
    (tools / tool).write_text(f"#!/bin/sh\n{script}\n")
    (tools / tool).chmod(0o755)
    finding = doctor.gpu()
    assert finding.found.startswith(name)
    if api.llama_supports_gpu_offload():
        assert finding.status == "ok"
    else:
        assert finding.status == "warn" and finding.wrong == "This build of llama.cpp does not use the GPU."
        assert finding.do and build in finding.do and sys.executable in finding.do and "--reinstall" in finding.do


def test_a_machine_without_a_gpu_lacks_nothing(tools: Path) -> None:
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed to reach the driver'\nexit 9\n")
    (tools / "nvidia-smi").chmod(0o755)
    assert (doctor.gpu().status, doctor.gpu().do) == ("absent", "")
