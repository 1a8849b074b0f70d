"""Where a model on a server is, as a value: from the settings to the completion process."""

from typing import Literal

import msgspec


class Server(msgspec.Struct, frozen=True):
    """Where a model is and how to speak to it.

    The key is read from the environment variable `key_variable`, or is what `key_command` prints; neither the key nor
    the command's output is ever logged. `certificate`: a file of certificates to trust beside none of the system's.
    `template`: the family of the model's marks, "auto" by its name. `seconds`: the longest wait for one answer.
    """

    kind: Literal["llama.cpp", "openai"]
    url: str
    model: str = ""
    template: str = "auto"
    key_variable: str = "FAMILIAR_MODEL_KEY"
    key_command: str = ""
    certificate: str = ""
    seconds: float = 10.0
