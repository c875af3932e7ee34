#!/usr/bin/env bash
# promtool reads /metrics of all services, as `cinema` shows them together, and finds nothing to complain of.
#
#   scripts/metrics-check.sh [PROGRAM]     PROGRAM: a built cinema (target/debug/cinema, built when absent)
#
# promtool is taken from the machine, or installed with apt-get (package prometheus) where we may.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

command -v promtool >/dev/null || apt_install prometheus
command -v promtool >/dev/null || { echo "metrics-check: no promtool and no way to install it" >&2; exit 1; }
program=${1:-target/debug/cinema}
[ -x "$program" ] || cargo build --quiet --workspace --bin cinema
program=$(realpath "$program")

work=$(mktemp -d)
cinema=""
cleanup() {
    [ -z "$cinema" ] || kill "$cinema" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap cleanup EXIT

CINEMA_DATA_DIR="$work/data" AUTH_LISTEN=127.0.0.1:0 MOVIES_LISTEN=127.0.0.1:0 CAPTCHA_LISTEN=127.0.0.1:0 \
    "$program" >"$work/greeting" 2>"$work/log" &
cinema=$!

# get HOST:PORT PATH: the body of the answer.
get() {
    exec 3<>"/dev/tcp/${1%:*}/${1#*:}"
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\nAuthorization: Bearer a.b.c\r\n\r\n' "$2" "$1" >&3
    sed '1,/^\r$/d' <&3
    exec 3>&-
}

for _ in $(seq 600); do
    ! grep -q 'Ctrl-C closes it' "$work/greeting" || break
    kill -0 "$cinema" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
address=$(sed -n 's|^  films *http://\([^/]*\)/.*|\1|p' "$work/greeting")
get "$address" '/api/v1/films/search?query=godfathr' >/dev/null
# The partition maintenance begins some seconds after the start, and has metrics of its own.
for _ in $(seq 300); do
    get "$address" /metrics >"$work/metrics"
    ! grep -q '^auth_partitions_runs_total' "$work/metrics" || break
    sleep 0.1
done
promtool check metrics <"$work/metrics" || { echo "metrics-check: promtool complains" >&2; exit 1; }
echo "metrics-check: $(grep -c '^# TYPE' "$work/metrics") families, nothing to complain of"
