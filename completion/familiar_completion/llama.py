"""A model in llama.cpp, by llama-cpp-python's low-level API: load, tokenise, decode a batch, read probabilities, stop.

The low level is needed because the high-level class hides `use_extra_bufts`, without which the default build crashes
on some CPUs, and the abort callback. Only the worker process imports this module: llama.cpp may take its process down.
"""

import ctypes
import ctypes.util
import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as api
import numpy as np
from numpy.typing import NDArray

from familiar_completion import gpu
from familiar_completion.gguf_header import read_header
from familiar_completion.prompt import GENERATE
from familiar_completion.trial import SEQUENCES, Config
from familiar_completion.values import CompletionError

BATCH = 512
_KNOWN = 32
"""Texts whose tokens are remembered."""
_BY_LINES = ("llama-bpe", "qwen2")
"""Ways of cutting text before merging in which no piece goes on behind a line break, but for blank lines."""
_LOG_ERROR = 4


class Aborted(Exception):
    """`Stop.set` ended a decode before it was done; nothing of its batch is kept."""


class Stop:
    """A flag that ends a running decode, from any thread.

    llama.cpp calls its abort callback at every node of the graph, hundreds of times a decode. A Python function there
    would cost a tenth of the time, so the callback is libc's `strlen` on two bytes of ours: 0 (go on) or 1 (stop).
    """

    def __init__(self) -> None:
        self._flag = ctypes.create_string_buffer(b"\0\0", 2)
        libc = ctypes.CDLL(ctypes.util.find_library("msvcrt" if os.name == "nt" else "c"))
        self.callback = ctypes.cast(libc.strlen, api.ggml_abort_callback)
        self.data = ctypes.cast(self._flag, ctypes.c_void_p)

    def set(self) -> None:
        self._flag[0] = b"\1"

    def clear(self) -> None:
        self._flag[0] = b"\0"

    def __bool__(self) -> bool:
        return self._flag[0] != b"\0"


