#!/usr/bin/env bash
# The secrets of deploy/compose.yaml, as files in a folder that never goes into the repository.
#
#   deploy/secrets.sh [FOLDER]          makes what is missing in FOLDER (deploy/secrets); what is there stays as it is
#   deploy/secrets.sh FOLDER new-signing-key [MINUTES]
#                                       adds a key that signs in so many minutes (15), by when all replicas know it
#
# The folder is closed to everybody else (0700). The files in it are 0444: containers get them one by one and read them as
# users that do not exist on this machine, so the folder is what keeps them from others here. Needs openssl.
set -euo pipefail
. "$(dirname "$0")/redis-users.sh"

folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder/signing-keys"
chmod 700 "$folder"

random() { openssl rand -hex 32; }

text() { printf '%s\n' "$@"; }

# make NAME COMMAND...: the file NAME with what COMMAND prints, whole or not at all, unless it is there.
make() {
    local file="$folder/$1"
    shift
    [ ! -e "$file" ] || return 0
    "$@" >"$file.new"
    chmod 444 "$file.new"
    mv "$file.new" "$file"
    echo "secrets.sh: made $file" >&2
}

signing_key() {
    local name
    name=$(date -u -d "$1" +%Y%m%dT%H%M%SZ)
    make "signing-keys/$name.pem" openssl genpkey -algorithm ED25519
}

database_url() { text "postgres://$1:$(cat "$folder/$1-database.password")@postgres:5432/$1"; }

redis_url() { text "redis://$1:$(cat "$folder/$2-redis.password")@redis:6379"; }

init_sql() {
    local name
    for name in auth movies; do
        text "CREATE ROLE $name LOGIN PASSWORD '$(cat "$folder/$name-database.password")';" \
            "CREATE DATABASE $name OWNER $name;" \
            "REVOKE CONNECT ON DATABASE $name FROM PUBLIC;"
    done
}

all() {
    local name
    [ -n "$(find "$folder/signing-keys" -name '*.pem' -print -quit)" ] || signing_key now
    make signing-keys/refresh.key random
    for name in movies-api.secret auth-service.secret captcha-tv.secret captcha.keys \
        postgres.password auth-database.password movies-database.password \
        auth-redis.password movies-redis.password captcha-redis.password redis-health.password redis-operator.password; do
        make "$name" random
    done
    # Both sides of a secret: one has it alone, the other has it in a list with names.
    make auth-clients text "movies-api=$(cat "$folder/movies-api.secret")"
    make captcha-clients text "auth-service=$(cat "$folder/auth-service.secret")"
    make captcha-sites text "tv=$(cat "$folder/captcha-tv.secret")"
    make auth-database-url database_url auth
    make movies-database-url database_url movies
    make auth-redis-url redis_url auth-service auth
    make movies-redis-url redis_url movies-api movies
    make captcha-redis-url redis_url captcha-service captcha
    make init.sql init_sql
    make redis-users.conf redis_conf "$folder"
    chmod 755 "$folder/signing-keys" # mounted as a folder, so that a new key is seen without a restart
}

case "${2:-}" in
    "") all ;;
    new-signing-key) signing_key "now + ${3:-15} minutes" ;;
    *) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
