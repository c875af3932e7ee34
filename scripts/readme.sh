#!/usr/bin/env bash
# Every command that the README's section "Run it" and docs/auth.md print (the walk from sign-up to sign-out, one's own
# account, keys, service clients), run as printed on fresh folders with the programs that are built already. Each must
# succeed and print what the page shows.
#
#   scripts/readme.sh [FOLDER]     FOLDER has the built programs (target/debug)
#
# Commands run as they stand, in the order of the page. `cargo run` starts the built program; `curl` reaches this run's
# ports and fails on an answer that is an error; FILE is a file of films. Names of make targets are checked by tests/house.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh
. scripts/servers.sh
programs=$(cd "${1:-target/debug}" && pwd)
root=$PWD
for need in curl jq; do command -v $need >/dev/null 2>&1 || apt_install $need ca-certificates; done
for program in cinema auth-service movies-api; do
    [ -x "$programs/$program" ] || { echo "readme.sh: $programs/$program is not built" >&2; exit 1; }
done
work=$(mktemp -d)

stop() {
    if [ -s "$work/pid" ]; then
        kill "$(cat "$work/pid")" 2>/dev/null || true
        for _ in $(seq 300); do kill -0 "$(cat "$work/pid")" 2>/dev/null || break; sleep 0.1; done
        rm -f "$work/pid"
    fi
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

fail() {
    printf 'readme.sh: %s\n' "$*" >&2
    for log in "$work"/*.log; do [ ! -e "$log" ] || tail -n 5 "$log" >&2; done
    exit 1
}

# commands FILE HEADING: the commands of a section, in its order: lines of blocks of `sh`, and commands in the prose.
commands() {
    awk -v heading="$2" '
        /^```/ { inside = inside ? 0 : ($0 == "```sh" ? 1 : 2); next }
        !inside && /^#/ { here = ($0 == heading) }
        !here { next }
        inside == 1 { print; next }
        inside == 0 {
            count = split($0, parts, "`")
            for (i = 2; i < count; i += 2) if (parts[i] ~ /^([A-Z_]+=[^ ]+ )*(cargo run|cinema) /) print parts[i]
        }' "$1"
}

# No settings of whoever runs this.
unset "${!AUTH_@}" "${!MOVIES_@}" "${!CAPTCHA_@}" "${!CINEMA_@}" "${!OTEL_@}" RUST_LOG

# What the commands find in place of cargo, curl and the addresses of the pages.
AUTH_LISTEN=127.0.0.1:$(free_port) MOVIES_LISTEN=127.0.0.1:$(free_port) CAPTCHA_LISTEN=127.0.0.1:$(free_port)
PATH=$programs:$PATH
export AUTH_LISTEN MOVIES_LISTEN CAPTCHA_LISTEN PATH work programs

curl() {
    local words=("${@//127.0.0.1:8001/$AUTH_LISTEN}")
    command curl --silent --show-error --fail-with-body "${words[@]//127.0.0.1:8002/$MOVIES_LISTEN}"
}

# start PROGRAM ARGUMENTS: in place of the one that runs, until it is ready.
start() {
    stop
    "$programs/$1" "${@:2}" >"$work/$1.log" 2>&1 </dev/null &
    echo $! >"$work/pid"
    for _ in $(seq 600); do
        if [ "$1" = cinema ]; then
            ! grep -q "Ctrl-C closes it" "$work/cinema.log" || return 0
        elif command curl --silent --fail --output /dev/null "http://$AUTH_LISTEN/readyz"; then
            return 0
        fi
        kill -0 "$(cat "$work/pid")" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# cargo run --release --bin PROGRAM [-- ARGUMENTS]
cargo() {
    [ "$1 $2 $3" = "run --release --bin" ] || { echo "cargo $*: only cargo run --release --bin is known here" >&2; return 1; }
    local program=$4
    shift 4
    [ "${1:-}" != -- ] || shift
    if [ "$program" = cinema ]; then start cinema "$@"; else "$programs/$program" "$@"; fi
}
export -f curl start stop cargo

# run PAGE SECTION [BEGIN]: runs the commands of a section in one shell, after BEGIN, which sets what a reader has by then.
run() {
    commands "$root/$1" "$2" | sed "s|\bFILE\b|$work/films.ndjson|" >"$work/commands"
    [ -s "$work/commands" ] || fail "$1, $2: no commands"
    { echo "set -euo pipefail"; echo "${3:-}"; cat "$work/commands"; } >"$work/script"
    bash "$work/script" >"$work/output" 2>"$work/errors" <"$work/input" ||
        { cat "$work/output" "$work/errors" >&2; fail "$1, section ${2##*# }: a command failed"; }
    # An answer that the page shows in a comment: every member of it is in the output.
    local member
    for member in $(grep '^# *{' "$work/commands" | grep -o '"[a-z_]*":' || true); do shows "$member"; done
    echo "$1, ${2##*# }: $(grep -cv '^#' "$work/commands") lines ran as printed"
}

# shows TEXT: the last section printed it.
shows() { grep -q -- "$1" "$work/output" || { cat "$work/output" >&2; fail "nothing printed $1"; }; }

# sign_in_on_page E-MAIL PASSWORD: as a browser does, on the account page.
sign_in_on_page() {
    local url=http://$AUTH_LISTEN/account/sign-in page token answer
    local browser=(command curl --silent --cookie-jar "$work/cookies" --cookie "$work/cookies")
    rm -f "$work/cookies"
    page=$("${browser[@]}" --fail "$url") || fail "no page at $url"
    token=$(grep -o 'name="form_token" value="[^"]*"' <<<"$page" | head -n 1 | cut -d'"' -f4)
    answer=$("${browser[@]}" --output /dev/null --write-out '%{http_code} %{redirect_url}' -H "origin: http://$AUTH_LISTEN" \
        --data-urlencode "form_token=$token" --data-urlencode "email=$1" --data-urlencode "password=$2" "$url")
    [[ $answer = 303*/account ]] || fail "$1 is not signed in on the page: $answer"
    echo "$1 signs in on the account page"
}

