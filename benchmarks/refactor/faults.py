"""Faults that are planted into an edit that was judged correct: the judge must object, or its silence proves nothing.

Half of them leave one place out, the other half change one place of the same name that means something else.
"""

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.refactor.draw import Trial
from benchmarks.refactor.tokens import names, replaced


def plant(
    root: Path, files: Iterable[str], trial: Trial, changed: Mapping[str, bytes]
) -> tuple[str, dict[str, bytes]] | None:
    """Return what was planted and the faulty files, drawn with the trial's number; None where nothing can be."""
    old, new = trial.target.name, trial.new_name
    made, left = [], []
    for path in files:
        before = (root / path).read_bytes()
        for one, other in zip(names(before), names(changed.get(path, before)), strict=False):
            if one.text == old and other.text == new:
                made.append((path, other, old))
            elif one.text == other.text == old:
                left.append((path, other, new))
    rng = random.Random(trial.number)
    choices = left if left and trial.number // 20 % 2 else made
    if len(made) < 2 and choices is made:
        return None
    path, name, text = rng.choice(choices)
    what = "one place too many" if choices is left else "one place left out"
    faulty = replaced(changed.get(path) or (root / path).read_bytes(), name, text)
    return f"{what}, {path}:{name.line + 1}", {**changed, path: faulty}