class Llama:
    """One loaded model and one context. Not thread-safe, except for `stop`.

    Raises:
        CompletionError: the file cannot be loaded as a model.
    """

    def __init__(self, path: Path, config: Config, context: int | None = None) -> None:
        _quieten()
        self.path, self.config, self.stop = path, config, Stop()
        params = api.llama_model_default_params()
        params.n_gpu_layers = self._gpu_layers = _gpu_layers(path, config, context)
        params.use_extra_bufts = config.extra_buffers
        self._model = api.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise CompletionError(f"llama.cpp cannot load {path}: the file is damaged or its architecture is unknown")
        self._vocab = api.llama_model_get_vocab(self._model)
        self.vocabulary = int(api.llama_vocab_n_tokens(self._vocab))
        self.context = min(int(api.llama_model_n_ctx_train(self._model)), context or 1 << 30)
        self._context = self._open_context()
        self._memory = api.llama_get_memory(self._context)
        self._batch = api.llama_batch_init(BATCH, 0, SEQUENCES)
        self._pieces: dict[int, bytes] = {}
        self._by_lines = self.metadata("tokenizer.ggml.pre") in _BY_LINES
        self._known = functools.lru_cache(maxsize=_KNOWN)(self._plain)

    def _open_context(self) -> Any:
        params = api.llama_context_default_params()
        # All sequences share one buffer of cells: a prompt and its branches.
        params.n_ctx = self.context + (SEQUENCES - 1) * GENERATE
        params.n_batch = params.n_ubatch = BATCH
        if not self._gpu_layers:
            # On a processor, flash attention takes the rows of a batch one by one: eight drafted tokens cost seven
            # times one, without it four times (10 M parameters, 900 tokens before them).
            params.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_seq_max = SEQUENCES
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = self.config.threads
        params.abort_callback = self.stop.callback
        params.abort_callback_data = self.stop.data
        params.no_perf = True
        context = api.llama_init_from_model(self._model, params)
        if not context:
            raise CompletionError(f"llama.cpp cannot open a context of {params.n_ctx} tokens for {self.path}")
        self.cells = int(api.llama_n_ctx(context))
        return context

    @property
    def clock(self) -> Callable[[], float]:
        """The clock, in seconds, by which batches are compared: the processor's time where it does the work, for other
        programs do not lengthen it."""
        return time.perf_counter if self._gpu_layers else time.process_time

    @property
    def cell_bytes(self) -> int:
        """Return the bytes that one token's state takes: keys and values of every layer as 16-bit floats."""
        heads = max(int(api.llama_model_n_head(self._model)), 1)
        width = int(api.llama_model_n_embd(self._model)) // heads * int(api.llama_model_n_head_kv(self._model))
        return 2 * 2 * int(api.llama_model_n_layer(self._model)) * width

    # ------------------------------------------------------------ text and tokens

    def metadata(self, key: str) -> str | None:
        """Return one value of the file's metadata as text."""
        buffer = ctypes.create_string_buffer(4096)
        length = api.llama_model_meta_val_str(self._model, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace") if length >= 0 else None

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of plain text: special tokens' spellings in it stay text.

        What stands above its last line is remembered, for typing changes that line alone.
        """
        above = text.rfind("\n") + 1 if self._by_lines else 0
        if not above:
            return list(self._known(text))
        return [*self._known(text[:above]), *(self._plain(text[above:]) if text[above:] else ())]

    def _plain(self, text: str) -> list[int]:
        return self._tokenize(text, special=False)

    def special(self, text: str) -> int | None:
        """Return the token that `text` names as a whole, or None."""
        found = self._tokenize(text, special=True)
        return found[0] if len(found) == 1 else None

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (api.llama_token * room)()
        found = api.llama_tokenize(self._vocab, data, len(data), buffer, room, False, special)
        if found < 0:
            raise CompletionError(f"the model cannot tokenise a text of {len(data)} bytes")
        return list(buffer[:found])

    def piece(self, token: int) -> bytes:
        """Return a token's bytes; nothing for special tokens."""
        if token not in self._pieces:
            buffer = ctypes.create_string_buffer(512)
            length = api.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
            self._pieces[token] = buffer.raw[: max(length, 0)]
        return self._pieces[token]

    def pieces(self) -> list[bytes]:
        """Return every token's bytes, by id."""
        return [self.piece(token) for token in range(self.vocabulary)]

    def ends(self, token: int) -> bool:
        """Whether the model ends its text with this token."""
        return bool(api.llama_vocab_is_eog(self._vocab, token)) or bool(api.llama_vocab_is_control(self._vocab, token))

    @property
    def end(self) -> int | None:
        """The token with which the model ends a text, if it has one."""
        found = int(api.llama_vocab_eos(self._vocab))
        return found if found >= 0 and self.ends(found) else None

    def fim_tokens(self) -> dict[str, int]:
        """Return the ids of the fill-in-the-middle tokens that the file names, by "prefix", "suffix", "middle", …"""
        found = {
            "prefix": api.llama_vocab_fim_pre(self._vocab),
            "suffix": api.llama_vocab_fim_suf(self._vocab),
            "middle": api.llama_vocab_fim_mid(self._vocab),
            "repository": api.llama_vocab_fim_rep(self._vocab),
            "file": api.llama_vocab_fim_sep(self._vocab),
            "start": api.llama_vocab_bos(self._vocab) if api.llama_vocab_get_add_bos(self._vocab) else -1,
        }
        return {name: int(token) for name, token in found.items() if token >= 0}

    def size(self) -> dict[str, int]:
        """Return {"parameters", "bytes", "gpu_layers"}; the last is -1 for all of them."""
        return {
            "parameters": int(api.llama_model_n_params(self._model)),
            "bytes": int(api.llama_model_size(self._model)),
            "gpu_layers": self._gpu_layers,
        }

    # ------------------------------------------------------------ decoding

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        """Evaluate up to `BATCH` rows of (token, position, sequence, whether its logits are wanted) in one batch.

        Raises:
            Aborted: `stop` was set.
            CompletionError: llama.cpp failed, or has no free cells.
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        code = api.llama_decode(self._context, batch)
        if code == 2:
            raise Aborted
        if code:
            raise CompletionError(f"llama.cpp could not evaluate {len(rows)} tokens (code {code})")

    def log_probabilities(self, row: int) -> NDArray[np.float32]:
        """Return the natural-log probabilities of all tokens after `row` of the last batch (logits were wanted)."""
        pointer = api.llama_get_logits_ith(self._context, row)
        logits = np.ctypeslib.as_array(pointer, shape=(self.vocabulary,))
        top = logits.max()
        shifted: NDArray[np.float32] = logits - (top + np.log(np.exp(logits - top).sum()))
        return shifted

    def forget(self, sequence: int, start: int = 0) -> None:
        """Drop the state of `sequence` from position `start` on."""
        api.llama_memory_seq_rm(self._memory, sequence, start, -1)

    def fork(self, source: int, target: int) -> None:
        """Make `target` share all state of `source`."""
        api.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def snapshot(self, sequence: int) -> bytes:
        """Return a copy of the state of `sequence`, for `restore`."""
        size = int(api.llama_state_seq_get_size(self._context, sequence))
        buffer = (ctypes.c_uint8 * size)()
        written = int(api.llama_state_seq_get_data(self._context, buffer, size, sequence))
        return ctypes.string_at(buffer, written)

    def restore(self, sequence: int, state: bytes) -> bool:
        """Make `sequence` what it was at `snapshot`; False (and empty) when there is no room for it."""
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        done = bool(api.llama_state_seq_set_data(self._context, buffer, len(state), sequence))
        if not done:
            self.forget(sequence)
        return done

    def use_threads(self, threads: int) -> None:
        """Decode with this many threads from now on."""
        api.llama_set_n_threads(self._context, threads, threads)

    def close(self) -> None:
        """Free the model."""
        api.llama_batch_free(self._batch)
        api.llama_free(self._context)
        api.llama_model_free(self._model)


def _gpu_layers(path: Path, config: Config, context: int | None) -> int:
    """Return the layers that go onto a GPU (`gpu.ALL`: every one); 0 where this build or this machine has none."""
    if not config.gpu_layers or not api.llama_supports_gpu_offload() or not (free := gpu.free_memory()):
        return 0
    header = read_header(path)
    kind = header.text("general.architecture")
    count, width, heads, shared = (
        header.number(f"{kind}.{name}") or 1
        for name in ("block_count", "embedding_length", "attention.head_count", "attention.head_count_kv")
    )
    longest = min(header.number(f"{kind}.context_length") or 4096, context or 1 << 30)
    state = 2 * 2 * count * (width // heads * shared) * (longest + (SEQUENCES - 1) * GENERATE)
    return gpu.layers(path.stat().st_size, count, state, free)


def threads_to_try() -> Iterator[int]:
    """Yield the numbers of threads worth measuring here: 1, 2, 4, … and the cores that we may use, at most 8."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = 1
    while threads < min(cores, 8):
        yield threads
        threads *= 2
    yield min(cores, 8)


@api.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _: object) -> None:
    if level == _LOG_ERROR:
        os.write(2, text)


def _quieten() -> None:
    """Keep llama.cpp's chatter off the wire and out of the log, except for errors."""
    api.llama_log_set(_log, ctypes.c_void_p(0))
    api.llama_backend_init()
