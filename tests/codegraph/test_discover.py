"""Which files are looked at: ignore rules, links, environments, unreadable folders, secrets."""

import os
from pathlib import Path

import pytest
from familiar_codegraph import discover
from familiar_codegraph.secrets import has_secret, is_secret_path
from familiar_codegraph.workspace import Workspace

# Put together here, so that no scanner takes this file for a leak.
KEY = b"-----BEGIN RSA " + b"PRIVATE KEY-----\n" + b"MIIEpAIBAAKCAQEA75\n" * 4
TOKEN = b"ghp_" + b"a1B2" * 9


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)
    return root


def test_ignore_rules_at_every_level(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".gitignore": "build/\n*_gen.py\n!keep_gen.py\n/only_here.py\n",
            ".git/info/exclude": "private.py\n",
            ".git/hooks/x.py": "",
            "a.py": "",
            "a_gen.py": "",
            "keep_gen.py": "",
            "only_here.py": "",
            "private.py": "",
            "build/x.py": "",
            "sub/.gitignore": "!sub_gen.py\nlocal.py\n",
            "sub/sub_gen.py": "",
            "sub/other_gen.py": "",
            "sub/local.py": "",
            "sub/only_here.py": "",
            "node_modules/m.py": "",
            "env/pyvenv.cfg": "",
            "env/lib/x.py": "",
        },
    )
    assert discover.discover(tmp_path) == ["a.py", "keep_gen.py", "sub/only_here.py", "sub/sub_gen.py"]
    for path in ("build/x.py", "sub/local.py", "private.py", "env/lib/x.py", "node_modules/m.py", ".git/hooks/x.py"):
        assert discover.is_ignored(tmp_path, path), path
    for path in ("a.py", "sub/sub_gen.py", "new.py"):
        assert not discover.is_ignored(tmp_path, path), path


def test_text_files_for_other_rooms(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "b.md": "", "c.png": "", "d.toml": "", ".env": "K=1"})
    assert discover.discover(tmp_path, kinds="text") == ["a.py", "b.md", "d.toml"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/a.py": ""})
    (tmp_path / "pkg" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "again.py").symlink_to(tmp_path / "pkg" / "a.py")
    assert discover.discover(tmp_path) == ["pkg/a.py"]
    assert discover.is_ignored(tmp_path, "pkg/loop/pkg/a.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every folder")
def test_an_unreadable_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "closed/b.py": ""})
    (tmp_path / "closed").chmod(0)
    skipped: list[tuple[str, str]] = []
    try:
        assert discover.discover(tmp_path, skipped=skipped) == ["a.py"]
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert skipped == [("closed", "the folder cannot be read: Permission denied")]


def test_what_cannot_be_source_is_named_with_its_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "large.py": "x = 1\n" * 400_000,
            "binary.py": b"\x7fELF\0\0\0",
            "leak.py": b'KEY = """' + KEY + b'"""\n',
            "good.py": "x = 1\n",
        },
    )
    report = Workspace(tmp_path).index()
    assert report.files == 1
    assert dict(report.failed) == {
        "large.py": "larger than 2 MB",
        "binary.py": "holds NUL bytes, so it is no source text",
        "leak.py": "holds what looks like a private key or an access token",
    }


@pytest.mark.parametrize(
    "path",
    [".env", "a/.env.local", "deploy/key.pem", "id_rsa", ".netrc", ".pypirc", ".aws/config", "x.p12", "c/.npmrc"],
)
def test_secret_paths(path: str) -> None:
    assert is_secret_path(path)


@pytest.mark.parametrize(
    "path", ["config.json", "secrets.py", ".env.example", "keys.py", "environment.py", "id_rsa.pub"]
)
def test_common_names_are_no_secrets(path: str) -> None:
    assert not is_secret_path(path)


def test_content_detectors() -> None:
    assert has_secret(KEY)
    assert has_secret(b'token = "' + TOKEN + b'"')
    assert not has_secret(b"-----BEGIN PRIVATE KEY-----")  # a mention, not a key
    assert not has_secret(b"ghp_short and sk-learn and AKIA")


def test_secrets_do_not_reach_the_store(tmp_path: Path, familiar_home: Path) -> None:
    write(tmp_path, {"a.py": b"def f(): ...\ntoken = '" + TOKEN + b"'\n", ".env": b"PASSWORD=hunter2hunter2\n"})
    workspace = Workspace(tmp_path)
    workspace.index()
    workspace.put("b.py", b"token = '" + TOKEN + b"'\n", 1)
    workspace.graph().references("a.py", 4)
    workspace.close()
    stored = b"".join(p.read_bytes() for p in familiar_home.rglob("*") if p.is_file())
    assert TOKEN not in stored
    assert b"hunter2" not in stored
