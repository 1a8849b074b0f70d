"""The training loop: as many steps as fit into the given minutes, resumable after a kill at any moment.

The learning rate follows elapsed training time, not steps, so the schedule ends whatever the machine's speed. Training
begins with few layers and short rows, which is where a core-minute buys most, and grows into the final shape.
"""

# torch is not installed where the project is type-checked, so its classes are Any there.
# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from familiar_completion.training.model import Model, Shape, blocks, deepen
from familiar_completion.training.muon import optimisers
from familiar_completion.training.packages import RecipeError
from familiar_completion.training.shards import weights

Rows = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Phase:
    """Until `until` (share of the time) the model has `layers` layers and reads rows of `context` tokens."""

    until: float
    layers: int
    context: int


PHASES = (Phase(0.45, 3, 512), Phase(0.82, 7, 512), Phase(1.0, 7, 1024))
GROWN = (Phase(0.7, 7, 512), Phase(1.0, 7, 1024))
"""For a model that has its final shape already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `minutes` is time spent in training steps; `batch` is in tokens, of which `part` go through the network
    at once; `warm_up` and `decay` are shares of the time, `save_every` is in seconds."""

    minutes: float
    phases: tuple[Phase, ...] = PHASES
    batch: int = 8192
    part: int = 8192
    middle_weight: float = 3.0
    warm_up: float = 0.02
    decay: float = 0.45
    seed: int = 0
    compile: bool = True
    save_every: float = 240.0


def plan_for(minutes: float, start: dict[str, Tensor] | None, cuda: bool) -> Plan:
    """The plan for a machine, from nothing or from trained weights. Compiling needs a C++ compiler and is worth a tenth
    of the speed."""
    phases = GROWN if start and blocks(start) == GROWN[0].layers else PHASES
    compiler = cuda or bool(shutil.which("c++") or shutil.which("g++"))
    batch, part = (131_072, 65_536) if cuda else (8192, 8192)
    return Plan(minutes, phases, batch=batch, part=part, compile=compiler)


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with every checkpoint. `rows` counts the rows read per context length."""

    seconds: float = 0.0
    steps: int = 0
    tokens: int = 0
    rows: dict[int, int] | None = None

    def read(self, context: int, count: int) -> int:
        """Note that `count` rows are read now; the number of the first."""
        self.rows = self.rows or {}
        first = self.rows.get(context, 0)
        self.rows[context] = first + count
        return first


def rate(plan: Plan, share: float) -> float:
    """The learning rate as a share of its peak: a short warm-up, level, then linear to zero by the end of the time."""
    return max(0.0, min(1.0, share / plan.warm_up, (1 - share) / plan.decay))


def phase_at(plan: Plan, share: float) -> Phase:
    """The phase that a share of the time belongs to."""
    return next((phase for phase in plan.phases if share < phase.until), plan.phases[-1])


class Shards:
    """All rows of one context length, in a shuffled order that depends on the seed alone."""

    def __init__(self, folder: Path, stem: str, context: int, seed: int = 0) -> None:
        paths = sorted(folder.glob(f"{stem}-{context}-*.npy"))
        if not paths:
            raise RecipeError(f"There are no shards {stem}-{context}-*.npy in {folder}: run the step `shards` first.")
        self._parts: list[Rows] = [np.load(path, mmap_mode="r") for path in paths]
        self._starts = np.cumsum([0, *(len(part) for part in self._parts)])
        self._order = np.random.default_rng(seed).permutation(int(self._starts[-1]))

    def __len__(self) -> int:
        return len(self._order)

    def take(self, first: int, count: int) -> Rows:
        """`count` rows from number `first` on, round and round: (count, context)."""
        picked = [int(self._order[i % len(self._order)]) for i in range(first, first + count)]
        parts = np.searchsorted(self._starts, picked, side="right") - 1
        return np.stack([self._parts[p][i - int(self._starts[p])] for p, i in zip(parts, picked, strict=True)])


def batch_of(rows: Rows, middle: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids (int64) and target weights (float32) on the device, both of the rows' shape."""
    ids = torch.from_numpy(rows.astype(np.int64))
    return ids.to(device), torch.from_numpy(weights(rows, middle)).to(device)


