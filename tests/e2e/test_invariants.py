"""What must never be true, shown by whole runs of the command on a small repository with traps in it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.fixture import parse

TRAP = "open({marker!r}, 'a').write(__name__)\n"
SECRET = "hunter2-8f3a1c77-never-to-be-seen"
REPOSITORY = parse(
    f"""
    #- .gitignore
    ignored/
    #- .env
    TOKEN={SECRET}
    #- ignored/notes.py
    HIDDEN = '{SECRET}'
    #- shop/__init__.py
    #- shop/prices.py
    TAX = 0.2

    def with_tax(net):
        '''The price that is paid.'''
        return round(net * (1 + TAX), 2)

    def total(nets):
        return sum(with_tax(net) for net in nets)
    #- shop/till.py
    from shop import prices
    from shop.prices import with_tax

    def receipt(nets):
        lines = [f'{{with_tax(net):8.2f}}' for net in nets]
        return '\\n'.join([*lines, f'{{prices.total(nets):8.2f}}'])
    #- tests/test_till.py
    from shop.prices import with_tax
    from shop.till import receipt

    def test_receipt():
        assert with_tax(10) == 12
        assert receipt([10]).split() == ['12.00', '12.00']
    #- conftest.py
    #- setup.py
    """
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The repository, under git, with a trap in every file that a careless tool would import or run: configuration
    that is code, and modules named like those that our processes import."""
    root = REPOSITORY.write(tmp_path / "shop-repository")
    for path in ("conftest.py", "setup.py", "shop/__init__.py", "sitecustomize.py", "msgspec.py", "queue.py"):
        (root / path).write_text(TRAP.format(marker=str(tmp_path / "trapped")))
    for arguments in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return root


def familiar(root: Path, *arguments: str, env: dict[str, str] | None = None, prefix: tuple[str, ...] = ()) -> Any:
    """Run the command in the repository; return its JSON document."""
    done = subprocess.run(
        [*prefix, str(Path(sys.executable).with_name("familiar")), *arguments, "--json"],
        cwd=root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


RUN = (
    ("index",),
    ("graph", "references", "shop/prices.py:3:5"),
    ("complete", "shop/till.py:5:14"),
    ("refactor", "rename", "shop/prices.py:3:5", "gross", "--verify", "static"),
)
VOLATILE = {"ms", "seconds", "peak_mb", "from_cache", "root", "tokens"}


def stable(value: Any) -> Any:
    """The document without what a clock or a cache decides."""
    if isinstance(value, dict):
        return {key: stable(one) for key, one in value.items() if key not in VOLATILE}
    return [stable(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_same_output_under_three_hash_seeds(root: Path, tmp_path: Path) -> None:
    runs = []
    for seed in ("0", "1", "2"):
        env = {"PYTHONHASHSEED": seed, "FAMILIAR_HOME": str(tmp_path / f"home-{seed}")}
        runs.append([stable(familiar(root, *arguments, env=env)) for arguments in RUN])
    assert runs[0] == runs[1] == runs[2]


@pytest.mark.slow
def test_a_whole_run_without_a_network_reads_only(root: Path, tmp_path: Path, familiar_home: Path) -> None:
    """In an empty network namespace everything works; nothing of the repository ran, no secret was kept, no byte of
    the tree or of `.git` changed."""
    prefix = ("unshare", "-rn") if shutil.which("unshare") else ()
    before = tree(root)
    for arguments in RUN:
        assert "error" not in familiar(root, *arguments, prefix=prefix), arguments
    assert not (tmp_path / "trapped").exists()
    assert tree(root) == before
    assert not [path for path, data in tree(familiar_home).items() if SECRET.encode() in data]


@pytest.mark.slow
def test_tests_do_not_run_in_a_repository_that_is_not_trusted(root: Path, tmp_path: Path) -> None:
    answer = familiar(root, "refactor", "rename", "shop/prices.py:3:5", "gross")
    assert answer["status"] == "unverified"
    assert "trust" in answer["reason"]
    assert not (tmp_path / "trapped").exists()


@pytest.mark.slow
def test_verification_runs_the_tests_and_leaves_the_tree_alone(root: Path) -> None:
    familiar(root, "trust")
    before = tree(root)
    answer = familiar(root, "refactor", "rename", "shop/prices.py:3:5", "gross")
    assert (answer["status"], answer["applied"]) == ("verified", False), answer["reason"]
    assert answer["evidence"]["tests"]["after"]
    assert tree(root) == before


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
