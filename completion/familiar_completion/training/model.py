"""The network: what llama.cpp calls `llama`, in a few lines of torch, with tied embeddings."""

# torch is not installed where the project is type-checked, so its classes are Any there.
# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. Every width is a multiple of 32, as Q8_0 wants it."""

    layers: int = 7
    width: int = 320
    heads: int = 5
    kv_heads: int = 1
    head: int = 64
    hidden: int = 864
    vocabulary: int = 8192
    theta: float = 10_000.0
    epsilon: float = 1e-5


class Block(nn.Module):
    """Attention and a gated feed-forward layer. Both begin as the identity: their last matrices are zero."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.attn_q = nn.Linear(shape.width, shape.heads * shape.head, bias=False)
        self.attn_k = nn.Linear(shape.width, shape.kv_heads * shape.head, bias=False)
        self.attn_v = nn.Linear(shape.width, shape.kv_heads * shape.head, bias=False)
        self.attn_output = nn.Linear(shape.heads * shape.head, shape.width, bias=False)
        self.ffn_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)
        self.ffn_gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.ffn_down = nn.Linear(shape.hidden, shape.width, bias=False)
        for layer in (self.attn_output, self.ffn_down):
            nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """`x` (batch, time, width); `cos`, `sin` (time, head / 2)."""
        batch, time, _ = x.shape
        s, h = self.shape, self.attn_norm(x)
        q = rotate(self.attn_q(h).view(batch, time, s.heads, s.head), cos, sin).transpose(1, 2)
        k = rotate(self.attn_k(h).view(batch, time, s.kv_heads, s.head), cos, sin).transpose(1, 2)
        v = self.attn_v(h).view(batch, time, s.kv_heads, s.head).transpose(1, 2)
        mixed = attend(q, k, v)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, time, -1))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention: `q` (batch, heads, time, head), `k` and `v` with fewer heads that the query heads share.

    On a CPU two plain matrix products over all the heads that share a key beat the fused kernel.
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    batch, heads, time, width = q.shape
    shared = k.shape[1]
    folded = q.reshape(batch, shared, heads // shared * time, width)
    scores = (folded @ k.transpose(-1, -2)).view(batch, heads, time, time)
    hidden = torch.ones(time, time, dtype=torch.bool, device=q.device).triu(1)
    share = (scores.float() * width**-0.5).masked_fill(hidden, float("-inf")).softmax(-1).type_as(v)
    return (share.view(batch, shared, heads // shared * time, time) @ v).view(batch, heads, time, width)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs (2i, 2i + 1), which is how llama.cpp's `llama` reads the weights."""
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    c, s = cos[:, None], sin[:, None]
    return torch.stack((even * c - odd * s, even * s + odd * c), -1).flatten(-2).type_as(x)


class Model(nn.Module):
    """Token ids (batch, time) to hidden states; `logits` to the vocabulary."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, eps=shape.epsilon)

    def positions(self, time: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines, each (time, head / 2)."""
        device = self.token_embd.weight.device
        half = torch.arange(0, self.shape.head, 2, device=device, dtype=torch.float32)
        angles = torch.outer(torch.arange(time, device=device).float(), self.shape.theta ** (-half / self.shape.head))
        return angles.cos(), angles.sin()

    def forward(self, ids: Tensor) -> Tensor:
        """Normalised hidden states, (batch, time, width)."""
        cos, sin = self.positions(ids.shape[1])
        x = self.token_embd(ids)
        for block in self.blk:
            x = block(x, cos, sin)
        out: Tensor = self.output_norm(x)
        return out

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., vocabulary) from hidden states (..., width)."""
        return F.linear(hidden, self.token_embd.weight)

    def loss(self, ids: Tensor, weights: Tensor) -> Tensor:
        """Weighted mean cross entropy in nats per token; both arguments (batch, time), weights those of the targets."""
        logits = self.logits(self(ids[:, :-1])).flatten(0, 1).float()
        each = F.cross_entropy(logits, ids[:, 1:].flatten(), reduction="none")
        w = weights[:, 1:].flatten()
        return (each * w).sum() / w.sum()


def parameters(model: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in model.parameters())


def blocks(state: dict[str, Tensor]) -> int:
    """How many blocks a state has."""
    return 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blk."))


def deepen(state: dict[str, Tensor], layers: int, wanted: int) -> dict[str, Tensor]:
    """The state of a model of `layers` blocks, its blocks spread over `wanted` ones. The blocks between them are
    missing from the answer: fresh ones are the identity, so the deeper model computes what the shallow one did."""
    place = {i: (i + 1) * wanted // layers - 1 for i in range(layers)}
    out: dict[str, Tensor] = {}
    for name, value in state.items():
        head, _, rest = name.partition(".")
        if head == "blk":
            old, _, rest = rest.partition(".")
            name = f"blk.{place[int(old)]}.{rest}"
        out[name] = value
    return out
