"""What the demo puts on the terminal."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

MARKS = {"ok": "[green]✓[/]", "not shown": "[yellow]–[/]", "failed": "[red]✗[/]"}
TITLES = {
    "index": "It reads the repository",
    "completion": "It completes, from the model and from the repository's own counts",
    "rename_verified": "A rename, applied after the repository's own tests have passed on it",
    "rename_refused": "A rename that it refuses, and why",
    "rename_caught": "A change that only the tests could catch, and that is therefore not proposed",
}


def step(console: Console, result: dict[str, Any]) -> None:
    """Print one step: its heading, its sentence, and what it has to show."""
    heading = f"{MARKS[result['status']]} [bold]{TITLES[result['name']]}[/]  [dim]{result['seconds']:.1f} s[/]"
    console.print(heading)
    console.print(f"  {result['detail']}", highlight=False, markup=False)
    if body := _body(result["name"], result["result"] or {}):
        console.print(body)
    console.print()


def _body(name: str, result: dict[str, Any]) -> RenderableType | None:
    if name == "completion":
        return _completions(result.get("suggestions", []))
    if name == "rename_verified" and result.get("diff"):
        return Group(Panel(Syntax(result["diff"], "diff", background_color="default"), title="diff"), _tests(result))
    if name == "rename_caught" and result.get("tests"):
        return _tests(result)
    return None


def _completions(suggestions: list[dict[str, Any]]) -> RenderableType:
    table = Table(box=None, padding=(0, 2), show_header=True, header_style="dim")
    for column in ("you type", "it offers", "ms", "source"):
        table.add_column(column, overflow="fold", justify="right" if column == "ms" else "left")
    for one in suggestions:
        table.add_row(
            Text(one["typed"]), Text(one["text"], style="cyan"), f"{one['ms']:.0f}", Text(one["source"], style="dim")
        )
    return table


def _tests(result: dict[str, Any]) -> RenderableType:
    tests = result["tests"]
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("", "passed", "failed"):
        table.add_column(column, justify="left" if not column else "right")
    for side in ("before", "after"):
        outcomes = list(tests[side].values())
        failed = sum(outcome in ("failed", "error") for outcome in outcomes)
        table.add_row(side, str(sum(o == "passed" for o in outcomes)), f"[red]{failed}[/]" if failed else "0")
    lines = [Text(f"  newly failing: {name}", style="red") for name in tests["newly_failing"][:3]]
    return Group(table, *lines)
