"""The README's picture: what `familiar demo` prints. `python -m benchmarks.pictures`."""

import io
import re
from pathlib import Path

from familiar_server import demo
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

INTO = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"


def main() -> int:
    """Run the demo and write what it printed as an SVG."""
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, force_interactive=False)
    code = demo.run(None, False, False, console)
    own_fonts = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.S)  # a picture loads nothing
    INTO.write_text(console.export_svg(title="familiar demo", code_format=own_fonts))
    return code


if __name__ == "__main__":
    raise SystemExit(main())
