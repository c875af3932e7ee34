#!/usr/bin/env bash
# A private Redis for tests or for `make up`: own folder, free port, loopback only.
#
#   scripts/redis.sh install         makes sure that redis-server is on the machine
#   scripts/redis.sh start FOLDER    starts one and prints its URL
#   scripts/redis.sh stop FOLDER     stops it
#
# Redis is taken from the machine, or installed with apt-get where we may.
set -euo pipefail
. "$(dirname "$0")/apt.sh"
. "$(dirname "$0")/servers.sh"

install_redis() {
    command -v redis-server >/dev/null 2>&1 && return
    echo "redis.sh: Redis is not here; installing it" >&2
    apt_install redis-server
    command -v redis-server >/dev/null 2>&1 || { echo "redis.sh: no Redis and no way to install it" >&2; exit 1; }
}

start() {
    local folder=$1 port
    install_redis
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    port=$(free_port)
    # Limits are counters: nothing is written to disk. Without eviction no limit is forgotten silently.
    redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no --maxmemory-policy noeviction \
        --dir "$folder" --logfile "$folder/redis.log" --pidfile "$folder/redis.pid" --daemonize yes >/dev/null
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && [ -s "$folder/redis.pid" ]; then
            echo "redis://127.0.0.1:$port"
            return
        fi
        sleep 0.05
    done
    cat "$folder/redis.log" >&2
    exit 1
}

stop() {
    local folder=$1 pid
    [ -s "$folder/redis.pid" ] || return 0
    pid=$(cat "$folder/redis.pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$pid"
}

case "${1:-}" in
    install) install_redis ;;
    start) start "${2:?FOLDER is missing}" ;;
    stop) stop "${2:?FOLDER is missing}" ;;
    *) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
