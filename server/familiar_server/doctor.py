"""`familiar doctor`: what was found, what is wrong, what to do.

Each check is a function; one that fails unexpectedly is itself a finding."""

import argparse
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
from familiar_codegraph import checker, home

from familiar_server import doctor_project, model_trial, output, places
from familiar_server.finding import Finding


def run(args: argparse.Namespace) -> int:
    """Run every check; exit code 4 when one fails."""
    root = places.root_of(args.root)
    findings = examine(root)
    ok = all(finding.status != "fail" for finding in findings)
    if args.json:
        output.emit({"ok": ok, "checks": [msgspec.to_builtins(finding) for finding in findings]})
    else:
        _print(findings, ok)
    return output.DONE if ok else output.FAILED


def examine(root: Path) -> list[Finding]:
    """Return the findings of every check, in order."""
    machine = (python, git, grammar, llama, weights, gpu, isolation, uv, neovim, vscode, folders)
    findings = [_guarded(check) for check in machine]
    findings.append(_guarded(second_opinion, root))
    return findings + [_guarded(check, root) for check in doctor_project.CHECKS]


def _guarded(check: Callable[..., Finding], *arguments: object) -> Finding:
    try:
        return check(*arguments)
    except Exception as error:
        wrong = f"the check itself failed: {type(error).__name__}: {error}"
        return Finding(check.__name__, "fail", "nothing", wrong, "Please report this.")


def _print(findings: list[Finding], ok: bool) -> None:
    console = output.out()
    mark = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]", "absent": "[dim]–[/]"}
    from rich.markup import escape

    for finding in findings:
        console.print(f"{mark[finding.status]} [bold]{finding.name:10}[/] {escape(finding.found)}")
        if finding.wrong:
            console.print(f"             {escape(finding.wrong)}")
        if finding.do:
            console.print(f"             [cyan]{escape(finding.do)}[/]")
    console.print("\nEverything that is needed is there." if ok else "\nSomething that is needed is missing or broken.")


def version_of(command: str, *arguments: str) -> tuple[str, tuple[int, ...]] | None:
    """Return (first line of the output, version in it) of a command; None when it is not there or does not run."""
    path = shutil.which(command)
    if path is None:
        return None
    try:
        argv = [path, *(arguments or ("--version",))]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    line = (done.stdout or done.stderr).strip().partition("\n")[0]
    found = re.search(r"\d+(\.\d+)+", line)
    return line, tuple(int(part) for part in found[0].split(".")) if found else ()


# ---------------------------------------------------------------- the machine


def python() -> Finding:
    """The Python that runs us."""
    found = f"Python {platform.python_version()} at {sys.executable}"
    if sys.version_info < (3, 11):  # noqa: UP036 - said plainly, whatever the package's metadata promised
        return Finding("python", "fail", found, "Python 3.11 or newer is needed.", "Reinstall with a newer Python.")
    if not sys.platform.startswith("linux"):
        return Finding("python", "warn", found, f"{sys.platform} is written for, but untested.", "")
    return Finding("python", "ok", found)


def git() -> Finding:
    """Git, which the overlay of the tests needs."""
    version = version_of("git")
    if version is None:
        return Finding("git", "fail", "no git on the PATH", "Changes cannot be verified without it.", "Install git.")
    return Finding("git", "ok", version[0])


def grammar() -> Finding:
    """The tree-sitter grammar: one parse in trial."""
    import tree_sitter
    import tree_sitter_python

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    tree = parser.parse(b"def f(x):\n    return x\n")
    if tree.root_node.has_error or tree.root_node.child_count != 1:
        wrong = "The Python grammar does not parse."
        return Finding("grammar", "fail", "tree-sitter-python", wrong, "Reinstall tree-sitter and tree-sitter-python.")
    return Finding("grammar", "ok", "tree-sitter with the Python grammar")


_COMPILERS = ("c++", "g++", "clang++", "cl")


def llama() -> Finding:
    """llama.cpp: importable, and one decode in trial in a process of its own (some builds crash there)."""
    if importlib.util.find_spec("llama_cpp") is None:
        compiler = next((name for name in _COMPILERS if shutil.which(name)), None)
        do = _install_model()
        if compiler is None:
            do = f"Install a C++ compiler (Debian: apt-get install g++ cmake), then: {do}"
        wrong = "Completion works from the repository's own counts alone."
        found = f"llama-cpp-python is not installed; compiler: {compiler or 'none'}"
        return Finding("llama.cpp", "absent", found, wrong, do)
    return model_trial.check()


def _install_model() -> str:
    checkout = Path(__file__).parents[2]
    if (checkout / "uv.lock").is_file():
        return f"uv sync --inexact --extra model --project {checkout}"
    return f"uv pip install --python {sys.executable} 'llama-cpp-python>=0.3.36,<0.4' numpy"


