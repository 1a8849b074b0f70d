#!/bin/bash
# usage: neovim.sh DEST [SUITE]
#
# Puts Neovim >= 0.12 into the folder DEST and prints the path of its launcher, DEST/bin/nvim. Debian's stable suites
# have an older one, so it comes from SUITE (default: forky) together with all its libraries, libc included, resolved by
# an apt of its own from the mirror that this machine is configured with. Neither the system's packages nor its apt
# state are touched, and nothing but apt and dpkg is needed. A second call finds DEST as it is and only prints.
set -euo pipefail

dest=$(realpath -m "${1:?usage: neovim.sh DEST [SUITE]}")
suite=${2:-forky}
launcher=$dest/bin/nvim

if "$launcher" --version >/dev/null 2>&1; then
    echo "$launcher"
    exit 0
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
    echo "neovim.sh: this needs Debian's apt-get and dpkg-deb. Install Neovim >= 0.12 by other means and set FAMILIAR_NVIM." >&2
    exit 1
}

# The machine's own mirror of Debian's main archive: the first source that is neither security nor somebody else's.
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && $3 !~ /security/ { print $2; exit }')
# Before the first `apt-get update` the origins are unknown: read the sources themselves.
if [ -z "$mirror" ]; then
    mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
        awk '/^URIs:/ { print $2; exit } /^deb / { sub(/\[[^]]*\] */, ""); print $2; exit }')
fi
[ -n "$mirror" ] || { echo "neovim.sh: no Debian mirror in /etc/apt. Add one, or set FAMILIAR_NVIM." >&2; exit 1; }

root=$dest/root
apt=$dest/apt
rm -rf "$root" "$apt" "$dest/bin"
mkdir -p "$root" "$dest/bin" "$apt/etc" "$apt/lists/partial" "$apt/cache/archives/partial"
: > "$apt/status" # nothing is installed here, so the closure is complete
cat > "$apt/etc/suite.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
options=(
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/etc" -o Dir::Etc::preferencesparts=/dev/null
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o Dir::State::status="$apt/status"
    -o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1
)
apt-get "${options[@]}" -qq update >&2
apt-get "${options[@]}" -qq -y --download-only --no-install-recommends install neovim patchelf >&2
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$root"; done

# The binary is told to use its own loader and libraries. LD_LIBRARY_PATH would do too, but the programs that Neovim
# starts would inherit it. patchelf itself is of the same suite, so it runs through that loader.
libraries=$(dirname "$(find "$root" -name libc.so.6 -print -quit)")
loader=$(find "$libraries" -name 'ld-linux*.so.*' -print -quit)
"$loader" --library-path "$libraries" "$root/usr/bin/patchelf" \
    --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$root/usr/bin/nvim"
cat > "$launcher" <<LAUNCHER
#!/bin/sh
export VIMRUNTIME="$root/usr/share/nvim/runtime"
exec "$root/usr/bin/nvim" "\$@"
LAUNCHER
chmod +x "$launcher"
rm -rf "$apt"
"$launcher" --version | head -1 >&2
echo "$launcher"
