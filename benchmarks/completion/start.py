"""What a start costs: seconds of processor until the counts and the context know the repository.

    anew    nothing was kept of it
    kept    what was read of its files is kept from the start before (`familiar_completion.readings`)

Each in a process of its own, in turn; the median. Beside it the bytes that are kept.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_ROUNDS = 5
_CODE = """
import asyncio, json, sys, time
from pathlib import Path
from familiar_completion.sources import Sources

async def start():
    sources = Sources(Path(sys.argv[1]), {}, with_library=True, kept=Path(sys.argv[2]))
    began = time.process_time()
    index = asyncio.create_task(sources.index())
    await sources.indexed.wait()
    spent = time.process_time() - began
    await index
    print(json.dumps([spent, len(sources.counts), sources.counts.tokens]))

asyncio.run(start())
"""


def measure(root: Path) -> dict[str, Any]:
    """Start in the repository at `root` with nothing kept and with all of it, `_ROUNDS` times each."""
    spent: dict[str, list[float]] = {"anew": [], "kept": []}
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "readings"
        for _ in range(_ROUNDS):
            kept.unlink(missing_ok=True)
            for seconds in spent.values():  # the first start writes what the second one finds
                took, files, tokens = _start(root, kept)
                seconds.append(took)
        size = kept.stat().st_size
    medians = {f"{how}, s of processor": round(statistics.median(each), 2) for how, each in spent.items()}
    return {"files": files, "tokens": tokens, **medians, "kept, MB": round(size / 1e6, 1)}


def _start(root: Path, kept: Path) -> tuple[float, int, int]:
    argv = [sys.executable, "-c", _CODE, str(root), str(kept)]
    took, files, tokens = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    return took, files, tokens
