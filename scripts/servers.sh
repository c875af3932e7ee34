# Sourced by scripts that start a server of their own.

# free_port: prints a port of loopback that is not in use now, below those of outgoing connections (32768 on Linux).
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((10000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    echo "$(basename "$0"): no free port" >&2
    return 1
}

# as_postgres COMMAND...: PostgreSQL and PgBouncer refuse to run as root, so there they run as the user of their packages.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
