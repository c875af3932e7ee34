#!/usr/bin/env bash
# A private PgBouncer in front of a private PostgreSQL, for tests: own folder, free port, loopback only.
#
#   scripts/pgbouncer.sh install                   makes sure that pgbouncer is on the machine
#   scripts/pgbouncer.sh start FOLDER MODE PORT    starts one that pools by MODE (session, transaction) for the server at
#                                                  127.0.0.1:PORT, and prints the port it listens on
#   scripts/pgbouncer.sh reload FOLDER MODE        has it pool by MODE from now on
#   scripts/pgbouncer.sh stop FOLDER               stops it
#
# PgBouncer is taken from the machine, or installed with apt-get where we may.
set -euo pipefail
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/servers.sh"

find_pgbouncer() { command -v pgbouncer || { [ -x /usr/sbin/pgbouncer ] && echo /usr/sbin/pgbouncer; }; }

install_pgbouncer() {
    find_pgbouncer >/dev/null && return
    echo "pgbouncer.sh: PgBouncer is not here; installing it" >&2
    no_postgres_cluster # it brings PostgreSQL's common files
    apt_install pgbouncer
    find_pgbouncer >/dev/null || { echo "pgbouncer.sh: no PgBouncer and no way to install it" >&2; exit 1; }
}

start() {
    local folder=$1 mode=$2 server=$3 port
    install_pgbouncer
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    port=$(free_port)
    cat >"$folder/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$server user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
pool_mode = $mode
max_client_conn = 200
logfile = $folder/pgbouncer.log
pidfile = $folder/pgbouncer.pid
INI
    if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
    (cd / && as_postgres "$(find_pgbouncer)" -q -d "$folder/pgbouncer.ini") >&2
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -s "$folder/pgbouncer.pid" ]; then
            echo "$port"
            return
        fi
        sleep 0.05
    done
    cat "$folder/pgbouncer.log" >&2
    exit 1
}

reload() {
    sed -i "s/^pool_mode = .*/pool_mode = $2/" "$1/pgbouncer.ini"
    if [ "$(id -u)" = 0 ]; then chown postgres "$1/pgbouncer.ini"; fi
    kill -HUP "$(cat "$1/pgbouncer.pid")"
}

stop() {
    local pid
    [ -s "$1/pgbouncer.pid" ] || return 0
    pid=$(cat "$1/pgbouncer.pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$pid"
}

case "${1:-}" in
    install) install_pgbouncer ;;
    start) start "${2:?FOLDER is missing}" "${3:?MODE is missing}" "${4:?PORT is missing}" ;;
    reload) reload "${2:?FOLDER is missing}" "${3:?MODE is missing}" ;;
    stop) stop "${2:?FOLDER is missing}" ;;
    *) sed -n '2,11p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
