# Sourced by scripts of this folder: the three services, as processes on one new folder, without limits.

. scripts/servers.sh
work=$(mktemp -d)
pids=()

stop_all() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do
        for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    done
    pids=()
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# No settings of whoever runs this.
unset "${!AUTH_@}" "${!MOVIES_@}" "${!CAPTCHA_@}" "${!CINEMA_@}" "${!OTEL_@}" RUST_LOG
export AUTH_DATA_DIR=$work/data MOVIES_DATA_DIR=$work/data CAPTCHA_DATA_DIR=$work/data
export AUTH_LIMITS=off MOVIES_LIMITS=off CAPTCHA_LIMITS=off CAPTCHA_KEEP=sealed
export AUTH_LISTEN=127.0.0.1:$(free_port) MOVIES_LISTEN=127.0.0.1:$(free_port) CAPTCHA_LISTEN=127.0.0.1:$(free_port)
# Time for a recorder in between, and for a machine that does much else.
export AUTH_CAPTCHA_TIMEOUT=5s MOVIES_AUTH_TIMEOUT=5s

# serve PROGRAM ADDRESS: starts it, and waits until it is ready.
serve() {
    "target/debug/$1" serve >"$work/$1.log" 2>&1 &
    pids+=($!)
    for _ in $(seq 600); do
        curl --silent --fail --output /dev/null "http://$2/readyz" && return
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "interop: $1 did not become ready" >&2
    tail -n 20 "$work/$1.log" >&2
    return 1
}
