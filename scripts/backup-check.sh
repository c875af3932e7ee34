#!/usr/bin/env bash
# Proves that a backup brings everything back: accounts are made, saved, destroyed and restored, and people sign in again.
# First PostgreSQL (pg_dump, pg_restore), then SQLite (VACUUM INTO); the steps are those of docs/running.md.
#
#   scripts/backup-check.sh
#
# BIN_DIR may name the folder of built programs (default: builds and takes target/debug). Everything lives in a temporary
# folder and on free ports of loopback, and is gone at the end. Needs curl, jq and sqlite3, installed with apt-get where we may.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '== %s\n' "$*"; }
fail() { echo "backup-check: $*" >&2; exit 1; }

for tool in curl jq sqlite3; do
    command -v "$tool" >/dev/null && continue
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$tool"; } >&2
done
if [ -z "${BIN_DIR:-}" ]; then
    cargo build --quiet --workspace --bin auth-service --bin movies-api
    BIN_DIR=target/debug
fi

work=$(mktemp -d)
chmod 755 "$work" # PostgreSQL runs as a user of its own
pids=()
stop_services() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    pids=()
}
cleanup() {
    stop_services
    for folder in "$work"/postgres*; do
        [ ! -d "$folder" ] || POSTGRES_THROWAWAY=1 scripts/postgres.sh stop "$folder" || true
    done
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

# Starts a service on a free port and prints its address, as its log tells it.
start() {
    local name=$1 url=""
    "$BIN_DIR/$name" serve >"$work/$name.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 200); do
        url=$(sed -n 's/.*"address":"\([^"]*\)".*/http:\/\/\1/p' "$work/$name.log" | head -n 1)
        if [ -n "$url" ] && curl -fsS -o /dev/null "$url/readyz" 2>/dev/null; then
            address=$url
            return
        fi
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$work/$name.log" >&2
    fail "$name does not become ready"
}
start_services() {
    export AUTH_LISTEN=127.0.0.1:0 MOVIES_LISTEN=127.0.0.1:0
    start auth-service && auth=$address
    export MOVIES_AUTH_URL=$auth
    start movies-api && movies=$address
}

post() { curl -sS "$auth$1" -H 'Content-Type: application/json' -d "$2"; }
sign_in() { post /api/v1/sessions "{\"email\": \"$1\", \"password\": \"$2\", \"device\": {\"kind\": \"phone\"}}"; }
films() { curl -sS "$movies/api/v1/status" | jq -c .catalogue.films,.catalogue.seq | paste -sd' '; }
viewer() { curl -sS "$movies/api/v1/films?page_size=1" -H "Authorization: Bearer $1" | jq -r '.viewer.mode // .code'; }
expect() { [ "$2" = "$3" ] && echo "   $1: $2" || fail "$1: $2 instead of $3"; }

people=5
password="three cats on a sofa"
make_accounts() {
    boss=$(RUST_LOG=warn "$BIN_DIR/auth-service" create-admin boss@example.org | tail -n 1)
    for n in $(seq $people); do
        post /api/v1/users "{\"email\": \"p$n@example.org\", \"password\": \"$password\"}" | jq -e .user.id >/dev/null ||
            fail "no account for p$n"
    done
    tokens=$(sign_in p1@example.org "$password")
    access=$(jq -r .tokens.access_token <<<"$tokens")
    refresh=$(jq -r .tokens.refresh_token <<<"$tokens")
    films_before=$(films)
    expect "before, a member" "$(viewer "$access")" member
}
# What happens after the backup is what is lost: an account, and a refresh.
make_losses() {
    post /api/v1/users "{\"email\": \"late@example.org\", \"password\": \"$password\"}" >/dev/null
    newer=$(post /api/v1/sessions/refresh "{\"refresh_token\": \"$refresh\"}" | jq -r .tokens.refresh_token)
}
check_restored() {
    for n in $(seq $people); do
        sign_in "p$n@example.org" "$password" | jq -e .tokens.access_token >/dev/null || fail "p$n cannot sign in"
    done
    echo "   $people people sign in"
    sign_in boss@example.org "$boss" | jq -e '.user.roles | index("admin")' >/dev/null || fail "no administrator"
    echo "   the administrator is one"
    expect "films and their last change" "$(films)" "$films_before"
    expect "an access token from before" "$(viewer "$access")" member
    expect "an account made after the backup" "$(sign_in late@example.org "$password" | jq -r .code)" auth.wrong_credentials
    expect "a refresh token newer than the backup" \
        "$(post /api/v1/sessions/refresh "{\"refresh_token\": \"$newer\"}" | jq -r .code)" "$1"
}

postgres_round() {
    say "PostgreSQL: two databases and the folder of keys"
    local url base bin keep="$work/backup-postgres"
    bin=$(dirname "$(command -v pg_dump || ls /usr/lib/postgresql/*/bin/pg_dump | tail -n 1)")
    url=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$work/postgres-first")
    base=${url%/*}
    export AUTH_DATA_DIR="$work/servers" MOVIES_DATA_DIR="$work/servers" AUTH_KEY_DIR="$work/servers/keys"
    export AUTH_SERVICE_CLIENTS=movies-api=a-secret-of-this-test-only MOVIES_AUTH_CLIENT_SECRET=a-secret-of-this-test-only
    for name in auth movies; do "$bin/createdb" --maintenance-db="$url" "$name"; done
    export AUTH_DATABASE_URL=$base/auth MOVIES_DATABASE_URL=$base/movies
    "$BIN_DIR/auth-service" create-key >/dev/null
    "$BIN_DIR/auth-service" migrate >/dev/null 2>&1 && "$BIN_DIR/movies-api" migrate >/dev/null 2>&1
    start_services
    make_accounts

    mkdir -m 700 "$keep"
    "$bin/pg_dump" --format=custom --file="$keep/auth.dump" "$AUTH_DATABASE_URL"
    "$bin/pg_dump" --format=custom --file="$keep/movies.dump" "$MOVIES_DATABASE_URL"
    cp -a "$AUTH_KEY_DIR" "$keep/keys"
    say "saved while it runs: $(du -sh "$keep" | cut -f1)"
    make_losses

    stop_services
    POSTGRES_THROWAWAY=1 scripts/postgres.sh stop "$work/postgres-first"
    rm -rf "$work/postgres-first" "$AUTH_KEY_DIR"
    say "server, databases and keys are gone; restoring into a new server"

    url=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$work/postgres-second")
    base=${url%/*}
    export AUTH_DATABASE_URL=$base/auth MOVIES_DATABASE_URL=$base/movies
    for name in auth movies; do
        "$bin/createdb" --maintenance-db="$url" "$name"
        "$bin/pg_restore" --exit-on-error --no-owner --dbname="$base/$name" "$keep/$name.dump"
        "$bin/psql" -q "$base/$name" -c ANALYZE
    done
    cp -a "$keep/keys" "$AUTH_KEY_DIR"
    "$BIN_DIR/auth-service" migrate >/dev/null 2>&1 && "$BIN_DIR/movies-api" migrate >/dev/null 2>&1
    "$BIN_DIR/auth-service" partitions status >"$work/status" || fail "partitions: $(cat "$work/status")"
    start_services
    check_restored auth.refresh_token_invalid
    expect "alarms of partitions" "$(curl -sS "$auth/api/v1/status" | jq -c .partitions.alarms)" "[]"

    say "the same database with another refresh.key: everybody signs in anew, nothing else"
    stop_services
    rm "$AUTH_KEY_DIR/refresh.key"
    "$BIN_DIR/auth-service" create-key >/dev/null
    start_services
    expect "a refresh token from before" \
        "$(post /api/v1/sessions/refresh "{\"refresh_token\": \"$refresh\"}" | jq -r .code)" auth.refresh_token_invalid
    sign_in p2@example.org "$password" | jq -e .tokens.access_token >/dev/null || fail "p2 cannot sign in"
    echo "   passwords work"
    stop_services
}

sqlite_round() {
    say "SQLite: the data folder"
    local data="$work/data" keep="$work/backup-sqlite"
    unset AUTH_DATABASE_URL MOVIES_DATABASE_URL AUTH_KEY_DIR AUTH_SERVICE_CLIENTS MOVIES_AUTH_CLIENT_SECRET
    export AUTH_DATA_DIR="$data" MOVIES_DATA_DIR="$data"
    start_services
    make_accounts

    mkdir -m 700 "$keep"
    sqlite3 "$data/auth.sqlite" "VACUUM INTO '$keep/auth.sqlite'"
    sqlite3 "$data/movies.sqlite" "VACUUM INTO '$keep/movies.sqlite'"
    cp -a "$data"/keys "$data"/*.secret "$keep/"
    for file in "$keep"/*.sqlite; do expect "$(basename "$file")" "$(sqlite3 "$file" 'PRAGMA integrity_check')" ok; done
    make_losses

    stop_services
    rm -rf "$data"
    say "the folder is gone; restoring it"
    mkdir -m 700 "$data"
    cp -a "$keep"/. "$data/"
    start_services
    check_restored auth.refresh_token_invalid
    stop_services
}

postgres_round
sqlite_round
say "green: what was saved came back"
