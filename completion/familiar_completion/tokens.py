"""How many tokens a text has in a model's own vocabulary.

llama.cpp may take its process down, so it stands in a child of its own (`python -m familiar_completion.tokens MODEL`),
which reads the vocabulary alone and answers one JSON string a line with one number a line.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType


class NoTokenizer(Exception):
    """The model cannot count; the message says why."""


class Tokens:
    """Counts by the model in a GGUF file; a context manager that ends the child.

    Raises:
        NoTokenizer: llama.cpp is not installed, or cannot read the model.
    """

    def __init__(self, model: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "familiar_completion.tokens", str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.count("")
        except NoTokenizer:
            self.close()
            raise

    def count(self, text: str) -> int:
        """Return the number of tokens of plain text.

        Raises:
            NoTokenizer: the child has ended.
        """
        assert self._child.stdin
        assert self._child.stdout
        try:
            self._child.stdin.write(json.dumps(text).encode() + b"\n")
            self._child.stdin.flush()
            answer = self._child.stdout.readline()
        except OSError as error:
            raise NoTokenizer(f"the process that counts tokens has ended: {error}") from error
        if not answer.strip().isdigit():
            raise NoTokenizer("llama.cpp is not installed, or cannot read the model's vocabulary")
        return int(answer)

    def close(self) -> None:
        """End the child."""
        assert self._child.stdin
        assert self._child.stdout
        self._child.kill()
        self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()

    def __enter__(self) -> "Tokens":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main() -> int:
    """Answer each line of stdin with the number of its tokens; 1 when the model cannot be read."""
    answers = os.dup(1)
    os.dup2(2, 1)  # llama.cpp prints where it likes
    try:
        import llama_cpp.llama_cpp as api
    except ImportError:
        return 1
    params = api.llama_model_default_params()
    params.vocab_only = True
    model = api.llama_model_load_from_file(os.fsencode(sys.argv[1]), params)
    if not model:
        return 1
    vocabulary = api.llama_model_get_vocab(model)
    for line in sys.stdin.buffer:
        data = json.loads(line).encode("utf-8", "replace")
        buffer = (api.llama_token * (len(data) + 8))()
        found = api.llama_tokenize(vocabulary, data, len(data), buffer, len(data) + 8, False, False)
        os.write(answers, b"%d\n" % found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
