"""The README's picture: what `familiar demo` prints. `python -m benchmarks.pictures`."""

import io
from pathlib import Path

from familiar_server import demo
from rich.console import Console

INTO = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"


def main() -> int:
    """Run the demo and write what it printed as an SVG."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, force_interactive=False)
    code = demo.run(None, False, False, console)
    INTO.write_text(console.export_svg(title="familiar demo"))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
