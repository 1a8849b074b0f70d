"""Which files may hold secrets, by exact patterns of their names and by what stands in them.

Such files are never read into facts, prompts or logs. The patterns are of files that hold secrets by convention, not of
common names such as `config.json` or `secrets.py`; source code is judged by its content.
"""

import re
from fnmatch import translate
from typing import Final

_NAMES: Final = frozenset({
    ".env", ".envrc", ".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml", ".pgpass", ".my.cnf", ".htpasswd",
    ".git-credentials", ".dockercfg", ".s3cfg", ".boto", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
    "credentials.json", "client_secret.json", "service-account.json", "kubeconfig", "master.key", "wp-config.php",
    "terraform.tfstate", "terraform.tfstate.backup", ".vault-token", ".vault_pass", "secrets.toml",
})  # fmt: skip
_PATTERNS: Final = (
    ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.asc", "*.gpg", "*.ppk",
    "client_secret_*.json", "*-service-account.json", "*.tfvars", "*.ovpn",
)  # fmt: skip
_FOLDERS: Final = frozenset({".ssh", ".aws", ".gnupg", ".kube", ".azure", ".gcloud"})
_SAMPLES: Final = frozenset({"example", "sample", "template", "dist", "defaults"})
_CONTENT: Final = re.compile(
    rb"-----BEGIN (?:RSA |DSA |EC |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----\s*\r?\n"
    rb"(?:[A-Za-z0-9+/=:,\- ]+\r?\n){3,}"
    rb"|\bAKIA[0-9A-Z]{16}\b"
    rb"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b|\bglpat-[A-Za-z0-9_\-]{20,}\b"
    rb"|\bxox[baprs]-[0-9]{8,}-[0-9A-Za-z\-]{16,}\b"
    rb"|\bsk_live_[0-9A-Za-z]{20,}\b|\bsk-(?:ant|proj)-[A-Za-z0-9_\-]{32,}\b"
    rb"|\bAIza[0-9A-Za-z_\-]{35}\b|\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{50,}\b|\bnpm_[A-Za-z0-9]{36}\b"
)

_HINTS: Final = (
    b"PRIVATE KEY", b"AKIA", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"xox",
    b"sk_live_", b"sk-ant-", b"sk-proj-", b"AIza", b"pypi-AgE", b"npm_",
)  # fmt: skip
_MATCH: Final = re.compile("|".join(translate(pattern) for pattern in _PATTERNS))


def is_secret_path(path: str) -> bool:
    """Return whether a file with this path (relative or not, with `/`) holds secrets by convention."""
    *folders, name = path.split("/")
    if any(folder in _FOLDERS for folder in folders):
        return True
    lower = name.lower()
    if lower.rpartition(".")[2] in _SAMPLES:
        return False
    return lower in _NAMES or _MATCH.match(lower) is not None


def has_secret(data: bytes) -> bool:
    """Return whether `data` holds a private key block or an access token of a known form."""
    return has_hint(data) and _CONTENT.search(data) is not None


def has_hint(data: bytes) -> bool:
    """Return whether `data` holds a word, within a line, without which no secret is known."""
    return any(hint in data for hint in _HINTS)