@torch.no_grad()
def held_out_loss(model: Model, shards: Shards, rows: int = 96) -> dict[str, float]:
    """Nats per token on packages that were never trained on: over all targets, and over the holes alone."""
    device = next(model.parameters()).device
    sums = np.zeros(4)
    for first in range(0, min(rows, len(shards)), 8):
        taken = shards.take(first, 8)
        ids, w = batch_of(taken, 2.0, device)
        with torch.autocast(device.type, torch.bfloat16):
            logits = model.logits(model(ids[:, :-1])).float()
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        target = w[:, 1:].flatten()
        for at, mask in ((0, target > 0), (2, target == 2)):
            sums[at] += float(each[mask].sum())
            sums[at + 1] += float(mask.sum())
    return {"loss": float(sums[0] / sums[1]), "middle_loss": float(sums[2] / sums[3])}


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a kill leaves the old one or the new one."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


class Run:
    """A model with its optimisers and its place in the plan."""

    def __init__(self, plan: Plan, work: Path, start: dict[str, Tensor] | None = None) -> None:
        self.plan, self.work = plan, work
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint = work / "checkpoint.pt"
        self.progress = Progress()
        torch.manual_seed(plan.seed)
        found: dict[str, Any] | None = None
        if self.checkpoint.exists():
            found = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
            self.progress = Progress(**found["progress"])
        self.phase = phase_at(plan, self.share)
        self._build(found["model"] if found else start, found["optimisers"] if found else None)
        self.log = (work / "train.jsonl").open("a", encoding="utf-8")

    @property
    def share(self) -> float:
        """How much of the time is spent, 0 to 1."""
        return self.progress.seconds / (self.plan.minutes * 60)

    def _build(self, weights_: dict[str, Tensor] | None, states: list[dict[str, Any]] | None) -> None:
        shape = replace(Shape(), layers=self.phase.layers)
        self.model = Model(shape)
        if weights_:
            had = blocks(weights_)
            same = had == shape.layers
            self.model.load_state_dict(weights_ if same else deepen(weights_, had, shape.layers), strict=same)
            states = states if same else None
        self.model.to(self.device)
        self.optimisers = optimisers(self.model)
        for optimiser, state in zip(self.optimisers, states or (), strict=False):
            optimiser.load_state_dict(state)
        self._loss = torch.compile(self.model.loss) if self.plan.compile else self.model.loss

    def save(self) -> None:
        """Checkpoint now."""
        states = [optimiser.state_dict() for optimiser in self.optimisers]
        model = {name: value.cpu() for name, value in self.model.state_dict().items()}
        shape, progress = asdict(self.model.shape), asdict(self.progress)
        state = {"model": model, "optimisers": states, "progress": progress, "shape": shape}
        save(self.checkpoint, state)

    def note(self, **fields: object) -> None:
        """One line of the log."""
        self.log.write(json.dumps({"step": self.progress.steps, "tokens": self.progress.tokens, **fields}) + "\n")
        self.log.flush()

    def _step(self, rows: Rows) -> float:
        share = rate(self.plan, self.share)
        total, parts = 0.0, np.array_split(rows, max(1, rows.size // self.plan.part))
        for part in parts:
            ids, w = batch_of(part, self.plan.middle_weight, self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                loss = self._loss(ids, w)
            (loss / len(parts)).backward()
            total += float(loss.detach()) / len(parts)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * share
            optimiser.step()
            optimiser.zero_grad()
        return total

    def train(self) -> None:
        """Train until the plan's time is spent."""
        train = {p.context: Shards(self.work, "rows", p.context, self.plan.seed) for p in self.plan.phases}
        held = {p.context: Shards(self.work, "held", p.context) for p in self.plan.phases}
        saved = time.monotonic()
        while self.share < 1:
            if (phase := phase_at(self.plan, self.share)) != self.phase:
                self.note(phase=asdict(phase), held=held_out_loss(self.model, held[self.phase.context]))
                deeper = phase.layers != self.phase.layers
                self.phase = phase
                if deeper:
                    self._build(self.model.state_dict(), None)
            began = time.monotonic()
            context = self.phase.context
            count = self.plan.batch // context
            loss = self._step(train[context].take(self.progress.read(context, count), count))
            spent = time.monotonic() - began
            self.progress.seconds += spent
            self.progress.steps += 1
            self.progress.tokens += count * context
            if self.progress.steps % 10 == 0:
                self.note(
                    loss=round(loss, 4),
                    lr=round(rate(self.plan, self.share), 4),
                    tokens_per_second=round(count * context / spent),
                    share=round(self.share, 4),
                )
            if time.monotonic() - saved > self.plan.save_every:
                self.note(held=held_out_loss(self.model, held[context]), context=context)
                self.save()
                saved = time.monotonic()
        self.save()
        self.note(held=held_out_loss(self.model, held[self.phase.context], rows=192), final=True)
