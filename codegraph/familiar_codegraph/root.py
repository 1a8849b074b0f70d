"""Which folder is the repository's root, and how paths inside it are written."""

from pathlib import Path, PurePosixPath

MARKERS = ("pyproject.toml", "package.json", "go.mod", "Cargo.toml")


def find_root(start: Path) -> Path:
    """Return the root for `start` (a file or folder): the nearest ancestor with `.git`, else with a project file.

    Without either, `start` itself when it is a folder, else the working directory.
    """
    start = start.absolute()
    ancestors = [p for p in (start, *start.parents) if p.is_dir()]
    for folder in ancestors:
        if (folder / ".git").exists():
            return folder
    for folder in ancestors:
        if any((folder / marker).is_file() for marker in MARKERS):
            return folder
    return start if start.is_dir() else Path.cwd()


def relative(path: Path, root: Path) -> str | None:
    """Return `path` relative to `root` with `/`, or None when it lies outside."""
    try:
        return PurePosixPath(path.absolute().relative_to(root.absolute())).as_posix()
    except ValueError:
        return None
