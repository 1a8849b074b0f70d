"""How much of a model goes onto a GPU: as many layers as its free memory holds beside the prompts' state.

llama.cpp is asked for its devices, so what counts is what this build can use: CUDA, ROCm, Vulkan, Metal or none.
"""

import ctypes
from pathlib import Path

ALL = -1
_GPUS = (1, 2)
"""ggml's kinds of devices that are GPUs: with memory of their own, and integrated."""
_RESERVE = 400_000_000
"""Bytes left for llama.cpp's working buffers and for the desktop."""


def free_memory() -> int:
    """Return the free bytes of all GPUs that this build of llama.cpp can use; 0 without one."""
    import llama_cpp.llama_cpp as api

    folder = Path(api.__file__).parent / "lib"
    try:
        base, backends = (ctypes.CDLL(str(next(folder.glob(f"*{name}.*")))) for name in ("ggml-base", "ggml"))
    except (OSError, StopIteration):
        return 0
    backends.ggml_backend_dev_count.restype = ctypes.c_size_t
    backends.ggml_backend_dev_get.restype = ctypes.c_void_p
    backends.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    base.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    pointer = ctypes.POINTER(ctypes.c_size_t)
    base.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, pointer, pointer]
    found = 0
    for at in range(backends.ggml_backend_dev_count()):
        device = backends.ggml_backend_dev_get(at)
        if base.ggml_backend_dev_type(device) in _GPUS:
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            base.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            found += free.value
    return found


def layers(weights: int, count: int, state: int, free: int) -> int:
    """Return how many of `count` layers go onto the GPU: `ALL` where everything fits, 0 where not one does.

    `weights` and `state` (keys and values of the prompts) are bytes of the whole model; what stands before and behind
    the layers counts as one more.
    """
    room = free - _RESERVE
    if weights + state <= room:
        return ALL
    each = weights / (count + 1) + state / max(count, 1)
    return max(min(int(room / each), count), 0)
