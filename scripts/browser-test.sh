#!/usr/bin/env bash
# A real browser goes through the account pages of a running auth-service, with stand-ins for the social providers.
#
#   scripts/browser-test.sh [FILTER]   runs the stories of tests/browser, or those whose names hold FILTER
#
#   WRITE_DOCS=1   also takes the pictures docs/pictures/account-*.png
#   CHROMIUM       the browser [default: chromium from PATH]
#
# Needs Chromium, and Node 20 or newer with npm; both are installed with apt-get where we may. Packages go to
# target/browser-test, by the lock file. What fails leaves a picture in target/browser-test/failures.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

# With letters for Latin and Cyrillic, and what makes pictures small.
install_missing() {
    local sudo="" packages=()
    command -v "${CHROMIUM:-chromium}" >/dev/null 2>&1 || packages+=(chromium fonts-dejavu-core)
    [ "${WRITE_DOCS:-}" != 1 ] || command -v pngquant >/dev/null 2>&1 || packages+=(pngquant)
    [ "${#packages[@]}" -gt 0 ] || return 0
    say "not here, so installing: ${packages[*]}"
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >&2 || true
    command -v "${CHROMIUM:-chromium}" >/dev/null 2>&1 || { echo "browser-test: no Chromium and no way to install it" >&2; exit 1; }
}

free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    echo "browser-test: no free port" >&2
    return 1
}

install_missing
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM
scripts/node.sh install
say "packages of the driver"
scripts/node.sh packages tests/browser target/browser-test

say "build"
cargo build --quiet --bin auth-service

work=$(mktemp -d)
service=""
cleanup() {
    [ -z "$service" ] || kill "$service" 2>/dev/null || true
    [ -z "$service" ] || wait "$service" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

CINEMA=http://127.0.0.1:$(free_port)
export CINEMA
# Nothing of the caller's own settings: the stories know what they are up to.
for name in $(compgen -e | grep -E '^(AUTH_|OTEL_|RUST_LOG)' || true); do unset "$name"; done
# Limits count and refuse nobody: all stories come from one address.
AUTH_DATA_DIR=$work/data AUTH_LISTEN=${CINEMA#http://} AUTH_ISSUER=$CINEMA AUTH_LIMITS=shadow \
    target/debug/auth-service serve >"$work/auth-service.log" 2>&1 &
service=$!
for _ in $(seq 600); do
    curl -fsS -o /dev/null "$CINEMA/readyz" 2>/dev/null && break
    kill -0 "$service" 2>/dev/null || { cat "$work/auth-service.log" >&2; exit 1; }
    sleep 0.05
done

export FAILURES=$PWD/target/browser-test/failures
rm -rf "$FAILURES"
if [ "${WRITE_DOCS:-}" = 1 ]; then
    export PICTURES=$PWD/docs/pictures
    mkdir -p "$PICTURES"
    rm -f "$PICTURES"/account-*.png
fi
say "stories in $("$CHROMIUM" --version 2>/dev/null || echo Chromium) at $CINEMA"
if ! node target/browser-test/main.mjs "$@"; then
    echo "browser-test: what auth-service warned of:" >&2
    grep -E '"level":"(WARN|ERROR)"' "$work/auth-service.log" | tail -n 20 >&2 || true
    exit 1
fi
