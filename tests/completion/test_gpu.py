"""How many layers go onto a GPU, by numbers; and what the llama.cpp at hand says of its devices."""

import pytest
from familiar_completion import gpu

GB = 1_000_000_000
CASES = [
    # weights, layers, state, free -> layers on the GPU
    (8 * GB, 32, GB // 10, 12 * GB, gpu.ALL),
    (8 * GB, 32, GB // 10, 6 * GB, 22),
    (8 * GB, 32, 4 * GB, 6 * GB, 15),
    (8 * GB, 32, GB // 10, GB // 10, 0),
    (8 * GB, 32, GB // 10, 0, 0),
    (10_000_000, 8, 3_000_000, 2 * GB, gpu.ALL),
]


@pytest.mark.parametrize(("weights", "count", "state", "free", "expected"), CASES)
def test_as_many_layers_as_fit(weights: int, count: int, state: int, free: int, expected: int) -> None:
    found = gpu.layers(weights, count, state, free)
    assert found == expected
    if found > 0:
        taken = found * (weights / (count + 1) + state / count)
        assert taken <= free


def test_without_a_gpu_build_there_is_no_gpu_memory() -> None:
    api = pytest.importorskip("llama_cpp")
    free = gpu.free_memory()
    assert free >= 0
    if not api.llama_supports_gpu_offload():
        assert free == 0
