"""`familiar memory show|forget`: what is remembered of suggestions, and its end."""

import argparse
import re
import time
from datetime import datetime
from typing import Any

from familiar_memory.gate import FIRST, LEAST, SIGNALS
from familiar_memory.store import Store, StoreError, file_of
from familiar_memory.values import AGES, Episode
from rich.markup import escape

from familiar_server import output, places

SHOWN = 20
_AGE = re.compile(r"(\d+)d")


def show(args: argparse.Namespace) -> int:
    """Show totals and the latest episodes: of everything, of a file or folder, or one by its id."""
    root = places.root_of(args.root)
    what = args.what or ""
    if what == "gate":
        return _show_gate(root, args.json)
    with _Memory(root) as store:
        totals = store.totals(what)
        episodes = store.episodes(what, limit=None if args.json else SHOWN)
    by_source = _by_source(totals)
    if args.json:
        output.emit({"file": str(file_of(root)), "totals": by_source, "episodes": [_plain(e) for e in episodes]})
        return output.DONE
    console = output.out()
    if not episodes:
        console.print(f"Nothing is remembered of {escape(what or str(root))}.")
        return output.DONE
    for source, fates in by_source.items():
        seen = sum(count for fate, count in fates.items() if fate != "unseen")
        told = ", ".join(f"{count} {fate}" for fate, count in fates.items())
        console.print(f"[bold]{escape(source)}[/]: {told}; taken or typed of those seen: {_share(fates, seen)}")
    for episode in episodes:
        console.print(_line(episode))
    console.print(f"[dim]{escape(str(file_of(root)))}; forget with: familiar memory forget all|ID|PATH|30d[/]")
    return output.DONE


def forget(args: argparse.Namespace) -> int:
    """Forget all, one episode, those of a file or folder, or those that are older than some days."""
    root = places.root_of(args.root)
    age = _AGE.fullmatch(args.what)
    with _Memory(root) as store:
        if args.what == "gate":
            gone = store.gate().seen
            store.forget_gate()
        elif age:
            gone = store.forget(before=time.time() - int(age[1]) * 86400)
        else:
            gone = store.forget("" if args.what == "all" else args.what)
    if args.json:
        output.emit({"forgotten": gone})
    else:
        output.out().print(f"{gone} episodes are forgotten." if gone != 1 else "1 episode is forgotten.")
    return output.DONE


def _show_gate(root: Any, as_json: bool) -> int:
    """Show what decides whether a suggestion is shown: weights by signal, and what they were at first."""
    with _Memory(root) as store:
        gate = store.gate()
    rows = [
        {"signal": name, "weight": round(weight, 3), "first": first}
        for name, weight, first in zip(SIGNALS, gate.weights, FIRST, strict=True)
    ]
    if as_json:
        output.emit({"gate": {"least": LEAST, "seen": gate.seen, "wanted": gate.wanted, "weights": rows}})
        return output.DONE
    console = output.out()
    console.print(f"A suggestion is shown from a chance of {LEAST:.0%} on; learned from {gate.seen} that were seen.")
    for row in rows:
        console.print(f"{row['signal']:<24} {row['weight']:>7.3f}  [dim]at first {row['first']:.3f}[/]")
    return output.DONE


class _Memory:
    """The store of a root, closed at the end; what goes wrong with it is the command's error."""

    def __init__(self, root: Any) -> None:
        self._store = Store(root)

    def __enter__(self) -> Store:
        return self._store

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._store.close()
        if isinstance(error, StoreError):
            raise output.CommandError("unreadable", str(error), "Look at the file, or move it away.", 1) from error


def _by_source(totals: dict[Any, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (source, fate), count in totals.items():
        found.setdefault(source, {})[fate] = count
    return found


def _share(fates: dict[str, int], seen: int) -> str:
    good = sum(fates.get(fate, 0) for fate in ("taken", "partly", "typed"))
    return f"{good} of {seen}" if seen else "none"


def _plain(episode: Episode) -> dict[str, Any]:
    fields = {name: getattr(episode, name) for name in episode.__struct_fields__ if name != "kept"}
    return {**fields, "kept": dict(zip((f"{age}s" for age in AGES), episode.kept, strict=True))}


def _line(episode: Episode) -> str:
    when = datetime.fromtimestamp(episode.at).strftime("%Y-%m-%d %H:%M")
    kept = next((f", {share:.0%} kept" for share in reversed(episode.kept) if share is not None), "")
    about = f"{when}  {escape(episode.fate):<9} {escape(episode.path)}"
    return f"{about}  [cyan]{escape(episode.text)}[/]  [dim]{escape(episode.source)}{kept}, {episode.id}[/]"
