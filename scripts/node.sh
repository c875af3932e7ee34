#!/usr/bin/env bash
# Node and npm packages for checks from outside.
#
#   scripts/node.sh install            makes sure that node (20 or newer) and npm are on the machine
#   scripts/node.sh packages FROM TO   copies the files of folder FROM to TO and installs there what its lock file names
#
# Node is taken from the machine, or installed with apt-get where we may.
set -euo pipefail

node_is_here() {
    command -v npm >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null
}

install_node() {
    node_is_here && return
    echo "node.sh: Node 20 or newer is not here; installing it" >&2
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm; } >&2 || true
    node_is_here || { echo "node.sh: no Node 20 and no way to install it" >&2; exit 1; }
}

packages() {
    local from=$1 to=$2
    mkdir -p "$to"
    find "$from" -maxdepth 1 -type f ! -name package-lock.json -exec cp {} "$to/" \;
    # npm ci begins by deleting all; there is no need when the lock file is the one that was installed.
    if [ -e "$to/node_modules" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json"; then
        return
    fi
    cp "$from/package-lock.json" "$to/"
    npm ci --prefix "$to" --ignore-scripts --no-progress --loglevel=error >&2 ||
        { rm -rf "$to/package-lock.json"; echo "node.sh: npm could not install the packages" >&2; exit 1; }
}

case "${1:-}" in
    install) install_node ;;
    packages) packages "${2:?FROM is missing}" "${3:?TO is missing}" ;;
    *) sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