def weights() -> Finding:
    """The model in use: there, whole, and what it is."""
    return model_trial.weights()


def gpu() -> Finding:
    """A GPU, and whether this build of llama.cpp can use it."""
    found = _device()
    if found is None:
        return Finding("gpu", "absent", "no GPU found; the processor does the work")
    device, build = found
    if importlib.util.find_spec("llama_cpp") is None:
        return Finding("gpu", "absent", f"{device}; llama.cpp is not installed")
    code = "import llama_cpp, sys; sys.exit(0 if llama_cpp.llama_supports_gpu_offload() else 3)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, timeout=60, check=False)
    if done.returncode == 0:
        return Finding("gpu", "ok", f"{device}; llama.cpp can use it")
    do = (
        f'CMAKE_ARGS="-DGGML_{build}=on" uv pip install --python {sys.executable} --reinstall --no-cache '
        "--no-binary llama-cpp-python llama-cpp-python"
    )
    return Finding("gpu", "warn", device, "This build of llama.cpp does not use the GPU.", do)


def _device() -> tuple[str, str] | None:
    """Return a GPU's name and the build of llama.cpp that uses it: Metal, CUDA, HIP (ROCm) or Vulkan."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "Apple GPU", "METAL"
    found = version_of("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    if found and found[0] and "failed" not in found[0].lower():
        return found[0], "CUDA"
    for argv, pattern, build in (
        (("rocminfo",), r"Marketing Name:\s*(\S.*Radeon.*|\S.*Instinct.*)", "HIP"),
        (
            ("vulkaninfo", "--summary"),
            r"deviceType\s*=\s*PHYSICAL_DEVICE_TYPE_DISCRETE_GPU[\s\S]*?deviceName\s*=\s*(.+)",
            "VULKAN",
        ),
    ):
        if name := re.search(pattern, _output(argv)):
            return name[1].strip(), build
    return None


def _output(argv: tuple[str, ...]) -> str:
    """Return what a command prints; nothing where it is not there or fails."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def isolation() -> Finding:
    """How test runs are kept apart from everything else."""
    from familiar_edits import isolate

    method, why = isolate.method()
    if method == "plain":
        wrong = f"Tests cannot be isolated here ({why}); changes stay `unverified`."
        do = "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1), or install bubblewrap."
        return Finding("isolation", "warn", "a plain process", wrong, do)
    return Finding("isolation", "ok", "namespaces of our own" if method == "namespaces" else "bubblewrap")


def second_opinion(root: Path) -> Finding:
    """The type checker that is asked about places which the graph leaves unsure."""
    found = checker.find(root)
    if isinstance(found, checker.Checker):
        return Finding("opinion", "ok", f"{found.name}, for places that the graph is unsure of")
    absent = "not installed" in found
    wrong = "Places that the graph is unsure of stay so; a rename asks about them."
    return Finding("opinion", "absent" if absent else "warn", found.partition(";")[0], wrong, checker.install_command())


def uv() -> Finding:
    """uv, which installs and updates us."""
    version = version_of("uv")
    if version is None:
        return Finding("uv", "absent", "no uv on the PATH", "", "python3 -m pip install uv")
    return Finding("uv", "ok", version[0])


def neovim() -> Finding:
    """Neovim, new enough for inline completion."""
    version = version_of("nvim")
    if version is None:
        return Finding("neovim", "absent", "no nvim on the PATH")
    if version[1] < (0, 12):
        wrong = "Ghost text needs Neovim 0.12 or newer."
        return Finding("neovim", "warn", version[0], wrong, "Install a newer Neovim, or use VS Code.")
    return Finding("neovim", "ok", version[0])


def vscode() -> Finding:
    """VS Code or a program of its family."""
    for command in ("code", "codium", "code-server", "cursor"):
        if version := version_of(command):
            return Finding("vscode", "ok", f"{command} {version[0]}")
    return Finding("vscode", "absent", "no code on the PATH")


def folders() -> Finding:
    """Our folders: writable, how large, and room on the disk."""
    parts = []
    for name, folder in (("cache", home.cache_dir), ("data", home.data_dir), ("log", home.log_dir)):
        try:
            path = folder()
            probe = path / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            wrong = f"The {name} folder cannot be written: {error}."
            return Finding("folders", "fail", name, wrong, "Set FAMILIAR_HOME to a folder that you may write to.")
        parts.append(f"{name} {path} ({_size(path) / 1e6:.1f} MB)")
    free = shutil.disk_usage(home.cache_dir()).free
    if free < 500e6:
        wrong = f"Only {free / 1e6:.0f} MB are free there; an overlay of your repository may not fit."
        return Finding("folders", "warn", "; ".join(parts), wrong, "Make room, or set FAMILIAR_HOME to another disk.")
    return Finding("folders", "ok", "; ".join(parts))


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
