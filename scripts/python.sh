#!/usr/bin/env bash
# Python and its packages for generators and for checks from outside.
#
#   scripts/python.sh packages FILE FOLDER   makes a virtual environment in FOLDER with the packages that FILE pins
#
# Python (3.11 or newer) is taken from the machine, or installed with apt-get where we may.
set -euo pipefail
. "$(dirname "$0")/apt.sh"

python_is_here() {
    python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

packages() {
    local file=$1 to=$2
    python_is_here || apt_install python3 python3-venv
    python_is_here || { echo "python.sh: no Python 3.11 with venv and no way to install it" >&2; exit 1; }
    ! cmp -s "$file" "$to/requirements.txt" || return 0
    rm -rf "$to"
    python3 -m venv "$to"
    "$to/bin/pip" install --quiet --disable-pip-version-check --no-input --requirement "$file" >&2 ||
        { echo "python.sh: pip could not install the packages of $file" >&2; exit 1; }
    cp "$file" "$to/requirements.txt" # last: an interrupted installation is done again
}

case "${1:-}" in
    packages) packages "${2:?FILE is missing}" "${3:?FOLDER is missing}" ;;
    *) sed -n '2,6p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
