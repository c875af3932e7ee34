#!/usr/bin/env bash
# Stops what scripts/up.sh started; the data stays.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${SERVERS_DIR:-./data/servers}
[ -d "$home/nginx" ] && scripts/nginx.sh stop "$home/nginx" && echo "down: nginx stopped"
for name in movies-api auth-service captcha-service; do
    file="$home/run/$name.pid"
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    if kill -TERM "$pid" 2>/dev/null; then
        for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -0 "$pid" 2>/dev/null && { echo "down: $name did not stop in 15 s; killing it" >&2; kill -KILL "$pid"; }
    fi
    rm -f "$file"
    echo "down: $name stopped"
done
[ -d "$home/postgres" ] && scripts/postgres.sh stop "$home/postgres" && echo "down: PostgreSQL stopped"
[ -d "$home/redis" ] && scripts/redis.sh stop "$home/redis" && echo "down: Redis stopped"
exit 0
