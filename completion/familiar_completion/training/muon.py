"""Muon for the matrices, Adam for the rest.

Muon: K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks", 2024.
"""

# torch is not installed where the project is type-checked, so its classes are Any there.
# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """About U Vᵀ of a matrix's singular value decomposition U S Vᵀ, by Newton-Schulz steps in bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        g = x @ x.T
        x = a * x + (b * g + c * g @ g) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose direction is made orthogonal; `lr` is the update's size in units of the matrix's own scale."""

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """One update of every parameter that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                held = self.state[p].setdefault("momentum", torch.zeros_like(p))
                held.lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(held, group["momentum"]))
                scale = max(1.0, p.shape[0] / p.shape[1]) ** 0.5
                p.add_(update.to(p.dtype), alpha=-group["lr"] * scale)


MUON_RATE, ADAM_RATE = 0.02, 0.003


def optimisers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks; Adam for embeddings and norms. Every group has its peak rate."""
    inside = [p for name, p in model.named_parameters() if p.ndim == 2 and "token_embd" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "token_embd" in name]
    made: list[torch.optim.Optimizer] = [
        Muon(inside, MUON_RATE),
        torch.optim.Adam(others, ADAM_RATE, betas=(0.9, 0.95), eps=1e-10),
    ]
    for optimiser in made:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return made
