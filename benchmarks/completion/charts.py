"""Pictures as SVG, without any library: bars with intervals, and curves."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 320, 56, 40
_COLOURS = {"familiar": "#0b6e4f", "ring": "#c1666b", "infile": "#8d99ae", "lexical": "#e0a458", "counts": "#3d5a80"}
_OTHER = "#9a9a9a"
Bar = tuple[float, float, float]
"""A value and its interval."""


def bars(title: str, unit: str, groups: Mapping[str, Mapping[str, Bar]]) -> str:
    """Return groups of bars, one for each name, with whiskers."""
    most = max((bar[2] for group in groups.values() for bar in group.values()), default=1.0) or 1.0
    room = (_WIDTH - _LEFT - 10) / max(len(groups), 1)
    out = []
    for number, (name, group) in enumerate(groups.items()):
        wide = 0.8 * room / max(len(group), 1)
        for at, (arm, (value, low, high)) in enumerate(group.items()):
            x = _LEFT + number * room + 0.1 * room + at * wide
            y, middle = _y(value, most), x + wide * 0.45
            colour = _COLOURS.get(arm, _OTHER)
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * 0.9:.1f}" '
                f'height="{_y(0, most) - y:.1f}" fill="{colour}"/>'
            )
            out.append(_line([(middle, _y(low, most)), (middle, _y(high, most))], "#333", 1.2))
            out.append(_text(middle, _y(high, most) - 4, f"{value:g}", "middle", 10))
        out.append(_text(_LEFT + (number + 0.5) * room, _HEIGHT - 14, name, "middle", 11))
    names = list(dict.fromkeys(arm for group in groups.values() for arm in group))
    return _picture(title, unit, most, names, out)


def curves(title: str, unit: str, below: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Return one curve for each name through its points; `below` names the axis at the bottom."""
    points = [point for found in series.values() for point in found]
    widest, most = max((x for x, _ in points), default=1.0) or 1.0, max((y for _, y in points), default=1.0) or 1.0
    out = []
    for name, found in series.items():
        placed = [(_LEFT + x / widest * (_WIDTH - _LEFT - 20), _y(y, most)) for x, y in found]
        out.append(_line(placed, _COLOURS.get(name, _OTHER), 2))
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = _LEFT + share * (_WIDTH - _LEFT - 20)
        out.append(_text(x, _HEIGHT - 26, f"{share * widest:.0f}", "middle", 10))
    out.append(_text((_WIDTH + _LEFT) / 2, _HEIGHT - 8, below, "middle", 11))
    return _picture(title, unit, most, list(series), out)


def _y(value: float, most: float) -> float:
    return _HEIGHT - 42 - value / most * (_HEIGHT - 42 - _TOP - 24)


def _picture(title: str, unit: str, most: float, names: Sequence[str], inside: Sequence[str]) -> str:
    axis = [_line([(_LEFT, _y(0, most)), (_WIDTH - 10, _y(0, most))], "#333", 1)]
    for share in (0.25, 0.5, 0.75, 1.0):
        y = _y(share * most, most)
        axis += [
            _line([(_LEFT, y), (_WIDTH - 10, y)], "#ddd", 1),
            _text(_LEFT - 6, y + 4, f"{share * most:.0f}" if most >= 100 else f"{share * most:.3g}", "end", 10),
        ]
    legend = []
    for number, name in enumerate(names):
        x = _LEFT + 110 * number
        legend.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{_COLOURS.get(name, _OTHER)}"/>')
        legend.append(_text(x + 14, 39, name, "start", 11))
    head = [_text(_LEFT, 18, f"{title} ({unit})", "start", 14)]
    body = "\n".join([*axis, *inside, *legend, *head])
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    head_of = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return f'{head_of}\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'


def _line(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str, size: int) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#222">{escape(text)}</text>'
