"""`familiar demo`: the whole product at work in a minute, on a copy of a repository, through the real server."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from familiar_codegraph.root import find_root
from familiar_codegraph.workspace import Workspace
from familiar_edits import trust
from git import Actor, Repo
from rich.console import Console
from rich.progress import Progress, TaskID

from familiar_server.demo import script, show, steps
from familiar_server.demo.session import Session
from familiar_server.demo.setup import install_model_extra


def run(on: str | None, as_json: bool, setup: bool, console: Console | None = None) -> int:
    """Run the demo on the sample repository, or on a copy of the repository at `on`; return the exit code.

    What a person reads goes to `console`: stdout, or stderr when stdout is for the JSON document.

    Raises:
        FileNotFoundError: there is no folder at `on`.
    """
    console = console or Console(stderr=as_json)
    if setup and (problem := install_model_extra(console)):
        console.print(f"[yellow]{problem}[/]")
        console.print("Going on without the model: the repository's own counts complete alone.\n")
    source = script.SAMPLE if on is None else find_root(_folder(on))
    started = time.monotonic()
    with _copy(source) as root:
        console.print(f"[dim]On a copy of {'the sample repository' if on is None else source}[/]\n")
        results = asyncio.run(_play(root, on is None, console))
    report = {"schema": 1, "root": str(source), "seconds": round(time.monotonic() - started, 3), "steps": results}
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        console.print(f"[dim]{report['seconds']} s in all[/]")
    return 0 if all(_as_it_should(step, on is None) for step in results) else 4


def _as_it_should(step: dict[str, Any], sample: bool) -> bool:
    """The sample offers every step; of another repository a step may honestly find nothing to show."""
    return step["status"] == "ok" or (step["status"] == "not shown" and not sample)


def _folder(on: str) -> Path:
    path = Path(on)
    if not path.is_dir():
        raise FileNotFoundError(f"there is no folder at {on}")
    return path.resolve()


@contextmanager
def _copy(source: Path) -> Iterator[Path]:
    """A copy of the repository with a home of its own: the demo leaves nothing behind, not even trust."""
    with tempfile.TemporaryDirectory(prefix="familiar-demo-") as folder:
        root = Path(folder) / source.name
        shutil.copytree(source, root, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
        if not (root / ".git").exists():
            with Repo.init(root) as repository:
                repository.git.add(all=True)
                repository.index.commit("As it was", author=_NOBODY, committer=_NOBODY, skip_hooks=True)
        previous = os.environ.get("FAMILIAR_HOME")
        os.environ["FAMILIAR_HOME"] = str(Path(folder) / "home")
        try:
            yield root
        finally:
            if previous is None:
                del os.environ["FAMILIAR_HOME"]
            else:
                os.environ["FAMILIAR_HOME"] = previous


_NOBODY = Actor("familiar", "familiar@localhost")


async def _play(root: Path, sample: bool, console: Console) -> list[dict[str, Any]]:
    trust.trust(root)
    plot = script.for_sample(root) if sample else await asyncio.to_thread(_draw, root)
    results = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=100, visible=False)
        async with Session(root, progress=lambda message, done: _advance(bar, task, message, done)) as session:
            for name, play in steps.STEPS:
                started = time.monotonic()
                step = await play(session, plot)
                result = {"name": name, "seconds": round(time.monotonic() - started, 3), **step._asdict()}
                results.append(result)
                bar.update(task, visible=False)
                show.step(console, result)
    return results


def _advance(bar: Progress, task: TaskID, message: str, percentage: int | None) -> None:
    if percentage is None:
        bar.update(task, visible=bool(message), description=message)
    else:
        bar.update(task, visible=True, description=message, completed=percentage)


def _draw(root: Path) -> script.Script:
    workspace = Workspace(root)
    try:
        workspace.index()
        return script.for_repository(workspace.graph())
    finally:
        workspace.close()
