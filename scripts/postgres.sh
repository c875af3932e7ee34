#!/usr/bin/env bash
# A private PostgreSQL for tests or for `make up`: own folder, free port, loopback only.
#
#   scripts/postgres.sh install              makes sure that PostgreSQL is on the machine
#   scripts/postgres.sh start FOLDER         starts one (initialising FOLDER the first time) and prints its URL
#   scripts/postgres.sh stop FOLDER [MODE]   stops it: fast, or immediate as in a crash
#
# POSTGRES_OPTIONS may hold more options for the server, such as "-c shared_buffers=1GB", POSTGRES_PORT its port.
# PostgreSQL is taken from the machine, or installed with apt-get where we may.
set -euo pipefail
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/servers.sh"

find_bin() {
    if command -v initdb >/dev/null 2>&1; then
        dirname "$(command -v initdb)"
        return
    fi
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] && [ -x "$found/initdb" ] && echo "$found"
}

install_postgres() {
    [ -z "$(find_bin || true)" ] || return 0
    echo "postgres.sh: PostgreSQL is not here; installing it" >&2
    no_postgres_cluster
    apt_install postgresql
    [ -n "$(find_bin || true)" ] || { echo "postgres.sh: no PostgreSQL and no way to install it" >&2; exit 1; }
}

start() {
    local folder=$1 bin port
    install_postgres
    bin=$(find_bin)
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
    if [ ! -e "$folder/data/PG_VERSION" ]; then
        (cd / && as_postgres "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync) >"$folder/initdb.log" 2>&1 ||
            { cat "$folder/initdb.log" >&2; exit 1; }
    fi
    port=${POSTGRES_PORT:-$(free_port)}
    # Durability off only for throw-away servers.
    local speed=""
    [ "${POSTGRES_THROWAWAY:-}" = 1 ] && speed="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    (cd / && as_postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 60 \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=500 -c max_locks_per_transaction=256 $speed ${POSTGRES_OPTIONS:-}" \
        start) >"$folder/start.log" 2>&1 || { cat "$folder/start.log" >&2; exit 1; }
    echo "postgres://postgres@127.0.0.1:$port/postgres"
}

stop() {
    local folder=$1 bin
    [ -e "$folder/data/postmaster.pid" ] || return 0
    folder=$(cd "$folder" && pwd)
    bin=$(find_bin)
    (cd / && as_postgres "$bin/pg_ctl" -D "$folder/data" -m "${2:-fast}" -w stop) >/dev/null
}

case "${1:-}" in
    install) install_postgres ;;
    start) start "${2:?FOLDER is missing}" ;;
    stop) stop "${2:?FOLDER is missing}" "${3:-fast}" ;;
    *) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
