"""A real Neovim in a real terminal: keys go in as from a keyboard, the screen comes out as a person would see it.

Neovim runs in tmux, so that what it draws can be read and pictured; beside that we are connected to its RPC socket, to
look at buffers and extmarks. Nothing waits for a time: `until` waits for a condition.
"""

import contextlib
import io
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pynvim
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PLUGIN = Path(__file__).resolve().parents[3] / "editor-clients" / "neovim"
COLUMNS, ROWS = 104, 30
T = TypeVar("T")

# The colours of Neovim's default dark scheme, for cells that have none of their own.
THEME = TerminalTheme(
    (20, 22, 27),
    (224, 226, 234),
    [
        (7, 8, 13),
        (255, 192, 185),
        (179, 246, 192),
        (252, 224, 148),
        (166, 219, 255),
        (255, 202, 255),
        (140, 248, 247),
        (238, 241, 248),
    ],
)


class Editor:
    """A running Neovim. Use as `with Editor(...) as editor`."""

    def __init__(self, nvim: Path, home: Path, root: Path, *, path: str, setup: str = "") -> None:
        """`home` is an empty folder for all that Neovim keeps; `path` is its PATH; `setup` is Lua for its init file."""
        self._nvim, self._home, self.root = nvim, home, root
        self._tmux = ["tmux", "-S", str(home / "tmux"), "-f", str(home / "tmux.conf")]
        self._socket = home / "rpc"
        self.connected = False
        self._environment = {
            "HOME": str(home),
            "PATH": path,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "FAMILIAR_HOME": str(home / "familiar"),
            "UV_TOOL_BIN_DIR": str(home / "uv-tools"),
            **{
                f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME")
            },
        }
        (home / "tmux.conf").write_text(
            "set -g status off\nset -g escape-time 0\n"
            "set -g default-terminal tmux-256color\nset -as terminal-features ',*:RGB'\n"
        )
        (home / "init.lua").write_text(
            f"vim.opt.runtimepath:prepend({str(PLUGIN)!r})\n"
            "vim.o.termguicolors, vim.o.swapfile, vim.o.number, vim.o.laststatus = true, false, true, 2\n"
            "vim.o.hlsearch = false\n"
            # Ghost text is drawn in the scheme's faintest grey; on a small picture a step lighter is easier to see.
            "vim.api.nvim_set_hl(0, 'ComplHint', { fg = '#8a93a6', italic = true })\n"
            "vim.o.statusline = ' %f %m%=%{v:lua.require(\"familiar\").status()} '\n" + setup
        )

    def __enter__(self) -> "Editor":
        shell = subprocess.list2cmdline(
            [str(self._nvim), "-u", str(self._home / "init.lua"), "--listen", str(self._socket)]
        )
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        subprocess.run(
            [*self._tmux, "new-session", "-d", *size, "-c", str(self.root), f"exec {shell}"],
            env=self._environment,
            check=True,
        )
        self.until(self._connect, "Neovim's socket")
        # The socket is there before the plugins are.
        self.until(lambda: self.nvim.vvars["vim_did_enter"], "the end of Neovim's start")
        return self

    def _connect(self) -> bool:
        with contextlib.suppress(OSError):
            self.nvim = pynvim.attach("socket", path=str(self._socket))
            self.connected = True
        return self.connected

    def __exit__(self, *failure: object) -> None:
        with contextlib.suppress(Exception):
            self.nvim.api.input("<C-\\><C-n>:qall!<CR>")  # queued: answered whatever Neovim waits for
            self.nvim.close()
        subprocess.run([*self._tmux, "kill-server"], env=self._environment, capture_output=True, check=False)

    # ------------------------------------------------------------ doing

    def start_over(self) -> None:
        """Normal mode, no buffer, no message; the server runs on."""
        self.keys("<C-\\><C-n>")
        self.until(lambda: self.nvim.api.get_mode()["mode"] == "n", "normal mode")
        self.nvim.command("silent! only! | silent! %bwipeout! | messages clear")

    def edit(self, path: str) -> None:
        """Open a file of the repository; what is typed there is not indented by itself."""
        self.nvim.command(f"edit {path} | setlocal indentexpr= noautoindent")

    def keys(self, keys: str) -> None:
        """Press keys, in Neovim's notation; `<lt>` is a `<`."""
        self.nvim.input(keys)

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua in the editor and return what it returns."""
        return self.nvim.exec_lua(code, *arguments)

    # ------------------------------------------------------------ seeing

    def until(self, condition: Callable[[], T], what: str, seconds: float = 60) -> T:
        """Wait until `condition` returns something true, and return that."""
        end = time.monotonic() + seconds
        while not (value := self._unless_blocked(condition)):
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds:g} s\n{self._report()}")
            time.sleep(0.02)
        return value

    def until_shown(self, text: str, seconds: float = 60) -> None:
        """Wait until the terminal shows `text`, even if Neovim waits for an answer to it."""
        end = time.monotonic() + seconds
        while text not in (screen := self.screen().replace("\n", " ")):
            assert time.monotonic() < end, f"{text!r} not within {seconds:g} s\n{screen}"
            time.sleep(0.02)

    def _unless_blocked(self, condition: Callable[[], T]) -> T | None:
        # While Neovim waits for Enter it answers nothing but this.
        if self.connected and self.nvim.api.get_mode()["blocking"]:
            if "Press ENTER" in (screen := self.screen()):
                raise AssertionError(f"a message was too long for the screen\n{screen}")
            return None
        return condition()

    def _report(self) -> str:
        with contextlib.suppress(Exception):
            log = self._home / "state/nvim/lsp.log"
            tail = log.read_text()[-2000:] if log.exists() else ""
            return f"{self.screen()}\n-- messages\n{self.nvim.command_output('messages')}\n-- lsp.log\n{tail}"
        return ""

    def attached(self) -> bool:
        """Whether the server is initialized for the current buffer."""
        clients = "vim.iter(vim.lsp.get_clients({ name = 'familiar', bufnr = 0 }))"
        return bool(self.lua(f"return {clients}:any(function(client) return client.initialized end)"))

    def ghost(self) -> str:
        """The ghost text of the current buffer; empty when there is none."""
        return str(
            self.lua("""
                local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
                local every = { 0, namespace, 0, -1, { details = true } }
                local out = {}
                for _, mark in ipairs(namespace and vim.api.nvim_buf_get_extmarks(unpack(every)) or {}) do
                    for _, line in ipairs({ mark[4].virt_text or {}, unpack(mark[4].virt_lines or {}) }) do
                        local text = ""
                        for _, chunk in ipairs(line) do
                            text = text .. chunk[1]
                        end
                        table.insert(out, text)
                    end
                end
                return table.concat(out, "\\n")
            """)
        )

    def status(self) -> str:
        """What a statusline says."""
        return str(self.lua("return require('familiar').status()"))

    def text(self) -> str:
        """The current buffer's text."""
        return "\n".join(self.nvim.current.buffer[:]) + "\n"

    def line(self) -> str:
        """The line of the cursor."""
        return str(self.nvim.current.line)

    def floating(self) -> str:
        """The text of the current window when that floats, else nothing."""
        config = self.nvim.api.win_get_config(0)
        return self.text() if config.get("relative") else ""

    def messages(self) -> str:
        """All that Neovim has told."""
        return str(self.nvim.command_output("messages"))

    def screen(self) -> str:
        """What the terminal shows."""
        return self._capture()

    def _capture(self, *flags: str) -> str:
        done = subprocess.run(
            [*self._tmux, "capture-pane", "-p", *flags], env=self._environment, capture_output=True, check=True
        )
        return done.stdout.decode()

    def picture(self, target: Path, title: str) -> None:
        """Save what the terminal shows as a PNG."""
        console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
        for line in self._capture("-e").rstrip("\n").split("\n"):
            console.print(Text.from_ansi(line.ljust(COLUMNS)), no_wrap=True, overflow="crop", crop=True)
        svg = target.with_suffix(".svg")
        # Fonts of this machine: the default template asks the network for its own.
        code = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title=title, theme=THEME), flags=re.S)
        svg.write_text(code.replace("Fira Code", "DejaVu Sans Mono"))
        width, height = (float(n) for n in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', code).groups())  # type: ignore[union-attr]
        page = svg.with_suffix(".html")
        page.write_text(f"<body style='margin:0;background:transparent'>{svg.read_text()}</body>")
        chromium = shutil.which("chromium") or "chromium"
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--default-background-color=00000000", f"--window-size={int(width) + 1},{int(height) + 1}"),
                *(f"--user-data-dir={self._home / 'chromium'}", f"--screenshot={target}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
        svg.unlink()
        page.unlink()
