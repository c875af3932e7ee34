#!/usr/bin/env bash
# The server form on one bare machine: a private PostgreSQL, a private Redis, the services as processes of their own and
# nginx in front of them (NGINX_LISTEN, 127.0.0.1:8000).
#
#   scripts/up.sh     builds, starts all, prints where they are; everything lives in $SERVERS_DIR (./data/servers)
#   scripts/down.sh   stops them; the data stays
set -euo pipefail
cd "$(dirname "$0")/.."
home=${SERVERS_DIR:-./data/servers}
mkdir -p "$home/logs" "$home/run"
home=$(cd "$home" && pwd)
chmod 755 "$home"

if compgen -G "$home/run/*.pid" >/dev/null; then
    echo "up: already running, or not stopped cleanly; run scripts/down.sh first" >&2
    exit 1
fi

cargo build --release --bins
url=$(scripts/postgres.sh start "$home/postgres")
base=${url%/*}
redis=$(scripts/redis.sh start "$home/redis")
bin=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -n 1)
for name in marquee_auth marquee_movies; do
    "$bin" -qtA "$url" -c "SELECT 1 FROM pg_database WHERE datname = '$name'" | grep -q 1 ||
        "$bin" -q "$url" -c "CREATE DATABASE $name"
done

export AUTH_DATA_DIR="$home" MOVIES_DATA_DIR="$home" CAPTCHA_DATA_DIR="$home"
export AUTH_DATABASE_URL="$base/marquee_auth" MOVIES_DATABASE_URL="$base/marquee_movies"
export AUTH_REDIS_URL="$redis" MOVIES_REDIS_URL="$redis" CAPTCHA_REDIS_URL="$redis"
export AUTH_LISTEN=${AUTH_LISTEN:-127.0.0.1:8001} MOVIES_LISTEN=${MOVIES_LISTEN:-127.0.0.1:8002}
export CAPTCHA_LISTEN=${CAPTCHA_LISTEN:-127.0.0.1:8003}
export AUTH_CAPTCHA_URL=${AUTH_CAPTCHA_URL:-http://$CAPTCHA_LISTEN}
export MOVIES_AUTH_URL=${MOVIES_AUTH_URL:-http://$AUTH_LISTEN}
# nginx says for whom it speaks.
export AUTH_TRUSTED_PROXIES=${AUTH_TRUSTED_PROXIES:-127.0.0.1} MOVIES_TRUSTED_PROXIES=${MOVIES_TRUSTED_PROXIES:-127.0.0.1}
export CAPTCHA_TRUSTED_PROXIES=${CAPTCHA_TRUSTED_PROXIES:-127.0.0.1}
# Both sides of a secret share a file that only this user may read.
secret() {
    local file="$home/$1"
    [ -e "$file" ] || (umask 077 && head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_' >"$file")
    echo "$file"
}
MOVIES_AUTH_CLIENT_SECRET_FILE=$(secret movies-api.secret)
AUTH_SERVICE_CLIENTS="movies-api=$(cat "$MOVIES_AUTH_CLIENT_SECRET_FILE")"
AUTH_CAPTCHA_CLIENT_SECRET_FILE=$(secret auth-service.secret)
CAPTCHA_SERVICE_CLIENTS="auth-service=$(cat "$AUTH_CAPTCHA_CLIENT_SECRET_FILE")"
AUTH_CAPTCHA_SECRET_FILE=$(secret captcha-tv.secret)
CAPTCHA_SITES="tv=$(cat "$AUTH_CAPTCHA_SECRET_FILE")"
CAPTCHA_KEYS_FILE=$(secret captcha.key)
export MOVIES_AUTH_CLIENT_SECRET_FILE AUTH_SERVICE_CLIENTS AUTH_CAPTCHA_CLIENT_SECRET_FILE AUTH_CAPTCHA_SECRET_FILE
export CAPTCHA_SERVICE_CLIENTS CAPTCHA_SITES CAPTCHA_KEYS_FILE

target/release/auth-service migrate
target/release/movies-api migrate
compgen -G "$home/keys/*.pem" >/dev/null || target/release/auth-service create-key

start() {
    local name=$1
    shift
    nohup "$@" >"$home/logs/$name.log" 2>&1 &
    echo $! >"$home/run/$name.pid"
}
wait_ready() {
    for _ in $(seq 100); do
        curl -fsS -o /dev/null "http://$2/readyz" 2>/dev/null && return
        kill -0 "$(cat "$home/run/$1.pid")" 2>/dev/null || break
        sleep 0.1
    done
    echo "up: $1 did not become ready; its log:" >&2
    tail -n 20 "$home/logs/$1.log" >&2
    exit 1
}
start captcha-service target/release/captcha-service serve
start auth-service target/release/auth-service serve
start movies-api target/release/movies-api serve
wait_ready captcha-service "$CAPTCHA_LISTEN"
wait_ready auth-service "$AUTH_LISTEN"
wait_ready movies-api "$MOVIES_LISTEN"
front=$(AUTH_SERVERS=$AUTH_LISTEN MOVIES_SERVERS=$MOVIES_LISTEN CAPTCHA_SERVERS=$CAPTCHA_LISTEN \
    scripts/nginx.sh start "$home/nginx") || front="none: nginx did not start; the services are there without it"

cat <<END
all in one    $front
auth-service  http://$AUTH_LISTEN
movies-api    http://$MOVIES_LISTEN/api/v1/films
captcha       http://$CAPTCHA_LISTEN/tv?action=other
PostgreSQL    $url
Redis         $redis
logs          $home/logs
stop          make down
END
