"""What the model card shows of a training run: the loss curve as a picture, and its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 64, 24, 44, 52


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (million tokens, nats per token) with a name and a colour."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]
    dots: bool = False


def read_log(log: Path) -> tuple[list[Curve], list[float]]:
    """The curves of a training log, and the places (million tokens) at which the network grew or its rows did."""
    train: list[tuple[float, float]] = []
    held: list[tuple[float, float]] = []
    middle: list[tuple[float, float]] = []
    borders: list[float] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        at = note["tokens"] / 1e6
        if "loss" in note:
            train.append((at, note["loss"]))
        if "phase" in note:
            borders.append(at)
        if "held" in note:
            held.append((at, note["held"]["loss"]))
            middle.append((at, note["held"]["middle_loss"]))
    return [
        Curve("training (holes weigh three times)", "#9bb7d4", train),
        Curve("held-out packages", "#1f4e79", held, dots=True),
        Curve("held-out packages, holes only", "#c0562b", middle, dots=True),
    ], borders


def draw(curves: Sequence[Curve], borders: Sequence[float]) -> str:
    """The loss curves as an SVG document."""
    points = [point for curve in curves for point in curve.points]
    most_x = max((x for x, _ in points), default=1.0)
    low, high = int(min(y for _, y in points)), min(7.0, max(y for _, y in points))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (WIDTH - LEFT - RIGHT) * x / most_x
        down = (HEIGHT - TOP - BOTTOM) * (high - min(y, high)) / (high - low)
        return round(LEFT + across, 1), round(TOP + down, 1)

    def text(x: float, y: float, words: str, anchor: str = "middle", colour: str = "#333") -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{words}</text>'

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for level in range(low, int(high) + 1):
        x, y = place(0, level)
        out += [f'<path d="M{x} {y}H{WIDTH - RIGHT}" stroke="#e3e3e3"/>', text(x - 8, y + 4, str(level), "end")]
    for million in range(0, int(most_x) + 1, max(1, int(most_x) // 8)):
        x, _ = place(million, low)
        out.append(text(x, HEIGHT - BOTTOM + 20, str(million)))
    for border in borders:
        x, _ = place(border, low)
        out.append(f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#bbb" stroke-dasharray="4 4"/>')
    for number, curve in enumerate(curves):
        placed = [place(x, y) for x, y in curve.points]
        line = "M" + "L".join(f"{x} {y}" for x, y in placed)
        out.append(f'<path d="{line}" fill="none" stroke="{curve.colour}" stroke-width="2"/>')
        if curve.dots:
            out += [f'<circle cx="{x}" cy="{y}" r="3" fill="{curve.colour}"/>' for x, y in placed]
        out.append(text(WIDTH - RIGHT, TOP + 18 * number + 4, curve.name, "end", curve.colour))
    out.append(text(LEFT, 20, "Loss in nats per token; dashed: the network grows, then its rows do", "start"))
    out.append(text((WIDTH + LEFT) / 2, HEIGHT - 12, "million tokens"))
    return "\n".join([*out, "</svg>", ""])


def figures(log: Path) -> str:
    """Steps, tokens and the last held-out losses of a training log, in one line."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    held: dict[str, float] = next((note["held"] for note in reversed(lines) if "held" in note), {})
    losses = ", ".join(f"{name} {value:.4f}" for name, value in held.items())
    return f"{lines[-1]['step']:,} steps, {lines[-1]['tokens']:,} tokens; {losses}"