sign_in() { # PASSWORD: what a reader of docs/auth.md does again after the walk, which ends signed out
    echo "A=http://127.0.0.1:8001 J='content-type: application/json'"
    echo "session() { curl \$A/api/v1/sessions -H \"\$J\" -d '{\"email\":\"anna@example.org\",\"password\":\"$1\"}'; }"
    echo 'T=$(session) SESSION_ID=$(session | jq -r .tokens.session_id)'
    echo 'ACCESS=$(echo "$T" | jq -r .tokens.access_token) REFRESH=$(echo "$T" | jq -r .tokens.refresh_token)'
}

echo '{"title": "Stalker", "year": 1979}' >"$work/films.ndjson"
echo "four geese by the lake" >"$work/input"
mkdir "$work/newcomer" "$work/accounts" "$work/keys"

cd "$work/newcomer"
run README.md "## Run it"
shows "The Godfather"
shows "ann@example.org"
sign_in_on_page ann@example.org "correct horse battery"
sign_in_on_page admin@cinema.local "$(grep -o 'password  *[^ ]*' "$work/output" | tail -n 1 | awk '{print $2}')"
stop

cd "$work/accounts"
start auth-service serve || fail "auth-service does not start"
run docs/auth.md "## A session from sign-up to sign-out"
shows '"email":"anna@example.org"'
run docs/auth.md "## One's own account" "$(sign_in "three cats on a sofa")"
# The first key of a server: in a folder that has none.
cd "$work/keys"
run docs/auth.md "## Keys"
cd "$work/accounts"
run docs/auth.md "## Service clients" "$(sign_in "nine owls in a tall tree")"
shows '"active":true'
echo "readme: green"
