#!/usr/bin/env bash
# Every test of the project, on a machine that has Rust and a C compiler: tests of storage, HTTP, the outbox and imports
# run against SQLite and against a private PostgreSQL, stories run over the built programs.
#
#   FILMS_FILE   NDJSON file of films (plain or gzip) for the stories; without it they make one of the same size
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

work=$(mktemp -d)
# PostgreSQL's files are in memory where 2 GiB of it are free: tests make and drop hundreds of databases of hundreds of
# files, and ext4 looks ever longer for an inode that was not deleted lately.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
if [ "${room:-0}" -gt $((2 << 20)) ]; then server=$(mktemp -d -p /dev/shm); else server=$(mktemp -d); fi
chmod 755 "$work" "$server"
cleanup() {
    scripts/postgres.sh stop "$server/postgres" || true
    rm -rf "$work" "$server"
}
trap cleanup EXIT INT TERM

say() { printf '\n== %s\n' "$*"; }

# Tests start and end servers of their own. Installed here, one by one: tests side by side cannot share apt's lock.
command -v openssl >/dev/null 2>&1 || apt_install openssl
scripts/postgres.sh install
scripts/redis.sh install
scripts/nginx.sh install
scripts/pgbouncer.sh install

say "build"
cargo build --workspace --all-targets --quiet

say "all tests, storage in SQLite"
mkdir "$work/codes"
TEST_CODES_DIR="$work/codes" cargo test --workspace --quiet

say "every code of the catalogue was provoked"
cargo run --package contracts --quiet -- coverage "$work/codes"

say "commands of README.md and docs/auth.md, as printed"
scripts/readme.sh

say "storage, HTTP, outbox and imports, storage in PostgreSQL"
TEST_POSTGRES_URL=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$server/postgres")
export TEST_POSTGRES_URL
cargo test --workspace --quiet --test api --test storage --test delivery --test import
version=$(grep -aom1 'starting PostgreSQL [0-9.]*' "$server/postgres/data/server.log" | cut -d' ' -f2-)

say "green: all tests with SQLite; storage, HTTP, outbox and imports again with ${version:-PostgreSQL}; stories over real processes"
