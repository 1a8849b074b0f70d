"""Which files decide whether tests run, and what a line of code says against being checked."""

import re
from pathlib import PurePosixPath

_CONFIGURATION = frozenset({
    "conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg",
    "noxfile.py", ".coveragerc", "mypy.ini", ".mypy.ini", "pyrightconfig.json", "ruff.toml", ".ruff.toml", ".flake8",
    "pyproject.toml", "Makefile", "justfile", "Jenkinsfile", ".pre-commit-config.yaml", ".gitlab-ci.yml",
    ".travis.yml", "azure-pipelines.yml", "package.json", "tsconfig.json", "setup.py", "codecov.yml",
})  # fmt: skip
_LOCKS = frozenset({
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "package-lock.json", "pnpm-lock.yaml", "yarn.lock",
    "npm-shrinkwrap.json", "bun.lockb",
})  # fmt: skip
_PATTERNS = re.compile(
    r"(^|/)(\.github|\.circleci|\.gitlab|\.buildkite|\.woodpecker|\.ci)/|(^|/)(requirements|constraints)[^/]*\.(txt|in)$|"
    r"(^|/)(jest|vitest|karma|playwright|eslint)\.?[^/]*\.config\.[cm]?[jt]s$|(^|/)\.eslintrc|\.pth$|"
    r"(^|/)(\.git|\.hg)/|(^|/)\.git(attributes|ignore|modules)$"
)
_TESTS = re.compile(r"(^|/)(test_[^/]*\.py|[^/]*_test\.py|tests?\.py)$|\.(test|spec)\.[cm]?[jt]sx?$|(^|/)__tests__/")
_SNAPSHOTS = re.compile(r"(^|/)__snapshots__/|\.(snap|ambr|approved\.\w+)$")
SUPPRESSION = re.compile(
    rb"#\s*(type:\s*ignore|noqa|pragma:\s*no\s*cover|nosec|pyright:\s*ignore|mypy:\s*ignore-errors|pylint:\s*disable)"
    rb"|@ts-(ignore|nocheck|expect-error)|eslint-disable|istanbul ignore"
)
KNOWS_TESTS = re.compile(
    rb"PYTEST_CURRENT_TEST|[\"']_?pytest[\"']\s+in\s+sys\.modules|[\"']unittest[\"']\s+in\s+sys\.modules"
    rb"|JEST_WORKER_ID|VITEST_WORKER_ID|process\.env\.VITEST"
)


def is_test(path: str) -> bool:
    """Return whether the tests are in `path`, by the names that the common runners look for."""
    return bool(_TESTS.search(path))


def is_decisive(path: str) -> bool:
    """Return whether `path` decides which tests run and how: configuration, CI, locks, recorded answers."""
    name = PurePosixPath(path).name
    return name in _CONFIGURATION or name in _LOCKS or bool(_PATTERNS.search(path) or _SNAPSHOTS.search(path))
