"""Whether the model in use can complete here: its file is read, and the real worker makes one completion in trial."""

import time

from familiar_completion import models
from familiar_completion.client import complete_once

from familiar_server.finding import Finding
from familiar_server.model_choice import choose

_TEXT = b"def add(first, second):\n    return first + "


def weights() -> Finding:
    """The model in use: there, whole, and what it is."""
    try:
        model = models.find()
        models.check(model)
    except models.ModelError as error:
        return Finding("weights", "fail", "no usable model", error.message, error.do)
    size = f"{model.parameters / 1e6:.0f}M parameters, {model.quantisation}, {model.bytes / 1e6:.0f} MB"
    return Finding("weights", "ok", f"{model.name} ({model.origin}): {size}")


def check() -> Finding:
    """llama.cpp, by one completion in trial in the processes that will do it."""
    path, why = choose()
    if path is None:
        return Finding("llama.cpp", "warn", "llama-cpp-python is installed", f"It was not tried: {why}")
    began = time.perf_counter()
    _, status = complete_once(None, "trial.py", _TEXT, len(_TEXT), model=path)
    model = status["model"]
    seconds = time.perf_counter() - began
    if model["state"] == "ready":
        return Finding("llama.cpp", "ok", f"one completion in trial in {seconds:.1f} s, loading included")
    do = "See worker.log in the log folder; completion goes on from the repository's own counts."
    return Finding("llama.cpp", "fail", f"the model is {model['state']}", f"{model['why']}.", do)
